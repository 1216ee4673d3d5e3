//! The owner's task: makes the state, runs its turns one at a time, drains, ends (S33, S37, S38).

use crate::account::FailedBy;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::{ExitReason, Panic, catch};
use crate::ident::Rung;
use crate::owner::inline::drop_state;
use crate::owner::lifecycle::Phase;
use crate::owner::mailbox::{Mailbox, Parked};
use crate::owner::mailbox::{Next, count_panicked};
use crate::owner::owner::{Drained, Init, StateOwner};
use crate::owner::request::{Dispatched, Kind, Queued, Verdict};
use crate::owner::turn::{self, Env, OwnerOps, TurnPanic, TurnsEnded};
use crate::record::slab::RecordRef;
use crate::record::wait::{Edge, Target, WaitKind};
use crate::record::{Record, current, exits};
use crate::scope::cycle;
use crate::sync::Mutex;
use crate::task::future::{self, EndsAs};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Hook<S, T> = for<'a> fn(&'a mut S, &'a Context) -> BoxFuture<'a, T>;

/// The hooks of a [`StateOwner`], without its type in the owner's task.
pub(crate) struct Hooks<S> {
    on_start: Hook<S, Result>,
    drain: Hook<S, Result>,
    terminate: for<'a> fn(&'a mut S, &'a ExitReason, &'a Context) -> BoxFuture<'a, ()>,
}

impl<S> Clone for Hooks<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Hooks<S> {}

impl<S: StateOwner> Hooks<S> {
    fn of() -> Self {
        Self {
            on_start: |state, ctx| Box::pin(state.on_start(ctx)),
            drain: |state, ctx| Box::pin(state.drain(ctx)),
            terminate: |state, reason, ctx| Box::pin(state.terminate(reason, ctx)),
        }
    }
}

/// Where the state comes from.
pub(crate) enum Make<S> {
    /// Once: it cannot be made again (S8b).
    Value(Option<S>),
    Again(Box<dyn Fn() -> S + Send>),
    Init(Box<dyn Fn(Context) -> BoxFuture<'static, Result<Init<S>>> + Send>, Hooks<S>),
}

/// What each life of a child borrows of it to be made from; two lives never overlap.
pub(crate) struct Lent<T>(Mutex<Option<T>>);

impl<T> Lent<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }

    /// Runs user code on it, outside the lock; it comes back also if that panics.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        struct Out<'a, T>(&'a Lent<T>, Option<T>);
        impl<T> Drop for Out<'_, T> {
            fn drop(&mut self) {
                *self.0.0.lock() = self.1.take();
            }
        }
        let mut out = Out(self, self.0.lock().take());
        out.1.as_mut().map(f)
    }
}

impl<S: StateOwner> Make<S> {
    pub(crate) fn init(args: S::Args) -> Self {
        Self::Init(Box::new(move |ctx| Box::pin(S::init(args.clone(), ctx))), Hooks::of())
    }
}

impl<S> Make<S> {
    /// Whether another life can be made from it.
    pub(crate) fn can_restart(&self) -> bool {
        !matches!(self, Self::Value(_))
    }

    /// Whether code of the user's runs before it is ready, and may take its time.
    pub(crate) fn has_init(&self) -> bool {
        matches!(self, Self::Init(..))
    }
}

/// Hears how the start of a life went (S17b).
pub(crate) trait Starts: Send + Sync {
    fn is_ready(&self);
    /// `init` made nothing, on purpose (S17c).
    fn is_ignored(&self);
}

/// One life of an owner, as the future of its task.
pub(crate) struct OwnerTask<S: Send + 'static> {
    mailbox: Arc<Mailbox<S>>,
    ctx: Context,
    life: Option<BoxFuture<'static, Result>>,
}

