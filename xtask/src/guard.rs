//! The instruction guard: what a call, a spawn, a yield and a wake may cost beside bare Tokio, in instructions.
//!
//! `benches/benches/guard.rs` is counted by gungraun under callgrind, each case at n and at 2 n operations. Counts are the same
//! on a busy machine, so a limit that is passed was passed by the source. It is raised only with a line in CHANGELOG.md that says
//! what was bought for it.

use crate::repo::{cargo, output};
use crate::tools;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;

/// Operations of the smaller count: `#[bench::n(..)]` in `guard.rs`.
const N: f64 = 5_000.0;

/// A case, what it is compared with, and what their ratio is at most.
struct Pair {
    case: &'static str,
    base: &'static str,
    limit: f64,
}

#[rustfmt::skip] // a table
const PAIRS: &[Pair] = &[
    Pair { case: "call_tenure",  base: "call_mpsc_oneshot", limit: 0.25 },
    Pair { case: "call_tenure",  base: "call_parking_lot",  limit: 1.8 },
    Pair { case: "spawn_tenure", base: "spawn_tokio",       limit: 1.15 },
    Pair { case: "yield_tenure", base: "yield_tokio",       limit: 1.08 },
    Pair { case: "wake_tenure",  base: "wake_tokio",        limit: 1.15 },
];

/// Counts, prints every pair, and fails if one is beyond its limit.
pub(crate) fn check() -> Result<()> {
    tools::callgrind()?;
    let bench = cargo(&["bench", "-p", "benches", "--bench", "guard", "--", "--output-format=json"]);
    let counts = each(&output(bench)?)?;
    println!("{:<14} {:>9}  {:<18} {:>9}  {:>6}  at most", "case", "instr.", "beside", "instr.", "ratio");
    let mut tripped = Vec::new();
    for pair in PAIRS {
        let (case, base) = (count(&counts, pair.case)?, count(&counts, pair.base)?);
        let ratio = case / base;
        println!(
            "{:<14} {case:>9.0}  {:<18} {base:>9.0}  {ratio:>6.3}  {}{}",
            pair.case,
            pair.base,
            pair.limit,
            if ratio > pair.limit { "  beyond" } else { "" }
        );
        if ratio > pair.limit {
            tripped.push(format!("{} / {}", pair.case, pair.base));
        }
    }
    if !tripped.is_empty() {
        bail!("more instructions than the guard allows: {}", tripped.join(", "));
    }
    Ok(())
}

fn count(counts: &BTreeMap<String, f64>, case: &str) -> Result<f64> {
    counts.get(case).copied().with_context(|| format!("gungraun counted no `{case}`"))
}

/// Instructions of one operation, by the name of the function.
fn each(lines: &str) -> Result<BTreeMap<String, f64>> {
    let mut totals: BTreeMap<(String, String), f64> = BTreeMap::new();
    for line in lines.lines().filter(|line| line.starts_with('{')) {
        let told: Value = serde_json::from_str(line).context("a line of gungraun is no JSON")?;
        let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
        let parts = told["profiles"][0]["data"]["parts"].as_array().cloned().unwrap_or_default();
        // One part a thread. Everything measured runs on the first; the watchdog's runs by the clock.
        let is_first = |part: &Value| part["tool_run"]["new"]["thread"].as_u64().is_none_or(|n| n == 1);
        let instructions =
            |part: &Value| part["metrics"]["Ir"]["values"]["new"].as_f64().filter(|_| is_first(part));
        totals.insert((text("function_name"), text("id")), parts.iter().filter_map(instructions).sum());
    }
    let mut each = BTreeMap::new();
    for ((function, id), total) in &totals {
        let twice = totals.get(&(function.clone(), "twice".to_owned()));
        if let (Some(twice), "n") = (twice, id.as_str()) {
            each.insert(function.clone(), (twice - total) / N);
        }
    }
    Ok(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::root;

    fn line(function: &str, id: &str, instructions: u64) -> String {
        format!(
            r#"{{"function_name":"{function}","id":"{id}","profiles":[{{"data":{{"parts":[{{"metrics":{{"Ir":{{"values":{{"new":{instructions}}}}}}}}}]}}}}]}}"#
        )
    }

    #[test]
    fn what_is_done_once_falls_out_of_the_difference() {
        let told =
            [line("a", "n", 1_005_000), line("a", "twice", 1_010_000), "Gungraun".to_owned()].join("\n");
        assert_eq!(each(&told).unwrap(), BTreeMap::from([("a".to_owned(), 1.0)]));
    }

    #[test]
    fn another_thread_than_the_first_is_not_counted() {
        let part = |thread: u8, count: u64| {
            format!(
                r#"{{"metrics":{{"Ir":{{"values":{{"new":{count}}}}}}},"tool_run":{{"new":{{"thread":{thread}}}}}}}"#
            )
        };
        let line = |id: &str, first: u64, second: u64| {
            let parts = [part(1, first), part(2, second)].join(",");
            format!(r#"{{"function_name":"a","id":"{id}","profiles":[{{"data":{{"parts":[{parts}]}}}}]}}"#)
        };
        let told = [line("n", 5_000, 7), line("twice", 15_000, 99_999)].join("\n");
        assert_eq!(each(&told).unwrap(), BTreeMap::from([("a".to_owned(), 2.0)]));
    }

    #[test]
    fn a_case_that_was_not_counted_is_named() {
        let error = count(&BTreeMap::new(), "call_tenure").unwrap_err();
        assert!(error.to_string().contains("call_tenure"), "{error}");
    }

    #[test]
    fn every_case_is_in_the_bench_and_counted_at_n() {
        let source = std::fs::read_to_string(root().join("benches/benches/guard.rs")).unwrap();
        for name in PAIRS.iter().flat_map(|pair| [pair.case, pair.base]) {
            assert!(source.contains(&format!("fn {name}(n: u64)")), "{name}");
        }
        assert!(source.contains("#[bench::n(5_000)]") && source.contains("#[bench::twice(10_000)]"));
    }
}
