//! Inline turns: an idle owner runs a synchronous turn on its caller's thread (S51).
//!
//! Two ways lead here. [`at_once`] finds the owner idle: it makes nothing that a request needs, takes no lock, and is what nearly
//! every call to an owner that is not busy does. [`Held::take`] is the way of a request that was about to be queued, and knows
//! all of the rest: turns that were accepted before, replies that are kept, owners that end meanwhile.

use crate::context::Context;
use crate::context::lanes::Expire;
use crate::error::CallErrorKind;
use crate::exit::{ExitReason, Panic};
use crate::ident::TaskId;
use crate::owner::mailbox::{Before, Bound, Kept, Mailbox, Parked, count_panicked};
use crate::owner::request::{Caller, Cell, Kind, Queued, ReplySlot, Verdict, Work};
use crate::owner::turn::{self, OwnerOps, Ran, TurnPanic, TurnsEnded};
use crate::raw::{self, Right};
use crate::record::current;
use std::ops::RangeInclusive;
use std::sync::{Arc, Weak};

/// Turns that may stand on one thread's stack: bounds the stack (S51b).
const INLINE_DEPTH: u32 = 4;
/// Pauses that a caller may spend looking at an owner whose turn runs elsewhere, before its request is queued: at most some 40 us,
/// which is what it would be kept for if it ran the turns of others itself. How many of them it has follows what the last ones
/// came to.
pub(super) const PATIENCE: RangeInclusive<u32> = 64..=2048;
/// Pauses between two looks double up to this: each look takes the line from whoever runs the turn.
const APART: u32 = 64;

/// S51 in its most common form: the owner idles, and its turn gives a value. Before anything is made that a request needs.
/// `then` is still part of the turn.
///
/// # Errors
/// The payload, if it is to be sent.
#[inline(always)]
pub(super) fn at_once<S: Send + 'static, P: Work<S>, T>(
    mailbox: &Mailbox<S>,
    ctx: &Context,
    kind: Kind,
    pinned: Option<u32>,
    payload: P,
    then: fn(P::Reply) -> T,
) -> Result<Result<T, (u32, CallErrorKind<P>)>, P> {
    if !P::BARE || ctx.is_cancelled() || turn::depth() >= INLINE_DEPTH {
        return Err(payload);
    }
    let Some(mut held) = Held::take_idle(mailbox, kind, pinned) else { return Err(payload) };
    let Some(parked) = held.right.value() else { return Err(payload) };
    let incarnation = parked.incarnation;
    let entered = parked.task.map(|id| current::enter(id, parked.lifetime));
    mailbox.begin_inline();
    let caller = Caller { kind, task: held.caller, call_timeout: mailbox.options().call_timeout };
    let bare =
        turn::run_bare(held.key, || raw::with_caller(ctx, || payload.run_bare(parked, &caller).map(then)));
    let answer = match bare {
        Ran::Value(Some(value)) => {
            held.replied(&TurnsEnded::default());
            Ok(value)
        }
        bare => held.bare_and_more(bare).map_err(|kind| (incarnation, kind)),
    };
    drop(entered);
    Ok(answer)
}

/// An owner held for an inline turn.
pub(super) struct Held<'a, S: Send + 'static> {
    mailbox: &'a Mailbox<S>,
    right: Right<'a, Parked<S>>,
    key: usize,
    caller: Option<TaskId>,
    kind: Kind,
    /// The caller came to an idle owner: its turn is counted without a lock, as long as nothing but a reply comes of it.
    is_first: bool,
}

/// What an inline turn gave.
pub(super) enum Outcome<P, T> {
    Replied(T),
    Failed(CallErrorKind<P>),
    /// The reply was kept: the call goes on waiting.
    Kept(Arc<Cell<P, T>>),
}

