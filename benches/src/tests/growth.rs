//! When a cost is called linear.
use crate::growth::{self, Growth};
use crate::line::Line;
use crate::table;
use crate::target::Verdict;
use crate::tests::line::line;

fn sized(bench: &'static str, case: &str, count: u32, median: f64, quiet: f64) -> Line {
    Line { bench, case: case.to_owned(), count: Some(count), median, quiet, ..line() }
}

fn of(tenure: [(f64, f64); 3]) -> Vec<Growth> {
    let sizes = [("stop/10000", 10_000), ("stop/100000", 100_000), ("stop/1000000", 1_000_000)];
    let lines: Vec<Line> = sizes
        .into_iter()
        .zip(tenure)
        .flat_map(|((bench, n), (median, quiet))| {
            let rival = sized(bench, "TaskTracker", n, 1.0, 1.0);
            let own = sized(bench, "tenure", n, median, quiet);
            // As a target with another base than the table's gives one more line.
            [rival, own.clone(), own]
        })
        .collect();
    growth::of(&lines, false)
}

#[test]
fn each_case_is_one_line_with_all_its_sizes() {
    let seen = of([(100.0, 90.0), (150.0, 100.0), (120.0, 95.0)]);
    let names: Vec<&str> = seen.iter().map(|g| g.case.as_str()).collect();
    assert_eq!(names, ["TaskTracker", "tenure"]);
    assert_eq!(seen[1].n, [10_000, 100_000, 1_000_000]);
    assert_eq!(seen[1].per_item, [100.0, 150.0, 120.0]);
    assert_eq!((seen[1].quotient, seen[1].quotient_quiet), (1.5, 1.111));
}

#[test]
fn it_is_linear_to_twice_and_only_ours_is_judged() {
    assert_eq!(of([(100.0, 100.0), (150.0, 150.0), (200.0, 200.0)])[1].verdict, Verdict::Hard);
    assert_eq!(of([(100.0, 100.0), (150.0, 150.0), (201.0, 201.0)])[1].verdict, Verdict::Missed);
    assert_eq!(of([(100.0, 100.0), (150.0, 150.0), (201.0, 201.0)])[0].verdict, Verdict::None);
}

#[test]
fn it_is_missed_only_if_the_quiet_rounds_miss_it_too() {
    assert_eq!(of([(100.0, 100.0), (150.0, 150.0), (900.0, 200.0)])[1].verdict, Verdict::Hard);
}

#[test]
fn one_size_is_no_growth_and_a_quick_run_is_not_judged() {
    let one = sized("stop/10000", "tenure", 200, 1.0, 1.0);
    assert_eq!(growth::of(std::slice::from_ref(&one), false), []);
    let far = sized("stop/100000", "tenure", 2_000, 9.0, 9.0);
    assert_eq!(growth::of(&[one, far], true)[0].verdict, Verdict::None);
}

#[test]
fn a_growth_line_has_its_keys_in_the_promised_order_and_the_table_says_linear() {
    let seen = of([(100.0, 100.0), (150.0, 150.0), (200.0, 200.0)]);
    assert_eq!(
        serde_json::to_string(&seen[1]).unwrap(),
        concat!(
            r#"{"schema":"tenure.bench/1","bench":"growth/stop","rt":"mt2","case":"tenure","unit":"ns","#,
            r#""n":[10000,100000,1000000],"per_item":[100.0,150.0,200.0],"quotient":2.0,"quotient_quiet":2.0,"#,
            r#""limit":2.0,"verdict":"hard"}"#
        )
    );
    let text = table::growth(&seen);
    let last = "tenure       mt2  10000:   100.0  100000:   150.0  1000000:   200.0  factor 2.00, quiet 2.00  linear";
    assert_eq!(text.trim_end().lines().last(), Some(last));
}
