//! What a program says to systemd (S48), over a real socket.

use crate::child::{Ended, Running, program};
use crate::manager::{Kind, Manager};
use rustix::process::Signal;
use std::process::Command;
use std::time::Duration;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");
const ONE_WORKER: &str = env!("CARGO_BIN_EXE_one_worker");

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn notifies(manager: &Manager, path: &str, args: &[&str]) -> Command {
    let mut command = program(path, args);
    command.env("NOTIFY_SOCKET", &manager.socket);
    command
}

/// The extensions after this moment: when, and how many seconds.
fn extensions(manager: &Manager, after: Duration) -> Vec<(f64, f64)> {
    let all = manager.all("EXTEND_TIMEOUT_USEC=").into_iter().filter(|(at, _)| *at >= after);
    all.map(|(at, usec)| {
        ((at - after).as_secs_f64(), usec.parse::<f64>().expect("microseconds") / 1_000_000.0)
    })
    .collect()
}

#[track_caller]
fn about(seen: f64, wanted: f64) {
    assert!((wanted - 0.1..wanted + 0.7).contains(&seen), "{seen} s, not about {wanted} s");
}

/// Starts, waits for READY=1, sends SIGTERM, and gives what was said after that.
fn stopped(manager: &Manager, args: &[&str]) -> (Ended, Duration) {
    let child = Running::start(notifies(manager, SUBJECT, args));
    manager.wait_for("READY=1");
    child.send(ms(0), Signal::TERM);
    let ended = child.end();
    let stopping = manager.wait_for("STOPPING=1");
    (ended, stopping)
}

/// S48a, b.
#[test]
fn sd_20_ready_stopping_and_extensions_come_when_they_should_over_a_path() {
    let manager = Manager::new(Kind::Path);
    let (ended, stopping) = stopped(&manager, &["drains", "12000"]);
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(ended.stderr.contains("took 12.0"), "{ended:#?}");

    for line in ["READY=1", "STOPPING=1"] {
        assert_eq!(manager.all(line).len(), 1, "{line} once: {:#?}", manager.lines());
    }
    let lines = manager.lines();
    let first = lines.iter().find(|line| line.at >= stopping).expect("STOPPING=1 came");
    assert_eq!(first.text, "STOPPING=1", "the first of the stop: {lines:#?}");
    let extended = extensions(&manager, stopping);
    // Two stages begin at once, and each says it.
    let whens: Vec<f64> = extended.iter().map(|(at, _)| *at).filter(|at| *at > 1.0).collect();
    assert_eq!(whens.len(), 2, "at about 5 and 10 s: {extended:?}");
    about(extended[0].0, 0.0);
    about(whens[0], 5.0);
    about(whens[1], 10.0);
    assert!(
        extended.iter().all(|(_, time)| (time - 10.0).abs() < 0.01),
        "20 s of grace allow it: {extended:?}"
    );

    let told: Vec<String> = manager.all("STATUS=").into_iter().map(|(_, text)| text).collect();
    let wanted = [
        "starting",
        "ready",
        "stopping (SIGTERM): no longer ready; ",
        "stopping (SIGTERM): draining; ",
        "stopping (SIGTERM): making the report; 0 tasks left, 8 s of 20s left",
        "stopped (SIGTERM), exit code 0",
    ];
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
    for (told, wanted) in told.iter().zip(wanted) {
        assert!(told.starts_with(wanted), "{told:?}, not {wanted:?}");
    }
}

/// S48, the other kind of address; the extension that ends with the grace is clipped, and is the last (S48b).
#[test]
fn sd_20_the_last_extension_ends_two_seconds_after_the_grace_over_an_abstract_name() {
    let manager = Manager::new(Kind::Abstract);
    let child = {
        let mut command = notifies(&manager, SUBJECT, &["ignores"]);
        command.env("TENURE_GRACE", "7");
        Running::start(command)
    };
    manager.wait_for("READY=1");
    child.send(ms(0), Signal::TERM);
    let ended = child.end();
    assert_eq!(ended.code(), 3, "{ended:#?}");
    let stopping = manager.wait_for("STOPPING=1");
    let extended = extensions(&manager, stopping);
    assert!(!extended.is_empty() && extended.iter().all(|(at, time)| at + time < 9.2), "{extended:?}");
    about(extended[0].1, 9.0 - 0.1);
    assert!(
        manager.all("STATUS=stopped (SIGTERM), exit code 3; subject/deaf was aborted").len() == 1,
        "{:#?}",
        manager.lines()
    );
}

