//! The built program, from outside.
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn bench() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tenure-bench"))
}

#[test]
#[cfg(debug_assertions)]
fn a_debug_build_measures_nothing_and_says_what_to_run() {
    let output = bench().args(["call/1", "--json"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("cargo run --release -p benches -- call/1 --json"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn bad_usage_exits_2_and_says_nothing_on_stdout() {
    let output = bench().arg("cal").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn a_child_says_its_bytes_and_goes_when_its_parent_does() {
    let mut child = bench()
        .args(["--child", "tokio-spawn", "--count=10000", "--bytes=48"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let bytes: f64 = line.trim().parse().unwrap();
    assert!(bytes > 48.0, "{bytes}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
#[cfg(target_os = "linux")]
fn every_program_ends_clean_at_sigterm() {
    for program in ["by-hand", "tenure", "naive"] {
        let mut child =
            bench().args(["--program", program]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "runs\n", "{program}");
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert!(child.wait().unwrap().success(), "{program}");
    }
}
