//! **Pure**: the states of an owner and of a request, and the account of what became of them: every accepted request gets
//! exactly one terminal count (O2). No lock, no clock, no wake.

use crate::account::{Account, AnsweredBy, DiscardedBy, FailedBy, RefusedBy};
use crate::error::CallErrorKind;
use crate::owner::request::Why;
use crate::owner::turn::TurnsEnded;
use std::time::Duration;

/// Where an owner is in its life. It only moves down this list while it has one life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// `init` has not returned; requests are accepted and wait (S27d).
    Starting,
    Up,
    /// Asked to stop: what is queued is still served (S38b).
    Draining,
    /// The drain was cut short: nothing further begins (S38d).
    Cut,
    /// Ended for good.
    Closed,
}

impl Phase {
    pub(crate) fn admits(self) -> bool {
        self <= Self::Up
    }

    /// Moves down, never back. True if that changed something.
    pub(crate) fn advance(&mut self, to: Self) -> bool {
        let moves = *self < to;
        if moves {
            *self = to;
        }
        moves
    }
}

/// Where a request is. `P` is what the caller sent, `T` the reply.
pub(crate) enum Stage<P, T> {
    Waiting(P),
    Queued(P),
    Begun,
    /// Begun, and the caller has gone.
    Gone,
    Done(Result<T, CallErrorKind<P>>),
    /// The caller has its answer, or went before the turn began.
    Over,
}

/// What the caller took back by going.
#[must_use = "what was taken back must be dropped outside the locks, and counted"]
pub(crate) enum Withdrawn<P, T> {
    /// It had no place: nothing was accepted.
    NotAccepted(P),
    /// It had a place, which is free again.
    NotBegun(P),
    /// The turn goes on, its reply will be unheard.
    Begun,
    /// An answer lay there.
    Done(Result<T, CallErrorKind<P>>),
    Nothing,
}

/// Whether somebody still waited for an answer.
#[must_use = "an unheard reply is dropped outside the lock, and counted"]
pub(crate) enum Heard<T> {
    Yes,
    No(T),
    /// It has its answer: the turn panicked after the reply handle was given away.
    Late(T),
}

