//! SARIF 2.1.0.

use super::Report;
use crate::finding::{Finding, Level};
use crate::rules::{Rule, list};
use serde_sarif::sarif;
use std::collections::BTreeMap;

/// Where the pages of rules are told about.
const HELP_URI: &str = "https://docs.rs/tenure-lint";
/// Ours: a service computes its own beside it.
const FINGERPRINT: &str = "tenureLint/v1";

impl Report {
    /// One run of SARIF 2.1.0. Every rule is listed, so that what is resolved is closed.
    #[must_use]
    pub fn to_sarif(&self) -> String {
        let driver = sarif::ToolComponent::builder()
            .name("tenure lint")
            .version(env!("CARGO_PKG_VERSION"))
            .information_uri(HELP_URI)
            .rules(list().iter().map(rule).collect::<Vec<_>>())
            .build();
        let run = sarif::Run::builder()
            .tool(sarif::Tool::builder().driver(driver).build())
            .column_kind(serde_json::json!("unicodeCodePoints"))
            .results(self.findings.iter().map(result).collect::<Vec<_>>())
            .build();
        let document = sarif::Sarif::builder()
            .version(serde_json::json!("2.1.0"))
            .schema("https://json.schemastore.org/sarif-2.1.0.json")
            .runs(vec![run])
            .build();
        // Strings, numbers and lists: nothing in it can fail to be written.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

fn message(text: &str) -> sarif::Message {
    sarif::Message::builder().text(text).build()
}

fn level(level: Level) -> serde_json::Value {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Note => "note",
    }
    .into()
}

fn result_level(level: Level) -> sarif::ResultLevel {
    match level {
        Level::Deny => sarif::ResultLevel::Error,
        Level::Warn => sarif::ResultLevel::Warning,
        Level::Note => sarif::ResultLevel::Note,
    }
}

fn rule(rule: &Rule) -> sarif::ReportingDescriptor {
    let text = |text: &str| sarif::MultiformatMessageString::builder().text(text).build();
    let enabled = rule.group != crate::Group::Pedantic;
    sarif::ReportingDescriptor::builder()
        .id(rule.id)
        .name(rule.name)
        .short_description(text(rule.line))
        .help(sarif::MultiformatMessageString::builder().text(rule.line).markdown(rule.page).build())
        .help_uri(HELP_URI)
        .default_configuration(
            sarif::ReportingConfiguration::builder().enabled(enabled).level(level(rule.level)).build(),
        )
        .build()
}

fn location(path: &str, start: crate::Place, end: crate::Place) -> sarif::PhysicalLocation {
    let region = sarif::Region::builder()
        .start_line(i64::from(start.line))
        .start_column(i64::from(start.col))
        .end_line(i64::from(end.line))
        .end_column(i64::from(end.col))
        .build();
    sarif::PhysicalLocation::builder()
        .artifact_location(sarif::ArtifactLocation::builder().uri(path).build())
        .region(region)
        .build()
}

fn result(finding: &Finding) -> sarif::Result {
    let index = list()
        .iter()
        .position(|rule| rule.id == finding.id)
        .and_then(|n| i64::try_from(n).ok())
        .unwrap_or(-1);
    let related: Vec<sarif::Location> = (0..)
        .zip(&finding.labels)
        .map(|(id, label)| {
            sarif::Location::builder()
                .id(id)
                .physical_location(location(&label.path, label.start, label.end))
                .message(message(&label.message))
                .build()
        })
        .collect();
    let suppressions: Vec<sarif::Suppression> = finding
        .suppressed
        .iter()
        .map(|said| {
            sarif::Suppression::builder()
                .kind(serde_json::json!("inSource"))
                .justification(said.reason.as_str())
                .build()
        })
        .collect();
    let said = if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{}\n{}", finding.message, finding.help)
    };
    sarif::Result::builder()
        .rule_id(finding.id)
        .rule_index(index)
        .level(result_level(finding.level))
        .message(message(&said))
        .locations(vec![
            sarif::Location::builder()
                .physical_location(location(&finding.path, finding.start, finding.end))
                .build(),
        ])
        .related_locations(related)
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), finding.fingerprint.clone())]))
        .suppressions(suppressions)
        .baseline_state(serde_json::json!("new"))
        .build()
}
