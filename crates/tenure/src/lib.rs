//! Every task has an owner, every wait has an exit path.
//!
//! tenure owns the tasks of a Tokio service: nothing runs unowned, nothing waits without an exit, nothing dies silently.
//!
//! ```
//! use std::collections::HashMap;
//! use tenure::prelude::*;
//!
//! type Store = HashMap<u64, u64>;
//!
//! async fn client(ctx: Context, (id, store): (u64, OwnerRef<Store>)) -> Result {
//!     while !ctx.is_draining() {
//!         let ctx = ctx.timeout(secs(1));
//!         match id % 2 {
//!             0 => store.with(&ctx, move |s| s.get(&id).copied()).await?,
//!             _ => store.with(&ctx, move |s| s.insert(id, id)).await?,
//!         };
//!     }
//!     Ok(())
//! }
//!
//! #[tenure::main]
//! async fn main(root: Scope) -> Result {
//!     let store = root.own("store", Store::new());
//!     for id in 0..110 {
//!         root.service("client", (id, store.clone()), client);
//!     }
//! #   root.shutdown("the example ends");
//!     root.until_shutdown().await
//! }
//! ```
//!
//! # Where to begin
//!
//! | you want | look at |
//! |---|---|
//! | a program with signals, a graceful end and an account | [`main`] |
//! | to run inside a foreign runtime | [`Root::run`] |
//! | state that many tasks share | [`Scope::own`], [`OwnerRef`], [`Handle`], [`StateOwner`] |
//! | a long-lived task | [`Scope::service`] |
//! | the tasks of one request | [`Context::scope`], [`Context::race`], [`Context::collect`] |
//! | a deadline, cancellation, values | [`Context`] |
//! | blocking code | [`Scope::blocking`] |
//! | who runs, owned by whom, waiting for what | [`Scope::snapshot`] |
//! | what is wrong, and what to do about it | [`Scope::health`] |
//! | what was lost | [`Account`], [`ShutdownReport`] |
//!
//! Clause numbers (`S34a`) are those of the project's semantics.

// The attribute macros name the crate.
extern crate self as tenure;

mod account;
mod clock;
mod context;
mod error;
mod exit;
mod health;
mod ident;
mod owner;
#[expect(unsafe_code, reason = "the slab's memory and the record's waker: the only unsafe of the crate")]
mod raw;
mod record;
mod rt;
mod scope;
mod shards;
mod shutdown;
mod supervisor;
mod sync;
mod task;
#[cfg(test)]
mod tests;

pub use account::{Account, AnsweredBy, DiscardedBy, EndedBy, FailedBy, RefusedBy};
pub use context::{Canceller, Context, ContextKey, Deadline, HEARTBEAT, Stop};
pub use error::{
    CallError, CallErrorKind, Cancelled, Cause, Error, Handled, LeakedTasks, Result, ShutdownCause, TaskError,
};
pub use exit::{Caught, ExitReason, Panic};
pub use health::{
    Health, HealthOptions, HealthStatus, HealthWatch, PROBLEMS_MAX, Problem, Severity, Subject, SubjectKind,
};
pub use ident::{Class, NAME_BYTES_MAX, PATH_BYTES_MAX, Rung, ScopeState, TaskId, TaskPath};
pub use owner::{
    Batch, Dispatch, Drained, Handle, HandleAsync, HandleBatch, HandleTurn, Init, Inline, MAILBOX_CAPACITY,
    OnRestart, Overflow, OwnerRef, OwnerReport, OwnerStats, REQUEST_TIMEOUT, Reply, Request, StateOwner,
    Turn,
};
pub use record::events::{Dropped, EVENTS_KEPT_MAX, Event, EventKind, Events};
pub use record::notes::{ErrorNote, OwnerNote, STRAGGLERS_KEPT, Straggler};
pub use record::wait::WaitKind;
pub use scope::{
    ERRORS_KEPT, ExitPath, Group, Importance, RequestScope, Requests, Scope, ScopeReport, ScopeRow, Services,
    Snapshot, Spawner, TaskOptions, TaskRow, TaskState, Wait,
};
pub use shards::{Replies, ShardKey, Shards};
#[cfg(feature = "systemd")]
pub use shutdown::WatchdogPolicy;
pub use shutdown::{
    ABORT_RESERVE, Builder, CANCEL_RESERVE, GRACE, InFlight, Root, ShutdownReport, Stage, StageNote,
};
pub use supervisor::{
    ACCEPT_RETRY, AdminError, AutoShutdown, Backoff, CONNECTIONS_MAX, ChildInfo, ChildKind, ChildRef,
    ChildSpec, ChildState, Count, Dynamic, DynamicKind, DynamicRef, GiveUp, Intensity, Listener,
    MAX_CHILDREN, Nested, Owner, Restart, SHUTDOWN_TIMEOUT, STABLE_AFTER, START_TIMEOUT, Serve, Service,
    Shutdown, SpecError, StartError, Strategy, Supervisor, SupervisorRef,
};
pub use task::{Blocking, TaskHandle};

#[cfg(feature = "macros")]
pub use tenure_macros::main;
#[cfg(all(feature = "macros", feature = "test-util"))]
pub use tenure_macros::test;

/// What a program needs most. `Result` here is `Result<T = (), E = Error>`, so `Result<u8, MyError>` reads as in std.
pub mod prelude {
    pub use crate::{CallError, CallErrorKind, Context, Error, OwnerRef, Request, Result, Scope, ms, secs};
}

/// What the macros expand to. No promise is made about it.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "test-util")]
    pub use crate::shutdown::program::Test;
    pub use crate::shutdown::program::{Program, VARIABLES};
}

/// Seconds.
pub const fn secs(n: u64) -> std::time::Duration {
    std::time::Duration::from_secs(n)
}

/// Milliseconds.
pub const fn ms(n: u64) -> std::time::Duration {
    std::time::Duration::from_millis(n)
}
