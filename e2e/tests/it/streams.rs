//! What goes to stdout, what to stderr, and what happens if nobody reads.

use crate::child::{Ended, Running, command, run};
use std::process::Stdio;

fn with(args: &[&str], vars: &[(&str, &str)]) -> Ended {
    let mut command = command(args);
    command.envs(vars.iter().copied());
    Running::start(command).end()
}

const SHORT: [&str; 3] = ["demo", "--for", "100ms"];

#[test]
fn x1_the_answer_is_on_stdout_and_the_report_on_stderr() {
    let ended = run(&SHORT);
    assert!(
        ended.stdout.starts_with("demo: 1 owner") && ended.stdout.contains("verdict   clean"),
        "{ended:#?}"
    );
    let last = ended.stderr.lines().last().unwrap_or_default();
    assert!(
        last.contains("tasks: started") && last.contains("leaked 0"),
        "the account is the last line: {ended:#?}"
    );
    assert!(!ended.stdout.contains('\x1b') && !ended.stderr.contains('\x1b'), "{ended:#?}");
}

#[test]
fn x1_with_json_stdout_is_one_object_even_where_colour_is_forced() {
    let ended = with(&["demo", "--for", "100ms", "--json", "--color", "always"], &[("CLICOLOR_FORCE", "1")]);
    assert_eq!(ended.json()["schema"], "tenure.demo/1");
}

#[test]
fn s45a_the_report_goes_where_tenure_report_sends_it() {
    let off = with(&SHORT, &[("TENURE_REPORT", "off")]);
    assert_eq!((off.code(), off.stderr.as_str()), (0, ""));
    let json = with(&SHORT, &[("TENURE_REPORT", "json")]);
    let report: serde_json::Value = serde_json::from_str(json.stderr.trim_end()).unwrap();
    assert_eq!((&report["schema"], &report["name"]), (&"tenure.report/1".into(), &"demo".into()));
    let path = format!("{}/report.txt", env!("CARGO_TARGET_TMPDIR"));
    let file = with(&SHORT, &[("TENURE_REPORT", &format!("text:{path}"))]);
    assert_eq!(file.stderr, "");
    assert!(std::fs::read_to_string(path).unwrap().contains("tasks: started"));
}

#[test]
fn s47_a_value_that_cannot_be_used_is_1_before_anything_is_started() {
    for (name, value) in
        [("TENURE_REPORT", "loud"), ("TENURE_GRACE", "soon"), ("TENURE_READINESS_DELAY", "-1")]
    {
        let ended = with(&SHORT, &[(name, value)]);
        assert_eq!((ended.code(), ended.stdout.as_str()), (1, ""), "{ended:#?}");
        assert!(ended.stderr.starts_with(&format!("error: {name}: ")), "{ended:#?}");
    }
}

#[test]
fn an_unknown_variable_is_told() {
    let ended = with(&SHORT, &[("TENURE_REPROT", "off"), ("TENURE_REPORT", "off")]);
    assert_eq!(ended.stderr, "note: TENURE_REPROT is no variable of tenure; it is ignored\n");
}

#[test]
fn x4_no_color_and_clicolor_force_are_obeyed_and_flags_win() {
    let forced = with(&SHORT, &[("CLICOLOR_FORCE", "1")]);
    assert!(forced.stdout.contains("\x1b["), "{forced:#?}");
    let both = with(&SHORT, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!both.stdout.contains('\x1b'), "{both:#?}");
    let flag = with(&["demo", "--for", "100ms", "--color", "always"], &[("NO_COLOR", "1")]);
    assert!(flag.stdout.contains("\x1b["), "{flag:#?}");
}

#[test]
fn ascii_is_ascii() {
    let ended = run(&["demo", "--for", "100ms", "--ascii"]);
    assert!(ended.stdout.is_ascii() && ended.stderr.is_ascii(), "{ended:#?}");
}

#[test]
fn x6_a_closed_stdout_ends_the_run_by_its_plan_quietly_with_0() {
    let mut command = command(&["demo", "--for", "1h"]);
    command.env("TENURE_REPORT", "off").stdout(Stdio::piped());
    let mut child = Running::start(command);
    drop(child.take_stdout());
    let ended = child.end();
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:#?}");
}
