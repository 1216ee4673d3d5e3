//! How long each step last took; kept in `target/`, so that it is about this machine and nobody commits it.

use crate::repo::root;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Milliseconds by step. A line of the file is `step milliseconds`; what does not read so is forgotten.
pub(crate) struct Times(BTreeMap<String, u64>);

fn file() -> PathBuf {
    root().join("target/xtask-times.txt")
}

impl Times {
    pub(crate) fn load() -> Self {
        Self::parse(&std::fs::read_to_string(file()).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (step, ms) = line.split_once(' ')?;
            Some((step.to_owned(), ms.parse().ok()?))
        };
        Self(text.lines().filter_map(line).collect())
    }

    fn text(&self) -> String {
        self.0.iter().map(|(step, ms)| format!("{step} {ms}\n")).collect()
    }

    pub(crate) fn note(&mut self, step: &str, took: Duration) -> Result<()> {
        self.0.insert(step.to_owned(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        let file = file();
        std::fs::create_dir_all(root().join("target"))
            .and_then(|()| std::fs::write(&file, self.text()))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// `-` for a step that has not run here.
    pub(crate) fn last(&self, step: &str) -> String {
        self.0.get(step).map_or_else(|| "-".to_owned(), |ms| seconds(*ms))
    }

    pub(crate) fn total<'a>(&self, steps: impl Iterator<Item = &'a str>) -> String {
        seconds(steps.filter_map(|step| self.0.get(step)).sum())
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads_back_and_a_strange_line_is_forgotten() {
        let times = Times::parse("fmt 1234\nnot a time\ntest 65000\n");
        assert_eq!(times.last("fmt"), "1.2 s");
        assert_eq!(times.last("docs"), "-");
        assert_eq!(times.total(["fmt", "test", "docs"].into_iter()), "66.2 s");
        assert_eq!(Times::parse(&times.text()).text(), times.text());
    }
}
