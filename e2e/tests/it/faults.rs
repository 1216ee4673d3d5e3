//! Every fault with `--json`: to its end, and with SIGTERM in the middle. Each ends with 0, and callers got what the fault explains.

use crate::child::{Running, command, run};
use crate::clean::{errors, is_clean, kinds, number, stays_down};
use rustix::process::Signal;
use serde_json::Value;
use std::time::Duration;

/// Long enough after the start that the fault of `--for forever` (at 0.5 s) has struck, before the longest of them is over.
const MIDDLE: Duration = Duration::from_millis(900);

fn whole(fault: &str) -> Value {
    let json = is_clean(&run(&["demo", "--json", "--fault", fault]), fault);
    assert_eq!(json["shutdown"]["cause"]["kind"], "asked");
    stays_down(&json);
    json
}

fn interrupted(fault: &str) -> Value {
    let child = Running::start(command(&["demo", "--json", "--for", "forever", "--fault", fault]));
    child.handles(Signal::TERM).send(MIDDLE, Signal::TERM);
    let json = is_clean(&child.end(), fault);
    assert_eq!(json["for_ms"], Value::Null);
    let cause = serde_json::json!({ "kind": "signal", "detail": "SIGTERM", "path": null });
    assert_eq!(json["shutdown"]["cause"], cause);
    stays_down(&json);
    json
}

#[test]
fn none_gives_values_only() {
    let json = whole("none");
    assert_eq!(json["errors"], serde_json::json!({}));
    assert_eq!(json["fault_to_answer_us"], Value::Null);
    assert_eq!((number(&json, "/readers"), number(&json, "/writers"), number(&json, "/keys")), (100, 10, 5));
    assert_eq!(number(&json, "/accepted"), number(&json, "/reads") + number(&json, "/writes"));
    assert!((1000..3000).contains(&number(&json, "/elapsed_ms")), "{json:#}");
}

#[test]
fn panic_is_told_to_its_caller_and_the_others_get_their_requests_back() {
    let json = whole("panic");
    kinds(&json, &["Panicked", "Died", "Closed"]);
    assert_eq!(errors(&json, "Panicked"), 1);
    assert_eq!(errors(&json, "Closed"), 110, "every client asks once more and is told");
    assert_eq!(number(&json, "/failed_by/panicked"), 1);
    assert_eq!(number(&json, "/ended_by/panicked"), 1);
    assert_eq!(number(&json, "/discarded_by/died"), errors(&json, "Died"));
    assert!(number(&json, "/fault_to_answer_us/max") < 1_000_000, "{json:#}");
}

#[test]
fn exit_gives_its_caller_the_value_and_the_others_their_requests_back() {
    let json = whole("exit");
    kinds(&json, &["Died", "Closed"]);
    assert_eq!(errors(&json, "Closed"), 110);
    assert_eq!(number(&json, "/ended_by/failed"), 1);
    assert_eq!(number(&json, "/answered_by/failed"), 0, "its own turn was answered");
}

#[test]
fn stop_serves_what_was_accepted_and_refuses_the_rest() {
    let json = whole("stop");
    kinds(&json, &["Stopped", "Closed"]);
    assert_eq!(errors(&json, "Stopped") + errors(&json, "Closed"), 110, "each client ends with one of them");
    assert_eq!(number(&json, "/answered_by/failed") + number(&json, "/answered_by/discarded"), 0);
    assert_eq!(number(&json, "/accepted"), number(&json, "/reads") + number(&json, "/writes"));
}

#[test]
fn deadlock_is_refused_before_it_blocks_and_all_others_are_served() {
    let json = whole("deadlock");
    kinds(&json, &["Deadlock"]);
    assert!(errors(&json, "Deadlock") > 0, "{json:#}");
    assert_eq!(errors(&json, "Deadlock"), number(&json, "/refused_by/deadlock"));
}

#[test]
fn silent_ends_every_wait_at_its_deadline() {
    let json = whole("silent");
    kinds(&json, &["DeadlineExceeded", "Stopped"]);
    assert!(errors(&json, "DeadlineExceeded") >= 110, "{json:#}");
    // Some callers' values were on their way when the fault struck; whoever waited longest waited for its deadline of 1 s.
    let max = number(&json, "/fault_to_answer_us/max");
    assert!((990_000..1_500_000).contains(&max), "{json:#}");
}

#[test]
fn slow_counts_the_replies_that_came_too_late() {
    let json = whole("slow");
    kinds(&json, &["DeadlineExceeded", "Stopped"]);
    assert!(errors(&json, "DeadlineExceeded") >= 110, "{json:#}");
    assert!(
        number(&json, "/unheard") >= 110,
        "the first answers leave after 2 s and nobody hears them: {json:#}"
    );
}

#[test]
fn hang_ends_every_wait_at_its_deadline_and_the_owner_serves_again() {
    let json = whole("hang");
    kinds(&json, &["DeadlineExceeded", "Full"]);
    assert!(errors(&json, "DeadlineExceeded") >= 110, "{json:#}");
    assert_eq!(number(&json, "/unheard"), 1, "the one whose turn hung: {json:#}");
    assert!(number(&json, "/discarded_by/expired") >= 100, "the queued ones were never begun: {json:#}");
}

macro_rules! with_sigterm_in_the_middle {
    ($($name:ident: $fault:literal),* $(,)?) => {
        $(#[test]
        fn $name() {
            interrupted($fault);
        })*
    };
}
with_sigterm_in_the_middle! {
    none_with_sigterm_ends_clean: "none",
    panic_with_sigterm_ends_clean: "panic",
    exit_with_sigterm_ends_clean: "exit",
    stop_with_sigterm_ends_clean: "stop",
    deadlock_with_sigterm_ends_clean: "deadlock",
    silent_with_sigterm_ends_clean: "silent",
    slow_with_sigterm_ends_clean: "slow",
    hang_with_sigterm_ends_clean: "hang",
}

#[test]
fn sigterm_before_the_fault_is_not_held_against_it() {
    let child = Running::start(command(&["demo", "--json", "--for", "1h", "--fault", "panic"]));
    child.handles(Signal::TERM).send(Duration::from_millis(300), Signal::TERM);
    let json = is_clean(&child.end(), "panic");
    assert_eq!((&json["errors"], &json["fault_to_answer_us"]), (&serde_json::json!({}), &Value::Null));
}

#[test]
fn more_callers_than_places_in_the_mailbox_survive_a_panic() {
    let ended = run(&["demo", "--json", "--fault", "panic", "--readers", "2k", "--writers", "200"]);
    let json = is_clean(&ended, "panic");
    assert_eq!((errors(&json, "Panicked"), errors(&json, "Closed")), (1, 2200), "{json:#}");
}

#[test]
fn one_client_alone_is_enough_for_every_fault_that_a_request_carries() {
    for fault in ["panic", "exit", "stop"] {
        let ended =
            run(&["demo", "--json", "--fault", fault, "--readers", "0", "--writers", "1", "--keys", "1"]);
        assert_eq!(ended.code(), 0, "{fault}: {ended:#?}");
        assert_eq!(ended.json()["reads"], 0);
    }
}
