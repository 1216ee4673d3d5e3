//! A child of the root: its task, its life's scope, its stop ladder, its end.

use crate::context::lifetime::Drains;
use crate::context::timers::{Due, Key, Timed};
use crate::context::waiters::{Event, Mark, Waiters};
use crate::context::{Context, Stop};
use crate::error::{Cause, Error, ShutdownCause};
use crate::exit::{ExitReason, catch};
use crate::ident::{Class, TaskId, TaskPath, clean_name};
use crate::owner::OwnerRef;
use crate::owner::lifecycle::Phase;
use crate::owner::mailbox::Mailbox;
use crate::owner::owner::{Drained, OwnerReport, Slot, WhenUnreferenced};
use crate::owner::request::Refusal;
use crate::owner::run::{Make, OwnerTask};
use crate::owner::turn::{Env, OwnerOps, TurnsEnded};
use crate::raw::PolledBy;
use crate::record::events::EventKind;
use crate::record::slab::RecordRef;
use crate::record::wait::Wakee;
use crate::record::{Record, current};
use crate::rt;
use crate::scope::Scope;
use crate::scope::core::{Admitted, Kind, LifeWatch, NewScope, Principal, ScopeCore, StopChild, path_of};
use crate::scope::cycle;
use crate::scope::scope::Spawner;
use crate::scope::state::{Body, Ownership, Policy, Settled};
use crate::supervisor::decide::{Asked, Decision, ExitKind, Remake, after_exit};
use crate::supervisor::spec::{OwnerSpec, Parts, Restart, RunService, Shutdown};
use crate::sync::Mutex;
use crate::task::future::{EndsAs, Site, Task};
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Weak};

/// An owner's mailbox, as far as the stop of its child is concerned.
trait StopMailbox: Send + Sync {
    fn drain(&self);
    fn cut(&self);
    fn drained(&self) -> Option<Drained>;
}

impl<S: Send + 'static> StopMailbox for Mailbox<S> {
    fn drain(&self) {
        Self::drain(self);
    }

    fn cut(&self) {
        // A stop that comes while it starts or is up is a stop all the same.
        if Self::phase(self) < Phase::Closed {
            Self::cut(self);
        }
    }

    fn drained(&self) -> Option<Drained> {
        Self::drained(self)
    }
}

/// What a child is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildState {
    /// It runs.
    Up,
    /// Its ladder runs.
    Stopping,
    /// It has ended.
    Down(ExitReason),
}

/// A child as its supervisor sees it (S32c).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChildInfo {
    /// Its name with suffix.
    pub path: TaskPath,
    /// What it does.
    pub state: ChildState,
    /// Which life it is.
    pub incarnation: u32,
}

struct State {
    asked: Asked,
    stopping: Option<Cause>,
    reason: Option<ExitReason>,
    /// The life's scope has ended, or only stragglers are left.
    life_over: bool,
    down: bool,
    times: Vec<Key>,
    /// Who waits for the end.
    waiters: Waiters,
}

pub(crate) struct Child {
    me: Weak<Self>,
    name: String,
    path: TaskPath,
    restart: Restart,
    remake: Remake,
    shutdown: Shutdown,
    home: Arc<ScopeCore>,
    life: Arc<ScopeCore>,
    task: TaskId,
    /// An owner's.
    mailbox: Option<Arc<dyn StopMailbox>>,
    state: Mutex<State>,
}

impl Child {
    fn emit(&self, kind: EventKind) {
        self.home.tree.events.emit(&self.path, 1, kind);
    }

