//! A supervisor at work: performs what its machine decides, in order, on the thread of whoever brought the news. So an exit
//! is handled in the step that ends the task, and no supervisor can be behind.

use crate::context::Context;
use crate::context::waiters::{Event, Mark, Waiters, Waiting};
use crate::error::{Cause, Result, ShutdownCause};
use crate::exit::{ExitReason, catch};
use crate::ident::{TaskId, TaskPath};
use crate::owner::mailbox::Options;
use crate::owner::run::BoxFuture;
use crate::record::events::EventKind;
use crate::record::wait::{Edge, Target, WaitKind, Wakee};
use crate::scope::core::{ScopeCore, Tree};
use crate::scope::cycle;
use crate::scope::snapshot::{Supervises, SupervisorNote};
use crate::supervisor::child::{Child, ChildInfo};
use crate::supervisor::decide::Asked;
use crate::supervisor::life::{Life, Lives};
use crate::supervisor::machine::machine::{Act, Kind, Machine, Refused, RootFails, Rules, SlotId, Terms};
use crate::supervisor::machine::machine::{Slot, Way};
use crate::supervisor::spec::{ChildKind, ChildSpec, Shutdown};
use crate::supervisor::tree::refused;
use crate::supervisor::tree::{AutoShutdown, Intensity, Strategy};
use crate::sync::Mutex;
use crate::task::future::{EndsAs, Site};
use std::any::Any;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::future::poll_fn;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use tokio::time::Instant;

/// The scope that children of a supervisor live in: the root's, or that of its present life.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) core: Arc<ScopeCore>,
    pub(crate) ctx: Context,
}

/// What a slot gets with its place.
pub(crate) struct Placing {
    pub(crate) lives: Box<dyn Lives>,
    pub(crate) options: Options,
    pub(crate) terms: Terms,
    pub(crate) shutdown: Shutdown,
    pub(crate) site: Site,
    pub(crate) is_static: bool,
}

/// A supervisor. It outlives its lives, like the slots of its children (S27h).
pub(crate) struct Boss {
    me: Weak<Self>,
    inner: Mutex<Inner>,
    /// Of its spec, until it has a place itself.
    children: Mutex<Option<PlaceChildren>>,
    /// Of a nested one, once it has a place.
    placed: OnceLock<(TaskPath, Arc<Tree>)>,
    panics: AtomicBool,
}

type PlaceChildren = Box<dyn FnOnce(&Arc<Boss>) + Send>;

struct Inner {
    machine: Machine,
    children: BTreeMap<SlotId, Arc<Child>>,
    home: Option<Home>,
    /// Somebody performs acts: what others decide is theirs to do, in order.
    busy: bool,
    /// How the present life is to end.
    end: Option<ExitReason>,
    task: Option<TaskId>,
    waiters: Waiters,
}

impl std::fmt::Debug for Boss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Boss")
    }
}

