//! Children of the root: what to start, how to stop it, what follows its end.
//!
//! There is no restart yet: [`decide::after_exit`] says `FailRoot` where a restart would follow, and the root shuts down
//! (S8e). Everything else is as it will be: children start in order, stop in reverse (S25a), each by its own ladder (S25b).
//!
//! | state of a child | task | its life's scope | left by |
//! |---|---|---|---|
//! | up | runs | open | its end, a stop |
//! | stopping | asked by its ladder | draining or cancelled | its end, rung 4 |
//! | down | ended | ended, or named as leaking | |
//!
//! Invariants: V1 a life of a child is its task and everything in its scope: it is down when both have ended (S31d); V2 an
//! exit is judged once, by one function.
//!
//! Read in this order: `spec.rs`, `decide.rs` (pure), `child.rs`.

pub(crate) mod child;
pub(crate) mod decide;
pub(crate) mod spec;

#[cfg(test)]
mod tests;

pub use child::{ChildInfo, ChildRef, ChildState};
pub use spec::{ChildKind, ChildSpec, Owner, Restart, SHUTDOWN_TIMEOUT, Service, Shutdown};
