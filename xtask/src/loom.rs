//! The loom step: the models beside the atomics they check, in release, in a target folder of their own.

use crate::repo::{cargo, output, root, run};
use anyhow::{Result, bail};
use std::process::Command;

/// Two forced switches find nearly all faults of a protocol and keep the step within minutes; tokio does the same.
const PREEMPTIONS_MAX: &str = "2";

pub(crate) fn check() -> Result<()> {
    let listed = output(loom(&["--", "--list"]))?;
    if !listed.lines().any(|line| line.ends_with(": test")) {
        bail!("no loom model was found: tests named `loom_..` in `crates/tenure/src/<room>/tests/`");
    }
    run(loom(&[]))
}

fn loom(more: &[&str]) -> Command {
    let mut test = cargo(&[&["test", "--release", "-p", "tenure", "--lib", "loom_"], more].concat());
    test.env("RUSTFLAGS", "--cfg tenure_loom");
    test.env("LOOM_MAX_PREEMPTIONS", PREEMPTIONS_MAX);
    test.env("CARGO_TARGET_DIR", root().join("target/loom")); // other flags: a shared folder would be rebuilt each time
    test
}
