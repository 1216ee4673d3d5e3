//! What every scope is inside: its place in the tree, its list of tasks, and the acts that follow a transition.

use crate::account::{Account, EndedBy};
use crate::clock::Limit;
use crate::context::context::Home;
use crate::context::lifetime::{Drains, Hook, Lifetime};
use crate::context::plan::Plan;
use crate::context::pulse::Pulse;
use crate::context::timers::{Due, Key, Timed, Timers};
use crate::context::waiters::Waiters;
use crate::context::{Context, Stop};
use crate::error::{Cancelled, Cause};
use crate::exit::ExitReason;
use crate::ident::{Class, ScopeState, TaskId, TaskPath, clean_name};
use crate::record::Record;
use crate::record::events::Ring;
use crate::record::names::{Names, Use};
use crate::record::notes::Notes;
use crate::record::slab::{Birth, RecordRef};
use crate::scope::acts::OneTask;
use crate::scope::snapshot::{Requests, Watched};
use crate::scope::state::{Body, Ownership, Policy, Settled};
use crate::sync::{Guard, Mutex, lock_static};
use crate::task::blocking::Withdraw;
use crate::task::future::Site;
use rustc_hash::FxHashMap;
use slab::Slab;
use std::any::Any;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock, Weak};
use tokio::runtime::Handle;
use tokio::time::Instant;

/// What all scopes of a root share.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) runtime: Handle,
    pub(crate) timers: Arc<Timers>,
    pub(crate) events: Ring,
    pub(crate) plan: Plan,
    pub(crate) requests: Requests,
    pub(crate) notes: Notes,
    /// The root's supervisor, which a higher room knows: it lives as long as its driver.
    pub(crate) boss: OnceLock<Weak<dyn Any + Send + Sync>>,
    /// Main said that it is ready.
    pub(crate) ready: AtomicBool,
    /// It was, with all its children, at least once (S42a).
    pub(crate) was_ready: AtomicBool,
    /// The housekeeping task.
    pub(crate) housekeeper: OnceLock<TaskId>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) watched: Watched,
    /// Turns may run on their callers' threads (S51).
    pub(crate) inline: bool,
}

impl Tree {
    /// Main said that it is ready, and some child is not: the driver tells when it is (S48a).
    pub(crate) fn awaits_readiness(&self) -> bool {
        self.ready.load(Relaxed) && !self.was_ready.load(Relaxed)
    }
}

/// What a scope is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    /// One life of a child of the root: its task is the parent's, what it starts is here (S31d).
    Life,
    Request,
}

/// Hears of the end of a task that is more than a task: a child of the root, or main.
pub(crate) trait Principal: Send + Sync {
    fn task_ended(self: Arc<Self>, reason: ExitReason);
    /// Which life of a child it is; 0 for main.
    fn incarnation(&self) -> u32;
}

/// Hears that everything a life of a child owns has ended, or cannot be ended.
pub(crate) trait LifeWatch: Send + Sync {
    fn life_settled(self: Arc<Self>, settled: Settled);
    /// The life's context was cancelled, by whomever.
    fn life_cancelled(self: Arc<Self>);
    /// `ctx.ready()` was called in it.
    fn said_ready(self: Arc<Self>);
}

#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) started: u64,
    pub(super) ended: EndedBy,
    pub(super) leaked_total: u64,
    pub(super) ended_late: u64,
    pub(super) spawns_refused: u64,
    pub(super) scopes_dropped: u64,
    /// Of child scopes that have ended.
    pub(super) below: Account,
    /// It has ended, and these numbers are the parent's: so is what is refused from now on.
    pub(super) folded: bool,
}

pub(super) struct Inner {
    pub(super) own: Ownership,
    /// First slot of the list of tasks; 0 is none (P1).
    pub(super) head: u32,
    pub(super) names: Names,
    /// Removed when they have ended (P2).
    pub(super) children: Slab<Arc<ScopeCore>>,
    pub(super) totals: Totals,
    pub(super) joiners: Waiters,
    /// Closures that have not ended, by slot.
    pub(super) blocking: FxHashMap<u32, Arc<dyn Withdraw>>,
    pub(super) principals: FxHashMap<u32, Arc<dyn Principal>>,
    /// Times of single tasks with a deadline, by slot.
    pub(super) task_times: FxHashMap<u32, Vec<Key>>,
    pub(super) times: Vec<Key>,
    pub(super) cancelled_at: Option<Instant>,
}

