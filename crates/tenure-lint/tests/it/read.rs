//! Files of cases: a prelude, then cases that begin with `//# what it is`. A line that should be found ends in `//~ TN001`.

use std::path::{Path, PathBuf};
use tenure_lint::{Options, Package, Report, Workspace};

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) title: String,
    /// The prelude of the file, and the case.
    pub(crate) text: String,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The cases of a file.
pub(crate) fn cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut parts = text.split("//# ");
    let prelude = parts.next().unwrap_or_default().to_owned();
    let case = |part: &str| {
        let title = part.lines().next().unwrap_or_default().to_owned();
        Case { title, text: format!("{prelude}//# {part}") }
    };
    parts.map(case).collect()
}

/// Lints one text as the only file of a package with a binary, which uses tenure.
pub(crate) fn lint(text: &str, options: &Options) -> Report {
    lint_in(text, options, &["tenure"])
}

/// Likewise, of a package with these dependencies.
pub(crate) fn lint_in(text: &str, options: &Options, dependencies: &[&str]) -> Report {
    let mut workspace = Workspace::of_text("src/main.rs", text);
    let mut package = Package::new("case", "");
    package.has_binary = true;
    for name in dependencies {
        package.dependencies.insert((*name).to_owned(), (*name).to_owned());
    }
    workspace.packages.push(package);
    workspace.sources[0].package = Some(0);
    workspace.lint(options)
}

/// Only this rule.
pub(crate) fn only(id: &'static str) -> Options {
    let mut options = Options::default();
    options.rules = vec![id];
    options
}

/// Lines where the rule is expected, by the marks.
pub(crate) fn expected(text: &str, id: &str) -> Vec<u32> {
    let marked = |line: &str| {
        line.split_once("//~").is_some_and(|(_, ids)| ids.split_whitespace().any(|word| word == id))
    };
    (1..).zip(text.lines()).filter(|(_, line)| marked(line)).map(|(n, _)| n).collect()
}

/// Lines where it is found.
pub(crate) fn found(report: &Report, id: &str) -> Vec<u32> {
    let mut lines: Vec<u32> =
        report.live().filter(|finding| finding.id == id).map(|finding| finding.start.line).collect();
    lines.dedup();
    lines
}