/// Jitter differs from process to process; the standard library's hasher is seeded by the system.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Boss {
    pub(crate) fn new(rules: Rules) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            children: Mutex::new(None),
            inner: Mutex::new(Inner {
                machine: Machine::new(rules, seed()),
                children: BTreeMap::new(),
                home: None,
                busy: false,
                end: None,
                task: None,
                waiters: Waiters::default(),
            }),
            placed: OnceLock::new(),
            panics: AtomicBool::new(false),
        })
    }

    /// The root's implicit supervisor (S8b).
    pub(crate) fn root(core: &Arc<ScopeCore>, ctx: &Context) -> Arc<Self> {
        let boss = Self::new(Rules {
            kind: Kind::Root,
            strategy: Strategy::OneForOne,
            intensity: Intensity::DEFAULT,
            auto_shutdown: AutoShutdown::Never,
            max_children: u32::MAX,
        });
        boss.inner.lock().home = Some(Home { core: Arc::clone(core), ctx: ctx.clone() });
        boss.placed.set((core.path.clone(), Arc::clone(&core.tree))).ok();
        let weak: Weak<Self> = Arc::downgrade(&boss);
        core.tree.watched.add_supervisor(Weak::clone(&weak) as Weak<dyn Supervises>);
        core.tree.boss.set(weak as Weak<dyn Any + Send + Sync>).ok();
        boss
    }

    /// That of the root of a scope, while the root runs.
    pub(crate) fn of(core: &ScopeCore) -> Option<Arc<Self>> {
        core.tree.boss.get()?.upgrade()?.downcast().ok()
    }

    /// A nested one gets its place; then its own children do.
    pub(crate) fn put(&self, path: TaskPath, tree: Arc<Tree>) {
        tree.watched.add_supervisor(Weak::clone(&self.me) as Weak<dyn Supervises>);
        self.placed.set((path, tree)).ok();
    }

    /// What places its children, once it has a place itself.
    pub(crate) fn set_children(&self, place: PlaceChildren) {
        *self.children.lock() = Some(place);
    }

    fn place_children(&self) {
        let place = self.children.lock().take();
        if let (Some(place), Some(me)) = (place, self.me.upgrade()) {
            place(&me);
        }
    }

    // ---- steps -------------------------------------------------------------------------------------------------------

    /// One step of the machine, and what follows from it.
    pub(crate) fn step<T>(&self, f: impl FnOnce(&mut Machine, Instant) -> T) -> T {
        let now = crate::clock::now();
        let mut inner = self.inner.lock();
        let value = f(&mut inner.machine, now);
        if inner.busy {
            return value; // whoever is busy goes on with it
        }
        inner.busy = true;
        let mut any = false;
        while let Some(act) = inner.machine.next_act() {
            any = true;
            drop(inner);
            if let Err(panic) = catch(|| self.perform(act)) {
                self.note_panic(&panic);
            }
            inner = self.inner.lock();
        }
        inner.busy = false;
        let waiters = if any { inner.waiters.take() } else { Vec::new() };
        let is_root = inner.machine.rules().kind == Kind::Root;
        drop(inner);
        waiters.into_iter().for_each(Wakee::wake);
        if let (true, true, Some((_, tree))) = (any, is_root, self.placed.get())
            && (tree.plan.cause().is_some() || tree.awaits_readiness())
        {
            tree.plan.wake_driver();
        }
        value
    }

    fn note_panic(&self, panic: &crate::exit::Panic) {
        let Some((path, tree)) = self.placed.get() else { return };
        let kind =
            EventKind::SecondaryPanic { message: panic.message.clone(), location: panic.location.clone() };
        tree.events.emit(path, 0, kind);
    }

    fn child(&self, id: SlotId) -> Option<Arc<Child>> {
        self.inner.lock().children.get(&id).cloned()
    }

    fn perform(&self, act: Act) {
        match act {
            Act::Start(id) => self.start(id),
            Act::Stop(id, way, cause) => {
                if let Some(child) = self.child(id) {
                    child.stop(&cause, Asked::Supervisor, way);
                    if way == Way::Halt {
                        self.refuse_calls_of(&child);
                    }
                }
            }
            Act::At(id, at) => {
                if let Some(child) = self.child(id) {
                    child.set_time(Some(at));
                }
            }
            Act::ClearTime(id) => {
                if let Some(child) = self.child(id) {
                    child.set_time(None);
                }
            }
            Act::Emit(id, kind) => {
                if let Some(child) = self.child(id) {
                    if kind == EventKind::Ready {
                        child.note_ready();
                    }
                    if let (EventKind::Restarting { .. } | EventKind::GaveUp, Some((_, tree))) =
                        (&kind, self.placed.get())
                    {
                        tree.pulse.ring(); // TP006, TP007
                    }
                    child.emit(kind);
                    child.tell();
                }
            }
            Act::Close(id, reason) => {
                if let Some(child) = self.child(id) {
                    child.close(&reason);
                }
            }
            Act::Lost(id, reason) => {
                if let Some(child) = self.child(id) {
                    child.lost(&reason);
                }
            }
            Act::Remove(id) => self.forget(id),
            Act::Ready => {
                let life = self.inner.lock().home.as_ref().and_then(|home| home.core.watching());
                if let Some(life) = life {
                    life.said_ready();
                }
            }
            Act::GaveUp => {
                if let Some((path, tree)) = self.placed.get() {
                    tree.events.emit(path, 0, EventKind::GaveUp);
                    tree.pulse.ring(); // TP007
                }
            }
            Act::FailRoot(id, how) => self.fail_root(id, how),
            Act::End(reason) => self.inner.lock().end = Some(reason),
        }
    }

    fn forget(&self, id: SlotId) {
        let mut inner = self.inner.lock();
        let gone = inner.children.remove(&id);
        let home = inner.home.clone();
        drop(inner);
        if let Some(child) = gone {
            child.set_time(None);
            if let (Some(named), Some(home)) = (child.forget_name(), home) {
                home.core.release_name(named.number);
            }
            child.close(&ExitReason::Normal); // the first word stays
        }
    }

    /// In a group restart the others wait for the one that is being stopped; it must not wait for them.
    fn refuse_calls_of(&self, stopping: &Child) {
        let Some((path, _)) = self.placed.get() else { return };
        let inner = self.inner.lock();
        let is_down = |id: &SlotId| inner.machine.slot(*id).is_some_and(|slot| !slot.is_alive());
        let others: Vec<Arc<Child>> =
            inner.children.iter().filter(|(id, _)| is_down(id)).map(|(_, child)| Arc::clone(child)).collect();
        drop(inner);
        others.iter().for_each(|other| other.refuse_calls_of(stopping, path));
    }

    fn start(&self, id: SlotId) {
        let inner = self.inner.lock();
        let (child, home) = (inner.children.get(&id).cloned(), inner.home.clone());
        let next = inner.machine.slot(id).map_or(1, |slot| slot.starts.saturating_add(1));
        drop(inner);
        let (Some(child), Some(home)) = (child, home) else { return };
        if let Err(cause) = child.begin_life(&home, next) {
            let reason = ExitReason::Aborted(cause);
            self.inner.lock().machine.start_refused(id, reason, crate::clock::now());
        }
    }

    fn fail_root(&self, id: SlotId, how: RootFails) {
        let (Some(child), Some((_, tree))) = (self.child(id), self.placed.get()) else { return };
        match how {
            RootFails::TaskFailed => tree.plan.begin(ShutdownCause::TaskFailed(child.path().clone())),
            RootFails::GaveUp(reason) => {
                tree.notes.error(child.path().clone(), child.site(), reason); // with the chain below it (S31b)
                tree.plan.begin(ShutdownCause::GaveUp(child.path().clone()));
            }
        }
    }

    // ---- children ----------------------------------------------------------------------------------------------------

    /// Puts a child behind the others.
    pub(crate) fn place(self: &Arc<Self>, child: &Arc<Child>, how: Placing) -> Result<SlotId, Refused> {
        let Some((parent, tree)) = self.placed.get() else { return Err(Refused::Stopped) };
        let Placing { lives, options, terms, shutdown, site, is_static } = how;
        let mut inner = self.inner.lock();
        if !is_static {
            inner.machine.may_add(child.name())?;
        }
        let named = match (&inner.home, inner.machine.rules().kind) {
            (Some(home), Kind::Root) => Some(home.core.use_name(child.name())),
            (_, Kind::Root | Kind::Static | Kind::Shards | Kind::Dynamic) => None,
        };
        let suffix = named.as_ref().map_or(1, |named| named.suffix);
        let path = parent.child(child.name(), suffix);
        let id = inner.machine.insert(child.name().into(), path.clone(), terms, is_static);
        inner.children.insert(id, Arc::clone(child));
        drop(inner);
        child.put(self, id, (parent.clone(), path.clone()), named, (lives, options, shutdown, site), tree);
        if let Some(nested) = &child.nested {
            nested.put(path, Arc::clone(tree));
            nested.place_children();
        }
        Ok(id)
    }

    /// One more child, at once; refused if the root is over.
    pub(crate) fn start_child<K: ChildKind>(self: &Arc<Self>, spec: ChildSpec<K>) {
        if let Err(error) = spec.check() {
            let Some((path, tree)) = self.placed.get() else { return };
            let path = path.child(spec.name(), 1);
            tree.notes.error(path.clone(), Some(spec.site()), refused(error));
            return tree.plan.begin(ShutdownCause::TaskFailed(path));
        }
        if let Ok((_, child)) = spec.place(self, false) {
            self.start_placed(&child);
        }
    }

    pub(crate) fn start_placed(&self, child: &Child) {
        if let Some(slot) = child.slot() {
            self.step(|machine, now| machine.start_added(slot, now));
        }
    }

    pub(crate) fn info_of(&self, id: SlotId) -> Option<ChildInfo> {
        let inner = self.inner.lock();
        let (slot, child) = (inner.machine.slot(id)?, inner.children.get(&id)?);
        Some(info(slot, child))
    }

    pub(crate) fn infos(&self) -> Vec<ChildInfo> {
        let inner = self.inner.lock();
        let with_child = |(id, slot)| Some(info(slot, inner.children.get(&id)?));
        inner.machine.shown().filter_map(with_child).collect()
    }

    /// Looks at the machine; nothing follows.
    pub(crate) fn look<T>(&self, f: impl FnOnce(&mut Machine) -> T) -> T {
        f(&mut self.inner.lock().machine)
    }

    pub(crate) fn find(&self, name: &str) -> Option<(SlotId, Arc<Child>)> {
        let inner = self.inner.lock();
        let id = inner.machine.find(name)?;
        Some((id, Arc::clone(inner.children.get(&id)?)))
    }

    // ---- the end -----------------------------------------------------------------------------------------------------

    pub(crate) fn stop(&self, cause: &Cause, way: Way) {
        self.step(|machine, _| machine.stop(cause.clone(), way));
    }

    /// All of its tree is being cancelled: every end from now on was asked for.
    pub(crate) fn cancelled(&self, cause: &Cause) {
        let children: Vec<Arc<Child>> = self.inner.lock().children.values().cloned().collect();
        children.iter().for_each(|child| child.expect_end());
        self.step(|machine, _| machine.cancelled(cause.clone()));
    }

    /// Asks the edges of its tree to drain, before the others (S43).
    pub(crate) fn stop_edges(&self, cause: &Cause) {
        let children: Vec<(SlotId, Arc<Child>)> =
            self.inner.lock().children.iter().map(|(id, child)| (*id, Arc::clone(child))).collect();
        let edges: Vec<SlotId> =
            children.iter().filter(|(_, child)| child.is_edge).map(|(id, _)| *id).collect();
        if !edges.is_empty() {
            self.step(|machine, _| machine.stop_edges(cause, &edges));
        }
        children
            .iter()
            .filter_map(|(_, child)| child.nested.as_ref())
            .for_each(|nested| nested.stop_edges(cause));
    }

    /// Whether an edge of its tree still lives.
    pub(crate) fn has_edges(&self) -> bool {
        let children: Vec<Arc<Child>> = self.inner.lock().children.values().cloned().collect();
        children.iter().any(|child| {
            (child.is_edge && child.task().is_some())
                || child.nested.as_ref().is_some_and(|nested| nested.has_edges())
        })
    }

    /// No supervisor above starts it again: nobody will serve the slots (S27e).
    pub(crate) fn close_all(&self, reason: &ExitReason) {
        let children: Vec<Arc<Child>> = self.inner.lock().children.values().cloned().collect();
        children.iter().for_each(|child| child.close(reason));
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.inner.lock().machine.has_ended()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inner.lock().machine.is_empty()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.inner.lock().machine.is_ready()
    }

    /// Its own task, of a nested one that lives.
    pub(crate) fn task(&self) -> Option<TaskId> {
        self.inner.lock().task
    }

    /// Its next life panics, or the present one at its next poll: to test what follows (S31c).
    #[cfg(feature = "test-util")]
    pub(crate) fn inject_panic(&self) {
        self.panics.store(true, Relaxed);
        let waiters = self.inner.lock().waiters.take();
        waiters.into_iter().for_each(Wakee::wake);
    }
}

