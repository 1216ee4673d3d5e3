//! From when on something is a problem: every threshold has a name, a reason, and may be set.

use std::time::Duration;

/// Over which time shares of calls are taken, and for how long what is over is still told.
pub(crate) const HEALTH_WINDOW: Duration = Duration::from_secs(10);
/// A turn keeps everybody behind it waiting: a second is ten times what people call slow.
pub(crate) const TURN_BOUND: Duration = Duration::from_secs(1);
/// A turn of this many times its bound will hardly end by itself.
pub(crate) const TURN_CRITICAL_FACTOR: u32 = 10;
/// A burst may fill a mailbox for a moment; after a second its owner is too slow (S39f).
pub(crate) const MAILBOX_FULL: Duration = Duration::from_secs(1);
/// Equals the deadline of calls that set none: whatever waits longer has opted out of deadlines (S13f).
pub(crate) const OVERDUE: Duration = Duration::from_secs(30);
/// The runtime ran nothing: ten times the longest poll that is no problem.
pub(crate) const STALLED_WARNING: Duration = Duration::from_secs(1);
/// When liveness probes should fail.
pub(crate) const STALLED_CRITICAL: Duration = Duration::from_secs(5);
/// A poll that takes as long has blocked its worker, and every task that was queued there.
pub(crate) const BUSY_POLL: Duration = Duration::from_millis(100);
/// A closure that checks its flag does so more often.
pub(crate) const CANCEL_IGNORED: Duration = Duration::from_secs(1);
/// Destructors are for giving back, not for work.
pub(crate) const DROP_OVERDUE: Duration = Duration::from_secs(1);
/// Of fewer calls no share is taken: one of two is no half of anything.
pub(crate) const HANGING_CALLS_MIN: u64 = 5;
/// In percent of the calls of a window.
pub(crate) const HANGING_WARNING: u64 = 10;
/// In percent of the calls of a window.
pub(crate) const HANGING_CRITICAL: u64 = 50;

/// Thresholds of a root's health, for [`Builder::health`](crate::Builder::health). A threshold is reached by what is as long
/// or longer; percentages are exceeded by what is more.
///
/// # Examples
/// ```
/// use tenure::{Builder, HealthOptions, ms};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let strict = HealthOptions { turn_bound: ms(50), busy_poll: ms(20), ..HealthOptions::DEFAULT };
/// let report = Builder::new().health(strict).run(async |root| {
///     assert!(root.health().problems.is_empty());
///     Ok(())
/// }).await;
/// # assert_eq!(report.exit_code, 0); }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written as a literal over DEFAULT, which a new field does not break"
)]
pub struct HealthOptions {
    /// Over which time shares of calls are taken, and for how long a long poll that is over is still told; 10 s. The
    /// watchdog looks every tenth of it, but not more often than every 100 ms and not less often than every second.
    pub window: Duration,
    /// TP004: a turn this long is a warning, one ten times as long critical; 1 s.
    pub turn_bound: Duration,
    /// TP005: a mailbox that has refused or held back somebody, and has had no place since; 1 s.
    pub mailbox_full: Duration,
    /// TP021, TP022: a request, or a wait without a deadline; 30 s.
    pub overdue: Duration,
    /// TP012: the runtime has run nothing, a warning; 1 s.
    pub stalled_warning: Duration,
    /// TP012: the runtime has run nothing, critical; 5 s.
    pub stalled_critical: Duration,
    /// TP013: one poll of one task; 100 ms.
    pub busy_poll: Duration,
    /// TP017: a blocking closure that runs on after its cancel; 1 s.
    pub cancel_ignored: Duration,
    /// TP018: a destructor that runs; 1 s.
    pub drop_overdue: Duration,
    /// TP021: so many calls must have ended in the window before a share is taken; 5.
    pub hanging_calls_min: u64,
    /// TP021: percent of them that ended by their deadline, a warning; 10.
    pub hanging_warning: u64,
    /// TP021: percent of them that ended by their deadline, critical; 50.
    pub hanging_critical: u64,
}

impl HealthOptions {
    /// What is used where nothing is set.
    pub const DEFAULT: Self = Self {
        window: HEALTH_WINDOW,
        turn_bound: TURN_BOUND,
        mailbox_full: MAILBOX_FULL,
        overdue: OVERDUE,
        stalled_warning: STALLED_WARNING,
        stalled_critical: STALLED_CRITICAL,
        busy_poll: BUSY_POLL,
        cancel_ignored: CANCEL_IGNORED,
        drop_overdue: DROP_OVERDUE,
        hanging_calls_min: HANGING_CALLS_MIN,
        hanging_warning: HANGING_WARNING,
        hanging_critical: HANGING_CRITICAL,
    };
}

impl Default for HealthOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}
