//! One request on its way: what the caller sent, where it is, who waits for it.

use crate::context::Context;
use crate::context::lanes::Expire;
use crate::context::lifetime::{Drains, Lifetime};
use crate::error::{CallErrorKind, Cancelled, Cause, Handled};
use crate::exit::{ExitReason, Panic};
use crate::ident::{TaskId, TaskPath};
use crate::owner::dispatch::{Batch, BatchOf};
use crate::owner::lifecycle::{Heard, Stage, Withdrawn};
use crate::owner::mailbox::Parked;
use crate::owner::turn::Env;
use crate::record::wait::{self, Wakee};
use crate::sync::{Guard, Mutex};
use std::any::{Any, TypeId};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// Whether somebody waits for the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Call,
    /// The turn has the owner's context (S33f).
    Cast,
    /// The turn ends with the caller's context, too.
    CastWith,
}

/// How a payload is run on a state `S`.
pub(crate) trait Work<S>: Send + 'static {
    type Reply: Send + 'static;
    /// Whether the whole turn runs at once, so that an idle owner may run it on the caller's thread (S51).
    const SYNC: bool;
    /// Whether several are handled in one turn, and how many.
    const BATCH: Option<Batch> = None;
    /// Whether the turn can keep nothing: then it needs no request ([`run_bare`](Self::run_bare)).
    const BARE: bool;
    /// Runs a turn that is [`BARE`](Self::BARE), without a request; `None` if it is not.
    fn run_bare(self, parked: &mut Parked<S>, caller: &Caller) -> Option<Self::Reply>
    where
        Self: Sized;
    fn run<'a>(
        self,
        state: &'a mut S,
        request: Arc<dyn ReplySlot<Self::Reply>>,
        env: &Arc<Env>,
    ) -> Dispatched<'a>;
    /// An empty batch of such payloads.
    fn batch() -> Box<dyn Any + Send> {
        Box::new(())
    }
    /// Joins a batch of [`batch`](Self::batch).
    fn join(self, _request: Arc<dyn ReplySlot<Self::Reply>>, _env: &Arc<Env>, _batch: &mut dyn Any)
    where
        Self: Sized,
    {
    }
    fn run_batch(_state: &mut S, _batch: Box<dyn Any + Send>) -> Dispatched<'_> {
        Dispatched::Now
    }
}

/// Who calls, for an inline turn.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) kind: Kind,
    pub(crate) task: Option<TaskId>,
    pub(crate) call_timeout: Duration,
}

/// What is left of a turn after its synchronous part.
pub enum Dispatched<'a> {
    /// Nothing.
    Now,
    /// The rest, to be polled on the owner's task.
    Later(Pin<Box<dyn Future<Output = ()> + Send + 'a>>),
}

impl std::fmt::Debug for Dispatched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Now => "Now",
            Self::Later(_) => "Later",
        })
    }
}

struct State<P, T> {
    stage: Stage<P, T>,
    /// Taken out of the stage by its begin, for the turn that follows on the same thread.
    begun: Option<P>,
    /// The caller, once it waits.
    wakee: Option<Wakee>,
    /// Its deadline passed; it decides at its next poll, so that a reply that is there wins (S13c).
    expired: bool,
    /// Of `turn.ctx()`, if it was asked for: the caller's going ends it (S34c).
    turn_lifetime: Option<Arc<Lifetime>>,
    /// The caller's edge, to be loosened when the reply is kept (S40c).
    edge: Option<(TaskId, wait::Word)>,
    /// The turn is over, the reply is kept.
    is_kept: bool,
    /// It had a place, whatever became of it since.
    was_admitted: bool,
    /// The life that began it, or ended it; 0 before.
    incarnation: u32,
}

pub(crate) struct Cell<P, T> {
    pub(crate) kind: Kind,
    pub(crate) ctx: Context,
    /// Of an inline turn both are set when its reply is kept: most answer at once, and need no clock.
    deadline: OnceLock<Option<Instant>>,
    since: OnceLock<Instant>,
    call_timeout: Duration,
    pub(crate) caller: Option<TaskId>,
    /// The one life of the owner that may serve it (S27f).
    pub(crate) pinned: Option<u32>,
    state: Mutex<State<P, T>>,
}

