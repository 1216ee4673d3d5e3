//! What a code base already has: a file that hides what it lists, so that only what is new is reported.

use crate::finding::Finding;
use crate::report::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Entry, usize>,
}

/// What names a finding, whatever line it is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    path: String,
    function: String,
    fingerprint: String,
}

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    path: String,
    function: String,
    fingerprint: String,
    count: usize,
}

/// An entry that no finding has any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stale {
    /// The rule.
    pub id: String,
    /// The file.
    pub path: String,
    /// The function.
    pub function: String,
    /// How many findings are gone.
    pub count: usize,
}

/// Why a baseline cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineError {
    what: String,
}

impl std::fmt::Display for BaselineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for BaselineError {}

impl Entry {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id.to_owned(),
            path: finding.path.clone(),
            function: finding.function.clone(),
            fingerprint: finding.fingerprint.clone(),
        }
    }
}

impl Baseline {
    /// Everything that counts in `report`.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut entries = BTreeMap::new();
        for finding in report.live().filter(|finding| !finding.id.starts_with("TN9")) {
            *entries.entry(Entry::of(finding)).or_default() += 1;
        }
        Self { entries }
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// The text is no JSON of that form; the error says where.
    pub fn from_json(text: &str) -> Result<Self, BaselineError> {
        let lines: Vec<Line> =
            serde_json::from_str(text).map_err(|e| BaselineError { what: e.to_string() })?;
        let entry = |line: Line| {
            let Line { id, path, function, fingerprint, count } = line;
            (Entry { id, path, function, fingerprint }, count)
        };
        Ok(Self { entries: lines.into_iter().map(entry).collect() })
    }

    /// Sorted, one entry a line, so that two branches rarely touch the same one.
    #[must_use]
    pub fn to_json(&self) -> String {
        let lines: Vec<String> = self
            .entries
            .iter()
            .map(|(entry, count)| {
                let Entry { id, path, function, fingerprint } = entry.clone();
                // Strings and a number: nothing in it can fail to be written.
                serde_json::to_string(&Line { id, path, function, fingerprint, count: *count })
                    .unwrap_or_default()
            })
            .collect();
        if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n  {}\n]\n", lines.join(",\n  ")) }
    }

    /// Takes what is known out of `report`, and returns what is known and gone.
    #[must_use]
    pub fn apply(&self, report: &mut Report) -> Vec<Stale> {
        let mut left = self.entries.clone();
        report.retain(|finding| {
            if finding.suppressed.is_some() {
                return true;
            }
            match left.get_mut(&Entry::of(finding)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            }
        });
        let gone = left.into_iter().filter(|(_, count)| *count > 0);
        gone.map(|(entry, count)| Stale { id: entry.id, path: entry.path, function: entry.function, count })
            .collect()
    }
}
