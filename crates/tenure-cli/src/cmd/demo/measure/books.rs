//! The account of tasks and requests: by tenure, or counted by hand where there is no tenure.

use serde::Serialize;
use tenure_wire::Account;

/// Who kept the books.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::large_enum_variant, reason = "there is one in a run, and it is never moved in a loop")]
#[serde(untagged)]
pub(crate) enum Books {
    /// The two roots' accounts, summed.
    Tenure(Account),
    /// Plain Tokio keeps none; the program counted what it could.
    Counted(Counted),
}

/// The same keys in the same order. `None`: plain Tokio cannot know.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counted {
    pub started: u64,
    pub ended: u64,
    pub live: u64,
    pub ended_by: CountedEnds,
    pub leaked: Option<u64>,
    pub leaked_total: Option<u64>,
    pub ended_late: Option<u64>,
    pub spawns_refused: Option<u64>,
    pub scopes_dropped: Option<u64>,
    pub accepted: u64,
    pub answered: u64,
    pub queued: Option<u64>,
    pub begun: Option<u64>,
    pub answered_by: CountedAnswers,
    pub failed_by: CountedFailures,
    pub discarded_by: CountedDiscards,
    pub unheard: Option<u64>,
    pub calls_refused: Option<u64>,
    pub refused_by: CountedRefusals,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CountedEnds {
    pub normal: u64,
    pub shutdown: Option<u64>,
    pub failed: Option<u64>,
    pub panicked: u64,
    pub aborted: u64,
    pub timed_out: Option<u64>,
    pub gave_up: Option<u64>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CountedAnswers {
    pub replied: u64,
    pub handled: Option<u64>,
    pub failed: u64,
    pub discarded: Option<u64>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CountedFailures {
    pub panicked: Option<u64>,
    pub died: Option<u64>,
    pub unanswered: Option<u64>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CountedDiscards {
    pub caller_gone: Option<u64>,
    pub cancelled: Option<u64>,
    pub expired: Option<u64>,
    pub stopped: Option<u64>,
    pub died: Option<u64>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CountedRefusals {
    pub full: Option<u64>,
    pub closed: u64,
    pub stopped: Option<u64>,
    pub deadlock: Option<u64>,
    pub cancelled: Option<u64>,
    pub expired: Option<u64>,
}

impl Books {
    /// Tasks: started, ended.
    pub(crate) fn tasks(&self) -> (u64, u64) {
        match self {
            Self::Tenure(a) => (a.started, a.ended),
            Self::Counted(c) => (c.started, c.ended),
        }
    }

    /// Requests: accepted, answered.
    pub(crate) fn requests(&self) -> (u64, u64) {
        match self {
            Self::Tenure(a) => (a.accepted, a.answered),
            Self::Counted(c) => (c.accepted, c.answered),
        }
    }

    /// `None`: nobody can know.
    pub(crate) fn leaked(&self) -> Option<u64> {
        match self {
            Self::Tenure(a) => Some(a.leaked),
            Self::Counted(c) => c.leaked,
        }
    }

    /// Work that was never taken on; `None`: nobody can know.
    pub(crate) fn refused(&self) -> Option<u64> {
        match self {
            Self::Tenure(a) => Some(a.calls_refused + a.spawns_refused),
            Self::Counted(c) => c.calls_refused,
        }
    }

    /// Tasks that were dropped before they returned.
    pub(crate) fn aborted(&self) -> u64 {
        match self {
            Self::Tenure(a) => a.ended_by.aborted,
            Self::Counted(c) => c.ended_by.aborted,
        }
    }

    /// Everything started has ended, everything accepted was answered.
    pub(crate) fn balanced(&self) -> bool {
        let ((started, ended), (accepted, answered)) = (self.tasks(), self.requests());
        started == ended && accepted == answered
    }
}
