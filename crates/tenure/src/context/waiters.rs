//! Who waits for one event that all are told of: contexts, scopes, children.

use crate::record::wait::Wakee;
use slab::Slab;
use std::task::{Context as TaskContext, Poll};

/// Where a waiter stands. The key may be given to another after all were told, also to one of the same task: the serial
/// is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    key: usize,
    serial: u64,
}

/// Bounded by the pending waits: a wait that is dropped takes its entry with it.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    list: Slab<(Mark, Wakee)>,
    /// Marks given so far.
    marks: u64,
}

impl Waiters {
    pub(crate) fn add(&mut self, wakee: Wakee) -> Mark {
        self.marks += 1;
        let entry = self.list.vacant_entry();
        let mark = Mark { key: entry.key(), serial: self.marks };
        entry.insert((mark, wakee));
        mark
    }

    /// Takes a waiter away, if it was not told. To be dropped outside the lock: it may hold a foreign waker.
    #[must_use = "dropped outside the lock"]
    pub(crate) fn remove(&mut self, mark: Mark) -> Option<Wakee> {
        let is_there = self.list.get(mark.key).is_some_and(|(there, _)| *there == mark);
        is_there.then(|| self.list.remove(mark.key).1)
    }

    /// All of them, to be told outside the lock.
    #[must_use = "nobody has been told yet"]
    pub(crate) fn take(&mut self) -> Vec<Wakee> {
        if self.list.is_empty() {
            return Vec::new(); // as mostly
        }
        self.list.drain().map(|(_, wakee)| wakee).collect()
    }
}

/// An event that comes once.
pub(crate) trait Event {
    /// Registers under the lock that the event takes; `None` if it has come.
    fn wait(&self, wakee: Wakee) -> Option<Mark>;
    fn leave(&self, mark: Mark);
}

/// One pending wait for an event. Dropping it leaves no trace.
pub(crate) struct Waiting<'a, E: Event + ?Sized> {
    event: &'a E,
    mark: Option<Mark>,
}

impl<'a, E: Event + ?Sized> Waiting<'a, E> {
    pub(crate) fn new(event: &'a E) -> Self {
        Self { event, mark: None }
    }

    /// Ready when the event has come; else the task is woken by it.
    pub(crate) fn poll(&mut self, cx: &TaskContext<'_>) -> Poll<()> {
        self.leave();
        self.mark = self.event.wait(Wakee::of(cx.waker()));
        if self.mark.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    fn leave(&mut self) {
        if let Some(mark) = self.mark.take() {
            self.event.leave(mark);
        }
    }
}

impl<E: Event + ?Sized> Drop for Waiting<'_, E> {
    fn drop(&mut self) {
        self.leave();
    }
}