pub(crate) struct ScopeCore {
    /// Number and generation, once it is enlisted: read by each spawn.
    slot: AtomicU64,
    pub(crate) path: TaskPath,
    pub(crate) site: Site,
    pub(crate) stop: Stop,
    pub(crate) kind: Kind,
    pub(crate) parent: Option<Arc<ScopeCore>>,
    pub(crate) tree: Arc<Tree>,
    pub(crate) lifetime: Arc<Lifetime>,
    pub(crate) deadline: Option<Limit>,
    /// Whose the deadline is: this scope's, or that of the ancestor it is inherited from (S12c).
    deadline_origin: Option<TaskPath>,
    /// Whether the housekeeper cancels this scope at its deadline, or the ancestor whose it is.
    drives_deadline: bool,
    /// The child's own task, which the parent lists: it waits under this lifetime, too. 0 is none.
    principal: AtomicU64,
    pub(super) watch: OnceLock<Weak<dyn LifeWatch>>,
    /// Place in the parent's children, and the number of the name there.
    pub(super) place: OnceLock<(usize, u32)>,
    pub(super) inner: Mutex<Inner>,
}

impl std::fmt::Debug for ScopeCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scope({} {})", self.path, self.state())
    }
}

/// All scopes by number, to find one from an edge or a record. Bounded by the live scopes.
static SCOPES: std::sync::Mutex<Scopes> = std::sync::Mutex::new(Scopes { by_slot: Slab::new(), made: 0 });

struct Scopes {
    /// With the generation of each.
    by_slot: Slab<(u32, Weak<ScopeCore>)>,
    made: u32,
}

/// The scope of a number, if it is still there and of that generation (as far as an edge keeps it).
pub(crate) fn scope_at(slot: u32, generation: Option<u32>) -> Option<Arc<ScopeCore>> {
    let scopes = lock_static(&SCOPES);
    let (full, scope) = scopes.by_slot.get(slot as usize)?;
    let same = generation.is_none_or(|kept| crate::record::wait::same_generation(*full, kept));
    let scope = scope.clone();
    drop(scopes);
    if same { scope.upgrade() } else { None }
}

/// The path of a task, while it lives.
pub(crate) fn path_of(id: TaskId) -> Option<TaskPath> {
    let record = RecordRef::of(id)?;
    path_of_record(record.record())
}

/// `None` once it has ended: its scope may be gone, and the number another's.
pub(crate) fn path_of_record(record: Record) -> Option<TaskPath> {
    if record.is_ended() {
        return None;
    }
    let scope = scope_at(record.slot.scope.load(Relaxed), None)?;
    let inner = scope.inner.lock();
    let text = inner.names.text(record.cold().name.load(Relaxed))?;
    Some(scope.path.child(text, record.cold().suffix.load(Relaxed)))
}

/// What a new scope is made of.
#[derive(Debug)]
pub(crate) struct NewScope<'a> {
    pub(crate) path: TaskPath,
    pub(crate) site: Site,
    pub(crate) stop: Stop,
    pub(crate) kind: Kind,
    pub(crate) policy: Policy,
    pub(crate) body: Body,
    /// The context it is opened under; `None` for the root.
    pub(crate) under: Option<&'a Context>,
    pub(crate) drains: Drains,
}

/// A task that was let in: its record stands in the scope's list.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) record: Record,
    pub(crate) name: Use,
}

impl ScopeCore {
    fn new(spec: NewScope<'_>, parent: Option<Arc<Self>>, tree: Arc<Tree>) -> Arc<Self> {
        let limit = spec.under.and_then(Context::limit);
        let deadline = limit.map(Limit::at);
        let driven_above = spec.under.and_then(|ctx| ctx.lifetime().driven_deadline);
        let drives_deadline = deadline.is_some_and(|at| driven_above.is_none_or(|driven| at < driven));
        let inherited = || spec.under.and_then(Context::deadline_origin).cloned();
        let deadline_origin = if drives_deadline { Some(spec.path.clone()) } else { inherited() };
        let lifetime = match spec.under {
            Some(ctx) => Lifetime::child_of(&[ctx.lifetime()], spec.drains, deadline),
            None => Lifetime::detached(),
        };
        let inner = Inner {
            own: Ownership::new(spec.policy, spec.body),
            head: 0,
            names: Names::default(),
            children: Slab::new(),
            totals: Totals::default(),
            joiners: Waiters::default(),
            blocking: FxHashMap::default(),
            principals: FxHashMap::default(),
            task_times: FxHashMap::default(),
            times: Vec::new(),
            cancelled_at: None,
        };
        let core = Arc::new(Self {
            slot: AtomicU64::new(u64::from(u32::MAX) << 32),
            path: spec.path,
            site: spec.site,
            stop: spec.stop.bounded(),
            kind: spec.kind,
            parent,
            tree,
            lifetime,
            deadline: limit,
            deadline_origin,
            drives_deadline,
            principal: AtomicU64::new(0),
            watch: OnceLock::new(),
            place: OnceLock::new(),
            inner: Mutex::new(inner),
        });
        core.enlist();
        core
    }

