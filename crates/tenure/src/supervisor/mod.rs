//! Supervisors: what to start, in which order, what follows an end, how to stop it (S17 to S32; OTP's `supervisor`).
//!
//! | OTP says | tenure does | why it differs |
//! |---|---|---|
//! | a supervisor is a process with a mailbox | a machine; whoever brings the news performs what it decides; the task only waits for the end | an exit is handled in the step that ends the task, so no supervisor can be behind |
//! | restarts at once | waits by [`Backoff`], doubled, with jitter | a child that fails at once would spend the intensity in a millisecond |
//! | intensity in whole seconds, 1 in 5 s | exact times, 5 in 30 s | with a backoff the window must be longer than the first waits |
//! | the queue of a dead process is lost | it is kept for the next life; what was begun is not run again | one bad request would become an error for every caller in the queue |
//! | a pid dies with its process, a name is registered again | an [`OwnerRef`](crate::OwnerRef) names the slot; `pin()` names one life | callers need not look a name up |
//! | gives up and ends | the same, or [`GiveUp::Isolate`]s the one child | one bad child need not take its siblings down |
//! | start may take for ever | [`START_TIMEOUT`] | every wait has an exit path |
//! | a child that ends without its children is nobody's | a life is the task and all it owns; the next one waits for both | two lives never overlap |
//! | `terminate` is called after an exception | it is not | the state cannot be trusted |
//! | drain is the user's | [`Shutdown::Timeout`] drains first, cancels at four fifths, aborts at the end | requests that were accepted are answered |
//!
//! | state of a child | task | its life's scope | left by |
//! |---|---|---|---|
//! | starting | runs `init`, or its first poll | open | ready, a failed start, its timeout |
//! | up | runs | open | its end, a stop |
//! | stopping | asked by its ladder | draining or cancelled | its end, rung 4 |
//! | backoff | none | ending, or ended | its time, a stop |
//! | down | ended | ended, or named as leaking | a start by hand or with its group |
//!
//! Invariants: V1 a life of a child is its task and everything in its scope: the next begins when both have ended (S31d); V2
//! an exit is judged once, by one function; V3 acts are performed in the order in which they were decided.
//!
//! Read in this order: `spec.rs`, `tree.rs`, `decide.rs` and `machine/` (pure), `child.rs`, `life.rs`, `run.rs`, `admin.rs`, `serve.rs`.

pub(crate) mod admin;
pub(crate) mod child;
pub(crate) mod decide;
pub(crate) mod life;
pub(crate) mod machine;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod spec;
pub(crate) mod tree;

#[cfg(test)]
mod tests;

pub use admin::{AdminError, Count, DynamicRef, SupervisorRef};
pub use child::{ChildInfo, ChildRef, ChildState};
pub use machine::machine::{STABLE_AFTER, StartError};
pub use serve::{ACCEPT_RETRY, CONNECTIONS_MAX, Listener, Serve};
pub use spec::{
    Backoff, ChildKind, ChildSpec, GiveUp, Owner, Restart, SHUTDOWN_TIMEOUT, START_TIMEOUT, Service, Shutdown,
};
pub use tree::{
    AutoShutdown, Dynamic, DynamicKind, Intensity, MAX_CHILDREN, Nested, SpecError, Strategy, Supervisor,
};
