//! Targets and verdicts.
use crate::bench::Bench;
use crate::stats::{Comparison, compare};
use crate::target::{AWAITED, NOISE_MAX, Of, TARGETS, Target, Verdict};

const TARGET: Target = Target {
    id: "T",
    bench: "b",
    case: "c",
    base: "x",
    of: Of::Ratio,
    limit: 1.0,
    goal: Some(0.5),
    rt: None,
};

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
fn a_cost_is_judged_by_the_case_alone() {
    let target = Target { of: Of::Cost, limit: 150.0, goal: Some(60.0), ..TARGET };
    assert_eq!(target.judge(&compare(&[60.0], &[1.0]), 1.0), Verdict::Goal);
    assert_eq!(target.judge(&compare(&[150.0], &[1.0]), 1.0), Verdict::Hard);
    assert_eq!(target.judge(&compare(&[151.0], &[1.0]), 1.0), Verdict::Missed);
}

#[test]
fn a_bench_with_a_row_of_its_own_is_not_judged_by_the_row_of_its_family_against_the_same_base() {
    let rows = |bench| Target::for_case(bench, "tenure").iter().map(|t| (t.id, t.base)).collect::<Vec<_>>();
    let peers = [("P5", "ractor"), ("P5", "kameo")];
    let own = [("P1", "mpsc-oneshot"), ("P2", "parking_lot"), ("P3", "tokio-mutex")];
    assert_eq!(rows("call/1"), [&own[..], &peers].concat());
    assert_eq!(rows("call/100"), [&[("P4", "mpsc-oneshot")][..], &peers].concat());
    assert_eq!(rows("memory/size"), []);
}

#[test]
fn every_row_of_the_page_is_in_the_table_once_per_case_base_and_bench() {
    let mut ids: Vec<&str> = TARGETS.iter().map(|t| t.id).collect();
    ids.dedup();
    let all: Vec<String> = (1..=29).map(|n| format!("P{n}")).collect();
    assert_eq!(ids, all);
    for (at, t) in TARGETS.iter().enumerate() {
        let same = |u: &&Target| (u.bench, u.case, u.base) == (t.bench, t.case, t.base);
        assert_eq!(TARGETS.iter().position(|u| same(&u)), Some(at), "{t:?} is there twice");
    }
}

#[test]
fn every_target_names_cases_that_exist_and_a_goal_within_its_limit() {
    for target in TARGETS {
        assert!(target.goal.is_none_or(|goal| goal <= target.limit), "{target:?}");
        let is_family = target.bench.ends_with('/');
        let is_meant =
            |b: &Bench| b.name() == target.bench || (is_family && b.name().starts_with(target.bench));
        let benches: Vec<Bench> = Bench::all().filter(is_meant).collect();
        assert_eq!(benches.is_empty(), AWAITED.contains(&target.bench), "{target:?}");
        for bench in benches {
            let names: Vec<String> = bench.cases().into_iter().map(|c| c.case).collect();
            assert!(names.iter().any(|n| n == target.case), "{target:?} in {names:?}");
            assert!(names.iter().any(|n| n == target.base), "{target:?} in {names:?}");
        }
    }
}
