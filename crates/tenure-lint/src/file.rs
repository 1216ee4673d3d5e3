//! One file: its text, and what is read from it.

use crate::source::{Comment, Lines, Scan, TooMuch, is_generated, parse, scan};
use crate::tree::{Name, Tree, lower_file};
use serde::Serialize;
use std::sync::Arc;

/// What a file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Cargo knows no other place for code")]
pub enum Context {
    /// The code that is shipped.
    #[default]
    Prod,
    /// Tests.
    Test,
    /// Benchmarks.
    Bench,
    /// Examples.
    Example,
    /// `build.rs`.
    Build,
}

/// A file to lint.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Source {
    /// As findings name it: relative, with `/`.
    pub path: String,
    /// Its text, or why there is none.
    pub text: Text,
    /// What it is for.
    pub context: Context,
    /// Its package, in [`Workspace::packages`](crate::Workspace).
    pub package: Option<usize>,
    /// Findings in it are wanted; else it is only read for what it defines.
    pub is_reported: bool,
}

/// What could be read of a file.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a file is text, or it is not")]
pub enum Text {
    /// The text.
    Utf8(String),
    /// It is not read; the reason is a note of its own.
    Unread(String),
}

impl Default for Text {
    fn default() -> Self {
        Self::Utf8(String::new())
    }
}

impl Source {
    /// A file of shipped code.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self::from_bytes(path, text.as_bytes().to_vec())
    }

    /// A file as it was read; what is no text is noted when it is linted.
    #[must_use]
    pub fn from_bytes(path: &str, bytes: Vec<u8>) -> Self {
        let text = if bytes.len() > crate::BYTES_MAX {
            Text::Unread(format!("it is larger than {} MiB", crate::BYTES_MAX >> 20))
        } else {
            match String::from_utf8(bytes) {
                Ok(text) => Text::Utf8(text),
                Err(e) => {
                    Text::Unread(format!("it is not UTF-8 from byte {} on", e.utf8_error().valid_up_to()))
                }
            }
        };
        Self { path: path.to_owned(), text, context: Context::Prod, package: None, is_reported: true }
    }

    /// The same file in another context.
    #[must_use]
    pub fn in_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }
}

/// A file that was read.
pub(crate) struct File {
    pub(crate) n: usize,
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) context: Context,
    pub(crate) package: Option<usize>,
    pub(crate) is_reported: bool,
    pub(crate) lines: Lines,
    pub(crate) comments: Vec<Comment>,
    pub(crate) skipped: Vec<TooMuch>,
    /// `None`: nothing of it could be parsed, or no word in it can matter.
    pub(crate) tree: Option<Tree>,
    pub(crate) bug: bool,
}

/// What is done with a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Files without a trigger word are not parsed.
    pub(crate) prefilters: bool,
    pub(crate) includes_generated: bool,
}

impl File {
    /// Reads `source`, the `n`th of its program; `module` is its module path.
    pub(crate) fn read(n: usize, source: Source, module: &[String], reading: Reading) -> Self {
        let mut file = Self {
            n,
            path: source.path,
            text: String::new(),
            context: source.context,
            package: source.package,
            is_reported: source.is_reported,
            lines: Lines::new(""),
            comments: Vec::new(),
            skipped: Vec::new(),
            tree: None,
            bug: false,
        };
        match source.text {
            Text::Unread(why) => file.skipped.push(TooMuch { at: 0..0, why }),
            Text::Utf8(text) => file.fill(text, module, reading),
        }
        file
    }

    fn fill(&mut self, text: String, module: &[String], reading: Reading) {
        if is_generated(&text) && !reading.includes_generated {
            return;
        }
        let scanned = scan(&text);
        self.lines = Lines::new(&text);
        if scanned.has_trigger || !reading.prefilters {
            self.parse(&text, &scanned, module);
        }
        self.comments = scanned.comments;
        self.text = text;
    }

    /// Parses a file that was left out, because another one makes it matter.
    pub(crate) fn parse_after_all(&mut self, module: &[String]) {
        let text = std::mem::take(&mut self.text);
        self.parse(&text, &scan(&text), module);
        self.text = text;
    }

    fn parse(&mut self, text: &str, scanned: &Scan, module: &[String]) {
        let path: Vec<Name> = module.iter().map(|seg| Arc::from(seg.as_str())).collect();
        let parsed = parse(text, scanned);
        self.skipped = parsed.skipped;
        self.tree = parsed.file.map(|file| lower_file(&file, path, self.context == Context::Test));
        // The parser keeps what it needs for spans until it is told not to.
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}
