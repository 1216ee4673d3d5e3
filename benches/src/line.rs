//! The JSON line, `tenure.bench/1`: the keys and their order are a promise to whoever reads them.
use crate::target::{Of, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) const SCHEMA: &str = "tenure.bench/1";

/// One case of one bench on one runtime, compared with one other case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) schema: &'static str,
    pub(crate) bench: &'static str,
    pub(crate) rt: &'static str,
    pub(crate) case: String,
    pub(crate) unit: &'static str,
    /// Cost of one operation: the median of the rounds, and their 10th percentile.
    pub(crate) median: f64,
    pub(crate) quiet: f64,
    /// The case it is compared with; of the first case of a table, itself.
    pub(crate) base: String,
    pub(crate) ratio: f64,
    pub(crate) ratio_quiet: f64,
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    pub(crate) rounds: usize,
    /// How far apart two measurements of the same code were in these rounds, as a factor.
    pub(crate) noise: f64,
    pub(crate) target: Option<&'static str>,
    pub(crate) limit: Option<f64>,
    pub(crate) goal: Option<f64>,
    pub(crate) verdict: Verdict,
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) cpu: String,
    /// Load average when the run began: what else the machine was doing.
    pub(crate) load: Option<f64>,
    /// 2 if this is the repetition of a missed target.
    pub(crate) run: u8,
    /// What `limit` and `goal` limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit_of: Option<Of>,
    /// Memory: bytes above the base.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) difference: Option<f64>,
    /// How many were alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u32>,
}

/// A cost, to a tenth.
pub(crate) fn cost(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A ratio, to a thousandth.
pub(crate) fn ratio(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
