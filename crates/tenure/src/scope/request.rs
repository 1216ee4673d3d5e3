//! Scopes around a body: fail-fast, collect, race (S2, S4).

use crate::context::{Context, Stop};
use crate::error::{Cause, Error, Result, TaskError};
use crate::exit::{Panic, catch};
use crate::scope::core::ScopeCore;
use crate::scope::join::{report, settled};
use crate::scope::scope::{Duty, RequestScope, ScopeReport, open};
use crate::scope::state::{Body, Ownership, Policy};
use crate::sync::Mutex;
use crate::task::future::Site;
use crate::task::handle::TaskHandle;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// Tasks of one output type: what [`Context::race`] and [`Context::collect`] give to their body (S4d).
pub struct Group<T> {
    scope: RequestScope,
    /// In the order of spawning. Bounded by the tasks of the group.
    handles: Mutex<Vec<TaskHandle<T>>>,
}

impl<T> fmt::Debug for Group<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.scope).finish()
    }
}

impl<T: Send + 'static> Group<T> {
    /// Adds a task to the group.
    #[track_caller]
    pub fn spawn<F, Fut>(&self, name: &str, f: F)
    where
        F: FnOnce(Context) -> Fut,
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let handle = self.scope.spawn(name, f);
        self.handles.lock().push(handle);
    }

    /// The context of the group.
    pub fn ctx(&self) -> &Context {
        self.scope.ctx()
    }
}

impl Context {
    /// A request scope around `body`: it resolves when the body has returned and every task in it has ended (S2).
    ///
    /// The first task or body that fails cancels the others and is the result (S4a); `body` may borrow locals, tasks
    /// may not. Class of its tasks: `Request`.
    ///
    /// # Errors
    /// The first failure; [`Cancelled`](crate::Cancelled) if the context ended from outside before all had returned
    /// (S4f); [`LeakedTasks`](crate::LeakedTasks) if a task could not be ended.
    ///
    /// # Panics
    /// If `body` panics: the tasks are cancelled and joined, then the panic goes on (S2d).
    ///
    /// # Cancel safety
    /// Dropping the future drops the scope: its tasks are cancelled, the parent waits for them (S3).
    ///
    /// # Examples
    /// ```
    /// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
    /// let words = vec!["a".to_owned(), "b".to_owned()];
    /// let count = root.ctx().scope("count", async |s| {
    ///     for word in &words {
    ///         let word = word.clone();
    ///         s.spawn("word", async move |_ctx| Ok(word.len()));
    ///     }
    ///     Ok(words.len())
    /// }).await?;
    /// assert_eq!(count, 2);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn scope<T, F>(&self, name: &str, body: F) -> impl Future<Output = Result<T>>
    where
        F: AsyncFnOnce(&RequestScope) -> Result<T>,
    {
        let report = self.scope_report(name, body);
        async move { report.await.result }
    }

    /// The same with the report beside the result.
    #[track_caller]
    pub fn scope_report<T, F>(&self, name: &str, body: F) -> impl Future<Output = ScopeReport<T>>
    where
        F: AsyncFnOnce(&RequestScope) -> Result<T>,
    {
        let (ctx, name, site) =
            (self.clone(), crate::ident::clean_name(name).into_owned(), Location::caller());
        async move {
            if let Some(cancelled) = ctx.cause() {
                return never_begun(cancelled.into()); // S7c: the body is never polled
            }
            let mut scope = open(&ctx, &name, Stop::REQUEST, site, Policy::FailFast, Body::Running);
            if let Some(cancelled) = scope.core().unowned() {
                return never_begun(cancelled.into());
            }
            let outcome = run_body(scope.core(), body(&scope)).await;
            finish(&mut scope, outcome, site).await
        }
    }

    /// The first task that returns a value is the result and cancels the rest; if none does, the first error is (S4d).
    ///
    /// # Errors
    /// The first error if no task returned a value; [`Cancelled`](crate::Cancelled) if the context ended from outside.
    ///
    /// # Panics
    /// As [`Context::scope`].
    ///
    /// # Cancel safety
    /// As [`Context::scope`].
    ///
    /// # Examples
    /// ```
    /// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
    /// let first = root.ctx().race("mirrors", async |g| {
    ///     g.spawn("slow", async |ctx| { ctx.sleep(tenure::secs(9)).await?; Ok(1) });
    ///     g.spawn("fast", async |_ctx| Ok(2));
    ///     Ok(())
    /// }).await?;
    /// assert_eq!(first, 2);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn race<T, F>(&self, name: &str, body: F) -> impl Future<Output = Result<T>>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&Group<T>) -> Result,
    {
        let group = run_group(self.clone(), name, Location::caller(), Policy::Race, body);
        async move {
            let (report, handles, winner) = group.await;
            if let Some(winner) = winner {
                for mut handle in handles {
                    if handle.id() == winner {
                        return handle.join().await.map_err(Error::from);
                    }
                }
            }
            report.result?;
            Err(Error::msg("the race had no task that returned a value"))
        }
    }

