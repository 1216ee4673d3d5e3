//! Waiting for the end of owned work: of a scope, of a task.

use crate::context::Context;
use crate::context::until::{Change, Until};
use crate::context::waiters::Waiting;
use crate::error::{Error, LeakedTasks, Result, TaskError};
use crate::record::wait::{Edge, Target, WaitKind};
use crate::scope::core::ScopeCore;
use crate::scope::cycle;
use crate::scope::scope::{Duty, RequestScope, ScopeReport, first_error};
use crate::scope::state::Ownership;
use crate::task::future::Site;
use crate::task::handle::TaskHandle;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;

/// Writes the edge of a join, once per task that polls it, and looks whether it closes a ring.
fn join_edge(edge: &mut Option<Edge>, target: Target, site: Site) -> Result<(), TaskError> {
    if edge.as_ref().is_some_and(Edge::is_of_current) {
        return Ok(());
    }
    *edge = Edge::begin(WaitKind::Join, target, Some(site));
    let Some(edge) = edge else { return Ok(()) }; // no task of tenure: it blocks no owner (S40g)
    let Some(target) = edge.word().target() else { return Ok(()) };
    cycle::resolve_join(edge.task(), target).map_err(|cycle| TaskError::Deadlock { cycle })
}

/// Resolves when the scope has settled: everything ended, or the ladder has run out (S2a).
pub(super) async fn settled(core: &Arc<ScopeCore>, site: Site) -> Result<(), TaskError> {
    let (slot, generation) = core.number();
    let mut edge = None;
    let mut waiting = Waiting::new(&**core);
    poll_fn(|cx| {
        if waiting.poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        match join_edge(&mut edge, Target::Scope(slot, generation), site) {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    })
    .await
}

/// The report of a settled scope whose body gave `body`.
pub(super) fn report<T>(core: &Arc<ScopeCore>, body: Result<T>) -> ScopeReport<T> {
    let leaked = if core.with_own(|own| own.tasks_leaked() > 0) || core.account().leaked > 0 {
        core.leaked_paths()
    } else {
        Vec::new()
    };
    let (later_errors, errors_dropped) = core.with_own(Ownership::take_later_errors);
    let unfinished = core.with_own(|own| own.unfinished());
    let outside = core
        .lifetime
        .cancelled()
        .map(|(cancelled, _)| cancelled)
        .filter(|cancelled| cancelled.origin != core.path || cancelled.is_deadline());
    let result = match (first_error(core), body) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) if !leaked.is_empty() => {
            Err(LeakedTasks::new(core.path.clone(), leaked.clone()).into())
        }
        (None, Ok(value)) => match outside {
            Some(cancelled) if unfinished => Err(cancelled.into()), // S4f
            _ => Ok(value),
        },
    };
    ScopeReport { result, later_errors, errors_dropped, leaked, account: core.account() }
}

impl RequestScope {
    /// Leaves it to end with its tasks; its owner waits. Their errors fail nobody, and are shown (S3d).
    pub(crate) fn leave(mut self) {
        self.duty = Duty::None;
        let core = Arc::clone(self.core());
        let duties = core.with_own(|own| {
            own.drop_unjoined();
            own.body_done()
        });
        core.perform(duties);
    }

    /// Waits until every task and scope in it has ended, or its ladder has run out; the report says which (S2a).
    ///
    /// Not cut short by the joiner's own context: it ends with the tasks, and these end by their ladder (S2e). A join
    /// by a task of this very scope is [`TaskError::Deadlock`].
    ///
    /// # Cancel safety
    /// Dropping the future drops the scope: its tasks are cancelled, the parent waits for them (S3).
    #[track_caller]
    pub fn join(self) -> impl Future<Output = ScopeReport> + Send {
        let site = Location::caller();
        async move {
            let mut scope = self;
            let core = Arc::clone(scope.core());
            let duties = core.with_own(Ownership::body_done);
            core.perform(duties);
            match settled(&core, site).await {
                Ok(()) => {
                    scope.duty = Duty::None;
                    report(&core, Ok(()))
                }
                Err(deadlock) => {
                    drop(scope); // nobody can wait for it here: S3
                    report(&core, Err(Error::from(deadlock)))
                }
            }
        }
    }
}

impl<T: Send + 'static> TaskHandle<T> {
    /// Waits for the end of the task and takes its value, also if it had been cancelled (S5a).
    ///
    /// Not cut short by the caller's own context; for a task of another scope use [`TaskHandle::join_with`].
    ///
    /// # Errors
    /// [`TaskError`]: how it ended without a value, that it was refused, that the value was taken before, or that the
    /// join would wait for its own caller.
    ///
    /// # Cancel safety
    /// Cancel-safe: it may be dropped and called again (S5d).
    #[track_caller]
    pub fn join(&mut self) -> impl Future<Output = Result<T, TaskError>> + Send {
        join(self, None, Location::caller())
    }

    /// The same, or the end of `ctx`: for a task of another scope (S2e).
    ///
    /// # Errors
    /// Also [`TaskError::Cancelled`] if `ctx` ended first.
    ///
    /// # Cancel safety
    /// Cancel-safe.
    #[track_caller]
    pub fn join_with(&mut self, ctx: &Context) -> impl Future<Output = Result<T, TaskError>> + Send {
        join(self, Some(ctx.clone()), Location::caller())
    }
}

async fn join<T: Send + 'static>(
    handle: &mut TaskHandle<T>,
    ctx: Option<Context>,
    site: Site,
) -> Result<T, TaskError> {
    if let Some(ctx) = &ctx {
        ctx.check().map_err(TaskError::Cancelled)?;
    }
    let mut until = ctx.as_ref().map(|ctx| Until::new(ctx, Change::Cancelled));
    let mut edge = None;
    poll_fn(|cx| {
        if handle.poll_ended(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if let (Some(until), Some(ctx)) = (&mut until, &ctx)
            && until.poll(cx).is_ready()
        {
            return Poll::Ready(Err(TaskError::Cancelled(
                ctx.cause().unwrap_or_else(|| ctx.deadline_error()),
            )));
        }
        let target = handle.pending().map_or(Target::Nobody, Target::Task);
        match join_edge(&mut edge, target, site) {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    })
    .await?;
    drop(edge);
    poll_fn(|cx| handle.poll_value(cx)).await
}
