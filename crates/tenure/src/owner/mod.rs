//! State owners: a plain value whose turns run one at a time, and callers that are always answered (S33 to S40).
//!
//! | request is | means | becomes |
//! |---|---|---|
//! | waiting | no place yet; not accepted | queued, or gone without a trace |
//! | queued | accepted, has a place | begun, discarded, or withdrawn by its caller |
//! | begun | its turn runs, or its reply is kept | done, or gone: then the reply is unheard |
//! | done | the answer lies there | taken by the caller |
//!
//! | owner is | admits | left by |
//! |---|---|---|
//! | starting | yes | `init` returned |
//! | up | yes | a stop request, an end |
//! | draining | no: `Stopped` | the queue and `drain` are done, or a cancel |
//! | cut | no: `Stopped`; the queue was answered | the turn has returned and `terminate` |
//! | closed | no: `Closed` | |
//!
//! Invariants: O1 the step from queued to begun or withdrawn happens under the mailbox's lock and then the request's, so
//! exactly one of owner and caller wins (S35b); O2 every accepted request gets exactly one terminal count (S36d); O3 no
//! user value is dropped and nobody is woken under a lock; O4 a place is free exactly when its request is not queued.
//!
//! Read in this order: `lifecycle.rs` (pure), `request.rs`, `mailbox/`, `dispatch.rs`, `turn.rs`, `run.rs`,
//! `inline.rs`, `call.rs`, `owner.rs`.

pub(crate) mod call;
pub(crate) mod dispatch;
pub(crate) mod inline;
pub(crate) mod lifecycle;
pub(crate) mod mailbox;
#[expect(clippy::module_inception, reason = "the room and its main type share the name")]
pub(crate) mod owner;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod turn;

#[cfg(test)]
mod tests;

pub use dispatch::{Batch, Dispatch, HandleBatch};
pub use lifecycle::OwnerStats;
pub use mailbox::{Inline, MAILBOX_CAPACITY, OnRestart, Overflow, REQUEST_TIMEOUT};
pub use owner::{Drained, Handle, HandleAsync, HandleTurn, Init, OwnerRef, OwnerReport, Request, StateOwner};
pub use turn::{Reply, Turn};
