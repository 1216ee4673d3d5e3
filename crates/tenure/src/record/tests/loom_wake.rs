//! Model L8: a wake while the task is being polled is neither lost nor invisible.
//!
//! Must hold: after a wake the poll has seen the event, or `WOKEN` says that another poll is to come.
//!
//! Mutations that were seen to fail here:
//! * `WOKEN` cleared by `end_poll` instead of `begin_poll`;
//! * `begin_poll`: `compare_exchange_weak(.., AcqRel, ..)` as `Relaxed`;
//! * `note_wake`: `fetch_or(.., Release)` as `Relaxed`;
//! * `note_wake` before the event.

use crate::ident::Class;
use crate::record::word::{RUNNING, WOKEN, Word};
use crate::sync::{AtomicU32, Ordering::Relaxed};
use loom::thread;
use std::sync::Arc;

struct Task {
    word: Word,
    event: AtomicU32,
}

#[test]
fn loom_a_wake_during_a_poll_survives_it() {
    loom::model(|| {
        let task = Arc::new(Task { word: Word::default(), event: AtomicU32::new(0) });
        task.word.publish(Class::Request, 0);
        let waker = {
            let task = Arc::clone(&task);
            thread::spawn(move || {
                task.event.store(1, Relaxed); // a user's primitive; ours order it
                task.word.note_wake();
            })
        };
        task.word.begin_poll();
        let is_ready = task.event.load(Relaxed) == 1;
        task.word.end_poll();
        waker.join().unwrap();
        let after = task.word.read();
        assert!(is_ready || after.has(WOKEN), "the wake was lost");
        assert!(!after.has(RUNNING));
    });
}
