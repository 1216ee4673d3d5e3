//! What an administrator does to a supervisor at run time (S29): start, terminate, restart, delete, list, count.

use crate::context::Context;
use crate::context::waiters::Waiting;
use crate::error::{Cancelled, Cause};
use crate::exit::ExitReason;
use crate::ident::{TaskId, TaskPath};
use crate::owner::owner::Slot;
use crate::record::current;
use crate::record::wait::{Edge, Target, WaitKind};
use crate::scope::core::path_of;
use crate::scope::cycle;
use crate::supervisor::child::{Child, ChildInfo, ChildState};
use crate::supervisor::machine::machine::Refused;
use crate::supervisor::run::Boss;
use crate::supervisor::spec::{ChildKind, ChildSpec};
use crate::supervisor::tree::{SpecError, Template};
use crate::task::future::Site;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;

/// Why an administrator was refused (S29). The set of children is as it was.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// A child of that id is down or waits for its restart: restart or delete it.
    #[error("a child of that id is there, and is down or waits for its restart: restart or delete it")]
    AlreadyPresent,
    /// A child of that id runs.
    #[error("a child of that id runs")]
    AlreadyStarted,
    /// There are as many children as there may be.
    #[error("there are as many children as there may be; see `Dynamic::max_children`")]
    Full,
    /// The supervisor is being stopped, or is down.
    #[error("the supervisor is being stopped, or is down")]
    Stopped,
    /// No child of that id.
    #[error("there is no child of that id")]
    NotFound,
    /// The child runs; only one that is down can be restarted or deleted.
    #[error("the child runs: only one that is down can be restarted or deleted")]
    Running,
    /// The child is about to be restarted, or what it owned has not ended.
    #[error("the child is about to be restarted, or what its last life owned has not ended")]
    Restarting,
    /// The spec itself is wrong.
    #[error(transparent)]
    Spec(SpecError),
    /// It was started, and was never ready: how it ended. Its spec is not kept (S18c).
    #[error("the child was started and was never ready: it {0}")]
    Start(ExitReason),
    /// The wait would be for the caller itself (S40b).
    #[error("this would wait for its own caller: {}", joined(.cycle))]
    Deadlock {
        /// From the caller round to itself.
        cycle: Vec<TaskPath>,
    },
    /// The caller's context ended first; what was asked for goes on.
    #[error(transparent)]
    Cancelled(Cancelled),
}

fn joined(cycle: &[TaskPath]) -> String {
    cycle.iter().map(TaskPath::as_str).collect::<Vec<_>>().join(" -> ")
}

impl From<Refused> for AdminError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::AlreadyPresent => Self::AlreadyPresent,
            Refused::AlreadyStarted => Self::AlreadyStarted,
            Refused::Full => Self::Full,
            Refused::Stopped => Self::Stopped,
            Refused::NotFound => Self::NotFound,
            Refused::Running => Self::Running,
            Refused::Restarting => Self::Restarting,
        }
    }
}

/// How many children there are (S29d; OTP's `count_children/1`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// Children, whatever they do.
    pub specs: u32,
    /// Those that run.
    pub active: u32,
    /// Those that are supervisors.
    pub supervisors: u32,
    /// Those that are not.
    pub workers: u32,
}

/// A supervisor's handle: it names the slot, and owns nothing.
#[derive(Clone)]
pub struct SupervisorRef {
    boss: Arc<Boss>,
    slot: Arc<Child>,
}

impl fmt::Debug for SupervisorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupervisorRef").field("path", self.path()).finish_non_exhaustive()
    }
}

impl SupervisorRef {
    pub(super) fn new(boss: Arc<Boss>, slot: &Arc<Child>) -> Self {
        Self { boss, slot: Arc::clone(slot) }
    }

    pub(super) fn boss(&self) -> &Arc<Boss> {
        &self.boss
    }

    /// Where it stands in the tree of owners.
    pub fn path(&self) -> &TaskPath {
        self.slot.path()
    }

    /// What it does, as a child of whoever supervises it. Never blocks on it.
    pub fn info(&self) -> ChildInfo {
        self.slot.info()
    }

