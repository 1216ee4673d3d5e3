//! The mailbox from the side of whoever runs turns: the owner's task, or a caller of an idle owner (S51).
//!
//! The state is one value that moves: the owner's task has it while it runs turns, the mailbox while the owner idles, a
//! caller while its inline turn runs. Whoever has it runs turns, so no two overlap (S33a).

use crate::clock::{age, now_coarse_ms};
use crate::error::Cause;
use crate::exit::{ExitReason, Panic, catch};
use crate::owner::dispatch::BatchOf;
use crate::owner::inline::PATIENCE;
use crate::owner::lifecycle::Phase;
use crate::owner::mailbox::mailbox::{Guarded, InlineEnd, Kept, Mailbox, Parked, Wakes};
use crate::owner::mailbox::options::Inline;
use crate::owner::request::{Begin, Kind, Queued};
use crate::owner::turn::TurnsEnded;
use crate::raw::{AWAY, MORE, Right};
use crate::record::events::EventKind;
use crate::record::wait::Wakee;
use crate::scope::snapshot::OwnerSeen;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Waker;
use std::time::{Duration, Instant};

/// What the owner does next.
pub(crate) enum Next<S> {
    /// With the others of its batch, if it has one.
    Turn(Arc<dyn Queued<S>>, Vec<Arc<dyn Queued<S>>>),
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