    fn enlist(self: &Arc<Self>) {
        let mut scopes = lock_static(&SCOPES);
        scopes.made = scopes.made.wrapping_add(1);
        let generation = scopes.made;
        let slot = scopes.by_slot.insert((generation, Arc::downgrade(self)));
        drop(scopes);
        let slot = u32::try_from(slot).unwrap_or(u32::MAX);
        self.slot.store(u64::from(slot) << 32 | u64::from(generation), Relaxed); // before anybody has the scope
    }

    /// The root's own scope.
    pub(crate) fn root(path: TaskPath, site: Site, tree: Arc<Tree>) -> (Arc<Self>, Context) {
        let spec = NewScope {
            path,
            site,
            stop: Stop::SERVICE,
            kind: Kind::Root,
            policy: Policy::Root,
            body: Body::Running,
            under: None,
            drains: Drains::Alone,
        };
        let core = Self::new(spec, None, tree);
        core.lifetime.set_hook(Arc::downgrade(&core) as Weak<dyn Hook>);
        let ctx = Context::new(Arc::clone(&core.lifetime), Arc::clone(&core) as Arc<dyn Home>);
        (core, ctx)
    }

    /// A scope under this one, opened under `ctx`. If this one has ended, it is born cancelled.
    pub(crate) fn open(
        self: &Arc<Self>,
        name: &str,
        ctx: &Context,
        spec: NewScope<'_>,
    ) -> (Arc<Self>, Context) {
        let mut inner = self.inner.lock();
        let admitted = inner.own.admit_scope();
        // A life has the name of its task, which stands in the same table.
        let named = (admitted.is_ok() && spec.kind != Kind::Life).then(|| inner.names.acquire(name));
        drop(inner);
        let path = match (&named, spec.kind) {
            (_, Kind::Life) => spec.path.clone(),
            (Some(named), _) => self.path.child(&named.text, named.suffix),
            (None, _) => self.path.child(&clean_name(name), 1),
        };
        let core = Self::new(NewScope { path, ..spec }, Some(Arc::clone(self)), Arc::clone(&self.tree));
        if admitted.is_ok() {
            let place = self.inner.lock().children.insert(Arc::clone(&core)); // P2
            core.place.set((place, named.map_or(u32::MAX, |named| named.number))).ok();
        } else {
            core.inner.lock().totals.folded = true;
            core.lifetime.cancel(Cause::Explicit(format!("`{}` has ended", self.path)), &self.path);
        }
        core.lifetime.set_hook(Arc::downgrade(&core) as Weak<dyn Hook>);
        core.drive_deadline();
        core.expire_if_due(); // one in the past has passed at creation (S13a)
        let origin = core.deadline_origin.clone();
        let child_ctx = ctx.moved(Arc::clone(&core.lifetime), Arc::clone(&core) as Arc<dyn Home>, origin);
        (core, child_ctx)
    }

    /// Why nothing can be begun in it: the scope it was opened in had ended, so it stands in no tree (S46).
    pub(super) fn unowned(&self) -> Option<Cancelled> {
        let has_owner = self.kind == Kind::Root || self.place.get().is_some();
        if has_owner { None } else { self.lifetime.cancelled().map(|(cancelled, _)| cancelled) }
    }

    /// A deadline of its own is driven by the housekeeper; an inherited one by the ancestor whose it is.
    fn drive_deadline(self: &Arc<Self>) {
        if let Some(at) = self.deadline.filter(|_| self.drives_deadline).map(Limit::at) {
            self.set_time(at, Due::Deadline);
        }
    }

    /// A deadline has passed when its time has come (S13a), also if the housekeeper has not come round to it.
    pub(crate) fn expire_if_due(&self) {
        if self.deadline.is_some_and(Limit::has_passed) {
            self.expire();
        }
    }

    pub(super) fn expire(&self) {
        self.lifetime.cancel(Cause::Deadline, self.deadline_origin.as_ref().unwrap_or(&self.path));
    }