    /// Starts one more child, the last in start order, and waits until it is ready.
    ///
    /// While the supervisor starts or restarts a group the start is queued (S26c).
    ///
    /// # Errors
    /// [`AdminError`]; `Start` if the child was never ready: then its spec is not kept (S18c).
    ///
    /// # Cancel safety
    /// Dropping the wait does not take the start back.
    #[track_caller]
    pub fn start_child<K: ChildKind>(
        &self,
        ctx: &Context,
        spec: ChildSpec<K>,
    ) -> impl Future<Output = Result<K::Ref, AdminError>> + Send {
        let site = Location::caller();
        async move {
            ctx.check().map_err(AdminError::Cancelled)?;
            spec.check().map_err(AdminError::Spec)?;
            if self.boss.look(|machine| machine.is_ending()) || self.boss.task().is_none() {
                return Err(AdminError::Stopped);
            }
            let (handle, child) = spec.place(&self.boss, false)?;
            self.boss.start_placed(&child);
            let edge = self.wait_edge(self.boss.task(), site)?;
            ctx.select(changed(&child, &self.boss, |info| match &info.state {
                _ if info.starts > 0 => Some(Ok(())),
                ChildState::Down(reason) => Some(Err(AdminError::Start(reason.clone()))),
                ChildState::Removed => Some(Err(AdminError::Stopped)),
                ChildState::Starting | ChildState::Up | ChildState::Stopping | ChildState::Backoff { .. } => {
                    None
                }
            }))
            .await
            .map_err(AdminError::Cancelled)??;
            drop(edge);
            Ok(handle)
        }
    }

    /// Stops a child by its own ladder, and waits for its end. A permanent or transient child stays, down; a temporary one is
    /// removed. One that is down already is a success.
    ///
    /// # Errors
    /// `NotFound`, `Deadlock`, `Cancelled`.
    ///
    /// # Cancel safety
    /// Dropping the wait does not take the stop back.
    #[track_caller]
    pub fn terminate_child(
        &self,
        ctx: &Context,
        id: &str,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        let (site, found) = (Location::caller(), self.boss.find(id));
        async move {
            ctx.check().map_err(AdminError::Cancelled)?;
            let (slot, child) = found.ok_or(AdminError::NotFound)?;
            let edge = self.wait_edge(child.task(), site)?;
            let by = current::id().and_then(path_of).unwrap_or_else(|| self.path().clone());
            let cause = Cause::StopRequested { by };
            let ends = child.lives_ended();
            if self.boss.step(|machine, now| machine.terminate(slot, cause, now)) {
                return Ok(());
            }
            ctx.select(changed(&child, &self.boss, |info| {
                // A group may have started it again since.
                let is_down = matches!(info.state, ChildState::Down(_) | ChildState::Removed);
                (is_down || child.lives_ended() > ends).then_some(())
            }))
            .await
            .map_err(AdminError::Cancelled)?;
            drop(edge);
            Ok(())
        }
    }

    /// Starts a child that is down, and waits until it is ready. It is no restart that counts (S21f).
    ///
    /// # Errors
    /// [`AdminError`]; `Start` if it was never ready: it is down then.
    ///
    /// # Cancel safety
    /// Dropping the wait does not take the start back.
    #[track_caller]
    pub fn restart_child(
        &self,
        ctx: &Context,
        id: &str,
    ) -> impl Future<Output = Result<(), AdminError>> + Send {
        let (site, found) = (Location::caller(), self.boss.find(id));
        async move {
            ctx.check().map_err(AdminError::Cancelled)?;
            let (slot, child) = found.ok_or(AdminError::NotFound)?;
            let before = child.info().starts;
            self.boss.step(|machine, now| machine.restart_by_hand(slot, now))?;
            let edge = self.wait_edge(self.boss.task(), site)?;
            ctx.select(changed(&child, &self.boss, |info| match &info.state {
                _ if info.starts > before => Some(Ok(())),
                ChildState::Down(reason) => Some(Err(AdminError::Start(reason.clone()))),
                ChildState::Removed => Some(Err(AdminError::Stopped)),
                ChildState::Starting | ChildState::Up | ChildState::Stopping | ChildState::Backoff { .. } => {
                    None
                }
            }))
            .await
            .map_err(AdminError::Cancelled)??;
            drop(edge);
            Ok(())
        }
    }

