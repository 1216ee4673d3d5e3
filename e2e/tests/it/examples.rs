//! The examples, as a person who runs them sees them.

use crate::child::{Running, program};
use crate::program::supervision;
use rustix::process::Signal;
use std::io::{BufRead, BufReader};
use std::time::Duration;

#[test]
fn s28_the_supervision_example_shows_the_kept_calls_and_the_next_life_and_ends_with_0() {
    let ended = Running::start(program(supervision(), &[])).end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    let said = [
        "store    Up, life 1",
        "4 of 4 run: 2 supervisors, 2 workers",
        "`app/services/store@1` panicked in the turn of this request",
        "the calls behind it were kept: life 2 answered them (4 entries, 7 is Some(49))",
        "store    Up, life 2",
        "sweeper  Up, life 3",
        "4 of 4 run: 2 supervisors, 2 workers",
    ];
    // One after the other.
    said.iter().fold(ended.stdout.as_str(), |rest, line| match rest.split_once(line) {
        Some((_, rest)) => rest,
        None => panic!("`{line}` is not said, or too early: {ended:#?}"),
    });
    assert!(ended.stderr.contains("leaked 0"), "{ended:#?}");
    // It takes about a second by itself; on a loaded machine more.
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
}

#[test]
fn s41_ctrl_c_ends_the_supervision_example_before_anybody_is_killed() {
    let mut child = Running::start(program(supervision(), &[]));
    let mut lines = BufReader::new(child.take_stdout()).lines().map(|line| line.expect("stdout can be read"));
    let stands = lines.find(|line| line.contains("4 of 4 run"));
    child.send(Duration::ZERO, Signal::INT);
    let rest: Vec<String> = lines.collect();
    let ended = child.end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(stands.is_some() && !rest.iter().any(|line| line.contains("panicked")), "{rest:#?}");
    assert!(ended.stderr.contains("SIGINT") && ended.stderr.contains("leaked 0"), "{ended:#?}");
}
