//! What event ends a wait or a loop.
//!
//! One file a rule; its page is in `rules/` beside `src/`.

pub(super) mod tn005;
pub(super) mod tn006;
pub(super) mod tn008;
pub(super) mod tn009;
pub(super) mod tn010;
pub(super) mod tn018;
