//! Parsing with recovery. The parser knows no errors but the first; so the top-level item it stumbles over is overwritten
//! with spaces, which keeps every position, and the rest is parsed again.

use super::scan::Scan;
use proc_macro2::TokenStream;
use std::ops::Range;
use std::str::FromStr;

/// Rounds of blanking before a file is given up: each one parses the whole file.
const ROUNDS_MAX: usize = 20;

/// A part of a file, or all of it, that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TooMuch {
    pub(crate) at: Range<usize>,
    pub(crate) why: String,
}

/// What could be read of a file.
pub(crate) struct Parsed {
    /// `None`: nothing.
    pub(crate) file: Option<syn::File>,
    pub(crate) skipped: Vec<TooMuch>,
}

/// Parses `text`, of which `scan` is the scan.
pub(crate) fn parse(text: &str, scan: &Scan) -> Parsed {
    let mut skipped = Vec::new();
    if !scan.is_balanced {
        skipped.push(TooMuch { at: first_line(text), why: "a delimiter has no partner".to_owned() });
        return Parsed { file: None, skipped };
    }
    let mut bytes = text.as_bytes().to_vec();
    blank(&mut bytes, &(0..scan.prelude));
    for (item, limit) in &scan.too_deep {
        let at = &scan.items[*item];
        blank(&mut bytes, at);
        skipped.push(TooMuch { at: trimmed(text, at), why: limit.sentence() });
    }
    for _ in 0..ROUNDS_MAX {
        // Spaces for whole items: what was UTF-8 stays so.
        let Ok(now) = std::str::from_utf8(&bytes) else { break };
        let error = match file(now) {
            Ok(file) => return Parsed { file: Some(file), skipped },
            Err(error) => error,
        };
        let Some(item) = item_at(scan, now, &error.at) else { break };
        blank(&mut bytes, &item);
        let at = trimmed(text, &item);
        if at.is_empty() {
            break;
        }
        skipped.push(TooMuch { at, why: error.what });
    }
    skipped = vec![TooMuch {
        at: first_line(text),
        why: "too much of it is no Rust that can be parsed".to_owned(),
    }];
    Parsed { file: None, skipped }
}

struct NoRust {
    at: Range<usize>,
    what: String,
}

fn file(text: &str) -> Result<syn::File, NoRust> {
    let tokens =
        TokenStream::from_str(text).map_err(|e| NoRust { at: e.span().byte_range(), what: e.to_string() })?;
    syn::parse2(tokens).map_err(|e| NoRust { at: e.span().byte_range(), what: e.to_string() })
}

/// The item that holds the error; an error without a place is at the end.
fn item_at(scan: &Scan, now: &str, error: &Range<usize>) -> Option<Range<usize>> {
    let is_there = |item: &&Range<usize>| !now[(*item).clone()].trim().is_empty();
    let placed = scan.items.iter().filter(is_there).find(|item| item.contains(&error.start));
    match placed {
        Some(item) if *error != (0..0) => Some(item.clone()),
        _ => scan.items.iter().rfind(is_there).cloned(),
    }
}

fn blank(bytes: &mut [u8], at: &Range<usize>) {
    for byte in bytes[at.clone()].iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

fn trimmed(text: &str, at: &Range<usize>) -> Range<usize> {
    let body = &text[at.clone()];
    let from = at.start + (body.len() - body.trim_start().len());
    from..(from + body.trim().len())
}

fn first_line(text: &str) -> Range<usize> {
    let from = if text.starts_with('\u{feff}') { 3 } else { 0 };
    from..text.find('\n').unwrap_or(text.len()).max(from)
}
