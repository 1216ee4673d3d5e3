//! Code that uses tenure: what goes around it. On where the package depends on `tenure`.
//!
//! `given` says what tenure gives to a place in the code; the rest is one file a rule, with its page in `rules/` beside `src/`.

mod given;
pub(super) mod tn101;
pub(super) mod tn102;
pub(super) mod tn103;
pub(super) mod tn104;
pub(super) mod tn105;
pub(super) mod tn106;
pub(super) mod tn107;
