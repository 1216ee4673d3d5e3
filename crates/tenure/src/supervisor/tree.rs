//! A tree of supervisors in code: [`Supervisor`], [`Dynamic`], and what is refused before anything starts.

use crate::context::context::bounded;
use crate::exit::ExitReason;
use crate::owner::mailbox::Options;
use crate::scope::Scope;
use crate::supervisor::admin::{DynamicRef, SupervisorRef};
use crate::supervisor::child::Child;
use crate::supervisor::decide::Remake;
use crate::supervisor::machine::machine::{Kind, Rules, Terms};
use crate::supervisor::run::{Boss, BossLives};
use crate::supervisor::spec::sealed;
use crate::supervisor::spec::{Built, ChildKind, ChildSpec, Reserved, Restart, Shutdown};
use crate::sync::Mutex;
use crate::task::future::Site;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

/// Children of a dynamic supervisor, at most, unless it says otherwise: nothing is unbounded (S29a).
pub const MAX_CHILDREN: u32 = 65_536;

/// How the children of a supervisor hang together (S20; OTP's words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "OTP's three")]
pub enum Strategy {
    /// Only the child that ended is restarted.
    OneForOne,
    /// All others are stopped in reverse start order, then all are started.
    OneForAll,
    /// The same for the child that ended and those after it.
    RestForOne,
}

/// How often a supervisor may restart: more than `restarts` within `within` and it gives up (S21).
///
/// An entry that is exactly `within` old still counts. `restarts: 0` gives up at the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made as a literal")]
pub struct Intensity {
    /// Restarts that are still borne.
    pub restarts: u32,
    /// For how long one counts; zero is refused (S17e).
    pub within: Duration,
}

impl Intensity {
    /// 5 in 30 s. OTP's 1 in 5 s restarts without delay; with a backoff the window must be longer than the first delays add up to.
    pub const DEFAULT: Self = Self { restarts: 5, within: Duration::from_secs(30) };
}

/// Whether the end of significant children ends their supervisor (S30; OTP's words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "OTP's three")]
pub enum AutoShutdown {
    /// It does not.
    Never,
    /// The first one's does.
    Any,
    /// The last one's does.
    All,
}

/// What is wrong with a supervisor; found before any child starts (S17e).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// Two children have one id.
    #[error("two children are called `{id}`: ids under a supervisor must differ")]
    DuplicateId {
        /// That id.
        id: String,
    },
    /// It would be restarted, so it never ends by itself.
    #[error("`{id}` is significant and permanent: it would be restarted; make it `Transient` or `Temporary`")]
    SignificantPermanent {
        /// That child.
        id: String,
    },
    /// Its end would mean nothing.
    #[error("`{id}` is significant, but the supervisor's `auto_shutdown` is `Never`")]
    SignificantWithoutAutoShutdown {
        /// That child.
        id: String,
    },
    /// No restart could ever be counted.
    #[error("`Intensity::within` is zero: no restart could be counted")]
    ZeroWindow,
    /// Its value cannot be made again when the group is.
    #[error(
        "`{id}` is made from a value, which cannot be made again with its group: use `own_with` or `own_init`"
    )]
    ValueOwnerInGroup {
        /// That child.
        id: String,
    },
}

/// A child of a supervisor, without its kind.
trait AnySpec: Send {
    fn name(&self) -> &str;
    fn terms(&self) -> &Terms;
    fn check(&self) -> Result<(), SpecError>;
    fn place(self: Box<Self>, boss: &Arc<Boss>);
}

impl<K: ChildKind> AnySpec for ChildSpec<K> {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn check(&self) -> Result<(), SpecError> {
        Self::check(self)
    }

    fn place(self: Box<Self>, boss: &Arc<Boss>) {
        Self::place(*self, boss, true).ok(); // of the supervisor's own spec: never refused
    }
}

