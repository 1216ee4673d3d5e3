//! What a person sees: the same runs with a terminal, which `script` lends them.

use crate::child::{Ended, Running, command};
use crate::program::tenure;
use std::process::{Command, Stdio};

/// Runs `tenure` on a terminal of 80 columns; both streams come back as one. `None` where `script` is not installed.
fn on_a_terminal(args: &str, vars: &[(&str, &str)]) -> Option<Ended> {
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command"])
        .arg(format!("stty cols 80; {} {args}", tenure().display()));
    script
        .arg("/dev/null")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm");
    script.envs(vars.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Command::new("script").arg("--version").stdout(Stdio::null()).status().ok()?;
    Some(Running::start(script).end())
}

#[test]
fn a_person_sees_progress_and_then_a_result_in_colour() {
    let Some(ended) = on_a_terminal("demo", &[]) else { return };
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(ended.stdout.contains("live 11"), "{ended:#?}");
    assert!(ended.stdout.contains("\x1b[1m\x1b[32mclean") || ended.stdout.contains("\x1b[32m"), "{ended:#?}");
    let (progress, result) = ended.stdout.split_at(ended.stdout.rfind("\x1b[2K").unwrap());
    assert!(
        !progress.contains("1 owner") && strip(result).contains("demo: 1 owner"),
        "the line is taken away: {ended:#?}"
    );
    for redraw in progress.split("\x1b[2K").skip(1) {
        let plain: String = strip(redraw).chars().filter(|c| *c != '\r').collect();
        assert!(plain.chars().count() < 80, "{plain:?}");
    }
}

#[test]
fn x5_no_line_is_wider_than_the_terminal() {
    for args in ["demo --fault panic --supervised", "demo --fault deadlock", "demo --fault panic --naive"] {
        let Some(ended) = on_a_terminal(args, &[]) else { return };
        let (_, result) = ended.stdout.split_at(ended.stdout.rfind("\x1b[2K").unwrap());
        for line in strip(result).lines() {
            assert!(line.trim_end().chars().count() <= 80, "{args}: {line:?}");
        }
    }
}

#[test]
fn x4_no_color_on_a_terminal_is_plain_and_a_dumb_one_gets_no_redrawn_line() {
    let Some(ended) = on_a_terminal("demo --for 300ms", &[("NO_COLOR", "1")]) else { return };
    assert!(!ended.stdout.contains("\x1b[1m") && !ended.stdout.contains("\x1b[3"), "{ended:#?}");
    let Some(ended) = on_a_terminal("demo --for 300ms", &[("TERM", "dumb")]) else { return };
    assert!(!ended.stdout.contains('\x1b'), "{ended:#?}");
}

#[test]
fn without_a_terminal_there_is_no_progress() {
    let ended = Running::start(command(&["demo", "--for", "300ms"])).end();
    assert!(!ended.stderr.contains("live 11") && !ended.stderr.contains('\r'), "{ended:#?}");
}

/// Without the sequences that colour or move.
fn strip(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |n| at + n + 1);
        rest = &rest[end..];
    }
    plain + rest
}
