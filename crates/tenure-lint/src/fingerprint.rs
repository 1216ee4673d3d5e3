//! A name for a finding that stays when lines move.

use crate::file::File;
use crate::tree::{Kind, Span};

/// 16 hexadecimal digits of (rule, file, function, text of the statement without white space).
pub(crate) fn fingerprint(file: &File, id: &str, function: &str, at: Span) -> String {
    let text = statement(file, at);
    let mut hash = Fnv::new();
    for part in [id, &file.path, function] {
        hash.add(part.bytes());
        hash.add([0xff]);
    }
    hash.add(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    format!("{:016x}", hash.0)
}

/// The statement that the place begins in; without one, its line.
fn statement(file: &File, at: Span) -> &str {
    let stmts = file
        .tree
        .iter()
        .flat_map(|tree| &tree.nodes)
        .filter(|node| matches!(node.kind, Kind::Stmt { .. } | Kind::Let { .. }));
    let around = stmts
        .map(|node| node.span)
        .filter(|span| span.lo <= at.lo && at.lo < span.hi)
        .min_by_key(|span| span.hi - span.lo);
    let span = around.unwrap_or_else(|| {
        let line = file.lines.line_index(at.lo);
        Span { lo: file.lines.start_of(line), hi: file.lines.start_of(line + 1) }
    });
    let hi = (span.hi as usize).min(file.text.len());
    file.text.get(span.lo as usize..hi).unwrap_or_default()
}

/// FNV-1a: ten lines, and the same on every machine and in every release.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: impl IntoIterator<Item = u8>) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
