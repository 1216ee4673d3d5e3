//! What the shutdown report will say of single tasks, children and errors: bounded lists, and how many there were.

use crate::exit::ExitReason;
use crate::ident::{Class, TaskId, TaskPath};
use crate::sync::Mutex;
use std::panic::Location;
use std::time::Duration;

/// Stragglers and owners that a report lists: what fits on a few screens. The rest is counted.
pub const STRAGGLERS_KEPT: usize = 100;
/// Errors that a report lists. The rest is counted.
const ERRORS_KEPT: usize = 16;

/// A task that did not end by itself on `drain` or `cancel` (S45a).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Straggler {
    /// Its record.
    pub id: TaskId,
    /// Where it stood.
    pub path: TaskPath,
    /// Its contract.
    pub class: Class,
    /// Where it was spawned.
    pub site: Option<&'static Location<'static>>,
    /// Whether it was aborted, or only named.
    pub rung: crate::ident::Rung,
    /// How it ended; [`ExitReason::Leaked`] if it had not.
    pub reason: ExitReason,
    /// What it waited for when it was aborted, where that is known.
    pub waits: Option<String>,
    /// For how long it had; without a wait, for how long it had been in one poll, or in its destructor.
    pub since: Option<Duration>,
    /// A blocking closure's thread, as tools of the system name it: `tokio-rt-worker (4711)`.
    pub thread: Option<String>,
}

/// An error on the way to the end: of a child, a one-shot task of the root, or main.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErrorNote {
    /// Whose.
    pub path: TaskPath,
    /// Where it was spawned.
    pub site: Option<&'static Location<'static>>,
    /// How it ended.
    pub reason: ExitReason,
}

/// An owner that did not simply drain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OwnerNote {
    /// Which.
    pub path: TaskPath,
    /// Queued requests that were told so.
    pub unanswered: u64,
    /// What ended it.
    pub rung: crate::ident::Rung,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// At most [`STRAGGLERS_KEPT`].
    pub(crate) stragglers: Vec<Straggler>,
    pub(crate) stragglers_total: u64,
    /// At most [`ERRORS_KEPT`].
    pub(crate) errors: Vec<ErrorNote>,
    pub(crate) errors_total: u64,
    /// At most [`STRAGGLERS_KEPT`].
    pub(crate) owners: Vec<OwnerNote>,
}

pub(crate) struct Notes(Mutex<Lists>);

impl std::fmt::Debug for Notes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notes")
    }
}

impl Notes {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Lists::default()))
    }

    /// A task is about to be aborted: what it waits for is known only now.
    pub(crate) fn aborting(&self, straggler: Straggler) {
        let mut lists = self.0.lock();
        let known = lists.stragglers.iter().any(|there| there.id == straggler.id);
        if !known && lists.stragglers.len() < STRAGGLERS_KEPT {
            lists.stragglers.push(straggler);
        }
    }

    /// An aborted task has ended. If it did so by itself after all, it was no straggler.
    pub(crate) fn aborted(&self, id: TaskId, reason: &ExitReason) {
        let forced = matches!(
            reason,
            ExitReason::Aborted(_) | ExitReason::TimedOut { forced: true } | ExitReason::Panicked(_)
        );
        let mut lists = self.0.lock();
        lists.stragglers_total += u64::from(forced);
        let place = lists.stragglers.iter().position(|there| there.id == id);
        let gone = match place {
            Some(place) if forced => {
                lists.stragglers[place].reason = reason.clone();
                None
            }
            Some(place) => Some(lists.stragglers.remove(place)),
            None => None,
        };
        drop(lists);
        drop(gone);
    }

    /// A task is named: it has not ended (rung 4).
    pub(crate) fn named(&self, straggler: Straggler) {
        let mut lists = self.0.lock();
        lists.stragglers_total += 1;
        match lists.stragglers.iter().position(|there| there.id == straggler.id) {
            // What it does now is what it does not come back from, where that is known.
            Some(place) if straggler.since.is_some() => lists.stragglers[place] = straggler,
            Some(place) => lists.stragglers[place].rung = straggler.rung,
            None if lists.stragglers.len() < STRAGGLERS_KEPT => lists.stragglers.push(straggler),
            None => {}
        }
    }

    pub(crate) fn error(&self, path: TaskPath, site: Option<&'static Location<'static>>, reason: ExitReason) {
        let mut lists = self.0.lock();
        lists.errors_total += 1;
        if lists.errors.len() < ERRORS_KEPT {
            lists.errors.push(ErrorNote { path, site, reason });
        }
    }

    pub(crate) fn owner(&self, path: TaskPath, unanswered: u64, rung: crate::ident::Rung) {
        let mut lists = self.0.lock();
        if lists.owners.len() < STRAGGLERS_KEPT {
            lists.owners.push(OwnerNote { path, unanswered, rung });
        }
    }

    pub(crate) fn lists(&self) -> Lists {
        self.0.lock().clone()
    }
}