fn info(slot: &Slot, child: &Child) -> ChildInfo {
    ChildInfo {
        id: slot.name.to_string(),
        path: slot.path.clone(),
        state: child.shown(&slot.phase),
        incarnation: slot.starts,
        starts: slot.starts,
        exits: slot.exits,
        failed_starts: slot.failed_starts,
        last_reason: slot.last_reason.clone(),
    }
}

/// Something about it has changed; whoever waits looks again.
impl Event for Boss {
    fn wait(&self, wakee: Wakee) -> Option<Mark> {
        Some(self.inner.lock().waiters.add(wakee))
    }

    fn leave(&self, mark: Mark) {
        let gone = self.inner.lock().waiters.remove(mark);
        drop(gone);
    }
}

/// Asked by whoever looks at its health, on any thread.
impl Supervises for Boss {
    fn note(&self) -> SupervisorNote {
        let path =
            self.placed.get().map(|(path, _)| path.clone()).unwrap_or_else(|| TaskPath::from("supervisor"));
        self.look(|machine| machine.note(path, crate::clock::now()))
    }
}

/// In a phase it waits for a child (S40h).
impl cycle::Refuse for Boss {
    fn refuse_call_of(&self, _: TaskId, _: &[TaskPath]) -> bool {
        false
    }

    fn waits_for(&self) -> Option<TaskId> {
        let inner = self.inner.lock();
        let child = inner.machine.waits_for().and_then(|id| inner.children.get(&id).cloned());
        drop(inner);
        child?.task()
    }
}

