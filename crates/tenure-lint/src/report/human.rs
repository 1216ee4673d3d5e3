//! As rustc would say it: its own renderer.

use super::Report;
use crate::finding::{Finding, Level};
use annotate_snippets::{Annotation, AnnotationKind, Level as Title, Renderer, Snippet};

/// A longer line is cut around what is pointed at.
const LINE_CHARS_MAX: usize = 240;
/// What is left of it on each side.
const CUT_CHARS: usize = 100;
/// Rendered to no terminal: nothing is cut by the renderer itself.
const WIDTH_MAX: usize = 10_000;

/// How a report is shown.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Shown {
    /// With colours.
    pub color: bool,
    /// Findings that a comment suppresses too.
    pub suppressed: bool,
}

impl Report {
    /// Blocks as rustc prints them, and a last line with the sums.
    #[must_use]
    pub fn to_human(&self, shown: Shown) -> String {
        let renderer = if shown.color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(WIDTH_MAX);
        let mut out = String::new();
        for finding in self.findings.iter().filter(|finding| shown.suppressed || finding.suppressed.is_none())
        {
            out.push_str(&self.block(&renderer, finding));
            out.push_str("\n\n");
        }
        out.push_str(&self.sentence());
        out.push('\n');
        out
    }

    fn block(&self, renderer: &Renderer, finding: &Finding) -> String {
        let level = match finding.level {
            Level::Deny => Title::ERROR,
            Level::Warn => Title::WARNING,
            Level::Note => Title::NOTE,
        };
        let text = self.text(&finding.path);
        let window = Window::new(text, finding);
        let mut snippet = Snippet::source(window.text.clone())
            .path(finding.path.clone())
            .line_start(window.line)
            .fold(true);
        if !window.text.is_empty() {
            snippet = snippet.annotation(primary(&window, finding));
            for label in finding.labels.iter().filter(|label| label.path == finding.path) {
                let span = window.span(label.start.byte, label.end.byte);
                snippet = snippet.annotation(AnnotationKind::Context.span(span).label(label.message.clone()));
            }
        }
        let mut group = level.primary_title(finding.message.clone()).id(finding.id).element(snippet);
        for note in &finding.notes {
            group = group.element(Title::NOTE.message(note.clone()));
        }
        if !finding.help.is_empty() {
            group = group.element(Title::HELP.message(finding.help.clone()));
        }
        if let Some(suppressed) = &finding.suppressed {
            group = group.element(
                Title::NOTE.message(format!("suppressed in line {}: {}", suppressed.line, suppressed.reason)),
            );
        } else if !finding.id.starts_with("TN9") {
            let said = format!("if this is meant: `// tenure: allow({}) why`", finding.id);
            group = group.element(Title::HELP.message(said));
            group = group
                .element(Title::NOTE.with_name("explain").message(format!("tenure explain {}", finding.id)));
        }
        renderer.render(&[group])
    }
}

fn primary<'a>(window: &Window, finding: &Finding) -> Annotation<'a> {
    let annotation = AnnotationKind::Primary.span(window.span(finding.start.byte, finding.end.byte));
    if finding.label.is_empty() { annotation } else { annotation.label(finding.label.clone()) }
}

/// The lines that a finding points at.
struct Window {
    text: String,
    line: usize,
    from: usize,
    /// What was cut from the one line there is.
    cut: usize,
}

impl Window {
    fn new(text: &str, finding: &Finding) -> Self {
        let labels = finding.labels.iter().filter(|label| label.path == finding.path);
        let (mut lo, mut hi) = (finding.start.byte as usize, finding.end.byte as usize);
        for label in labels {
            lo = lo.min(label.start.byte as usize);
            hi = hi.max(label.end.byte as usize);
        }
        let (lo, hi) = (lo.min(text.len()), hi.min(text.len()));
        let from = text[..lo].rfind('\n').map_or(0, |n| n + 1);
        let to = text[hi..].find('\n').map_or(text.len(), |n| hi + n);
        let line = text[..from].matches('\n').count() + 1;
        let lines = &text[from..to];
        let is_long = lines.chars().count() > LINE_CHARS_MAX && !lines.contains('\n');
        if !is_long {
            return Self { text: lines.replace('\r', ""), line, from, cut: 0 };
        }
        let before: usize = text[from..lo].chars().rev().take(CUT_CHARS).map(char::len_utf8).sum();
        let after: usize = text[hi..to].chars().take(CUT_CHARS).map(char::len_utf8).sum();
        let cut = lo - before - from;
        Self { text: text[lo - before..hi + after].to_owned(), line, from, cut }
    }

    /// Bytes of the file as bytes of the window; what lies outside is moved to its edge.
    fn span(&self, lo: u32, hi: u32) -> std::ops::Range<usize> {
        let inside = |byte: u32| {
            let mut at = (byte as usize).saturating_sub(self.from + self.cut).min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (lo, hi) = (inside(lo), inside(hi));
        lo..hi.max(lo)
    }
}