/// What became of a request that the owner was about to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Begun,
    /// Its deadline had passed, or its context ended: answered, not begun (S34).
    Discarded(Why),
    /// Its caller took it back before.
    Tombstone,
}

/// Why a request was never begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    CallerGone,
    Cancelled,
    Expired,
    Stopped,
    Died,
}

/// How the owner's end answers what it leaves behind.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// A stop was asked, and nothing was forced.
    Stopped,
    Died(ExitReason),
}

/// A request in the queue of an owner of `S`.
pub(crate) trait Queued<S>: Send + Sync {
    /// Under the mailbox's lock (O1). The caller is to be woken if it was discarded.
    fn begin(&self, incarnation: u32) -> (Begin, Option<Wakee>);
    /// Runs a begun request.
    fn run<'a>(self: Arc<Self>, state: &'a mut S, env: &Arc<Env>) -> Dispatched<'a>;
    /// What it has in common with others that may run in one turn with it.
    fn batch_of(&self) -> Option<BatchOf>;
    /// Runs begun requests of one batch, this one first.
    fn run_batch<'a>(
        self: Arc<Self>,
        rest: &[Arc<dyn Queued<S>>],
        state: &'a mut S,
        env: &Arc<Env>,
    ) -> Dispatched<'a>;
    /// Joins the batch of another.
    fn join(self: Arc<Self>, env: &Arc<Env>, batch: &mut dyn Any);
    /// It got a place. Under the mailbox's lock.
    fn admit(&self) -> Option<Wakee>;
    /// The owner's end, for what was never begun. Under the mailbox's lock; true if it was not over before.
    fn refuse(&self, as_what: &Refusal, incarnation: u32) -> (bool, Option<Wakee>);
    fn is_queued(&self) -> bool;
    fn is_waiting(&self) -> bool;
    /// When it was sent.
    fn since(&self) -> Option<Instant>;
    /// The task whose wait it is.
    fn waiter(&self) -> Option<TaskId>;
    /// The one life that may serve it (S27f).
    fn pinned(&self) -> Option<u32>;
    /// The turn is over. What is left unanswered is a kept reply; `None` if there is none.
    fn turn_over(&self) -> Option<Kind>;
    /// The turn panicked.
    fn panicked(&self, panic: &Panic) -> bool;
    fn kind(&self) -> Kind;
    /// Whether its turn may run on another caller's thread (S51e).
    fn is_sync(&self) -> bool;
}

/// The answer to requests that will not begin.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    Stopped,
    Closed,
    Died(ExitReason),
    Deadlock(Vec<TaskPath>),
}

/// A request, as far as its reply is concerned.
pub(crate) trait ReplySlot<T>: Send + Sync {
    /// True if somebody waited for it; `None` if the request had its terminal count before (O2).
    fn answer(&self, value: T) -> Option<bool>;
    /// Ends without a reply. False if it was answered before.
    fn fail(&self, how: Unreplied) -> bool;
    /// The context of the turn (S33d, f).
    fn turn_ctx(&self, owner: &Context) -> Context;
    fn caller(&self) -> Option<TaskId>;
    fn kind(&self) -> Kind;
}

/// How a reply handle was lost.
#[derive(Clone, Debug)]
pub(crate) enum Unreplied {
    Unanswered,
    Ended(Verdict),
}

impl<P: Send + 'static, T: Send + 'static> Cell<P, T> {
    pub(crate) fn new(
        kind: Kind,
        ctx: &Context,
        call_timeout: Duration,
        pinned: Option<u32>,
        payload: P,
    ) -> Arc<Self> {
        let caller = crate::record::current::id();
        let mut cell = Self::at(kind, ctx, call_timeout, caller, Stage::Waiting(payload));
        cell.pinned = pinned;
        let cell = Arc::new(cell);
        cell.start_clock();
        cell
    }