    /// Starts the ladder, once (S25b, S38a): the first cause stays, a later asker of a higher kind counts.
    fn stop(&self, cause: &Cause, asked: Asked) {
        let mut state = self.state.lock();
        state.asked = state.asked.max(asked);
        if state.stopping.is_some() || state.reason.is_some() {
            return;
        }
        state.stopping = Some(cause.clone());
        drop(state);
        let drains = self.mailbox.is_some() || self.life.lifetime.was_asked();
        match self.shutdown {
            Shutdown::Brutal => {
                self.cancel(cause);
                self.abort();
            }
            Shutdown::Timeout(timeout) => {
                let now = crate::clock::now();
                if drains && !timeout.is_zero() {
                    self.drain(cause);
                    // DRAIN_SHARE, 4/5: leaves 1/5 for the cancel rung before force.
                    self.set_time(now + timeout * 4 / 5, Due::Cancel);
                    self.set_time(now + timeout, Due::Abort);
                } else {
                    self.cancel(cause);
                    if timeout.is_zero() { self.abort() } else { self.set_time(now + timeout, Due::Abort) }
                }
            }
            Shutdown::Infinity if drains => self.drain(cause),
            Shutdown::Infinity => self.cancel(cause),
        }
    }

    fn set_time(&self, at: tokio::time::Instant, due: Due) {
        let Some(me) = self.me.upgrade() else { return };
        let key = self.home.tree.timers.at(at, me, due);
        self.state.lock().times.push(key);
    }

    fn drain(&self, cause: &Cause) {
        self.life.lifetime.drain(cause);
        if let Some(mailbox) = &self.mailbox {
            mailbox.drain();
        }
    }

    fn cancel(&self, cause: &Cause) {
        self.life.lifetime.cancel(cause.clone(), &self.path); // `life_cancelled` cuts the mailbox
    }

    fn abort(&self) {
        if let Some(task) = RecordRef::of(self.task) {
            self.home.abort_task(task.record());
        }
        self.life.abort_all();
        self.set_time(crate::clock::now() + self.life.stop.abort, Due::Name);
    }

    /// Down when both its task and its life's scope are over (V1).
    fn settle(&self) {
        let mut state = self.state.lock();
        if state.down || state.reason.is_none() || !state.life_over {
            return;
        }
        state.down = true;
        let waiters = state.waiters.take();
        let times = std::mem::take(&mut state.times);
        drop(state);
        times.into_iter().for_each(|key| self.home.tree.timers.remove(key));
        self.home.tree.children.remove(std::ptr::from_ref(self).cast());
        waiters.into_iter().for_each(Wakee::wake);
        self.home.tree.plan.wake_driver();
    }

    /// The one place where an exit is judged (V2).
    fn judge(&self, reason: &ExitReason, asked: Asked) {
        let kind = if reason.is_expected() { ExitKind::Expected } else { ExitKind::Abnormal };
        match after_exit(self.restart, self.remake, asked, kind) {
            Decision::LetEnd => {}
            Decision::FailRoot => self.home.tree.plan.begin(ShutdownCause::TaskFailed(self.path.clone())),
        }
    }

    fn request_stop(&self) {
        let by = current::id().and_then(path_of).unwrap_or_else(|| self.home.path.clone());
        self.stop(&Cause::StopRequested { by }, Asked::Other);
    }

    fn note_owner(&self) {
        if let Some(Drained::CutShort { unanswered, rung }) =
            self.mailbox.as_ref().and_then(|mailbox| mailbox.drained())
        {
            self.home.tree.notes.owner(self.path.clone(), unanswered, rung);
        }
    }
}

impl Principal for Child {
    fn task_ended(self: Arc<Self>, reason: ExitReason) {
        let mut state = self.state.lock();
        let (asked, stopping) = (state.asked, state.stopping.clone());
        state.reason = Some(reason.clone());
        drop(state);
        self.emit(match (&stopping, reason.is_expected()) {
            (Some(_), true) => EventKind::Stopped,
            (Some(_), false) => EventKind::ExitDuringStop(reason.clone()),
            (None, _) => EventKind::Exited(reason.clone()),
        });
        self.note_owner();
        self.judge(&reason, asked);
        // What the life started ends with it (S31d).
        let by = self.path.clone();
        self.life.lifetime.cancel(stopping.unwrap_or(Cause::StopRequested { by }), &self.path);
        let duties = self.life.with_own(Ownership::body_done);
        self.life.perform(duties);
        self.settle();
    }
}

impl LifeWatch for Child {
    fn life_settled(self: Arc<Self>, _: Settled) {
        self.state.lock().life_over = true;
        self.settle();
    }

    fn life_cancelled(self: Arc<Self>) {
        if let Some(mailbox) = &self.mailbox {
            mailbox.cut();
        }
    }
}

