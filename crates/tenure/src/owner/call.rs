//! Calls and casts: the caller's side of a request (S34, S35, S39, S40).

use crate::context::until::{Change, Until};
use crate::context::{Context, Deadline};
use crate::error::{CallError, CallErrorKind, Cancelled, Cause, Handled};
use crate::ident::TaskPath;
use crate::owner::dispatch::Batch;
use crate::owner::dispatch::Dispatch;
use crate::owner::inline::{Held, Outcome};
use crate::owner::lifecycle::Withdrawn;
use crate::owner::mailbox::{Entered, Mailbox, Overflow, Parked, Refused};
use crate::owner::owner::Request;
use crate::owner::request::{Caller, Cell, Dispatched, Kind, ReplySlot, Why, Work};
use crate::owner::turn::{Env, Reply, Turn};
use crate::record::current;
use crate::record::wait::{Edge, Target, WaitKind};
use crate::scope::cycle;
use crate::task::future::Site;
use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

/// Pauses between two looks at a request that another caller is about to run.
const GLANCE: u32 = 8;

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Reply,
    Place,
}

/// A request on its way, from the caller's side. Dropping it takes the request back, if it was not begun.
pub(super) struct Sent<'a, S: Send + 'static, P: Work<S>> {
    mailbox: &'a Mailbox<S>,
    ctx: &'a Context,
    kind: Kind,
    overflow: Overflow,
    pinned: Option<u32>,
    site: Site,
    payload: Option<P>,
    /// Of an inline turn.
    reply: Option<P::Reply>,
    cell: Option<Arc<Cell<P, P::Reply>>>,
    edge: Option<Edge>,
    until: Option<Until>,
    /// The life of the owner that had to do with it; 0 if none had.
    served_by: u32,
}

// Nothing in it is pinned: the cell lives behind a counted pointer.
impl<S: Send + 'static, P: Work<S>> Unpin for Sent<'_, S, P> {}

type Answer<P, T> = Result<T, CallErrorKind<P>>;

