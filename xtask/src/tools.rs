//! Tools of the gate that are no part of Rust: found, or installed by the step that needs them. A step never skips.

use crate::repo::{cargo, command, output, run, works};
use anyhow::{Result, bail};
use std::path::PathBuf;

const TYPOS: &str = "1.52.0";
const GUNGRAUN: &str = "0.20.0";

/// `cargo NAME`; installed in this version if there is none. Another version than that is not replaced: it may be the machine's.
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<()> {
    if works(cargo(&[name, "--version"])) {
        return Ok(());
    }
    eprintln!("-- installing cargo-{name} {version}");
    run(cargo(&["install", &format!("cargo-{name}"), "--version", version, "--locked"]))
}

/// Valgrind, and the runner that gungraun's benches are run by: its version must be theirs.
pub(crate) fn callgrind() -> Result<()> {
    if !works(command("valgrind", &["--version"])) {
        eprintln!("-- installing valgrind");
        run(command("apt-get", &["update"]))?;
        run(command("apt-get", &["install", "-y", "valgrind"]))?;
    }
    let has_runner = output_of_runner().is_some_and(|said| said.trim().ends_with(GUNGRAUN));
    if has_runner {
        return Ok(());
    }
    eprintln!("-- installing gungraun-runner {GUNGRAUN}");
    run(cargo(&["install", "gungraun-runner", "--version", GUNGRAUN, "--locked", "--force"]))
}

fn output_of_runner() -> Option<String> {
    let runner = || command("gungraun-runner", &["--version"]);
    works(runner()).then(|| output(runner()).ok()).flatten()
}

/// The path of `typos` in the pinned version: another one knows other words. It comes as a wheel: nothing is compiled.
pub(crate) fn typos() -> Result<PathBuf> {
    if let Some(found) = find_typos() {
        return Ok(found);
    }
    if !works(command("python3", &["-m", "pip", "--version"])) {
        eprintln!("-- installing pip");
        run(command("apt-get", &["update"]))?;
        run(command("apt-get", &["install", "-y", "python3-pip"]))?;
    }
    eprintln!("-- installing typos {TYPOS}");
    let package = format!("typos=={TYPOS}");
    let install = ["-m", "pip", "install", "--quiet", "--user", &package];
    if !works(command("python3", &install)) {
        // Debian's own Python refuses packages of others unless told.
        run(command("python3", &[&install[..], &["--break-system-packages"]].concat()))?;
    }
    match find_typos() {
        Some(found) => Ok(found),
        None => bail!("pip installed typos {TYPOS}, but it is neither on PATH nor in pip's folder for users"),
    }
}

fn find_typos() -> Option<PathBuf> {
    let pip_home = output(command("python3", &["-m", "site", "--user-base"])).ok();
    let in_pip_home = pip_home.map(|home| PathBuf::from(home.trim()).join("bin/typos"));
    in_pip_home.into_iter().chain([PathBuf::from("typos")]).find(|typos| {
        let found = works(command(typos, &["--version"]));
        found && output(command(typos, &["--version"])).is_ok_and(|said| said.trim().ends_with(TYPOS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_is_of_the_version_the_benches_are_built_with() {
        let manifest = std::fs::read_to_string(crate::repo::root().join("benches/Cargo.toml")).unwrap();
        let pin = format!("[dev-dependencies.gungraun]\nversion = \"={GUNGRAUN}\"");
        assert!(manifest.contains(&pin), "{pin}");
    }
}
