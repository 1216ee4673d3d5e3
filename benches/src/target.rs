//! The figures to reach, and what a measurement says about them.
use crate::rt::Rt;
use crate::stats::Comparison;
use serde::Serialize;

/// A noise floor above this says nothing about a target: the machine was busy with something else.
pub(crate) const NOISE_MAX: f64 = 1.5;

/// Which statistic a target limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Of {
    /// Case over base.
    Ratio,
    /// Case minus base, in the unit of the line.
    Difference,
    /// The case alone, in the unit of the line.
    Cost,
}

/// One figure to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    /// The row this belongs to (P1, ..).
    pub(crate) id: &'static str,
    /// Bench, or a family of benches if it ends in `/`.
    pub(crate) bench: &'static str,
    pub(crate) case: &'static str,
    /// With what it is compared; need not be the base of the table.
    pub(crate) base: &'static str,
    pub(crate) of: Of,
    /// Missing it is a bug, or a row in the README's table of what tenure loses.
    pub(crate) limit: f64,
    /// Where a good implementation lands.
    pub(crate) goal: Option<f64>,
    /// The only runtime it is about.
    pub(crate) rt: Option<Rt>,
}

/// All targets. A row without a goal of its own has only the limit.
///
/// "The faster of two" is a row for each of the two.
#[rustfmt::skip] // one target a line: it is read as a table
pub(crate) const TARGETS: &[Target] = &[
    target("P1", "call/1", "tenure", "mpsc-oneshot", 0.30, 0.17),
    target("P1", "call/1", "tenure-with", "mpsc-oneshot", 0.30, 0.17),
    target("P2", "call/1", "tenure", "parking_lot", 1.8, 1.4),
    target("P3", "call/1", "tenure", "tokio-mutex", 1.0, 0.75),
    target("P4", "call/", "tenure", "mpsc-oneshot", 0.40, 0.22),
    target("P4", "call/", "tenure-with", "mpsc-oneshot", 0.40, 0.22),
    target("P5", "call/", "tenure", "ractor", 0.20, 0.10),
    target("P5", "call/", "tenure", "kameo", 0.20, 0.10),
    target("P6", "latency/p99", "tenure", "mpsc-oneshot", 0.10, 0.04).on(Rt::Mt2),
    target("P7", "program", "tenure", "mpsc-oneshot", 0.40, 0.20),
    target("P8", "program", "tenure", "go", 0.20, 0.10).on(Rt::Mt2),
    target("P9", "turn/20", "tenure", "mpsc-oneshot", 0.85, 0.60),
    target("P9", "turn/200", "tenure", "mpsc-oneshot", 1.05, 0.90),
    target("P10", "turn/2000", "tenure", "mpsc-oneshot", 1.05, 0.95),
    target("P11", "async-turn", "tenure", "mpsc-oneshot", 1.10, 0.95),
    target("P12", "cast/idle", "tenure", "mpsc-try-send", 0.5, 0.3),
    target("P12", "cast/busy", "tenure", "mpsc-try-send", 1.3, 1.1),
    target("P13", "call-deadline", "tenure", "tenure-no-deadline", 1.35, 1.2),
    target("P14", "spawn", "tenure", "tokio-spawn", 1.25, 1.10),
    target("P15", "spawn", "tenure", "JoinSet", 1.1, 0.9),
    target("P15", "spawn", "tenure", "TaskTracker+child", 0.7, 0.55),
    target("P16", "memory/1000000", "tenure", "tokio-spawn", 104.0, 80.0).of(Of::Difference),
    target("P17", "memory/waits", "waits-tenure", "waits-child-token", 0.85, 0.80),
    hard("P18", "memory/100000", "owner-tenure", "owner-by-hand", 0.75),
    hard("P18", "memory/100000", "owner-tenure", "owner-kameo", 0.15),
    target("P19", "poll/yield", "tenure", "tokio-spawn", 1.08, 1.04),
    target("P19", "poll/wake", "tenure", "tokio-spawn", 1.20, 1.10),
    target("P20", "poll/edge", "tenure", "Instant::now", 0.35, 0.25),
    target("P21", "context/child", "tenure", "child-token", 0.8, 0.4),
    target("P22", "context/is-cancelled", "tenure", "token", 0.3, 0.1),
    target("P23", "cancel/", "tenure", "child-token", 0.85, 0.6),
    target("P24", "stop/100000", "tenure", "TaskTracker+child", 0.9, 0.7),
    hard("P24", "stop/100000", "tenure", "ractor", 0.2),
    hard("P24", "stop/100000", "tenure", "kameo", 0.12),
    target("P25", "restart", "tenure", "by-hand", 1.0, 0.7),
    hard("P25", "restart", "tenure", "kameo", 1.0),
    target("P26", "snapshot/1000000", "tenure", "tenure", 150.0, 60.0).of(Of::Cost),
    // The bench of this one is not there yet.
    target("P27", "inspect", "tenure", "tenure-off", 1.03, 1.01),
    target("P28", "shard/8", "tenure", "one-owner", 0.65, 0.55).on(Rt::Mt2),
    target("P29", "batch/64", "tenure", "one-by-one", 0.7, 0.5),
];

