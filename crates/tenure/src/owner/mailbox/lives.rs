//! The mailbox from the side of whoever starts and stops its owner: it stays when a life ends (S27, S28, S38).

use crate::clock::now_coarse_ms;
use crate::error::Cause;
use crate::exit::ExitReason;
use crate::ident::{Rung, TaskId};
use crate::owner::lifecycle::Phase;
use crate::owner::mailbox::mailbox::{Guarded, InlineEnd, Mailbox, Parked, Wakes, refuse_waiting};
use crate::owner::mailbox::options::OnRestart;
use crate::owner::owner::Drained;
use crate::owner::request::{Queued, Refusal, Why};
use crate::owner::turn::TurnsEnded;
use crate::raw::{AWAY, MORE};
use std::collections::VecDeque;
use std::sync::Arc;

impl<S: Send + 'static> Mailbox<S> {
    /// A life begins: requests wait for its `init` (S27d). Its number.
    /// `incarnation` is what it is called if its start succeeds.
    pub(crate) fn begin_life(&self, task: TaskId, incarnation: u32) -> u32 {
        let mut inner = self.inner.lock();
        inner.incarnation = incarnation;
        inner.life += 1;
        inner.lives = true;
        inner.phase = Phase::Starting;
        inner.halts = false;
        inner.told = 0;
        inner.drained = None;
        inner.gathers = None;
        let gone = inner.inline_end.take();
        if self.seat.is_held() && inner.stale.is_none() {
            let died = gone.and_then(|end| end.died());
            inner.stale = Some(Box::new(died.unwrap_or(ExitReason::Aborted(Cause::RuntimeGone))));
        }
        let life = inner.life;
        self.set_task(Some(task));
        drop(inner);
        life
    }

    /// `init` has returned.
    pub(crate) fn up(&self) {
        let mut inner = self.inner.lock();
        inner.phase.advance(Phase::Up);
        inner.turn_since_ms = now_coarse_ms(); // `on_start` is the first turn
        inner.died = None;
    }

    /// The life has ended; its state comes back, if it idled. What is queued waits for what its supervisor decides (S27c),
    /// but for what only this life may serve: that is told now (S27f).
    pub(crate) fn end_life(
        &self,
        reason: &ExitReason,
        rung: Option<Rung>,
        ended: &TurnsEnded,
    ) -> Option<Parked<S>> {
        let mut inner = self.inner.lock();
        inner.counts.end(ended);
        self.seat.shut();
        let parked = self.seat.take().and_then(|mut right| {
            let parked = right.value().take();
            right.leave(MORE | AWAY);
            parked
        });
        if !inner.lives {
            return parked;
        }
        inner.lives = false;
        inner.drained.get_or_insert(match rung {
            None => Drained::Yes,
            Some(rung) => Drained::CutShort { unanswered: 0, rung },
        });
        self.set_task(None);
        if self.seat.is_held() && inner.stale.is_none() {
            inner.inline_end = Some(Box::new(InlineEnd::Died(reason.clone())));
        }
        if inner.phase < Phase::Draining {
            inner.phase = Phase::Starting;
        }
        inner.owner = None;
        let life = inner.life;
        let refusal = Refusal::Died(reason.clone());
        let pinned = |request: &Arc<dyn Queued<S>>| request.pinned() == Some(life);
        let (queued, waiting) = (extract(&mut inner.queue, pinned), extract(&mut inner.waiting, pinned));
        let mut wakes = refuse_waiting(&mut inner, &waiting, &Refusal::Closed);
        wakes.0.extend(refuse_queued(&mut inner, &queued, &refusal, Why::Died).0);
        wakes.0.extend(self.admit_waiting(&mut inner).0);
        drop(inner);
        wakes.wake();
        self.drop_over(queued.into_iter().chain(waiting));
        parked
    }

    /// The life is gone, and another will come: the queue is kept, or told (S28a).
    pub(crate) fn lost(&self, reason: &ExitReason) {
        let mut inner = self.inner.lock();
        inner.phase = Phase::Starting; // a stop that anybody asked for ended that life alone (S19)
        let queue = match self.options().on_restart {
            OnRestart::Keep => VecDeque::new(),
            OnRestart::Drop => std::mem::take(&mut inner.queue),
        };
        let mut wakes = refuse_queued(&mut inner, &queue, &Refusal::Died(reason.clone()), Why::Died);
        if !queue.is_empty() {
            inner.tombstones = 0;
        }
        wakes.0.extend(self.admit_waiting(&mut inner).0);
        drop(inner);
        wakes.wake();
        self.drop_over(queue);
    }

    /// Ends this life after its turn in progress, and keeps the queue (S28d).
    pub(crate) fn halt(&self) {
        let mut inner = self.inner.lock();
        inner.halts = true;
        let owner = self.shut(&mut inner);
        drop(inner);
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// Asked to stop: nothing more is admitted, what is queued is still served (S38b, S39e).
    pub(crate) fn drain(&self) {
        let mut inner = self.inner.lock();
        if !inner.phase.advance(Phase::Draining) {
            return;
        }
        let waiting = std::mem::take(&mut inner.waiting);
        let mut wakes = refuse_waiting(&mut inner, &waiting, &Refusal::Stopped);
        wakes.add(self.shut(&mut inner));
        drop(inner);
        wakes.wake();
        self.drop_over(waiting);
    }

    /// The drain is cut short: what is queued is told at once (S38d). How many were.
    pub(crate) fn cut(&self) {
        let mut inner = self.inner.lock();
        if inner.phase < Phase::Cut && !inner.halts && inner.lives {
            inner.phase = Phase::Cut;
            self.answer_all(inner, &Refusal::Stopped, &Refusal::Stopped, Why::Stopped);
        }
    }

    /// No further life will come (S27e, S39d): what is queued is told, what comes is refused.
    pub(crate) fn close(&self, reason: &ExitReason) {
        let mut inner = self.inner.lock();
        // A stop was asked: that is what the queue is told, also when the drain ended in a panic (S27e).
        let stopped = matches!(inner.phase, Phase::Draining | Phase::Cut);
        let refusal = if stopped { Refusal::Stopped } else { refusal_of(reason) };
        if !stopped && !reason.is_expected() && inner.phase != Phase::Closed {
            inner.died = Some((now_coarse_ms(), reason.name()));
            if let Some(tree) = self.tree() {
                tree.pulse.ring(); // TP007
            }
        }
        inner.phase = Phase::Closed;
        let (waiting, why) = match refusal {
            Refusal::Stopped => (Refusal::Stopped, Why::Stopped),
            Refusal::Closed | Refusal::Died(_) | Refusal::Deadlock(_) => (Refusal::Closed, Why::Died),
        };
        self.answer_all(inner, &refusal, &waiting, why);
    }

    fn answer_all(&self, mut inner: Guarded<'_, S>, queued: &Refusal, waiting: &Refusal, why: Why) {
        let (queue, waiters) = (std::mem::take(&mut inner.queue), std::mem::take(&mut inner.waiting));
        inner.tombstones = 0;
        let mut wakes = refuse_waiting(&mut inner, &waiters, waiting);
        wakes.0.extend(refuse_queued(&mut inner, &queue, queued, why).0);
        wakes.add(self.shut(&mut inner));
        drop(inner);
        wakes.wake();
        self.drop_over(queue.into_iter().chain(waiters));
    }

    /// What ended the turns, if a hook may still follow; the first word stays.
    pub(crate) fn set_drained(&self, drained: Drained) {
        self.inner.lock().drained.get_or_insert(drained);
    }

    /// What a stop's waiter is told of the last life.
    pub(crate) fn drained(&self) -> Option<Drained> {
        let inner = self.inner.lock();
        match inner.drained? {
            Drained::Yes => Some(Drained::Yes),
            // With those that a cancel before the abort had told (S38f).
            Drained::CutShort { rung, .. } => Some(Drained::CutShort { unanswered: inner.told, rung }),
        }
    }
}

