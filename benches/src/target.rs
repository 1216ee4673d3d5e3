//! The figures to reach, and what a measurement says about them.
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
}

/// All targets.
///
/// The limits of P1, P4, P15 and P16 are wider here than the rows say, for as long as a call is a queued turn and a
/// spawn is unpolished: "no slower than what people write by hand". The goals are about the hard limits of those rows.
pub(crate) const TARGETS: &[Target] = &[
    call("P1", "call/1", "tenure"),
    call("P1", "call/1", "tenure-with"),
    call("P4", "call/", "tenure"),
    call("P4", "call/", "tenure-with"),
    Target {
        id: "P15",
        bench: "spawn",
        case: "tenure",
        base: "JoinSet",
        of: Of::Ratio,
        limit: 1.5,
        goal: Some(1.1),
    },
    restart("by-hand", Some(0.7)),
    restart("ractor", None),
    restart("kameo", None),
    Target {
        id: "P24",
        bench: "stop/100000",
        case: "tenure",
        base: "TaskTracker+child",
        of: Of::Ratio,
        limit: 0.9,
        goal: Some(0.7),
    },
    Target {
        id: "P16",
        bench: "memory/1000000",
        case: "tenure",
        base: "tokio-spawn",
        of: Of::Difference,
        limit: 192.0,
        goal: Some(104.0),
    },
];

const fn call(id: &'static str, bench: &'static str, case: &'static str) -> Target {
    Target { id, bench, case, base: "mpsc-oneshot", of: Of::Ratio, limit: 1.0, goal: Some(0.3) }
}

const fn restart(base: &'static str, goal: Option<f64>) -> Target {
    Target { id: "P25", bench: "restart", case: "tenure", base, of: Of::Ratio, limit: 1.0, goal }
}

impl Target {
    /// The targets of one case, the most exact name of a bench first; a family's row yields to the bench's own.
    pub(crate) fn for_case(bench: &str, case: &str) -> Vec<&'static Self> {
        let of = |t: &&Self| t.case == case;
        let own: Vec<_> = TARGETS.iter().filter(of).filter(|t| t.bench == bench).collect();
        if !own.is_empty() {
            return own;
        }
        TARGETS.iter().filter(of).filter(|t| t.bench.ends_with('/') && bench.starts_with(t.bench)).collect()
    }

    /// The verdict on a measurement made with the noise floor `noise`.
    ///
    /// A figure is missed only if the whole run *and* its quiet rounds miss it.
    pub(crate) fn judge(&self, seen: &Comparison, noise: f64) -> Verdict {
        let best = match self.of {
            Of::Ratio => seen.ratio.min(seen.ratio_quiet),
            Of::Difference => seen.difference.min(seen.difference_quiet),
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
