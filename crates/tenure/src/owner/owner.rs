//! What users see of a state owner: requests and their handlers, the hooks, the reference.

use crate::context::Context;
use crate::context::waiters::{Event, Waiting};
use crate::error::{CallError, CallErrorKind, Result};
use crate::exit::ExitReason;
use crate::ident::TaskId;
use crate::ident::{Rung, TaskPath};
use crate::owner::call::{Closure, Sent, Typed, error};
use crate::owner::dispatch::Dispatch;
use crate::owner::inline::at_once;
use crate::owner::lifecycle::OwnerStats;
use crate::owner::mailbox::{Mailbox, Overflow};
use crate::owner::request::{Kind, Work};
use crate::owner::turn::Turn;
use crate::record::current;
use crate::record::wait::{Edge, Target, WaitKind};
use crate::scope::cycle;
use crate::supervisor::{ChildSpec, Owner};
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;

/// A request with its reply type.
///
/// # Examples
/// ```
/// struct Get(u64);
/// impl tenure::Request for Get {
///     type Reply = Option<u64>;
/// }
/// ```
pub trait Request: Send + 'static {
    /// What the caller gets. A `Result` is a reply like any other: a user's `Err` is no failure of the call (S36d).
    type Reply: Send + 'static;
}

/// A synchronous handler.
///
/// Any `Send` struct may implement it; hooks are [`StateOwner`]'s. A handler sees its caller's context through the turn,
/// never through task-locals: it may run on another caller's thread. Implement exactly one of the handler traits for a
/// request; two make `call` ambiguous, a compile error.
///
/// # Examples
/// ```
/// use std::collections::HashMap;
/// use tenure::{Handle, Request, Turn};
///
/// struct Get(u64);
/// impl Request for Get {
///     type Reply = Option<u64>;
/// }
///
/// #[derive(Default)]
/// struct Store(HashMap<u64, u64>);
/// impl Handle<Get> for Store {
///     fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
///         self.0.get(&key).copied()
///     }
/// }
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let store = root.own("store", Store::default());
/// assert_eq!(store.call(root.ctx(), Get(1)).await?, None);
/// # Ok(()) }
/// ```
pub trait Handle<R: Request>: Send + 'static {
    /// One turn: what it returns is the reply.
    fn handle(&mut self, request: R, turn: &mut Turn<R>) -> R::Reply;
}

/// An asynchronous handler, always on the owner's task. Written `async fn handle(..)`.
///
/// While it is pending no other turn of this owner begins. Its waits should go through [`Turn::ctx`], so that they end
/// with the caller.
pub trait HandleAsync<R: Request>: Send + 'static {
    /// One turn: what it resolves to is the reply.
    fn handle(&mut self, request: R, turn: &mut Turn<R>) -> impl Future<Output = R::Reply> + Send;
}

/// A synchronous handler that owns its turn: it answers now, later, or from elsewhere (S36).
pub trait HandleTurn<R: Request>: Send + 'static {
    /// One turn. Dropping `turn` unanswered tells the caller so at once.
    fn handle(&mut self, request: R, turn: Turn<R>);
}

