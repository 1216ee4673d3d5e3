//! Targets and verdicts.
use crate::bench::Bench;
use crate::stats::{Comparison, compare};
use crate::target::{NOISE_MAX, Of, TARGETS, Target, Verdict};

const TARGET: Target =
    Target { id: "T", bench: "b", case: "c", base: "x", of: Of::Ratio, limit: 1.0, goal: Some(0.5) };

fn seen(ratio: f64, ratio_quiet: f64) -> Comparison {
    Comparison { ratio, ratio_quiet, ..compare(&[1.0], &[1.0]) }
}

#[test]
fn a_goal_is_reached_at_its_very_number() {
    assert_eq!(TARGET.judge(&seen(0.5, 0.6), 1.0), Verdict::Goal);
}

#[test]
fn between_goal_and_limit_is_hard() {
    assert_eq!(TARGET.judge(&seen(0.51, 0.7), 1.0), Verdict::Hard);
    assert_eq!(TARGET.judge(&seen(1.0, 1.0), 1.0), Verdict::Hard);
}

#[test]
fn a_target_is_missed_only_if_both_statistics_miss_it() {
    assert_eq!(TARGET.judge(&seen(1.01, 0.99), 1.0), Verdict::Hard);
    assert_eq!(TARGET.judge(&seen(0.99, 1.01), 1.0), Verdict::Hard);
    assert_eq!(TARGET.judge(&seen(1.01, 1.01), 1.0), Verdict::Missed);
}

#[test]
fn a_noisy_run_is_not_judged() {
    assert_eq!(TARGET.judge(&seen(9.0, 9.0), NOISE_MAX), Verdict::Missed);
    assert_eq!(TARGET.judge(&seen(9.0, 9.0), NOISE_MAX + 0.01), Verdict::Noisy);
    assert_eq!(TARGET.judge(&seen(0.1, 0.1), f64::NAN), Verdict::Noisy);
}

#[test]
fn what_was_not_measured_is_never_good() {
    assert_eq!(TARGET.judge(&seen(f64::NAN, f64::NAN), 1.0), Verdict::Noisy);
}

#[test]
fn a_difference_is_judged_in_the_unit_of_the_line() {
    let target = Target { of: Of::Difference, limit: 192.0, goal: Some(104.0), ..TARGET };
    assert_eq!(target.judge(&compare(&[552.0], &[448.0]), 1.0), Verdict::Goal);
    assert_eq!(target.judge(&compare(&[640.0], &[448.0]), 1.0), Verdict::Hard);
    assert_eq!(target.judge(&compare(&[641.0], &[448.0]), 1.0), Verdict::Missed);
}

#[test]
fn a_bench_with_a_row_of_its_own_is_not_judged_by_its_own() {
    let ids = |bench| Target::for_case(bench, "tenure").iter().map(|t| t.id).collect::<Vec<_>>();
    assert_eq!(ids("call/1"), ["P1"]);
    assert_eq!(ids("call/100"), ["P4"]);
    assert_eq!(ids("memory/size"), [""; 0]);
}

#[test]
fn every_target_names_cases_that_exist_and_a_goal_within_its_limit() {
    for target in TARGETS {
        let benches: Vec<Bench> = Bench::ALL
            .into_iter()
            .filter(|b| b.name() == target.bench || b.name().starts_with(target.bench))
            .collect();
        assert!(!benches.is_empty(), "{target:?}");
        for bench in benches {
            let names: Vec<String> = bench.cases().into_iter().map(|c| c.case).collect();
            assert!(names.iter().any(|n| n == target.case), "{target:?} in {names:?}");
            assert!(names.iter().any(|n| n == target.base), "{target:?} in {names:?}");
        }
        assert!(target.goal.is_none_or(|goal| goal <= target.limit), "{target:?}");
    }
}
