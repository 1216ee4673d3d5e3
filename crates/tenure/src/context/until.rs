//! Waiting until a context drains or ends, and for foreign futures under it.

use crate::context::Context;
use crate::context::waiters::Mark;
use crate::error::Cancelled;
use crate::record::current;
use crate::record::slab::Record;
use crate::record::wait::{self, Edge, Target, WaitKind, Wakee};
use std::borrow::Borrow;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;
use tokio::time::Sleep;

/// What of a context is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Draining,
    Cancelled,
    Ended,
}

/// One pending wait for a change of a context. Dropping it leaves no trace.
///
/// `C` is the context, or a borrow of it: a count that all tasks of a scope share is not touched for each of their waits.
#[derive(Debug)]
pub(crate) struct Until<C: Borrow<Context> = Context> {
    ctx: C,
    change: Change,
    deadline: Watched,
    registered: Option<Mark>,
    timer: Option<Pin<Box<Sleep>>>,
}

/// Whether this wait looks at the context's deadline itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    Here,
    Elsewhere,
}

impl Until {
    pub(crate) fn new(ctx: &Context, change: Change) -> Self {
        Self::of(ctx.clone(), change)
    }

    /// Only the cancel: the deadlines of calls pass in the owner's lanes.
    pub(crate) fn lifetime_only(ctx: &Context) -> Self {
        let mut until = Self::new(ctx, Change::Cancelled);
        until.deadline = Watched::Elsewhere;
        until
    }
}

impl<C: Borrow<Context>> Until<C> {
    fn of(ctx: C, change: Change) -> Self {
        Self { ctx, change, deadline: Watched::Here, registered: None, timer: None }
    }

    fn is_ready(&self) -> bool {
        let ctx = self.ctx.borrow();
        let lifetime = ctx.lifetime();
        let by_lifetime = match self.change {
            Change::Draining => lifetime.is_draining(),
            Change::Cancelled => lifetime.is_cancelled(),
            Change::Ended => lifetime.is_ended(),
        };
        by_lifetime || (self.deadline == Watched::Here && ctx.deadline_passed())
    }

    /// Ready when the change has come; else the task is woken by it.
    pub(crate) fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        if self.is_ready() {
            return Poll::Ready(());
        }
        self.register(cx);
        if self.is_ready() {
            return Poll::Ready(()); // it came between the look and the mark
        }
        self.poll_timer(cx)
    }

    fn register(&mut self, cx: &mut TaskContext<'_>) {
        let lifetime = self.ctx.borrow().lifetime();
        let wakee = Wakee::of(cx.waker());
        if let Wakee::Task(id) = wakee
            && self.change != Change::Ended
            && current::id() == Some(id)
            && current::is_under(Arc::as_ptr(lifetime).addr())
        {
            // The cancel of the task's own scope walks its records: nothing to register, only to be marked.
            Record::at(id.index).slot.word.mark_waiting();
            return;
        }
        self.unregister();
        self.registered = Some(self.ctx.borrow().lifetime().add_waiter(wakee));
    }

    fn unregister(&mut self) {
        if let Some(mark) = self.registered.take() {
            self.ctx.borrow().lifetime().remove_waiter(mark);
        }
    }

    /// A deadline that nobody drives needs a timer of its own, armed at the first wait.
    fn poll_timer(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        if self.deadline == Watched::Elsewhere {
            return Poll::Pending;
        }
        let ctx = self.ctx.borrow();
        let Some(deadline) = ctx.deadline() else { return Poll::Pending };
        if ctx.lifetime().driven_deadline.is_some_and(|driven| driven <= deadline) {
            return Poll::Pending;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        timer.as_mut().poll(cx)
    }
}

impl<C: Borrow<Context>> Drop for Until<C> {
    fn drop(&mut self) {
        self.unregister();
    }
}

/// Writes the edge of a wait, once per task that polls it.
fn note_edge(edge: &mut Option<Edge>, kind: WaitKind, site: &'static Location<'static>) {
    if !edge.as_ref().is_some_and(Edge::is_of_current) {
        *edge = Edge::begin(kind, Target::Nobody, Some(site));
    }
}

/// Polls `future` until it is ready or the change has come; the event wins if both are (S13c).
async fn race<F: Future>(
    ctx: &Context,
    change: Change,
    kind: WaitKind,
    site: &'static Location<'static>,
    future: F,
) -> Option<F::Output> {
    let mut until = Until::of(ctx, change);
    if until.is_ready() {
        return None; // nothing is begun under a context that has ended (S7c)
    }
    let mut future = pin!(future);
    let mut edge = None;
    let mut has_its_own = false; // a wait of tenure inside says more than this one could
    poll_fn(|cx| {
        let before = wait::edges_begun();
        if let Poll::Ready(value) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        has_its_own |= wait::edges_begun() != before;
        if until.poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        if !has_its_own {
            note_edge(&mut edge, kind, site);
        }
        Poll::Pending
    })
    .await
}

