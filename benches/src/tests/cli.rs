//! The command line: what is understood, and what is said to the rest.
use crate::bench::Bench;
use crate::cli::{Asked, Output, Plan, Repeat, parse};
use crate::rt::Rt;
use std::path::Path;

const USAGE: i32 = 2;

fn plan(args: &str) -> Plan {
    let args = std::iter::once("tenure-bench").chain(args.split_whitespace()).map(Into::into);
    match parse(args).unwrap() {
        Asked::Bench(plan) => plan,
        other => panic!("{other:?}"),
    }
}

fn refusal(args: &str) -> (i32, String) {
    let args = std::iter::once("tenure-bench").chain(args.split_whitespace()).map(Into::into);
    let error = parse(args).unwrap_err();
    (error.exit_code(), error.to_string())
}

#[test]
fn a_family_means_its_benches_and_a_bench_only_itself() {
    assert_eq!(plan("call").benches, [Bench::Call(1), Bench::Call(10), Bench::Call(100), Bench::Call(1000)]);
    assert_eq!(plan("call/100").benches, [Bench::Call(100)]);
    assert_eq!(
        plan("stop").benches,
        [Bench::Stop(10_000), Bench::Stop(100_000), Bench::Stop(1_000_000), Bench::StopProgram]
    );
    assert_eq!(
        plan("memory").benches,
        [Bench::MemoryTasks, Bench::MemoryWaits, Bench::MemoryOwners, Bench::MemorySize]
    );
    assert_eq!(plan("all").benches, Bench::all().collect::<Vec<_>>());
}

#[test]
fn benches_are_a_list_and_each_is_measured_once() {
    assert_eq!(plan("spawn,call/1,spawn").benches, [Bench::Call(1), Bench::Spawn]);
}

#[test]
fn flags_are_understood() {
    let plan = plan("call/1 --json --rounds 5 --check --only actix --rt ct");
    assert_eq!((plan.output, plan.repeat, plan.rt), (Output::Json, Repeat::Missed, Some(Rt::Ct)));
    assert_eq!(plan.effort.rounds(Bench::Call(1)).kept, 5);
    let names: Vec<String> = plan.chosen(plan.benches[0]).into_iter().map(|c| c.case).collect();
    assert_eq!(names, ["mpsc-oneshot", "actix"]);
}

#[test]
fn go_is_a_case_only_where_its_program_is() {
    let has_go = |plan: &Plan| plan.chosen(Bench::Program).iter().any(|c| c.case == "go");
    assert!(!has_go(&plan("program")));
    let this = std::env::current_exe().unwrap();
    assert!(has_go(&plan(&format!("program --go {}", this.display()))));
    let (code, text) = refusal("program --go nowhere/program");
    assert!(code == USAGE && text.contains("go build"), "{text}");
}

#[test]
fn lint_needs_sources() {
    let (code, text) = refusal("lint");
    assert!(code == USAGE && text.contains("--sources DIR"), "{text}");
    let args = ["tenure-bench", "lint", "--sources", "x"].map(Into::into);
    assert!(matches!(parse(args), Ok(Asked::Lint { rounds: 5, .. })));
}

#[test]
fn a_report_needs_a_run() {
    let (code, text) = refusal("report");
    assert!(code == USAGE && text.contains("--results FILE"), "{text}");
    let args = ["tenure-bench", "report", "--results", "x"].map(Into::into);
    assert!(matches!(parse(args), Ok(Asked::Report { plots, .. }) if plots == Path::new("docs")));
}

#[test]
fn the_peers_are_the_benches_of_the_readme() {
    let names: Vec<&str> = plan("peers").benches.into_iter().map(Bench::name).collect();
    assert_eq!(
        names,
        [
            "call/1",
            "call/100",
            "program",
            "spawn",
            "restart",
            "stop/100000",
            "memory/1000000",
            "memory/100000"
        ]
    );
}

#[test]
fn only_keeps_every_base_of_a_target_and_the_noise_floor() {
    let chosen = Bench::Spawn.chosen(&["tenure".to_owned()], false);
    let names: Vec<String> = chosen.into_iter().map(|c| c.case).collect();
    assert_eq!(names, ["tokio-spawn", "tokio-spawn-again", "tenure", "JoinSet", "TaskTracker+child"]);
}

#[test]
fn only_leaves_out_the_benches_it_empties() {
    assert_eq!(plan("all --only owner-tenure").benches, [Bench::MemoryOwners]);
}

#[test]
fn an_unknown_bench_is_bad_usage_and_the_benches_are_named() {
    let (code, text) = refusal("cal/1");
    assert_eq!(code, USAGE);
    for name in ["all", "call/1000", "latency", "turn/2000", "spawn", "memory/size"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn an_unknown_case_is_bad_usage_and_the_cases_are_named() {
    let (code, text) = refusal("spawn --only tenur");
    assert_eq!(code, USAGE);
    assert!(text.contains("no case `tenur`") && text.contains("TaskTracker+child"), "{text}");
}

#[test]
fn nothing_asked_no_rounds_and_a_judged_quick_run_are_bad_usage() {
    for args in
        ["", "call --rounds 0", "call --rounds x", "call --quick --check", "call --rt mt3", "call --fast"]
    {
        assert_eq!(refusal(args).0, USAGE, "{args}");
    }
}

#[test]
fn help_is_not_an_error() {
    assert_eq!(refusal("--help").0, 0);
}