impl<'a, S: Send + 'static, P: Work<S>> Sent<'a, S, P> {
    pub(super) fn new(
        mailbox: &'a Mailbox<S>,
        ctx: &'a Context,
        kind: Kind,
        overflow: Overflow,
        pinned: Option<u32>,
        site: Site,
        payload: P,
    ) -> Self {
        Self {
            mailbox,
            ctx,
            kind,
            overflow,
            pinned,
            site,
            payload: Some(payload),
            reply: None,
            cell: None,
            edge: None,
            until: None,
            served_by: 0,
        }
    }

    /// The life of the owner that had to do with it; 0 if none had.
    pub(super) fn served_by(&self) -> u32 {
        self.served_by
    }

    fn refuse<T>(&self, kind: CallErrorKind<P>) -> Answer<P, T> {
        self.mailbox.count_refused(&kind);
        Err(kind)
    }

    /// The first step: checked, entered, perhaps refused. `Ok` if it is in the mailbox, or waits for a place.
    pub(super) fn enter(&mut self) -> Answer<P, Entered> {
        let Some(payload) = self.payload.take() else { return Ok(Entered::Queued) };
        if self.ctx.is_cancelled()
            && let Some(cancelled) = self.ctx.cause()
        {
            return self.refuse(ended_before(cancelled, self.kind, payload)); // S7c
        }
        let payload = match self.run_inline(payload) {
            Ok(entered) => return entered,
            Err(payload) => payload,
        };
        let call_timeout = self.mailbox.options().call_timeout;
        let cell = Cell::new(self.kind, self.ctx, call_timeout, self.pinned, payload);
        if self.kind == Kind::Call
            && let Some(ring) = self.write_edge(WaitKind::Reply, cell.deadline())
        {
            return self.refuse_ring(&cell, ring);
        }
        self.note_edge(&cell);
        match self.mailbox.enter(&cell, self.overflow) {
            Entered::Refused(refused) => {
                self.edge = None;
                let Some(request) = cell.take_payload() else { return Ok(Entered::Queued) };
                self.refuse(match refused {
                    Refused::Full => {
                        CallErrorKind::Full { request, capacity: self.mailbox.options().capacity }
                    }
                    Refused::Stopped => CallErrorKind::Stopped { request: Some(request) },
                    Refused::Closed => CallErrorKind::Closed { request },
                })
            }
            Entered::Answered => Ok(Entered::Answered), // an inline turn's, which did not come here
            Entered::Waiting => {
                self.edge = None;
                if let Some(cycle) = self.write_edge(WaitKind::MailboxSpace, cell.deadline()) {
                    let taken_back = self.mailbox.withdraw(&cell, Why::Cancelled, None);
                    if let Withdrawn::NotAccepted(request) | Withdrawn::NotBegun(request) = taken_back {
                        return self.refuse(CallErrorKind::Deadlock { cycle, request });
                    }
                }
                // It is admitted without being woken, and then waits for its reply by this very edge.
                self.note_edge(&cell);
                self.cell = Some(cell);
                Ok(Entered::Waiting)
            }
            Entered::Queued => {
                if self.kind == Kind::Call {
                    self.cell = Some(cell);
                }
                Ok(Entered::Queued)
            }
        }
    }

    /// S51: an idle owner runs a synchronous turn on this thread. `Err` gives the payload back: it is to be queued.
    fn run_inline(&mut self, payload: P) -> Result<Answer<P, Entered>, P> {
        if !P::SYNC || self.kind != Kind::Call {
            return Err(payload);
        }
        let Some(mut held) = Held::take(self.mailbox, self.kind, self.pinned) else { return Err(payload) };
        let incarnation = held.incarnation();
        let inline = held.turn(self.ctx, payload)?;
        self.served_by = incarnation;
        Ok(match inline {
            Outcome::Replied(reply) => {
                self.reply = Some(reply);
                Ok(Entered::Answered)
            }
            Outcome::Failed(kind) => Err(kind),
            Outcome::Kept(cell) => {
                let owner = self.mailbox.task().map_or(Target::Nobody, Target::Task);
                self.edge = Edge::begin_until(WaitKind::Reply, owner, Some(self.site), cell.deadline());
                self.note_edge(&cell); // the turn is over: the owner is not blocked (S40c)
                self.cell = Some(cell);
                Ok(Entered::Queued)
            }
        })
    }

    /// Publishes the edge, then walks (S40e). The ring that the wait would close.
    fn write_edge(
        &mut self,
        kind: WaitKind,
        deadline: Option<tokio::time::Instant>,
    ) -> Option<Vec<TaskPath>> {
        let waiter = current::id()?;
        if let Some(owner) = self.mailbox.task() {
            self.edge = Edge::begin_until(kind, Target::Task(owner), Some(self.site), deadline);
            return cycle::find(waiter, cycle::target_of(owner)).map(|ring| cycle::paths(&ring));
        }
        // Nobody serves the slot now: it waits for its supervisor (S40h).
        let boss = self.mailbox.supervisor_task()?;
        self.edge = Edge::begin_until(kind, Target::Task(boss), Some(self.site), deadline);
        let mut ring = cycle::paths(&cycle::find_through(waiter, cycle::target_of(boss))?);
        ring.insert(ring.len().min(1), self.mailbox.path().clone());
        Some(ring)
    }

    fn note_edge(&self, cell: &Cell<P, P::Reply>) -> bool {
        cell.set_edge(self.edge.as_ref().map(|edge| (edge.task(), edge.word())))
    }

    /// The future may be polled by another task than before: then it is that task which waits.
    ///
    /// The walk is made anew. A ring is refused as long as the turn was not begun.
    fn move_edge(&mut self) -> Option<Answer<P, Option<P::Reply>>> {
        let here = current::id();
        let cell = self.cell.clone()?;
        if self.edge.as_ref().map(Edge::task) == here {
            return None;
        }
        self.edge = None;
        let kind = if self.kind == Kind::Call { WaitKind::Reply } else { WaitKind::MailboxSpace };
        let ring = self.write_edge(kind, cell.deadline());
        let is_kept = self.note_edge(&cell);
        let cycle = ring.filter(|_| !is_kept)?;
        match self.mailbox.withdraw_unbegun(&cell, Why::Cancelled) {
            Withdrawn::NotAccepted(request) => Some(self.refuse(CallErrorKind::Deadlock { cycle, request })),
            Withdrawn::NotBegun(request) => Some(Err(CallErrorKind::Deadlock { cycle, request })),
            Withdrawn::Done(_) | Withdrawn::Begun | Withdrawn::Nothing => None,
        }
    }

    fn refuse_ring<T>(&mut self, cell: &Cell<P, P::Reply>, cycle: Vec<TaskPath>) -> Answer<P, T> {
        self.edge = None;
        match cell.take_payload() {
            Some(request) => self.refuse(CallErrorKind::Deadlock { cycle, request }),
            None => Err(CallErrorKind::Unanswered), // the cell was ours alone: it has its payload
        }
    }

    /// Takes it back, for the reason the caller has.
    fn give_up(&mut self, why: GiveUp) -> Answer<P, P::Reply> {
        let Some(cell) = self.cell.take() else { return Err(CallErrorKind::Unanswered) };
        self.edge = None;
        let (as_what, cause) = match &why {
            GiveUp::Cancelled(cancelled) => (Why::Cancelled, Some(cancelled.cause.clone())),
            GiveUp::Expired => (Why::Expired, None),
        };
        let (request, begun) = match self.mailbox.withdraw(&cell, as_what, cause) {
            Withdrawn::Done(answer) => return answer, // it came at the last moment: it wins (S35c)
            Withdrawn::NotAccepted(request) => {
                let kind = match why {
                    GiveUp::Cancelled(cancelled) => {
                        CallErrorKind::Cancelled { cancelled, request: Some(request) }
                    }
                    // Overload is told apart from slowness (S39b).
                    GiveUp::Expired => {
                        CallErrorKind::Full { request, capacity: self.mailbox.options().capacity }
                    }
                };
                return self.refuse(kind);
            }
            // A cast whose place came at this very moment: its deadline was for a place.
            Withdrawn::NotBegun(request) if self.kind != Kind::Call && matches!(why, GiveUp::Expired) => {
                return Err(CallErrorKind::Full { request, capacity: self.mailbox.options().capacity });
            }
            Withdrawn::NotBegun(request) => (Some(request), Handled::No),
            Withdrawn::Begun | Withdrawn::Nothing => (None, Handled::Yes),
        };
        Err(match why {
            GiveUp::Cancelled(cancelled) => CallErrorKind::Cancelled { cancelled, request },
            GiveUp::Expired => cell.expired_error(begun, request),
        })
    }

    /// While another caller runs queued turns, the reply is mostly there before this task could be put aside and woken again.
    fn linger(&self) {
        let Some(cell) = self.cell.as_ref().filter(|_| P::SYNC && self.mailbox.is_held()) else { return };
        let (patience, mut spent) = (self.mailbox.patience() / 4, 0);
        while !cell.is_answered() {
            if spent >= patience || !self.mailbox.is_held() {
                return; // the look before it queued was in vain already
            }
            for _ in 0..GLANCE {
                std::hint::spin_loop();
            }
            spent += GLANCE;
        }
        self.mailbox.learn(true);
    }

    /// Waits for the reply or for a place; `what` says for which.
    fn poll_wait(&mut self, cx: &mut TaskContext<'_>, what: For) -> Poll<Answer<P, Option<P::Reply>>> {
        let Some(cell) = &self.cell else { return Poll::Ready(Ok(self.reply.take())) };
        let polled = match what {
            For::Reply => cell.poll_answer(cx.waker()).map(|answer| answer.map(Some)),
            For::Place => cell.poll_admitted(cx.waker()).map(|answer| answer.map(|()| None)),
        };
        let expired = match polled {
            Ok(answer) => {
                self.served_by = cell.incarnation();
                self.cell = None;
                self.edge = None;
                return Poll::Ready(answer);
            }
            Err(expired) => expired,
        };
        let deadline = cell.deadline();
        let until = self.until.get_or_insert_with(|| match deadline {
            // Nobody else drives it: the owner has no place in a tree yet.
            Some(at) if !self.mailbox.is_placed() => {
                Until::new(&self.ctx.with_deadline(Deadline::At(at)), Change::Cancelled)
            }
            Some(_) | None => Until::lifetime_only(self.ctx),
        });
        let over = until.poll(cx).is_ready();
        if over && let Some((cancelled, _)) = self.ctx.lifetime().cancelled() {
            return Poll::Ready(self.give_up(GiveUp::Cancelled(cancelled)).map(Some));
        }
        if expired || over {
            return Poll::Ready(self.give_up(GiveUp::Expired).map(Some));
        }
        self.move_edge().map_or(Poll::Pending, Poll::Ready)
    }
}