/// An owner with hooks (S37); all but `init` have defaults.
///
/// | hook | when | a failure or panic means |
/// |---|---|---|
/// | `init` | builds the state; nothing is served before | failed start; `terminate` is not called |
/// | `on_start` | first turn, before any request | abnormal exit |
/// | handlers | a turn | an `Err` is a reply; a panic ends the incarnation |
/// | `drain` | once, after the last accepted request | reason `Failed` or `Panicked`; `terminate` after `Failed` only |
/// | `terminate` | last, for every end that is not a panic or an abort | shown; the first reason stays |
///
/// OTP: `gen_server`; that `terminate` is not called after a panic differs, for the state cannot be trusted.
///
/// # Examples
/// ```
/// use tenure::prelude::*;
/// use tenure::{Init, StateOwner};
///
/// struct Log(Vec<String>);
/// impl StateOwner for Log {
///     type Args = usize;
///     async fn init(capacity: usize, _ctx: Context) -> Result<Init<Self>> {
///         Ok(Init::Ready(Self(Vec::with_capacity(capacity))))
///     }
///     async fn drain(&mut self, _ctx: &Context) -> Result {
///         self.0.clear(); // what was written is flushed here
///         Ok(())
///     }
/// }
/// # #[tenure::main] async fn main(root: Scope) -> tenure::Result {
/// let log = root.child(Log::child("log", 16).call_timeout(secs(1))); // or `root.own_init::<Log>("log", 16)`
/// log.with(root.ctx(), |log| log.0.push("started".to_owned())).await?;
/// # Ok(()) }
/// ```
pub trait StateOwner: Sized + Send + 'static {
    /// What a life is made from.
    type Args: Clone + Send + 'static;
    /// Whether dropping the last [`OwnerRef`] is a stop request (S38g). The scope owns the owner, so by default not.
    const STOP_WHEN_UNREFERENCED: bool = false;

    /// An owner of this type as a child: `Db::child("db", args).capacity(1024)`, for [`Scope::child`](crate::Scope::child).
    #[track_caller]
    fn child(name: &str, args: Self::Args) -> ChildSpec<Owner<Self>> {
        ChildSpec::<Owner<Self>>::own_init(name, args)
    }

    /// Builds the state.
    ///
    /// # Errors
    /// Any: the start has failed.
    fn init(args: Self::Args, ctx: Context) -> impl Future<Output = Result<Init<Self>>> + Send;

    /// The first turn, before any request.
    ///
    /// # Errors
    /// Any: the incarnation ends `Failed`.
    fn on_start(&mut self, _ctx: &Context) -> impl Future<Output = Result> + Send {
        async { Ok(()) }
    }

    /// The last work before the end, once every accepted request has been answered. When it returns, the owner has
    /// drained; nobody else can say so (S38b).
    ///
    /// # Errors
    /// Any: the reason is `Failed` instead of `Shutdown`.
    fn drain(&mut self, _ctx: &Context) -> impl Future<Output = Result> + Send {
        async { Ok(()) }
    }

    /// The very last, under cleanup time (S37e).
    fn terminate(&mut self, _reason: &ExitReason, _ctx: &Context) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// What `init` made (S17c).
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "OTP's `{ok, State}` and `ignore`")]
pub enum Init<S> {
    /// The state.
    Ready(S),
    /// Nothing, on purpose: the child is down and nobody minds.
    Ignore,
}

/// How far an owner's stop came (S38f).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerReport {
    /// How the owner ended.
    pub reason: ExitReason,
    /// Whether every accepted request was answered by a turn.
    pub drained: Drained,
}

impl OwnerReport {
    pub(crate) fn new(reason: ExitReason, drained: Drained) -> Self {
        Self { reason, drained }
    }
}

/// Whether an owner drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "drained, or not")]
pub enum Drained {
    /// All accepted requests were handled, `drain` returned.
    Yes,
    /// It ended before.
    CutShort {
        /// Queued requests that got `Stopped` or `Died`.
        unanswered: u64,
        /// What ended it.
        rung: Rung,
    },
}

/// The child that an owner is, as far as its references are concerned.
pub(crate) trait Slot: Event + Send + Sync {
    fn request_stop(&self);
    fn incarnation(&self) -> u32;
    /// The task of its supervisor, which a request to a slot without a life waits for (S40h).
    fn supervisor_task(&self) -> Option<TaskId>;
    /// Lives that are over, with all they owned.
    fn lives_ended(&self) -> u32;
    /// No life goes on, and none will begin by itself.
    fn is_down(&self) -> bool;
    /// Of the last life that ended.
    fn report(&self) -> Option<OwnerReport>;
}

/// Asks for a stop when the last reference goes (S38g).
pub(crate) struct WhenUnreferenced(pub(crate) Arc<dyn Slot>);

impl Drop for WhenUnreferenced {
    fn drop(&mut self) {
        self.0.request_stop();
    }
}

