//! One pass over the bytes of a file, before any parsing: comments, line starts, top-level items, trigger words, and whether
//! the nesting is one that a recursive parser survives.

use super::depth::{Depth, Limit};
use std::ops::Range;

/// Words without which a file can hold neither a finding nor a fact; see [`Scan::has_trigger`].
const TRIGGERS: [&str; 19] = [
    "async",
    "await",
    "spawn",
    "thread",
    "channel",
    "unbounded",
    "exit",
    "abort",
    "block_on",
    "blocking_",
    "JoinHandle",
    "JoinSet",
    "JoinMap",
    "TaskTracker",
    "ctrl_c",
    "Runtime",
    "tokio",
    "SIGTERM",
    "tenure",
];
/// Lines at the top in which generated code says that it is.
const GENERATED_WITHIN: usize = 20;
const GENERATED: [&str; 3] = ["@generated", "automatically generated", "DO NOT EDIT"];

/// A comment that speaks to the linter: its text begins with `tenure:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Where it stands, slashes included.
    pub(crate) at: Range<usize>,
    /// What follows `tenure:`.
    pub(crate) text: String,
    /// Nothing but white space before it on its line.
    pub(crate) is_alone: bool,
}

/// What one pass finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    pub(crate) comments: Vec<Comment>,
    /// Top-level items, in order, without gaps.
    pub(crate) items: Vec<Range<usize>>,
    /// Items nested deeper than a parser survives, and which limit they break.
    pub(crate) too_deep: Vec<(usize, Limit)>,
    /// One of [`TRIGGERS`] stands outside comments and strings.
    pub(crate) has_trigger: bool,
    /// Every delimiter has its partner.
    pub(crate) is_balanced: bool,
    /// Bytes of a byte order mark and a `#!` line, which no parser wants.
    pub(crate) prelude: usize,
}

/// Whether the first lines say that a program wrote the file.
pub(crate) fn is_generated(text: &str) -> bool {
    let head = text.lines().take(GENERATED_WITHIN).filter(|line| line.trim_start().starts_with("//"));
    head.into_iter().any(|line| GENERATED.iter().any(|mark| line.contains(mark)))
}

/// Reads `text` once.
pub(crate) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        text,
        at: 0,
        out: Scan::default(),
        depth: Depth::new(),
        names_test: false,
        declares_module: false,
    };
    scanner.skip_prelude();
    scanner.run();
    // `#[cfg(test)] mod name;`: the other file is a test because this one says so.
    scanner.out.has_trigger |= scanner.names_test && scanner.declares_module;
    scanner.out
}

/// What a token means for the depth of the nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Word(&'a str),
    Lifetime,
    Literal,
    Punct(u8),
    Open(u8),
    Close(u8),
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: Scan,
    depth: Depth,
    names_test: bool,
    declares_module: bool,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_prelude(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = 3;
        }
        let rest = &self.text[self.at..];
        // `#![..]` is an attribute, `#!/bin/..` is for the shell.
        if rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[') {
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
        self.out.prelude = self.at;
    }

    fn run(&mut self) {
        let mut item_from = self.at;
        // A `}` at the top ends an item, unless what follows continues the expression.
        let mut may_end = None;
        while self.at < self.bytes.len() {
            let from = self.at;
            let Some(token) = self.token() else { continue };
            if let Some(end) = may_end.take()
                && !continues(token)
            {
                self.item(item_from, end);
                item_from = end;
            }
            self.depth.feed(token);
            if self.depth.is_top() {
                match token {
                    Token::Punct(b';') => {
                        self.item(item_from, self.at);
                        item_from = self.at;
                    }
                    Token::Close(b'}') => may_end = Some(self.at),
                    _ => {}
                }
            }
            debug_assert!(self.at > from, "a token takes at least one byte");
        }
        let end = self.bytes.len();
        if end > item_from {
            self.item(item_from, end);
        }
        self.out.is_balanced = self.depth.is_balanced();
    }

    fn item(&mut self, from: usize, to: usize) {
        if let Some(limit) = self.depth.take_over() {
            self.out.too_deep.push((self.out.items.len(), limit));
        }
        self.depth.end_item();
        self.out.items.push(from..to);
    }

    /// The next token; `None` after white space and comments.
    fn token(&mut self) -> Option<Token<'static>> {
        let byte = self.peek(0);
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'"' => return Some(self.string(0)),
            b'\'' => return Some(self.quote()),
            b'0'..=b'9' => {
                while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
                    self.at += 1;
                }
                return Some(Token::Literal);
            }
            b'(' | b'[' | b'{' => {
                self.at += 1;
                return Some(Token::Open(byte));
            }
            b')' | b']' | b'}' => {
                self.at += 1;
                return Some(Token::Close(byte));
            }
            _ if byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80 => return Some(self.word()),
            _ => {
                self.at += 1;
                return Some(Token::Punct(byte));
            }
        }
        None
    }

    fn line_comment(&mut self) {
        let from = self.at;
        let end = self.bytes[from..].iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |n| from + n);
        self.at = end;
        let body = self.text[from + 2..end].trim();
        self.comment(from..end, body);
    }

    fn block_comment(&mut self) {
        let from = self.at;
        let mut open = 0;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    open += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    open -= 1;
                    self.at += 2;
                    if open == 0 {
                        break;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
        let text = self.text;
        if let Some(body) = text.get(from + 2..self.at.saturating_sub(2)) {
            self.comment(from..self.at, body.trim());
        }
    }

    fn comment(&mut self, at: Range<usize>, body: &str) {
        let Some(said) = body.strip_prefix("tenure:") else { return };
        let line = self.text[..at.start].rfind('\n').map_or(0, |n| n + 1);
        let is_alone = self.text[line..at.start].trim_start_matches('\u{feff}').trim().is_empty();
        self.out.comments.push(Comment { at, text: said.trim().to_owned(), is_alone });
    }

    /// `"..."` with escapes; a raw string ends with as many `#` as it began with.
    fn string(&mut self, hashes: usize) -> Token<'static> {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        debug_assert_eq!(hashes, 0);
        self.at = self.at.min(self.bytes.len());
        Token::Literal
    }

    fn raw_string(&mut self, hashes: usize) -> Token<'static> {
        self.at += hashes + 1;
        while self.at < self.bytes.len() {
            let closes = self.peek(0) == b'"' && (1..=hashes).all(|n| self.peek(n) == b'#');
            self.at += 1;
            if closes {
                self.at += hashes;
                break;
            }
        }
        Token::Literal
    }

    /// A character or a lifetime.
    fn quote(&mut self) -> Token<'static> {
        if self.peek(1) == b'\\' {
            self.at += 3;
            while self.at < self.bytes.len() && !matches!(self.peek(0), b'\'' | b'\n') {
                self.at += 1;
            }
            self.at = (self.at + 1).min(self.bytes.len());
            return Token::Literal;
        }
        let next = self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8);
        if next > 0 && self.peek(1 + next) == b'\'' {
            self.at += 2 + next;
            return Token::Literal;
        }
        self.at += 1;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' || self.peek(0) >= 0x80 {
            self.at += 1;
        }
        Token::Lifetime
    }

    fn word(&mut self) -> Token<'static> {
        let from = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' || self.peek(0) >= 0x80 {
            self.at += 1;
        }
        let word = &self.text[from..self.at];
        if matches!(word, "r" | "br" | "cr") {
            let hashes = (0..).take_while(|n| self.peek(*n) == b'#').count();
            if self.peek(hashes) == b'"' {
                return self.raw_string(hashes);
            }
            if word == "r" && hashes == 1 {
                // A raw identifier: the word follows.
                self.at += 1;
                return self.word();
            }
        }
        if matches!(word, "b" | "c") && self.peek(0) == b'"' {
            return self.string(0);
        }
        if word == "b" && self.peek(0) == b'\'' {
            return self.quote();
        }
        self.names_test |= word == "test";
        self.declares_module |= word == "mod" && self.declares(self.at);
        if !self.out.has_trigger {
            self.out.has_trigger = TRIGGERS.iter().any(|trigger| word.contains(trigger));
        }
        Token::Word(keyword(word))
    }
}

