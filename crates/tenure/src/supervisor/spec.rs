//! [`ChildSpec`]: what to start under the root, and how to stop it.

use crate::context::Context;
use crate::context::context::bounded;
use crate::error::Result;
use crate::exit::ExitReason;
use crate::ident::clean_name;
use crate::owner::mailbox::{Inline, Mailbox, OnRestart, Options, Overflow};
use crate::owner::owner::{Slot, WhenUnreferenced};
use crate::owner::run::{BoxFuture, Lent, Make};
use crate::owner::{OwnerRef, StateOwner};
use crate::scope::Scope;
use crate::scope::snapshot::Importance;
use crate::supervisor::child::{Child, ChildRef, StopMailbox};
use crate::supervisor::decide::Remake;
use crate::supervisor::life::{Lives, OwnerLives, ServiceLives};
use crate::supervisor::machine::machine::{Refused, Terms};
use crate::supervisor::run::{Boss, Placing};
use crate::supervisor::tree::SpecError;
use crate::task::future::Site;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// In what time a child must be ready (S17d). OTP's is infinite; here every wait has an exit path.
pub const START_TIMEOUT: Duration = Duration::from_secs(30);
/// Default of [`Shutdown::Timeout`]: what OTP gives a worker (`supervisor`, `do_check_childspec`).
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// What follows when a child ends and nobody asked it to (S19; OTP's words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "OTP's three")]
pub enum Restart {
    /// It is restarted, also after a normal end.
    Permanent,
    /// It is restarted after an abnormal end.
    Transient,
    /// It is never restarted, and its end fails nobody.
    Temporary,
}

/// How a child is stopped (S25b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "OTP's three")]
pub enum Shutdown {
    /// Aborted at once.
    Brutal,
    /// Drained, cancelled after four fifths of it, aborted at its end; a service that does not drain is cancelled at once.
    Timeout(Duration),
    /// Drained or cancelled, and waited for as long as the root's grace allows.
    Infinity,
}

/// How long a restart waits (S22): attempt k from 0 waits `min(max, first * factor^k)`, less up to the share `jitter` of it.
///
/// OTP has none: there a child that fails at once spends the whole intensity in a millisecond.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made as a literal, `..Backoff::DEFAULT`")]
pub struct Backoff {
    /// Before the first restart.
    pub first: Duration,
    /// From one restart to the next.
    pub factor: f64,
    /// At most.
    pub max: Duration,
    /// Of the wait, drawn away at random; 0 is exact, 1 is anything down to nothing.
    pub jitter: f64,
}

impl Backoff {
    /// 100 ms, doubled up to 30 s, half of it random.
    pub const DEFAULT: Self =
        Self { first: Duration::from_millis(100), factor: 2.0, max: Duration::from_secs(30), jitter: 0.5 };

    /// Restarts at once.
    pub const fn none() -> Self {
        Self { first: Duration::ZERO, factor: 1.0, max: Duration::ZERO, jitter: 0.0 }
    }
}

/// Who ends when a child has had its last restart (S24b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the child or its supervisor")]
pub enum GiveUp {
    /// The supervisor.
    Escalate,
    /// The child alone: it stays down, health names it.
    Isolate,
}

/// Kinds of children; sealed.
pub trait ChildKind: sealed::Kind<Handle = <Self as ChildKind>::Ref> + 'static {
    /// What starting such a child gives.
    type Ref: Clone + Send + Sync + 'static;
}

pub(crate) mod sealed {
    use super::{Built, Reserved};

    pub trait Kind: Sized {
        type Made: Send;
        type Handle: Clone + Send + Sync;
        /// The slot and its handle, before it has a place.
        fn reserve(name: &str, made: &Self::Made) -> Reserved<Self::Handle>;
        /// What makes its lives.
        fn build(made: Self::Made, handle: &Self::Handle) -> Built;
        /// What is wrong with it (S17e).
        fn check(_made: &Self::Made) -> Result<(), super::SpecError> {
            Ok(())
        }
    }
}

/// A slot that was made and has no place yet. Dropped without one it is closed: whoever waits for it is told.
pub struct Reserved<H> {
    pub(crate) child: Arc<Child>,
    pub(crate) handle: H,
}

impl<H> fmt::Debug for Reserved<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reserved")
    }
}

impl<H> Drop for Reserved<H> {
    fn drop(&mut self) {
        if !self.child.is_placed() {
            self.child.close(&ExitReason::Normal);
        }
    }
}

/// What a slot is given with its place.
#[derive(Debug)]
pub struct Built {
    pub(crate) lives: Box<dyn Lives>,
    pub(crate) options: Options,
    pub(crate) is_supervisor: bool,
}

/// A child that is a state owner of `S`.
pub struct Owner<S>(PhantomData<fn() -> S>);

