//! The laws of growth: at which sizes a cost is measured, and how it may differ between them.
use crate::bench::{Build, Effort};
use crate::cases::end::{cancel, stop};
use crate::cases::grow::{beside, chain, deep, full, repeat};
use crate::cases::memory::Kind;
use crate::cases::ours::look;
use crate::cases::spawn;
use crate::rt::Rt;

/// A law. Those of its cases that are named after tenure are judged by it, the others are what they are judged by.
pub(crate) struct Law {
    pub(crate) id: &'static str,
    pub(crate) sizes: &'static [u32],
    pub(crate) cost: Cost,
    /// Unit of the cost.
    pub(crate) unit: &'static str,
    pub(crate) limit: Limit,
    /// The runtime it is measured on if none is asked for.
    pub(crate) rt: Rt,
    /// The cases that are measured; none named: all of `cost`.
    only: &'static [&'static str],
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) enum Cost {
    /// Time, in this process.
    Timed(&'static [(&'static str, Build)]),
    /// Resident bytes, of a child process.
    Resident(&'static [Kind]),
}

/// What a law allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// Nowhere more than so many times the cost at the smallest size.
    Factor(f64),
    /// So many times the factor of a rival, whose tasks leave the caches as well.
    Rival(&'static str, f64),
    /// So many units for each one more, between the smallest size and the largest.
    Each(f64),
    /// So many times the cost of another case, at the only size.
    Case(&'static str, f64),
}

/// Flat, but for what a machine does by itself.
const FLAT: f64 = 1.2;
const MANY: &[u32] = &[10_000, 100_000, 1_000_000];

pub(crate) const LAWS: &[Law] = &[
    // On one thread, so that none ends before it is joined.
    Law { rt: Rt::Ct, ..timed("G1", MANY, spawn::LIVE, Limit::Rival("tokio-spawn", FLAT)) },
    resident("G2", MANY, &[Kind::TokioSpawn, Kind::Tenure], 1.05),
    Law {
        only: &["child-token", "tenure"],
        ..timed("G3", MANY, cancel::CASES, Limit::Rival("child-token", FLAT))
    },
    Law {
        only: &["TaskTracker+child", "tenure"],
        ..timed("G4", MANY, stop::CASES, Limit::Rival("TaskTracker+child", FLAT))
    },
    timed("G5", MANY, look::SNAPSHOT, Limit::Factor(1.5)),
    timed("G6", MANY, beside::CLOSE, Limit::Factor(1.3)),
    timed("G7", &[1, 1_000, 100_000], beside::CALL, Limit::Factor(1.5)),
    timed("G8", &[1, 8, 64], chain::CHECK, Limit::Each(20.0)),
    resident("G9", &[1_000_000, 10_000_000], &[Kind::Ended], 1.05),
    timed("G10", &[1_000, 10_000, 100_000], repeat::RESTART, Limit::Factor(FLAT)),
    resident("G10-memory", &[10_000, 100_000], &[Kind::Restarted], 1.05),
    timed("G11", &[1, 10, 100, 1_000], deep::DEEP, Limit::Factor(FLAT)),
    timed("G12", &[1_000_000], full::FULL, Limit::Case("tenure-accepted", 1.0)),
];

const fn timed(
    id: &'static str,
    sizes: &'static [u32],
    cases: &'static [(&'static str, Build)],
    limit: Limit,
) -> Law {
    Law { id, sizes, cost: Cost::Timed(cases), unit: "ns", limit, rt: Rt::Mt2, only: &[] }
}

const fn resident(id: &'static str, sizes: &'static [u32], kinds: &'static [Kind], limit: f64) -> Law {
    let (cost, limit) = (Cost::Resident(kinds), Limit::Factor(limit));
    Law { id, sizes, cost, unit: "B", limit, rt: Rt::Mt2, only: &[] }
}

/// Sizes up to this stay as they are in a quick run: they are lengths, not crowds.
const LENGTH_MAX: u32 = 1_000;

impl Law {
    pub(crate) fn of(id: &str) -> &'static Self {
        LAWS.iter().find(|law| law.id == id).expect("every law stands in the table")
    }

    pub(crate) fn cases(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = match self.cost {
            Cost::Timed(cases) => cases.iter().map(|c| c.0).collect(),
            Cost::Resident(kinds) => kinds.iter().map(|k| k.name()).collect(),
        };
        names.retain(|name| self.only.is_empty() || self.only.contains(name));
        names
    }

    /// The case others are judged by, if there is one.
    pub(crate) fn base(&self) -> Option<&'static str> {
        match self.limit {
            Limit::Rival(base, _) | Limit::Case(base, _) => Some(base),
            Limit::Factor(_) | Limit::Each(_) => None,
        }
    }

    pub(crate) fn sizes(&self, effort: &Effort) -> Vec<u32> {
        let is_crowd = self.sizes.iter().any(|n| *n > LENGTH_MAX);
        let of = |n: &u32| if effort.quick && is_crowd { n.div_ceil(50) } else { *n };
        self.sizes.iter().map(of).collect()
    }
}
