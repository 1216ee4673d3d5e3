//! A node of the cancel tree: flags that are asked without a lock, a cause, children and waiters under one.

use crate::clock::Limit;
use crate::context::waiters::{Mark, Waiters};
use crate::error::{Cancelled, Cause};
use crate::exit::ExitReason;
use crate::ident::TaskPath;
use crate::record::wait::Wakee;
use crate::sync::{AtomicU32, Mutex, Ordering};
use slab::Slab;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, Weak};
use tokio::time::Instant;

const DRAINING: u32 = 1;
const CANCELLED: u32 = 2;
/// Its scope has ended (S7e).
const ENDED: u32 = 4;
/// Somebody under it asked whether it drains (S25b).
const ASKED: u32 = 8;

/// Does a parent's draining reach this lifetime?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drains {
    /// At once, as below a child (S7f).
    WithParent,
    /// When its own turn to stop comes: a child of the root.
    Alone,
}

/// What a scope does when its lifetime changes. Called without any lock of the lifetime.
pub(crate) trait Hook: Send + Sync {
    /// Cancelled at `at`: begin the ladder and wake the tasks that wait.
    fn on_cancelled(self: Arc<Self>, at: Instant);
    /// Asked to finish: wake the tasks that wait.
    fn on_draining(self: Arc<Self>);
}

/// How a lifetime was cancelled: one value for all that is cancelled with it, and read without a lock, for each of a million
/// tasks may ask.
pub(crate) struct Ending {
    pub(crate) cancelled: Cancelled,
    pub(crate) at: Instant,
    /// The exit of a task that returns because of it (S9).
    exit: ExitReason,
}

/// What a task must obey: a lifetime, and when that is over at the latest.
#[derive(Clone, Copy)]
pub(crate) struct Bounds<'a> {
    pub(crate) lifetime: &'a Arc<Lifetime>,
    pub(crate) deadline: Option<Limit>,
}

/// By what they were reached.
#[derive(Clone, Copy)]
pub(crate) enum Reached<'a> {
    Cancel(&'a Ending),
    Deadline,
}

impl<'a> Bounds<'a> {
    pub(crate) fn reached(self) -> Option<Reached<'a>> {
        match self.lifetime.ending() {
            Some(ending) if self.deadline.is_none_or(|deadline| ending.at <= deadline.at()) => {
                Some(Reached::Cancel(ending))
            }
            Some(_) => Some(Reached::Deadline),
            None => self.deadline.is_some_and(Limit::has_passed).then_some(Reached::Deadline),
        }
    }
}

impl<'a> Reached<'a> {
    pub(crate) fn cause(self) -> Cause {
        match self {
            Self::Cancel(ending) => ending.cancelled.cause.clone(),
            Self::Deadline => Cause::Deadline,
        }
    }

    pub(crate) fn is_deadline(self) -> bool {
        match self {
            Self::Cancel(ending) => ending.cancelled.is_deadline(),
            Self::Deadline => true,
        }
    }

    /// The exit of a task that returns because of it.
    pub(crate) fn exit(self) -> Cow<'a, ExitReason> {
        match self {
            Self::Cancel(ending) => Cow::Borrowed(&ending.exit),
            Self::Deadline => Cow::Owned(ExitReason::Shutdown(Cause::Deadline)),
        }
    }
}

struct Inner {
    /// Why it was asked to finish.
    drained: Option<Cause>,
    /// Removed by the child's drop. Bounded by the live contexts below.
    children: Slab<Weak<Lifetime>>,
    waiters: Waiters,
}

pub(crate) struct Lifetime {
    flags: AtomicU32,
    drains: Drains,
    /// When whoever drives this lifetime cancels it; its contexts need no timer of their own for that.
    pub(crate) driven_deadline: Option<Instant>,
    /// One, or two for a turn: its caller's and its owner's (S33d).
    parents: OnceLock<Vec<(Arc<Lifetime>, usize)>>,
    hook: OnceLock<Weak<dyn Hook>>,
    /// Set once, under the lock and before the flag.
    ending: OnceLock<Arc<Ending>>,
    inner: Mutex<Inner>,
}