/// Tells queued requests why they will not be served; how many were told is noted (S38f).
fn refuse_queued<S>(
    inner: &mut Guarded<'_, S>,
    queue: &VecDeque<Arc<dyn Queued<S>>>,
    refusal: &Refusal,
    why: Why,
) -> Wakes {
    let mut wakes = Wakes::default();
    for request in queue {
        let (refused, wakee) = request.refuse(refusal, inner.incarnation);
        wakes.add(wakee);
        if refused {
            inner.counts.discard(why);
            inner.told += 1;
        } else {
            inner.tombstones = inner.tombstones.saturating_sub(1);
        }
    }
    wakes
}

/// Takes out what fits; most queues have nothing of it.
fn extract<T>(queue: &mut VecDeque<T>, fits: impl Fn(&T) -> bool) -> VecDeque<T> {
    if !queue.iter().any(&fits) {
        return VecDeque::new();
    }
    let (taken, left) = std::mem::take(queue).into_iter().partition(fits);
    *queue = left;
    taken
}

/// What the end of an owner means for its queue.
pub(crate) fn refusal_of(reason: &ExitReason) -> Refusal {
    match reason {
        ExitReason::Shutdown(_) => Refusal::Stopped,
        other => Refusal::Died(other.clone()), // also `Normal`: `init` made nothing, and nobody asked for a stop
    }
}
