//! The mailbox from the side of whoever runs turns: the owner's task, or a caller of an idle owner (S51).
//!
//! The state is one value that moves: the owner's task has it while it runs turns, the mailbox while the owner idles, a
//! caller while its inline turn runs. Whoever has it runs turns, so no two overlap (S33a).

use crate::clock::{age, now_coarse_ms};
use crate::error::Cause;
use crate::exit::{ExitReason, Panic, catch};
use crate::owner::lifecycle::Phase;
use crate::owner::mailbox::mailbox::{
    BUSY, Guarded, HELD, IDLE, InlineEnd, Kept, Mailbox, PASSED, Parked, Wakes, admit_waiting,
};
use crate::owner::mailbox::options::Inline;
use crate::owner::request::{Begin, Kind, Queued};
use crate::owner::turn::TurnsEnded;
use crate::record::events::EventKind;
use crate::record::wait::Wakee;
use crate::scope::snapshot::OwnerSeen;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Waker;
use std::time::{Duration, Instant};

/// What the owner does next.
pub(crate) enum Next<S> {
    Turn(Arc<dyn Queued<S>>),
    /// The queue is empty and a stop was asked.
    Drained,
    /// The drain was cut short.
    Cut,
    /// This life is to end, and the queue to wait for the next one.
    Halted,
    /// An inline turn panicked, or failed its owner.
    Panicked(Panic),
    Failed,
}

/// Where a caller stands that has taken the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    /// Others were accepted before (S33b).
    Behind,
}

/// What stands before a caller that holds the state.
pub(crate) enum Before<S> {
    /// Nothing: its turn is counted as accepted and begun.
    Mine,
    /// A turn that was accepted before.
    Other(Arc<dyn Queued<S>>),
    /// One that only the owner's task can run, or a stop: the caller queues.
    NotMine,
}

/// What a caller may be kept for others: turns, and the time for them (S51e).
const COMBINE_TURNS: u32 = 64;
const COMBINE_TIME: Duration = Duration::from_micros(50);

/// How long a caller is kept for others.
#[derive(Default)]
pub(crate) struct Bound {
    turns: u32,
    since: Option<Instant>,
}

impl Bound {
    /// After a turn for another: whether it was the last.
    pub(crate) fn is_reached(&mut self) -> bool {
        self.turns += 1;
        let since = *self.since.get_or_insert_with(Instant::now);
        self.turns >= COMBINE_TURNS || since.elapsed() > COMBINE_TIME
    }
}

/// What a look at the queue leaves to do outside the lock.
struct Looked<S> {
    wakes: Wakes,
    /// Discarded and withdrawn requests, with what the users put into them.
    over: Vec<Arc<dyn Queued<S>>>,
}

impl<S> Default for Looked<S> {
    fn default() -> Self {
        Self { wakes: Wakes::default(), over: Vec::new() }
    }
}

impl<S: Send + 'static> Looked<S> {
    fn done(self, mailbox: &Mailbox<S>) {
        self.wakes.wake();
        mailbox.drop_over(self.over);
    }
}

