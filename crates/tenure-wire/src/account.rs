//! The account: every task and every request is in exactly one place of these sums (S16, S36d).

use crate::text::thousands;
use std::fmt;

/// How many tasks and requests there were, and what became of each.
///
/// Tasks: `started = ended + live`. Requests: `accepted = answered + queued + begun`. Refused work is on neither side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Account {
    /// Tasks that were started.
    pub started: u64,
    /// Tasks whose future, with everything it owned, is gone.
    pub ended: u64,
    /// Tasks that have not ended.
    pub live: u64,
    /// How the ended ones ended; the sum is `ended`.
    pub ended_by: EndedBy,
    /// Live tasks whose ladder has run out, or that are proven to have no exit path. Now; can go down.
    pub leaked: u64,
    /// Tasks that were ever counted in `leaked`. Never goes down.
    pub leaked_total: u64,
    /// Leaked tasks that ended after all.
    pub ended_late: u64,
    /// Spawns into a scope that was closing; never started.
    pub spawns_refused: u64,
    /// Scopes dropped with live tasks in them, without being joined.
    pub scopes_dropped: u64,
    /// Requests that got a place.
    pub accepted: u64,
    /// Requests whose caller has its answer, of whatever kind.
    pub answered: u64,
    /// Requests that wait for their turn.
    pub queued: u64,
    /// Requests whose turn has begun.
    pub begun: u64,
    /// What the answers were; the sum is `answered`.
    pub answered_by: AnsweredBy,
    /// The sum is `answered_by.failed`.
    pub failed_by: FailedBy,
    /// The sum is `answered_by.discarded`.
    pub discarded_by: DiscardedBy,
    /// Replies whose caller had gone; part of `answered_by.replied`.
    pub unheard: u64,
    /// Requests that never got a place.
    pub calls_refused: u64,
    /// The sum is `calls_refused`.
    pub refused_by: RefusedBy,
}

/// Ended tasks by exit reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EndedBy {
    /// Returned a value.
    pub normal: u64,
    /// Ended because it was asked to.
    pub shutdown: u64,
    /// Returned an error.
    pub failed: u64,
    /// Panicked, in a poll or in a destructor.
    pub panicked: u64,
    /// Was dropped before it returned.
    pub aborted: u64,
    /// Ended by its deadline.
    pub timed_out: u64,
    /// A supervisor that ran out of restarts.
    pub gave_up: u64,
}

/// Answered requests by what the answer was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AnsweredBy {
    /// A reply.
    pub replied: u64,
    /// A cast whose turn ended.
    pub handled: u64,
    /// An error after the turn began.
    pub failed: u64,
    /// Answered without a turn.
    pub discarded: u64,
}

/// Requests that were begun and got no reply, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FailedBy {
    /// The turn panicked.
    pub panicked: u64,
    /// The owner ended during the turn.
    pub died: u64,
    /// The turn ended and dropped the reply.
    pub unanswered: u64,
}

/// Requests that were accepted and never begun, by why. A withdrawn one counts by why its caller went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DiscardedBy {
    /// The caller's wait was dropped.
    pub caller_gone: u64,
    /// The caller's context was cancelled.
    pub cancelled: u64,
    /// The caller's deadline passed.
    pub expired: u64,
    /// The owner stopped.
    pub stopped: u64,
    /// The owner died.
    pub died: u64,
}

/// Requests that never got a place, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RefusedBy {
    /// All places were taken.
    pub full: u64,
    /// The owner had ended.
    pub closed: u64,
    /// The owner was stopping.
    pub stopped: u64,
    /// The call would have closed a ring of waits.
    pub deadlock: u64,
    /// The caller's context was cancelled already.
    pub cancelled: u64,
    /// The caller's deadline had passed already.
    pub expired: u64,
}

impl Account {
    /// Whether both equations hold. Exact when nothing runs.
    pub fn is_balanced(&self) -> bool {
        self.started == self.ended + self.live && self.accepted == self.answered + self.queued + self.begun
    }

    /// Whether it is the account of a clean end: every task ended, every request answered, nothing leaked (S16e).
    pub fn is_closed(&self) -> bool {
        self.started == self.ended && self.accepted == self.answered && self.leaked == 0
    }
}

impl EndedBy {
    /// Every reason with its count, in the order of the keys.
    pub fn counts(&self) -> [(&'static str, u64); 7] {
        [
            ("normal", self.normal),
            ("shutdown", self.shutdown),
            ("failed", self.failed),
            ("panicked", self.panicked),
            ("aborted", self.aborted),
            ("timed out", self.timed_out),
            ("gave up", self.gave_up),
        ]
    }
}

/// One equation; what is 0 on its right side is left out, but for the first. `≠` where it does not hold.
fn equation(f: &mut fmt::Formatter<'_>, whole: (&str, u64), parts: &[(&str, u64)]) -> fmt::Result {
    let holds = whole.1 == parts.iter().map(|part| part.1).sum::<u64>();
    write!(f, "{} {} {}", whole.0, thousands(whole.1), if holds { "=" } else { "≠" })?;
    for (at, (name, count)) in parts.iter().enumerate() {
        match at {
            0 => write!(f, " {name} {}", thousands(*count))?,
            _ if *count > 0 => write!(f, " + {name} {}", thousands(*count))?,
            _ => {}
        }
    }
    Ok(())
}

/// One line: `tasks: started 3 = ended 2 + live 1 · requests: accepted 5 = answered 5 · leaked 0`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tasks: ")?;
        equation(f, ("started", self.started), &[("ended", self.ended), ("live", self.live)])?;
        f.write_str(" · requests: ")?;
        let requests = [("answered", self.answered), ("queued", self.queued), ("begun", self.begun)];
        equation(f, ("accepted", self.accepted), &requests)?;
        write!(f, " · leaked {}", thousands(self.leaked))
    }
}

#[cfg(feature = "serde")]
impl Account {
    /// The account as one line of JSON.
    pub fn to_json(&self) -> String {
        crate::text::json::line(self)
    }
}
