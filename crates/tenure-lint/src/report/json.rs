//! The document `tenure.lint/1`.

use super::{Report, Summary};
use crate::finding::{Finding, Level};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    summary: &'a Summary,
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Report {
    /// One JSON object on one line, `tenure.lint/1`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let tool = Tool { name: "tenure", version: env!("CARGO_PKG_VERSION") };
        let document =
            Document { schema: "tenure.lint/1", tool, summary: &self.summary, findings: &self.findings };
        // Strings, numbers and lists: nothing in it can fail to be written.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Listed {
    id: &'static str,
    name: &'static str,
    group: &'static str,
    level: Level,
    line: &'static str,
}

/// All rules as one JSON array.
#[must_use]
pub fn list_json() -> String {
    let listed = |rule: &crate::Rule| Listed {
        id: rule.id,
        name: rule.name,
        group: rule.group.name(),
        level: rule.level,
        line: rule.line,
    };
    let rules: Vec<Listed> = crate::list().iter().map(listed).collect();
    // As above.
    serde_json::to_string(&rules).unwrap_or_default()
}
