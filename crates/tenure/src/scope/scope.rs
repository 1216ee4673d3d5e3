//! [`Scope`]: the handle of a scope, and what spawns in it.

use crate::account::Account;
use crate::context::lifetime::Drains;
use crate::context::{Context, Deadline, Stop};
use crate::error::{Cause, Error, Result, TaskError};
use crate::exit::catch;
use crate::ident::{Class, ScopeState, TaskPath, clean_name};
use crate::raw::{self, PolledBy};
use crate::record::Record;
use crate::record::exits::HandleRef;
use crate::record::word::HANDLE;
use crate::rt;
use crate::scope::core::{Admitted, Kind, NewScope, ScopeCore};
use crate::scope::state::{Body, Policy};
use crate::task::blocking::{Blocking, Job, Queued};
use crate::task::future::{End, HasValue, Outcome, Site, Task, TaskOwner, bounds, judge};
use crate::task::handle::TaskHandle;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

/// Kind of the root's scope: it may own services and state owners.
#[derive(Debug)]
#[non_exhaustive]
pub struct Services;

/// Kind of a request scope: it offers no way to start what outlives the request (S8a).
#[derive(Debug)]
#[non_exhaustive]
pub struct Requests;

/// An owner of tasks: it does not end before they have.
///
/// The value given to main is the root's scope, which may also own services and state owners. Scopes of requests come
/// from [`Context::scope`] and [`Context::open_scope`]. Not `Clone`: dropping a request scope's value means that nobody
/// waits any more, so its tasks are cancelled and the duty to wait passes to the parent (S3). What spawns from elsewhere
/// is a [`Spawner`].
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let sum = root
///     .scope("sum", async |s| {
///         let mut one = s.spawn("one", async |_ctx| Ok(1));
///         let mut two = s.spawn("two", async |_ctx| Ok(2));
///         Ok(one.join().await? + two.join().await?)
///     })
///     .await?;
/// assert_eq!(sum, 3);
/// # Ok(()) }
/// ```
///
/// A request scope cannot start what would outlive the request:
/// ```compile_fail,E0599
/// async fn sweep(ctx: tenure::Context, _: ()) -> tenure::Result { Ok(()) }
/// async fn handler(ctx: tenure::Context) -> tenure::Result {
///     ctx.scope("request", async |s| { s.service("sweep", (), sweep); Ok(()) }).await
/// }
/// ```
/// ```compile_fail,E0599
/// async fn handler(ctx: tenure::Context) -> tenure::Result {
///     ctx.scope("request", async |s| { s.own("store", 0u64); Ok(()) }).await
/// }
/// ```
pub struct Scope<K = Services> {
    pub(super) spawner: Spawner,
    /// Whether dropping the value unjoined is S3: not for the root's, whose body main is (S50).
    pub(super) duty: Duty,
    kind: PhantomData<K>,
}

/// A scope that lives no longer than its request.
pub type RequestScope = Scope<Requests>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    None,
    Join,
}

/// What a join says (S2a, S4c, S10c).
#[derive(Debug)]
#[non_exhaustive]
pub struct ScopeReport<T = ()> {
    /// The body's value; else the first error: a task's or the body's own, or a [`TaskError`] (panic, abort, ..), or
    /// [`Cancelled`](crate::Cancelled) (S4f), or [`LeakedTasks`](crate::LeakedTasks).
    pub result: Result<T>,
    /// All errors but the first, up to [`ERRORS_KEPT`](crate::ERRORS_KEPT).
    pub later_errors: Vec<TaskError>,
    /// Errors beyond those.
    pub errors_dropped: u64,
    /// Tasks that had not ended when the ladder had run out.
    pub leaked: Vec<TaskPath>,
    /// The account of this scope and those below it.
    pub account: Account,
}

/// Options of one task.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TaskOptions {
    /// When the task must be over; never later than its scope's deadline.
    pub deadline: Deadline,
}

impl TaskOptions {
    /// A task with a deadline of its own.
    pub const fn deadline(deadline: Deadline) -> Self {
        Self { deadline }
    }
}

/// How a task is started; what differs between the public methods.
pub(crate) struct Start<'a> {
    pub(crate) name: &'a str,
    pub(crate) class: Class,
    pub(crate) site: Site,
    pub(crate) ctx: Context,
}

/// Spawns into a scope from elsewhere; owns nothing (S1b).
///
/// A spawn into a scope that is closing is refused: the handle says so at once (S6a).
#[derive(Clone)]
pub struct Spawner {
    pub(crate) core: Arc<ScopeCore>,
    pub(crate) ctx: Context,
}

impl fmt::Debug for Spawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawner").field("scope", &self.core.path).field("state", &self.core.state()).finish()
    }
}

