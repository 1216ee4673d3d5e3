//! Every fault with `--supervised`: to its end, and with SIGTERM in the middle. An owner that ended is made again, and serves.

use crate::child::{Running, command, run};
use crate::clean::{errors, is_clean, kinds, number, stays_down};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// Long enough after the start that the fault of `--for forever` (at 0.5 s) has struck and its owner was made again.
const MIDDLE: Duration = Duration::from_millis(900);
/// Between the fault and the restart, 100 ms later. Where the machine is slow, before the fault.
const DOWN: Duration = Duration::from_millis(550);

fn whole(fault: &str, more: &[&str]) -> Value {
    let args = [&["demo", "--json", "--supervised", "--fault", fault], more].concat();
    is_clean(&run(&args), fault)
}

fn interrupted(fault: &str, after: Duration) -> Value {
    let args = ["demo", "--json", "--supervised", "--for", "forever", "--fault", fault];
    let child = Running::start(command(&args));
    child.handles(Signal::TERM).send(after, Signal::TERM);
    let json = is_clean(&child.end(), fault);
    assert_eq!(json["shutdown"]["cause"], json!({ "kind": "signal", "detail": "SIGTERM", "path": null }));
    json
}

/// One restart, not before its time, and whatever was accepted has been answered with a value; but for the turn that panicked.
#[track_caller]
fn comes_back(json: &Value) {
    assert_eq!((&json["restarts"], &json["incarnation"]), (&1.into(), &2.into()), "{json:#}");
    assert!((100..1_000).contains(&number(json, "/recovered_ms")), "{json:#}");
    let values = number(json, "/reads") + number(json, "/writes");
    assert_eq!(number(json, "/accepted"), values + errors(json, "Panicked"), "nothing was lost: {json:#}");
    assert_eq!(number(json, "/answered_by/discarded"), 0, "{json:#}");
}

#[test]
fn none_restarts_nobody() {
    let json = whole("none", &[]);
    assert_eq!(json["errors"], json!({}));
    stays_down(&json);
}

#[test]
fn panic_is_told_to_its_caller_alone_and_all_others_are_served_by_incarnation_2() {
    let json = whole("panic", &[]);
    assert_eq!(json["errors"], json!({ "Panicked": 1 }));
    assert_eq!((number(&json, "/failed_by/panicked"), number(&json, "/ended_by/panicked")), (1, 1));
    comes_back(&json);
}

#[test]
fn exit_is_told_to_nobody_and_all_are_served_by_incarnation_2() {
    let json = whole("exit", &[]);
    assert_eq!(json["errors"], json!({}));
    assert_eq!(number(&json, "/ended_by/failed"), 1);
    comes_back(&json);
}

#[test]
fn stop_refuses_while_it_drains_and_all_are_served_by_incarnation_2() {
    let json = whole("stop", &[]);
    kinds(&json, &["Stopped"]);
    assert_eq!(number(&json, "/refused_by/stopped"), errors(&json, "Stopped"));
    comes_back(&json);
}

#[test]
fn deadlock_is_refused_and_the_owner_stays() {
    let json = whole("deadlock", &[]);
    kinds(&json, &["Deadlock"]);
    assert!(errors(&json, "Deadlock") > 0, "{json:#}");
    stays_down(&json);
}

#[test]
fn silent_slow_and_hang_are_told_as_ever_since_the_owner_does_not_end() {
    for (fault, told) in [
        ("silent", ["DeadlineExceeded", "Stopped"]),
        ("slow", ["DeadlineExceeded", "Stopped"]),
        ("hang", ["DeadlineExceeded", "Full"]),
    ] {
        let json = whole(fault, &[]);
        kinds(&json, &told);
        assert!(errors(&json, "DeadlineExceeded") >= 110, "{json:#}");
        stays_down(&json);
    }
}

#[test]
fn every_fault_that_ends_the_owner_ends_clean_with_sigterm_after_the_restart() {
    for (fault, told) in [("panic", "Panicked"), ("exit", ""), ("stop", "Stopped")] {
        let json = interrupted(fault, MIDDLE);
        kinds(&json, &[told]);
        comes_back(&json);
    }
}

#[test]
fn every_fault_that_ends_the_owner_ends_clean_with_sigterm_while_it_is_down() {
    for (fault, told) in [("panic", "Panicked"), ("exit", ""), ("stop", "Stopped")] {
        let json = interrupted(fault, DOWN);
        kinds(&json, &[told]);
        // The panic tells that the fault came before the signal: then its callers have waited, and were served.
        if errors(&json, "Panicked") == 1 {
            comes_back(&json);
        }
    }
}

#[test]
fn every_fault_that_leaves_the_owner_alive_ends_clean_with_sigterm_in_the_middle() {
    for fault in ["none", "deadlock", "silent", "slow", "hang"] {
        stays_down(&interrupted(fault, MIDDLE));
    }
}

#[test]
fn sigterm_before_the_fault_finds_the_first_life() {
    let json = interrupted("panic", Duration::from_millis(300));
    assert_eq!(json["errors"], json!({}));
    stays_down(&json);
}

#[test]
fn a_run_too_short_for_a_restart_waits_for_it() {
    for fault in ["panic", "exit", "stop"] {
        comes_back(&whole(fault, &["--for", "10ms"]));
    }
}

#[test]
fn more_callers_than_places_in_the_mailbox_are_all_served_by_incarnation_2() {
    let json = whole("panic", &["--readers", "2k", "--writers", "200"]);
    assert_eq!(json["errors"], json!({ "Panicked": 1 }));
    comes_back(&json);
}

#[test]
fn who_is_refused_by_a_stop_asks_again_and_is_served_by_incarnation_2() {
    // So many that some are refused in each run.
    let args = ["demo", "--supervised", "--fault", "stop", "--readers", "2k", "--writers", "200"];
    let ended = run(&args);
    assert_eq!(ended.code(), 0, "{ended:#?}");
    for part in ["asked again 1 ms later", "2,200 of 2,200 served by incarnation 2"] {
        assert!(ended.stdout.contains(part), "{part}: {ended:#?}");
    }
}

#[test]
fn for_a_person_it_says_what_callers_saw_and_what_was_restarted() {
    for (fault, saw, then) in [
        ("panic", "1 of 110 saw an error", "supervised: it was made again"),
        ("exit", "0 of 110 saw an error", "supervised: it was made again"),
        ("stop", " of 110 saw an error", "it served what it had accepted, ended, and was made again"),
    ] {
        let ended = run(&["demo", "--supervised", "--fault", fault]);
        assert_eq!(ended.code(), 0, "{ended:#?}");
        for part in [
            saw,
            "110 of 110 served by incarnation 2",
            "first success 1",
            then,
            "app/store once, 100 ms after its end; its queue was kept",
        ] {
            assert!(ended.stdout.contains(part), "{part}: {ended:#?}");
        }
    }
}