/// A supervisor in code: its children in start order. It reads like the tree it makes.
///
/// Children start one after the other, each when the one before is ready (S17a), and stop in reverse (S25a). What
/// follows an exit is decided by [`Restart`], [`Strategy`], [`Intensity`] and [`Backoff`](crate::Backoff).
///
/// # Examples
/// ```
/// use tenure::prelude::*;
/// use tenure::{ChildSpec, Restart, Strategy, Supervisor};
///
/// async fn sweep(ctx: Context, store: OwnerRef<Vec<u64>>) -> Result {
///     while ctx.until(ctx.sleep(secs(60))).await.is_some() {
///         store.with(&ctx, |s| s.clear()).await?;
///     }
///     Ok(())
/// }
/// # #[tenure::main] async fn main(root: Scope) -> tenure::Result {
/// let store = ChildSpec::own_with("store", Vec::<u64>::new);
/// let store_ref = store.handle();
/// let app = Supervisor::new("app", Strategy::RestForOne)
///     .child(store)
///     .child(ChildSpec::service("sweep", store_ref.clone(), sweep).restart(Restart::Transient));
/// let app = root.supervise(app)?;
/// store_ref.with(root.ctx(), |s| s.push(1)).await?;
/// assert_eq!(app.count().active, 2);
/// # Ok(()) }
/// ```
#[must_use = "a supervisor starts nothing until it is given to `root.supervise` or another supervisor"]
pub struct Supervisor {
    name: String,
    strategy: Strategy,
    intensity: Intensity,
    auto_shutdown: AutoShutdown,
    children: Vec<Box<dyn AnySpec>>,
    kind: Kind,
    site: Site,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let children: Vec<&str> = self.children.iter().map(|child| child.name()).collect();
        f.debug_struct("Supervisor")
            .field("name", &self.name)
            .field("strategy", &self.strategy)
            .field("children", &children)
            .finish_non_exhaustive()
    }
}

impl Supervisor {
    /// A supervisor without children, with [`Intensity::DEFAULT`] and [`AutoShutdown::Never`].
    #[track_caller]
    pub fn new(name: &str, strategy: Strategy) -> Self {
        Self {
            name: name.to_owned(),
            strategy,
            intensity: Intensity::DEFAULT,
            auto_shutdown: AutoShutdown::Never,
            children: Vec::new(),
            kind: Kind::Static,
            site: Location::caller(),
        }
    }

    /// How often it may restart before it gives up (S21). One window for all its children.
    pub fn intensity(mut self, intensity: Intensity) -> Self {
        self.intensity = Intensity { within: bounded(intensity.within), ..intensity };
        self
    }

    /// Whether the end of significant children ends it (S30).
    pub fn auto_shutdown(mut self, when: AutoShutdown) -> Self {
        self.auto_shutdown = when;
        self
    }

    /// One more child, the last in start order.
    pub fn child<K: ChildKind>(mut self, spec: ChildSpec<K>) -> Self {
        self.children.push(Box::new(spec));
        self
    }

    /// A nested supervisor with default options; else `child(ChildSpec::supervisor(..)..)`.
    pub fn supervisor(self, nested: Self) -> Self {
        self.child(ChildSpec::supervisor(nested))
    }

    /// Children of one template, started at run time (S29): connections, sessions, jobs. They have no order among each
    /// other, and stop all at once.
    #[track_caller]
    pub fn dynamic<A, K, F>(name: &str, template: F) -> Dynamic<A, K>
    where
        A: Send + 'static,
        K: ChildKind,
        F: Fn(A) -> ChildSpec<K> + Send + 'static,
    {
        Dynamic {
            name: name.to_owned(),
            template: Arc::new(Mutex::new(Box::new(template))),
            intensity: Intensity::DEFAULT,
            max_children: MAX_CHILDREN,
            site: Location::caller(),
        }
    }

    /// Its children are parts of one thing (S53).
    pub(crate) fn of_shards(mut self) -> Self {
        self.kind = Kind::Shards;
        self
    }

    /// S17e, here and below.
    fn check(&self) -> Result<(), SpecError> {
        if self.intensity.within.is_zero() {
            return Err(SpecError::ZeroWindow);
        }
        let mut ids = HashSet::new();
        for child in &self.children {
            let (id, terms) = (child.name().to_owned(), child.terms());
            if terms.significant && terms.restart == Restart::Permanent {
                return Err(SpecError::SignificantPermanent { id });
            }
            if terms.significant && self.auto_shutdown == AutoShutdown::Never {
                return Err(SpecError::SignificantWithoutAutoShutdown { id });
            }
            if terms.remake == Remake::Impossible && self.strategy != Strategy::OneForOne {
                return Err(SpecError::ValueOwnerInGroup { id });
            }
            child.check()?;
            if !ids.insert(id.clone()) {
                return Err(SpecError::DuplicateId { id });
            }
        }
        Ok(())
    }

    fn rules(&self) -> Rules {
        Rules {
            kind: self.kind,
            strategy: self.strategy,
            intensity: self.intensity,
            auto_shutdown: self.auto_shutdown,
            max_children: u32::MAX,
        }
    }
}

/// A child that is a supervisor.
pub struct Nested(());

impl fmt::Debug for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nested")
    }
}

fn reserve(name: &str, rules: Rules) -> (Arc<Boss>, Arc<Child>) {
    let boss = Boss::new(rules);
    let child = Child::new(name, None, Some(Arc::clone(&boss)), false);
    (boss, child)
}

