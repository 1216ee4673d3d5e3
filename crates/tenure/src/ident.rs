//! What tasks and scopes are called: paths, ids, classes and the states they are shown in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Bytes of one name; longer ones are cut with `…`. A name is a word in a report, not a document.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of one path; longer ones are cut with `…`.
pub const PATH_BYTES_MAX: usize = 512;

/// Where a task or scope stands in the tree of owners: `app/http/conn#2`.
///
/// `#n` appears only for a name used again in its scope (S1d). One life of a child is written
/// `app/store@3` (incarnation 3). Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskPath(Arc<str>);

impl TaskPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn root(name: &str) -> Self {
        Self(clean_name(name).into())
    }

    /// `self/name`, or `self/name#suffix` from the second use of the name on.
    pub(crate) fn child(&self, name: &str, suffix: u32) -> Self {
        let mut text = String::with_capacity(self.0.len() + name.len() + 4);
        text.push_str(&self.0);
        text.push('/');
        text.push_str(name);
        if suffix > 1 {
            text.push('#');
            text.push_str(&suffix.to_string());
        }
        Self(cut(&text, PATH_BYTES_MAX).into())
    }
}

impl From<&str> for TaskPath {
    fn from(text: &str) -> Self {
        Self(cut(text, PATH_BYTES_MAX).into())
    }
}

impl fmt::Debug for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name as it may stand in a path: no control characters, no bidirectional overrides, at most
/// [`NAME_BYTES_MAX`] bytes, never empty. Done when the record is made, so that no reader has to.
pub(crate) fn clean_name(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        return Cow::Borrowed("unnamed");
    }
    let is_plain = |name: &str| name.bytes().all(|byte| (b' '..=b'~').contains(&byte)); // most names: no decoding
    if name.len() <= NAME_BYTES_MAX && (is_plain(name) || !name.chars().any(is_hostile)) {
        return Cow::Borrowed(name);
    }
    // Only what can be kept is looked at: a name of a megabyte costs no more than one of 64 bytes.
    let kept: String = name
        .chars()
        .take(NAME_BYTES_MAX + 1)
        .map(|c| if is_hostile(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    Cow::Owned(cut(&kept, NAME_BYTES_MAX).into_owned())
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}')
}

fn cut(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return Cow::Borrowed(text);
    }
    let mut end = bytes_max - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Names one task: `index` is its record's slot, `generation` how often the slot was used.
///
/// An id never names two tasks of one process. A generation lasts 2^27 tasks of one slot; a slot
/// that has used its last one is retired, not reused, which costs one record per 2^27 tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TaskId {
    /// Slot of the record.
    pub index: u32,
    /// How often the slot was used.
    pub generation: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// The contract a task runs under (S8). There is no fourth: nothing can be fired and forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "that there is no fourth class is the promise (S8d)")]
pub enum Class {
    /// Ends with its request (S8a): what `spawn` makes.
    Request,
    /// Long-lived, under a supervisor, stops gracefully (S8b): what the root's children and main are.
    Service,
    /// A closure on a thread (S15).
    Blocking,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Service => "service",
            Self::Blocking => "blocking",
        })
    }
}

/// Where a scope is in its life. It only ever moves down this list (S0.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the states of the semantics, section 0.3")]
pub enum ScopeState {
    /// Accepts tasks.
    Open,
    /// Asked to finish; still accepts tasks.
    Draining,
    /// Every wait made through tenure returns; the ladder runs. Refuses tasks.
    Cancelled,
    /// The ladder has run out and tasks are still alive; they are named and counted.
    Leaking,
    /// No task is alive. Terminal.
    Ended,
}

impl fmt::Display for ScopeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Draining => "draining",
            Self::Cancelled => "cancelled",
            Self::Leaking => "leaking",
            Self::Ended => "ended",
        })
    }
}

/// A rung of the stop ladder (section 0.2 of the semantics).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the rungs of the ladder")]
pub enum Rung {
    /// Asked to finish.
    Drain,
    /// Waits through tenure return.
    Cancel,
    /// The future is dropped at its next yield.
    Abort,
    /// The owner stops waiting.
    Name,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drain => "drain",
            Self::Cancel => "cancel",
            Self::Abort => "abort",
            Self::Name => "name",
        })
    }
}
