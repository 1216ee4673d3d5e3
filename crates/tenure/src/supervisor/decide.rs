//! **Pure**: what follows the exit of one child, how often, and after how long. No lock, no clock, no await.

use crate::supervisor::spec::{Backoff, Restart};
use crate::supervisor::tree::Intensity;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Who asked for the exit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    #[default]
    Nobody,
    /// Anybody but its supervisor, also the child itself.
    Other,
    /// Its supervisor, or the stop of the tree.
    Supervisor,
}

/// How the child ended, as far as restarts are concerned (S9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitKind {
    Expected,
    Abnormal,
}

/// Whether there is something to start again from (S8b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remake {
    Possible,
    /// Made from a value.
    Impossible,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The child is down, nothing else happens.
    LetEnd,
    /// Another life of it is wanted.
    Restart,
    /// Another life would be wanted, but it was made from a value (S8b).
    CannotRestart,
}

/// S19, S8b. An exit its supervisor asked for never restarts.
pub(crate) fn after_exit(restart: Restart, remake: Remake, asked: Asked, exit: ExitKind) -> Decision {
    // For all but `Permanent`, any exit after a stop request counts as expected, also a forced one.
    let abnormal = exit == ExitKind::Abnormal && asked == Asked::Nobody;
    match (asked, remake, restart) {
        (Asked::Supervisor, _, _) | (_, _, Restart::Temporary) => Decision::LetEnd,
        (_, Remake::Impossible, _) if abnormal => Decision::CannotRestart,
        (_, Remake::Impossible, _) => Decision::LetEnd,
        (_, Remake::Possible, Restart::Transient) if !abnormal => Decision::LetEnd,
        (_, Remake::Possible, Restart::Transient | Restart::Permanent) => Decision::Restart,
    }
}

/// The restarts of a supervisor that still count (S21).
#[derive(Debug)]
pub(crate) struct Window {
    intensity: Intensity,
    /// At most `restarts` + 1: beyond that the supervisor has given up.
    entries: VecDeque<Instant>,
}

impl Window {
    pub(crate) fn new(intensity: Intensity) -> Self {
        Self { intensity, entries: VecDeque::new() }
    }

    /// One more, decided at `now`. False if they are too many.
    pub(crate) fn add(&mut self, now: Instant) -> bool {
        self.entries.push_back(now);
        self.prune(now);
        self.entries.len() <= self.intensity.restarts as usize
    }

    /// An entry that is exactly `within` old still counts (S21a; OTP's `supervisor`, `add_restart`, rounds to seconds).
    fn prune(&mut self, now: Instant) {
        let within = self.intensity.within;
        while self.entries.front().is_some_and(|at| now.saturating_duration_since(*at) > within) {
            self.entries.pop_front();
        }
    }

    pub(crate) fn held(&mut self, now: Instant) -> u32 {
        self.prune(now);
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.entries.front().copied()
    }

    pub(crate) fn intensity(&self) -> Intensity {
        self.intensity
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// S22a: what attempt `k`, from 0, waits; `random` is of [0, 1).
pub(crate) fn delay(backoff: &Backoff, k: u32, random: f64) -> Duration {
    let most = backoff.max.as_secs_f64();
    // Beyond some hundred steps the power is infinite, which `min` cuts.
    let exponent = i32::try_from(k).unwrap_or(i32::MAX);
    let full = (backoff.first.as_secs_f64() * backoff.factor.powi(exponent)).min(most);
    let full = if full.is_finite() { full } else { most };
    let jitter = backoff.jitter.clamp(0.0, 1.0);
    if jitter > 0.0 {
        return Duration::try_from_secs_f64(full * (1.0 - jitter * random)).unwrap_or(backoff.max);
    }
    // Exact: a float of seconds is off by nanoseconds.
    let exact = (backoff.first.as_nanos() as f64 * backoff.factor.powi(exponent)).round();
    let nanos = exact.min(backoff.max.as_nanos() as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, which is what is meant"
    )]
    Duration::from_nanos(nanos as u64)
}

/// Numbers for jitter: a small generator with a seed, so that a test can repeat them (splitmix64, Steele et al. 2014).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Of [0, 1).
    pub(crate) fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}
