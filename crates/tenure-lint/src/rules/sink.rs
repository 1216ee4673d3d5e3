//! What a rule reports, before it is a finding.

use crate::finding::{Confidence, Fix, Level};
use crate::tree::Span;

/// A finding as its rule makes it: spans, not places; no context, no suppression.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) at: Span,
    pub(crate) message: String,
    /// Under the primary span.
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) notes: Vec<String>,
    /// Second places in the same file.
    pub(crate) labels: Vec<(Span, String)>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) level: Option<Level>,
    pub(crate) fix: Option<Fix>,
    /// It stands in code of tests though no function says so.
    pub(crate) is_test: bool,
}

impl Draft {
    pub(crate) fn new(at: Span, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            label: label.into(),
            help: String::new(),
            notes: Vec::new(),
            labels: Vec::new(),
            confidence: None,
            level: None,
            fix: None,
            is_test: false,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn second(mut self, at: Span, what: impl Into<String>) -> Self {
        self.labels.push((at, what.into()));
        self
    }

    pub(crate) fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = Some(confidence);
        self
    }

    pub(crate) fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }
}

/// Where rules put what they find.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) drafts: Vec<Draft>,
}

impl Sink {
    pub(crate) fn add(&mut self, draft: Draft) {
        if !self.drafts.iter().any(|known| known.at == draft.at) {
            self.drafts.push(draft);
        }
    }
}