    /// Of an inline turn, which begins now.
    pub(crate) fn begun(ctx: &Context, call_timeout: Duration, caller: Option<TaskId>) -> Arc<Self> {
        Arc::new(Self::at(Kind::Call, ctx, call_timeout, caller, Stage::Begun))
    }

    /// The deadline, from now on.
    pub(crate) fn start_clock(&self) -> Option<Instant> {
        self.since.get_or_init(crate::clock::now);
        *self.deadline.get_or_init(|| self.ctx.call_deadline(self.call_timeout))
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.get().copied().flatten()
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.state.lock().stage.is_answered()
    }

    /// The answer of an inline turn, if it did not keep the reply.
    pub(crate) fn take_answer(&self) -> Option<Result<T, CallErrorKind<P>>> {
        self.state.lock().stage.take_answer()
    }

    fn at(
        kind: Kind,
        ctx: &Context,
        call_timeout: Duration,
        caller: Option<TaskId>,
        stage: Stage<P, T>,
    ) -> Self {
        Self {
            kind,
            ctx: ctx.clone(),
            deadline: OnceLock::new(),
            since: OnceLock::new(),
            call_timeout,
            caller,
            pinned: None,
            state: Mutex::new(State {
                stage,
                begun: None,
                wakee: None,
                expired: false,
                turn_lifetime: None,
                edge: None,
                is_kept: false,
                was_admitted: false,
                incarnation: 0,
            }),
        }
    }

    /// Which life of the owner had to do with it; 0 if none had.
    pub(crate) fn incarnation(&self) -> u32 {
        self.state.lock().incarnation
    }

    /// Takes the payload back from a request that never entered a mailbox.
    pub(crate) fn take_payload(&self) -> Option<P> {
        match self.state.lock().stage.withdraw() {
            Withdrawn::NotAccepted(payload) | Withdrawn::NotBegun(payload) => Some(payload),
            Withdrawn::Begun | Withdrawn::Done(_) | Withdrawn::Nothing => None,
        }
    }

    /// Notes the caller's edge. If the turn is over by now and the reply kept, the edge is loosened at once: true.
    pub(crate) fn set_edge(&self, edge: Option<(TaskId, wait::Word)>) -> bool {
        let mut state = self.state.lock();
        state.edge = edge;
        let is_kept = state.is_kept;
        drop(state);
        if let (true, Some((task, word))) = (is_kept, edge) {
            wait::defer(task, word);
        }
        is_kept
    }

    /// The answer, or the caller is told when there is one. True in the second place: the deadline has passed.
    pub(crate) fn poll_answer(&self, waker: &Waker) -> Result<Result<T, CallErrorKind<P>>, bool> {
        Self::answer_or_register(self.state.lock(), waker)
    }

    fn answer_or_register(
        mut state: Guard<'_, State<P, T>>,
        waker: &Waker,
    ) -> Result<Result<T, CallErrorKind<P>>, bool> {
        if let Some(answer) = state.stage.take_answer() {
            return Ok(answer);
        }
        let expired = state.expired;
        if !state.wakee.as_ref().is_some_and(|wakee| wakee.is(waker)) {
            let old = state.wakee.replace(Wakee::of(waker));
            drop(state);
            drop(old);
        }
        Err(expired)
    }

    /// Whether it has a place (or is past that), for casts; else as `poll_answer`.
    ///
    /// What becomes of it after it had its place is no failure of the cast (S35d): it is in the owner's account.
    pub(crate) fn poll_admitted(&self, waker: &Waker) -> Result<Result<(), CallErrorKind<P>>, bool> {
        let state = self.state.lock();
        if state.was_admitted {
            return Ok(Ok(()));
        }
        // Under the one lock: a place given between the look and the mark would be told to nobody.
        Self::answer_or_register(state, waker).map(|answer| answer.map(drop))
    }

    /// The caller goes, by being dropped or by its context. Under the mailbox's lock (O1); the turn's lifetime is to be
    /// cancelled outside of it (O3).
    pub(crate) fn withdraw(&self) -> (Withdrawn<P, T>, Option<Arc<Lifetime>>) {
        let mut state = self.state.lock();
        let withdrawn = state.stage.withdraw();
        let lifetime = match withdrawn {
            Withdrawn::Begun => state.turn_lifetime.take(),
            _ => None,
        };
        (withdrawn, lifetime)
    }

