//! Models L1, L2, L3, L5 and L6: who runs the turns of an owner, and that nothing queued is forgotten.
//!
//! The seat is the real one; the queue stands for the mailbox, and each step is taken as `mailbox.rs`, `turns.rs`, `lives.rs`
//! and `call.rs` take it. The state is the list of what has run: two turns at once are two accesses that nothing orders,
//! which loom reports.
//!
//! Mutations that were seen to fail here:
//! * `Seat::take_idle` or `Seat::take` acquires nothing, `Right::leave_idle` or `Right::leave` releases nothing (L2, L6);
//! * `Seat::take_idle` succeeds also where there is something to see to (L2: it overtakes);
//! * `Mailbox::accept` does not shut the seat, or asks before the push whether it is held (L1);
//! * `Mailbox::release` leaves the seat idle without a look at the queue (L1), or after it has given the lock back (L6);
//! * a caller that is at its bound leaves without waking the owner's task (L6);
//! * a caller's panic does not wake the owner's task (L5);
//! * whoever holds the seat when the life ends by force leaves the state there (L6).

use crate::raw::{AWAY, MORE, Right, Seat};
use crate::sync::{Guard, Mutex};
use loom::thread;
use std::collections::VecDeque;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Up,
    Closed,
}

struct Inner {
    phase: Phase,
    queue: VecDeque<u32>,
    /// The owner's task waits for requests, and was woken.
    waits: bool,
    woken: bool,
    lives: bool,
    panicked: bool,
    /// Told of the end, or refused.
    told: Vec<u32>,
}

struct Owner {
    seat: Seat<Vec<u32>>,
    inner: Mutex<Inner>,
    /// Turns a caller runs for others before it passes the baton.
    combines: usize,
    /// What had run when the state was dropped.
    dropped: Mutex<Vec<Vec<u32>>>,
}

/// A turn whose number this is panics.
const BOMB: u32 = 99;

impl Owner {
    fn idle(combines: usize) -> Arc<Self> {
        let owner = Self {
            seat: Seat::new(),
            inner: Mutex::new(Inner {
                phase: Phase::Up,
                queue: VecDeque::new(),
                waits: true,
                woken: false,
                lives: true,
                panicked: false,
                told: Vec::new(),
            }),
            combines,
            dropped: Mutex::new(Vec::new()),
        };
        let mut right = owner.seat.take().unwrap();
        *right.value() = Some(Vec::new());
        right.leave(0);
        Arc::new(owner)
    }

    fn wake_unless_held(&self, inner: &mut Guard<'_, Inner>) {
        if !self.seat.shut() {
            inner.woken |= std::mem::take(&mut inner.waits);
        }
    }

    /// Sends, without waiting for the answer.
    fn call(&self, number: u32) {
        if let Some(mut right) = self.seat.take_idle() {
            if number == BOMB {
                return self.panics(right);
            }
            right.value().as_mut().unwrap().push(number);
            match right.leave_idle() {
                Ok(()) => return,
                Err(right) => return self.release(right),
            }
        }
        let mut inner = self.inner.lock();
        if inner.phase == Phase::Closed {
            inner.told.push(number);
            return;
        }
        inner.queue.push_back(number);
        self.wake_unless_held(&mut inner);
    }

    fn panics(&self, mut right: Right<'_, Vec<u32>>) {
        let state = right.value().take();
        self.dropped.lock().extend(state);
        let mut inner = self.inner.lock();
        right.leave(MORE | AWAY);
        if inner.lives {
            inner.panicked = true;
            inner.woken |= std::mem::take(&mut inner.waits);
        }
    }

    fn release(&self, mut right: Right<'_, Vec<u32>>) {
        for _ in 0..self.combines {
            let mut inner = self.inner.lock();
            let next = if inner.phase == Phase::Up && inner.lives { inner.queue.pop_front() } else { None };
            drop(inner);
            let Some(number) = next else { break };
            right.value().as_mut().unwrap().push(number);
        }
        let mut inner = self.inner.lock();
        if !inner.lives {
            let state = right.value().take();
            right.leave(MORE | AWAY);
            drop(inner);
            self.dropped.lock().extend(state);
            return;
        }
        let is_idle = inner.queue.is_empty() && inner.phase == Phase::Up;
        right.leave(if is_idle { 0 } else { MORE });
        if !is_idle {
            inner.woken |= std::mem::take(&mut inner.waits);
        }
    }

    /// One poll of the owner's task: until it has to wait, or its life is over.
    fn poll(&self) {
        let mut mine: Option<Vec<u32>> = None;
        loop {
            let mut inner = self.inner.lock();
            inner.woken = false;
            if !inner.lives {
                return;
            }
            if mine.is_none() {
                if inner.panicked {
                    return self.close(inner);
                }
                if let Some(mut right) = self.seat.take() {
                    mine = right.value().take();
                    right.leave(MORE | AWAY);
                }
                if mine.is_none() {
                    inner.waits = true; // a caller's turn runs
                    return;
                }
            }
            if inner.phase == Phase::Closed {
                let state = mine.take();
                self.dropped.lock().extend(state);
                return self.close(inner);
            }
            let Some(number) = inner.queue.pop_front() else {
                if let Some(mut right) = self.seat.take() {
                    *right.value() = mine.take();
                    right.leave(0);
                }
                inner.waits = true;
                return;
            };
            drop(inner);
            mine.as_mut().unwrap().push(number);
        }
    }

