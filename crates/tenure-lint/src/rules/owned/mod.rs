//! Code that uses tenure: what goes around it.
//!
//! One file a rule; its page is in `rules/` beside `src/`.

pub(super) mod tn101;
pub(super) mod tn102;
pub(super) mod tn103;
pub(super) mod tn104;
pub(super) mod tn105;
pub(super) mod tn106;
pub(super) mod tn107;
