//! Byte offsets to lines and columns.

use serde::Serialize;

/// Where something begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub col: u32,
    /// From 0.
    pub byte: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| offset(at + 1));
        Self { starts: std::iter::once(0).chain(after).collect() }
    }

    /// The place of `byte` in `text`; an offset inside a character is moved to its beginning.
    pub(crate) fn place(&self, text: &str, byte: u32) -> Place {
        let mut at = (byte as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.line_index(offset(at));
        let start = self.starts[line] as usize;
        let mark = if start == 0 && text.starts_with('\u{feff}') && at >= 3 { 1 } else { 0 };
        let col = text[start..at].chars().count() - mark;
        Place { line: offset(line + 1), col: offset(col + 1), byte: offset(at) }
    }

    /// From 0.
    pub(crate) fn line_index(&self, byte: u32) -> usize {
        self.starts.partition_point(|start| *start <= byte) - 1
    }

    pub(crate) fn start_of(&self, line: usize) -> u32 {
        self.starts.get(line).copied().unwrap_or(u32::MAX)
    }
}

/// Texts are at most [`BYTES_MAX`](crate::BYTES_MAX) long, so an offset always fits.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
