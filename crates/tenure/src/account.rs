//! The account: what was started and how it ended, what was accepted and how it was answered (S16).

use crate::exit::ExitReason;
use std::fmt;
use std::ops::AddAssign;

/// Tasks: `started = ended + live`. Requests: `accepted = answered + queued + begun`.
///
/// Exact at a settled point (nothing running); a reading while threads run may lag, but never shows
/// `ended > started` or `answered > accepted`. A closed account is the proof that nothing was lost:
/// `started = ended`, `accepted = answered`, `leaked = 0`.
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let mut task = root.spawn("seven", async |_ctx| Ok(7));
/// assert_eq!(task.join().await?, 7);
/// let account = root.account();
/// assert!(account.is_balanced());
/// assert_eq!(account.ended_by.normal, 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Tasks started.
    pub started: u64,
    /// Tasks ended; the sum of `ended_by`.
    pub ended: u64,
    /// Tasks alive.
    pub live: u64,
    /// Live tasks whose ladder has run out (S16d).
    pub leaked: u64,
    /// Tasks ever counted in `leaked`.
    pub leaked_total: u64,
    /// Leaked tasks that ended after all.
    pub ended_late: u64,
    /// How tasks ended.
    pub ended_by: EndedBy,
    /// Requests accepted.
    pub accepted: u64,
    /// Accepted requests with their one outcome; the sum of `answered_by`.
    pub answered: u64,
    /// Accepted requests whose turn has not begun.
    pub queued: u64,
    /// Requests whose turn has begun and which are not answered.
    pub begun: u64,
    /// How requests were answered.
    pub answered_by: AnsweredBy,
    /// How requests failed.
    pub failed_by: FailedBy,
    /// Why requests were discarded before their turn.
    pub discarded_by: DiscardedBy,
    /// Replies whose caller had gone, part of `replied` (S34c).
    pub unheard: u64,
    /// Spawns refused by a closing scope; in neither side of the account (S16f).
    pub spawns_refused: u64,
    /// Calls and casts never accepted; the sum of `refused_by`.
    pub calls_refused: u64,
    /// Why they were not.
    pub refused_by: RefusedBy,
    /// Scopes dropped with live tasks, without a join (S3d).
    pub scopes_dropped: u64,
}

macro_rules! counts {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[expect(clippy::exhaustive_structs, reason = "the rows of the semantics")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: u64,)+
        }

        impl $name {
            /// The sum of all rows.
            pub fn sum(&self) -> u64 {
                0 $(+ self.$field)+
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)+
            }
        }
    };
}

counts! {
    /// Ended tasks by reason (S9).
    EndedBy {
        /// [`ExitReason::Normal`]
        normal,
        /// [`ExitReason::Shutdown`]
        shutdown,
        /// [`ExitReason::Failed`]
        failed,
        /// [`ExitReason::Panicked`]
        panicked,
        /// [`ExitReason::Aborted`]
        aborted,
        /// [`ExitReason::TimedOut`]
        timed_out,
        /// [`ExitReason::GaveUp`]
        gave_up,
    }
}
counts! {
    /// Answered requests by outcome (S36d).
    AnsweredBy {
        /// A value, also a user's `Err`.
        replied,
        /// A cast whose turn is over.
        handled,
        /// The turn panicked, the owner died, or the reply was dropped.
        failed,
        /// Never begun.
        discarded,
    }
}
counts! {
    /// Failed requests.
    FailedBy {
        /// Their own turn panicked.
        panicked,
        /// The incarnation ended before the reply, by force or by a stop.
        died,
        /// The reply was dropped.
        unanswered,
    }
}
counts! {
    /// Requests that were accepted and never begun (S34).
    DiscardedBy {
        /// Their caller's future was dropped.
        caller_gone,
        /// Their caller's context was cancelled.
        cancelled,
        /// Their deadline passed.
        expired,
        /// The drain was cut short.
        stopped,
        /// The incarnation ended.
        died,
    }
}
counts! {
    /// Requests that were never accepted (S16f).
    RefusedBy {
        /// No place.
        full,
        /// The owner had ended for good.
        closed,
        /// The owner was asked to stop.
        stopped,
        /// The call would have closed a ring of waits.
        deadlock,
        /// The caller's context had been cancelled.
        cancelled,
        /// The caller's deadline had passed.
        expired,
    }
}

impl EndedBy {
    pub(crate) fn count(&mut self, reason: &ExitReason) {
        match reason {
            ExitReason::Normal => self.normal += 1,
            ExitReason::Shutdown(_) => self.shutdown += 1,
            ExitReason::Failed(_) => self.failed += 1,
            ExitReason::Panicked(_) => self.panicked += 1,
            // No task ends `Leaked` (S9); should one ever say so, it was ended by force.
            ExitReason::Aborted(_) | ExitReason::Leaked => self.aborted += 1,
            ExitReason::TimedOut { .. } => self.timed_out += 1,
            ExitReason::GaveUp { .. } => self.gave_up += 1,
        }
    }
}

impl Account {
    /// `started = ended + live` and `accepted = answered + queued + begun`, and every sum is that of its rows.
    pub fn is_balanced(&self) -> bool {
        self.started == self.ended + self.live
            && self.ended == self.ended_by.sum()
            && self.accepted == self.answered + self.queued + self.begun
            && self.answered == self.answered_by.sum()
            && self.answered_by.failed == self.failed_by.sum()
            && self.answered_by.discarded == self.discarded_by.sum()
            && self.unheard <= self.answered_by.replied
            && self.calls_refused == self.refused_by.sum()
    }

    /// `started = ended`, `accepted = answered`, `leaked = 0`: a clean end (S16e).
    pub fn is_closed(&self) -> bool {
        self.is_balanced() && self.started == self.ended && self.accepted == self.answered && self.leaked == 0
    }
}

/// Two accounts summed, as of two roots of one program.
impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.started += other.started;
        self.ended += other.ended;
        self.live += other.live;
        self.leaked += other.leaked;
        self.leaked_total += other.leaked_total;
        self.ended_late += other.ended_late;
        self.ended_by += other.ended_by;
        self.accepted += other.accepted;
        self.answered += other.answered;
        self.queued += other.queued;
        self.begun += other.begun;
        self.answered_by += other.answered_by;
        self.failed_by += other.failed_by;
        self.discarded_by += other.discarded_by;
        self.unheard += other.unheard;
        self.spawns_refused += other.spawns_refused;
        self.calls_refused += other.calls_refused;
        self.refused_by += other.refused_by;
        self.scopes_dropped += other.scopes_dropped;
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tasks: started {} = ended {}", self.started, self.ended)?;
        if self.live > 0 {
            write!(f, " + live {}", self.live)?;
        }
        write!(f, " · requests: accepted {} = answered {}", self.accepted, self.answered)?;
        if self.queued > 0 {
            write!(f, " + queued {}", self.queued)?;
        }
        if self.begun > 0 {
            write!(f, " + begun {}", self.begun)?;
        }
        write!(f, " · leaked {}", self.leaked)
    }
}