/// A wait for a change and nothing beside it. Written by hand: as an `async fn` it took twice the room, in each of a million
/// tasks that wait for the end of their scope.
struct WaitFor<'a> {
    edge: Option<Edge>, // goes before the wait
    until: Until<&'a Context>,
    site: &'static Location<'static>,
}

impl Future for WaitFor<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let Self { edge, until, site } = &mut *self;
        let poll = until.poll(cx);
        if poll.is_pending() {
            note_edge(edge, WaitKind::Cancel, site);
        } else {
            *edge = None;
            until.unregister();
        }
        poll
    }
}

pub(crate) fn wait_for(
    ctx: &Context,
    change: Change,
    site: &'static Location<'static>,
) -> impl Future<Output = ()> + Send {
    WaitFor { edge: None, until: Until::of(ctx, change), site }
}

/// The same for the end, with its cause.
struct UntilCancelled<'a>(WaitFor<'a>);

impl Future for UntilCancelled<'_> {
    type Output = Cancelled;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Cancelled> {
        ready!(Pin::new(&mut self.0).poll(cx));
        let ctx = self.0.until.ctx;
        Poll::Ready(ctx.cause().unwrap_or_else(|| ctx.deadline_error()))
    }
}

impl Context {
    /// Ready when draining begins, or when the context ends without it (S7e). Stays ready.
    ///
    /// A service that asks is drained before it is cancelled (S25b).
    ///
    /// # Cancel safety
    /// Cancel-safe; any number of tasks may wait.
    #[track_caller]
    pub fn draining(&self) -> impl Future<Output = ()> + Send {
        let site = Location::caller();
        async move {
            self.lifetime().note_asked();
            wait_for(self, Change::Draining, site).await;
        }
    }

    /// Ready when the context has ended, with the cause. Stays ready.
    ///
    /// # Cancel safety
    /// Cancel-safe; any number of tasks may wait.
    #[track_caller]
    pub fn cancelled(&self) -> impl Future<Output = Cancelled> + Send {
        UntilCancelled(WaitFor {
            edge: None,
            until: Until::of(self, Change::Cancelled),
            site: Location::caller(),
        })
    }

    /// Ready when the context was cancelled or its scope has ended, whichever is first (S7e). Stays ready.
    ///
    /// # Cancel safety
    /// Cancel-safe; any number of tasks may wait.
    #[track_caller]
    pub fn ended(&self) -> impl Future<Output = ()> + Send {
        wait_for(self, Change::Ended, Location::caller())
    }

    /// Awaits a foreign future, or the end of this context: the wait is then an edge with an exit path.
    ///
    /// If both are ready at the same poll the future's value wins (S13c).
    ///
    /// # Errors
    /// [`Cancelled`] if the context ended first; then `future` is dropped. If it has ended already, `future` is
    /// dropped unpolled (S7c).
    ///
    /// # Cancel safety
    /// As that of `future`.
    ///
    /// # Examples
    /// ```
    /// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
    /// let (_never_used, receiver) = tokio::sync::oneshot::channel::<u64>();
    /// let ctx = root.ctx().timeout(tenure::ms(10));
    /// assert!(ctx.select(receiver).await.is_err()); // not for ever
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn select<F: Future>(&self, future: F) -> impl Future<Output = Result<F::Output, Cancelled>> {
        let site = Location::caller();
        async move {
            race(self, Change::Cancelled, WaitKind::Foreign, site, future)
                .await
                .ok_or_else(|| self.cause().unwrap_or_else(|| self.deadline_error()))
        }
    }

    /// Awaits a foreign future until draining begins: `None` then, also at once if it has begun.
    ///
    /// # Cancel safety
    /// As that of `future`.
    #[track_caller]
    pub fn until<F: Future>(&self, future: F) -> impl Future<Output = Option<F::Output>> {
        let site = Location::caller();
        async move {
            self.lifetime().note_asked();
            race(self, Change::Draining, WaitKind::Foreign, site, future).await
        }
    }

    /// Sleeps, unless the context ends first. Resolution 1 ms.
    ///
    /// # Errors
    /// [`Cancelled`] if the context ended first.
    ///
    /// # Cancel safety
    /// Cancel-safe.
    #[track_caller]
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = Result<(), Cancelled>> + Send {
        let site = Location::caller();
        async move {
            let timer = tokio::time::sleep_until(crate::context::context::after(duration));
            race(self, Change::Cancelled, WaitKind::Timer, site, timer)
                .await
                .ok_or_else(|| self.cause().unwrap_or_else(|| self.deadline_error()))
        }
    }
}