/// The callers' handle of a state owner: it names the child, not one life of it (S27a). Cheap to clone.
///
/// Dropping the last one stops nothing: the scope owns the owner (S38g).
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let store = root.own("store", std::collections::HashMap::<u64, u64>::new());
/// store.with(root.ctx(), |s| s.insert(1, 2)).await?;
/// assert_eq!(store.with(root.ctx(), |s| s.get(&1).copied()).await?, Some(2));
/// assert_eq!(store.stats().accepted, 2);
/// # Ok(()) }
/// ```
///
/// A turn goes on when its caller is dropped, so it cannot borrow from it:
/// ```compile_fail,E0597
/// use tenure::prelude::*;
/// async fn borrow(ctx: Context, store: OwnerRef<Vec<u64>>) -> Result {
///     let mine = vec![1u64];
///     let lent = &mine;
///     store.with(&ctx, move |s| s.extend(lent.iter())).await?;
///     Ok(())
/// }
/// ```
pub struct OwnerRef<S> {
    mailbox: Arc<Mailbox<S>>,
    slot: Arc<dyn Slot>,
    /// The one life it speaks to (S27f).
    pinned: Option<u32>,
    /// Dropped by the last reference, where that means something.
    _token: Option<Arc<WhenUnreferenced>>,
}

impl<S> Clone for OwnerRef<S> {
    fn clone(&self) -> Self {
        Self {
            mailbox: Arc::clone(&self.mailbox),
            slot: Arc::clone(&self.slot),
            pinned: self.pinned,
            _token: self._token.clone(),
        }
    }
}

impl<S: Send + 'static> fmt::Debug for OwnerRef<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerRef").field("path", self.path()).finish_non_exhaustive()
    }
}