/// S41c, S42a: it was never ready.
#[test]
fn sd_20_a_program_that_is_stopped_before_it_is_ready_never_says_ready() {
    let manager = Manager::new(Kind::Abstract);
    let child = Running::start(notifies(&manager, SUBJECT, &["never-ready"]));
    manager.wait_for("STATUS=starting");
    child.handles(Signal::TERM).send(ms(0), Signal::TERM);
    let ended = child.end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(ended.stderr.contains("stopped before it was ready"), "{ended:#?}");
    manager.wait_for("STOPPING=1");
    assert!(manager.all("READY=1").is_empty(), "{:#?}", manager.lines());
}

/// S48: counted, never fatal.
#[test]
fn sd_20_a_manager_that_is_not_there_is_counted_and_changes_nothing() {
    for nowhere in ["/nowhere/at/all", "@tenure-e2e-nobody", "vsock:2:1234", "relative"] {
        let mut command = program(SUBJECT, &["idle"]);
        command.env("NOTIFY_SOCKET", nowhere).env("TENURE_REPORT", "json");
        let child = Running::start(command);
        child.handles(Signal::TERM).send(ms(300), Signal::TERM);
        let ended = child.end();
        assert_eq!(ended.code(), 0, "{ended:#?}");
        let report: serde_json::Value = serde_json::from_str(ended.stderr.trim_end()).expect("the report");
        assert!(report["systemd_failures"].as_u64() >= Some(3), "{nowhere}: {report:#}");
    }
}

fn beats(manager: &Manager) -> Vec<f64> {
    manager.all("WATCHDOG=1").iter().map(|(at, _)| at.as_secs_f64()).collect()
}

/// S48c.
#[test]
fn sd_21_the_watchdog_hears_of_the_program_each_half_interval_until_its_end() {
    let manager = Manager::new(Kind::Path);
    let mut command = notifies(&manager, SUBJECT, &["drains", "1500"]);
    command.env("WATCHDOG_USEC", "2000000");
    let child = Running::start(command);
    manager.wait_for("READY=1");
    child.send(ms(2_500), Signal::TERM);
    let ended = child.end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    let beats = beats(&manager);
    assert!((4..=6).contains(&beats.len()), "about 0, 1, 2, 3, 4 s: {beats:?}");
    beats.windows(2).for_each(|pair| about(pair[1] - pair[0], 1.0));
}

/// S48c.
#[test]
fn sd_21_the_watchdog_of_another_process_is_not_ours() {
    for (pid, is_heard) in [(Some("1"), false), (None, true)] {
        let manager = Manager::new(Kind::Abstract);
        let mut command = notifies(&manager, SUBJECT, &["idle"]);
        command.env("WATCHDOG_USEC", "200000").envs(pid.map(|pid| ("WATCHDOG_PID", pid)));
        let child = Running::start(command);
        manager.wait_for("READY=1");
        child.send(ms(400), Signal::TERM);
        assert_eq!(child.end().code(), 0);
        assert_eq!(!beats(&manager).is_empty(), is_heard, "{:#?}", manager.lines());
    }
}

/// S48c: a runtime that does not poll misses it.
#[test]
fn sd_21_the_watchdog_hears_nothing_while_the_only_worker_is_stuck() {
    let manager = Manager::new(Kind::Abstract);
    let mut command = notifies(&manager, ONE_WORKER, &["3"]);
    command.env("WATCHDOG_USEC", "1000000");
    let child = Running::start(command);
    let ready = manager.wait_for("READY=1").as_secs_f64();
    child.send(ms(6_500), Signal::TERM);
    assert_eq!(child.end().code(), 0);
    let beats: Vec<f64> = beats(&manager).iter().map(|at| at - ready).collect();
    assert!(beats.iter().filter(|at| **at < 2.5).count() >= 4, "{beats:?}");
    assert!(
        !beats.iter().any(|at| (2.7..5.4).contains(at)),
        "the worker is stuck from 2.5 to 5.5 s: {beats:?}"
    );
    assert!(beats.iter().any(|at| *at > 5.4), "and then it is not: {beats:?}");
}

/// S48d.
#[test]
fn sd_28_a_child_process_does_not_inherit_the_way_to_systemd() {
    let manager = Manager::new(Kind::Path);
    let mut command = notifies(&manager, SUBJECT, &["environment"]);
    command.env("INHERITED", "yes");
    let ended = Running::start(command).end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(ended.stdout.contains("INHERITED=yes") && !ended.stdout.contains("NOTIFY_SOCKET"), "{ended:#?}");
    manager.wait_for("STOPPING=1"); // the program itself still knows it
}