impl<S: Send + 'static> OwnerTask<S> {
    pub(crate) fn new(
        mailbox: Arc<Mailbox<S>>,
        env: Arc<Env>,
        maker: Arc<Lent<Make<S>>>,
        starts: Arc<dyn Starts>,
    ) -> Self {
        let ctx = env.ctx.clone();
        let life = Life { mailbox: Arc::clone(&mailbox), env, starts, ended: TurnsEnded::default() };
        Self { mailbox, ctx, life: Some(Box::pin(life.run(maker))) }
    }
}

impl<S: Send + 'static> Future for OwnerTask<S> {
    type Output = Result;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Result> {
        let Some(life) = &mut self.life else { return Poll::Ready(Ok(())) };
        let result = std::task::ready!(life.as_mut().poll(cx));
        self.life = None;
        Poll::Ready(result)
    }
}

impl<S: Send + 'static> Drop for OwnerTask<S> {
    /// By force: the turn in progress is dropped, its caller and the queue are told (S38e).
    fn drop(&mut self) {
        let Some(life) = self.life.take() else { return };
        let reason = dropped_reason(&self.ctx);
        let key = self.mailbox.key();
        // First: a caller whose inline turn ends from now on drops the state itself, and parks it no more.
        let parked = self.mailbox.end_life(&reason, Some(Rung::Abort), &TurnsEnded::default());
        let verdict = Verdict::Died(reason);
        let (dropped, ended) = turn::run(key, Some(verdict), || drop((life, parked)));
        self.mailbox.count(&ended);
        if let Some(id) = current::id() {
            cycle::remove_owner(id);
        }
        if let Err(dropped) = dropped {
            dropped.panic.resume(); // the task's wrapper catches it: the reason is `Panicked` (S9 row 1)
        }
    }
}

/// What S9 will say of the task that is being dropped.
fn dropped_reason(ctx: &Context) -> ExitReason {
    let Some(id) = current::id() else { return ExitReason::Aborted(crate::error::Cause::RuntimeGone) };
    future::dropped_reason(Record::at(id.index).slot.word.read(), exits::noted_abort(id), ctx)
}

struct Life<S: Send + 'static> {
    mailbox: Arc<Mailbox<S>>,
    env: Arc<Env>,
    starts: Arc<dyn Starts>,
    /// Requests whose end the mailbox has not been told of yet.
    ended: TurnsEnded,
}

impl<S: Send + 'static> Drop for Life<S> {
    /// By force, what ended before is counted all the same (O2).
    fn drop(&mut self) {
        self.flush();
    }
}

/// The requests of a turn: none for a hook.
struct Of<'a, S> {
    first: Option<&'a Arc<dyn Queued<S>>>,
    rest: &'a [Arc<dyn Queued<S>>],
}

impl<S> Clone for Of<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Of<'_, S> {}

impl<'a, S> Of<'a, S> {
    const HOOK: Self = Self { first: None, rest: &[] };

    fn all(self) -> impl Iterator<Item = &'a Arc<dyn Queued<S>>> {
        self.first.into_iter().chain(self.rest)
    }
}

/// Casts whose turn is pending: dropped by force they are counted, for no reply handle does (O2).
struct CastTurns(u64, Arc<dyn OwnerOps>);

impl CastTurns {
    fn of<'a, S: 'a>(
        requests: impl Iterator<Item = &'a Arc<dyn Queued<S>>>,
        owner: &Arc<dyn OwnerOps>,
    ) -> Self {
        let casts = requests.filter(|request| request.kind() != Kind::Call).count();
        Self(casts as u64, Arc::clone(owner))
    }

    /// It came to its end: they are counted by whoever saw that.
    fn over(mut self) {
        self.0 = 0;
    }
}

impl Drop for CastTurns {
    fn drop(&mut self) {
        if self.0 > 0 {
            let failed = FailedBy { died: self.0, ..FailedBy::default() };
            self.1.count(&TurnsEnded { failed, ..TurnsEnded::default() });
        }
    }
}

/// How the turns came to an end.
enum TurnsOver {
    Drained,
    Cut,
    /// By its supervisor, which starts another life (S28d).
    Halted,
    Failed(Error),
    Panicked(Panic),
}

