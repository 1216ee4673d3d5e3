//! A child's slot, which stays when a life of it ends (S27a), and its handle. What follows an exit is decided by the machine
//! of its supervisor.

use crate::context::Stop;
use crate::context::lifetime::Drains;
use crate::context::timers::{Due, Key, Timed};
use crate::context::waiters::{Event, Mark, Waiters};
use crate::error::Cause;
use crate::exit::ExitReason;
use crate::ident::{Class, TaskId, TaskPath};
use crate::owner::mailbox::{Mailbox, Options};
use crate::owner::owner::{Drained, OwnerReport, Slot};
use crate::raw::PolledBy;
use crate::record::current;
use crate::record::events::EventKind;
use crate::record::names::Use;
use crate::record::wait::Wakee;
use crate::rt;
use crate::scope::core::{Kind, LifeWatch, NewScope, Principal, Tree, path_of};
use crate::scope::cycle;
use crate::scope::state::{Body, Policy};
use crate::supervisor::decide::Asked;
use crate::supervisor::life::{Life, Lives};
use crate::supervisor::machine::machine::{Phase, SlotId, Way};
use crate::supervisor::run::{Boss, Home};
use crate::supervisor::spec::Shutdown;
use crate::sync::Mutex;
use crate::task::future::{Site, Task};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

/// An owner's mailbox, as far as its child is concerned.
pub(crate) trait StopMailbox: Send + Sync {
    fn place(&self, path: TaskPath, options: Options, tree: Arc<Tree>, slot: Weak<dyn Slot>);
    fn drain(&self);
    fn halt(&self);
    fn cut(&self);
    fn close(&self, reason: &ExitReason);
    fn lost(&self, reason: &ExitReason);
    /// Ends the queued calls of a task that would wait for ever.
    fn refuse_calls_of(&self, caller: TaskId, cycle: &[TaskPath]);
    fn drained(&self) -> Option<Drained>;
}

impl<S: Send + 'static> StopMailbox for Mailbox<S> {
    fn place(&self, path: TaskPath, options: Options, tree: Arc<Tree>, slot: Weak<dyn Slot>) {
        Self::place(self, path, options, tree, slot);
    }

    fn drain(&self) {
        Self::drain(self);
    }

    fn halt(&self) {
        Self::halt(self);
    }

    fn cut(&self) {
        Self::cut(self);
    }

    fn close(&self, reason: &ExitReason) {
        Self::close(self, reason);
    }

    fn lost(&self, reason: &ExitReason) {
        Self::lost(self, reason);
    }

    fn refuse_calls_of(&self, caller: TaskId, cycle: &[TaskPath]) {
        while cycle::Refuse::refuse_call_of(self, caller, cycle) {}
    }

    fn drained(&self) -> Option<Drained> {
        Self::drained(self)
    }
}

/// What a child is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildState {
    /// Not ready yet (S17b), or its turn to start has not come.
    Starting,
    /// It runs.
    Up,
    /// Its ladder runs.
    Stopping,
    /// It waits to be started again.
    Backoff {
        /// Until when.
        until: tokio::time::Instant,
        /// Which restart since it was last stable, from 0.
        attempt: u32,
    },
    /// It has ended; its spec is kept.
    Down(ExitReason),
    /// It has ended, and its spec with it.
    Removed,
}

/// A child as its supervisor sees it (S32c). The counters live as long as the slot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChildInfo {
    /// Its name among its siblings.
    pub id: String,
    /// Where it stands.
    pub path: TaskPath,
    /// What it does.
    pub state: ChildState,
    /// Which life it is, or was last: successful starts.
    pub incarnation: u32,
    /// Successful starts; equals the incarnation.
    pub starts: u32,
    /// Ends of lives that had been ready.
    pub exits: u32,
    /// Starts that failed.
    pub failed_starts: u32,
    /// How the last life or start ended.
    pub last_reason: Option<ExitReason>,
}

/// A slot: what stays when a life of the child ends (S27a).
pub(crate) struct Child {
    pub(super) me: Weak<Self>,
    pub(super) name: String,
    /// What it is called before it has a place.
    pub(super) unplaced: TaskPath,
    pub(super) place: OnceLock<Place>,
    pub(super) mailbox: Option<Arc<dyn StopMailbox>>,
    /// Of a supervisor.
    pub(crate) nested: Option<Arc<Boss>>,
    /// It takes work in from outside, so it is drained before the others (S43).
    pub(crate) is_edge: bool,
    pub(super) state: Mutex<State>,
}

/// Where it stands, once its spec was given to an owner.
pub(super) struct Place {
    pub(super) boss: Weak<Boss>,
    pub(super) slot: SlotId,
    pub(super) path: TaskPath,
    /// Its supervisor's.
    pub(super) home: TaskPath,
    pub(super) tree: Arc<Tree>,
    pub(super) site: Site,
    pub(super) shutdown: Shutdown,
    pub(super) lives: Box<dyn Lives>,
}

