//! Model of E1: the end of a task against a wait of its handle's holder, and against the handle's drop.
//!
//! Must hold: a wait that is pending is told of the end; what the end left is there for whoever asks after it; once the
//! task and its handle are gone nothing stands in the table, and exactly one of the two was last.
//!
//! Mutations that were seen to fail here:
//! * `publish`: without taking out what it left when `HANDLE` was gone;
//! * `publish`: `ENDED` set before the exit is put into the table;
//! * `ended_or_wait`: the waiter put into the table after `NOTED` was set;
//! * `ended_or_wait`: without the look at what `set` says was there before;
//! * `release_handle`: gives the reference back although something is noted, and the table is cleared after it.

use crate::exit::ExitReason;
use crate::ident::{Class, TaskId};
use crate::record::exits::Exits;
use crate::record::wait::Wakee;
use crate::record::word::{HANDLE, Word};
use loom::thread::{self, JoinHandle};
use std::sync::Arc;

const INDEX: u32 = 7;

struct Task {
    exits: Exits,
    word: Word,
}

/// The end: who was told, and whether the task's reference was the last.
type Ended = (bool, bool);

impl Task {
    fn new() -> Arc<Self> {
        let task = Self { exits: Exits::new(), word: Word::default() };
        task.word.publish(Class::Request, HANDLE);
        Arc::new(task)
    }

    fn ends(self: &Arc<Self>, exit: Option<ExitReason>) -> JoinHandle<Ended> {
        let task = Arc::clone(self);
        thread::spawn(move || {
            let (_, waiter) = task.exits.publish(INDEX, &task.word, exit);
            (waiter.is_some(), task.is_last(task.word.release()))
        })
    }

    fn waits(&self) -> bool {
        !self.exits.ended_or_wait(INDEX, &self.word, Wakee::Task(TaskId { index: 1, generation: 1 }))
    }

    fn forget(&self) -> bool {
        self.is_last(self.exits.forget(INDEX, &self.word))
    }

    /// Whoever is last gives the slot to another task, of the same number.
    fn is_last(&self, last: bool) -> bool {
        assert!(!last || self.exits.is_empty(), "something was left for the next task of the slot");
        last
    }
}

const LEFT: [Option<ExitReason>; 2] = [None, Some(ExitReason::Leaked)];

#[test]
fn loom_a_wait_for_the_end_of_a_task_is_told_and_finds_the_exit() {
    for left in LEFT {
        loom::model(move || {
            let task = Task::new();
            let end = task.ends(left.clone());
            let is_pending = task.waits();
            if !is_pending {
                assert_eq!(task.exits.exit(INDEX, &task.word), left, "it had ended");
            }
            let (was_told, _) = end.join().unwrap();
            assert!(!is_pending || was_told, "the wait sleeps through the end");
            assert_eq!(task.exits.exit(INDEX, &task.word), left);
            assert!(task.forget(), "the handle is last");
        });
    }
}

#[test]
fn loom_a_handle_that_is_dropped_at_the_end_of_its_task_leaves_nothing() {
    for left in LEFT {
        for waits in [false, true] {
            let left = left.clone();
            loom::model(move || {
                let task = Task::new();
                let end = task.ends(left.clone());
                if waits {
                    task.waits();
                }
                let handle_was_last = task.forget();
                let (_, task_was_last) = end.join().unwrap();
                assert!(handle_was_last != task_was_last, "one of the two is last");
            });
        }
    }
}