impl Timed for Child {
    fn fire(self: Arc<Self>, due: Due) {
        match due {
            Due::Deadline | Due::Cancel => {
                let cause = self.state.lock().stopping.clone();
                if let Some(cause) = cause {
                    self.cancel(&cause);
                }
            }
            Due::Abort => self.abort(),
            Due::Name => {
                self.home.name_task(self.task);
                self.life.name_all();
                // The stop goes on without it (S25c).
                self.home.tree.children.remove(Arc::as_ptr(&self).cast());
                self.home.tree.plan.wake_driver();
            }
        }
    }
}

impl StopChild for Child {
    fn name(&self) -> &str {
        &self.name
    }

    fn begin_stop(&self, cause: &Cause) {
        self.stop(cause, Asked::Supervisor);
    }

    fn expect_end(&self) {
        let mut state = self.state.lock();
        state.asked = Asked::Supervisor;
    }
}

impl Slot for Child {
    fn request_stop(&self) {
        Self::request_stop(self);
    }

    fn incarnation(&self) -> u32 {
        1 // there are no restarts yet
    }

    fn report(&self) -> Option<OwnerReport> {
        let state = self.state.lock();
        let reason = state.reason.clone().filter(|_| state.down)?;
        drop(state);
        let drained = self.mailbox.as_ref().and_then(|mailbox| mailbox.drained()).unwrap_or(Drained::Yes);
        Some(OwnerReport::new(reason, drained))
    }
}

/// It is down.
impl Event for Child {
    fn wait(&self, wakee: Wakee) -> Option<Mark> {
        let mut state = self.state.lock();
        if state.down { None } else { Some(state.waiters.add(wakee)) }
    }

    fn leave(&self, mark: Mark) {
        let gone = self.state.lock().waiters.remove(mark);
        drop(gone);
    }
}

/// A child's handle: it names the child, and owns nothing.
#[derive(Clone)]
pub struct ChildRef {
    path: TaskPath,
    /// None if the root was closing when it was to be started.
    child: Option<Arc<Child>>,
}

impl fmt::Debug for ChildRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildRef").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ChildRef {
    /// Where the child stands in the tree of owners.
    pub fn path(&self) -> &TaskPath {
        &self.path
    }

    /// Asks the child to stop, and returns at once; its own ladder follows (S25b).
    pub fn request_stop(&self) {
        if let Some(child) = &self.child {
            child.request_stop();
        }
    }

    /// What the child does. Never blocks on it.
    pub fn info(&self) -> ChildInfo {
        let state = match &self.child {
            None => ChildState::Down(ExitReason::Aborted(Cause::RuntimeGone)),
            Some(child) => {
                let state = child.state.lock();
                match (&state.reason, &state.stopping) {
                    (Some(reason), _) => ChildState::Down(reason.clone()),
                    (None, Some(_)) => ChildState::Stopping,
                    (None, None) => ChildState::Up,
                }
            }
        };
        ChildInfo { path: self.path.clone(), state, incarnation: u32::from(self.child.is_some()) }
    }
}

/// What every kind of child is started with.
struct Started {
    child: Arc<Child>,
    record: Record,
    ctx: Context,
}

