//! Lifetimes: who may live how long, and why it ended. A tree that only tightens downwards (S7).
//!
//! A [`Context`] is a counted pointer to what one holder sees: a deadline, values, and the *lifetime* they stand under.
//! A lifetime is a node of the cancel tree; only scopes, children of the root, cancellers, cleanups and turns have one of
//! their own. A context with nothing but a deadline or a value shares its parent's.
//!
//! | state | `is_draining` | `is_cancelled` | ends by |
//! |---|---|---|---|
//! | live | no | no | |
//! | draining | yes | no | the root's plan or a child's stop |
//! | cancelled | yes | yes | its own cancel, an ancestor's, its deadline |
//!
//! Invariants: C1 a lifetime has at most one cause, the first (S12a); C2 a child registered with a parent that is not
//! cancelled hears of the parent's cancel, for both happen under the parent's lock; C3 nobody is woken under a lock.
//!
//! Read in this order: `waiters.rs`, `lifetime.rs`, `context.rs`, `until.rs`, `timers.rs`, `lanes.rs`, `plan.rs`,
//! `pulse.rs`.

#[expect(clippy::module_inception, reason = "the room and its main type share the name")]
pub(crate) mod context;
pub(crate) mod lanes;
pub(crate) mod lifetime;
pub(crate) mod plan;
pub(crate) mod pulse;
pub(crate) mod timers;
pub(crate) mod until;
pub(crate) mod waiters;

#[cfg(test)]
mod tests;

pub use context::{Canceller, Context, ContextKey, Deadline, Stop};
pub use pulse::HEARTBEAT;