/// A child that is a service closure.
pub struct Service(());

impl<S> fmt::Debug for Owner<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner")
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

/// What an owner is made from.
pub struct OwnerSpec<S> {
    pub(crate) make: Make<S>,
    pub(crate) options: Options,
    pub(crate) stop_when_unreferenced: bool,
}

/// One life of a service, from its context.
pub struct RunService {
    pub(crate) run: Box<dyn FnMut(Context) -> BoxFuture<'static, Result> + Send>,
    pub(crate) readiness: Readiness,
}

/// When a service is ready (S17b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// When its first poll has returned.
    FirstPoll,
    /// When it called `ctx.ready()`.
    Said,
}

impl<S> fmt::Debug for OwnerSpec<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerSpec").field("options", &self.options).finish_non_exhaustive()
    }
}

impl fmt::Debug for RunService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunService")
    }
}

impl<S: Send + 'static> sealed::Kind for Owner<S> {
    type Made = OwnerSpec<S>;
    type Handle = OwnerRef<S>;

    fn reserve(name: &str, made: &OwnerSpec<S>) -> Reserved<OwnerRef<S>> {
        let mailbox = Mailbox::new(name);
        let child = Child::new(name, Some(Arc::clone(&mailbox) as Arc<dyn StopMailbox>), None, false);
        let slot = Arc::clone(&child) as Arc<dyn Slot>;
        let token = made.stop_when_unreferenced.then(|| WhenUnreferenced(Arc::clone(&slot)));
        Reserved { child, handle: OwnerRef::new(mailbox, slot, token) }
    }

    fn build(made: OwnerSpec<S>, handle: &OwnerRef<S>) -> Built {
        let lives =
            OwnerLives { mailbox: Arc::clone(handle.mailbox()), maker: Arc::new(Lent::new(made.make)) };
        Built { lives: Box::new(lives), options: made.options, is_supervisor: false }
    }
}

impl sealed::Kind for Service {
    type Made = RunService;
    type Handle = ChildRef;

    fn reserve(name: &str, _: &RunService) -> Reserved<ChildRef> {
        let child = Child::new(name, None, None, false);
        Reserved { handle: ChildRef::new(&child), child }
    }

    fn build(made: RunService, _: &ChildRef) -> Built {
        service_built(made)
    }
}

pub(super) fn service_built(made: RunService) -> Built {
    let readiness = made.readiness;
    let lives = ServiceLives { run: Arc::new(Lent::new(made)), readiness };
    Built { lives: Box::new(lives), options: Options::DEFAULT, is_supervisor: false }
}

impl<S: Send + 'static> ChildKind for Owner<S> {
    type Ref = OwnerRef<S>;
}

impl ChildKind for Service {
    type Ref = ChildRef;
}

/// What to start, and what follows its end. Every option has a default; given to [`Scope::child`].
///
/// # Examples
/// ```
/// use tenure::prelude::*;
/// use tenure::{ChildSpec, Overflow, Shutdown};
/// # #[tenure::main] async fn main(root: Scope) -> tenure::Result {
/// let store = root.child(
///     ChildSpec::own("store", 0u64)
///         .capacity(1024)
///         .overflow(Overflow::Reject)
///         .call_timeout(ms(250))
///         .shutdown(Shutdown::Timeout(secs(2))),
/// );
/// assert_eq!(store.with(root.ctx(), |n| *n).await?, 0);
/// # Ok(()) }
/// ```
#[must_use = "a spec starts nothing until it is given to `root.child` or a supervisor"]
pub struct ChildSpec<K: ChildKind> {
    name: String,
    made: K::Made,
    pub(super) terms: Terms,
    shutdown: Shutdown,
    site: Site,
    reserved: OnceLock<Reserved<K::Ref>>,
}

impl<K: ChildKind> fmt::Debug for ChildSpec<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec")
            .field("name", &self.name)
            .field("restart", &self.terms.restart)
            .field("shutdown", &self.shutdown)
            .finish_non_exhaustive()
    }
}

impl<K: ChildKind> ChildSpec<K> {
    pub(super) fn new(name: &str, made: K::Made, site: Site) -> Self {
        let terms = Terms {
            restart: Restart::Permanent,
            remake: Remake::Possible,
            backoff: Backoff::DEFAULT,
            max_restarts: None,
            give_up: GiveUp::Escalate,
            significant: false,
            retry_start: false,
            start_timeout: None,
            is_supervisor: false,
        };
        let shutdown = Shutdown::Timeout(SHUTDOWN_TIMEOUT);
        Self { name: clean_name(name).into_owned(), made, terms, shutdown, site, reserved: OnceLock::new() }
    }