impl<P, T> Stage<P, T> {
    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Over)
    }

    /// `Waiting -> Queued`.
    pub(crate) fn admit(&mut self) {
        *self = match self.take() {
            Self::Waiting(payload) => Self::Queued(payload),
            other => other, // refused or withdrawn while it waited: what lies there stays
        };
    }

    /// `Queued -> Begun`.
    pub(crate) fn begin(&mut self) -> Option<P> {
        match self.take() {
            Self::Queued(payload) => {
                *self = Self::Begun;
                Some(payload)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// `Queued | Waiting -> Done(Err)`, with the request in the error.
    pub(crate) fn refuse(&mut self, error: impl FnOnce(P) -> CallErrorKind<P>) -> bool {
        match self.take() {
            Self::Queued(payload) | Self::Waiting(payload) => {
                *self = Self::Done(Err(error(payload)));
                true
            }
            other => {
                *self = other;
                false
            }
        }
    }

    /// `Queued | Waiting -> Over`, `Begun -> Gone`.
    pub(crate) fn withdraw(&mut self) -> Withdrawn<P, T> {
        match self.take() {
            Self::Waiting(payload) => Withdrawn::NotAccepted(payload),
            Self::Queued(payload) => Withdrawn::NotBegun(payload),
            Self::Begun => {
                *self = Self::Gone;
                Withdrawn::Begun
            }
            Self::Gone => {
                *self = Self::Gone;
                Withdrawn::Nothing
            }
            Self::Done(answer) => Withdrawn::Done(answer),
            Self::Over => Withdrawn::Nothing,
        }
    }

    /// `Begun -> Done(Ok)`, `Gone -> Over`.
    pub(crate) fn answer(&mut self, value: T) -> Heard<T> {
        match self.take() {
            Self::Begun => {
                *self = Self::Done(Ok(value));
                Heard::Yes
            }
            Self::Gone => Heard::No(value),
            other => {
                *self = other;
                Heard::Late(value)
            }
        }
    }

    /// `Begun -> Done(Err)`, `Gone -> Over`: the turn ended without a reply. False if it had one.
    pub(crate) fn fail(&mut self, error: CallErrorKind<P>) -> bool {
        match self.take() {
            Self::Begun => {
                *self = Self::Done(Err(error));
                true
            }
            Self::Gone => true,
            other => {
                *self = other;
                false
            }
        }
    }

    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self, Self::Begun | Self::Gone)
    }

    pub(crate) fn is_answered(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    pub(crate) fn is_queued(&self) -> bool {
        matches!(self, Self::Queued(_))
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting(_))
    }

    /// Takes the answer, if it lies there.
    pub(crate) fn take_answer(&mut self) -> Option<Result<T, CallErrorKind<P>>> {
        match self.take() {
            Self::Done(answer) => Some(answer),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// Numbers of one owner (S36d, S39f).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerStats {
    /// Requests accepted.
    pub accepted: u64,
    /// Accepted and not begun.
    pub queued: u64,
    /// Begun and not answered.
    pub begun: u64,
    /// Answered with a value.
    pub replied: u64,
    /// Of these, with nobody to hear it.
    pub unheard: u64,
    /// Casts whose turn is over.
    pub handled: u64,
    /// Begun, and ended without a value.
    pub failed: u64,
    /// Never begun: the caller was dropped.
    pub discarded_caller_gone: u64,
    /// Never begun: the caller was cancelled.
    pub discarded_cancelled: u64,
    /// Never begun: the deadline passed.
    pub discarded_expired: u64,
    /// Never begun: the drain was cut short.
    pub discarded_stopped: u64,
    /// Never begun: the owner ended.
    pub discarded_died: u64,
    /// Never accepted.
    pub calls_refused: u64,
    /// How often there was no place.
    pub full_total: u64,
    /// Places.
    pub capacity: u32,
    /// Requests that wait for a place.
    pub waiting: u32,
    /// For how long the first of the queued has waited, since its call (S39f).
    pub oldest_age: Option<Duration>,
    /// Entries of the queue: the queued, and withdrawn ones not yet cleared away (S34d).
    pub entries: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) begun: u64,
    pub(super) answered: AnsweredBy,
    pub(super) queued: u64,
    pub(super) failed: FailedBy,
    pub(super) discarded: DiscardedBy,
    pub(super) refused: RefusedBy,
    pub(super) unheard: u64,
    pub(super) full_total: u64,
    /// Calls whose deadline passed after their turn had begun.
    pub(super) expired_begun: u64,
}

impl Counts {
    pub(super) fn discard(&mut self, why: Why) {
        self.queued -= 1;
        self.answered.discarded += 1;
        match why {
            Why::CallerGone => self.discarded.caller_gone += 1,
            Why::Cancelled => self.discarded.cancelled += 1,
            Why::Expired => self.discarded.expired += 1,
            Why::Stopped => self.discarded.stopped += 1,
            Why::Died => self.discarded.died += 1,
        }
    }

    pub(super) fn refuse<P>(&mut self, kind: &CallErrorKind<P>) {
        match kind {
            CallErrorKind::Full { .. } => self.refused.full += 1,
            CallErrorKind::Closed { .. } => self.refused.closed += 1,
            CallErrorKind::Deadlock { .. } => self.refused.deadlock += 1,
            CallErrorKind::Cancelled { .. } => self.refused.cancelled += 1,
            CallErrorKind::DeadlineExceeded { .. } => self.refused.expired += 1,
            // The other kinds tell of accepted requests.
            CallErrorKind::Stopped { .. }
            | CallErrorKind::Panicked { .. }
            | CallErrorKind::Died { .. }
            | CallErrorKind::Unanswered => self.refused.stopped += 1,
        }
    }

    pub(super) fn end(&mut self, ended: &TurnsEnded) {
        self.begun -= ended.sum();
        self.answered.replied += ended.replied;
        if ended.is_plain() {
            return;
        }
        self.answered.handled += ended.handled;
        self.answered.failed += ended.failed.sum();
        self.failed += ended.failed;
        self.unheard += ended.unheard;
    }
}

impl Counts {
    /// Calls that have ended, and of these by their deadline (TP021). A reply that nobody heard is of a call that had
    /// ended before.
    pub(super) fn calls(&self) -> (u64, u64) {
        let expired = self.discarded.expired + self.expired_begun;
        let ended = self.answered.replied - self.unheard + self.failed.sum() + self.answered.discarded;
        (ended + self.expired_begun, expired)
    }

    pub(super) fn add_to(&self, account: &mut Account) {
        account.accepted += self.accepted;
        account.answered += self.answered.sum();
        account.queued += self.queued;
        account.begun += self.begun;
        account.answered_by += self.answered;
        account.failed_by += self.failed;
        account.discarded_by += self.discarded;
        account.unheard += self.unheard;
        account.calls_refused += self.refused.sum();
        account.refused_by += self.refused;
    }
}
