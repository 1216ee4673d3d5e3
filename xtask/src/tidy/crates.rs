//! Which crate may depend on which, and where versions stand.

use super::source::{Finding, Sources};
use crate::repo::{self, Package};
use anyhow::{Context, Result};
use std::collections::BTreeSet;

/// Edges between our own crates, and all edges of the two that must stay small. Tests may use anything.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("tenure", &["tenure-wire", "tenure-macros", "tenure-liveness"]),
    ("tenure-macros", &[]),
    ("tenure-lint", &[]),
    ("tenure-wire", &[]),
    ("tenure-cli", &["tenure", "tenure-wire", "tenure-lint"]),
    ("xtask", &[]),
];
/// Packages that nobody publishes or depends on: they may use every crate of ours.
const FREE: [&str; 2] = ["benches", "e2e"];
const ALL_OF: [(&str, &[&str]); 2] =
    [("tenure-macros", &["proc-macro2", "quote", "syn"]), ("tenure-wire", &["serde", "serde_json"])];
/// Large or opinionated: where they may be.
const PLACES: [(&str, &[&str]); 3] = [
    ("anyhow", &["tenure-cli", "xtask", "benches", "e2e"]),
    ("clap", &["tenure-cli", "benches", "e2e"]),
    ("ratatui", &["tenure-cli"]),
];
/// What a user of the library compiles, tokio and the proc macro included.
const TENURE_TREE_MAX: usize = 30;

pub(super) fn check(_: &Sources) -> Result<Vec<Finding>> {
    let packages = repo::packages()?;
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &packages {
        let manifest = package.folder.join("Cargo.toml");
        let file = manifest.strip_prefix(repo::root()).unwrap_or(&manifest).display().to_string();
        let wrong = wrong_edges(package, &ours).into_iter().map(|what| Finding::new(&file, 1, what));
        findings.extend(wrong);
        // The peers of the benchmarks are pinned where they are compared.
        if package.name != "benches" {
            let text = std::fs::read_to_string(&manifest).with_context(|| format!("cannot read {file}"))?;
            findings.extend(own_versions(&file, &text));
        }
    }
    let tree = tenure_tree()?;
    if tree.len() > TENURE_TREE_MAX {
        let what = format!("its tree has {} crates, more than {TENURE_TREE_MAX}: {tree:?}", tree.len());
        findings.push(Finding::new("crates/tenure/Cargo.toml", 1, what));
    }
    Ok(findings)
}

fn wrong_edges(package: &Package, ours: &BTreeSet<&str>) -> Vec<String> {
    let name = package.name.as_str();
    let row = |table: &[(&str, &'static [&'static str])], key: &str| {
        table.iter().find(|(known, _)| *known == key).map(|(_, allowed)| *allowed)
    };
    let Some(may_use) = row(&MAY_USE, name).or(FREE.contains(&name).then_some(&[][..])) else {
        return vec![format!(
            "`{name}` has no row: give it one in xtask/src/tidy/crates.rs, with why it is a crate"
        )];
    };
    let mut wrong = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| !dependency.is_dev) {
        let other = dependency.name.as_str();
        if ours.contains(other) && !may_use.contains(&other) && !FREE.contains(&name) {
            wrong.push(format!("`{name}` may not depend on `{other}`"));
        }
        if row(&ALL_OF, name).is_some_and(|all| !all.contains(&other)) {
            wrong.push(format!("`{name}` is kept without `{other}`"));
        }
        if row(&PLACES, other).is_some_and(|places| !places.contains(&name)) {
            wrong.push(format!("`{other}` has no place in `{name}`"));
        }
        if name == "tenure-wire" && !dependency.is_optional {
            wrong.push(format!("`{other}` must be optional: `tenure-wire` has no dependency by default"));
        }
    }
    wrong
}

/// Dependencies whose version does not come from `[workspace.dependencies]`.
fn own_versions(file: &str, manifest: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_table = false; // of dependencies
    let mut single: Option<(usize, bool)> = None; // `[dependencies.name]`: its line, and whether it inherits
    let mut close = |single: &mut Option<(usize, bool)>| {
        if let Some((line, false)) = single.take() {
            findings.push(Finding::new(file, line, "give the version in [workspace.dependencies]"));
        }
    };
    let mut wrong_lines = Vec::new();
    for (at, line) in manifest.lines().map(str::trim).enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            close(&mut single);
            let header = header.trim_end_matches(']');
            in_table = header.ends_with("dependencies");
            single = (!in_table && header.contains("dependencies.")).then_some((at + 1, false));
        } else if let Some((_, inherits)) = &mut single {
            *inherits |= line.replace(' ', "") == "workspace=true" || line.starts_with("path");
        } else if in_table && line.contains('=') && !line.starts_with('#') {
            let line = line.replace(' ', "");
            if !line.contains("workspace=true") && !line.contains("path=") {
                wrong_lines.push(at + 1);
            }
        }
    }
    close(&mut single);
    let wrong = wrong_lines.into_iter();
    findings
        .extend(wrong.map(|line| Finding::new(file, line, "give the version in [workspace.dependencies]")));
    findings
}

fn tenure_tree() -> Result<BTreeSet<String>> {
    let tree = repo::output(repo::cargo(&[
        "tree",
        "-p",
        "tenure",
        "--all-features",
        "-e",
        "normal",
        "--prefix",
        "none",
    ]))?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Dependency;

    #[test]
    fn an_edge_without_a_row_is_found() {
        let ours = BTreeSet::from(["tenure", "tenure-wire", "tenure-macros", "e2e"]);
        let wrong = |name: &str, other: &str, is_optional: bool| {
            let dependency = Dependency { name: other.to_owned(), is_dev: false, is_optional };
            let package = Package {
                name: name.to_owned(),
                folder: "".into(),
                features: Vec::new(),
                dependencies: vec![dependency],
            };
            wrong_edges(&package, &ours).join("; ")
        };
        assert_eq!(wrong("tenure", "tenure-wire", false), "");
        assert_eq!(wrong("e2e", "tenure", false), "");
        assert_eq!(wrong("tenure-wire", "serde", true), "");
        assert!(wrong("tenure-wire", "serde", false).contains("must be optional"));
        assert!(wrong("tenure-wire", "tenure", true).contains("may not depend on `tenure`"));
        assert!(wrong("tenure-macros", "tokio", false).contains("kept without `tokio`"));
        assert!(wrong("tenure", "anyhow", false).contains("`anyhow` has no place"));
        assert!(wrong("tenure-new", "tokio", false).contains("has no row"));
    }

    #[test]
    fn a_version_outside_the_workspace_is_found() {
        let manifest = "[package]\nversion = \"1\"\n[dependencies]\nsyn.workspace = true\n\
            serde = { workspace = true, optional = true }\ntenure = { path = \".\" }\nslab = \"0.4\"\n\
            [dev-dependencies.loom]\nversion = \"0.7\"\n[dependencies.tokio]\nworkspace = true\n";
        let lines: Vec<String> =
            own_versions("Cargo.toml", manifest).iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("Cargo.toml:8:"), "{lines:?}");
        assert!(lines[1].starts_with("Cargo.toml:7:"), "{lines:?}");
    }
}
