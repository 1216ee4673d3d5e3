//! **Pure**: the stages of the plan and their times (S43). No clock: times are from the beginning of the plan.

use std::time::Duration;

/// Whole budget of a shutdown. Kubernetes' default `terminationGracePeriodSeconds` is 30 s.
pub const GRACE: Duration = Duration::from_secs(25);
/// Taken from the end of the grace for what must be cancelled.
pub const CANCEL_RESERVE: Duration = Duration::from_secs(3);
/// Taken from the very end for what must be aborted.
pub const ABORT_RESERVE: Duration = Duration::from_secs(1);

const _: () = assert!(CANCEL_RESERVE.as_millis() + ABORT_RESERVE.as_millis() < GRACE.as_millis());

/// A stage of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the stages of S43")]
pub enum Stage {
    /// Readiness is off; new work is still served.
    Unready,
    /// Asked to finish.
    Drain,
    /// Waits through tenure return.
    Cancel,
    /// Futures are dropped at their next yield.
    Abort,
    /// What is left is named.
    Report,
}

impl Stage {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unready => "unready",
            Self::Drain => "drain",
            Self::Cancel => "cancel",
            Self::Abort => "abort",
            Self::Report => "report",
        }
    }
}

/// When each stage begins at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) drain: Duration,
    pub(crate) cancel: Duration,
    pub(crate) abort: Duration,
    pub(crate) report: Duration,
}

/// S43, and S43b where the grace is too short for the reserves: these shrink to a quarter each, then the delay to what
/// is left.
pub(crate) fn times(grace: Duration, readiness_delay: Duration) -> Times {
    let reserves = CANCEL_RESERVE + ABORT_RESERVE;
    let fits = grace >= readiness_delay.saturating_add(reserves);
    // A quarter each shrinks them as long as half the grace is less than both; beyond that only the delay gives way.
    let (cancel_reserve, abort_reserve) =
        if fits || grace / 2 >= reserves { (CANCEL_RESERVE, ABORT_RESERVE) } else { (grace / 4, grace / 4) };
    let abort = grace - abort_reserve;
    let cancel = abort - cancel_reserve;
    Times { drain: readiness_delay.min(cancel), cancel, abort, report: grace }
}
