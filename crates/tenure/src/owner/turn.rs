//! One request being handled: [`Turn`], the right to answer it: [`Reply`], and what a thread knows of the turn it runs.

use crate::account::FailedBy;
use crate::context::lifetime::{Drains, Lifetime};
use crate::context::{Context, Deadline};
use crate::error::{Error, Result};
use crate::exit::{ExitReason, Panic, catch};
use crate::ident::{Class, TaskPath};
use crate::owner::owner::Request;
use crate::owner::request::{Caller, Kind, ReplySlot, Unreplied, Verdict};
use crate::raw;
use crate::scope::core::path_of;
use crate::scope::scope::{Spawner, Start};
use crate::sync::Mutex;
use crate::task::handle::TaskHandle;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

/// What the turns of one life of an owner share.
pub(crate) struct Env {
    pub(crate) ctx: Context,
    /// Into the scope of this life (S31d).
    pub(crate) spawner: Spawner,
    pub(crate) owner: Arc<dyn OwnerOps>,
    /// Which life of the owner it is, as its mailbox counts them.
    pub(crate) life: u32,
    /// Set by `turn.fail` (S37c); the first stays.
    fail: Mutex<Option<Error>>,
    has_failed: AtomicBool,
}

impl Env {
    pub(crate) fn new(ctx: Context, spawner: Spawner, owner: Arc<dyn OwnerOps>, life: u32) -> Self {
        Self { ctx, spawner, owner, life, fail: Mutex::new(None), has_failed: AtomicBool::new(false) }
    }

    /// Whether a turn has failed its owner: asked after each turn, so without the lock.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed.load(Relaxed) // whoever asks runs the turns, or was told by who did
    }

    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.fail.lock().take()
    }
}

/// An owner, as far as its turns are concerned.
pub(crate) trait OwnerOps: Send + Sync {
    fn request_stop(&self);
    fn count(&self, ended: &TurnsEnded);
    /// A turn has failed its owner: it is to end, also if it idles.
    fn turn_failed(&self, life: u32);
    /// Tells one owner from another.
    fn key(&self) -> usize;
}

/// Requests that got their terminal count (O2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TurnsEnded {
    pub(crate) replied: u64,
    pub(crate) unheard: u64,
    pub(crate) handled: u64,
    pub(crate) failed: FailedBy,
}

impl TurnsEnded {
    pub(crate) fn replied(heard: bool) -> Self {
        Self { replied: 1, unheard: u64::from(!heard), ..Self::default() }
    }

    /// Nothing but replies that were heard.
    pub(crate) fn is_plain(&self) -> bool {
        self.unheard + self.handled + self.failed.sum() == 0
    }

    pub(crate) fn sum(&self) -> u64 {
        self.replied + self.handled + self.failed.sum()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.replied += other.replied;
        self.unheard += other.unheard;
        self.handled += other.handled;
        self.failed += other.failed;
    }
}

/// A reply that was dropped in a panic, to be answered with what ended it.
pub(crate) type Lost = Box<dyn FnOnce(Unreplied) + Send>;

/// A panic of a turn, with the replies it took down.
#[derive(Debug)]
pub(crate) struct TurnPanic {
    pub(crate) panic: Panic,
    pub(crate) lost: LostReplies,
}

/// To be answered once the request of the turn itself has been.
#[must_use = "their callers wait"]
pub(crate) struct LostReplies(Vec<Lost>);

impl fmt::Debug for LostReplies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LostReplies({})", self.0.len())
    }
}

impl LostReplies {
    /// As (a piece of) a turn of `owner`: what it counts comes back.
    pub(crate) fn answer(self, owner: usize, panic: &Panic) -> TurnsEnded {
        if self.0.is_empty() {
            return TurnsEnded::default();
        }
        let how = Unreplied::Ended(Verdict::Died(ExitReason::Panicked(panic.clone())));
        run(owner, None, || self.0.into_iter().for_each(|lost| lost(how.clone()))).1
    }
}

/// What this thread runs of which owner.
#[derive(Clone, Copy, Default)]
struct InTurn {
    owner: usize,
    /// Turns on this thread's stack: an inline turn may hold another (S51b).
    depth: u32,
}