fn built(boss: &Arc<Boss>) -> Built {
    Built { lives: Box::new(BossLives(Arc::clone(boss))), options: Options::DEFAULT, is_supervisor: true }
}

impl sealed::Kind for Nested {
    type Made = Supervisor;
    type Handle = SupervisorRef;

    fn reserve(name: &str, made: &Supervisor) -> Reserved<SupervisorRef> {
        let (boss, child) = reserve(name, made.rules());
        Reserved { handle: SupervisorRef::new(boss, &child), child }
    }

    fn build(made: Supervisor, handle: &SupervisorRef) -> Built {
        let children = Mutex::new(Some(made.children));
        handle.boss().set_children(Box::new(move |boss| {
            let children = children.lock().take();
            children.into_iter().flatten().for_each(|child| child.place(boss));
        }));
        built(handle.boss())
    }

    fn check(made: &Supervisor) -> Result<(), SpecError> {
        made.check()
    }
}

impl ChildKind for Nested {
    type Ref = SupervisorRef;
}

impl ChildSpec<Nested> {
    /// A nested supervisor; its stop is bounded by its own children's, [`Shutdown::Infinity`] (S25b).
    pub fn supervisor(supervisor: Supervisor) -> Self {
        let (name, site) = (supervisor.name.clone(), supervisor.site);
        Self::new(&name, supervisor, site).shutdown(Shutdown::Infinity)
    }
}

pub(super) type Template<A, K> = Arc<Mutex<Box<dyn Fn(A) -> ChildSpec<K> + Send>>>;

/// A supervisor whose children are started at run time from one template; made by [`Supervisor::dynamic`].
#[must_use = "it is nothing until its `spec()` is given to an owner"]
pub struct Dynamic<A, K: ChildKind> {
    name: String,
    template: Template<A, K>,
    intensity: Intensity,
    max_children: u32,
    site: Site,
}

impl<A, K: ChildKind> fmt::Debug for Dynamic<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dynamic").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<A: Send + 'static, K: ChildKind> Dynamic<A, K> {
    /// Children at a time, at most; default [`MAX_CHILDREN`]. Beyond it a start is refused `Full`.
    pub fn max_children(mut self, children: u32) -> Self {
        self.max_children = children;
        self
    }

    /// How often it may restart before it gives up (S21).
    pub fn intensity(mut self, intensity: Intensity) -> Self {
        self.intensity = Intensity { within: bounded(intensity.within), ..intensity };
        self
    }

    /// As a child, with the options of any child.
    pub fn spec(self) -> ChildSpec<DynamicKind<A, K>> {
        let (name, site) = (self.name.clone(), self.site);
        ChildSpec::new(&name, self, site).shutdown(Shutdown::Infinity)
    }
}

/// A child that is a dynamic supervisor.
pub struct DynamicKind<A, K>(PhantomData<fn(A) -> K>);

impl<A, K> fmt::Debug for DynamicKind<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynamicKind")
    }
}

impl<A: Send + 'static, K: ChildKind> sealed::Kind for DynamicKind<A, K> {
    type Made = Dynamic<A, K>;
    type Handle = DynamicRef<A, K>;

    fn reserve(name: &str, made: &Dynamic<A, K>) -> Reserved<DynamicRef<A, K>> {
        let (boss, child) = reserve(
            name,
            Rules {
                kind: Kind::Dynamic,
                strategy: Strategy::OneForOne,
                intensity: made.intensity,
                auto_shutdown: AutoShutdown::Never,
                max_children: made.max_children,
            },
        );
        let admin = SupervisorRef::new(boss, &child);
        Reserved { handle: DynamicRef::new(admin, Arc::clone(&made.template)), child }
    }

    fn build(_: Dynamic<A, K>, handle: &DynamicRef<A, K>) -> Built {
        built(handle.admin().boss())
    }

    fn check(made: &Dynamic<A, K>) -> Result<(), SpecError> {
        if made.intensity.within == Duration::ZERO { Err(SpecError::ZeroWindow) } else { Ok(()) }
    }
}

impl<A: Send + 'static, K: ChildKind> ChildKind for DynamicKind<A, K> {
    type Ref = DynamicRef<A, K>;
}

impl Scope {
    /// Starts a supervisor as a child of the root.
    ///
    /// # Errors
    /// [`SpecError`]: what is wrong with it, here or below; then nothing was started.
    pub fn supervise(&self, supervisor: Supervisor) -> Result<SupervisorRef, SpecError> {
        supervisor.check()?;
        Ok(self.child(ChildSpec::supervisor(supervisor)))
    }
}

/// A supervisor that was given to `root.child` with a mistake in it starts nothing, and says so as its exit.
pub(super) fn refused(error: SpecError) -> ExitReason {
    ExitReason::Failed(error.into())
}
