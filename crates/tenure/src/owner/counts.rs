//! The account of one owner's requests: every accepted request gets exactly one terminal count (O2).

use crate::account::{Account, AnsweredBy, DiscardedBy, FailedBy, RefusedBy};
use crate::error::CallErrorKind;
use crate::owner::request::Why;
use crate::owner::turn::TurnsEnded;
use std::time::Duration;

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

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) queued: u64,
    pub(super) begun: u64,
    pub(super) answered: AnsweredBy,
    pub(super) failed: FailedBy,
    pub(super) discarded: DiscardedBy,
    pub(super) refused: RefusedBy,
    pub(super) unheard: u64,
    pub(super) full_total: u64,
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
        self.answered.handled += ended.handled;
        self.answered.failed += ended.failed.sum();
        self.failed += ended.failed;
        self.unheard += ended.unheard;
    }
}

impl Counts {
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
