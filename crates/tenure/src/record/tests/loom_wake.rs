//! Model L8: a wake while the task is being polled is neither lost nor invisible.
//!
//! Must hold: after a wake the poll has seen the event, or `WOKEN` says that another poll is to come. The first poll keeps the
//! waker only at its end: of a wake that finds none the poll knows, and wakes itself.
//!
//! Mutations that were seen to fail here:
//! * `WOKEN` cleared by `end_poll` instead of `begin_poll`;
//! * `begin_poll`: `compare_exchange_weak(.., AcqRel, ..)` as `Relaxed`;
//! * `note_wake`: `fetch_or(.., AcqRel)` as `Relaxed`;
//! * `note_wake` before the event;
//! * `note_wake`: `fetch_or(.., AcqRel)` as `Release`; `try_ref_and_wake`: `AcqRel` as `Acquire` or `Release`;
//! * the waker kept after `end_poll`.

use crate::ident::Class;
use crate::record::word::{RUNNING, WOKEN, Word};
use crate::sync::AtomicU32;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use loom::thread;
use std::sync::Arc;

struct Task {
    word: Word,
    event: AtomicU32,
    /// Stands for the slot's waker: 0 is none.
    waker: AtomicU32,
}

fn task() -> Arc<Task> {
    let task = Task { word: Word::default(), event: AtomicU32::new(0), waker: AtomicU32::new(0) };
    task.word.publish(Class::Request, 0);
    Arc::new(task)
}

#[test]
fn loom_a_wake_during_a_poll_survives_it() {
    loom::model(|| {
        let task = task();
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

#[test]
fn loom_a_wake_during_the_first_poll_finds_the_waker_or_is_found_by_the_poll() {
    wakes_a_first_poll(Word::note_wake);
    wakes_a_first_poll(|word| assert!(word.try_ref_and_wake(1), "it lives")); // by its number
}

fn wakes_a_first_poll(note: fn(&Word)) {
    loom::model(move || {
        let task = task();
        let waker = {
            let task = Arc::clone(&task);
            thread::spawn(move || {
                task.event.store(1, Relaxed);
                note(&task.word);
                task.waker.load(Acquire) != 0
            })
        };
        task.word.begin_poll();
        let is_ready = task.event.load(Relaxed) == 1;
        task.waker.store(1, Release); // as `end_pending` does
        let wakes_itself = task.word.end_poll().has(WOKEN);
        let was_woken = waker.join().unwrap();
        assert!(is_ready || wakes_itself || was_woken, "nobody polls it again");
    });
}