    pub(crate) fn expired_error(&self, handled: Handled, request: Option<P>) -> CallErrorKind<P> {
        let since = *self.since.get_or_init(crate::clock::now);
        let until = self.deadline().unwrap_or_else(crate::clock::now);
        let waited = until.saturating_duration_since(since);
        CallErrorKind::DeadlineExceeded { handled, waited, cancelled: self.deadline_cancelled(), request }
    }

    /// The context's own deadline says where it was set; a default one is the call's.
    fn deadline_cancelled(&self) -> Cancelled {
        self.ctx.deadline_error()
    }

    /// S34a, b: whether it must not begin any more, and why.
    fn gone(&self) -> Option<Result<Cancelled, ()>> {
        if self.kind == Kind::Cast {
            return None;
        }
        if let Some(cancelled) = self.ctx.lifetime().cancelled().map(|(cancelled, _)| cancelled) {
            return Some(Ok(cancelled));
        }
        let at = if self.kind == Kind::Call { self.deadline() } else { self.ctx.deadline() };
        at.is_some_and(|at| crate::clock::now() >= at).then_some(Err(()))
    }
}

impl<P: Send + 'static, T: Send + 'static> Expire for Cell<P, T> {
    fn expire(&self) {
        let mut state = self.state.lock();
        state.expired = true;
        let wakee = state.wakee.take();
        drop(state);
        if let Some(wakee) = wakee {
            wakee.wake();
        }
    }
}

impl<P: Send + 'static, T: Send + 'static> ReplySlot<T> for Cell<P, T> {
    fn answer(&self, value: T) -> Option<bool> {
        let mut state = self.state.lock();
        let heard = if self.kind == Kind::Call { state.stage.answer(value) } else { Heard::No(value) };
        let wakee = state.wakee.take();
        drop(state);
        if let Some(wakee) = wakee {
            wakee.wake();
        }
        match heard {
            Heard::Yes => Some(true),
            Heard::No(_) => Some(false), // an unheard value is dropped here, outside the lock
            Heard::Late(_) => None,
        }
    }

    fn fail(&self, how: Unreplied) -> bool {
        let error = match how {
            Unreplied::Unanswered => CallErrorKind::Unanswered,
            Unreplied::Ended(Verdict::Stopped) => CallErrorKind::Stopped { request: None },
            Unreplied::Ended(Verdict::Died(reason)) => CallErrorKind::Died { reason, request: None },
        };
        let mut state = self.state.lock();
        let failed = state.stage.fail(error);
        let wakee = state.wakee.take();
        drop(state);
        if let Some(wakee) = wakee {
            wakee.wake();
        }
        failed
    }

    fn turn_ctx(&self, owner: &Context) -> Context {
        if self.kind == Kind::Cast {
            return owner.with_values_of(&self.ctx);
        }
        let lifetime = Lifetime::child_of(&[self.ctx.lifetime(), owner.lifetime()], Drains::WithParent, None);
        let mut state = self.state.lock();
        let gone = matches!(state.stage, Stage::Gone | Stage::Over);
        state.turn_lifetime = Some(Arc::clone(&lifetime));
        drop(state);
        if gone {
            lifetime.cancel(Cause::CallerGone, self.ctx.path());
        }
        let ctx = match (self.start_clock(), self.ctx.deadline()) {
            (Some(at), None) if self.kind == Kind::Call => {
                self.ctx.with_deadline(crate::context::Deadline::At(at))
            }
            _ => self.ctx.clone(),
        };
        Context::for_turn(&ctx, owner, lifetime)
    }

    fn caller(&self) -> Option<TaskId> {
        self.caller
    }

    fn kind(&self) -> Kind {
        self.kind
    }
}

