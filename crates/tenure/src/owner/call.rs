//! Calls and casts: the caller's side of a request (S34, S35, S39, S40).

use crate::context::Context;
use crate::context::until::Until;
use crate::error::{CallError, CallErrorKind, Cancelled, Cause, Handled};
use crate::owner::lifecycle::Withdrawn;
use crate::owner::mailbox::{Entered, Mailbox, Overflow, Refused};
use crate::owner::request::{Cell, Kind, Why, Work};
use crate::record::current;
use crate::record::wait::{Edge, Target, WaitKind};
use crate::scope::cycle;
use crate::task::future::Site;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

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
    site: Site,
    payload: Option<P>,
    cell: Option<Arc<Cell<P, P::Reply>>>,
    edge: Option<Edge>,
    until: Option<Until>,
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
        site: Site,
        payload: P,
    ) -> Self {
        let payload = Some(payload);
        Self { mailbox, ctx, kind, overflow, site, payload, cell: None, edge: None, until: None }
    }

    fn refuse<T>(&self, kind: CallErrorKind<P>) -> Answer<P, T> {
        self.mailbox.count_refused(&kind);
        Err(kind)
    }

    /// The first step: checked, entered, perhaps refused. `Ok` if it is in the mailbox, or waits for a place.
    pub(super) fn enter(&mut self) -> Answer<P, Entered> {
        let Some(payload) = self.payload.take() else { return Ok(Entered::Queued) };
        if let Some(cancelled) = self.ctx.cause() {
            return self.refuse(ended_before(cancelled, self.kind, payload)); // S7c
        }
        let deadline = self.ctx.call_deadline(self.mailbox.options.call_timeout);
        let cell = Cell::new(self.kind, self.ctx, deadline, payload);
        if self.kind == Kind::Call
            && let Some(ring) = self.write_edge(WaitKind::Reply)
        {
            return self.refuse_ring(&cell, &ring);
        }
        cell.set_edge(self.edge.as_ref().map(|edge| (edge.task(), edge.word())));
        match self.mailbox.enter(&cell, self.overflow) {
            Entered::Refused(refused) => {
                self.edge = None;
                let Some(request) = cell.take_payload() else { return Ok(Entered::Queued) };
                self.refuse(match refused {
                    Refused::Full => CallErrorKind::Full { request, capacity: self.mailbox.options.capacity },
                    Refused::Stopped => CallErrorKind::Stopped { request: Some(request) },
                    Refused::Closed => CallErrorKind::Closed { request },
                })
            }
            Entered::Waiting => {
                self.edge = None;
                if let Some(ring) = self.write_edge(WaitKind::MailboxSpace) {
                    let taken_back = self.mailbox.withdraw(&cell, Why::Cancelled, None);
                    if let Withdrawn::NotAccepted(request) | Withdrawn::NotBegun(request) = taken_back {
                        let cycle = cycle::paths(&ring);
                        return self.refuse(CallErrorKind::Deadlock { cycle, request });
                    }
                }
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

    /// Publishes the edge, then walks (S40e). The ring that the wait would close.
    fn write_edge(&mut self, kind: WaitKind) -> Option<Vec<crate::ident::TaskId>> {
        let (waiter, owner) = (current::id()?, self.mailbox.task()?);
        self.edge = Edge::begin(kind, Target::Task(owner), Some(self.site));
        cycle::find(waiter, cycle::target_of(owner))
    }

    fn refuse_ring<T>(&mut self, cell: &Cell<P, P::Reply>, ring: &[crate::ident::TaskId]) -> Answer<P, T> {
        let cycle = cycle::paths(ring);
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
                    GiveUp::Cancelled(cancelled) => CallErrorKind::Cancelled { cancelled, request: Some(request) },
                    // Overload is told apart from slowness (S39b).
                    GiveUp::Expired => CallErrorKind::Full { request, capacity: self.mailbox.options.capacity },
                };
                return self.refuse(kind);
            }
            Withdrawn::NotBegun(request) => (Some(request), Handled::No),
            Withdrawn::Begun | Withdrawn::Nothing => (None, Handled::Yes),
        };
        Err(match why {
            GiveUp::Cancelled(cancelled) => CallErrorKind::Cancelled { cancelled, request },
            GiveUp::Expired => cell.expired_error(begun, request),
        })
    }

    /// Waits for the reply or for a place; `what` says for which.
    fn poll_wait(&mut self, cx: &mut TaskContext<'_>, what: For) -> Poll<Answer<P, Option<P::Reply>>> {
        let Some(cell) = &self.cell else { return Poll::Ready(Ok(None)) };
        let polled = match what {
            For::Reply => cell.poll_answer(cx.waker()).map(|answer| answer.map(Some)),
            For::Place => cell.poll_admitted(cx.waker()).map(|answer| answer.map(|()| None)),
        };
        let expired = match polled {
            Ok(answer) => {
                self.cell = None;
                self.edge = None;
                return Poll::Ready(answer);
            }
            Err(expired) => expired,
        };
        let until = self.until.get_or_insert_with(|| Until::lifetime_only(self.ctx));
        if until.poll(cx).is_ready()
            && let Some((cancelled, _)) = self.ctx.lifetime().cancelled()
        {
            return Poll::Ready(self.give_up(GiveUp::Cancelled(cancelled)).map(Some));
        }
        if expired {
            return Poll::Ready(self.give_up(GiveUp::Expired).map(Some));
        }
        Poll::Pending
    }
}

enum GiveUp {
    Cancelled(Cancelled),
    Expired,
}

/// S7c: nothing is begun under a context that has ended.
fn ended_before<P>(cancelled: Cancelled, kind: Kind, request: P) -> CallErrorKind<P> {
    if cancelled.is_deadline() && kind == Kind::Call {
        let waited = std::time::Duration::ZERO;
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
            let coop = std::task::ready!(tokio::task::coop::poll_proceed(cx));
            coop.made_progress();
            if let Err(error) = this.enter() {
                return Poll::Ready(Err(error));
            }
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

/// The error of a kind, with the owner's name.
pub(super) fn error<S: Send + 'static, P, R>(
    mailbox: &Mailbox<S>,
    kind: CallErrorKind<P>,
    request: impl FnOnce(P) -> R,
) -> CallError<R> {
    CallError::new(mailbox.path.clone(), mailbox.incarnation(), kind.map(request))
}
