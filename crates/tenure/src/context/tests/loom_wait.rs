//! Model L10: a task begins to wait under its own scope's lifetime while that is cancelled.
//!
//! The waiter marks its record and looks at the flag then (`until.rs`); the canceller sets the flag and looks at the
//! marks then (`lifetime.rs`, the hook in `acts.rs`). Both with a sequentially consistent fence in between.
//!
//! Must hold: the waiter sees the flag, or the walk finds its mark and wakes it: no sleeper through a cancel.
//!
//! Mutations that were seen to fail here:
//! * `Word::mark_waiting` without its fence, or `before_the_walk` empty;
//! * the waiter looks first and marks then;
//! * in `Lifetime::cancel_one`: the hook called before the flag is set.

use crate::context::lifetime::{Hook, Lifetime};
use crate::error::{Cancelled, Cause};
use crate::ident::{Class, TaskPath};
use crate::record::word::{WAITS, Word, before_the_walk};
use crate::sync::{AtomicU32, Ordering::Relaxed};
use loom::thread;
use std::sync::{Arc, Weak};
use tokio::time::Instant;

struct Scope {
    lifetime: Arc<Lifetime>,
    /// The one task's.
    word: Word,
    woken: AtomicU32,
}

impl Scope {
    fn walk(&self) {
        before_the_walk();
        if self.word.read().has(WAITS) {
            self.woken.store(1, Relaxed);
        }
    }
}

impl Hook for Scope {
    fn on_cancelled(self: Arc<Self>, _: Instant) {
        self.walk();
    }

    fn on_draining(self: Arc<Self>) {
        self.walk();
    }
}

fn scope() -> Arc<Scope> {
    let scope =
        Arc::new(Scope { lifetime: Lifetime::detached(), word: Word::default(), woken: AtomicU32::new(0) });
    scope.word.publish(Class::Request, 0);
    scope.lifetime.set_hook(Arc::downgrade(&scope) as Weak<dyn Hook>);
    scope
}

/// The waiter's poll, beside `change` on the main thread.
fn race(looks: fn(&Lifetime) -> bool, change: fn(&Lifetime)) {
    let scope = scope();
    let waiter = {
        let scope = Arc::clone(&scope);
        thread::spawn(move || {
            scope.word.mark_waiting();
            looks(&scope.lifetime)
        })
    };
    change(&scope.lifetime);
    let saw = waiter.join().unwrap();
    assert!(saw || scope.woken.load(Relaxed) == 1, "a sleeper through the change");
}

#[test]
fn loom_nobody_sleeps_through_a_cancel() {
    loom::model(|| {
        race(Lifetime::is_cancelled, |lifetime| {
            lifetime.cancel_at(Cancelled::new(Cause::ScopeDropped, TaskPath::from("app")), Instant::now());
        });
    });
}

#[test]
fn loom_nobody_sleeps_through_the_beginning_of_a_drain() {
    loom::model(|| race(Lifetime::is_draining, |lifetime| lifetime.drain(&Cause::ScopeDropped)));
}
