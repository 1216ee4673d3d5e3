//! Order statistics of paired samples. No means: one preempted batch would move them.

/// The value below which the part `q` (0 to 1) of `samples` lies, between neighbours by straight line.
/// `NaN` for no samples.
pub(crate) fn quantile(samples: &[f64], q: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    #[expect(clippy::cast_precision_loss, reason = "rounds are counted in dozens")]
    let at = q.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= at <= last")]
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * at.fract()
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The 10th percentile: the rounds nobody disturbed.
pub(crate) fn quiet(samples: &[f64]) -> f64 {
    quantile(samples, 0.1)
}

/// How a case compares with its base, round by round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// Median of the ratios of the rounds.
    pub(crate) ratio: f64,
    /// Ratio of the 10th percentiles.
    pub(crate) ratio_quiet: f64,
    /// 10th and 90th percentile of the ratios.
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    /// Median of the differences of the rounds, and the difference of the 10th percentiles.
    pub(crate) difference: f64,
    pub(crate) difference_quiet: f64,
    /// Median and 10th percentile of the case itself.
    pub(crate) cost: f64,
    pub(crate) cost_quiet: f64,
}

/// Compares `case` with `base`; sample `i` of both is from the same round.
pub(crate) fn compare(case: &[f64], base: &[f64]) -> Comparison {
    assert_eq!(case.len(), base.len(), "samples are paired by round");
    let ratios: Vec<f64> = case.iter().zip(base).map(|(c, b)| c / b).collect();
    let differences: Vec<f64> = case.iter().zip(base).map(|(c, b)| c - b).collect();
    Comparison {
        ratio: median(&ratios),
        ratio_quiet: quiet(case) / quiet(base),
        lo: quantile(&ratios, 0.1),
        hi: quantile(&ratios, 0.9),
        difference: median(&differences),
        difference_quiet: quiet(case) - quiet(base),
        cost: median(case),
        cost_quiet: quiet(case),
    }
}

/// How far apart two measurements of the same code are, as a factor of at least 1.
pub(crate) fn floor(again: &[f64], first: &[f64]) -> f64 {
    let ratio = compare(again, first).ratio;
    ratio.max(ratio.recip())
}