    /// A time of this scope's ladder, taken back when it ends. Not under its lock: setting one may wake the housekeeper.
    pub(super) fn set_time(self: &Arc<Self>, at: Instant, due: Due) {
        let key = self.tree.timers.at(at, Arc::clone(self) as Arc<dyn Timed>, due);
        let mut inner = self.inner.lock();
        let has_ended = inner.own.state() == ScopeState::Ended;
        if !has_ended {
            inner.times.push(key);
        }
        drop(inner);
        if has_ended {
            self.tree.timers.remove(key);
        }
    }

    /// Nothing is left but children and their lives: no one-shot task, no open request (S43).
    pub(crate) fn foreground_is_over(&self) -> bool {
        let inner = self.inner.lock();
        let children: Vec<_> = inner.children.iter().map(|(_, child)| Arc::clone(child)).collect();
        let tasks_over = inner.own.tasks_live() as usize <= inner.principals.len();
        drop(inner);
        let is_background =
            |child: &Arc<Self>| child.kind == Kind::Life || child.with_own(|own| own.is_idle_value());
        tasks_over && children.iter().all(is_background)
    }

    /// Whether a task under `ctx` obeys what this scope's own context does.
    pub(crate) fn is_bound_by(&self, ctx: &Context) -> bool {
        Arc::ptr_eq(ctx.lifetime(), &self.lifetime) && ctx.deadline() == self.deadline.map(Limit::at)
    }