    /// Failures cancel nobody; the results in the order of spawning, when all have ended (S4d).
    ///
    /// # Errors
    /// The body's own error; each task's is in its place.
    ///
    /// # Panics
    /// As [`Context::scope`].
    ///
    /// # Cancel safety
    /// As [`Context::scope`].
    #[track_caller]
    pub fn collect<T, F>(
        &self,
        name: &str,
        body: F,
    ) -> impl Future<Output = Result<Vec<Result<T, TaskError>>>>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&Group<T>) -> Result,
    {
        let group = run_group(self.clone(), name, Location::caller(), Policy::Collect, body);
        async move {
            let (report, handles, _) = group.await;
            let mut results = Vec::with_capacity(handles.len());
            for mut handle in handles {
                // A task named as leaked has no result, and waiting for it would have no exit.
                if handle.is_ended() {
                    results.push(handle.join().await);
                } else {
                    let path = handle.path().clone();
                    results.push(Err(TaskError::Ended { path, reason: crate::exit::ExitReason::Leaked }));
                }
            }
            match report.result {
                // An outside end stands in each task's place already; the body's own error does not.
                Err(error)
                    if error.downcast_ref::<crate::error::LeakedTasks>().is_none()
                        && error.cancelled().is_none() =>
                {
                    Err(error)
                }
                _ => Ok(results),
            }
        }
    }
}

/// What a body gave: its result, or a panic to go on with.
type Outcome<T> = Result<Result<T>, Panic>;

/// Polls a body to its end, counting a failure like a task's (S4a).
async fn run_body<T>(core: &Arc<ScopeCore>, body: impl Future<Output = Result<T>>) -> Outcome<T> {
    let mut body = pin!(body);
    let outcome = poll_fn(|cx| match catch(|| body.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await;
    core.expire_if_due();
    let answers_cancel = |error: &Error| error.cancelled().is_some() && core.lifetime.is_cancelled();
    match &outcome {
        Ok(Ok(_)) => {}
        Ok(Err(error)) if answers_cancel(error) => core.with_own(Ownership::body_unfinished),
        Ok(Err(_)) | Err(_) => {
            if core.with_own(Ownership::body_failed) {
                core.lifetime.cancel(Cause::BodyFailed, &core.path);
            }
        }
    }
    outcome
}

/// Joins the scope of a body that is over, then reports; a panic of the body goes on here (S2d).
async fn finish<T>(scope: &mut RequestScope, outcome: Outcome<T>, site: Site) -> ScopeReport<T> {
    let core = Arc::clone(scope.core());
    let duties = core.with_own(Ownership::body_done);
    core.perform(duties);
    let deadlock = settled(&core, site).await.err();
    if deadlock.is_none() {
        scope.duty = Duty::None;
    }
    match (outcome, deadlock) {
        (Err(panic), _) => panic.resume(),
        (Ok(_), Some(deadlock)) => report(&core, Err(deadlock.into())),
        (Ok(result), None) => report(&core, result),
    }
}

fn never_begun<T>(error: Error) -> ScopeReport<T> {
    ScopeReport {
        result: Err(error),
        later_errors: Vec::new(),
        errors_dropped: 0,
        leaked: Vec::new(),
        account: crate::account::Account::default(),
    }
}

type Grouped<T> = (ScopeReport, Vec<TaskHandle<T>>, Option<crate::ident::TaskId>);

fn run_group<T, F>(
    ctx: Context,
    name: &str,
    site: Site,
    policy: Policy,
    body: F,
) -> impl Future<Output = Grouped<T>>
where
    T: Send + 'static,
    F: AsyncFnOnce(&Group<T>) -> Result,
{
    let name = crate::ident::clean_name(name).into_owned();
    async move {
        if let Some(cancelled) = ctx.cause() {
            return (never_begun(cancelled.into()), Vec::new(), None);
        }
        let scope = open(&ctx, &name, Stop::REQUEST, site, policy, Body::Running);
        if let Some(cancelled) = scope.core().unowned() {
            return (never_begun(cancelled.into()), Vec::new(), None);
        }
        let mut group = Group { scope, handles: Mutex::new(Vec::new()) };
        let outcome = run_body(group.scope.core(), body(&group)).await;
        let report = finish(&mut group.scope, outcome, site).await;
        let winner = group.scope.core().with_own(|own| own.winner());
        let handles = std::mem::take(&mut *group.handles.lock());
        (report, handles, winner)
    }
}