/// What a turn did beside its own reply. Apart from [`InTurn`], for most turns leave it as it is.
#[derive(Default)]
struct Left {
    ended: TurnsEnded,
    /// Replies lost while the turn unwinds: answered when the panic is known.
    lost: Vec<Lost>,
    /// Set while the state or the turn is dropped because the incarnation ends (S36c).
    ending: Option<Verdict>,
}

thread_local! {
    static IN_TURN: Cell<InTurn> = const { Cell::new(InTurn { owner: 0, depth: 0 }) };
    static LEFT: RefCell<Option<Box<Left>>> = const { RefCell::new(None) };
    /// Whether `LEFT` is something: mostly it is nothing, and this needs no destructor.
    static HAS_LEFT: Cell<bool> = const { Cell::new(false) };
}

/// Puts something into `LEFT`; what was there comes back.
#[inline]
fn swap_left(left: Option<Box<Left>>) -> Option<Box<Left>> {
    if left.is_none() && !HAS_LEFT.get() {
        return None;
    }
    HAS_LEFT.set(left.is_some());
    LEFT.replace(left)
}

/// What a turn came to.
pub(crate) enum Ran<T> {
    /// A value, and nothing else.
    Value(T),
    More(Result<T, TurnPanic>, TurnsEnded),
}

/// Runs `f` as (a piece of) a turn of `owner`, and catches its panic. What it answered comes back.
pub(crate) fn run<T>(
    owner: usize,
    ending: Option<Verdict>,
    f: impl FnOnce() -> T,
) -> (Result<T, TurnPanic>, TurnsEnded) {
    let ending = ending.map(|verdict| Box::new(Left { ending: Some(verdict), ..Left::default() }));
    match run_after(owner, ending, f) {
        Ran::Value(value) => (Ok(value), TurnsEnded::default()),
        Ran::More(caught, ended) => (caught, ended),
    }
}

/// The same for a turn that mostly leaves nothing but its value.
#[inline(always)]
pub(crate) fn run_bare<T>(owner: usize, f: impl FnOnce() -> T) -> Ran<T> {
    run_after(owner, None, f)
}

#[inline(always)]
fn run_after<T>(owner: usize, left: Option<Box<Left>>, f: impl FnOnce() -> T) -> Ran<T> {
    let outer = IN_TURN.with(|turn| turn.replace(InTurn { owner, depth: turn.get().depth + 1 }));
    let outer_left = swap_left(left);
    let caught = catch(f);
    if !HAS_LEFT.get() && outer_left.is_none() {
        IN_TURN.with(|turn| turn.set(outer));
        return match caught {
            Ok(value) => Ran::Value(value),
            Err(panic) => {
                Ran::More(Err(TurnPanic { panic, lost: LostReplies(Vec::new()) }), TurnsEnded::default())
            }
        };
    }
    settle(caught, outer, outer_left)
}

/// Takes up what a turn has left.
#[cold]
fn settle<T>(caught: Result<T, Panic>, outer: InTurn, outer_left: Option<Box<Left>>) -> Ran<T> {
    if caught.is_ok() {
        answer_lost();
    }
    let left = swap_left(outer_left);
    IN_TURN.set(outer);
    let (ended, lost) = left.map_or_else(Default::default, |left| (left.ended, left.lost));
    Ran::More(caught.map_err(|panic| TurnPanic { panic, lost: LostReplies(lost) }), ended)
}

/// Replies that were lost in panics which the turn itself has caught: nothing ended but they (S36c).
fn answer_lost() {
    if !HAS_LEFT.get() {
        return;
    }
    let lost = LEFT.with_borrow_mut(|left| left.as_mut().map(|left| std::mem::take(&mut left.lost)));
    lost.into_iter().flatten().for_each(|lost| lost(Unreplied::Unanswered));
}

/// Turns on this thread's stack.
#[inline]
pub(crate) fn depth() -> u32 {
    IN_TURN.get().depth
}

/// Notes something of the turn of `owner` that runs here. False if none does.
fn note(owner: usize, f: impl FnOnce(&mut Left)) -> bool {
    let here = IN_TURN.get();
    let is_his = here.depth > 0 && here.owner == owner;
    if is_his {
        HAS_LEFT.set(true);
        LEFT.with_borrow_mut(|left| f(left.get_or_insert_default()));
    }
    is_his
}

