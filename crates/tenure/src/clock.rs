//! The two clocks: Tokio's (exact, can be paused in tests) and a coarse one that costs no hardware read.

use tokio::time::Instant;

/// The runtime's monotonic clock: deadlines use it (S13d).
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds of the coarse monotonic clock.
///
/// With feature `test-util` it is Tokio's clock, so that paused time is exact.
#[cfg(not(feature = "test-util"))]
fn coarse_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    time.tv_sec.wrapping_mul(1000).wrapping_add(time.tv_nsec / 1_000_000).cast_unsigned()
}

#[cfg(feature = "test-util")]
fn coarse_ms() -> u64 {
    use std::sync::OnceLock;
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    // A minute back: a paused clock stands at the real time of its runtime's start, before the first call here.
    let minute = std::time::Duration::from_secs(60);
    let now_real = std::time::Instant::now;
    let start = *START.get_or_init(|| now_real().checked_sub(minute).unwrap_or_else(now_real));
    let since = now().into_std().saturating_duration_since(start);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The same in half the space, wrapping after 49 days. For ages only.
#[expect(clippy::cast_possible_truncation, reason = "wraps by design: ages are differences modulo 2^32")]
pub(crate) fn now_coarse_ms() -> u32 {
    coarse_ms() as u32
}

/// A point of the runtime's clock that is looked at often: while it is well ahead the coarse clock says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    at: Instant,
    /// By the coarse clock, and not later.
    coarse_ms: u64,
}

/// The coarse clock lags by a tick of the kernel, 10 ms at most, and both are cut to milliseconds.
const LAG_MAX_MS: u64 = 32;

impl Limit {
    pub(crate) fn new(at: Instant) -> Self {
        // First: should the thread be stopped between the two reads, this is early, not late.
        let coarse_ms = coarse_ms();
        let left_ms = at.saturating_duration_since(now()).as_millis();
        Self { at, coarse_ms: coarse_ms.saturating_add(u64::try_from(left_ms).unwrap_or(u64::MAX)) }
    }

    pub(crate) fn at(self) -> Instant {
        self.at
    }

    /// Exact: the runtime's clock is read where the coarse one cannot tell.
    #[inline]
    pub(crate) fn has_passed(self) -> bool {
        !self.is_well_ahead() && now() >= self.at
    }

    #[inline]
    pub(crate) fn is_well_ahead(self) -> bool {
        self.coarse_ms > coarse_ms().saturating_add(LAG_MAX_MS)
    }
}

/// How long ago a coarse time was.
pub(crate) fn age(since_ms: u32) -> std::time::Duration {
    std::time::Duration::from_millis(u64::from(now_coarse_ms().wrapping_sub(since_ms)))
}