/// Benches that targets name and that come with what they measure.
#[cfg(test)]
pub(crate) const AWAITED: &[&str] = &["inspect"];

const fn target(
    id: &'static str,
    bench: &'static str,
    case: &'static str,
    base: &'static str,
    limit: f64,
    goal: f64,
) -> Target {
    Target { id, bench, case, base, of: Of::Ratio, limit, goal: Some(goal), rt: None }
}

const fn hard(
    id: &'static str,
    bench: &'static str,
    case: &'static str,
    base: &'static str,
    limit: f64,
) -> Target {
    Target { id, bench, case, base, of: Of::Ratio, limit, goal: None, rt: None }
}

impl Target {
    const fn on(self, rt: Rt) -> Self {
        Self { rt: Some(rt), ..self }
    }

    const fn of(self, of: Of) -> Self {
        Self { of, ..self }
    }

    /// The targets of one case. Against one base a bench's own row is nearer than its family's.
    pub(crate) fn for_case(bench: &str, case: &str) -> Vec<&'static Self> {
        let own = TARGETS.iter().filter(|t| t.case == case && t.bench == bench);
        let mut found: Vec<&Self> = own.collect();
        let family = |t: &&Self| t.case == case && t.bench.ends_with('/') && bench.starts_with(t.bench);
        for target in TARGETS.iter().filter(family) {
            if found.iter().all(|own| own.base != target.base) {
                found.push(target);
            }
        }
        found
    }

    /// The verdict on a measurement made with the noise floor `noise`.
    ///
    /// A figure is missed only if the whole run *and* its quiet rounds miss it.
    pub(crate) fn judge(&self, seen: &Comparison, noise: f64) -> Verdict {
        let best = match self.of {
            Of::Ratio => seen.ratio.min(seen.ratio_quiet),
            Of::Difference => seen.difference.min(seen.difference_quiet),
            Of::Cost => seen.cost.min(seen.cost_quiet),
        };
        if noise.is_nan() || noise > NOISE_MAX || best.is_nan() {
            Verdict::Noisy
        } else if self.goal.is_some_and(|goal| best <= goal) {
            Verdict::Goal
        } else if best <= self.limit {
            Verdict::Hard
        } else {
            Verdict::Missed
        }
    }
}

/// What a line says about its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As good as a good implementation is.
    Goal,
    /// Within the hard limit.
    Hard,
    /// Beyond the hard limit, in the whole run and in its quiet rounds.
    Missed,
    /// There is no target, or nothing was judged (`--quick`).
    None,
    /// The noise floor of this run is above [`NOISE_MAX`].
    Noisy,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Hard => "hard",
            Self::Missed => "missed",
            Self::None => "none",
            Self::Noisy => "noisy",
        }
    }
}
