//! Ctrl-C once, twice, thrice.

use crate::child::{Ended, Running, command};
use rustix::process::Signal;
use std::time::Duration;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Starts, and sends these, each so long after the one before.
fn signalled(args: &[&str], signals: &[(u64, Signal)]) -> Ended {
    let child = Running::start(command(args));
    child.handles(Signal::INT).handles(Signal::TERM);
    for (after, signal) in signals {
        child.send(ms(*after), *signal);
    }
    child.end()
}

#[test]
fn s41_ctrl_c_ends_the_run_with_its_result_and_0() {
    let ended = signalled(&["demo", "--for", "1h"], &[(300, Signal::INT)]);
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(ended.stdout.contains("SIGINT after") && ended.stdout.contains("verdict   clean"), "{ended:#?}");
    assert!(ended.took < ms(5000), "{:?}", ended.took);
}

#[test]
fn s41a_two_quick_ctrl_c_are_one() {
    let ended = signalled(&["demo", "--json", "--for", "1h"], &[(300, Signal::INT), (20, Signal::INT)]);
    assert_eq!((ended.code(), &ended.json()["verdict"]), (0, &"clean".into()), "{ended:#?}");
}

#[test]
fn s41b_a_second_signal_ends_the_drain_and_aborts_what_still_waits() {
    // A silent owner keeps every caller until its deadline, so the drain takes a second, and the second signal comes into it.
    let args = ["demo", "--json", "--for", "forever", "--fault", "silent"];
    let ended = signalled(&args, &[(700, Signal::TERM), (350, Signal::TERM)]);
    let json = ended.json();
    // Without the second signal the last caller is told at its deadline, 1 s after the fault at 0.5 s.
    assert!(json["elapsed_ms"].as_u64().unwrap() < 1_490, "{json:#}");
    // Who is quick ends by the cancel that comes before the abort; on a loaded machine that may be everybody.
    let aborted = json["ended_by"]["aborted"].as_u64().unwrap();
    assert_eq!(ended.code(), if aborted > 0 { 3 } else { 0 }, "{ended:#?}");
    assert_eq!((&json["started"], &json["accepted"]), (&json["ended"], &json["answered"]), "{json:#}");
}

#[test]
fn a_thread_that_hangs_beyond_the_budget_ends_the_run_with_3_and_does_not_hold_it() {
    let mut command = command(&["demo", "--for", "forever", "--fault", "hang"]);
    command.env("TENURE_GRACE", "0.5");
    let child = Running::start(command);
    child.handles(Signal::TERM).send(ms(900), Signal::TERM);
    let ended = child.end();
    assert_eq!(ended.code(), 3, "{ended:#?}");
    assert!(ended.stdout.contains("not clean") && ended.stderr.contains("of 500 ms"), "{ended:#?}");
    // The turn blocks its thread for 3 s from 0.5 s on.
    assert!(ended.took < ms(3300), "{:?}", ended.took);
}

/// The turn hangs for 3 s from 0.5 s on: neither the drain nor the abort can end it.
#[test]
fn s41b_a_third_signal_ends_the_demo_at_once_with_its_number() {
    for (last, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let args = ["demo", "--for", "forever", "--fault", "hang"];
        let ended = signalled(&args, &[(900, Signal::TERM), (300, Signal::TERM), (300, last)]);
        assert_eq!((ended.code(), ended.stdout.as_str()), (code, ""), "{ended:#?}");
        assert!(ended.took < ms(2_500), "{:?}", ended.took);
    }
}

#[test]
fn a_budget_too_small_for_a_restart_ends_with_3_and_the_report_says_the_same_code() {
    let mut command = command(&["demo", "--json", "--supervised", "--for", "forever", "--fault", "panic"]);
    command.env("TENURE_GRACE", "0.03");
    let child = Running::start(command);
    // Into the 100 ms after the fault at 0.5 s in which the owner is down and all others wait.
    child.handles(Signal::TERM).send(ms(550), Signal::TERM);
    let ended = child.end();
    let (json, code) = (ended.json(), ended.code());
    assert_eq!(
        (&json["exit_code"], &json["shutdown"]["exit_code"]),
        (&code.into(), &code.into()),
        "{json:#}"
    );
    assert!(ended.stderr.contains(&format!("of 30 ms; exit code {code}")), "{ended:#?}");
    // On a slow machine the fault or the signal comes late, and nobody waits any more.
    assert_eq!(json["verdict"] == "clean", code == 0, "{json:#}");
}
