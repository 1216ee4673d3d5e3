//! Blocking, limits, and the end of the process.
//!
//! One file a rule; its page is in `rules/` beside `src/`.

pub(super) mod tn007;
pub(in crate::rules) mod tn011;
pub(super) mod tn012;
pub(super) mod tn014;
pub(super) mod tn017;
