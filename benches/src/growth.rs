//! How a cost grows: what one costs at each size of a law, and whether that is as the law says.
use crate::bench::Effort;
use crate::law::{Law, Limit};
use crate::line::{SCHEMA, cost, ratio};
use crate::rt::Rt;
use crate::stats;
use crate::target::Verdict;
use serde::Serialize;

/// One case of a law at all its sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Growth {
    pub(crate) schema: &'static str,
    pub(crate) bench: &'static str,
    pub(crate) rt: &'static str,
    pub(crate) case: String,
    pub(crate) unit: &'static str,
    pub(crate) n: Vec<u32>,
    /// Median cost of one, in the order of `n`.
    pub(crate) per_item: Vec<f64>,
    /// What the law limits, by the medians and by the quiet rounds; see `limit_of`.
    pub(crate) quotient: f64,
    pub(crate) quotient_quiet: f64,
    /// `factor`: the dearest size over the smallest; `each`: units for one more; `case`: the cost over another case's.
    pub(crate) limit_of: &'static str,
    pub(crate) target: &'static str,
    pub(crate) limit: Option<f64>,
    /// `hard` is within the law, `missed` is not; of the rivals, and of a quick run, `none`.
    pub(crate) verdict: Verdict,
}

/// The costs of one case: a row for each size, each with a sample of each round.
pub(crate) type Samples = Vec<Vec<f64>>;

/// Judges what was measured of the cases of a law.
pub(crate) fn judge(
    law: &Law,
    bench: &'static str,
    rt: Rt,
    effort: &Effort,
    measured: &[(&str, Samples)],
) -> Vec<Growth> {
    let sizes = law.sizes(effort);
    let base = measured.iter().find(|(name, _)| law.base() == Some(*name)).map(|(_, samples)| samples);
    let figures =
        |samples: &Samples, of: fn(&[f64]) -> f64| samples.iter().map(|s| of(s)).collect::<Vec<_>>();
    let seen = |samples: &Samples, of| {
        let base = base.map(|base| figures(base, of));
        statistic(law, &sizes, &figures(samples, of), base.as_deref())
    };
    let growth = |(case, samples): &(&str, Samples)| {
        let [all, quiet] = [seen(samples, stats::median), seen(samples, stats::quiet)];
        let is_judged = case.starts_with("tenure") && law.base() != Some(*case) && !effort.quick;
        let verdict = match (all.limit, quiet.limit) {
            (Some(limit), Some(limit_quiet)) if is_judged => {
                let is_within = all.value <= limit || quiet.value <= limit_quiet;
                if is_within { Verdict::Hard } else { Verdict::Missed }
            }
            _ => Verdict::None,
        };
        Growth {
            schema: SCHEMA,
            bench,
            rt: rt.name(),
            case: (*case).to_owned(),
            unit: law.unit,
            n: sizes.clone(),
            per_item: figures(samples, stats::median).into_iter().map(cost).collect(),
            quotient: ratio(all.value),
            quotient_quiet: ratio(quiet.value),
            limit_of: limit_of(law.limit),
            target: law.id,
            limit: all.limit.map(ratio).filter(|_| is_judged),
            verdict,
        }
    };
    measured.iter().map(growth).collect()
}

fn limit_of(limit: Limit) -> &'static str {
    match limit {
        Limit::Factor(_) | Limit::Rival(..) => "factor",
        Limit::Each(_) => "each",
        Limit::Case(..) => "case",
    }
}

/// What a law limits, and by what. Without the base there is no limit (`--only`).
struct Statistic {
    value: f64,
    limit: Option<f64>,
}

fn statistic(law: &Law, sizes: &[u32], costs: &[f64], base: Option<&[f64]>) -> Statistic {
    let (value, limit) = match law.limit {
        Limit::Factor(limit) => (factor(costs), Some(limit)),
        Limit::Rival(_, times) => (factor(costs), base.map(|base| times * factor(base))),
        Limit::Each(limit) => (each(sizes, costs), Some(limit)),
        Limit::Case(_, times) => (base.map_or(f64::NAN, |base| costs[0] / base[0]), base.map(|_| times)),
    };
    Statistic { value, limit }
}

/// The dearest over the smallest size. That the first of many are dearer is not growth.
fn factor(costs: &[f64]) -> f64 {
    costs.iter().copied().fold(f64::NEG_INFINITY, f64::max) / costs[0]
}

fn each(sizes: &[u32], costs: &[f64]) -> f64 {
    let last = costs.len() - 1;
    (costs[last] - costs[0]) / f64::from(sizes[last] - sizes[0])
}