#[derive(Default)]
pub(super) struct State {
    /// In the present home of its supervisor.
    pub(super) named: Option<Use>,
    pub(super) life: Option<Arc<Life>>,
    /// Lives that were named and have not ended.
    pub(super) stragglers: Vec<Arc<Life>>,
    /// Number of the life that was started last, ready or not.
    pub(super) begun: u32,
    /// Number of the life that was ready last.
    pub(super) ready: u32,
    pub(super) asked: Asked,
    pub(super) stopping: Option<(Cause, Way)>,
    /// How its last life ended.
    pub(super) reason: Option<ExitReason>,
    /// Why there will be no other.
    pub(super) closed: Option<ExitReason>,
    pub(super) lives_ended: u32,
    /// Of the stop ladder.
    pub(super) ladder: Vec<Key>,
    /// What its supervisor waits for.
    pub(super) time: Option<Key>,
    pub(super) waiters: Waiters,
}

impl Child {
    pub(crate) fn new(
        name: &str,
        mailbox: Option<Arc<dyn StopMailbox>>,
        nested: Option<Arc<Boss>>,
        is_edge: bool,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            name: name.to_owned(),
            unplaced: TaskPath::from(name),
            place: OnceLock::new(),
            mailbox,
            nested,
            is_edge,
            state: Mutex::new(State::default()),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Gives it its place, once.
    pub(crate) fn put(
        &self,
        boss: &Arc<Boss>,
        slot: SlotId,
        (home, path): (TaskPath, TaskPath),
        named: Option<Use>,
        how: (Box<dyn Lives>, Options, Shutdown, Site),
        tree: &Arc<Tree>,
    ) {
        let (lives, options, shutdown, site) = how;
        self.state.lock().named = named;
        let (boss, tree) = (Arc::downgrade(boss), Arc::clone(tree));
        if let Some(mailbox) = &self.mailbox {
            let me: Weak<Self> = Weak::clone(&self.me);
            mailbox.place(path.clone(), options, Arc::clone(&tree), me as Weak<dyn Slot>);
        }
        let place = Place { boss, slot, path, home, tree, site, shutdown, lives };
        self.place.set(place).ok();
    }

    pub(crate) fn is_placed(&self) -> bool {
        self.place.get().is_some()
    }

    pub(crate) fn path(&self) -> &TaskPath {
        self.place.get().map_or(&self.unplaced, |place| &place.path)
    }

    pub(super) fn boss(&self) -> Option<Arc<Boss>> {
        self.place.get().and_then(|place| place.boss.upgrade())
    }

    pub(crate) fn slot(&self) -> Option<SlotId> {
        self.place.get().map(|place| place.slot)
    }

    pub(crate) fn site(&self) -> Option<Site> {
        self.place.get().map(|place| place.site)
    }

    /// A new life of its supervisor: names are counted anew there.
    pub(crate) fn forget_name(&self) -> Option<Use> {
        self.state.lock().named.take()
    }

    /// The task of the present life.
    pub(crate) fn task(&self) -> Option<TaskId> {
        self.state.lock().life.as_ref().map(|life| life.task)
    }

    pub(crate) fn emit(&self, kind: EventKind) {
        let Some(place) = self.place.get() else { return };
        let incarnation = self.state.lock().begun;
        place.tree.events.emit(&place.path, incarnation, kind);
    }

    /// Starts a life: `incarnation` if it becomes ready. False if the scope of its supervisor takes nothing in.
    pub(crate) fn begin_life(self: &Arc<Self>, home: &Home, incarnation: u32) -> Result<(), Cause> {
        let Some(place) = self.place.get() else { return Err(Cause::RuntimeGone) };
        let (core, under) = (&home.core, &home.ctx);
        let named = self.state.lock().named.clone();
        let named = named.unwrap_or_else(|| core.use_name(&self.name));
        self.state.lock().named = Some(named.clone());
        let closed =
            || core.lifetime.cancelled().map_or(Cause::RuntimeGone, |(cancelled, _)| cancelled.cause);
        let record = core.admit_named(&named, Class::Service, place.site, 0).map_err(|_| closed())?;
        let spec = NewScope {
            path: place.path.clone(),
            site: place.site,
            stop: Stop::SERVICE,
            kind: Kind::Life,
            policy: Policy::Collect, // S36f
            body: Body::Running,
            under: Some(under),
            drains: Drains::Alone,
        };
        let (scope, ctx) = core.open(&self.name, under, spec);
        scope.set_life_task(record.id());
        let (child, home) = (Arc::clone(self), Arc::clone(core));
        let life = Arc::new(Life { child, scope: Arc::clone(&scope), home, task: record.id() });
        let mut state = self.state.lock();
        state.begun = incarnation;
        (state.asked, state.stopping, state.closed) = (Asked::Nobody, None, None);
        state.life = Some(Arc::clone(&life));
        drop(state);
        self.emit(EventKind::Started);
        let future = place.lives.begin(&life, &ctx);
        core.set_principal(record, Arc::clone(&life) as Arc<dyn Principal>);
        scope.set_watch(Arc::downgrade(&life) as Weak<dyn LifeWatch>);
        let task = Task::new(future, Arc::clone(core), Some(ctx), record, PolledBy::Tokio);
        drop(rt::spawn(&place.tree.runtime, task));
        Ok(())
    }

    /// Starts the ladder of its present life, once (S25b, S38a): the first cause stays, a later asker of a higher kind counts.
    pub(crate) fn stop(&self, cause: &Cause, asked: Asked, way: Way) {
        let mut state = self.state.lock();
        let Some(life) = state.life.clone() else { return };
        state.asked = state.asked.max(asked);
        let Some(place) = self.place.get() else { return };
        if state.stopping.is_some() {
            return;
        }
        state.stopping = Some((cause.clone(), way));
        drop(state);
        let can_drain = self.mailbox.is_some()
            || self.nested.is_some()
            || self.is_edge
            || life.scope.lifetime.was_asked();
        let drains = can_drain && way != Way::Cancel;
        match place.shutdown {
            Shutdown::Brutal => {
                life.cancel(cause);
                life.abort();
            }
            Shutdown::Timeout(timeout) => {
                let now = crate::clock::now();
                if drains && !timeout.is_zero() {
                    self.drain(&life, cause, way);
                    // DRAIN_SHARE, 4/5: leaves 1/5 for the cancel rung before force.
                    life.set_time(now + timeout * 4 / 5, Due::Cancel);
                    life.set_time(now + timeout, Due::Abort);
                } else {
                    life.cancel(cause);
                    if timeout.is_zero() { life.abort() } else { life.set_time(now + timeout, Due::Abort) }
                }
            }
            Shutdown::Infinity if drains => self.drain(&life, cause, way),
            Shutdown::Infinity => life.cancel(cause),
        }
    }

    fn drain(&self, life: &Life, cause: &Cause, way: Way) {
        life.scope.lifetime.drain(cause);
        match (&self.mailbox, way) {
            (Some(mailbox), Way::Halt) => mailbox.halt(),
            (Some(mailbox), Way::Drain | Way::Cancel) => mailbox.drain(),
            (None, _) => {}
        }
        if let Some(nested) = &self.nested {
            nested.stop(cause, way);
        }
    }

    /// An end from now on was asked for by its supervisor.
    pub(crate) fn expect_end(&self) {
        let mut state = self.state.lock();
        state.asked = Asked::Supervisor;
    }

    /// No further life will come (S27e).
    pub(crate) fn close(&self, reason: &ExitReason) {
        self.state.lock().closed.get_or_insert_with(|| reason.clone());
        if let Some(mailbox) = &self.mailbox {
            mailbox.close(reason);
        }
        if let Some(nested) = &self.nested {
            nested.close_all(reason);
        }
        self.tell();
    }

    /// A life is gone, and another will come.
    pub(crate) fn lost(&self, reason: &ExitReason) {
        if let Some(mailbox) = &self.mailbox {
            mailbox.lost(reason);
        }
    }

    /// Its supervisor is to be told then; replaces the time before.
    pub(crate) fn set_time(self: &Arc<Self>, at: Option<tokio::time::Instant>) {
        let Some(place) = self.place.get() else { return };
        let timers = &place.tree.timers;
        let key = at.map(|at| timers.at(at, Arc::clone(self) as Arc<dyn Timed>, Due::Deadline));
        let old = std::mem::replace(&mut self.state.lock().time, key);
        if let Some(old) = old {
            timers.remove(old);
        }
    }

    /// Its supervisor stops `other` and starts this one after it, so what `other` has queued here would wait for itself
    /// (S40c, h): it is told so.
    pub(crate) fn refuse_calls_of(&self, other: &Self, boss: &TaskPath) {
        if let (Some(mailbox), Some(caller)) = (&self.mailbox, other.task()) {
            let cycle = [other.path(), self.path(), boss, other.path()].map(TaskPath::clone);
            mailbox.refuse_calls_of(caller, &cycle);
        }
    }

    /// No life goes on, and none will come.
    pub(crate) fn is_closed(&self) -> bool {
        let state = self.state.lock();
        state.closed.is_some() && state.life.is_none()
    }

    pub(crate) fn tell(&self) {
        let waiters = self.state.lock().waiters.take();
        waiters.into_iter().for_each(Wakee::wake);
    }

    pub(crate) fn note_ready(&self) {
        let mut state = self.state.lock();
        state.ready = state.begun;
    }

    pub(super) fn note_owner(&self, place: &Place) {
        let drained = self.mailbox.as_ref().and_then(|mailbox| mailbox.drained());
        if let Some(Drained::CutShort { unanswered, rung }) = drained {
            place.tree.notes.owner(place.path.clone(), unanswered, rung);
        }
    }

    pub(crate) fn ask_to_stop(&self) {
        let place = self.place.get();
        let by = current::id().and_then(path_of).or_else(|| Some(place?.home.clone()));
        let cause = Cause::StopRequested { by: by.unwrap_or_else(|| self.path().clone()) };
        if self.task().is_some() {
            self.stop(&cause, Asked::Other, Way::Drain);
        } else if let (Some(boss), Some(slot)) = (self.boss(), self.slot()) {
            boss.step(|machine, now| machine.stop_asked(slot, cause, now));
        }
    }

    pub(crate) fn info(&self) -> ChildInfo {
        let known = self.boss().zip(self.slot()).and_then(|(boss, slot)| boss.info_of(slot));
        known.unwrap_or_else(|| {
            let state = self.state.lock();
            let down = |reason: &ExitReason| ChildState::Down(reason.clone());
            let shown = state.closed.as_ref().or(state.reason.as_ref()).map_or(ChildState::Removed, down);
            let (ready, last_reason) = (state.ready, state.reason.clone());
            drop(state);
            ChildInfo {
                id: self.name.clone(),
                path: self.path().clone(),
                state: shown,
                incarnation: ready,
                starts: ready,
                exits: 0,
                failed_starts: 0,
                last_reason,
            }
        })
    }

    /// What a phase of the machine looks like from outside.
    pub(crate) fn shown(&self, phase: &Phase) -> ChildState {
        match phase {
            Phase::Starting | Phase::Up if self.state.lock().stopping.is_some() => ChildState::Stopping,
            Phase::Waiting | Phase::Starting => ChildState::Starting,
            Phase::Up => ChildState::Up,
            Phase::Stopping(_) => ChildState::Stopping,
            Phase::Backoff { until, attempt } => ChildState::Backoff { until: *until, attempt: *attempt },
            Phase::Down(reason) | Phase::Late(reason) => ChildState::Down(reason.clone()),
            Phase::Removed => ChildState::Removed,
        }
    }
}

/// What its supervisor asked to be told.
impl Timed for Child {
    fn fire(self: Arc<Self>, _: Due) {
        self.state.lock().time = None;
        if let (Some(boss), Some(slot)) = (self.boss(), self.slot()) {
            boss.step(|machine, now| machine.time(slot, now));
        }
    }
}

impl Slot for Child {
    fn request_stop(&self) {
        self.ask_to_stop();
    }