enum GiveUp {
    Cancelled(Cancelled),
    Expired,
}

/// S7c: nothing is begun under a context that has ended.
fn ended_before<P>(cancelled: Cancelled, kind: Kind, request: P) -> CallErrorKind<P> {
    if cancelled.is_deadline() && kind == Kind::Call {
        let waited = Duration::ZERO;
        CallErrorKind::DeadlineExceeded { handled: Handled::No, waited, cancelled, request: Some(request) }
    } else {
        CallErrorKind::Cancelled { cancelled, request: Some(request) }
    }
}

/// Resolves with the reply for a call, with the admission for a cast.
impl<S: Send + 'static, P: Work<S>> Future for Sent<'_, S, P> {
    type Output = Answer<P, Option<P::Reply>>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.payload.is_some() {
            if let Err(error) = this.enter() {
                return Poll::Ready(Err(error));
            }
            this.linger();
        }
        let what = if this.kind == Kind::Call { For::Reply } else { For::Place };
        this.poll_wait(cx, what)
    }
}

impl<S: Send + 'static, P: Work<S>> Drop for Sent<'_, S, P> {
    fn drop(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        // What is taken back is the user's: it is dropped here, outside every lock (O3).
        drop(self.mailbox.withdraw(&cell, Why::CallerGone, Some(Cause::CallerGone)));
    }
}

