//! The same program in plain Tokio: counted honestly, also where it does well.

use crate::child::{Ended, Running, command, run};
use rustix::process::Signal;
use serde_json::Value;
use std::time::Duration;

fn naive(fault: &str) -> (Ended, Value) {
    let ended = run(&["demo", "--json", "--naive", "--fault", fault]);
    let json = ended.json();
    assert_eq!((&json["naive"], &json["fault"]), (&true.into(), &fault.into()));
    assert_eq!(json["exit_code"], ended.code());
    for unknown in [
        "leaked",
        "queued",
        "begun",
        "scopes_dropped",
        "unheard",
        "restarts",
        "incarnation",
        "recovered_ms",
        "shutdown",
    ] {
        let there = json.as_object().and_then(|all| all.get(unknown));
        assert_eq!(there, Some(&Value::Null), "{unknown}: plain Tokio cannot know, or has none");
    }
    (ended, json)
}

#[test]
fn without_a_fault_every_task_is_cut_off_when_main_returns() {
    let (ended, json) = naive("none");
    assert_eq!(ended.code(), 3);
    assert_eq!((&json["started"], &json["ended"]), (&111.into(), &0.into()));
    assert_eq!((&json["killed_unfinished"], &json["blocked_forever"]), (&111.into(), &0.into()));
    assert_eq!(json["balanced"], false);
}

#[test]
fn a_silent_owner_blocks_every_caller_for_ever() {
    let (ended, json) = naive("silent");
    assert_eq!(ended.code(), 3);
    assert_eq!((&json["blocked_forever"], &json["killed_unfinished"]), (&110.into(), &111.into()));
}

#[test]
fn a_deadlock_blocks_every_caller_for_ever() {
    let (ended, json) = naive("deadlock");
    assert_eq!(ended.code(), 3);
    assert_eq!((&json["blocked_forever"], &json["killed_unfinished"]), (&110.into(), &112.into()));
}

#[test]
fn a_dropped_reply_channel_tells_at_once_which_plain_tokio_does_well() {
    for fault in ["panic", "exit", "stop"] {
        let (ended, json) = naive(fault);
        assert_eq!(ended.code(), 0, "{fault}: {json:#}");
        assert_eq!((&json["blocked_forever"], &json["killed_unfinished"]), (&0.into(), &0.into()));
        assert_eq!(json["errors"]["SendError"], 110, "{fault}: {json:#}");
    }
}

#[test]
fn slow_and_hang_end_no_wait_but_block_nobody_for_ever() {
    for fault in ["slow", "hang"] {
        let (ended, json) = naive(fault);
        assert_eq!(ended.code(), 3, "{fault}: tasks were cut off");
        assert_eq!(json["blocked_forever"], 0, "{fault}: {json:#}");
        assert_eq!(
            json["errors"],
            serde_json::json!({}),
            "{fault}: without a deadline nobody is told anything"
        );
    }
}

#[test]
fn sigterm_ends_it_with_the_result_so_far() {
    let child =
        Running::start(command(&["demo", "--json", "--naive", "--for", "forever", "--fault", "silent"]));
    child.handles(Signal::TERM).send(Duration::from_millis(900), Signal::TERM);
    let ended = child.end();
    assert_eq!((ended.code(), &ended.json()["blocked_forever"]), (3, &110.into()), "{ended:#?}");
}

#[test]
fn for_a_person_it_says_what_is_left_and_what_tokio_does_well() {
    let ended = run(&["demo", "--naive", "--fault", "silent"]);
    for part in ["blocked for ever", "killed unfinished", "unanswered", "not clean: 111 tasks had not ended"]
    {
        assert!(ended.stdout.contains(part), "{part}: {ended:#?}");
    }
    let ended = run(&["demo", "--naive", "--fault", "panic"]);
    assert!(ended.stdout.contains("as Tokio does well"), "{ended:#?}");
    assert_eq!(ended.stderr, "", "the planted panic is told in the result");
}