    fn incarnation(&self) -> u32 {
        let state = self.state.lock();
        state.ready.max(state.begun.min(1))
    }

    fn lives_ended(&self) -> u32 {
        self.state.lock().lives_ended
    }

    fn is_down(&self) -> bool {
        let state = self.state.lock();
        state.life.is_none() && (state.closed.is_some() || !self.is_placed())
    }

    fn report(&self) -> Option<OwnerReport> {
        let state = self.state.lock();
        let reason = state.reason.clone().filter(|_| self.is_placed())?;
        drop(state);
        let drained = self.mailbox.as_ref().and_then(|mailbox| mailbox.drained()).unwrap_or(Drained::Yes);
        Some(OwnerReport::new(reason, drained))
    }

    fn supervisor_task(&self) -> Option<TaskId> {
        self.boss()?.task()
    }
}

/// Something about it has changed; whoever waits looks again.
impl Event for Child {
    fn wait(&self, wakee: Wakee) -> Option<Mark> {
        Some(self.state.lock().waiters.add(wakee))
    }

    fn leave(&self, mark: Mark) {
        let gone = self.state.lock().waiters.remove(mark);
        drop(gone);
    }
}

/// A child's handle: it names the slot, and owns nothing.
#[derive(Clone)]
pub struct ChildRef(Arc<Child>);

impl fmt::Debug for ChildRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildRef").field("path", self.path()).finish_non_exhaustive()
    }
}

impl ChildRef {
    pub(crate) fn new(child: &Arc<Child>) -> Self {
        Self(Arc::clone(child))
    }

    /// Where the child stands in the tree of owners; before it has a place, its name.
    pub fn path(&self) -> &TaskPath {
        self.0.path()
    }

    /// Asks the present life to stop, and returns at once; its own ladder follows (S25b). A permanent child is restarted
    /// then: its supervisor did not ask (S19).
    pub fn request_stop(&self) {
        self.0.ask_to_stop();
    }

    /// What the child does. Never blocks on it.
    pub fn info(&self) -> ChildInfo {
        self.0.info()
    }
}
