//! When a cost grows as its law says.
use crate::bench::{Bench, Effort};
use crate::growth::{self, Growth, Samples};
use crate::law::{LAWS, Law, Limit};
use crate::rt::Rt;
use crate::table;
use crate::target::Verdict;

/// One round at each size.
fn costs(costs: &[f64]) -> Samples {
    costs.iter().map(|cost| vec![*cost]).collect()
}

fn judged(id: &str, measured: &[(&str, Samples)], effort: &Effort) -> Vec<Growth> {
    growth::judge(Law::of(id), "growth/G", Rt::Mt2, effort, measured)
}

fn full(id: &str, measured: &[(&str, Samples)]) -> Vec<Growth> {
    judged(id, measured, &Effort::full(None))
}

#[test]
fn every_law_of_the_page_is_a_bench_and_no_other() {
    let benches: Vec<Bench> = Bench::all().filter(|b| b.law().is_some()).collect();
    assert_eq!(benches, LAWS.iter().map(|law| Bench::Growth(law.id)).collect::<Vec<_>>());
    for n in 1..=12 {
        assert!(LAWS.iter().any(|law| law.id == format!("G{n}")), "G{n}");
    }
}

#[test]
fn every_law_has_a_case_it_judges_and_the_case_it_judges_by() {
    for law in LAWS {
        let cases = law.cases();
        let is_judged = |case: &&str| case.starts_with("tenure") && law.base() != Some(*case);
        assert!(cases.iter().any(is_judged), "{}: {cases:?}", law.id);
        assert!(law.base().is_none_or(|base| cases.contains(&base)), "{}: {cases:?}", law.id);
        assert!(law.sizes.len() > 1 || matches!(law.limit, Limit::Case(..)), "{}", law.id);
    }
}

#[test]
fn a_factor_is_the_dearest_over_the_smallest_and_a_decline_is_no_growth() {
    let seen = full("G5", &[("tenure", costs(&[100.0, 150.0, 120.0]))]);
    assert_eq!((seen[0].quotient, seen[0].verdict), (1.5, Verdict::Hard));
    let seen = full("G5", &[("tenure", costs(&[100.0, 151.0, 120.0]))]);
    assert_eq!(seen[0].verdict, Verdict::Missed);
    let seen = full("G5", &[("tenure", costs(&[100.0, 50.0, 20.0]))]);
    assert_eq!((seen[0].quotient, seen[0].verdict), (1.0, Verdict::Hard));
}

#[test]
fn beside_a_rival_ours_may_grow_as_it_does_and_a_fifth_more() {
    let rival = ("child-token", costs(&[100.0, 150.0, 200.0]));
    let seen = full("G3", &[rival.clone(), ("tenure", costs(&[10.0, 10.0, 24.0]))]);
    assert_eq!((seen[1].limit, seen[1].verdict), (Some(2.4), Verdict::Hard));
    assert_eq!((seen[0].limit, seen[0].verdict), (None, Verdict::None));
    let seen = full("G3", &[rival, ("tenure", costs(&[10.0, 10.0, 24.1]))]);
    assert_eq!(seen[1].verdict, Verdict::Missed);
}

#[test]
fn it_is_missed_only_if_the_quiet_rounds_miss_it_too() {
    let disturbed = vec![vec![100.0; 5], vec![100.0, 900.0, 900.0, 900.0, 100.0], vec![100.0; 5]];
    assert_eq!(full("G5", &[("tenure", disturbed)])[0].verdict, Verdict::Hard);
}

#[test]
fn what_is_linear_is_limited_by_what_one_more_costs() {
    let seen = full("G8", &[("tenure", costs(&[50.0, 100.0, 50.0 + 63.0 * 20.0]))]);
    assert_eq!((seen[0].quotient, seen[0].limit_of, seen[0].verdict), (20.0, "each", Verdict::Hard));
    let seen = full("G8", &[("tenure", costs(&[50.0, 100.0, 50.0 + 63.0 * 21.0]))]);
    assert_eq!(seen[0].verdict, Verdict::Missed);
}

#[test]
fn refusing_is_judged_by_what_accepting_costs() {
    let seen = full("G12", &[("tenure-accepted", costs(&[80.0])), ("tenure-refused", costs(&[40.0]))]);
    assert_eq!((seen[0].verdict, seen[1].verdict), (Verdict::None, Verdict::Hard));
    assert_eq!(seen[1].quotient, 0.5);
}

#[test]
fn a_quick_run_and_a_run_without_the_rival_are_not_judged() {
    let far = ("tenure", costs(&[1.0, 9.0, 99.0]));
    assert_eq!(judged("G5", std::slice::from_ref(&far), &Effort::quick(None))[0].verdict, Verdict::None);
    assert_eq!(full("G3", &[far])[0].verdict, Verdict::None);
}

#[test]
fn a_growth_line_has_its_keys_in_the_promised_order_and_the_table_says_the_verdict() {
    let seen = full("G5", &[("tenure", costs(&[100.0, 150.0, 200.0]))]);
    assert_eq!(
        serde_json::to_string(&seen[0]).unwrap(),
        concat!(
            r#"{"schema":"tenure.bench/1","bench":"growth/G","rt":"mt2","case":"tenure","unit":"ns","#,
            r#""n":[10000,100000,1000000],"per_item":[100.0,150.0,200.0],"quotient":2.0,"quotient_quiet":2.0,"#,
            r#""limit_of":"factor","target":"G5","limit":1.5,"verdict":"missed"}"#
        )
    );
    let last = "tenure  10000:   100.0  100000:   150.0  1000000:   200.0  factor 2.00, quiet 2.00  missed G5 (limit 1.5)";
    assert_eq!(table::growth(&seen).trim_end().lines().last(), Some(last));
}
