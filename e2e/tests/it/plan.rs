//! The plan of programs under `#[tenure::main]`: signals, variables, threads that hang.

use crate::child::{Ended, Running, program};
use rustix::process::Signal;
use std::time::{Duration, Instant};

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");
const ONE_THREAD: &str = env!("CARGO_BIN_EXE_one_thread");
const ONE_WORKER: &str = env!("CARGO_BIN_EXE_one_worker");
const RAISES: &str = env!("CARGO_BIN_EXE_raises");

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Starts, sends these, each so long after the one before, and gives the end and how long it took from the first.
fn signalled(
    path: &str,
    args: &[&str],
    vars: &[(&str, &str)],
    signals: &[(u64, Signal)],
) -> (Ended, Duration) {
    let mut command = program(path, args);
    command.envs(vars.iter().copied());
    let child = Running::start(command);
    child.handles(Signal::INT).handles(Signal::TERM);
    let mut first = None;
    for (after, signal) in signals {
        child.send(ms(*after), *signal);
        first.get_or_insert_with(Instant::now);
    }
    let ended = child.end();
    let took = first.map(|first| first.elapsed()).unwrap_or_default();
    (ended, took)
}

/// S43a.
#[test]
fn sd_01_an_idle_program_ends_at_once_with_0() {
    let (ended, took) = signalled(SUBJECT, &["idle"], &[], &[(200, Signal::TERM)]);
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(took < ms(500), "{took:?}");
    assert!(ended.stderr.starts_with("tenure: e2e 0.1.0 stopped by SIGTERM after"), "{ended:#?}");
    assert!(!ended.stderr.contains("before it was ready"), "{ended:#?}");
}

/// S15d, S45a, S45c.
#[test]
fn sd_08_a_closure_that_never_returns_is_named_with_its_thread_and_does_not_hold_the_exit() {
    let (ended, took) =
        signalled(SUBJECT, &["stuck-closure"], &[("TENURE_GRACE", "2")], &[(200, Signal::TERM)]);
    assert_eq!(ended.code(), 3, "{ended:#?}");
    assert!((ms(1_900)..ms(2_200)).contains(&took), "{took:?}: {ended:#?}");
    let line = ended.stderr.lines().find(|line| line.contains("subject/crunch")).unwrap_or_default();
    assert!(
        line.contains("straggler") && line.contains("thread tokio-rt-worker") && line.contains("still runs"),
        "{ended:#?}"
    );
}

/// S41b, S45b.
#[test]
fn sd_11_a_third_signal_ends_a_program_whose_destructor_hangs() {
    let term = Signal::TERM;
    let (ended, took) =
        signalled(SUBJECT, &["stuck-destructor"], &[], &[(200, term), (300, term), (300, term)]);
    assert_eq!((ended.code(), ended.stderr.as_str()), (143, ""), "{ended:#?}");
    assert!(took < ms(900), "{took:?}");
}

/// S41b: where no thread of the runtime is left to hear it, and by its own number.
#[test]
fn sd_11_a_third_signal_ends_a_program_whose_only_thread_hangs() {
    let (term, int) = (Signal::TERM, Signal::INT);
    let (ended, took) = signalled(ONE_THREAD, &[], &[], &[(200, term), (300, term), (300, int)]);
    assert_eq!((ended.code(), ended.stderr.as_str()), (130, ""), "{ended:#?}");
    assert!(took < ms(900), "{took:?}");
}

/// S41a: a wrapper that forwards each Ctrl-C.
#[test]
fn sd_11_a_second_signal_that_comes_twice_is_not_the_third() {
    let (term, int) = (Signal::TERM, Signal::INT);
    let signals = [(200, int), (20, term), (400, int), (20, term)];
    let (ended, _) = signalled(SUBJECT, &["stuck-destructor"], &[("TENURE_GRACE", "2")], &signals);
    assert_eq!(ended.code(), 3, "{ended:#?}");
    assert!(ended.stderr.contains("2, and 2 too soon after another to count"), "{ended:#?}");
}

/// S43d: the budget holds also where the runtime's only worker does not come back.
#[test]
fn sd_08_a_worker_that_never_returns_does_not_hold_the_exit() {
    let (ended, took) = signalled(ONE_WORKER, &["60"], &[("TENURE_GRACE", "2")], &[(3_000, Signal::TERM)]);
    assert_eq!(ended.code(), 3, "{ended:#?}");
    assert!(took < ms(2_500), "{took:?}: {ended:#?}");
    assert!(ended.stderr.contains("straggler  one_worker/holds"), "{ended:#?}");
}

