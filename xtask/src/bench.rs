//! A whole measurement: its lines into `benches/results/`, its table into the README, its pictures into `docs/`.

use crate::repo::{cargo, command, output, root};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::{self, Path, PathBuf};
use std::process::Command;

const RESULTS: &str = "benches/results";
/// What stands between these lines of the README is written by this command and by nobody else.
const BEGIN: &str = "<!-- bench: begin, written by `cargo xtask bench` -->";
const END: &str = "<!-- bench: end -->";
/// `tenure-bench --check`: a hard target was missed twice.
const EXIT_MISSED: i32 = 1;

/// Measures all, and shows it.
pub(crate) fn run() -> Result<()> {
    let date = output(command("date", &["-u", "+%F"]))?.trim().to_owned();
    let results = root().join(RESULTS).join(format!("{date}.jsonl"));
    let is_missed = measure(&results)?;
    show(&results)?;
    if is_missed {
        bail!("a hard target was missed twice; {} says which (\"verdict\":\"missed\")", results.display());
    }
    Ok(())
}

/// Whether a hard target was missed twice. The file is there only once all was measured.
fn measure(results: &Path) -> Result<bool> {
    fs::create_dir_all(root().join(RESULTS))?;
    let partial = results.with_extension("jsonl.partial");
    let mut all = tenure_bench(&["all", "--check", "--json"]);
    let status = all.stdout(File::create(&partial)?).status()?;
    if !status.success() && status.code() != Some(EXIT_MISSED) {
        fs::remove_file(&partial)?;
        bail!("`tenure-bench all --check --json` ended with {status}");
    }
    fs::rename(&partial, results)?;
    Ok(!status.success())
}

/// Writes table and pictures of a run that lies on disk.
pub(crate) fn show(results: &Path) -> Result<()> {
    let results = path::absolute(results)?;
    let day = results.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let told = output(tenure_bench(&["report", "--results", &results.to_string_lossy(), "--plots", "docs"]))?;
    let text = format!(
        "Measured on {day}.\n\n{told}\n![A call by the number of callers](docs/bench-callers.svg)\n\n\
         ![A task by the number of tasks](docs/bench-tasks.svg)\n"
    );
    let readme: PathBuf = root().join("README.md");
    let old = fs::read_to_string(&readme)?;
    fs::write(&readme, replaced(&old, &text)?)?;
    Ok(())
}

fn tenure_bench(args: &[&str]) -> Command {
    cargo(&[&["run", "-q", "--release", "-p", "benches", "--"], args].concat())
}

/// `document` with `text` between its two marks.
fn replaced(document: &str, text: &str) -> Result<String> {
    let (before, rest) = document.split_once(BEGIN).with_context(|| format!("README.md has no `{BEGIN}`"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("README.md has no `{END}` after it"))?;
    Ok(format!("{before}{BEGIN}\n{text}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let old = format!("# tenure\n{BEGIN}\n| old |\n{END}\nafter\n");
        let new = replaced(&old, "| new |\n").unwrap();
        assert_eq!(new, format!("# tenure\n{BEGIN}\n| new |\n{END}\nafter\n"));
        assert_eq!(replaced(&new, "| new |\n").unwrap(), new);
    }

    #[test]
    fn a_document_without_its_marks_is_left_alone() {
        assert!(replaced("# tenure\n", "x").is_err());
        assert!(replaced(&format!("{END}{BEGIN}"), "x").is_err());
    }

    #[test]
    fn the_readme_has_its_marks() {
        let readme = fs::read_to_string(root().join("README.md")).unwrap();
        assert!(replaced(&readme, "x").is_ok());
    }
}
