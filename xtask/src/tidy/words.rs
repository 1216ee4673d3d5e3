//! One word for a concept: public documentation does not use the words that tenure has others for.

use super::source::{Finding, Source, Sources};
use anyhow::Result;

/// What must not be said, and what is said instead.
const WORDS: [(&str, &str); 4] = [
    ("actor", "a state owner"),
    ("goroutine", "a task"),
    ("zombie", "a leaked or unowned task"),
    ("kill", "to abort (a task), to end (a process)"),
];

/// A binary has no documentation for users of a library; what it says of processes and signals is the system's language.
const BINARY: &str = "crates/tenure-cli/";

pub(super) fn check(sources: &Sources) -> Result<Vec<Finding>> {
    let is_public = |source: &&Source| {
        source.path.contains("/src/") && !source.is_test() && !source.path.starts_with(BINARY)
    };
    Ok(sources.under("crates/").filter(is_public).flat_map(check_file).collect())
}

fn check_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let line = line.trim_start();
        let Some(doc) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else { continue };
        for (word, instead) in WORDS.iter().filter(|(word, _)| says(doc, word)) {
            findings
                .push(source.find(at + 1, format!("`{word}` in documentation: tenure's word is {instead}")));
        }
    }
    findings
}

/// Whether the text outside of backticks has the word, alone or with an ending.
fn says(doc: &str, word: &str) -> bool {
    let prose: String = doc.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    prose
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|said| said.strip_prefix(word).is_some_and(|ending| ["", "s", "ed", "ing"].contains(&ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_prose_only() {
        assert!(says(" Kills the task.", "kill"));
        assert!(says(" like actors", "actor"));
        for fine in [" `kill -TERM PID`", " skilled", " killed_unfinished", " a factor"] {
            assert!(!says(fine, "kill") && !says(fine, "actor"), "{fine}");
        }
    }
}
