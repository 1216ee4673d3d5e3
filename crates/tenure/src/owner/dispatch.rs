//! From a request to its handler: [`Dispatch`], one implementation for each handler trait; and [`HandleBatch`], whose turn has
//! several requests (S52).

use crate::owner::owner::{Handle, HandleAsync, HandleTurn, Request};
use crate::owner::request::Dispatched;
use crate::owner::turn::Turn;
use std::any::TypeId;
use std::future::Future;
use std::time::Duration;

/// How a request is dispatched; `M` is inferred from the one handler trait that is implemented.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handler for `{R}`",
    note = "implement one of Handle, HandleAsync, HandleTurn, HandleBatch for it"
)]
pub trait Dispatch<R: Request, M>: Send + 'static {
    #[doc(hidden)]
    const SYNC: bool;
    #[doc(hidden)]
    const BARE: bool = false;
    #[doc(hidden)]
    /// Runs a turn that can keep nothing.
    fn bare(&mut self, _request: R, _turn: &mut Turn<R>) -> Option<R::Reply> {
        None
    }
    #[doc(hidden)]
    fn dispatch(&mut self, request: R, turn: Turn<R>) -> Dispatched<'_>;
    #[doc(hidden)]
    const BATCH: Option<Batch> = None;
    #[doc(hidden)]
    fn dispatch_batch(&mut self, _batch: Vec<(R, Turn<R>)>) -> Dispatched<'_> {
        Dispatched::Now
    }
}

pub(crate) mod mode {
    //! How a handler runs; inferred, never named.
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Sync;
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Async;
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Owned;
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Batched;
}

impl<S: Handle<R>, R: Request> Dispatch<R, mode::Sync> for S {
    const SYNC: bool = true;
    const BARE: bool = true;

    #[inline]
    fn bare(&mut self, request: R, turn: &mut Turn<R>) -> Option<R::Reply> {
        Some(self.handle(request, turn))
    }
    fn dispatch(&mut self, request: R, mut turn: Turn<R>) -> Dispatched<'_> {
        let reply = self.handle(request, &mut turn);
        turn.answer(reply);
        Dispatched::Now
    }
}

impl<S: HandleAsync<R>, R: Request> Dispatch<R, mode::Async> for S {
    const SYNC: bool = false;
    fn dispatch(&mut self, request: R, mut turn: Turn<R>) -> Dispatched<'_> {
        Dispatched::Later(Box::pin(async move {
            let reply = self.handle(request, &mut turn).await;
            turn.answer(reply);
        }))
    }
}

impl<S: HandleTurn<R>, R: Request> Dispatch<R, mode::Owned> for S {
    const SYNC: bool = true;
    fn dispatch(&mut self, request: R, turn: Turn<R>) -> Dispatched<'_> {
        self.handle(request, turn);
        Dispatched::Now
    }
}

impl<S: HandleBatch<R>, R: Request> Dispatch<R, mode::Batched> for S {
    const SYNC: bool = false;
    const BATCH: Option<Batch> = Some(S::BATCH);

    fn dispatch(&mut self, request: R, turn: Turn<R>) -> Dispatched<'_> {
        self.dispatch_batch(vec![(request, turn)])
    }

    fn dispatch_batch(&mut self, batch: Vec<(R, Turn<R>)>) -> Dispatched<'_> {
        Dispatched::Later(Box::pin(self.handle(batch)))
    }
}

/// A handler of several requests at once, always on the owner's task. Written `async fn handle(..)`.
///
/// A batch has 1 to [`Batch::max_items`] requests of this one type that stand in the mailbox one after the other. It begins
/// when it is full, when a request of another type follows, when [`Batch::max_delay`] has passed since the first of them was
/// sent, or when the owner is asked to stop. Each request is begun, checked and answered on its own: a caller that has gone
/// before is not in the batch, and each gets its own reply. A panic answers `Panicked` to every turn not yet answered.
///
/// It pays where the handler has a cost that many requests can share: a commit, a flush, a round trip. Where it has none, a
/// [`Handle`](crate::Handle) is faster, for it needs no task to be woken; and where callers are few the delay is all they
/// notice. While a batch is gathered the owner begins nothing else that was sent later.
///
/// # Examples
/// ```
/// use tenure::prelude::*;
/// use tenure::{Batch, HandleBatch, Turn};
///
/// struct Append(String);
/// impl Request for Append {
///     type Reply = usize;
/// }
///
/// #[derive(Default)]
/// struct Log {
///     lines: Vec<String>,
///     commits: usize,
/// }
/// impl HandleBatch<Append> for Log {
///     const BATCH: Batch = Batch { max_items: 64, max_delay: ms(2) };
///     async fn handle(&mut self, batch: Vec<(Append, Turn<Append>)>) {
///         self.commits += 1; // one write for all of them
///         for (Append(line), turn) in batch {
///             self.lines.push(line);
///             turn.answer(self.lines.len());
///         }
///     }
/// }
/// # #[tenure::main] async fn main(root: Scope) -> tenure::Result {
/// let log = root.own("log", Log::default());
/// let ctx = root.ctx();
/// let (one, two) = tokio::join!(log.call(ctx, Append("a".into())), log.call(ctx, Append("b".into())));
/// assert_eq!((one?, two?), (1, 2));
/// assert_eq!(log.with(ctx, |log| log.commits).await?, 1);
/// # Ok(()) }
/// ```
pub trait HandleBatch<R: Request>: Send + 'static {
    /// How many requests, and for how long they are waited for.
    const BATCH: Batch;
    /// One turn for all of them, in the order in which they were accepted. A turn that is dropped unanswered tells its
    /// caller so at once.
    fn handle(&mut self, batch: Vec<(R, Turn<R>)>) -> impl Future<Output = ()> + Send;
}

/// When a batch begins.
///
/// # Examples
/// ```
/// use tenure::{Batch, ms};
/// const GROUP_COMMIT: Batch = Batch { max_items: 1024, max_delay: ms(2) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made as a literal")]
pub struct Batch {
    /// Requests of a full batch; 0 means 1. More than the mailbox has places will never be there.
    pub max_items: u32,
    /// From the call of the first request to the beginning of the batch at the latest, if the owner is free by then. Zero:
    /// whatever is queued when the owner is free.
    pub max_delay: Duration,
}

/// What requests of a batch have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchOf {
    pub(crate) payload: TypeId,
    pub(crate) batch: Batch,
}

impl BatchOf {
    /// Requests of a full batch, in a mailbox of so many places.
    pub(crate) fn items_max(&self, capacity: u32) -> usize {
        self.batch.max_items.clamp(1, capacity.max(1)) as usize
    }
}