    /// Forgets a child that is down.
    ///
    /// # Errors
    /// `NotFound`, `Running`, `Restarting`.
    pub fn delete_child(&self, id: &str) -> Result<(), AdminError> {
        let (slot, _) = self.boss.find(id).ok_or(AdminError::NotFound)?;
        Ok(self.boss.step(|machine, _| machine.delete(slot))?)
    }

    /// The children in start order. Never blocks on one.
    pub fn children(&self) -> Vec<ChildInfo> {
        self.boss.infos()
    }

    /// How many there are. Never blocks on one.
    pub fn count(&self) -> Count {
        self.boss.look(|machine| {
            let mut count = Count::default();
            for (_, slot) in machine.shown() {
                count.specs += 1;
                count.active += u32::from(slot.is_alive());
                if slot.terms.is_supervisor {
                    count.supervisors += 1;
                } else {
                    count.workers += 1;
                }
            }
            count
        })
    }

    /// Restarts that still count, out of how many (S21).
    pub fn window(&self) -> (u32, u32) {
        let (held, intensity) = self.boss.look(|machine| machine.window(crate::clock::now()));
        (held, intensity.restarts)
    }

    /// Asks it to stop, and returns at once: its children stop in reverse start order. Whoever supervises it did not ask,
    /// so a permanent one is restarted (S19).
    pub fn request_stop(&self) {
        self.slot.ask_to_stop();
    }

    /// Makes its task panic, to test what follows (S31c).
    #[cfg(feature = "test-util")]
    pub fn inject_panic(&self) {
        self.boss.inject_panic();
    }

    /// The edge of a wait for a task, unless it closes a ring.
    fn wait_edge(&self, on: Option<TaskId>, site: Site) -> Result<Option<Edge>, AdminError> {
        let (Some(waiter), Some(on)) = (current::id(), on) else { return Ok(None) };
        let edge = Edge::begin(WaitKind::Children, Target::Task(on), Some(site));
        match cycle::find_through(waiter, cycle::target_of(on)) {
            Some(ring) => Err(AdminError::Deadlock { cycle: cycle::paths(&ring) }),
            None => Ok(edge),
        }
    }
}

/// Waits until `done` says something of the child.
async fn changed<T>(child: &Child, boss: &Boss, done: impl Fn(&ChildInfo) -> Option<T>) -> T {
    let mut of_child = Waiting::new(child);
    let mut of_boss = Waiting::new(boss);
    poll_fn(|cx| {
        // Before the look, so that nothing is missed.
        let registered = of_child.poll(cx).is_pending() && of_boss.poll(cx).is_pending();
        match done(&child.info()) {
            Some(value) => Poll::Ready(value),
            None if registered => Poll::Pending,
            None => Poll::Pending,
        }
    })
    .await
}

/// The handle of a dynamic supervisor.
pub struct DynamicRef<A, K: ChildKind> {
    admin: SupervisorRef,
    template: Template<A, K>,
}

impl<A, K: ChildKind> Clone for DynamicRef<A, K> {
    fn clone(&self) -> Self {
        Self { admin: self.admin.clone(), template: Arc::clone(&self.template) }
    }
}

impl<A, K: ChildKind> fmt::Debug for DynamicRef<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicRef").field("path", self.admin.path()).finish_non_exhaustive()
    }
}

impl<A: Send + 'static, K: ChildKind> DynamicRef<A, K> {
    pub(super) fn new(admin: SupervisorRef, template: Template<A, K>) -> Self {
        Self { admin, template }
    }

    /// Makes a spec from the template, and starts it under `id`; waits until it is ready.
    ///
    /// # Errors
    /// As [`SupervisorRef::start_child`].
    ///
    /// # Cancel safety
    /// As [`SupervisorRef::start_child`].
    #[track_caller]
    pub fn start_child(
        &self,
        ctx: &Context,
        id: &str,
        args: A,
    ) -> impl Future<Output = Result<K::Ref, AdminError>> + Send {
        let spec = (self.template.lock())(args).renamed(id);
        self.admin.start_child(ctx, spec)
    }

    /// The rest of the administration: terminate, restart, delete, list, count.
    pub fn admin(&self) -> &SupervisorRef {
        &self.admin
    }
}
