//! tenure, through its public API alone: what a user writes is what is measured.
//!
//! | file | what |
//! |---|---|
//! | `root` | a root to run in, a batch as a task, the end of many |
//! | `ask`, `cast` | requests to a state owner, also in parts and in batches; with and without a reply |
//! | `tasks` | tasks: spawn and join, polls and wakes |
//! | `context` | contexts, made and asked |
//! | `end` | the end of many tasks |
//! | `look` | a snapshot of many tasks |
//! | `restart` | a supervised owner that panics |
pub(crate) mod ask;
pub(crate) mod cast;
pub(crate) mod context;
pub(crate) mod end;
pub(crate) mod look;
pub(crate) mod restart;
pub(crate) mod root;
pub(crate) mod tasks;
