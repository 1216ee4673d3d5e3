//! Things that may stand in one place only, or nowhere: `unsafe`, starting tasks, sleeping tests, tests that do not count.

use super::source::{Finding, Source, Sources};
use anyhow::Result;
use std::collections::BTreeSet;

/// The only home of `unsafe`: this file, or files of this folder.
const UNSAFE_HOME: [&str; 2] = ["crates/tenure/src/raw.rs", "crates/tenure/src/raw/"];
/// The only file that puts work on Tokio or on a thread.
const START_HOME: &str = "crates/tenure/src/rt.rs";
/// What puts work somewhere without an owner. Methods of handles are clippy's part (`clippy.toml`): it knows their types.
const STARTS: [&[&str]; 6] = [
    &["tokio", ":", ":", "spawn"],
    &["task", ":", ":", "spawn"],
    &["thread", ":", ":", "spawn"],
    &["thread", ":", ":", "Builder"],
    &["spawn_blocking"],
    &["spawn_local"],
];
/// Left-overs, and tests that do not say which failure they expect or do not run.
const NOWHERE: [(&[&str], &str); 5] = [
    (&["#", "[", "ignore"], "`#[ignore]`: a test that does not run proves nothing"),
    (&["#", "[", "should_panic"], "`#[should_panic]`: catch the panic and say which one is expected"),
    (&["todo", "!"], "`todo!`"),
    (&["unimplemented", "!"], "`unimplemented!`"),
    (&["dbg", "!"], "`dbg!`"),
];

pub(super) fn check(sources: &Sources) -> Result<Vec<Finding>> {
    let premises: BTreeSet<String> =
        UNSAFE_HOME.iter().flat_map(|home| sources.under(home)).flat_map(defined_premises).collect();
    let mut findings: Vec<Finding> = sources.0.iter().flat_map(check_file).collect();
    for source in UNSAFE_HOME.iter().flat_map(|home| sources.under(home)) {
        findings.extend(unknown_premises(source, &premises));
    }
    Ok(findings)
}

fn check_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !UNSAFE_HOME.iter().any(|home| source.path.starts_with(home)) {
        findings
            .extend(source.lines_of(&["unsafe"]).map(|line| source.find(line, "`unsafe` outside `raw.rs`")));
    }
    if source.path.starts_with("crates/tenure/src/") && !source.is_test() && source.path != START_HOME {
        for pattern in STARTS {
            let what = format!("`{}` outside `rt.rs`: nobody would own it", pattern.concat());
            findings.extend(source.lines_of(pattern).map(|line| source.find(line, what.clone())));
        }
    }
    for (pattern, what) in NOWHERE {
        findings.extend(source.lines_of(pattern).map(|line| source.find(line, what)));
    }
    if source.is_test() && !source.path.starts_with("e2e/") {
        findings.extend(sleeps(source));
    }
    findings
}

/// `sleep(` but for the method: `ctx.sleep(..)` is tenure's own and its time is virtual in tests.
fn sleeps(source: &Source) -> Vec<Finding> {
    let calls =
        source.words.windows(3).filter(|w| w[1].text == "sleep" && w[2].text == "(" && w[0].text != ".");
    calls
        .map(|w| source.find(w[1].line, "a test that sleeps: wait for the event, or use paused time"))
        .collect()
}

/// Premises that the page of a file defines: lines of `//!` that begin with `R1` and the like.
fn defined_premises(source: &Source) -> BTreeSet<String> {
    let page = source.text.lines().filter_map(|line| line.strip_prefix("//!"));
    page.filter_map(|line| line.trim_start_matches([' ', '*', '-', '|']).split(' ').next())
        .filter(|word| is_premise(word))
        .map(str::to_owned)
        .collect()
}

fn is_premise(word: &str) -> bool {
    word.strip_prefix('R')
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
}

/// Premises that a `SAFETY:` comment cites and no page defines.
fn unknown_premises(source: &Source, defined: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_proof = false;
    for (at, line) in source.text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            in_proof = false;
            continue;
        };
        in_proof |= comment.trim_start().starts_with("SAFETY:");
        if !in_proof {
            continue;
        }
        for word in comment.split(|c: char| !c.is_ascii_alphanumeric()) {
            if is_premise(word) && !defined.contains(word) {
                findings.push(
                    source.find(at + 1, format!("a SAFETY comment cites `{word}`, which no page defines")),
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let sources = Sources(vec![Source::parse(path, text).unwrap()]);
        check(&sources).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unsafe_has_one_home() {
        assert_eq!(findings("crates/tenure/src/raw.rs", "unsafe fn f() {}"), [""; 0]);
        assert_eq!(findings("crates/tenure/src/raw/waker.rs", "unsafe fn f() {}"), [""; 0]);
        assert_eq!(findings("crates/tenure/src/rawness.rs", "unsafe fn f() {}").len(), 1);
        assert_eq!(findings("crates/tenure/src/rt.rs", "//! unsafe\nconst S: &str = \"unsafe\";"), [""; 0]);
    }

    #[test]
    fn a_proof_cites_premises_that_exist() {
        let text = "//! * R1  is true.\n// SAFETY: by R1\n// and R2.\nfn f() {}\n// R3 is no proof\n";
        let found = findings("crates/tenure/src/raw.rs", text);
        assert_eq!(found, ["crates/tenure/src/raw.rs:3: a SAFETY comment cites `R2`, which no page defines"]);
    }

    #[test]
    fn work_is_started_in_one_file() {
        for start in
            ["tokio::spawn(f)", "std::thread::spawn(f)", "handle.spawn_blocking(f)", "tokio::task::spawn(f)"]
        {
            let text = format!("fn f() {{ {start} }}");
            assert_eq!(findings("crates/tenure/src/scope/scope.rs", &text).len(), 1, "{start}");
            assert_eq!(findings("crates/tenure/src/rt.rs", &text), [""; 0], "{start}");
        }
        assert_eq!(findings("crates/tenure/src/scope/scope.rs", "fn f() { root.spawn(f) }"), [""; 0]);
    }

    #[test]
    fn tests_run_and_do_not_sleep() {
        let path = "crates/tenure/tests/it/scope.rs";
        assert_eq!(findings(path, "fn f() { sleep(ms(1)); tokio::time::sleep(ms(1)); }").len(), 2);
        assert_eq!(findings(path, "fn f() { ctx.sleep(ms(1)); }"), [""; 0]);
        assert_eq!(findings("e2e/tests/it/stop.rs", "fn f() { sleep(ms(1)); }"), [""; 0]);
        assert_eq!(findings(path, "#[ignore = \"slow\"] fn f() { todo!() }").len(), 2);
        assert_eq!(findings(path, "#[should_panic(expected = \"x\")] fn f() { dbg!(1); }").len(), 2);
        assert_eq!(findings(path, "const S: &str = \"#[ignore]\"; // todo!"), [""; 0]);
    }
}