/// The lives of a nested supervisor: a task that waits for the end of the children.
pub(crate) struct BossLives(pub(crate) Arc<Boss>);

impl Lives for BossLives {
    fn begin(&self, life: &Arc<Life>, ctx: &Context) -> BoxFuture<'static, Result> {
        let (boss, task) = (Arc::clone(&self.0), life.task);
        let home = Home { core: Arc::clone(&life.scope), ctx: ctx.clone() };
        let children: Vec<Arc<Child>> = {
            let mut inner = boss.inner.lock();
            (inner.home, inner.task, inner.end) = (Some(home), Some(task), None);
            inner.machine.renew();
            inner.children.values().cloned().collect()
        };
        children.iter().for_each(|child| drop(child.forget_name()));
        cycle::add_owner(task, Arc::downgrade(&boss) as Weak<dyn cycle::Refuse>);
        Box::pin(supervise(boss, task))
    }
}

/// Takes the task's number back, however it ends.
struct Registered(Arc<Boss>, TaskId);

impl Drop for Registered {
    fn drop(&mut self) {
        cycle::remove_owner(self.1);
        let mut inner = self.0.inner.lock();
        if inner.task == Some(self.1) {
            inner.task = None;
        }
    }
}

async fn supervise(boss: Arc<Boss>, task: TaskId) -> Result {
    let registered = Registered(boss, task);
    let boss = &*registered.0;
    boss.step(|machine, now| machine.begin(now));
    let mut waiting = Waiting::new(boss);
    let mut edge = None;
    let reason = poll_fn(|cx| {
        assert!(!boss.panics.swap(false, Relaxed), "a panic was injected into this supervisor");
        let pending = waiting.poll(cx); // before the look, so that nothing is missed
        let end = boss.inner.lock().end.take();
        match end {
            Some(reason) => Poll::Ready(reason),
            None if pending.is_pending() => {
                if edge.is_none() {
                    edge = Edge::begin(WaitKind::Children, Target::Nobody, None);
                }
                Poll::Pending
            }
            None => Poll::Pending,
        }
    })
    .await;
    match reason {
        ExitReason::Normal => Ok(()),
        reason => Err(EndsAs(reason).into()),
    }
}