    pub(crate) fn number(&self) -> (u32, u32) {
        let word = self.slot.load(Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let halves = ((word >> 32) as u32, word as u32);
        halves
    }

    pub(crate) fn state(&self) -> ScopeState {
        self.inner.lock().own.state()
    }

    pub(crate) fn with_own<T>(&self, f: impl FnOnce(&mut Ownership) -> T) -> T {
        f(&mut self.inner.lock().own)
    }

    // ---- tasks ----------------------------------------------------------------------------------------------------

    /// Lets a task in: counts it, lists it, publishes its record (P1), or refuses it (S6).
    pub(crate) fn admit(
        &self,
        name: &str,
        class: Class,
        site: Site,
        flags: u64,
    ) -> Result<Admitted, ScopeState> {
        self.admit_by(class, site, flags, |names| names.acquire(name))
    }

    /// The same under a name that is in use: one more life of a child.
    pub(crate) fn admit_named(
        &self,
        named: &Use,
        class: Class,
        site: Site,
        flags: u64,
    ) -> Result<Record, ScopeState> {
        let admitted = self.admit_by(class, site, flags, |names| {
            names.retain(named.number);
            named.clone()
        });
        admitted.map(|admitted| admitted.record)
    }

    fn admit_by(
        &self,
        class: Class,
        site: Site,
        flags: u64,
        name: impl FnOnce(&mut Names) -> Use,
    ) -> Result<Admitted, ScopeState> {
        self.expire_if_due();
        let Some(record) = Record::take() else {
            self.count_refused();
            return Err(ScopeState::Open); // no record is free: see SLOTS_MAX
        };
        let starter = crate::record::current::id();
        let mut inner = self.inner.lock();
        if let Err(state) = inner.own.admit_task() {
            drop(inner);
            self.count_refused();
            record.give_back();
            return Err(state);
        }
        inner.totals.started += 1;
        let name = name(&mut inner.names);
        record.cold().name.store(name.number, Relaxed);
        record.cold().suffix.store(name.suffix, Relaxed);
        record.slot.scope.store(self.number().0, Relaxed);
        record.publish(&Birth { class, flags, site, starter });
        link(&mut inner, record);
        Ok(Admitted { record, name })
    }

    /// Counts a refused spawn where the account of this scope is kept: once it has ended, above it.
    fn count_refused(&self) {
        let mut at = self;
        loop {
            let mut inner = at.inner.lock();
            match &at.parent {
                Some(parent) if inner.totals.folded => at = parent,
                Some(_) | None => {
                    inner.totals.spawns_refused += 1;
                    return;
                }
            }
        }
    }

    /// Makes the end of a task known to somebody beside the scope; its failure is then theirs to judge.
    pub(crate) fn set_principal(&self, record: Record, principal: Arc<dyn Principal>) {
        self.inner.lock().principals.insert(record.index, principal);
        if self.tree.plan.cause().is_some() {
            self.tree.plan.wake_driver(); // between its admission and this it counted as foreground
        }
    }

    /// Which life of a child a task is; 0 for one that is none.
    pub(crate) fn incarnation_of(&self, record: Record) -> u32 {
        let principal = self.inner.lock().principals.get(&record.index).cloned();
        principal.map_or(0, |principal| principal.incarnation())
    }

    pub(crate) fn add_blocking(&self, record: Record, job: Arc<dyn Withdraw>) {
        self.inner.lock().blocking.insert(record.index, job);
    }

    /// The ladder of one task with a deadline of its own (S13b).
    pub(crate) fn drive_task_deadline(self: &Arc<Self>, record: Record, at: Instant) {
        let whom: Arc<dyn Timed> = Arc::new(OneTask { scope: Arc::clone(self), id: record.id() });
        let abort_at = at.max(crate::clock::now()) + self.stop.cancel; // one in the past has passed just now (S13a)
        let keys = vec![
            self.tree.timers.at(abort_at, Arc::clone(&whom), Due::Abort),
            self.tree.timers.at(abort_at + self.stop.abort, whom, Due::Name),
        ];
        self.inner.lock().task_times.insert(record.index, keys);
    }

    /// When a task must be over: by its own deadline, or its scope's.
    pub(crate) fn deadline_of(&self, record: Record) -> Option<Instant> {
        let inner = self.inner.lock();
        let own = inner.task_times.get(&record.index).and_then(|times| times.first());
        own.map(|abort| abort.at() - self.stop.cancel).or(self.deadline.map(Limit::at))
    }

    /// The life's own task, listed by the parent.
    pub(crate) fn set_life_task(&self, id: TaskId) {
        self.principal.store(u64::from(id.generation) << 32 | u64::from(id.index), Relaxed);
    }

    pub(crate) fn life_task(&self) -> Option<TaskId> {
        let word = self.principal.load(Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let id = TaskId { index: word as u32, generation: (word >> 32) as u32 };
        (id.index != 0).then_some(id)
    }

    /// Uses a name for a slot, which has it until it is released.
    pub(crate) fn use_name(&self, name: &str) -> Use {
        self.inner.lock().names.acquire(name)
    }

    pub(crate) fn release_name(&self, number: u32) {
        self.inner.lock().names.release(number);
    }

    /// Whoever hears of this life.
    pub(crate) fn watching(&self) -> Option<Arc<dyn LifeWatch>> {
        self.watch.get().and_then(Weak::upgrade)
    }

    /// Names whoever hears of this life. If it was cancelled before, they hear of it at once.
    pub(crate) fn set_watch(&self, whom: Weak<dyn LifeWatch>) {
        let now = whom.upgrade();
        drop(self.watch.set(whom));
        // Under the lock that a cancel takes before it looks for the watch.
        let was_cancelled = self.inner.lock().cancelled_at.is_some();
        if let (true, Some(whom)) = (was_cancelled, now) {
            whom.life_cancelled();
        }
    }

    /// The live tasks, by number, and the child scopes.
    pub(crate) fn members(&self) -> (Vec<TaskId>, Vec<Arc<ScopeCore>>) {
        let inner = self.inner.lock();
        let tasks = list(&inner).map(Record::id).collect();
        (tasks, inner.children.iter().map(|(_, child)| Arc::clone(child)).collect())
    }
}

impl Drop for ScopeCore {
    /// Without recursion: scopes may be nested a thousand deep.
    fn drop(&mut self) {
        let gone = lock_static(&SCOPES).by_slot.try_remove(self.number().0 as usize);
        drop(gone);
        let mut parent = self.parent.take();
        while let Some(mut scope) = parent.and_then(Arc::into_inner) {
            parent = scope.parent.take();
        }
    }
}

/// The list of a scope's tasks, linked through their records under the scope's lock.
pub(super) fn list<'a>(inner: &'a Guard<'_, Inner>) -> impl Iterator<Item = Record> + 'a {
    let mut next = inner.head;
    std::iter::from_fn(move || {
        if next == 0 {
            return None;
        }
        let record = Record::at(next);
        next = record.slot.next.load(Relaxed);
        Some(record)
    })
}

fn link(inner: &mut Guard<'_, Inner>, record: Record) {
    record.slot.prev.store(0, Relaxed);
    record.slot.next.store(inner.head, Relaxed);
    if inner.head != 0 {
        Record::at(inner.head).slot.prev.store(record.index, Relaxed);
    }
    inner.head = record.index;
}

pub(super) fn unlink(inner: &mut Guard<'_, Inner>, record: Record) {
    let (prev, next) = (record.slot.prev.load(Relaxed), record.slot.next.load(Relaxed));
    if prev == 0 {
        inner.head = next;
    } else {
        Record::at(prev).slot.next.store(next, Relaxed);
    }
    if next != 0 {
        Record::at(next).slot.prev.store(prev, Relaxed);
    }
}