impl<'a, S: Send + 'static> Held<'a, S> {
    /// An owner that idles.
    #[inline(always)]
    fn take_idle(mailbox: &'a Mailbox<S>, kind: Kind, pinned: Option<u32>) -> Option<Self> {
        let right = mailbox.hold_idle()?;
        let mut held =
            Self { mailbox, right, key: mailbox.key(), caller: current::id(), kind, is_first: true };
        if pinned.is_some_and(|life| life != held.life()) {
            held.give_back(&TurnsEnded::default(), None);
            return None;
        }
        Some(held)
    }

    /// An owner that idles, or nearly does: a turn on another caller's thread is mostly shorter than a wake-up, so this looks
    /// again a few times; and behind what is queued one may run, too, after it.
    pub(super) fn take(mailbox: &'a Mailbox<S>, kind: Kind, pinned: Option<u32>) -> Option<Self> {
        if turn::depth() >= INLINE_DEPTH {
            return None;
        }
        let patience = mailbox.patience();
        let (mut spent, mut apart) = (0, 1);
        let held = loop {
            if let Some(held) = Self::take_idle(mailbox, kind, pinned) {
                break Some(held);
            }
            if let Some(right) = mailbox.hold_behind(pinned) {
                let (key, caller) = (mailbox.key(), current::id());
                break Some(Self { mailbox, right, key, caller, kind, is_first: false });
            }
            if spent >= patience || !mailbox.is_worth_a_spin() {
                break None;
            }
            for _ in 0..apart {
                std::hint::spin_loop();
            }
            spent += apart;
            apart = APART.min(2 * apart);
        };
        if spent > 0 {
            mailbox.learn(held.is_some());
        }
        held
    }

    fn life(&mut self) -> u32 {
        self.right.value().as_ref().map_or(0, |parked| parked.life)
    }

    pub(super) fn incarnation(&mut self) -> u32 {
        self.right.value().as_ref().map_or(0, |parked| parked.incarnation)
    }

    /// The caller's turn, after those that were accepted before it; the owner is current meanwhile, as on its own task
    /// (S51c). `Err`: it is not its turn yet.
    pub(super) fn turn<P: Work<S>>(mut self, ctx: &Context, payload: P) -> Result<Outcome<P, P::Reply>, P> {
        let parked = self.right.value().as_ref();
        let entered = parked.and_then(|parked| Some(current::enter(parked.task?, parked.lifetime)));
        let held = if self.is_first {
            self.mailbox.begin_inline();
            Ok(self)
        } else {
            self.catch_up(ctx)
        };
        let Ok(held) = held else { return Err(payload) };
        let inline = held.run(ctx, payload);
        drop(entered);
        Ok(inline)
    }

    /// Runs what was accepted before this caller's turn, to the same bound as afterwards. `Err`: it is not its turn yet,
    /// or the caller's context has ended meanwhile; the queue decides.
    fn catch_up(mut self, ctx: &Context) -> Result<Self, ()> {
        let mut ended = TurnsEnded::default();
        let mut bound = Bound::default();
        while !ctx.is_cancelled() {
            let request = match self.mailbox.before_mine(&mut ended) {
                Before::Mine => return Ok(self),
                Before::Other(request) => request,
                Before::NotMine => break,
            };
            self = self.run_other(&request, &mut ended)?;
            if self.has_failed() || bound.is_reached() {
                break;
            }
        }
        self.give_back(&ended, None);
        Err(())
    }

    fn has_failed(&mut self) -> bool {
        self.right.value().as_ref().is_some_and(|parked| parked.env.has_failed())
    }

    /// Runs a queued turn for its caller (S51e). `Err`: it panicked, and the state is gone.
    fn run_other(mut self, request: &Arc<dyn Queued<S>>, ended: &mut TurnsEnded) -> Result<Self, ()> {
        let Some(Parked { state, env, .. }) = self.right.value() else { return Err(()) };
        let (done, also_ended) = turn::run(self.key, None, || drop(Arc::clone(request).run(state, env)));
        ended.add(&also_ended);
        if let Err(panicked) = done {
            count_panicked(request, &panicked.panic, ended);
            self.panicked(panicked, *ended);
            return Err(());
        }
        if matches!(request.turn_over(), Some(Kind::Cast | Kind::CastWith)) {
            ended.handled += 1;
        }
        Ok(self)
    }

    fn run<P: Work<S>>(mut self, ctx: &Context, payload: P) -> Outcome<P, P::Reply> {
        if !P::BARE {
            return self.run_with_request(ctx, payload);
        }
        let call_timeout = self.mailbox.options().call_timeout;
        let caller = Caller { kind: self.kind, task: self.caller, call_timeout };
        let Some(parked) = self.right.value() else { return Outcome::Failed(CallErrorKind::Unanswered) };
        let bare = turn::run_bare(self.key, || raw::with_caller(ctx, || payload.run_bare(parked, &caller)));
        self.bare_and_more(bare).map_or_else(Outcome::Failed, Outcome::Replied)
    }

    /// The end of a bare turn, whatever it was.
    #[cold]
    fn bare_and_more<P, T>(self, bare: Ran<Option<T>>) -> Result<T, CallErrorKind<P>> {
        let (bare, mut ended) = match bare {
            Ran::Value(value) => (Ok(value), TurnsEnded::default()),
            Ran::More(bare, ended) => (bare, ended),
        };
        match bare {
            Ok(Some(reply)) => {
                self.replied(&ended);
                Ok(reply)
            }
            Ok(None) => Err(CallErrorKind::Unanswered), // of a turn that is not bare, which nobody runs here
            Err(panicked) => {
                self.hand_over();
                ended.failed.panicked += 1;
                let kind = panicked_kind(&panicked.panic);
                self.panicked(panicked, ended);
                Err(kind)
            }
        }
    }

    /// The caller's turn gave a value; `also` ended meanwhile.
    #[inline(always)]
    fn replied(mut self, also: &TurnsEnded) {
        if self.is_first && also.sum() == 0 {
            self.mailbox.end_inline(self.kind);
            match self.right.leave_idle() {
                Ok(()) => return,
                Err(right) => self.right = right,
            }
            return self.release(&TurnsEnded::default(), None);
        }
        self.replied_and_more(also);
    }

    #[cold]
    fn replied_and_more(self, also: &TurnsEnded) {
        let mut ended = *also;
        if self.is_first {
            self.mailbox.end_inline(self.kind);
        } else {
            ended.add(&TurnsEnded::replied(true));
        }
        self.release(&ended, None);
    }

    /// Something else than a value comes of the caller's turn: it is counted under the lock.
    fn hand_over(&self) {
        if self.is_first {
            self.mailbox.hand_over_inline();
        }
    }

    /// A typed turn has a request, whose reply may be kept.
    fn run_with_request<P: Work<S>>(mut self, ctx: &Context, payload: P) -> Outcome<P, P::Reply> {
        self.hand_over();
        let cell: Arc<Cell<P, P::Reply>> = Cell::begun(ctx, self.mailbox.options().call_timeout, self.caller);
        let slot = Arc::clone(&cell) as Arc<dyn ReplySlot<P::Reply>>;
        let Some(Parked { state, env, .. }) = self.right.value() else {
            return Outcome::Failed(CallErrorKind::Unanswered);
        };
        let (done, mut ended) = turn::run(self.key, None, || drop(payload.run(state, slot, env)));
        if let Err(panicked) = done {
            if Queued::<S>::panicked(&*cell, &panicked.panic) {
                ended.failed.panicked += 1;
            }
            let kind = panicked_kind(&panicked.panic);
            self.panicked(panicked, ended);
            // Answered before it panicked, the caller has its value (S37c's order).
            return match cell.take_answer() {
                Some(Ok(reply)) => Outcome::Replied(reply),
                Some(Err(_)) | None => Outcome::Failed(kind),
            };
        }
        match cell.take_answer() {
            Some(answer) => {
                self.release(&ended, None);
                answer.map_or_else(Outcome::Failed, Outcome::Replied)
            }
            None => {
                Queued::<S>::turn_over(&*cell);
                let deadline = cell.start_clock();
                let weak = Arc::downgrade(&cell);
                self.release(&ended, deadline.map(|at| (at, weak as Weak<dyn Expire>)));
                Outcome::Kept(cell)
            }
        }
    }

    /// Runs what was queued meanwhile for its callers, to a bound (S51e); then gives the state back.
    #[cold]
    fn release(mut self, ended: &TurnsEnded, kept: Option<Kept>) {
        let mut ended = *ended;
        let mut bound = Bound::default();
        while kept.is_none() && !self.has_failed() {
            let Some(request) = self.mailbox.combine(&mut ended) else { break };
            match self.run_other(&request, &mut ended) {
                Ok(held) => self = held,
                Err(()) => return,
            }
            if bound.is_reached() {
                break; // the owner's task, or the next caller, goes on
            }
        }
        self.give_back(&ended, kept);
    }

    /// Should the owner have been ended by force meanwhile, its state is dropped here.
    fn give_back(self, ended: &TurnsEnded, kept: Option<Kept>) {
        if let Some((parked, reason)) = self.mailbox.release(self.right, ended, kept) {
            let ended = drop_state(self.mailbox, self.key, parked, Verdict::Died(reason));
            self.mailbox.count(&ended);
        }
    }

    /// S51d: the panic stops here; the state is dropped, the owner's task ends the incarnation.
    fn panicked(mut self, TurnPanic { panic, lost }: TurnPanic, mut ended: TurnsEnded) {
        ended.add(&lost.answer(self.key, &panic));
        let verdict = Verdict::Died(ExitReason::Panicked(panic.clone()));
        let parked = self.right.value().take();
        let life = parked.as_ref().map_or(0, |parked| parked.life);
        ended.add(&drop_state(self.mailbox, self.key, parked, verdict));
        self.mailbox.release_panicked(self.right, panic, life, &ended);
    }
}

/// The end of an incarnation drops its state, as the last of its turns; a panic there is shown (S37a).
pub(super) fn drop_state<S: Send + 'static>(
    mailbox: &Mailbox<S>,
    key: usize,
    state: impl Sized,
    verdict: Verdict,
) -> TurnsEnded {
    let (dropped, ended) = turn::run(key, Some(verdict), || drop(state));
    if let Err(second) = dropped {
        mailbox.note_secondary(&second.panic);
        drop(second.lost); // `verdict` answered them
    }
    ended
}

fn panicked_kind<P>(panic: &Panic) -> CallErrorKind<P> {
    CallErrorKind::Panicked { message: panic.message.clone(), location: panic.location.clone() }
}
