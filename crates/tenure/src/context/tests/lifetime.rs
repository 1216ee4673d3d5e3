//! A lifetime that is let go while the one above it is drained.

use crate::context::lifetime::{Drains, Lifetime};
use crate::error::Cause;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::{hint, thread};

const ROUNDS: usize = 20_000;
const CHILDREN: usize = 16;

/// Whoever walks a lifetime's children may hold one of them last, and must not let it go under the lock that its drop takes.
#[test]
fn a_child_may_be_let_go_while_its_parent_is_drained() {
    let hand: Mutex<Option<Arc<Lifetime>>> = Mutex::new(None);
    let [given, ready, go, over] = [const { AtomicUsize::new(0) }; 4];
    let reached = |counter: &AtomicUsize, round| {
        while counter.load(Ordering::Acquire) < round {
            hint::spin_loop();
        }
    };
    thread::scope(|threads| {
        threads.spawn(|| {
            for round in 1..=ROUNDS {
                reached(&given, round);
                let child = hand.lock().expect("no panic").take();
                ready.store(round, Ordering::Release);
                reached(&go, round);
                // Another moment of the walk each time.
                (0..round % 101).for_each(|_| hint::spin_loop());
                drop(child);
                over.store(round, Ordering::Release);
            }
        });
        for round in 1..=ROUNDS {
            let parent = Lifetime::detached();
            let child = |_| Lifetime::child_of(&[&parent], Drains::Alone, None);
            let mut children: Vec<_> = (0..CHILDREN).map(child).collect();
            *hand.lock().expect("no panic") = Some(children.swap_remove(round % CHILDREN));
            given.store(round, Ordering::Release);
            reached(&ready, round);
            go.store(round, Ordering::Release);
            parent.drain(&Cause::BodyFailed);
            reached(&over, round);
        }
    });
}