    /// The life is over, and no other will come: what is queued is told.
    fn close(&self, mut inner: Guard<'_, Inner>) {
        self.seat.shut();
        inner.phase = Phase::Closed;
        inner.lives = false;
        let told = std::mem::take(&mut inner.queue);
        inner.told.extend(told);
    }

    /// Asked to end: the owner's task sees to it.
    fn ask_to_close(&self) {
        let mut inner = self.inner.lock();
        inner.phase = Phase::Closed;
        let told = std::mem::take(&mut inner.queue);
        inner.told.extend(told);
        self.wake_unless_held(&mut inner);
    }

    /// The owner's task is dropped: its life ends by force.
    fn end_by_force(&self) {
        let inner = self.inner.lock();
        if !inner.lives {
            return;
        }
        self.seat.shut();
        let parked = self.seat.take().and_then(|mut right| {
            let parked = right.value().take();
            right.leave(MORE | AWAY);
            parked
        });
        self.dropped.lock().extend(parked);
        self.close(inner);
    }

    /// The owner's task runs for as long as somebody wakes it; then what has run, in order, and who was told.
    fn settle(&self) -> (Vec<u32>, Vec<u32>) {
        for _ in 0..4 {
            let woken = self.inner.lock().woken;
            if !woken {
                break;
            }
            self.poll();
        }
        let inner = self.inner.lock();
        assert!(inner.queue.is_empty(), "a sleeper: {:?} is queued and nobody was woken", inner.queue);
        let mut right = self.seat.take().expect("nobody holds it any more");
        let mut ran = self.dropped.lock().concat();
        assert!(inner.lives || right.value().is_none(), "a state outlives its life");
        ran.extend(right.value().take().into_iter().flatten());
        right.leave(MORE | AWAY);
        (ran, inner.told.clone())
    }
}

/// `does` beside `others`, each on a thread of its own.
fn race<const N: usize>(owner: &Arc<Owner>, others: [fn(&Owner); N], does: fn(&Owner)) {
    let others = others.map(|other| {
        let owner = Arc::clone(owner);
        thread::spawn(move || other(&owner))
    });
    does(owner);
    others.into_iter().for_each(|other| other.join().unwrap());
}

fn sorted(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers
}

/// L1, with and without a caller that runs others' turns.
#[test]
fn loom_a_request_that_meets_a_leaving_caller_runs_once() {
    for combines in [0, 1] {
        loom::model(move || {
            let owner = Owner::idle(combines);
            race(&owner, [|owner| owner.call(1)], |owner| owner.call(2));
            let (ran, told) = owner.settle();
            assert_eq!((sorted(ran), told), (vec![1, 2], vec![]));
        });
    }
}

/// L2: the requests of one caller run in their order, whoever runs them.
#[test]
fn loom_nobody_overtakes_an_accepted_request() {
    loom::model(|| {
        let owner = Owner::idle(1);
        let one: fn(&Owner) = |owner| [11, 12].into_iter().for_each(|number| owner.call(number));
        race(&owner, [one], |owner| [21, 22].into_iter().for_each(|number| owner.call(number)));
        let (ran, _) = owner.settle();
        for caller in [1, 2] {
            let mine: Vec<_> = ran.iter().filter(|number| **number / 10 == caller).collect();
            assert_eq!(mine, [&(caller * 10 + 1), &(caller * 10 + 2)]);
        }
    });
}

/// L3.
#[test]
fn loom_a_request_that_meets_the_end_runs_or_is_told() {
    loom::model(|| {
        let owner = Owner::idle(1);
        race(&owner, [Owner::ask_to_close], |owner| [1, 2].into_iter().for_each(|number| owner.call(number)));
        let (ran, told) = owner.settle();
        assert_eq!(sorted([ran, told].concat()), [1, 2]);
        owner.call(3);
        assert_eq!(owner.inner.lock().told.last(), Some(&3), "nothing runs after the end");
    });
}

/// L5: whoever queues behind an inline turn that panics is told.
#[test]
fn loom_an_inline_panic_leaves_nobody_waiting() {
    loom::model(|| {
        let owner = Owner::idle(1);
        race(&owner, [|owner| owner.call(1)], |owner| owner.call(BOMB));
        let bomb_is_queued = owner.inner.lock().queue.contains(&BOMB);
        if bomb_is_queued {
            return; // on the owner's task a panic is not this model's
        }
        let (ran, told) = owner.settle();
        let all: Vec<_> = [ran, told].concat().into_iter().filter(|number| *number != BOMB).collect();
        assert_eq!(all, [1]);
    });
}

/// L6: a caller at its bound passes the baton, while the owner's task has not been polled, or is.
#[test]
fn loom_the_baton_is_not_lost() {
    loom::model(|| {
        let owner = Owner::idle(0);
        let task: fn(&Owner) = |owner| {
            let is_woken = owner.inner.lock().woken;
            if is_woken {
                owner.poll();
            }
        };
        race(&owner, [task, |owner| owner.call(1)], |owner| owner.call(2));
        let (ran, told) = owner.settle();
        assert_eq!((sorted(ran), told), (vec![1, 2], vec![]));
    });
}

/// L6: and while it is dropped.
#[test]
fn loom_the_baton_is_not_lost_to_a_task_that_is_dropped() {
    loom::model(|| {
        let owner = Owner::idle(0);
        race(&owner, [Owner::end_by_force, |owner| owner.call(1)], |owner| owner.call(2));
        let (ran, told) = owner.settle();
        assert_eq!(sorted([ran, told].concat()), [1, 2]);
    });
}
