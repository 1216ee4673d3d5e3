//! The wrapper around a spawned future: polls it, catches it, ends its record.

use crate::context::Context;
use crate::context::lifetime::Bounds;
use crate::error::{Cause, Error};
use crate::exit::{ExitReason, Panic, catch};
use crate::ident::{Class, TaskPath};
use crate::raw::{self, PolledBy};
use crate::record::word::{ABORT, INLINE, Reading, WOKEN};
use crate::record::{Record, current, exits};
use pin_project_lite::pin_project;
use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context as TaskContext, Poll, Waker};

/// What owns tasks: the scope. It hears of each end once (T2).
pub(crate) trait TaskOwner: Send + Sync + 'static {
    /// Unlinks and counts the task, marks its record ended, tells whoever waits.
    fn task_ended(&self, record: Record, end: End<'_>);
    /// Rung 3 for one task; the first cause stays.
    fn abort(&self, record: Record, cause: Cause);
    fn path(&self) -> &TaskPath;
    /// What tasks without a context of their own obey.
    fn bounds(&self) -> Bounds<'_>;
}

/// What a task obeys.
pub(crate) fn bounds<'a>(ctx: Option<&'a Context>, owner: &'a impl TaskOwner) -> Bounds<'a> {
    ctx.map_or_else(|| owner.bounds(), Context::bounds)
}

/// How a task ended, for its owner.
#[derive(Debug)]
pub(crate) struct End<'a> {
    /// Most tasks leave it to be counted, and no more.
    pub(crate) reason: Cow<'a, ExitReason>,
    /// A panic in a destructor after a panic in a poll (S11c).
    pub(crate) secondary: Option<Panic>,
    /// Whether a value waits for the handle: then it wins over the reason (S5a).
    pub(crate) value: HasValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HasValue {
    Yes,
    No,
}

/// An `Err` that says the exit reason itself: of tenure's own tasks, which know it better than S9's table can.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct EndsAs(pub(crate) ExitReason);

/// What became of the future, before S9 judges it.
pub(crate) enum Outcome {
    Value,
    Failed(Error),
    Panicked(Panic),
    Dropped,
}

/// S9, by the first row that matches.
pub(crate) fn judge<'a>(outcome: Outcome, record: Record, bounds: Bounds<'a>) -> Cow<'a, ExitReason> {
    let word = record.slot.word.read();
    let noted = if word.has(ABORT) { exits::take_abort(record.id()) } else { None };
    Cow::Owned(match outcome {
        Outcome::Panicked(panic) => ExitReason::Panicked(panic),
        Outcome::Dropped => dropped(word, noted, bounds),
        Outcome::Failed(error) => {
            if let Some(EndsAs(reason)) = error.downcast_ref() {
                return Cow::Owned(reason.clone());
            }
            match (error.cancelled(), bounds.reached()) {
                (Some(_), Some(reached)) if reached.is_deadline() => ExitReason::TimedOut { forced: false },
                (Some(_), Some(reached)) => ExitReason::Shutdown(reached.cause()),
                (_, _) => ExitReason::Failed(error),
            }
        }
        Outcome::Value => match bounds.reached() {
            Some(reached) => return reached.exit(),
            None if word.class() == Class::Service => {
                bounds.lifetime.drain_cause().map_or(ExitReason::Normal, ExitReason::Shutdown)
            }
            None => ExitReason::Normal,
        },
    })
}

/// S9 rows 2 and 3. A task of Tokio that nobody aborted was dropped by the runtime, whatever its context says (S3e).
pub(crate) fn dropped_reason(word: Reading, noted: Option<Cause>, ctx: &Context) -> ExitReason {
    dropped(word, noted, ctx.bounds())
}

fn dropped(word: Reading, noted: Option<Cause>, bounds: Bounds<'_>) -> ExitReason {
    let by_runtime = !word.has(ABORT) && !word.has(INLINE) && word.class() != Class::Blocking;
    match (noted, bounds.reached()) {
        (Some(cause), _) => ExitReason::Aborted(cause),
        (None, Some(reached)) if !by_runtime && reached.is_deadline() => {
            ExitReason::TimedOut { forced: true }
        }
        (None, Some(reached)) if !by_runtime => ExitReason::Aborted(reached.cause()),
        (None, _) => ExitReason::Aborted(Cause::RuntimeGone),
    }
}

pin_project! {
    /// A user's future with its record. `future` is `None` once it has been dropped (T1).
    #[project(!Unpin)]
    pub(crate) struct Task<F, O: TaskOwner> {
        #[pin]
        future: Option<F>,
        owner: Arc<O>,
        ctx: Option<Context>,
        record: Record,
        polled_by: PolledBy,
    }

    impl<F, O: TaskOwner> PinnedDrop for Task<F, O> {
        fn drop(this: Pin<&mut Self>) {
            // The runtime, or whoever polled it, drops a task that has not ended.
            this.end_dropped();
        }
    }
}

