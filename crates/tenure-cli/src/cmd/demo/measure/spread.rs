//! Percentiles of times.

use hdrhistogram::Histogram;
use std::time::Duration;

/// The longest time told apart from longer ones. No run of a demo waits a day for an answer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Significant digits kept: one in a thousand.
const DIGITS: u8 = 3;

/// Times, as they come.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    /// Made with the first time: most kinds of error never happen, and a histogram is not small.
    times: Option<Histogram<u64>>,
    /// Kept apart: a histogram rounds up within its digits, and the largest time is shown as it was.
    max: Duration,
}

/// What is told of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percentiles {
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
}

impl Spread {
    pub(crate) fn record(&mut self, time: Duration) {
        let time = time.min(LONGEST);
        self.max = self.max.max(time);
        if self.times.is_none() {
            // The bounds are constants that the library accepts (a test makes one), so this never leaves `None`.
            self.times = Histogram::new_with_max(nanos(LONGEST), DIGITS).ok();
        }
        if let Some(times) = &mut self.times {
            times.saturating_record(nanos(time));
        }
    }

    /// `None` if nothing was recorded.
    pub(crate) fn percentiles(&self) -> Option<Percentiles> {
        let times = self.times.as_ref()?;
        let at = |quantile| Duration::from_nanos(times.value_at_quantile(quantile)).min(self.max);
        Some(Percentiles { p50: at(0.50), p99: at(0.99), max: self.max })
    }
}

/// Nanoseconds; what does not fit in 584 years is the largest.
fn nanos(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_hundred_times_the_99th_is_p99_and_the_last_is_max() {
        let mut spread = Spread::default();
        for us in 1..=100 {
            spread.record(Duration::from_micros(us));
        }
        let p = spread.percentiles().unwrap();
        let near =
            |d: Duration, us: u64| d.abs_diff(Duration::from_micros(us)) <= Duration::from_micros(us) / 500;
        assert!(near(p.p50, 50), "{p:?}");
        assert!(near(p.p99, 99), "{p:?}");
        assert_eq!(p.max, Duration::from_micros(100));
    }

    #[test]
    fn one_time_is_all_three_and_no_percentile_exceeds_the_largest() {
        let mut spread = Spread::default();
        spread.record(Duration::from_nanos(1_234_567));
        let p = spread.percentiles().unwrap();
        assert_eq!((p.p99, p.max), (p.p50, Duration::from_nanos(1_234_567)));
    }

    #[test]
    fn nothing_recorded_is_none_and_a_century_is_cut_to_a_day() {
        let mut spread = Spread::default();
        assert_eq!(spread.percentiles(), None);
        spread.record(Duration::from_secs(100 * 365 * 24 * 3600));
        assert_eq!(spread.percentiles().unwrap().max, LONGEST);
    }
}