/// Record, life and child, before the task can run. `None` if the root is closing.
fn start(
    root: &Scope,
    name: &str,
    restart: Restart,
    remake: Remake,
    shutdown: Shutdown,
    site: Site,
    mailbox: impl FnOnce(&TaskPath, TaskId) -> Option<Arc<dyn StopMailbox>>,
) -> Option<Started> {
    let home = root.core();
    let Admitted { record, name: used } = home.admit(name, Class::Service, site, 0).ok()?;
    let path = home.path.child(&used.text, used.suffix);
    let spec = NewScope {
        path: path.clone(),
        site,
        stop: Stop::SERVICE,
        kind: Kind::Life,
        policy: Policy::Collect, // S36f
        body: Body::Running,
        under: Some(root.ctx()),
        drains: Drains::Alone,
    };
    let (life, ctx) = home.open(name, root.ctx(), spec);
    life.set_life_task(record.id());
    let state = State {
        asked: Asked::Nobody,
        stopping: None,
        reason: None,
        life_over: false,
        down: false,
        times: Vec::new(),
        waiters: Waiters::default(),
    };
    let child = Arc::new_cyclic(|me: &Weak<Child>| Child {
        me: Weak::clone(me),
        name: used.text.to_string(),
        restart,
        remake,
        shutdown,
        home: Arc::clone(home),
        life: Arc::clone(&life),
        task: record.id(),
        mailbox: mailbox(&path, record.id()),
        path,
        state: Mutex::new(state),
    });
    life.set_watch(Arc::downgrade(&child) as Weak<dyn LifeWatch>);
    home.set_principal(record, Arc::clone(&child) as Arc<dyn Principal>);
    home.tree.children.add(Arc::clone(&child) as Arc<dyn StopChild>);
    child.emit(EventKind::Started);
    // A shutdown that began meanwhile stops it like the others, should it have looked before the child was listed.
    Some(Started { child, record, ctx })
}

/// Puts the child's future on the runtime.
fn run<F>(started: &Started, future: F)
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let (child, record) = (&started.child, started.record);
    let task = Task::new(future, Arc::clone(&child.home), started.ctx.clone(), record, PolledBy::Tokio);
    drop(rt::spawn(&child.home.tree.runtime, task));
    child.emit(EventKind::Ready);
}

pub(crate) fn start_service(spec: Parts<RunService>, root: &Scope, site: Site) -> ChildRef {
    let Some(started) =
        start(root, &spec.name, spec.restart, Remake::Possible, spec.shutdown, site, |_, _| None)
    else {
        return ChildRef { path: root.path().child(&clean_name(&spec.name), 1), child: None };
    };
    let run_service = spec.made;
    match catch(|| (run_service.0)(started.ctx.clone())) {
        Ok(future) => run(&started, future),
        Err(panic) => run(&started, std::future::ready(Err(EndsAs(ExitReason::Panicked(panic)).into()))),
    }
    let child = started.child;
    ChildRef { path: child.path.clone(), child: Some(child) }
}

pub(crate) fn start_owner<S: Send + 'static>(
    spec: Parts<OwnerSpec<S>>,
    root: &Scope,
    site: Site,
) -> OwnerRef<S> {
    let tree = Arc::clone(&root.core().tree);
    let remake = if spec.made.make.can_restart() { Remake::Possible } else { Remake::Impossible };
    let options = spec.made.options;
    // Made before the child is known to anybody: a stop that comes at once finds it.
    let mut made = None;
    let make_mailbox = |path: &TaskPath, task| {
        let mailbox: Arc<Mailbox<S>> = Mailbox::new(path.clone(), options, Arc::clone(&tree));
        mailbox.set_task(task);
        made = Some(Arc::clone(&mailbox));
        Some(mailbox as Arc<dyn StopMailbox>)
    };
    let started = start(root, &spec.name, spec.restart, remake, spec.shutdown, site, make_mailbox);
    let (Some(started), Some(mailbox)) = (started, made) else {
        let path = root.path().child(&clean_name(&spec.name), 1);
        let mailbox = Mailbox::new(path, options, tree);
        mailbox.close(&Refusal::Closed, &TurnsEnded::default());
        return OwnerRef::new(mailbox, None, None);
    };
    let child = Arc::clone(&started.child);
    mailbox.set_slot(Arc::downgrade(&child) as Weak<dyn Slot>);
    cycle::add_owner(child.task, Arc::downgrade(&mailbox) as Weak<dyn cycle::Refuse>);
    let spawner = Spawner { core: Arc::clone(&child.life), ctx: started.ctx.clone() };
    let env = Arc::new(Env::new(started.ctx.clone(), spawner, Arc::clone(&mailbox) as Arc<dyn OwnerOps>));
    let make: Make<S> = spec.made.make;
    run(&started, OwnerTask::new(Arc::clone(&mailbox), env, make));
    let slot = child as Arc<dyn Slot>;
    let token = spec.made.stop_when_unreferenced.then(|| WhenUnreferenced(Arc::clone(&slot)));
    OwnerRef::new(mailbox, Some(slot), token)
}
