//! Comments that suppress: `// tenure: allow(TN001) why it is meant`. Without a reason they have no effect.

use crate::file::File;
use crate::rules::{self, Rule};
use crate::source::Comment;
use crate::tree::{Kind, Span, Tree};
use std::ops::Range;

/// Words without which a reason says nothing.
const REASON_WORDS_MIN: usize = 3;

/// A comment that suppresses findings of some rules in some lines.
#[derive(Clone, Debug)]
pub(crate) struct Suppression {
    pub(crate) rules: Vec<&'static str>,
    pub(crate) reason: String,
    /// Of the comment, from 1.
    pub(crate) line: u32,
    /// The bytes it covers: where a primary span begins.
    pub(crate) covers: Range<u32>,
    pub(crate) comment: Span,
}

/// A comment that means to suppress and cannot.
#[derive(Clone, Debug)]
pub(crate) struct Bad {
    pub(crate) at: Span,
    pub(crate) why: String,
}

/// The suppressions of a file.
pub(crate) fn suppressions(file: &File) -> (Vec<Suppression>, Vec<Bad>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for comment in &file.comments {
        match read(file, comment) {
            Ok(suppression) => good.push(suppression),
            Err(why) => bad.push(Bad { at: span_of(comment), why }),
        }
    }
    (good, bad)
}

fn span_of(comment: &Comment) -> Span {
    let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span { lo: at(comment.at.start), hi: at(comment.at.end) }
}

fn read(file: &File, comment: &Comment) -> Result<Suppression, String> {
    let text = comment.text.as_str();
    let (is_file, rest) = if let Some(rest) = text.strip_prefix("allow-file(") {
        (true, rest)
    } else if let Some(rest) = text.strip_prefix("allow(") {
        (false, rest)
    } else {
        return Err(
            "it is written `tenure: allow(TN001) reason` or `tenure: allow-file(TN001) reason`".to_owned()
        );
    };
    let (names, reason) = rest.split_once(')').ok_or("the list of rules has no end: `)`")?;
    let reason = reason.trim_start().trim_start_matches(['-', ':', ' ']).trim();
    let mut ids = Vec::new();
    for name in names.split(',').map(str::trim) {
        ids.push(suppressible(name)?.id);
    }
    if reason.split_whitespace().count() < REASON_WORDS_MIN {
        return Err(format!("it needs a reason of at least {REASON_WORDS_MIN} words: why is this meant?"));
    }
    let span = span_of(comment);
    let covers = match (is_file, comment.is_alone) {
        (true, _) if is_before_items(file, comment) => 0..u32::MAX,
        (true, _) => return Err("`allow-file` stands before the first item".to_owned()),
        (false, true) => next_statement(file, span),
        (false, false) => line_range(file, file.lines.line_index(span.lo)),
    };
    let line = file.lines.place(&file.text, span.lo).line;
    Ok(Suppression { rules: ids, reason: reason.to_owned(), line, covers, comment: span })
}

fn suppressible(name: &str) -> Result<&'static Rule, String> {
    match rules::find(name) {
        Some(rule) if rule.group == rules::Group::Always => {
            Err(format!("`{}` cannot be suppressed", rule.id))
        }
        Some(rule) => Ok(rule),
        None => Err(format!("there is no rule `{name}`")),
    }
}

/// Only comments and attributes of the file come before it.
fn is_before_items(file: &File, comment: &Comment) -> bool {
    file.text[..comment.at.start].lines().all(|line| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.is_empty()
            || line.starts_with("//")
            || line.starts_with("#!")
            || line.starts_with("/*")
            || line.starts_with('*')
    })
}

fn line_range(file: &File, line: usize) -> Range<u32> {
    file.lines.start_of(line)..file.lines.start_of(line + 1)
}

/// The statement or item that begins on the next line of code; without one, that line.
fn next_statement(file: &File, comment: Span) -> Range<u32> {
    let mut line = file.lines.line_index(comment.hi.saturating_sub(1)) + 1;
    let mut open = 0i32;
    loop {
        let range = line_range(file, line);
        let end = (range.end as usize).min(file.text.len());
        let Some(text) = file.text.get(range.start as usize..end).map(str::trim) else { return range };
        let is_attribute = open > 0 || text.starts_with("#[") || text.starts_with("#![");
        if is_attribute {
            let count = |c: char| i32::try_from(text.matches(c).count()).unwrap_or(i32::MAX);
            open += count('[') - count(']');
        }
        if range.end == u32::MAX || !(is_attribute || text.is_empty() || text.starts_with("//")) {
            let hi =
                file.tree.as_ref().and_then(|tree| end_of_what_begins(tree, &range)).unwrap_or(range.end);
            return range.start..hi.max(range.end);
        }
        line += 1;
    }
}

/// The last byte of the longest statement, item or arm that begins in the line.
fn end_of_what_begins(tree: &Tree, line: &Range<u32>) -> Option<u32> {
    let stmts = tree.nodes.iter().filter(|node| {
        matches!(node.kind, Kind::Stmt { .. } | Kind::Let { .. } | Kind::Arm { .. } | Kind::SelectArm { .. })
    });
    let spans = stmts.map(|node| node.span).chain(tree.items.iter().copied());
    let first = spans.clone().filter(|span| line.contains(&span.lo)).map(|span| span.lo).min()?;
    spans.filter(|span| span.lo == first).map(|span| span.hi).max()
}