impl<S: Send + 'static> Mailbox<S> {
    // ---- inline turns (S51) --------------------------------------------------------------------------------------

    /// Takes the state of an owner that runs no turn, and was not asked to stop (S51b). If nothing is queued the caller's
    /// turn is counted as accepted and begun.
    pub(crate) fn hold(&self, pinned: Option<u32>) -> Option<(Parked<S>, Place)> {
        let hint = self.hint.load(Relaxed);
        if self.options().inline == Inline::Never || (hint != IDLE && hint != PASSED) {
            return None;
        }
        let mut inner = self.inner.lock();
        if inner.phase != Phase::Up || inner.inline_end.is_some() || inner.halts {
            return None;
        }
        if pinned.is_some_and(|life| life != inner.life) {
            return None;
        }
        let parked = inner.state.take()?;
        inner.held = true;
        self.hint.store(HELD, Relaxed);
        if !inner.queue.is_empty() {
            return Some((parked, Place::Behind));
        }
        inner.counts.accepted += 1;
        inner.counts.begun += 1;
        inner.turn_since_ms = now_coarse_ms();
        Some((parked, Place::First))
    }

    /// Whether a look again soon may find the owner idle: a turn runs on another caller's thread.
    pub(crate) fn is_worth_a_spin(&self) -> bool {
        self.hint.load(Relaxed) == HELD && self.options().inline == Inline::Allowed
    }

    /// Whether the state may be had.
    pub(crate) fn is_parked(&self) -> bool {
        let hint = self.hint.load(Relaxed);
        hint == IDLE || hint == PASSED
    }

    /// What a caller that holds the state runs before its own turn: what was accepted before it (S33b).
    pub(crate) fn before_mine(&self, ended: &mut TurnsEnded) -> Before<S> {
        let mut looked = Looked::default();
        let mut inner = self.inner.lock();
        inner.counts.end(&std::mem::take(ended));
        let before = loop {
            if inner.phase != Phase::Up || inner.halts {
                break Before::NotMine;
            }
            match inner.queue.front().map(|front| front.is_sync()) {
                None => {
                    inner.counts.accepted += 1;
                    inner.counts.begun += 1;
                    inner.turn_since_ms = now_coarse_ms();
                    break Before::Mine;
                }
                Some(false) => break Before::NotMine,
                Some(true) => {}
            }
            if let Some(request) = self.begin_front(&mut inner, &mut looked) {
                break Before::Other(request);
            }
        };
        drop(inner);
        looked.done(self);
        before
    }

    /// The next queued turn for a caller that has run its own and still holds the state (S51e). `None`: nothing is
    /// queued, or it is the owner's task's to do.
    pub(crate) fn combine(&self, ended: &mut TurnsEnded) -> Option<Arc<dyn Queued<S>>> {
        let mut looked = Looked::default();
        let mut inner = self.inner.lock();
        inner.counts.end(&std::mem::take(ended));
        let request = loop {
            if inner.phase != Phase::Up
                || inner.halts
                || !inner.queue.front().is_some_and(|front| front.is_sync())
            {
                break None;
            }
            if let Some(request) = self.begin_front(&mut inner, &mut looked) {
                break Some(request);
            }
        };
        drop(inner);
        looked.done(self);
        request
    }

    /// Takes the first entry out of the queue: begun, or discarded (S34).
    fn begin_front(&self, inner: &mut Guarded<'_, S>, looked: &mut Looked<S>) -> Option<Arc<dyn Queued<S>>> {
        let request = inner.queue.pop_front()?;
        let (begin, wakee) = request.begin(inner.incarnation);
        looked.wakes.add(wakee);
        match begin {
            Begin::Begun => {
                inner.counts.queued -= 1;
                inner.counts.begun += 1;
                inner.turn_since_ms = now_coarse_ms();
            }
            Begin::Discarded(why) => inner.counts.discard(why),
            Begin::Tombstone => inner.tombstones -= 1,
        }
        looked.wakes.0.extend(admit_waiting(inner, self.options().capacity).0);
        if begin == Begin::Begun {
            return Some(request);
        }
        looked.over.push(request);
        None
    }

    /// Gives the state back after an inline turn, and wakes the owner's task if there is something for it to do. The
    /// state comes back, with the reason, if the owner was ended by force meanwhile: it is dropped outside the lock.
    pub(crate) fn release(
        &self,
        parked: Parked<S>,
        ended: &TurnsEnded,
        kept: Option<Kept>,
    ) -> Option<(Parked<S>, ExitReason)> {
        let failed = parked.env.has_failed();
        let mut inner = self.inner.lock();
        let is_over = inner.life != parked.life || !inner.lives;
        if inner.life == parked.life {
            inner.held = false;
        }
        inner.counts.end(ended);
        let arm = kept.and_then(|(at, call)| inner.lanes.add(at, call));
        if is_over {
            let end = if inner.life == parked.life { inner.inline_end.take() } else { None };
            drop(inner);
            self.arm(arm); // whoever has the reply may keep it on
            let reason = match end.map(|end| *end) {
                Some(InlineEnd::Died(reason)) => reason,
                Some(InlineEnd::Panicked(_) | InlineEnd::Failed) | None => {
                    ExitReason::Aborted(Cause::RuntimeGone)
                }
            };
            return Some((parked, reason));
        }
        inner.state = Some(parked);
        if failed {
            inner.inline_end.get_or_insert_with(|| Box::new(InlineEnd::Failed));
        }
        let may_go_on = inner.phase == Phase::Up && inner.inline_end.is_none() && !inner.halts;
        let is_idle = inner.queue.is_empty() && may_go_on;
        // Queued synchronous turns need not wait for the owner's task: the next caller may take the state, too.
        self.hint.store(
            if is_idle {
                IDLE
            } else if may_go_on {
                PASSED
            } else {
                BUSY
            },
            Relaxed,
        );
        let owner = if is_idle { None } else { inner.owner.take() };
        drop(inner);
        self.arm(arm);
        if let Some(owner) = owner {
            owner.wake();
        }
        None
    }

    /// An inline turn panicked; its state has been dropped (S37a, S51d).
    pub(crate) fn release_panicked(&self, panic: Panic, life: u32, ended: &TurnsEnded) {
        let mut inner = self.inner.lock();
        inner.counts.end(ended);
        if inner.life != life || !inner.lives {
            return; // ended by force meanwhile: nobody waits for the state
        }
        inner.held = false;
        inner.inline_end = Some(Box::new(InlineEnd::Panicked(panic)));
        let owner = inner.owner.take();
        drop(inner);
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// What its health is judged by. Takes the lock of the mailbox, under which nobody waits.
    pub(crate) fn look(&self) -> OwnerSeen {
        let inner = self.inner.lock();
        let in_turn = inner.held
            || (inner.lives
                && inner.state.is_none()
                && matches!(inner.phase, Phase::Up | Phase::Draining | Phase::Cut));
        let oldest = inner.queue.iter().find(|request| request.is_queued()).and_then(|first| first.since());
        let (calls_ended, calls_expired) = inner.counts.calls();
        let options = self.options();
        OwnerSeen {
            path: self.path().clone(),
            task: self.task(),
            importance: options.importance,
            turn: in_turn.then(|| age(inner.turn_since_ms)),
            turn_bound: options.turn_bound,
            full: inner.full_since_ms.map(age),
            capacity: options.capacity,
            waiting: inner.waiting.len(),
            oldest: oldest.map(|since| crate::clock::now().saturating_duration_since(since)),
            calls_ended,
            calls_expired,
            down: inner.died.map(|(at, how)| (age(at), how)),
        }
    }

    // ---- the owner's side ----------------------------------------------------------------------------------------

    /// The next turn, after counting what the last one ended; `None`: told when there is one.
    ///
    /// The state is the owner's (`mine`) from the first turn to run to the moment it idles; then callers may take it.
    pub(crate) fn next(
        &self,
        mine: &mut Option<Parked<S>>,
        ended: &mut TurnsEnded,
        waker: &Waker,
    ) -> Option<Next<S>> {
        let mut looked = Looked::default();
        let mut inner = self.inner.lock();
        inner.counts.end(&std::mem::take(ended));
        self.hint.store(BUSY, Relaxed);
        if mine.is_none() {
            if let Some(InlineEnd::Panicked(panic)) =
                inner.inline_end.take_if(|end| end.is_panic()).map(|end| *end)
            {
                return Some(Next::Panicked(panic));
            }
            *mine = inner.state.take();
            if mine.is_none() {
                wait_for_work(&mut inner, waker); // a caller's turn runs: it wakes us when it is over
                return None;
            }
        }
        if inner.inline_end.take().is_some() {
            return Some(Next::Failed);
        }
        let next = loop {
            if inner.phase >= Phase::Cut {
                inner.turn_since_ms = now_coarse_ms(); // of `terminate`
                break Some(Next::Cut);
            }
            if inner.halts {
                break Some(Next::Halted);
            }
            if inner.queue.is_empty() {
                if inner.phase == Phase::Draining {
                    inner.turn_since_ms = now_coarse_ms(); // of `drain`
                    break Some(Next::Drained);
                }
                inner.state = mine.take();
                self.hint.store(IDLE, Relaxed);
                wait_for_work(&mut inner, waker);
                break None;
            }
            if let Some(request) = self.begin_front(&mut inner, &mut looked) {
                break Some(Next::Turn(request));
            }
        };
        drop(inner);
        looked.done(self);
        next
    }

    /// Drops requests that are over, with what the users put into them: a panic of theirs is nobody else's.
    pub(super) fn drop_over(&self, over: impl IntoIterator<Item = Arc<dyn Queued<S>>>) {
        for request in over {
            if let Err(panic) = catch(|| drop(request)) {
                self.note_secondary(&panic);
            }
        }
    }

    pub(crate) fn note_secondary(&self, panic: &Panic) {
        let kind =
            EventKind::SecondaryPanic { message: panic.message.clone(), location: panic.location.clone() };
        if let Some(tree) = self.tree() {
            tree.events.emit(self.path(), self.incarnation(), kind);
        }
    }
}

fn wait_for_work<S>(inner: &mut Guarded<'_, S>, waker: &Waker) {
    if !inner.owner.as_ref().is_some_and(|owner| owner.is(waker)) {
        inner.owner = Some(Wakee::of(waker));
    }
}

/// As many withdrawn entries as places have gathered: clear them away (S34d).
pub(super) fn clear_tombstones<S>(inner: &mut Guarded<'_, S>) -> Vec<Arc<dyn Queued<S>>> {
    let all = std::mem::take(&mut inner.queue);
    let (queue, cleared): (Vec<_>, Vec<_>) = all.into_iter().partition(|request| request.is_queued());
    inner.queue = queue.into();
    inner.tombstones = 0;
    cleared
}

impl InlineEnd {
    fn is_panic(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }
}

/// The panic of the turn of `request`.
pub(crate) fn count_panicked<S>(request: &Arc<dyn Queued<S>>, panic: &Panic, ended: &mut TurnsEnded) {
    let failed = request.panicked(panic);
    if request.kind() != Kind::Call || failed {
        ended.failed.panicked += 1;
    }
}