impl Spawner {
    /// A one-shot task; its failure fails the scope (S4a, S8e). See [`Scope::spawn`].
    #[track_caller]
    pub fn spawn<T, F, Fut>(&self, name: &str, f: F) -> TaskHandle<T>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let start = Start { name, class: Class::Request, site: Location::caller(), ctx: self.ctx.clone() };
        self.start_or_refuse(start, f)
    }

    /// Gives the closure back if the scope is closing (S6b).
    ///
    /// # Errors
    /// The closure, unused.
    #[track_caller]
    pub fn try_spawn<T, F, Fut>(&self, name: &str, f: F) -> Result<TaskHandle<T>, F>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let start = Start { name, class: Class::Request, site: Location::caller(), ctx: self.ctx.clone() };
        self.start(start, |_| {}, f).map_err(|(f, _)| f)
    }

    pub(crate) fn start_or_refuse<T, F, Fut>(&self, start: Start<'_>, f: F) -> TaskHandle<T>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let name = start.name;
        self.start(start, |_| {}, f).unwrap_or_else(|(_, state)| self.refused(name, state))
    }

    fn refused<T>(&self, name: &str, state: ScopeState) -> TaskHandle<T> {
        let path = self.core.path.child(&clean_name(name), 1);
        TaskHandle::refused(path, TaskError::Refused { scope: self.core.path.clone(), state })
    }

    /// The one way in: record and list first, then the future, then Tokio. `prepare` runs before the task can.
    pub(crate) fn start<T, F, Fut>(
        &self,
        start: Start<'_>,
        prepare: impl FnOnce(Record),
        f: F,
    ) -> Result<TaskHandle<T>, (F, ScopeState)>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let Admitted { record, name } = match self.core.admit(start.name, start.class, start.site, HANDLE) {
            Ok(admitted) => admitted,
            Err(state) => return Err((f, state)),
        };
        prepare(record);
        let handle = HandleRef::new(record);
        // Not under the scope's lock: the closure is the user's.
        let ctx = if self.core.is_bound_by(&start.ctx) { None } else { Some(start.ctx.clone()) };
        let join = match catch(|| f(start.ctx)) {
            Ok(future) => {
                let task = Task::new(future, Arc::clone(&self.core), ctx, record, PolledBy::Tokio);
                Some(rt::spawn(&self.core.tree.runtime, task))
            }
            Err(panic) => {
                let reason = judge(Outcome::Panicked(panic), record, bounds(ctx.as_ref(), &*self.core));
                self.core.task_ended(record, End { reason, secondary: None, value: HasValue::No });
                raw::release(record.slot);
                None
            }
        };
        let owner = Arc::clone(&self.core) as Arc<dyn TaskOwner>;
        Ok(TaskHandle::started(handle, owner, (name.text, name.suffix), join))
    }
}

impl<K> Scope<K> {
    pub(crate) fn new(core: Arc<ScopeCore>, ctx: Context) -> Self {
        let duty = if core.kind == Kind::Root { Duty::None } else { Duty::Join };
        Self { spawner: Spawner { core, ctx }, duty, kind: PhantomData }
    }

    pub(crate) fn core(&self) -> &Arc<ScopeCore> {
        &self.spawner.core
    }

    /// The context of this scope: it ends when the scope does.
    pub fn ctx(&self) -> &Context {
        &self.spawner.ctx
    }

    /// Where this scope stands in the tree of owners.
    pub fn path(&self) -> &TaskPath {
        &self.core().path
    }

    /// Where this scope is in its life.
    pub fn state(&self) -> ScopeState {
        self.core().state()
    }

