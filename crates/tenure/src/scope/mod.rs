//! Owners of tasks: a tree under one root, in which nothing ends before what it owns (S1 to S8).
//!
//! | state | accepts | left by |
//! |---|---|---|
//! | `Open` | tasks, scopes | draining, a cancel, the end of the last task after the body's |
//! | `Draining` | tasks, scopes | a cancel, the end |
//! | `Cancelled` | nothing | the end, or the end of the ladder |
//! | `Leaking` | nothing | the late end of the last task |
//! | `Ended` | nothing | |
//!
//! Invariants: P1 a task is in the list of exactly one scope from before its first poll until it has ended (S1a); P2 a
//! scope is in its parent's children until it has ended, so the parent cannot end first; P3 states only move down; P4 under
//! a scope's lock no user code runs, nobody is woken and no other scope's lock is taken.
//!
//! Read in this order: `state.rs` (pure), `core.rs`, `acts.rs`, `scope.rs`, `join.rs`, `cycle.rs`, `request.rs`,
//! `snapshot.rs`.

pub(crate) mod acts;
pub(crate) mod core;
pub(crate) mod cycle;
pub(crate) mod join;
pub(crate) mod request;
#[expect(clippy::module_inception, reason = "the room and its main type share the name")]
pub(crate) mod scope;
pub(crate) mod snapshot;
pub(crate) mod state;

#[cfg(test)]
mod tests;

pub use request::Group;
pub use scope::{RequestScope, Requests, Scope, ScopeReport, Services, Spawner, TaskOptions};
pub use snapshot::{ExitPath, Importance, ScopeRow, Snapshot, TaskRow, TaskState, Wait};
pub use state::ERRORS_KEPT;