impl<S, P, T> Queued<S> for Cell<P, T>
where
    S: Send + 'static,
    P: Work<S, Reply = T> + Send,
    T: Send + 'static,
{
    fn begin(&self, incarnation: u32) -> (Begin, Option<Wakee>) {
        let mut state = self.state.lock();
        state.incarnation = incarnation;
        if !state.stage.is_queued() {
            return (Begin::Tombstone, None);
        }
        let why = match self.gone() {
            None => {
                state.begun = state.stage.begin();
                return (Begin::Begun, None);
            }
            Some(Ok(cancelled)) => {
                state.stage.refuse(|request| CallErrorKind::Cancelled { cancelled, request: Some(request) });
                Why::Cancelled
            }
            Some(Err(())) => {
                state.stage.refuse(|request| self.expired_error(Handled::No, Some(request)));
                Why::Expired
            }
        };
        (Begin::Discarded(why), state.wakee.take())
    }

    fn run<'a>(self: Arc<Self>, state: &'a mut S, env: &Arc<Env>) -> Dispatched<'a> {
        let payload = self.state.lock().begun.take();
        match payload {
            Some(payload) => payload.run(state, self, env),
            None => Dispatched::Now,
        }
    }

    fn batch_of(&self) -> Option<BatchOf> {
        P::BATCH.map(|batch| BatchOf { payload: TypeId::of::<P>(), batch })
    }

    fn run_batch<'a>(
        self: Arc<Self>,
        rest: &[Arc<dyn Queued<S>>],
        state: &'a mut S,
        env: &Arc<Env>,
    ) -> Dispatched<'a> {
        let mut batch = P::batch();
        Queued::<S>::join(self, env, &mut *batch);
        for request in rest {
            Arc::clone(request).join(env, &mut *batch);
        }
        P::run_batch(state, batch)
    }

    fn join(self: Arc<Self>, env: &Arc<Env>, batch: &mut dyn Any) {
        let payload = self.state.lock().begun.take();
        if let Some(payload) = payload {
            payload.join(self, env, batch);
        }
    }

    fn admit(&self) -> Option<Wakee> {
        let mut state = self.state.lock();
        state.stage.admit();
        state.was_admitted = state.stage.is_queued();
        if self.kind == Kind::Call { None } else { state.wakee.take() }
    }

    fn refuse(&self, as_what: &Refusal, incarnation: u32) -> (bool, Option<Wakee>) {
        let mut state = self.state.lock();
        state.incarnation = incarnation;
        let refused = state.stage.refuse(|request| match as_what.clone() {
            Refusal::Stopped => CallErrorKind::Stopped { request: Some(request) },
            Refusal::Closed => CallErrorKind::Closed { request },
            Refusal::Died(reason) => CallErrorKind::Died { reason, request: Some(request) },
            Refusal::Deadlock(cycle) => CallErrorKind::Deadlock { cycle, request },
        });
        (refused, state.wakee.take())
    }

    fn is_queued(&self) -> bool {
        self.state.lock().stage.is_queued()
    }

    fn is_waiting(&self) -> bool {
        self.state.lock().stage.is_waiting()
    }

    fn since(&self) -> Option<Instant> {
        self.since.get().copied()
    }

    fn pinned(&self) -> Option<u32> {
        self.pinned
    }

    fn waiter(&self) -> Option<TaskId> {
        self.state.lock().edge.map(|(task, _)| task)
    }

    fn turn_over(&self) -> Option<Kind> {
        let mut state = self.state.lock();
        if !state.stage.is_unanswered() {
            return None;
        }
        state.is_kept = true;
        let edge = state.edge;
        drop(state);
        if let Some((task, word)) = edge {
            wait::defer(task, word);
        }
        Some(self.kind)
    }

    fn panicked(&self, panic: &Panic) -> bool {
        let mut state = self.state.lock();
        let (message, location) = (panic.message.clone(), panic.location.clone());
        let failed = state.stage.fail(CallErrorKind::Panicked { message, location });
        let wakee = state.wakee.take();
        drop(state);
        if let Some(wakee) = wakee {
            wakee.wake();
        }
        failed
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn is_sync(&self) -> bool {
        P::SYNC
    }
}
