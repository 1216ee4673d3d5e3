//! Mistakes on the command line: code 2, three lines on stderr, nothing on stdout, nothing started.

use crate::child::run;
use std::time::Duration;

#[track_caller]
fn refused(args: &[&str], what: &str, hint: &str) {
    let ended = run(args);
    assert_eq!(ended.code(), 2, "{ended:#?}");
    assert_eq!(ended.stdout, "");
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{ended:#?}");
    assert_eq!(lines[0], format!("error: {what}"));
    assert!(lines[1].starts_with("  ") && lines[1].len() > 4, "{ended:#?}");
    assert_eq!(lines[2], format!("  try: {hint}"));
    assert!(ended.took < Duration::from_secs(5), "nothing was started: {:?}", ended.took);
}

#[test]
fn x2_an_unknown_flag_offers_the_nearest() {
    refused(&["demo", "--redaers", "5"], "unknown flag `--redaers`", "tenure demo --readers 5");
}

#[test]
fn x2_an_unknown_command_offers_the_nearest() {
    refused(&["dmeo"], "unknown command `dmeo`", "tenure demo");
}

#[test]
fn x2_an_unknown_fault_offers_the_nearest() {
    refused(&["demo", "--fault", "panik"], "unknown fault `panik`", "tenure demo --fault panic");
}

#[test]
fn flags_of_later_issues_do_not_exist() {
    for flag in ["--compare", "--inspect", "--leak", "--ill"] {
        assert_eq!(run(&["demo", flag]).code(), 2, "{flag}");
    }
}

#[test]
fn x3_zero_negative_too_large_and_no_unit_each_say_so() {
    refused(&["demo", "--keys", "0"], "--keys: `0` is zero", "tenure demo --keys 5");
    refused(&["demo", "--readers", "-1"], "--readers: `-1` is negative", "tenure demo --readers 1");
    refused(
        &["demo", "--readers", "99999999999999999999"],
        "--readers: `99999999999999999999` is too large",
        "tenure demo --readers 1M",
    );
    refused(&["demo", "--for", "5"], "--for: `5` has no unit", "tenure demo --for 5s");
}

#[test]
fn nobody_to_ask_is_refused() {
    refused(
        &["demo", "--readers", "0", "--writers", "0"],
        "0 readers and 0 writers",
        "tenure demo --readers 100 --writers 10",
    );
}

#[test]
fn a_supervised_owner_in_plain_tokio_is_refused() {
    let what = "--supervised does not go with --naive";
    refused(&["demo", "--naive", "--supervised"], what, "tenure demo --supervised");
    refused(
        &["demo", "--supervised", "--fault", "exit", "--naive"],
        what,
        "tenure demo --fault exit --supervised",
    );
}

#[test]
fn more_clients_than_memory_says_what_is_needed_and_what_is_there() {
    let ended = run(&["demo", "--readers", "1G"]);
    assert_eq!(ended.code(), 2, "{ended:#?}");
    let why = ended.stderr.lines().nth(1).unwrap();
    assert!(why.contains("needed: ") && why.contains("there: ") && why.contains(" bytes"), "{ended:#?}");
    assert!(ended.took < Duration::from_secs(5), "{:?}", ended.took);
}

#[test]
fn tenure_alone_tells_where_to_begin() {
    let ended = run(&[]);
    assert_eq!((ended.code(), ended.stdout.as_str()), (2, ""));
    assert!(
        ended.stderr.contains("tenure demo") && ended.stderr.contains("try first: tenure demo, "),
        "{ended:#?}"
    );
    assert!(!ended.stderr.contains("generate"), "{ended:#?}");
}

#[test]
fn help_and_version_are_answers() {
    let help = run(&["demo", "--help"]);
    assert_eq!((help.code(), help.stderr.as_str()), (0, ""));
    assert!(help.stdout.contains("--fault") && help.stdout.lines().count() <= 24, "{}", help.stdout);
    let long = run(&["help", "demo"]);
    assert!(long.stdout.contains("TENURE_REPORT"), "{}", long.stdout);
    let version = run(&["--version"]);
    assert_eq!(
        version.stdout,
        concat!(
            "tenure ",
            env!("CARGO_PKG_VERSION"),
            "\nspeaks tenure.demo/1, tenure.report/1, tenure.lint/1\n"
        )
    );
}

#[test]
fn the_reference_is_what_the_command_line_is() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let ended = run(&["generate", "reference", docs, "--check"]);
    assert_eq!(ended.code(), 0, "{}", ended.stderr);
}

#[test]
fn a_reference_that_has_drifted_is_1_and_one_that_cannot_be_read_2() {
    let dir = format!("{}/reference", env!("CARGO_TARGET_TMPDIR"));
    assert_eq!(run(&["generate", "reference", &dir]).code(), 0);
    let file = format!("{dir}/cli-reference.md");
    std::fs::write(&file, "something else").unwrap();
    assert_eq!(run(&["generate", "reference", &dir, "--check"]).code(), 1);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(run(&["generate", "reference", &dir, "--check"]).code(), 2);
}