impl Scanner<'_> {
    /// Whether a name and a semicolon follow.
    fn declares(&self, at: usize) -> bool {
        let rest = self.text[at..].trim_start();
        let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[name..].trim_start().starts_with(';')
    }
}

/// The word, if it is one that the depth of the nesting depends on; else any word.
fn keyword(word: &str) -> &'static str {
    const KEYWORDS: [&str; 14] = [
        "else", "if", "move", "async", "static", "return", "break", "const", "mut", "dyn", "impl", "unsafe",
        "let", "fn",
    ];
    KEYWORDS.into_iter().find(|known| *known == word).unwrap_or("x")
}

/// Whether a token after a closing brace at the top goes on with the same item: `};`, `}.b`, `} else`, `} + 1`.
pub(crate) fn continues(token: Token<'_>) -> bool {
    match token {
        Token::Word(word) => word == "else",
        Token::Punct(byte) => !matches!(byte, b'#' | b'\''),
        Token::Lifetime | Token::Literal | Token::Open(_) => false,
        Token::Close(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(String, bool)> {
        scan(text).comments.into_iter().map(|c| (c.text, c.is_alone)).collect()
    }

    #[test]
    fn comments_to_the_linter_are_found_wherever_they_stand() {
        let text = "f(); // tenure: allow(TN001) a b c\n  /* tenure: x /* y */ */\n// tenured\n\"// tenure: no\";\n\
                    r#\"\n// tenure: no \"# ; 'a' ; b'\\'' ; // tenure: yes";
        let wanted = [("allow(TN001) a b c", false), ("x /* y */", true), ("yes", false)];
        assert_eq!(said(text), wanted.map(|(text, alone)| (text.to_owned(), alone)));
    }

    #[test]
    fn items_end_where_the_next_begins() {
        let text = "use a::{b, c};\nfn f() { g(); }\nconst X: S = S { a: 1 }.b();\n#[x]\nmod m;";
        let items: Vec<&str> = scan(text).items.into_iter().map(|at| text[at].trim()).collect();
        assert_eq!(
            items,
            ["use a::{b, c};", "fn f() { g(); }", "const X: S = S { a: 1 }.b();", "#[x]\nmod m;"]
        );
    }

    #[test]
    fn triggers_count_outside_of_comments_and_strings_only() {
        assert!(!scan("// spawn\nfn f() { \"tokio\"; r##\"async\"##; 'a'; }").has_trigger);
        assert!(scan("fn f() { spawn_blocking() }").has_trigger);
    }

    #[test]
    fn a_mark_and_a_shell_line_are_no_rust() {
        assert_eq!(scan("\u{feff}#!/usr/bin/env x\nfn f() {}").prelude, 19);
        assert_eq!(scan("#![allow(x)]").prelude, 0);
    }

    #[test]
    fn a_lost_delimiter_is_seen() {
        assert!(scan("fn f() { ([]) }").is_balanced);
        for lost in ["fn f() {", "fn f() }", "(]", "{)}"] {
            assert!(!scan(lost).is_balanced, "{lost}");
        }
    }
}
