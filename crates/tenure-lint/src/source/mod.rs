//! From text to a syntax tree, whatever the text is.
//!
//! | file | is |
//! |---|---|
//! | `scan` | one pass over the bytes: comments, items, trigger words |
//! | `depth` | how deep a parser would go, and the limits |
//! | `blank` | parsing with recovery: what cannot be parsed is blanked, the rest is read |
//! | `place` | byte offsets to lines and columns |
//!
//! Invariant: no text makes this panic, hang or overflow a stack of [`STACK_BYTES`](crate::STACK_BYTES).

mod blank;
mod depth;
mod place;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use blank::{TooMuch, parse};
pub use place::Place;
pub(crate) use place::{Lines, offset};
pub(crate) use scan::{Comment, Scan, is_generated, scan};
