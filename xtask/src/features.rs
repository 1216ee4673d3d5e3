//! The feature matrix: without features, with each alone, with all; clippy, so that code unused in one of them is seen.

use crate::repo::{cargo, packages, run};
use anyhow::Result;

pub(crate) fn check() -> Result<()> {
    for package in packages()?.iter().filter(|package| !package.features.is_empty()) {
        let alone = package.features.iter().filter(|feature| *feature != "default").map(String::as_str);
        for features in std::iter::once("").chain(alone) {
            eprintln!(
                "-- {} with {}",
                package.name,
                if features.is_empty() { "no feature" } else { features }
            );
            clippy(&package.name, &["--no-default-features", "--features", features])?;
        }
        eprintln!("-- {} with all features", package.name);
        clippy(&package.name, &["--all-features"])?;
    }
    Ok(())
}

fn clippy(package: &str, features: &[&str]) -> Result<()> {
    run(cargo(&[&["clippy", "-q", "-p", package], features, &["--", "-D", "warnings"]].concat()))
}
