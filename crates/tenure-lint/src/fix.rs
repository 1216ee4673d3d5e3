//! Safe changes, applied to a text.

use crate::finding::Finding;
use crate::source::{parse, scan};

/// A text with its fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many findings were mended.
    pub count: usize,
}

/// Applies the fixes of `findings`, all of them of the file whose text this is. Of two that overlap the first wins. `None`:
/// there is nothing to do, or the result could not be parsed.
#[must_use]
pub fn fix(text: &str, findings: &[Finding]) -> Option<Fixed> {
    let live = findings.iter().filter(|finding| finding.suppressed.is_none());
    let mut fixes: Vec<_> = live.filter_map(|finding| finding.fix.as_ref()).collect();
    fixes.sort_by_key(|fix| (fix.start, fix.end));
    let mut out = String::with_capacity(text.len());
    let (mut at, mut count) = (0, 0);
    for fix in fixes {
        let (start, end) = (fix.start as usize, fix.end as usize);
        if start < at || end < start || end > text.len() {
            continue;
        }
        out.push_str(text.get(at..start)?);
        out.push_str(&fix.text);
        at = end;
        count += 1;
    }
    out.push_str(text.get(at..)?);
    if count == 0 {
        return None;
    }
    let parsed = parse(&out, &scan(&out));
    (parsed.file.is_some() && parsed.skipped.is_empty()).then_some(Fixed { text: out, count })
}