impl<F, O: TaskOwner> Task<F, O> {
    /// Takes over the task's reference to its record. `ctx` only if it obeys others than its owner's bounds: each count that
    /// all tasks of a scope share is one more that their threads contend for.
    pub(crate) fn new(
        future: F,
        owner: Arc<O>,
        ctx: Option<Context>,
        record: Record,
        polled_by: PolledBy,
    ) -> Self {
        Self { future: Some(future), owner, ctx, record, polled_by }
    }

    fn end_dropped(self: Pin<&mut Self>) {
        if self.future.is_none() {
            return;
        }
        let lifetime = Arc::as_ptr(bounds(self.ctx.as_ref(), &*self.owner).lifetime).addr();
        let entered = current::enter(self.record.id(), lifetime);
        self.end(Outcome::Dropped, HasValue::No);
        drop(entered);
    }

    /// Drops the future, then ends the record (T1, T3).
    fn end(self: Pin<&mut Self>, outcome: Outcome, value: HasValue) {
        let mut this = self.project();
        if std::mem::needs_drop::<F>() {
            this.record.begin_drop();
        }
        let dropped = catch(|| this.future.set(None));
        if dropped.is_err() {
            // The panic interrupted `set`; what is left of the future is not dropped twice.
            drop(catch(|| this.future.set(None)));
        }
        let (outcome, secondary) = match (outcome, dropped) {
            (Outcome::Panicked(first), Err(second)) => (Outcome::Panicked(first), Some(second)),
            (_, Err(panic)) => (Outcome::Panicked(panic), None),
            (outcome, Ok(())) => (outcome, None),
        };
        let bounds = bounds(this.ctx.as_ref(), &**this.owner);
        let reason = judge(outcome, *this.record, bounds);
        this.owner.task_ended(*this.record, End { reason, secondary, value });
        raw::release(this.record.slot);
    }
}

/// The bookkeeping before a poll. True if the future must be dropped instead.
fn begin_poll(record: Record) -> bool {
    // Before the word says `RUNNING`: who sees that sees since when, and which poll it is.
    record.slot.polls.store(record.slot.polls.load(Relaxed).wrapping_add(1), Relaxed);
    record.slot.last_poll_ms.store(crate::clock::now_coarse_ms(), Relaxed);
    let before = record.slot.word.begin_poll();
    before.has(ABORT)
}

impl<F, O, T> Future for Task<F, O>
where
    F: Future<Output = Result<T, Error>>,
    O: TaskOwner,
{
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<T>> {
        let this = self.as_mut().project();
        let record = *this.record;
        let Some(future) = this.future.as_pin_mut() else { return Poll::Ready(None) };
        let lifetime = Arc::as_ptr(bounds(this.ctx.as_ref(), &**this.owner).lifetime).addr();
        let entered = current::enter(record.id(), lifetime);
        if record.slot.future.load(Relaxed) == 0 {
            record.slot.future.store(std::ptr::from_ref(&*future).addr(), Relaxed);
        }
        let is_first = *this.polled_by == PolledBy::Tokio && record.slot.waker.load(Relaxed) == 0;
        if !is_first {
            raw::keep_waker(record.slot, *this.polled_by, cx.waker());
        }
        if begin_poll(record) {
            self.as_mut().end(Outcome::Dropped, HasValue::No);
            return Poll::Ready(None);
        }
        let polled =
            raw::with_waker(record.slot, |waker| catch(|| future.poll(&mut TaskContext::from_waker(waker))));
        if let Ok(Poll::Pending) = &polled {
            if !end_pending(record, is_first.then_some(cx.waker())) {
                return Poll::Pending;
            }
        } else {
            record.slot.word.end_poll();
        }
        let output = match polled {
            Ok(Poll::Pending) => {
                self.as_mut().end(Outcome::Dropped, HasValue::No);
                None
            }
            Ok(Poll::Ready(Ok(value))) => {
                self.as_mut().end(Outcome::Value, HasValue::Yes);
                Some(value)
            }
            Ok(Poll::Ready(Err(error))) => {
                self.as_mut().end(Outcome::Failed(error), HasValue::No);
                None
            }
            Err(panic) => {
                self.as_mut().end(Outcome::Panicked(panic), HasValue::No);
                None
            }
        };
        drop(entered);
        Poll::Ready(output)
    }
}

/// The bookkeeping after a poll that is pending. True if the future must be dropped now.
///
/// The waker of a `first` poll is kept here and not before: many a task ends in its first, and needs none. Who wakes it
/// meanwhile finds no waker, and sets `WOKEN`, which is seen here after the waker was kept (L8).
fn end_pending(record: Record, first: Option<&Waker>) -> bool {
    if let Some(waker) = first {
        raw::keep_waker(record.slot, PolledBy::Tokio, waker);
    }
    let after = record.slot.word.end_poll();
    if let Some(waker) = first
        && after.has(WOKEN)
    {
        waker.wake_by_ref();
    }
    after.has(ABORT)
}

/// Where something was spawned; shortens the many signatures that carry it.
pub(crate) type Site = &'static Location<'static>;
