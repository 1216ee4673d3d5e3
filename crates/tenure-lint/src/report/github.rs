//! Annotations of a GitHub workflow.

use super::Report;
use crate::finding::Level;

impl Report {
    /// A line `::warning file=..,line=..::message` for each finding that counts.
    #[must_use]
    pub fn to_github(&self) -> String {
        let mut out = String::new();
        for finding in self.live() {
            let word = match finding.level {
                Level::Deny => "error",
                Level::Warn => "warning",
                Level::Note => "notice",
            };
            let message = if finding.help.is_empty() {
                finding.message.clone()
            } else {
                format!("{}\nhelp: {}", finding.message, finding.help)
            };
            out.push_str(&format!(
                "::{word} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
                property(&finding.path),
                finding.start.line,
                finding.start.col,
                finding.end.line,
                finding.end.col,
                property(&format!("{} {}", finding.id, finding.name)),
                data(&message)
            ));
        }
        out
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