impl<S: Send + 'static> OwnerRef<S> {
    pub(crate) fn new(
        mailbox: Arc<Mailbox<S>>,
        slot: Arc<dyn Slot>,
        token: Option<WhenUnreferenced>,
    ) -> Self {
        Self { mailbox, slot, pinned: None, _token: token.map(Arc::new) }
    }

    pub(crate) fn mailbox(&self) -> &Arc<Mailbox<S>> {
        &self.mailbox
    }

    fn overflow(&self) -> Overflow {
        self.mailbox.options().overflow
    }

    fn send<'a, P: Work<S>>(
        &'a self,
        ctx: &'a Context,
        kind: Kind,
        overflow: Overflow,
        payload: P,
        site: &'static Location<'static>,
    ) -> Sent<'a, S, P> {
        Sent::new(&self.mailbox, ctx, kind, overflow, self.pinned, site, payload)
    }

    /// A request whose reply is waited for.
    async fn ask<P: Work<S>, R>(
        &self,
        ctx: &Context,
        overflow: Option<Overflow>,
        payload: P,
        request: fn(P) -> R,
        site: &'static Location<'static>,
    ) -> Result<P::Reply, CallError<R>> {
        // Every call that may run in a loop lets others run, too.
        tokio::task::coop::consume_budget().await;
        let payload = match at_once(&self.mailbox, ctx, Kind::Call, self.pinned, payload, |reply| reply) {
            Ok(answer) => {
                return answer.map_err(|(by, kind)| error(&self.mailbox, by, kind, request));
            }
            Err(payload) => payload,
        };
        let overflow = overflow.unwrap_or_else(|| self.overflow());
        let mut sent = self.send(ctx, Kind::Call, overflow, payload, site);
        let answer = (&mut sent).await;
        let by = sent.served_by();
        match answer {
            Ok(Some(reply)) => Ok(reply),
            // A call resolves with its reply alone; should that ever not hold, it says what the caller knows.
            Ok(None) => Err(error(&self.mailbox, by, CallErrorKind::Unanswered, request)),
            Err(kind) => Err(error(&self.mailbox, by, kind, request)),
        }
    }

    /// A request of which only the admission is waited for.
    async fn tell<R, M>(
        &self,
        ctx: &Context,
        kind: Kind,
        request: R,
        site: &'static Location<'static>,
    ) -> Result<(), CallError<R>>
    where
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        tokio::task::coop::consume_budget().await;
        let typed: Typed<R, M> = Typed(request, PhantomData);
        // Never of `try_cast`: its caller may hold a lock that the turn needs.
        let typed = match at_once(&self.mailbox, ctx, kind, self.pinned, typed, drop) {
            Ok(_) => return Ok(()), // what became of it is in the owner's account
            Err(typed) => typed,
        };
        let sent = self.send(ctx, kind, self.overflow(), typed, site);
        sent.await.map(drop).map_err(|kind| error(&self.mailbox, 0, kind, |typed| typed.0))
    }

    /// A turn by closure: runs `f` on the state and gives back what it returns.
    ///
    /// All of [`OwnerRef::call`] holds. `f` runs at most once, and not at all if the caller is gone when its turn comes.
    ///
    /// # Errors
    /// As [`OwnerRef::call`], with `()` in place of the request: that it was not begun comes back, the closure does not.
    ///
    /// # Cancel safety
    /// As [`OwnerRef::call`].
    #[track_caller]
    pub fn with<F, T>(&self, ctx: &Context, f: F) -> impl Future<Output = Result<T, CallError>> + Send
    where
        F: FnOnce(&mut S) -> T + Send + 'static,
        T: Send + 'static,
    {
        self.ask(ctx, None, Closure(f, PhantomData), drop, Location::caller())
    }

    /// The same, but `Full` at once instead of waiting for a place; it still waits for the turn (S39b).
    ///
    /// # Errors
    /// As [`OwnerRef::with`].
    ///
    /// # Cancel safety
    /// As [`OwnerRef::call`].
    #[track_caller]
    pub fn try_with<F, T>(&self, ctx: &Context, f: F) -> impl Future<Output = Result<T, CallError>> + Send
    where
        F: FnOnce(&mut S) -> T + Send + 'static,
        T: Send + 'static,
    {
        self.ask(ctx, Some(Overflow::Reject), Closure(f, PhantomData), drop, Location::caller())
    }

    /// Sends `request` to the owner and waits for its reply.
    ///
    /// Requests of one caller are handled in the order of their calls (S33b). The wait ends by the reply, by the end of
    /// the owner, by `ctx`, or, without a deadline in `ctx`, after the owner's `call_timeout`, else
    /// [`REQUEST_TIMEOUT`](crate::REQUEST_TIMEOUT) (30 s).
    ///
    /// # Errors
    /// One of [`CallErrorKind`]; the request comes back in it exactly if its turn was not begun.
    ///
    /// # Cancel safety
    /// Dropping the future withdraws the request if it was not begun; it is then never handled. If it was begun, the
    /// turn goes on and its reply is counted as unheard. There is no third case (S35b).
    ///
    /// Semantics: S33 to S36. OTP: `gen_server:call/3`.
    #[track_caller]
    pub fn call<R, M>(
        &self,
        ctx: &Context,
        request: R,
    ) -> impl Future<Output = Result<R::Reply, CallError<R>>> + Send
    where
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        self.ask(ctx, None, Typed(request, PhantomData), |typed| typed.0, Location::caller())
    }

    /// The same, but `Full` at once instead of waiting for a place; it still waits for the reply (S39b).
    ///
    /// # Errors
    /// As [`OwnerRef::call`].
    ///
    /// # Cancel safety
    /// As [`OwnerRef::call`].
    #[track_caller]
    pub fn try_call<R, M>(
        &self,
        ctx: &Context,
        request: R,
    ) -> impl Future<Output = Result<R::Reply, CallError<R>>> + Send
    where
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        let typed = Typed(request, PhantomData);
        self.ask(ctx, Some(Overflow::Reject), typed, |typed| typed.0, Location::caller())
    }

    /// Sends without waiting for a reply: resolves when the request has a place.
    ///
    /// `ctx` bounds the wait for a place and gives the turn its values, not its end (S33f).
    ///
    /// # Errors
    /// `Full`, `Closed`, `Stopped`, `Deadlock` or `Cancelled`, each with the request (S35d).
    ///
    /// # Cancel safety
    /// Dropped while it waits for a place, nothing was sent (S14b).
    ///
    /// OTP: `gen_server:cast/2`, which never waits and never fails.
    #[track_caller]
    pub fn cast<R, M>(
        &self,
        ctx: &Context,
        request: R,
    ) -> impl Future<Output = Result<(), CallError<R>>> + Send
    where
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        self.tell(ctx, Kind::Cast, request, Location::caller())
    }

    /// The same, but the turn ends with `ctx`, too (S33f).
    ///
    /// # Errors
    /// As [`OwnerRef::cast`].
    ///
    /// # Cancel safety
    /// As [`OwnerRef::cast`].
    #[track_caller]
    pub fn cast_with<R, M>(
        &self,
        ctx: &Context,
        request: R,
    ) -> impl Future<Output = Result<(), CallError<R>>> + Send
    where
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        self.tell(ctx, Kind::CastWith, request, Location::caller())
    }

    /// A cast that never waits, so is no future.
    ///
    /// # Errors
    /// As [`OwnerRef::cast`]; `Full` at once.
    #[track_caller]
    pub fn try_cast<R, M>(&self, ctx: &Context, request: R) -> Result<(), CallError<R>>
    where
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        let typed: Typed<R, M> = Typed(request, PhantomData);
        let mut sent = self.send(ctx, Kind::Cast, Overflow::Reject, typed, Location::caller());
        sent.enter().map(drop).map_err(|kind| error(&self.mailbox, 0, kind, |typed| typed.0))
    }

    /// Which life of the child it is: 1 for the first, 0 before its task was started (S27a).
    pub fn incarnation(&self) -> u32 {
        self.mailbox.incarnation()
    }

    /// Where the owner stands in the tree of owners.
    pub fn path(&self) -> &TaskPath {
        self.mailbox.path()
    }

    /// Asks the owner to stop, and returns at once (S38a): new requests are refused, accepted ones are answered, then it
    /// drains. Idempotent.
    pub fn request_stop(&self) {
        self.slot.request_stop();
    }

    /// The same owner, but only its present life: when that ends, what is queued through this reference gets `Died` at once
    /// with the request back, and later requests get `Closed` (S27f). For a request that makes sense on this state alone.
    ///
    /// A plain reference names the child, as a registered name does in OTP; a pinned one names one life of it, as a pid does.
    #[must_use = "it is another reference; this one stays as it is"]
    pub fn pin(&self) -> Self {
        Self { pinned: Some(self.mailbox.life()), ..self.clone() }
    }

    /// Asks the owner to stop, and waits for its end (S38a).
    ///
    /// # Errors
    /// `Cancelled` or `DeadlineExceeded` if `ctx` ended first: the request stands. `Deadlock` if the wait would be for
    /// oneself, or for an owner that waits for the caller.
    ///
    /// # Cancel safety
    /// Dropping the wait does not take the request back.
    #[track_caller]
    pub fn stop(&self, ctx: &Context) -> impl Future<Output = Result<OwnerReport, CallError>> + Send {
        let site = Location::caller();
        async move {
            let failed = |kind| error(&self.mailbox, 0, kind, |()| ());
            if let Some(cancelled) = ctx.cause() {
                return Err(failed(CallErrorKind::Cancelled { cancelled, request: Some(()) }));
            }
            let owner = self.mailbox.task().filter(|_| current::id().is_some());
            let edge = owner.and_then(|owner| Edge::begin(WaitKind::Join, Target::Task(owner), Some(site)));
            if let (Some(edge), Some(owner)) = (&edge, owner)
                && let Some(ring) = cycle::find(edge.task(), cycle::target_of(owner))
            {
                return Err(failed(CallErrorKind::Deadlock { cycle: cycle::paths(&ring), request: () }));
            }
            let ends = self.slot.lives_ended();
            self.request_stop();
            let slot = &*self.slot;
            let mut waiting = Waiting::new(slot);
            ctx.select(poll_fn(|cx| {
                loop {
                    if slot.lives_ended() > ends || slot.is_down() {
                        return Poll::Ready(());
                    }
                    // It is told of every change, and looks again.
                    if waiting.poll(cx).is_pending() && slot.lives_ended() == ends && !slot.is_down() {
                        return Poll::Pending;
                    }
                }
            }))
            .await
            .map_err(|cancelled| failed(CallErrorKind::Cancelled { cancelled, request: None }))?;
            slot.report().ok_or_else(|| failed(CallErrorKind::Closed { request: () }))
        }
    }

    /// The owner's numbers. Never blocks on the owner.
    pub fn stats(&self) -> OwnerStats {
        self.mailbox.stats()
    }
}