    /// Takes the state of an owner that idles (S51b).
    #[inline(always)]
    pub(crate) fn hold_idle(&self) -> Option<Right<'_, Parked<S>>> {
        self.seat.take_idle()
    }

    /// The turn of a caller that came to an idle owner, counted as accepted and begun.
    #[inline(always)]
    pub(crate) fn begin_inline(&self) {
        self.inline.begin();
    }

    /// It gave a value.
    #[inline(always)]
    pub(crate) fn end_inline(&self, kind: Kind) {
        match kind {
            Kind::Call => self.inline.reply(),
            Kind::Cast | Kind::CastWith => self.inline.handle(),
        }
    }

    /// It came to another end: it is counted with the others.
    pub(crate) fn hand_over_inline(&self) {
        let mut inner = self.inner.lock();
        self.inline.hand_over();
        // Its number was taken back: it is known by when it came here.
        inner.turn_seen = self.inline.begun();
        inner.turn_since_ms = now_coarse_ms();
        inner.counts.accepted += 1;
        inner.counts.begun += 1;
    }

    /// Takes the state of an owner that runs no turn, and was not asked to stop, behind what is queued (S33b).
    #[cold]
    pub(crate) fn hold_behind(&self, pinned: Option<u32>) -> Option<Right<'_, Parked<S>>> {
        if self.options().inline == Inline::Never || !self.seat.is_there() {
            return None;
        }
        let inner = self.inner.lock();
        if inner.phase != Phase::Up || inner.inline_end.is_some() || inner.halts {
            return None;
        }
        if pinned.is_some_and(|life| life != inner.life) {
            return None;
        }
        let mut right = self.seat.take()?;
        if right.value().is_some() {
            return Some(right);
        }
        right.leave(MORE | AWAY);
        None
    }

    /// Whether a look again soon may find the owner idle: a turn runs on another caller's thread.
    pub(crate) fn is_worth_a_spin(&self) -> bool {
        self.seat.is_held_alone()
    }

    /// Whether a turn runs on a caller's thread: whoever runs it goes on with what is queued.
    pub(crate) fn is_held(&self) -> bool {
        self.seat.is_held()
    }

    /// Pauses that a caller may spend on such looks.
    pub(crate) fn patience(&self) -> u32 {
        self.patience.load(Relaxed)
    }

    /// Whether looking again was worth it. Up quickly, and down slowly: once callers queue, each pays for being put aside and woken,
    /// the next ones find a queue and queue, too, and it takes a while until nobody waits.
    pub(crate) fn learn(&self, paid: bool) {
        let now = self.patience();
        let next = if paid { now + 256 } else { now - now / 16 };
        self.patience.store(next.clamp(*PATIENCE.start(), *PATIENCE.end()), Relaxed);
    }

    /// What a caller that holds the state runs before its own turn: what was accepted before it (S33b).
    pub(crate) fn before_mine(&self, ended: &mut TurnsEnded) -> Before<S> {
        let mut looked = Looked::default();
        let mut inner = self.inner.lock();
        inner.counts.end(&std::mem::take(ended));
        let before = loop {
            if inner.phase != Phase::Up || inner.halts || inner.stale.is_some() {
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
                || inner.stale.is_some()
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
        looked.wakes.0.extend(self.admit_waiting(inner).0);
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
        mut right: Right<'_, Parked<S>>,
        ended: &TurnsEnded,
        kept: Option<Kept>,
    ) -> Option<(Parked<S>, ExitReason)> {
        let (life, failed) =
            right.value().as_ref().map_or((0, false), |parked| (parked.life, parked.env.has_failed()));
        let mut inner = self.inner.lock();
        let is_over = inner.life != life || !inner.lives;
        inner.counts.end(ended);
        let arm = kept.and_then(|(at, call)| inner.lanes.add(at, call));
        if is_over {
            let end = if inner.life == life { inner.inline_end.take() } else { None };
            let stale = inner.stale.take();
            let parked = right.value().take();
            right.leave(MORE | AWAY);
            // The task of the next life has its state with itself, and may leave it here now.
            let owner = inner.owner.take();
            drop(inner);
            self.arm(arm); // whoever has the reply may keep it on
            if let Some(owner) = owner {
                owner.wake();
            }
            let died = end.and_then(|end| end.died()).or(stale.map(|reason| *reason));
            let reason = died.unwrap_or(ExitReason::Aborted(Cause::RuntimeGone));
            return parked.map(|parked| (parked, reason));
        }
        if failed {
            inner.inline_end.get_or_insert_with(|| Box::new(InlineEnd::Failed));
        }
        let is_idle =
            inner.queue.is_empty() && inner.phase == Phase::Up && inner.inline_end.is_none() && !inner.halts;
        // Queued synchronous turns need not wait for the owner's task: the next caller may take the state, too.
        right.leave(if is_idle { 0 } else { MORE });
        let owner = if is_idle { None } else { inner.owner.take() };
        drop(inner);
        self.arm(arm);
        if let Some(owner) = owner {
            owner.wake();
        }
        None
    }

    /// An inline turn panicked; its state has been dropped (S37a, S51d).
    pub(crate) fn release_panicked(
        &self,
        right: Right<'_, Parked<S>>,
        panic: Panic,
        life: u32,
        ended: &TurnsEnded,
    ) {
        let mut inner = self.inner.lock();
        inner.counts.end(ended);
        right.leave(MORE | AWAY);
        if inner.life == life && inner.lives {
            inner.inline_end = Some(Box::new(InlineEnd::Panicked(panic)));
        } else {
            inner.stale = None; // ended by force meanwhile: nobody waits for this state
        }
        let owner = inner.owner.take();
        drop(inner);
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// What its health is judged by. Takes the lock of the mailbox, under which nobody waits.
    pub(crate) fn look(&self) -> OwnerSeen {
        let mut inner = self.inner.lock();
        let is_inline = self.seat.is_held();
        let turn = self.inline.begun();
        if !is_inline {
            inner.turn_seen = u64::MAX; // no turn has this number
        } else if inner.turn_seen != turn {
            // An inline turn reads no clock: its age is counted from the first look that finds it.
            inner.turn_seen = turn;
            inner.turn_since_ms = now_coarse_ms();
        }
        let in_turn = is_inline
            || (inner.lives
                && self.seat.is_away()
                && inner.gathers.is_none()
                && matches!(inner.phase, Phase::Up | Phase::Draining | Phase::Cut));
        let oldest = inner.queue.iter().find(|request| request.is_queued()).and_then(|first| first.since());
        let (calls_ended, calls_expired) = self.counts(&inner).calls();
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

    /// The next turn, after counting what the last one ended.
    ///
    /// The state is the owner's (`mine`) from the first turn to run to the moment it idles; then callers may take it.
    ///
    /// # Errors
    /// There is none: `waker` is told when there may be. With a time, a batch is gathered until then.
    pub(crate) fn next(
        &self,
        mine: &mut Option<Parked<S>>,
        ended: &mut TurnsEnded,
        waker: &Waker,
    ) -> Result<Next<S>, Option<tokio::time::Instant>> {
        let mut looked = Looked::default();
        let mut inner = self.inner.lock();
        inner.counts.end(&std::mem::take(ended));
        inner.gathers = None;
        if mine.is_none() {
            if let Some(InlineEnd::Panicked(panic)) =
                inner.inline_end.take_if(|end| end.is_panic()).map(|end| *end)
            {
                return Ok(Next::Panicked(panic));
            }
            if let Some(mut right) = self.seat.take() {
                *mine = right.value().take();
                right.leave(MORE | AWAY);
            }
            if mine.is_none() {
                wait_for_work(&mut inner, waker); // a caller's turn runs: it wakes us when it is over
                return Err(None);
            }
        }
        if inner.inline_end.take().is_some() {
            return Ok(Next::Failed);
        }
        let next = loop {
            if inner.phase >= Phase::Cut {
                inner.turn_since_ms = now_coarse_ms(); // of `terminate`
                break Ok(Next::Cut);
            }
            if inner.halts {
                break Ok(Next::Halted);
            }
            if inner.queue.is_empty() {
                if inner.phase == Phase::Draining {
                    inner.turn_since_ms = now_coarse_ms(); // of `drain`
                    break Ok(Next::Drained);
                }
                // While an inline turn of an earlier life runs, the state stays with its task.
                if let Some(mut right) = self.seat.take() {
                    *right.value() = mine.take();
                    right.leave(if self.options().inline == Inline::Allowed { 0 } else { MORE });
                }
                wait_for_work(&mut inner, waker);
                break Err(None);
            }
            let batch = inner.queue.iter().find(|first| first.is_queued()).and_then(|first| first.batch_of());
            if let Some(of) = batch
                && let Some(until) = self.gathers(&inner, &of)
            {
                inner.gathers = Some((of, of.items_max(self.options().capacity) as u64));
                wait_for_work(&mut inner, waker);
                break Err(Some(until));
            }
            if let Some(request) = self.begin_front(&mut inner, &mut looked) {
                let rest = batch.map(|of| self.begin_rest(&of, &mut inner, &mut looked));
                break Ok(Next::Turn(request, rest.unwrap_or_default()));
            }
        };
        drop(inner);
        looked.done(self);
        next
    }

    /// Until when more requests are waited for that could join the first one's batch; `None`: it begins now (S52).
    fn gathers(&self, inner: &Guarded<'_, S>, of: &BatchOf) -> Option<tokio::time::Instant> {
        if inner.phase != Phase::Up {
            return None;
        }
        let mut queued = inner.queue.iter().filter(|request| request.is_queued()).peekable();
        let until = queued.peek()?.since()? + crate::context::context::bounded(of.batch.max_delay);
        if crate::clock::now() >= until {
            return None;
        }
        // One more than there are in a full batch is not looked at.
        let items_max = of.items_max(self.options().capacity);
        let alike = queued.by_ref().take(items_max).take_while(|request| request.batch_of() == Some(*of));
        let count = alike.count();
        let all = usize::try_from(inner.counts.queued).unwrap_or(usize::MAX);
        (count < items_max && count == all).then_some(until)
    }

    /// Begins those that follow the first of a batch.
    fn begin_rest(
        &self,
        of: &BatchOf,
        inner: &mut Guarded<'_, S>,
        looked: &mut Looked<S>,
    ) -> Vec<Arc<dyn Queued<S>>> {
        let mut rest = Vec::new();
        while rest.len() + 1 < of.items_max(self.options().capacity)
            && inner.queue.front().is_some_and(|next| !next.is_queued() || next.batch_of() == Some(*of))
        {
            rest.extend(self.begin_front(inner, looked));
        }
        rest
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
    pub(super) fn died(self) -> Option<ExitReason> {
        match self {
            Self::Died(reason) => Some(reason),
            Self::Panicked(_) | Self::Failed => None,
        }
    }

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