impl<S: Send + 'static> Life<S> {
    async fn run(mut self, maker: Arc<Lent<Make<S>>>) -> Result {
        let key = self.mailbox.key();
        let (mut state, hooks) = match self.init(key, &maker).await {
            Ok(Some(made)) => made,
            Ok(None) => {
                self.starts.is_ignored();
                return self.end(ExitReason::Normal);
            }
            Err(reason) => return self.end(reason),
        };
        self.starts.is_ready();
        self.mailbox.up();
        let over = match self.on_start(key, &mut state, hooks.as_ref()).await {
            Some(over) => over,
            None => {
                let record = current::id().and_then(RecordRef::of);
                let (env, life) = (Arc::clone(&self.env), self.env.life);
                let incarnation = self.mailbox.incarnation();
                let (task, lifetime) = (current::id(), Arc::as_ptr(env.ctx.lifetime()).addr());
                let parked = Parked {
                    state: Box::new(state),
                    spare: Some(Arc::clone(&env)),
                    env,
                    task,
                    lifetime,
                    life,
                    incarnation,
                    _record: record,
                };
                match self.turns(key, parked).await {
                    (over, Some(parked)) => {
                        state = *parked.state;
                        over
                    }
                    (TurnsOver::Panicked(panic), None) => return self.end(ExitReason::Panicked(panic)),
                    (
                        TurnsOver::Drained | TurnsOver::Cut | TurnsOver::Halted | TurnsOver::Failed(_),
                        None,
                    ) => {
                        return self.end(ExitReason::Normal); // only a panic loses the state
                    }
                }
            }
        };
        let (reason, may_terminate) = self.drain(key, &mut state, hooks.as_ref(), over).await;
        if let (true, Some(hooks)) = (may_terminate, &hooks) {
            let ctx = self.env.ctx.cleanup(crate::context::Stop::SERVICE.cancel);
            let terminate = (hooks.terminate)(&mut state, &reason, &ctx);
            // A panic here is shown; the first reason stays (S37).
            if let Err(panic) = self.guard(key, Of::HOOK, terminate).await {
                self.mailbox.note_secondary(&panic);
            }
        }
        self.drop_state(key, state, &reason);
        self.end(reason)
    }

    /// Runs a piece of user code as (part of) a turn: its panic is a value, and what it lost is answered with it, the
    /// requests `of` the turn first.
    async fn guard<T>(
        &mut self,
        key: usize,
        of: Of<'_, S>,
        future: impl Future<Output = T>,
    ) -> Result<T, Panic> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let (polled, ended) = turn::run(key, None, || future.as_mut().poll(cx));
            self.ended.add(&ended);
            match polled {
                Ok(Poll::Pending) => {
                    self.flush(); // kept replies it answered so far
                    Poll::Pending
                }
                Ok(poll) => poll.map(Ok),
                Err(panicked) => Poll::Ready(Err(self.panicked(key, of, panicked))),
            }
        })
        .await
    }

    /// Answers what a panic has ended: the requests `of` the turn first, then the replies it held of others (S36c).
    fn panicked(&mut self, key: usize, of: Of<'_, S>, panicked: TurnPanic) -> Panic {
        let TurnPanic { panic, lost } = panicked;
        for request in of.all() {
            count_panicked(request, &panic, &mut self.ended);
        }
        self.ended.add(&lost.answer(key, &panic));
        panic
    }

    /// Tells the mailbox what has ended. Its lock is taken, so not in a turn that need not.
    fn flush(&mut self) {
        if self.ended.sum() > 0 {
            self.mailbox.count(&std::mem::take(&mut self.ended));
        }
    }

    async fn init(
        &mut self,
        key: usize,
        maker: &Lent<Make<S>>,
    ) -> Result<Option<(S, Option<Hooks<S>>)>, ExitReason> {
        enum Made<S> {
            State(Option<S>),
            Init(BoxFuture<'static, Result<Init<S>>>, Hooks<S>),
        }
        let ctx = self.env.ctx.clone();
        let made = catch(|| {
            maker.with(|make| match make {
                Make::Value(state) => Made::State(state.take()),
                Make::Again(make) => Made::State(Some(make())),
                Make::Init(init, hooks) => Made::Init(init(ctx), *hooks),
            })
        });
        match made {
            Ok(Some(Made::State(Some(state)))) => Ok(Some((state, None))),
            Ok(Some(Made::State(None)) | None) => {
                let error =
                    Error::msg("it was made from a value, which is gone: use `own_with` or `own_init`");
                Err(ExitReason::Failed(error))
            }
            Ok(Some(Made::Init(init, hooks))) => match self.guard(key, Of::HOOK, init).await {
                Ok(Ok(Init::Ready(state))) => Ok(Some((state, Some(hooks)))),
                Ok(Ok(Init::Ignore)) => Ok(None),
                Ok(Err(error)) => Err(self.judge(error)),
                Err(panic) => Err(ExitReason::Panicked(panic)),
            },
            Err(panic) => Err(ExitReason::Panicked(panic)),
        }
    }

    /// An error of a hook, by S9 rows 4 to 7.
    fn judge(&self, error: Error) -> ExitReason {
        match (error.cancelled(), self.env.ctx.cause()) {
            (Some(_), Some(cancelled)) => ExitReason::Shutdown(cancelled.cause),
            (_, _) => ExitReason::Failed(error),
        }
    }

    /// The first turn, before any request (S37).
    async fn on_start(&mut self, key: usize, state: &mut S, hooks: Option<&Hooks<S>>) -> Option<TurnsOver> {
        let hooks = hooks?;
        if self.mailbox.phase() >= Phase::Cut {
            return Some(TurnsOver::Cut); // nothing further begins (S38d)
        }
        let ctx = self.env.ctx.clone();
        match self.guard(key, Of::HOOK, (hooks.on_start)(state, &ctx)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) if error.cancelled().is_some() && ctx.is_cancelled() => Some(TurnsOver::Cut),
            Ok(Err(error)) => Some(TurnsOver::Failed(error)),
            Err(panic) => Some(TurnsOver::Panicked(panic)),
        }
    }

    /// Runs what is queued. The state comes back, unless an inline turn lost it in a panic.
    async fn turns(&mut self, key: usize, parked: Parked<S>) -> (TurnsOver, Option<Parked<S>>) {
        let mut mine = Some(parked);
        loop {
            tokio::task::coop::consume_budget().await;
            let (request, rest) = match self.next(&mut mine).await {
                Next::Turn(request, rest) => (request, rest),
                Next::Drained => return (TurnsOver::Drained, mine),
                Next::Cut => return (TurnsOver::Cut, mine),
                Next::Halted => return (TurnsOver::Halted, mine),
                Next::Panicked(panic) => return (TurnsOver::Panicked(panic), mine),
                Next::Failed => return (self.failed(), mine),
            };
            let Some(parked) = &mut mine else { continue }; // a turn comes with the state
            if let Err(panic) = self.turn(key, &mut parked.state, &request, &rest).await {
                return (TurnsOver::Panicked(panic), mine);
            }
            if self.env.has_failed() {
                return (self.failed(), mine);
            }
        }
    }

    fn failed(&self) -> TurnsOver {
        let error = self.env.take_failure();
        TurnsOver::Failed(error.unwrap_or_else(|| Error::msg("the turn failed its owner")))
    }

    async fn next(&mut self, mine: &mut Option<Parked<S>>) -> Next<S> {
        let mut edge = None;
        let mut gathered: Option<Pin<Box<tokio::time::Sleep>>> = None;
        poll_fn(|cx| {
            loop {
                let until = match self.mailbox.next(mine, &mut self.ended, cx.waker()) {
                    Ok(next) => return Poll::Ready(next),
                    Err(until) => until,
                };
                if let Some(until) = until {
                    let timer = gathered.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
                    if timer.deadline() != until {
                        timer.as_mut().reset(until); // the first of them has gone
                    }
                    if timer.as_mut().poll(cx).is_ready() {
                        continue;
                    }
                }
                if edge.is_none() {
                    edge = Edge::begin(WaitKind::MailboxEmpty, Target::Nobody, None);
                }
                return Poll::Pending;
            }
        })
        .await
    }

    /// One turn, of one request or of a batch.
    async fn turn(
        &mut self,
        key: usize,
        state: &mut S,
        request: &Arc<dyn Queued<S>>,
        rest: &[Arc<dyn Queued<S>>],
    ) -> Result<(), Panic> {
        let env = Arc::clone(&self.env);
        let of = Of { first: Some(request), rest };
        let (begun, ended) = turn::run(key, None, || {
            let request = Arc::clone(request);
            if rest.is_empty() { request.run(state, &env) } else { request.run_batch(rest, state, &env) }
        });
        self.ended.add(&ended);
        match begun {
            Ok(Dispatched::Now) => {}
            Ok(Dispatched::Later(later)) => {
                let casts = CastTurns::of(of.all(), &self.env.owner);
                let done = self.guard(key, of, later).await;
                casts.over();
                done?;
            }
            Err(panicked) => return Err(self.panicked(key, of, panicked)),
        }
        for request in of.all() {
            match request.turn_over() {
                Some(Kind::Cast | Kind::CastWith) => self.ended.handled += 1,
                Some(Kind::Call) | None => {} // kept: begun until answered (S36b); or answered
            }
        }
        Ok(())
    }

    /// `drain`, if nothing cut it short; the reason, and whether `terminate` may see the state (S37, S38).
    async fn drain(
        &mut self,
        key: usize,
        state: &mut S,
        hooks: Option<&Hooks<S>>,
        over: TurnsOver,
    ) -> (ExitReason, bool) {
        let ctx = self.env.ctx.clone();
        let result = match over {
            TurnsOver::Panicked(panic) => return (ExitReason::Panicked(panic), false),
            TurnsOver::Failed(error) => return (ExitReason::Failed(error), true),
            TurnsOver::Cut => {
                self.mailbox.set_drained(Drained::CutShort { unanswered: 0, rung: Rung::Cancel });
                Ok(Ok(()))
            }
            TurnsOver::Halted => Ok(Ok(())),
            TurnsOver::Drained => match hooks {
                Some(hooks) => self.guard(key, Of::HOOK, (hooks.drain)(state, &ctx)).await,
                None => Ok(Ok(())),
            },
        };
        match result {
            Ok(Ok(())) => (asked_reason(&ctx), true),
            Ok(Err(error)) => (self.judge(error), true),
            Err(panic) => (ExitReason::Panicked(panic), false),
        }
    }

    /// A panic in the state's drop is caught and recorded as secondary (S37a).
    fn drop_state(&mut self, key: usize, state: S, reason: &ExitReason) {
        let verdict = match reason {
            ExitReason::Normal | ExitReason::Shutdown(_) => Verdict::Stopped,
            other => Verdict::Died(other.clone()),
        };
        self.ended.add(&drop_state(&self.mailbox, key, state, verdict));
    }

    fn end(mut self, reason: ExitReason) -> Result {
        let phase = self.mailbox.phase();
        let rung = match phase {
            Phase::Draining if reason.is_expected() => None,
            Phase::Cut => Some(Rung::Cancel),
            Phase::Starting | Phase::Up | Phase::Draining | Phase::Closed => Some(Rung::Drain),
        };
        drop(self.mailbox.end_life(&reason, rung, &std::mem::take(&mut self.ended)));
        if let Some(id) = current::id() {
            cycle::remove_owner(id);
        }
        match reason {
            ExitReason::Normal => Ok(()),
            reason => Err(EndsAs(reason).into()),
        }
    }
}

/// The reason of an owner that ended because it was asked to.
fn asked_reason(ctx: &Context) -> ExitReason {
    let cause = ctx.cause().map(|cancelled| cancelled.cause).or_else(|| ctx.lifetime().drain_cause());
    cause.map_or(ExitReason::Normal, ExitReason::Shutdown)
}