    fn reserved(&self) -> &Reserved<K::Ref> {
        self.reserved.get_or_init(|| K::reserve(&self.name, &self.made))
    }

    /// The handle before the start, for the arguments of siblings: it names the slot (S27a).
    ///
    /// Requests sent before the start wait for it. A spec that is dropped without being started closes its handle.
    pub fn handle(&self) -> K::Ref {
        self.reserved().handle.clone()
    }

    /// What follows its end; default [`Restart::Permanent`].
    pub fn restart(mut self, restart: Restart) -> Self {
        self.terms.restart = restart;
        self
    }

    /// How long its restarts wait; default [`Backoff::DEFAULT`].
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.terms.backoff = backoff;
        self
    }

    /// How it is stopped; default [`Shutdown::Timeout`] of 5 s, of a supervisor [`Shutdown::Infinity`].
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = match shutdown {
            Shutdown::Timeout(timeout) => Shutdown::Timeout(bounded(timeout)),
            Shutdown::Brutal | Shutdown::Infinity => shutdown,
        };
        self
    }

    /// In what time it must be ready (S17d); default [`START_TIMEOUT`] where its `init`, or its own word, decides.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.terms.start_timeout = Some(bounded(timeout));
        self
    }

    /// A first start that fails is tried again like a failed restart (S18b). Without it a failed first start is the
    /// failure of the supervisor, as in OTP.
    pub fn retry_start(mut self) -> Self {
        self.terms.retry_start = true;
        self
    }

    /// Restarts since it was last stable, [`STABLE_AFTER`](crate::STABLE_AFTER), before it is given up on (S24a).
    pub fn max_restarts(mut self, restarts: u32) -> Self {
        self.terms.max_restarts = Some(restarts);
        self
    }

    /// Who ends when it has had its last restart; default [`GiveUp::Escalate`].
    pub fn give_up(mut self, how: GiveUp) -> Self {
        self.terms.give_up = how;
        self
    }

    /// Its end by itself may end its supervisor (S30), see [`AutoShutdown`](crate::AutoShutdown).
    pub fn significant(mut self) -> Self {
        self.terms.significant = true;
        self
    }

    pub(super) fn made_mut(&mut self) -> &mut K::Made {
        &mut self.made
    }

    pub(super) fn site(&self) -> Site {
        self.site
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn renamed(mut self, name: &str) -> Self {
        self.name = clean_name(name).into_owned();
        self
    }

    pub(super) fn check(&self) -> Result<(), SpecError> {
        K::check(&self.made)
    }

    /// Gives it a place under `boss`, as the last in start order.
    pub(super) fn place(
        mut self,
        boss: &Arc<Boss>,
        is_static: bool,
    ) -> Result<(K::Ref, Arc<Child>), Refused> {
        let reserved = self.reserved.take().unwrap_or_else(|| K::reserve(&self.name, &self.made));
        let Built { lives, options, is_supervisor } = K::build(self.made, &reserved.handle);
        self.terms.is_supervisor = is_supervisor;
        let how = Placing {
            lives,
            options,
            terms: self.terms,
            shutdown: self.shutdown,
            site: self.site,
            is_static,
        };
        boss.place(&reserved.child, how)?;
        Ok((reserved.handle.clone(), Arc::clone(&reserved.child)))
    }
}

impl<S: Send + 'static> ChildSpec<Owner<S>> {
    fn owner(name: &str, make: Make<S>, stop_when_unreferenced: bool, site: Site) -> Self {
        let remake = if make.can_restart() { Remake::Possible } else { Remake::Impossible };
        let start_timeout = make.has_init().then_some(START_TIMEOUT);
        let made = OwnerSpec { make, options: Options::DEFAULT, stop_when_unreferenced };
        let mut spec = Self::new(name, made, site);
        spec.terms.remake = remake;
        spec.terms.start_timeout = start_timeout;
        spec
    }

    /// An owner made from a value: it cannot be restarted, its failure shuts the root down (S8b).
    #[track_caller]
    pub fn own(name: &str, value: S) -> Self {
        Self::owner(name, Make::Value(Some(value)), false, Location::caller())
    }

    /// An owner whose state can be made again.
    #[track_caller]
    pub fn own_with(name: &str, make: impl Fn() -> S + Send + 'static) -> Self {
        Self::owner(name, Make::Again(Box::new(make)), false, Location::caller())
    }

    /// An owner with hooks.
    #[track_caller]
    pub fn own_init(name: &str, args: S::Args) -> Self
    where
        S: StateOwner,
    {
        Self::owner(name, Make::init(args), S::STOP_WHEN_UNREFERENCED, Location::caller())
    }

    /// Places of its mailbox, at least 1; default [`MAILBOX_CAPACITY`](crate::MAILBOX_CAPACITY), 256.
    pub fn capacity(mut self, places: u32) -> Self {
        self.made.options.capacity = places.max(1);
        self
    }

    /// What `call` and `cast` do without a place; default [`Overflow::Wait`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.made.options.overflow = overflow;
        self
    }

    /// What becomes of its queue when it is restarted; default [`OnRestart::Keep`].
    pub fn on_restart(mut self, queue: OnRestart) -> Self {
        self.made.options.on_restart = queue;
        self
    }

    /// A turn of it that takes longer is a problem, `TP004`; default the root's,
    /// [`HealthOptions::turn_bound`](crate::HealthOptions).
    pub fn turn_bound(mut self, bound: Duration) -> Self {
        self.made.options.turn_bound = Some(bound);
        self
    }

    /// Whether its full mailbox is a critical problem, which takes readiness away; default [`Importance::Plain`].
    pub fn importance(mut self, importance: Importance) -> Self {
        self.made.options.importance = importance;
        self
    }

    /// Whether turns may run on their caller's thread; default [`Inline::Allowed`].
    pub fn inline(mut self, inline: Inline) -> Self {
        self.made.options.inline = inline;
        self
    }

    /// Deadline of a call whose context has none; default [`REQUEST_TIMEOUT`](crate::REQUEST_TIMEOUT), 30 s.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.made.options.call_timeout = timeout;
        self
    }
}

