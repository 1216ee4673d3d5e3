//! One life of a child: a task and everything in its scope (S31d), with its stop ladder.

use crate::context::Context;
use crate::context::timers::{Due, Timed};
use crate::error::{Cause, Error, Result};
use crate::exit::ExitReason;
use crate::ident::TaskId;
use crate::owner::mailbox::Mailbox;
use crate::owner::run::{BoxFuture, Lent, Make, OwnerTask, Starts};
use crate::owner::turn::{Env, OwnerOps};
use crate::record::slab::RecordRef;
use crate::scope::core::{LifeWatch, Principal, ScopeCore};
use crate::scope::cycle;
use crate::scope::scope::Spawner;
use crate::scope::state::{Ownership, Settled};
use crate::supervisor::child::{Child, State};
use crate::supervisor::spec::{Readiness, RunService};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::Poll;

/// Makes the lives of a child.
pub(crate) trait Lives: Send + Sync {
    fn begin(&self, life: &Arc<Life>, ctx: &Context) -> BoxFuture<'static, Result>;
}

impl fmt::Debug for dyn Lives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lives")
    }
}

/// Of a state owner.
pub(crate) struct OwnerLives<S: Send + 'static> {
    pub(crate) mailbox: Arc<Mailbox<S>>,
    pub(crate) maker: Arc<Lent<Make<S>>>,
}

impl<S: Send + 'static> Lives for OwnerLives<S> {
    fn begin(&self, life: &Arc<Life>, ctx: &Context) -> BoxFuture<'static, Result> {
        let mailbox = &self.mailbox;
        let number = mailbox.begin_life(life.task, life.child.state.lock().begun);
        cycle::add_owner(life.task, Arc::downgrade(mailbox) as Weak<dyn cycle::Refuse>);
        let spawner = Spawner { core: Arc::clone(&life.scope), ctx: ctx.clone() };
        let env = Arc::new(Env::new(ctx.clone(), spawner, Arc::clone(mailbox) as Arc<dyn OwnerOps>, number));
        let starts = Arc::clone(life) as Arc<dyn Starts>;
        Box::pin(OwnerTask::new(Arc::clone(mailbox), env, Arc::clone(&self.maker), starts))
    }
}

/// Of a service closure.
pub(crate) struct ServiceLives {
    pub(crate) run: Arc<Lent<RunService>>,
    pub(crate) readiness: Readiness,
}

impl Lives for ServiceLives {
    fn begin(&self, life: &Arc<Life>, ctx: &Context) -> BoxFuture<'static, Result> {
        let (run, life, ctx, readiness) =
            (Arc::clone(&self.run), Arc::clone(life), ctx.clone(), self.readiness);
        Box::pin(async move {
            // In the task itself: the closure is the user's, and may panic.
            let Some(mut future) = run.with(|service| (service.run)(ctx)) else {
                return Err(Error::msg("another life of this service runs"));
            };
            let mut first = readiness == Readiness::FirstPoll;
            poll_fn(|cx| {
                let poll = future.as_mut().poll(cx);
                if std::mem::take(&mut first) && !matches!(poll, Poll::Ready(Err(_))) {
                    life.is_ready();
                }
                poll
            })
            .await
        })
    }
}

/// One life of a child.
pub(crate) struct Life {
    pub(super) child: Arc<Child>,
    pub(crate) scope: Arc<ScopeCore>,
    pub(super) home: Arc<ScopeCore>,
    pub(crate) task: TaskId,
}

impl Life {
    pub(super) fn set_time(self: &Arc<Self>, at: tokio::time::Instant, due: Due) {
        let key = self.home.tree.timers.at(at, Arc::clone(self) as Arc<dyn Timed>, due);
        self.child.state.lock().ladder.push(key);
    }

    pub(super) fn cancel(&self, cause: &Cause) {
        self.scope.lifetime.cancel(cause.clone(), &self.scope.path); // `life_cancelled` cuts the mailbox
    }

    pub(super) fn abort(self: &Arc<Self>) {
        if let Some(task) = RecordRef::of(self.task) {
            self.home.abort_task(task.record());
        }
        self.scope.abort_all();
        self.set_time(crate::clock::now() + self.scope.stop.abort, Due::Name);
    }

