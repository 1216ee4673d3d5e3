//! Model of S6c: spawns race with the cancel of their scope.
//!
//! The lifetime and the transitions are the real ones; the list of tasks stands for the records. As `core.rs` does it, a
//! task is admitted and listed under one hold of the scope's lock; as `acts.rs` does it, the hook of the cancel takes
//! the step to `Cancelled` and walks the list under one hold, after the flag was set.
//!
//! Must hold: every call is started or refused; a started task is seen by the walk, or sees the flag at its first poll.
//!
//! Mutations that were seen to fail here:
//! * admitted under one hold of the lock, listed under the next;
//! * the walk under one hold of the lock, the step to `Cancelled` under the next.

use crate::context::lifetime::{Hook, Lifetime};
use crate::error::{Cancelled, Cause};
use crate::ident::{ScopeState, TaskPath};
use crate::scope::state::{Body, Ownership, Policy};
use crate::sync::Mutex;
use loom::thread;
use std::sync::{Arc, Weak};
use tokio::time::Instant;

struct Scope {
    lifetime: Arc<Lifetime>,
    inner: Mutex<Inner>,
}

struct Inner {
    own: Ownership,
    listed: Vec<u32>,
    walked: Vec<u32>,
}

impl Hook for Scope {
    fn on_cancelled(self: Arc<Self>, _: Instant) {
        let mut inner = self.inner.lock();
        let duties = inner.own.cancel();
        assert!(duties.is_some(), "the first cancel");
        inner.walked = inner.listed.clone();
    }

    fn on_draining(self: Arc<Self>) {}
}

/// What became of a spawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spawned {
    Refused,
    /// And whether its first poll saw the flag.
    Started {
        saw_the_flag: bool,
    },
}

impl Scope {
    fn spawn(&self, task: u32) -> Spawned {
        let mut inner = self.inner.lock();
        if inner.own.admit_task().is_err() {
            return Spawned::Refused;
        }
        inner.listed.push(task);
        drop(inner);
        Spawned::Started { saw_the_flag: self.lifetime.is_cancelled() }
    }
}

#[test]
fn loom_a_spawn_that_races_with_a_cancel_is_refused_or_seen() {
    loom::model(|| {
        let inner =
            Inner { own: Ownership::new(Policy::FailFast, Body::Running), listed: vec![], walked: vec![] };
        let scope = Arc::new(Scope { lifetime: Lifetime::detached(), inner: Mutex::new(inner) });
        scope.lifetime.set_hook(Arc::downgrade(&scope) as Weak<dyn Hook>);
        let spawner = {
            let scope = Arc::clone(&scope);
            thread::spawn(move || [scope.spawn(1), scope.spawn(2)])
        };
        let cancelled = Cancelled::new(Cause::ScopeDropped, TaskPath::from("app/scope"));
        assert!(scope.lifetime.cancel_at(cancelled, Instant::now()));
        let spawned = spawner.join().unwrap();

        let inner = scope.inner.lock();
        assert_eq!(inner.own.state(), ScopeState::Cancelled);
        let refused = spawned.iter().filter(|spawned| **spawned == Spawned::Refused).count();
        assert_eq!(inner.own.tasks_live() as usize + refused, 2);
        for (task, spawned) in (1..).zip(spawned) {
            if let Spawned::Started { saw_the_flag } = spawned {
                assert!(saw_the_flag || inner.walked.contains(&task), "nobody tells task {task}");
                // The ladder finds its tasks by the walk.
                assert!(inner.walked.contains(&task), "the ladder does not know task {task}");
            }
        }
    });
}
