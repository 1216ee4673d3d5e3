//! [`ChildSpec`]: what to start under the root, and how to stop it.

use crate::context::Context;
use crate::context::context::bounded;
use crate::error::Result;
use crate::owner::mailbox::{Inline, Options, Overflow};
use crate::owner::run::{BoxFuture, Make};
use crate::owner::{OwnerRef, StateOwner};
use crate::scope::Scope;
use crate::supervisor::child::{self, ChildRef};
use crate::task::future::Site;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

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

/// Kinds of children; sealed.
pub trait ChildKind: sealed::Kind<Handle = <Self as ChildKind>::Ref> + 'static {
    /// What starting such a child gives.
    type Ref: Clone + Send + Sync + 'static;
}

pub(crate) mod sealed {
    use super::{Parts, Scope, Site};

    pub trait Kind: Sized {
        type Made;
        type Handle;
        fn start(parts: Parts<Self::Made>, root: &Scope, site: Site) -> Self::Handle;
    }
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
pub struct RunService(pub(crate) Box<dyn Fn(Context) -> BoxFuture<'static, Result> + Send>);

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
    fn start(parts: Parts<OwnerSpec<S>>, root: &Scope, site: Site) -> OwnerRef<S> {
        child::start_owner(parts, root, site)
    }
}

impl sealed::Kind for Service {
    type Made = RunService;
    type Handle = ChildRef;
    fn start(parts: Parts<RunService>, root: &Scope, site: Site) -> ChildRef {
        child::start_service(parts, root, site)
    }
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
#[must_use = "a spec starts nothing until it is given to `root.child`"]
pub struct ChildSpec<K: ChildKind> {
    parts: Parts<K::Made>,
    site: Site,
}

/// A spec without its kind.
#[derive(Debug)]
pub struct Parts<M> {
    pub(crate) name: String,
    pub(crate) made: M,
    pub(crate) restart: Restart,
    pub(crate) shutdown: Shutdown,
}

impl<K: ChildKind> fmt::Debug for ChildSpec<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec")
            .field("name", &self.parts.name)
            .field("restart", &self.parts.restart)
            .field("shutdown", &self.parts.shutdown)
            .finish_non_exhaustive()
    }
}

impl<K: ChildKind> ChildSpec<K> {
    fn new(name: &str, made: K::Made, site: Site) -> Self {
        let (restart, shutdown) = (Restart::Permanent, Shutdown::Timeout(SHUTDOWN_TIMEOUT));
        Self { parts: Parts { name: name.to_owned(), made, restart, shutdown }, site }
    }

    /// What follows its end; default [`Restart::Permanent`]. Restarts come with the supervisor: until then an end that
    /// would be followed by one shuts the root down.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.parts.restart = restart;
        self
    }

    /// How it is stopped; default [`Shutdown::Timeout`] of 5 s.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.parts.shutdown = match shutdown {
            Shutdown::Timeout(timeout) => Shutdown::Timeout(bounded(timeout)),
            Shutdown::Brutal | Shutdown::Infinity => shutdown,
        };
        self
    }
}

impl<S: Send + 'static> ChildSpec<Owner<S>> {
    fn owner(name: &str, make: Make<S>, stop_when_unreferenced: bool, site: Site) -> Self {
        Self::new(name, OwnerSpec { make, options: Options::default(), stop_when_unreferenced }, site)
    }

    /// An owner made from a value: it cannot be restarted, its failure shuts the root down (S8b).
    #[track_caller]
    pub fn own(name: &str, value: S) -> Self {
        Self::owner(name, Make::Value(value), false, Location::caller())
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
        self.parts.made.options.capacity = places.max(1);
        self
    }

    /// What `call` and `cast` do without a place; default [`Overflow::Wait`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.parts.made.options.overflow = overflow;
        self
    }

    /// Whether turns may run on their caller's thread; default [`Inline::Allowed`].
    pub fn inline(mut self, inline: Inline) -> Self {
        self.parts.made.options.inline = inline;
        self
    }

    /// Deadline of a call whose context has none; default [`REQUEST_TIMEOUT`](crate::REQUEST_TIMEOUT), 30 s.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.parts.made.options.call_timeout = timeout;
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
        let run = RunService(Box::new(move |ctx| Box::pin(f(ctx, args.clone()))));
        Self::new(name, run, Location::caller())
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
    /// A service that returns before it was asked to would be restarted; until there is a supervisor that shuts the root
    /// down. Equal names get a suffix, `client#2` (S1d), and neighbours of one name stop together (S25a).
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
        K::start(spec.parts, self, spec.site)
    }
}