    /// Spawns into this scope from elsewhere.
    pub fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }

    /// A one-shot task, class `Request`; its failure fails this scope (S4a), at the root it starts the shutdown (S8e).
    ///
    /// The handle may be dropped: the scope owns the task. If the scope is closing the task is refused, and its handle
    /// says so at once (S6a).
    #[track_caller]
    pub fn spawn<T, F, Fut>(&self, name: &str, f: F) -> TaskHandle<T>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        self.spawner.spawn(name, f)
    }

    /// A task with a deadline of its own: its context ends there, its ladder follows (S13b).
    #[track_caller]
    pub fn spawn_with<T, F, Fut>(&self, name: &str, options: TaskOptions, f: F) -> TaskHandle<T>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let ctx = self.ctx().with_deadline(options.deadline);
        let own_deadline = ctx.deadline().filter(|at| self.ctx().deadline().is_none_or(|scope| *at < scope));
        let start = Start { name, class: Class::Request, site: Location::caller(), ctx };
        let prepare = |record| {
            if let Some(at) = own_deadline {
                self.core().drive_task_deadline(record, at);
            }
        };
        self.spawner.start(start, prepare, f).unwrap_or_else(|(_, state)| self.spawner.refused(name, state))
    }

    /// Gives the closure back if the scope is closing (S6b).
    ///
    /// # Errors
    /// The closure, unused.
    #[track_caller]
    pub fn try_spawn<T, F, Fut>(&self, name: &str, f: F) -> Result<TaskHandle<T>, F>
    where
        T: Send + 'static,
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        self.spawner.try_spawn(name, f)
    }

    /// A closure on a thread of Tokio's blocking pool, owned like any task (S15).
    ///
    /// Nothing can end a running closure by force: it must look at [`Blocking::check`]. One that has not started is
    /// withdrawn at once when its scope is cancelled, also while the pool is full.
    #[track_caller]
    pub fn blocking<T, F>(&self, name: &str, f: F) -> TaskHandle<T>
    where
        T: Send + 'static,
        F: FnOnce(Blocking) -> Result<T> + Send + 'static,
    {
        let core = self.core();
        let Admitted { record, name } = match core.admit(name, Class::Blocking, Location::caller(), HANDLE) {
            Ok(admitted) => admitted,
            Err(state) => return self.spawner.refused(name, state),
        };
        let handle = HandleRef::new(record);
        let job = Job::new(f, Arc::clone(core), self.ctx().clone(), record);
        core.add_blocking(record, Arc::clone(&job) as _);
        if self.ctx().lifetime().is_cancelled() {
            crate::task::blocking::Withdraw::withdraw(&*job); // the cancel came before the job was listed
        }
        let queued = Queued(job);
        let join = rt::run_on_thread(&core.tree.runtime, move || queued.0.run());
        let owner = Arc::clone(core) as Arc<dyn TaskOwner>;
        TaskHandle::started(handle, owner, (name.text, name.suffix), Some(join))
    }

    /// [`Context::scope`] under this scope.
    #[track_caller]
    pub fn scope<T, F>(&self, name: &str, body: F) -> impl Future<Output = Result<T>>
    where
        F: AsyncFnOnce(&RequestScope) -> Result<T>,
    {
        self.ctx().scope(name, body)
    }

    /// Rung 2: all contexts of this scope end, with cause [`Cause::Explicit`]; the ladder follows (S10).
    pub fn cancel(&self, why: &str) {
        self.core().lifetime.cancel(Cause::Explicit(why.to_owned()), self.path());
    }

    /// The account of this scope and those below it (S16); at the root with the requests of its owners.
    pub fn account(&self) -> Account {
        self.core().account()
    }
}

impl<K> fmt::Debug for Scope<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("path", self.path())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl<K> Drop for Scope<K> {
    fn drop(&mut self) {
        if self.duty == Duty::None {
            return;
        }
        let core = self.core();
        core.note_dropped();
        if core.with_own(|own| !own.is_empty()) {
            core.lifetime.cancel(Cause::ScopeDropped, &core.path);
        }
        let duties = core.with_own(crate::scope::state::Ownership::body_done);
        core.perform(duties);
    }
}

/// The scope a context belongs to.
pub(crate) fn scope_of(ctx: &Context) -> Arc<ScopeCore> {
    let Ok(core) = ctx.home().into_any().downcast::<ScopeCore>() else {
        unreachable!("contexts are made by scopes alone");
    };
    core
}

impl Context {
    /// A request scope as a value. End it by [`Scope::join`]; dropping it unjoined cancels its tasks, and the parent
    /// waits for them (S3).
    ///
    /// # Examples
    /// ```
    /// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
    /// let import = root.ctx().open_scope("import", tenure::Stop::REQUEST);
    /// import.spawn("rows", async |_ctx| Ok(()));
    /// let report = import.join().await;
    /// assert_eq!(report.account.ended, 1);
    /// report.result
    /// # }
    /// ```
    #[track_caller]
    pub fn open_scope(&self, name: &str, stop: Stop) -> RequestScope {
        open(self, name, stop, Location::caller(), Policy::FailFast, Body::Value)
    }
}

pub(super) fn open(
    ctx: &Context,
    name: &str,
    stop: Stop,
    site: Site,
    policy: Policy,
    body: Body,
) -> RequestScope {
    let parent = scope_of(ctx);
    let spec = NewScope {
        path: parent.path.clone(),
        site,
        stop,
        kind: Kind::Request,
        policy,
        body,
        under: Some(ctx),
        drains: Drains::WithParent,
    };
    let (core, ctx) = parent.open(name, ctx, spec);
    Scope::new(core, ctx)
}

/// The error a scope returns for its first failure, if it had one.
pub(super) fn first_error(core: &ScopeCore) -> Option<Error> {
    use crate::exit::ExitReason;
    use crate::scope::state::FirstError;
    core.with_own(|own| match own.first_error() {
        Some(FirstError::Task { reason: ExitReason::Failed(error), .. }) => Some(error.clone()),
        Some(FirstError::Task { path, reason }) => {
            Some(Error::from(TaskError::Ended { path: path.clone(), reason: reason.clone() }))
        }
        Some(FirstError::Body) | None => None,
    })
}
