//! How a cost grows: what each of n costs, at each n of a family of benches.
use crate::bench::Bench;
use crate::line::{Line, SCHEMA, ratio};
use crate::target::Verdict;
use serde::Serialize;

/// The cost of each may double between the smallest and the largest n and is still called linear: a million tasks leave the
/// caches that ten thousand fit into, whoever stops them.
pub(crate) const QUOTIENT_MAX: f64 = 2.0;

/// One case at all its sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Growth {
    pub(crate) schema: &'static str,
    pub(crate) bench: &'static str,
    pub(crate) rt: &'static str,
    pub(crate) case: String,
    pub(crate) unit: &'static str,
    pub(crate) n: Vec<u32>,
    /// Median cost of each, in the order of `n`.
    pub(crate) per_item: Vec<f64>,
    /// The dearest n over the cheapest, by the medians, and by the quiet rounds.
    pub(crate) quotient: f64,
    pub(crate) quotient_quiet: f64,
    pub(crate) limit: f64,
    /// `hard` is linear, `missed` is not; of the rivals, and of a quick run, `none`.
    pub(crate) verdict: Verdict,
}

/// The growth of each case of `stop` that was measured at several sizes.
pub(crate) fn of(lines: &[Line], is_quick: bool) -> Vec<Growth> {
    let sized: Vec<&Line> = lines.iter().filter(|l| is_sized(l)).collect();
    let mut growths: Vec<Growth> = Vec::new();
    for line in &sized {
        let seen = growths.iter().any(|g| g.case == line.case && g.rt == line.rt);
        // A line for each base: the first is the table's.
        let mut own: Vec<&&Line> = sized.iter().filter(|l| l.case == line.case && l.rt == line.rt).collect();
        own.dedup_by_key(|l| l.bench);
        if !seen && own.len() > 1 {
            growths.push(growth(&own, is_quick));
        }
    }
    growths
}

fn is_sized(line: &Line) -> bool {
    Bench::all().any(|b| matches!(b, Bench::Stop(_)) && b.name() == line.bench)
}

fn growth(own: &[&&Line], is_quick: bool) -> Growth {
    let quotient = spread(own.iter().map(|l| l.median));
    let quotient_quiet = spread(own.iter().map(|l| l.quiet));
    let verdict = match own[0].case.as_str() {
        "tenure" if is_quick => Verdict::None,
        "tenure" if quotient.min(quotient_quiet) <= QUOTIENT_MAX => Verdict::Hard,
        "tenure" => Verdict::Missed,
        _ => Verdict::None,
    };
    Growth {
        schema: SCHEMA,
        bench: "growth/stop",
        rt: own[0].rt,
        case: own[0].case.clone(),
        unit: own[0].unit,
        n: own.iter().filter_map(|l| l.count).collect(),
        per_item: own.iter().map(|l| l.median).collect(),
        quotient: ratio(quotient),
        quotient_quiet: ratio(quotient_quiet),
        limit: QUOTIENT_MAX,
        verdict,
    }
}

/// The largest over the smallest.
fn spread(costs: impl Iterator<Item = f64> + Clone) -> f64 {
    costs.clone().fold(f64::NEG_INFINITY, f64::max) / costs.fold(f64::INFINITY, f64::min)
}
