//! The rules, one file each.
//!
//! | file or room | is |
//! |---|---|
//! | `table` | every rule with its level, group and page: the only list there is |
//! | `sink` | what a rule reports |
//! | `tasks` | who owns a task or thread, and who learns how it ended |
//! | `waits` | what event ends a wait or a loop |
//! | `process` | blocking, limits and the end of the process |
//! | `owned` | code that uses tenure |
//!
//! A rule is one function: it looks at one file, in the light of all, and reports to the sink.

mod owned;
mod process;
mod sink;
mod table;
mod tasks;
mod waits;

pub(crate) use sink::{Draft, Sink};
pub(crate) use table::{BAD_SUPPRESSION, NOT_ANALYSED, UNUSED_SUPPRESSION};
pub use table::{Group, Rule, find, list};
