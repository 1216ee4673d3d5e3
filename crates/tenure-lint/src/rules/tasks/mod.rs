//! Who owns a task or a thread, and who learns how it ended.
//!
//! One file a rule; its page is in `rules/` beside `src/`.

pub(super) mod tn001;
pub(super) mod tn002;
pub(super) mod tn003;
pub(super) mod tn004;
pub(super) mod tn013;
pub(super) mod tn015;
pub(super) mod tn016;