    fn is_present(&self, state: &State) -> bool {
        state.life.as_ref().is_some_and(|life| life.task == self.task)
    }

    /// Everything it owned has ended, or (`leaked`) cannot be ended.
    fn over(&self, leaked: bool) {
        let child = &self.child;
        let mut state = child.state.lock();
        if !self.is_present(&state) {
            let place = state.stragglers.iter().position(|life| life.task == self.task);
            let gone = place.map(|place| state.stragglers.remove(place));
            drop(state);
            drop(gone);
            if let (false, Some(boss), Some(slot)) = (leaked, child.boss(), child.slot()) {
                boss.step(|machine, _| machine.straggler_over(slot)); // it was named before, and ends now
            }
            return;
        }
        let gone = state.life.take();
        let times = std::mem::take(&mut state.ladder);
        if leaked {
            state.stragglers.extend(gone.clone());
            state.reason.get_or_insert(ExitReason::Leaked);
        }
        drop(state);
        times.into_iter().for_each(|key| self.home.tree.timers.remove(key));
        match (child.boss(), child.slot()) {
            (Some(boss), Some(slot)) => boss.step(|machine, now| machine.life_over(slot, leaked, now)),
            (_, _) => {
                let reason = child.state.lock().reason.clone().unwrap_or(ExitReason::Leaked);
                child.close(&reason);
            }
        }
        child.state.lock().lives_ended += 1;
        child.tell();
        if self.home.tree.plan.cause().is_some() {
            self.home.tree.plan.wake_driver();
        }
        drop(gone);
    }
}

impl Starts for Life {
    fn is_ready(&self) {
        if let (Some(boss), Some(slot)) = (self.child.boss(), self.child.slot()) {
            boss.step(|machine, now| machine.ready(slot, now));
        }
    }

    fn is_ignored(&self) {
        if let (Some(boss), Some(slot)) = (self.child.boss(), self.child.slot()) {
            boss.step(|machine, now| machine.ignored(slot, now));
        }
    }
}

impl Principal for Life {
    fn task_ended(self: Arc<Self>, reason: ExitReason) {
        let child = &self.child;
        let mut state = child.state.lock();
        let (asked, stopping) = (state.asked, state.stopping.clone());
        let is_present = self.is_present(&state);
        if is_present {
            state.reason = Some(reason.clone());
        }
        drop(state);
        match (child.boss(), child.slot()) {
            _ if !is_present => {} // it was named before, and judged
            (Some(boss), Some(slot)) => {
                boss.step(|machine, now| machine.exited(slot, reason.clone(), asked, now));
            }
            (_, _) => child.close(&reason),
        }
        if let Some(place) = child.place.get() {
            child.note_owner(place);
        }
        // What the life started ends with it (S31d).
        let by = self.scope.path.clone();
        let cause = stopping.map_or(Cause::StopRequested { by }, |(cause, _)| cause);
        self.scope.lifetime.cancel(cause, &self.scope.path);
        let duties = self.scope.with_own(Ownership::body_done);
        self.scope.perform(duties);
    }

    fn incarnation(&self) -> u32 {
        self.child.state.lock().begun
    }
}

impl LifeWatch for Life {
    fn life_settled(self: Arc<Self>, settled: Settled) {
        self.over(settled == Settled::Leaking);
    }

    fn life_cancelled(self: Arc<Self>) {
        if let Some(mailbox) = &self.child.mailbox {
            mailbox.cut();
        }
        if let Some(nested) = &self.child.nested {
            let cause = self.scope.lifetime.cancelled().map(|(cancelled, _)| cancelled.cause);
            nested.cancelled(&cause.unwrap_or(Cause::ScopeDropped));
        }
    }

    fn said_ready(self: Arc<Self>) {
        self.is_ready();
    }
}

/// The rungs of its stop ladder.
impl Timed for Life {
    fn fire(self: Arc<Self>, due: Due) {
        match due {
            Due::Deadline | Due::Cancel => {
                let cause = self.child.state.lock().stopping.clone();
                if let Some((cause, _)) = cause {
                    self.cancel(&cause);
                }
            }
            Due::Abort => self.abort(),
            Due::Name => {
                self.home.name_task(self.task);
                self.scope.name_all();
                self.over(true); // the stop goes on without it (S25c)
            }
        }
    }
}
