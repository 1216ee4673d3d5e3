//! How text looks: streams and colours, numbers, aligned rows, folded lines, the form of every error.
//!
//! `look` decides once, at the start, what each stream gets. Everything else composes plain strings with ANSI styles; the
//! stream strips them where they are not wanted. Text of others passes `tenure_wire::text` on its way out, here as everywhere.

mod complaint;
mod fold;
mod look;
mod number;
mod table;

pub(crate) use complaint::Complaint;
pub(crate) use fold::{Columns, fold};
pub(crate) use look::{BAD, BOLD, DIM, Environment, GOOD, Look, WARN};
pub(crate) use number::{bytes, chosen, span};
pub(crate) use table::Table;