/// The error of a kind, with the owner's name and the life that had to do with it, else the present one.
pub(super) fn error<S: Send + 'static, P, R>(
    mailbox: &Mailbox<S>,
    served_by: u32,
    kind: CallErrorKind<P>,
    request: impl FnOnce(P) -> R,
) -> CallError<R> {
    let incarnation = if served_by == 0 { mailbox.incarnation() } else { served_by };
    CallError::new(mailbox.path().clone(), incarnation, kind.map(request))
}

/// A typed request on its way.
pub(crate) struct Typed<R, M>(pub(super) R, pub(super) PhantomData<fn() -> M>);

impl<S: Dispatch<R, M>, R: Request, M: 'static> Work<S> for Typed<R, M> {
    type Reply = R::Reply;
    const SYNC: bool = S::SYNC;
    const BARE: bool = S::BARE;
    const BATCH: Option<Batch> = S::BATCH;

    #[inline]
    fn run_bare(self, parked: &mut Parked<S>, caller: &Caller) -> Option<R::Reply> {
        let Parked { state, env, spare, .. } = parked;
        let mut turn = Turn::bare(spare.take().unwrap_or_else(|| Arc::clone(env)), caller);
        let reply = state.bare(self.0, &mut turn);
        // The handler may have put another turn in its place, of another owner.
        let back = turn.into_env();
        if Arc::ptr_eq(&back, env) {
            *spare = Some(back);
        }
        reply
    }

    fn run<'a>(self, state: &'a mut S, slot: Arc<dyn ReplySlot<R::Reply>>, env: &Arc<Env>) -> Dispatched<'a> {
        state.dispatch(self.0, Turn::new(slot, env))
    }

    fn batch() -> Box<dyn Any + Send> {
        Box::new(Vec::<(R, Turn<R>)>::new())
    }

    fn join(self, slot: Arc<dyn ReplySlot<R::Reply>>, env: &Arc<Env>, batch: &mut dyn Any) {
        if let Some(batch) = batch.downcast_mut::<Vec<(R, Turn<R>)>>() {
            batch.push((self.0, Turn::new(slot, env)));
        }
    }

    fn run_batch(state: &mut S, batch: Box<dyn Any + Send>) -> Dispatched<'_> {
        match batch.downcast::<Vec<(R, Turn<R>)>>() {
            Ok(batch) => state.dispatch_batch(*batch),
            Err(_) => Dispatched::Now, // made by `batch` above
        }
    }
}

/// A turn by closure.
pub(crate) struct Closure<F, T>(pub(super) F, pub(super) PhantomData<fn() -> T>);

impl<S: 'static, F, T> Work<S> for Closure<F, T>
where
    F: FnOnce(&mut S) -> T + Send + 'static,
    T: Send + 'static,
{
    type Reply = T;
    const SYNC: bool = true;
    const BARE: bool = true;

    #[inline]
    fn run_bare(self, parked: &mut Parked<S>, _: &Caller) -> Option<T> {
        Some((self.0)(&mut parked.state))
    }

    fn run<'a>(self, state: &'a mut S, slot: Arc<dyn ReplySlot<T>>, env: &Arc<Env>) -> Dispatched<'a> {
        let reply = Reply::new(slot, Arc::clone(&env.owner));
        reply.answer((self.0)(state));
        Dispatched::Now
    }
}
