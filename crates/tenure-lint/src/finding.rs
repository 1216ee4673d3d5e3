//! What the linter says.

use crate::file::Context;
use crate::source::Place;
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "a level decides an exit code, and codes are final")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// A person should decide.
    Warn,
    /// A defect.
    Deny,
}

impl Level {
    /// As it is written in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "three steps are what a person can tell apart")]
pub enum Confidence {
    /// A guess; hidden unless it is asked for.
    Low,
    /// It relies on light types or on names.
    Medium,
    /// The text alone proves it.
    High,
}

/// A second place, and what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Label {
    /// The file.
    pub path: String,
    /// Its first byte.
    pub start: Place,
    /// After its last.
    pub end: Place,
    /// What it is.
    pub message: String,
}

/// A comment that suppresses a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Suppressed {
    /// The comment's line.
    pub line: u32,
    /// Why it is there.
    pub reason: String,
}

/// A change that mends it and changes nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fix {
    /// What the change is.
    pub title: String,
    /// First byte that is replaced.
    pub start: u32,
    /// After the last.
    pub end: u32,
    /// What stands there afterwards.
    pub text: String,
}

/// One finding. The field order is that of the JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// `TN001`.
    pub id: &'static str,
    /// `detached-task`.
    pub name: &'static str,
    /// How bad it is here.
    pub level: Level,
    /// How sure it is.
    pub confidence: Confidence,
    /// What the code is for.
    pub context: Context,
    /// The package of the file; empty if there is none.
    pub package: String,
    /// The file.
    pub path: String,
    /// First byte of the primary span.
    pub start: Place,
    /// After its last.
    pub end: Place,
    /// The function around it; empty outside of all.
    pub function: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What stands under the primary span.
    #[serde(skip)]
    pub label: String,
    /// Further facts.
    #[serde(skip)]
    pub notes: Vec<String>,
    /// Second places.
    pub labels: Vec<Label>,
    /// The same wherever the lines move.
    pub fingerprint: String,
    /// The comment that suppresses it.
    pub suppressed: Option<Suppressed>,
    /// A safe change, if there is one.
    pub fix: Option<Fix>,
}