impl ChildSpec<Service> {
    /// A service closure: `f(ctx, args.clone())` is one life of it.
    #[track_caller]
    pub fn service<A, F, Fut>(name: &str, args: A, f: F) -> Self
    where
        A: Clone + Send + 'static,
        F: Fn(Context, A) -> Fut + Send + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        let run = Box::new(move |ctx| -> BoxFuture<'static, Result> { Box::pin(f(ctx, args.clone())) });
        let made = RunService { run, readiness: Readiness::FirstPoll };
        Self::new(name, made, Location::caller())
    }

    /// Ready when it calls [`Context::ready`](crate::Context::ready), instead of after its first poll (S17b).
    pub fn explicit_ready(mut self) -> Self {
        self.made.readiness = Readiness::Said;
        self.terms.start_timeout.get_or_insert(START_TIMEOUT);
        self
    }
}

impl Scope {
    /// A state owner made from a value: it cannot be restarted, its abnormal end shuts the root down (S8b).
    #[track_caller]
    pub fn own<S: Send + 'static>(&self, name: &str, value: S) -> OwnerRef<S> {
        self.child(ChildSpec::own(name, value))
    }

    /// A state owner whose state can be made again.
    #[track_caller]
    pub fn own_with<S, F>(&self, name: &str, make: F) -> OwnerRef<S>
    where
        S: Send + 'static,
        F: Fn() -> S + Send + 'static,
    {
        self.child(ChildSpec::own_with(name, make))
    }

    /// A state owner with hooks (S37). The reference is valid at once; requests wait for `init` (S27d).
    #[track_caller]
    pub fn own_init<S: StateOwner>(&self, name: &str, args: S::Args) -> OwnerRef<S> {
        self.child(ChildSpec::own_init(name, args))
    }

    /// A long-lived service. It must end within its shutdown policy when asked: one that looks at
    /// [`Context::is_draining`] or awaits [`Context::draining`] is drained first (S25b).
    ///
    /// A service that returns before it was asked to is restarted (S19), and that counts (S21). Equal names get a suffix, `client#2` (S1d), and neighbours of one name stop together (S25a).
    ///
    /// # Examples
    /// ```
    /// use tenure::prelude::*;
    /// async fn sweep(ctx: Context, store: OwnerRef<Vec<u64>>) -> Result {
    ///     while !ctx.is_draining() {
    ///         store.with(&ctx, |s| s.retain(|n| *n > 0)).await?;
    ///         if ctx.until(ctx.sleep(secs(60))).await.is_none() {
    ///             break; // asked to finish
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// # #[tenure::main] async fn main(root: Scope) -> tenure::Result {
    /// let store = root.own("store", vec![0, 1]);
    /// root.service("sweep", store, sweep);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn service<A, F, Fut>(&self, name: &str, args: A, f: F) -> ChildRef
    where
        A: Clone + Send + 'static,
        F: Fn(Context, A) -> Fut + Send + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        self.child(ChildSpec::service(name, args, f))
    }

    /// Any child with its options; what comes back is the kind's handle.
    pub fn child<K: ChildKind>(&self, spec: ChildSpec<K>) -> K::Ref {
        let handle = spec.handle();
        if let Some(boss) = Boss::of(self.core()) {
            boss.start_child(spec);
        } // else the root is over, and the handle is closed with the spec
        handle
    }
}