impl std::fmt::Debug for Lifetime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lifetime({:#b})", self.flags.load(Ordering::Relaxed))
    }
}

impl Lifetime {
    /// A lifetime that nothing cancels but its holder.
    pub(crate) fn detached() -> Arc<Self> {
        Arc::new(Self::new(Drains::Alone, None))
    }

    fn new(drains: Drains, driven_deadline: Option<Instant>) -> Self {
        Self {
            flags: AtomicU32::new(0),
            drains,
            driven_deadline,
            parents: OnceLock::new(),
            hook: OnceLock::new(),
            ending: OnceLock::new(),
            inner: Mutex::new(Inner { drained: None, children: Slab::new(), waiters: Waiters::default() }),
        }
    }

    /// A lifetime under `parents`: it ends when the first of them does.
    pub(crate) fn child_of(
        parents: &[&Arc<Self>],
        drains: Drains,
        driven_deadline: Option<Instant>,
    ) -> Arc<Self> {
        let child = Arc::new(Self::new(drains, driven_deadline));
        let mut links = Vec::with_capacity(parents.len());
        for parent in parents {
            let mut inner = parent.inner.lock();
            if let Some(ending) = parent.ending.get() {
                drop(inner);
                child.cancel_as(ending);
                continue;
            }
            let key = inner.children.insert(Arc::downgrade(&child)); // C2
            drop(inner);
            links.push((Arc::clone(parent), key));
            if drains == Drains::WithParent
                && let Some(cause) = parent.drain_cause()
            {
                child.drain(&cause);
            }
        }
        // Nobody else has the child yet, so it is set once.
        drop(child.parents.set(links));
        child
    }

    /// Names what must happen in the scope when this lifetime changes. If it has changed already, at once.
    pub(crate) fn set_hook(&self, hook: Weak<dyn Hook>) {
        if self.hook.set(hook).is_err() {
            return;
        }
        let Some(hook) = self.hook() else { return };
        // Asked under the lock: whoever changes it later sees the hook.
        let inner = self.inner.lock();
        let (cancelled, drains) = (self.ending.get().map(|ending| ending.at), inner.drained.is_some());
        drop(inner);
        match cancelled {
            Some(at) => hook.on_cancelled(at),
            None if drains => hook.on_draining(),
            None => {}
        }
    }

    fn hook(&self) -> Option<Arc<dyn Hook>> {
        self.hook.get().and_then(Weak::upgrade)
    }

    fn has(&self, flag: u32) -> bool {
        self.flags.load(Ordering::SeqCst) & flag != 0 // pairs with the wait's mark: no sleeper through a cancel
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.has(CANCELLED)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.has(DRAINING | CANCELLED)
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.has(CANCELLED | ENDED)
    }

    /// How it was cancelled, if it was.
    pub(crate) fn ending(&self) -> Option<&Ending> {
        if self.is_cancelled() { self.ending.get().map(|ending| &**ending) } else { None }
    }

    /// The cause, and when it came.
    pub(crate) fn cancelled(&self) -> Option<(Cancelled, Instant)> {
        self.ending().map(|ending| (ending.cancelled.clone(), ending.at))
    }

    /// Notes that a holder asked whether it drains, up to the child whose life this is (S25b).
    pub(crate) fn note_asked(&self) {
        if self.was_asked() {
            return;
        }
        let mut todo = vec![self];
        while let Some(lifetime) = todo.pop() {
            let asked_before = lifetime.flags.fetch_or(ASKED, Ordering::Relaxed) & ASKED != 0;
            if !asked_before && lifetime.drains == Drains::WithParent {
                todo.extend(lifetime.parents.get().into_iter().flatten().map(|(parent, _)| &**parent));
            }
        }
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & ASKED != 0
    }

    /// Cancels this lifetime and all below. False if it was cancelled before: the first cause stays (C1).
    pub(crate) fn cancel(&self, cause: Cause, origin: &TaskPath) -> bool {
        self.cancel_at(Cancelled::new(cause, origin.clone()), crate::clock::now())
    }