/// S43d, also where there is but one thread, and main holds it.
#[test]
fn sd_08_a_main_that_holds_the_only_thread_does_not_hold_the_exit() {
    let (ended, took) = signalled(ONE_THREAD, &[], &[], &[(300, Signal::TERM)]);
    assert_eq!(ended.code(), 3, "{ended:#?}");
    assert!((ms(900)..ms(1_500)).contains(&took), "a grace of 1 s: {took:?}: {ended:#?}");
    assert!(ended.stderr.contains("straggler  one_thread/main"), "{ended:#?}");
    assert!(ended.stderr.contains("has been running for 1."), "{ended:#?}");
}

/// S47.
#[test]
fn sd_24_a_variable_that_does_not_parse_is_1_and_nothing_is_started() {
    for (name, value) in [
        ("TENURE_GRACE", "abc"),
        ("TENURE_GRACE", "25s"),
        ("TENURE_READINESS_DELAY", "-1"),
        ("TENURE_READINESS_DELAY", ""),
    ] {
        let mut command = program(SUBJECT, &["environment"]);
        command.env(name, value);
        let ended = Running::start(command).end();
        assert_eq!((ended.code(), ended.stdout.as_str()), (1, ""), "{ended:#?}");
        let wanted = format!(
            "error: {name}: `{value}` is no number of seconds\n  it is a number without a unit, such as 25 or 0.5\n  try: {name}=25\n"
        );
        assert_eq!(ended.stderr, wanted);
    }
}

/// A slip of the finger would else be found when the grace is needed.
#[test]
fn sd_24_a_variable_that_nobody_obeys_is_told() {
    let vars = [("TENURE_GRCE", "5"), ("TENURE_REPORT", "off")];
    let (ended, _) = signalled(SUBJECT, &["idle"], &vars, &[(200, Signal::TERM)]);
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert_eq!(ended.stderr, "note: TENURE_GRCE is no variable of tenure; it is ignored\n");
}

/// S47: over what the program says of itself, which is 20 s here.
#[test]
fn sd_24_the_variables_win_over_the_programs_own_values() {
    let vars = [("TENURE_GRACE", "1.5"), ("TENURE_READINESS_DELAY", "0.3"), ("TENURE_REPORT", "json")];
    let (ended, _) = signalled(SUBJECT, &["drains", "0"], &vars, &[(200, Signal::TERM)]);
    assert_eq!(ended.code(), 0, "{ended:#?}");
    let report: serde_json::Value = serde_json::from_str(ended.stderr.trim_end()).expect("the report");
    assert_eq!(report["budget_ms"], 1_500, "{report:#}");
    let drain =
        report["stages"].as_array().and_then(|stages| stages.iter().find(|stage| stage["stage"] == "drain"));
    let at = drain.and_then(|stage| stage["at_ms"].as_u64());
    assert!((300..600).contains(&at.unwrap_or_default()), "{report:#}");
}

/// S41d.
#[test]
fn sd_27_a_signal_from_mains_first_statement_is_handled() {
    let ended = Running::start(program(RAISES, &[])).end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(ended.stderr.contains("stopped by SIGTERM"), "{ended:#?}");
}

/// S50, S45b.
#[test]
fn sd_14_a_main_that_fails_ends_with_1_and_says_why() {
    let ended = Running::start(program(SUBJECT, &["fails"])).end();
    assert_eq!(ended.code(), 1, "{ended:#?}");
    assert!(ended.stderr.contains("the disk is full"), "{ended:#?}");
}

/// S8b, S8e: a service that has lost its state does not idle for ever; it ends, and says why.
#[test]
fn c1_a_program_whose_store_panics_drains_and_ends_with_1() {
    let ended = Running::start(program(SUBJECT, &["store-panics"])).end();
    assert_eq!(ended.code(), 1, "{ended:#?}");
    assert!(ended.took < ms(1_000), "{ended:#?}");
    let line = ended.stderr.lines().find(|line| line.contains("subject/store")).unwrap_or_default();
    assert!(ended.stderr.contains("the disk is full"), "{ended:#?}");
    assert!(ended.stderr.contains("subject.rs:"), "{ended:#?}");
    assert!(!line.is_empty(), "{ended:#?}");
}
