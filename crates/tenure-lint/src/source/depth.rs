//! How deep a recursive parser and every walk after it would go, from tokens alone. A stack that overflows cannot be caught,
//! so what is too deep is not parsed.
//!
//! Measured with the parser used here on 8 MiB of stack, the first depth that dies: generics 1,025, modules 1,370, blocks
//! 1,560, closures 1,950, parentheses 2,540, prefix operators 6,050, method chains 57,800, sums 103,000, `else if` 194,000.

use super::scan::{Token, continues};

/// Delimiters inside each other.
pub(crate) const DELIMITERS_MAX: usize = 256;
/// Prefix operators, heads of closures, or operators that bind to the right, one after another.
pub(crate) const PREFIXES_MAX: usize = 256;
/// `<` that are open in one level.
pub(crate) const ANGLES_MAX: usize = 128;
/// Tokens between two separators of one level, plus those of the deepest level inside.
pub(crate) const TOKENS_MAX: usize = 20_000;
/// Branches of one `else if` chain.
pub(crate) const ELSES_MAX: usize = 2_000;

/// The limit that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Delimiters,
    Prefixes,
    Angles,
    Tokens,
    Elses,
}

impl Limit {
    /// As a note says it.
    pub(crate) fn sentence(self) -> String {
        let (what, max) = match self {
            Self::Delimiters => ("delimiters inside each other", DELIMITERS_MAX),
            Self::Prefixes => ("operators or closures in a row", PREFIXES_MAX),
            Self::Angles => ("generics inside each other", ANGLES_MAX),
            Self::Tokens => ("tokens in one expression", TOKENS_MAX),
            Self::Elses => ("branches in one `else if` chain", ELSES_MAX),
        };
        format!("more than {max} {what}")
    }
}

/// One open delimiter, or the top.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    close: u8,
    /// Tokens since the last separator.
    run: usize,
    /// Depth of the deepest level inside, since the last separator.
    inside: usize,
    /// The largest `run + inside` of this level.
    deepest: usize,
    prefixes: usize,
    rights: usize,
    angles: usize,
    elses: usize,
}

#[derive(Debug)]
pub(crate) struct Depth {
    levels: Vec<Level>,
    over: Option<Limit>,
    is_unbalanced: bool,
    before: Option<Token<'static>>,
}

impl Depth {
    pub(crate) fn new() -> Self {
        Self { levels: vec![Level::default()], over: None, is_unbalanced: false, before: None }
    }

    pub(crate) fn is_top(&self) -> bool {
        self.levels.len() == 1
    }

    pub(crate) fn is_balanced(&self) -> bool {
        self.is_top() && !self.is_unbalanced
    }

    /// The limit broken since the last call.
    pub(crate) fn take_over(&mut self) -> Option<Limit> {
        self.over.take()
    }

    /// A new top-level item begins.
    pub(crate) fn end_item(&mut self) {
        if self.is_top() {
            self.levels[0] = Level::default();
        }
    }

    pub(crate) fn feed(&mut self, token: Token<'static>) {
        let before = self.before.replace(token);
        if before == Some(Token::Close(b'}')) && !continues(token) {
            self.separate();
        }
        match token {
            Token::Open(open) => self.open(open),
            Token::Close(close) => self.close(close),
            Token::Punct(byte) => self.punct(byte, before),
            Token::Word("else") => {
                let level = self.top();
                level.deepest = level.deepest.max(level.run + level.inside);
                (level.run, level.inside) = (0, 0);
                level.elses += 1;
                self.check();
            }
            Token::Word(
                "move" | "async" | "static" | "return" | "break" | "const" | "mut" | "dyn" | "let",
            ) => {
                // They stand between prefixes, and some are ones.
                let level = self.top();
                level.prefixes += 1;
                level.run += 1;
                self.check();
            }
            Token::Lifetime => self.top().run += 1,
            Token::Word(_) | Token::Literal => {
                let level = self.top();
                level.prefixes = 0;
                level.run += 1;
                self.check();
            }
        }
    }

    fn top(&mut self) -> &mut Level {
        // The first level is never popped.
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn separate(&mut self) {
        let level = self.top();
        *level = Level {
            close: level.close,
            deepest: level.deepest.max(level.run + level.inside),
            angles: 0,
            ..Level::default()
        };
    }

    fn open(&mut self, open: u8) {
        let close = match open {
            b'(' => b')',
            b'[' => b']',
            _ => b'}',
        };
        self.top().run += 1;
        self.top().prefixes = 0;
        self.levels.push(Level { close, ..Level::default() });
        self.check();
    }

    fn close(&mut self, close: u8) {
        if self.is_top() || self.top().close != close {
            self.is_unbalanced = true;
            return;
        }
        let Some(level) = self.levels.pop() else { return };
        let deepest = level.deepest.max(level.run + level.inside) + level.elses;
        let parent = self.top();
        parent.run += 1;
        parent.inside = parent.inside.max(deepest);
        self.check();
    }

    fn punct(&mut self, byte: u8, before: Option<Token<'static>>) {
        if matches!(byte, b';' | b',') {
            let angles = self.top().angles;
            self.separate();
            // A comma inside `<..>` closes nothing.
            self.top().angles = if byte == b',' { angles } else { 0 };
            return;
        }
        let level = self.top();
        level.run += 1;
        match byte {
            b'<' => level.angles += 1,
            b'>' if before == Some(Token::Punct(b'-')) => level.rights += 1,
            b'>' if before == Some(Token::Punct(b'=')) => {}
            b'>' => level.angles = level.angles.saturating_sub(1),
            b'=' | b'@' => level.rights += 1,
            b'|' if before == Some(Token::Punct(b'|')) => level.rights += 1,
            b'!' | b'-' | b'*' | b'&' => level.prefixes += 1,
            b'#' | b'.' | b'?' | b':' => level.prefixes = 0,
            _ => {}
        }
        self.check();
    }

    fn check(&mut self) {
        let depth = self.levels.len() - 1;
        let level = self.top();
        let broken = if depth > DELIMITERS_MAX {
            Limit::Delimiters
        } else if level.prefixes > PREFIXES_MAX || level.rights > PREFIXES_MAX {
            Limit::Prefixes
        } else if level.angles > ANGLES_MAX {
            Limit::Angles
        } else if level.elses > ELSES_MAX {
            Limit::Elses
        } else if level.run + level.inside > TOKENS_MAX {
            Limit::Tokens
        } else {
            return;
        };
        self.over.get_or_insert(broken);
    }
}
