//! The report of a run.

use crate::finding::{Finding, Level};
use crate::names::Program;
use serde::Serialize;
use std::collections::BTreeMap;

/// The sums. The field order is that of the JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Files that were parsed: the others cannot hold a finding.
    pub parsed: usize,
    /// Files of which something could not be read.
    pub not_analysed: usize,
    /// Lines of all files.
    pub lines: usize,
    /// Findings by level, without the suppressed and those of the baseline.
    pub deny: usize,
    /// Likewise.
    pub warn: usize,
    /// Likewise.
    pub note: usize,
    /// Findings that a comment suppresses.
    pub suppressed: usize,
    /// Findings that the baseline knows.
    pub baselined: usize,
    /// Files on which the linter itself failed.
    #[serde(skip)]
    pub bugs: usize,
}

/// What a run found: in the order of path, line, column and rule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The sums.
    pub summary: Summary,
    /// All findings, the suppressed among them.
    pub findings: Vec<Finding>,
    /// The texts of files with findings, by path.
    pub(crate) texts: Vec<(String, String)>,
}

impl Report {
    /// Sorts, counts, and keeps the texts that are shown.
    pub(crate) fn finish(mut self, program: Program) -> Self {
        let summary = &mut self.summary;
        summary.files = program.files.len();
        for file in &program.files {
            summary.parsed += usize::from(file.tree.is_some());
            summary.not_analysed += usize::from(!file.skipped.is_empty() || file.bug);
            summary.lines += file.text.lines().count();
        }
        self.texts = program
            .files
            .into_iter()
            .filter(|file| self.findings.iter().any(|finding| finding.path == file.path))
            .map(|file| (file.path, file.text))
            .collect();
        self.sorted()
    }

    /// The reports of several workspaces of one run as one, in whatever order they come.
    #[must_use]
    pub fn all(reports: impl IntoIterator<Item = Self>) -> Self {
        reports.into_iter().fold(Self::empty(), Self::and).sorted()
    }

    /// Adds another report: of another workspace of the same run.
    fn and(mut self, mut other: Self) -> Self {
        let (all, more) = (&mut self.summary, other.summary);
        all.files += more.files;
        all.parsed += more.parsed;
        all.not_analysed += more.not_analysed;
        all.lines += more.lines;
        all.bugs += more.bugs;
        all.baselined += more.baselined;
        self.findings.append(&mut other.findings);
        self.texts.append(&mut other.texts);
        self
    }

    fn sorted(mut self) -> Self {
        self.findings.sort_by(|a, b| {
            (a.path.as_bytes(), a.start, a.id, a.end).cmp(&(b.path.as_bytes(), b.start, b.id, b.end))
        });
        self.texts.sort();
        self.count();
        self
    }

    /// Nothing found in nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self { summary: Summary::default(), findings: Vec::new(), texts: Vec::new() }
    }

    fn count(&mut self) {
        let live =
            |level| self.findings.iter().filter(|f| f.suppressed.is_none() && f.level == level).count();
        let (deny, warn, note) = (live(Level::Deny), live(Level::Warn), live(Level::Note));
        let suppressed = self.findings.iter().filter(|f| f.suppressed.is_some()).count();
        self.summary = Summary { deny, warn, note, suppressed, ..self.summary };
    }

    /// Findings that count: neither suppressed nor in the baseline.
    pub fn live(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppressed.is_none())
    }

    /// The worst level of what counts. What could not be analysed does not count.
    #[must_use]
    pub fn worst(&self) -> Option<Level> {
        self.live()
            .filter(|finding| finding.id != crate::rules::NOT_ANALYSED)
            .map(|finding| finding.level)
            .max()
    }

    /// Takes out the findings that `keep` says no to, and counts them as known.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Finding) -> bool) {
        let before = self.findings.len();
        self.findings.retain(|finding| keep(finding));
        self.summary.baselined += before - self.findings.len();
        self.count();
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        let at = self.texts.binary_search_by(|(known, _)| known.as_str().cmp(path));
        at.map_or("", |n| self.texts[n].1.as_str())
    }

    /// `3 findings (0 deny, 2 warn, 1 note) in 2 files, 1 suppressed`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let s = &self.summary;
        let total = s.deny + s.warn + s.note;
        let files: BTreeMap<&str, ()> = self.live().map(|finding| (finding.path.as_str(), ())).collect();
        let plural =
            |n: usize, word: &str| if n == 1 { format!("{n} {word}") } else { format!("{n} {word}s") };
        let baselined =
            if s.baselined > 0 { format!(", {} in the baseline", s.baselined) } else { String::new() };
        format!(
            "{} ({} deny, {} warn, {} note) in {}, {} suppressed{baselined}",
            plural(total, "finding"),
            s.deny,
            s.warn,
            s.note,
            plural(files.len(), "file"),
            s.suppressed
        )
    }
}