/// Counts for the turn that runs here, or at the owner.
fn count(owner: &Arc<dyn OwnerOps>, ended: &TurnsEnded) {
    if !note(owner.key(), |left| left.ended.add(ended)) {
        owner.count(ended);
    }
}

/// The right to answer a request once. Dropped unanswered it says
/// [`CallErrorKind::Unanswered`](crate::CallErrorKind::Unanswered) at once (S36c).
///
/// It may be kept in the state or sent to another task; the turn is over when the handler returns, the request stays
/// *begun* in the account until answered (S36b).
///
/// Answering consumes it:
/// ```compile_fail,E0382
/// fn twice(reply: tenure::Reply<u64>) { reply.answer(1); reply.answer(2); }
/// ```
pub struct Reply<T: Send + 'static> {
    slot: Option<Arc<dyn ReplySlot<T>>>,
    owner: Arc<dyn OwnerOps>,
}

impl<T: Send + 'static> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

impl<T: Send + 'static> Reply<T> {
    pub(crate) fn new(slot: Arc<dyn ReplySlot<T>>, owner: Arc<dyn OwnerOps>) -> Self {
        Self { slot: Some(slot), owner }
    }

    /// Gives the reply to the caller. If it has gone the value is dropped and counted as unheard (S34c); this never
    /// waits.
    pub fn answer(mut self, value: T) {
        let Some(slot) = self.slot.take() else { return };
        if slot.kind() == Kind::Call
            && let Some(heard) = slot.answer(value)
        {
            count(&self.owner, &TurnsEnded::replied(heard));
        }
    }
}

impl<T: Send + 'static> Drop for Reply<T> {
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        if slot.kind() != Kind::Call {
            return; // a cast is handled when its turn is over
        }
        let here = IN_TURN.get();
        if here.depth == 0 || here.owner != self.owner.key() {
            return fail(&*slot, &self.owner, Unreplied::Unanswered);
        }
        let ending = LEFT.with_borrow(|left| left.as_ref().and_then(|left| left.ending.clone()));
        match ending {
            Some(verdict) => fail(&*slot, &self.owner, Unreplied::Ended(verdict)),
            None if std::thread::panicking() => {
                // It unwinds: which panic it was, and whether the turn survives it, is known when it has been caught.
                let owner = Arc::clone(&self.owner);
                let lost: Lost = Box::new(move |how| fail(&*slot, &owner, how));
                note(here.owner, |left| left.lost.push(lost));
            }
            None => fail(&*slot, &self.owner, Unreplied::Unanswered),
        }
    }
}

fn fail<T: Send + 'static>(slot: &dyn ReplySlot<T>, owner: &Arc<dyn OwnerOps>, how: Unreplied) {
    let failed = match &how {
        Unreplied::Unanswered => FailedBy { unanswered: 1, ..FailedBy::default() },
        Unreplied::Ended(_) => FailedBy { died: 1, ..FailedBy::default() },
    };
    if slot.fail(how) {
        count(owner, &TurnsEnded { failed, ..TurnsEnded::default() });
    }
}

/// One begun request, without the request itself: the handler has it.
///
/// # Examples
/// ```
/// use tenure::{HandleTurn, Request, Turn};
///
/// struct Add(u64);
/// impl Request for Add {
///     type Reply = u64;
/// }
///
/// struct Sum(u64);
/// impl HandleTurn<Add> for Sum {
///     fn handle(&mut self, Add(n): Add, turn: Turn<Add>) {
///         self.0 += n;
///         turn.answer(self.0); // or `into_reply()`, and answer later
///     }
/// }
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let sum = root.own("sum", Sum(1));
/// assert_eq!(sum.call(root.ctx(), Add(2)).await?, 3);
/// # Ok(()) }
/// ```
pub struct Turn<R: Request> {
    /// None in an inline turn, which has no request: its handler's return value goes to the caller directly.
    reply: Option<Reply<R::Reply>>,
    env: Arc<Env>,
    inline: Option<Caller>,
    ctx: OnceLock<Context>,
}