    pub(crate) fn cancel_at(&self, cancelled: Cancelled, at: Instant) -> bool {
        if self.is_cancelled() {
            return false; // before anything is made for it
        }
        let exit = ExitReason::Shutdown(cancelled.cause.clone());
        self.cancel_as(&Arc::new(Ending { cancelled, at, exit }))
    }

    /// As a walk without recursion: a tree of contexts may be a thousand deep.
    fn cancel_as(&self, ending: &Arc<Ending>) -> bool {
        let mut todo: VecDeque<Arc<Lifetime>> = VecDeque::new();
        let first = self.cancel_one(ending, &mut todo);
        while let Some(next) = todo.pop_front() {
            next.cancel_one(ending, &mut todo);
        }
        first
    }

    fn cancel_one(&self, ending: &Arc<Ending>, todo: &mut VecDeque<Arc<Lifetime>>) -> bool {
        let mut inner = self.inner.lock();
        if self.ending.set(Arc::clone(ending)).is_err() {
            return false;
        }
        self.flags.fetch_or(CANCELLED, Ordering::SeqCst); // before the walk below: L10
        let waiters = inner.waiters.take();
        todo.extend(inner.children.iter().filter_map(|(_, child)| child.upgrade()));
        drop(inner);
        waiters.into_iter().for_each(Wakee::wake); // C3
        if let Some(hook) = self.hook() {
            hook.on_cancelled(ending.at);
        }
        true
    }

    /// Asks this lifetime, and those below that drain with it, to finish.
    pub(crate) fn drain(&self, cause: &Cause) {
        let mut todo: VecDeque<Arc<Lifetime>> = VecDeque::new();
        self.drain_one(cause, &mut todo);
        while let Some(next) = todo.pop_front() {
            if next.drains == Drains::WithParent {
                next.drain_one(cause, &mut todo);
            }
        }
    }

    /// Why it was asked to finish, if it was.
    pub(crate) fn drain_cause(&self) -> Option<Cause> {
        if !self.has(DRAINING) {
            return None;
        }
        self.inner.lock().drained.clone()
    }

    fn drain_one(&self, cause: &Cause, todo: &mut VecDeque<Arc<Lifetime>>) {
        let mut inner = self.inner.lock();
        if inner.drained.is_some() {
            return;
        }
        inner.drained = Some(cause.clone());
        self.flags.fetch_or(DRAINING, Ordering::SeqCst); // before the walk below, as in `cancel_one`
        let waiters = inner.waiters.take();
        // All of them, and none let go under the lock: what is dropped here may be held by nobody else, and takes it again.
        todo.extend(inner.children.iter().filter_map(|(_, child)| child.upgrade()));
        drop(inner);
        waiters.into_iter().for_each(Wakee::wake); // C3
        if let Some(hook) = self.hook() {
            hook.on_draining();
        }
    }

    /// Its scope has ended (S7e).
    pub(crate) fn end(&self) {
        if self.flags.fetch_or(ENDED, Ordering::SeqCst) & ENDED == 0 {
            let waiters = self.inner.lock().waiters.take();
            waiters.into_iter().for_each(Wakee::wake); // C3
        }
    }

    /// Registers a waiter; all are told of every change, and look again.
    pub(crate) fn add_waiter(&self, wakee: Wakee) -> Mark {
        self.inner.lock().waiters.add(wakee)
    }

    /// Takes a waiter away, if it was not told.
    pub(crate) fn remove_waiter(&self, mark: Mark) {
        let gone = self.inner.lock().waiters.remove(mark);
        drop(gone);
    }
}

impl Drop for Lifetime {
    /// As a walk without recursion, like the cancel: what held its parent last goes on with that one's parents.
    fn drop(&mut self) {
        let mut todo = self.parents.take().unwrap_or_default();
        while let Some((parent, key)) = todo.pop() {
            drop(parent.inner.lock().children.try_remove(key));
            if let Some(mut parent) = Arc::into_inner(parent) {
                todo.extend(parent.parents.take().into_iter().flatten());
            }
        }
    }
}
