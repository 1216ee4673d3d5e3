//! The mailbox from the side of whoever runs turns: the owner's task, or a caller of an idle owner (S51).
//!
//! The state is one value that moves: the owner's task has it while it runs turns, the mailbox while the owner idles, a
//! caller while its inline turn runs. Whoever has it runs turns, so no two overlap (S33a).

use crate::clock::{age, now_coarse_ms};
use crate::error::Cause;
use crate::exit::{ExitReason, Panic, catch};
use crate::owner::lifecycle::Phase;
use crate::owner::mailbox::{
    BUSY, Guarded, HELD, IDLE, Inline, InlineEnd, Kept, Mailbox, PASSED, Parked, Wakes, admit_waiting,
    refuse_waiting,
};
use crate::owner::owner::Drained;
use crate::owner::request::{Begin, Kind, Queued, Refusal, Why};
use crate::owner::turn::TurnsEnded;
use crate::record::events::EventKind;
use crate::record::wait::Wakee;
use crate::scope::snapshot::OwnerSeen;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Waker;

/// What the owner does next.
pub(crate) enum Next<S> {
    Turn(Arc<dyn Queued<S>>),
    /// The queue is empty and a stop was asked.
    Drained,
    /// The drain was cut short.
    Cut,
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
    pub(crate) fn hold(&self) -> Option<(Parked<S>, Place)> {
        let hint = self.hint.load(Relaxed);
        if self.options.inline == Inline::Never || (hint != IDLE && hint != PASSED) {
            return None;
        }
        let mut inner = self.inner.lock();
        if inner.phase != Phase::Up || inner.inline_end.is_some() {
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
        self.hint.load(Relaxed) == HELD && self.options.inline == Inline::Allowed
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
            if inner.phase != Phase::Up {
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
            if inner.phase != Phase::Up || !inner.queue.front().is_some_and(|front| front.is_sync()) {
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
        let (begin, wakee) = request.begin();
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
        looked.wakes.0.extend(admit_waiting(inner, self.options.capacity).0);
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
        inner.held = false;
        inner.counts.end(ended);
        let arm = kept.and_then(|(at, call)| inner.lanes.add(at, call));
        if inner.phase == Phase::Closed {
            let end = inner.inline_end.take();
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
        let is_idle = inner.queue.is_empty() && inner.phase == Phase::Up && inner.inline_end.is_none();
        // Queued synchronous turns need not wait for the owner's task: the next caller may take the state, too.
        let passed = inner.phase == Phase::Up && inner.inline_end.is_none();
        self.hint.store(
            if is_idle {
                IDLE
            } else if passed {
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
    pub(crate) fn release_panicked(&self, panic: Panic, ended: &TurnsEnded) {
        let mut inner = self.inner.lock();
        inner.held = false;
        inner.counts.end(ended);
        inner.inline_end = Some(Box::new(InlineEnd::Panicked(panic)));
        let owner = inner.owner.take();
        drop(inner);
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// The state of an idle owner that is ended by force.
    pub(crate) fn take_state(&self) -> Option<Parked<S>> {
        self.hint.store(BUSY, Relaxed);
        self.inner.lock().state.take()
    }

    /// What its health is judged by. Takes the lock of the mailbox, under which nobody waits.
    pub(crate) fn look(&self) -> OwnerSeen {
        let inner = self.inner.lock();
        let in_turn = inner.held
            || (inner.state.is_none() && matches!(inner.phase, Phase::Up | Phase::Draining | Phase::Cut));
        let oldest = inner.queue.iter().find(|request| request.is_queued()).and_then(|first| first.since());
        let (calls_ended, calls_expired) = inner.counts.calls();
        OwnerSeen {
            path: self.path.clone(),
            task: self.task(),
            importance: self.options.importance,
            turn: in_turn.then(|| age(inner.turn_since_ms)),
            turn_bound: self.options.turn_bound,
            full: inner.full_since_ms.map(age),
            capacity: self.options.capacity,
            waiting: inner.waiting.len(),
            oldest: oldest.map(|since| crate::clock::now().saturating_duration_since(since)),
            calls_ended,
            calls_expired,
            down: inner.died.map(|(at, how)| (age(at), how)),
        }
    }

    // ---- the owner's side ----------------------------------------------------------------------------------------

    /// `init` has returned.
    pub(crate) fn up(&self) {
        let mut inner = self.inner.lock();
        inner.phase.advance(Phase::Up);
        inner.turn_since_ms = now_coarse_ms(); // `on_start` is the first turn
        inner.died = None;
    }

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

    /// Asked to stop: nothing more is admitted, what is queued is still served (S38b, S39e).
    pub(crate) fn drain(&self) {
        let mut inner = self.inner.lock();
        if !inner.phase.advance(Phase::Draining) {
            return;
        }
        let waiting = std::mem::take(&mut inner.waiting);
        let mut wakes = refuse_waiting(&mut inner, &waiting, &Refusal::Stopped);
        wakes.add(inner.owner.take());
        drop(inner);
        wakes.wake();
        self.drop_over(waiting);
    }

    /// The drain is cut short: what is queued is told at once (S38d). How many were.
    pub(crate) fn cut(&self) -> u64 {
        self.answer_all(Phase::Cut, &Refusal::Stopped, &Refusal::Stopped, Why::Stopped)
    }

    /// The owner has ended for good (S27e, S39d). How many queued requests were told.
    pub(crate) fn close(&self, refusal: &Refusal, ended: &TurnsEnded) -> u64 {
        let mut inner = self.inner.lock();
        inner.counts.end(ended);
        if let Refusal::Died(reason) = refusal
            && !reason.is_expected()
            && inner.phase < Phase::Draining
        {
            inner.died = Some((now_coarse_ms(), reason.name()));
            self.tree.pulse.ring(); // TP007
        }
        if let (Refusal::Died(reason), true) = (refusal, inner.held) {
            inner.inline_end = Some(Box::new(InlineEnd::Died(reason.clone())));
        }
        drop(inner);
        let (waiting, why) = match refusal {
            Refusal::Stopped => (Refusal::Stopped, Why::Stopped),
            Refusal::Closed | Refusal::Died(_) | Refusal::Deadlock(_) => (Refusal::Closed, Why::Died),
        };
        self.answer_all(Phase::Closed, refusal, &waiting, why)
    }

    fn answer_all(&self, to: Phase, queued: &Refusal, waiting: &Refusal, why: Why) -> u64 {
        let mut inner = self.inner.lock();
        if !inner.phase.advance(to) {
            return 0;
        }
        let (queue, waiters) = (std::mem::take(&mut inner.queue), std::mem::take(&mut inner.waiting));
        inner.tombstones = 0;
        let mut wakes = refuse_waiting(&mut inner, &waiters, waiting);
        let mut told = 0;
        for request in &queue {
            let (refused, wakee) = request.refuse(queued);
            wakes.add(wakee);
            if refused {
                inner.counts.discard(why);
                told += 1;
            }
        }
        inner.told += told;
        wakes.add(inner.owner.take());
        drop(inner);
        wakes.wake();
        self.drop_over(queue.into_iter().chain(waiters));
        told
    }

    /// Queued requests that were told of the end so far.
    pub(crate) fn told(&self) -> u64 {
        self.inner.lock().told
    }

    /// What a stop's waiter is told; the first word stays.
    pub(crate) fn set_drained(&self, drained: Drained) {
        self.drained.set(drained).ok();
    }

    pub(crate) fn drained(&self) -> Option<Drained> {
        self.drained.get().copied()
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
        self.tree.events.emit(&self.path, self.incarnation(), kind);
    }
}

fn wait_for_work<S>(inner: &mut Guarded<'_, S>, waker: &Waker) {
    if !inner.owner.as_ref().is_some_and(|owner| owner.is(waker)) {
        inner.owner = Some(Wakee::of(waker));
    }
}

impl InlineEnd {
    fn is_panic(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }
}

/// What the end of an owner means for its queue.
pub(crate) fn refusal_of(reason: &ExitReason) -> Refusal {
    match reason {
        ExitReason::Shutdown(_) => Refusal::Stopped,
        other => Refusal::Died(other.clone()), // also `Normal`: `init` made nothing, and nobody asked for a stop
    }
}

/// The panic of the turn of `request`.
pub(crate) fn count_panicked<S>(request: &Arc<dyn Queued<S>>, panic: &Panic, ended: &mut TurnsEnded) {
    let failed = request.panicked(panic);
    if request.kind() != Kind::Call || failed {
        ended.failed.panicked += 1;
    }
}