impl Caller {
    /// As a queued turn's (S33d); the caller cannot go while its thread runs the turn.
    fn turn_ctx(&self, owner: &Context) -> Context {
        // A turn that was kept beyond its handler, against its purpose, has the owner's context alone.
        let Some(caller) = raw::caller() else { return owner.clone() };
        if self.kind == Kind::Cast {
            return owner.with_values_of(&caller);
        }
        let lifetime = Lifetime::child_of(&[caller.lifetime(), owner.lifetime()], Drains::WithParent, None);
        let ctx = match (caller.deadline(), caller.call_deadline(self.call_timeout)) {
            (None, Some(at)) if self.kind == Kind::Call => caller.with_deadline(Deadline::At(at)),
            (_, _) => caller,
        };
        Context::for_turn(&ctx, owner, lifetime)
    }
}

impl<R: Request> fmt::Debug for Turn<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("owner", self.env.ctx.path()).finish_non_exhaustive()
    }
}

impl<R: Request> Turn<R> {
    pub(crate) fn new(slot: Arc<dyn ReplySlot<R::Reply>>, env: &Arc<Env>) -> Self {
        let reply = Reply::new(slot, Arc::clone(&env.owner));
        Self { reply: Some(reply), env: Arc::clone(env), inline: None, ctx: OnceLock::new() }
    }

    /// Of an inline turn that can keep nothing.
    #[inline]
    pub(crate) fn bare(env: Arc<Env>, caller: &Caller) -> Self {
        Self { reply: None, env, inline: Some(*caller), ctx: OnceLock::new() }
    }

    #[inline]
    pub(crate) fn into_env(self) -> Arc<Env> {
        self.env
    }

    fn slot(&self) -> Option<&Arc<dyn ReplySlot<R::Reply>>> {
        self.reply.as_ref()?.slot.as_ref()
    }

    /// A child of both the caller's and the owner's context: it ends when either ends, its deadline is the smaller, its
    /// values are the caller's (S33d). A cast's turn has the owner's context and the caller's values (S33f).
    ///
    /// Calls made with it inherit that: a chain of owners never outlasts the first caller's deadline.
    pub fn ctx(&self) -> &Context {
        self.ctx.get_or_init(|| match (self.slot(), &self.inline) {
            (Some(slot), _) => slot.turn_ctx(&self.env.ctx),
            (None, Some(caller)) => caller.turn_ctx(&self.env.ctx),
            (None, None) => self.env.ctx.clone(),
        })
    }

    /// The task that called, while it lives; `None` for a caller that is no task of tenure.
    pub fn caller(&self) -> Option<TaskPath> {
        let caller = match &self.inline {
            Some(caller) => caller.task,
            None => self.slot()?.caller(),
        };
        path_of(caller?)
    }

    /// Starts a task in the scope of this life of the owner (S36f). Its failure fails nobody; it ends with this life.
    #[track_caller]
    pub fn spawn<T, F, Fut>(&self, name: &str, f: F) -> TaskHandle<T>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let spawner = &self.env.spawner;
        let start = Start { name, class: Class::Request, site: Location::caller(), ctx: spawner.ctx.clone() };
        spawner.start_or_refuse(start, f)
    }

    /// Asks the owner to stop: what is queued is still served (S37c, S38).
    pub fn stop(&self) {
        self.env.owner.request_stop();
    }

    /// Ends this incarnation `Failed(error)` after the turn: its reply is delivered first, `drain` is skipped, `terminate`
    /// runs (S37c). The first error stays.
    pub fn fail(&self, error: impl Into<Error>) {
        let error = error.into();
        let mut first = self.env.fail.lock();
        let later = if first.is_none() {
            *first = Some(error);
            None
        } else {
            Some(error)
        };
        drop(first);
        drop(later);
        self.env.has_failed.store(true, Relaxed);
        self.env.owner.turn_failed(self.env.life);
    }

    /// Answers and ends an owned turn.
    pub fn answer(self, reply: R::Reply) {
        if let Some(right) = self.reply {
            right.answer(reply);
        }
    }

    /// Takes the reply handle, to answer later: the turn is over when the handler returns (S36b).
    pub fn into_reply(self) -> Reply<R::Reply> {
        let Self { reply, env, .. } = self;
        reply.unwrap_or_else(|| Reply { slot: None, owner: Arc::clone(&env.owner) })
    }
}
