//! The acts of a scope: what follows a transition, the rungs of the ladder, the end of a task.

use crate::account::Account;
use crate::context::Context;
use crate::context::context::Home;
use crate::context::lifetime::{Bounds, Hook};
use crate::context::timers::{Due, Timed};
use crate::context::waiters::{Event, Mark};
use crate::error::{Cause, Error, ShutdownCause};
use crate::exit::ExitReason;
use crate::ident::{Class, Rung, TaskId, TaskPath};
use crate::raw::PolledBy;
use crate::record::events::EventKind;
use crate::record::notes::Straggler;
use crate::record::slab::{self, Birth, RecordRef};
use crate::record::wait::{self, Wakee};
use crate::record::word::{ABORT, HOUSE, LEAKED, RUNNING, WAITS, before_the_walk};
use crate::record::{Record, exits};
use crate::rt;
use crate::scope::core::{Inner, Kind, ScopeCore, list, path_of_record, unlink};
use crate::scope::state::{Duties, Settled};
use crate::task::future::{End, HasValue, Task, TaskOwner};
use rustc_hash::FxHashMap;
use std::any::Any;
use std::future::Future;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use tokio::time::Instant;

impl ScopeCore {
    /// Does what a transition asked for. Without recursion: scopes may be nested a thousand deep.
    pub(crate) fn perform(&self, duties: Duties) {
        let mut next = self.perform_one(duties);
        let mut at = self.parent.as_ref();
        while let (Some(duties), Some(scope)) = (next.take(), at) {
            next = scope.perform_one(duties);
            at = scope.parent.as_ref();
        }
    }

    /// The duties of one scope; what comes back is the parent's.
    fn perform_one(&self, duties: Duties) -> Option<Duties> {
        if let Some(cause) = duties.cancel {
            self.lifetime.cancel(cause, &self.path);
        }
        if let Some(path) = duties.fail_root {
            self.tree.plan.begin(ShutdownCause::TaskFailed(path));
        }
        if let Some(reason) = duties.unheard {
            self.tree.events.emit(&self.path, 0, EventKind::ErrorUnheard(reason));
        }
        if duties.sweep {
            let (_, children) = self.members();
            children.iter().for_each(|child| child.end_if_idle());
        }
        if duties.idle
            && self.parent.as_ref().is_some_and(|parent| parent.with_own(|own| own.waits_for_scopes()))
        {
            self.end_if_idle();
        }
        if duties.idle {
            self.tell_driver();
        }
        let (before, now) = duties.settled?;
        let joiners = self.inner.lock().joiners.take();
        let for_parent = self.tell_parent(before, now);
        self.tell_driver();
        if now == Settled::Ended {
            self.lifetime.end();
            let times = std::mem::take(&mut self.inner.lock().times);
            times.into_iter().for_each(|key| self.tree.timers.remove(key));
        }
        joiners.into_iter().for_each(Wakee::wake);
        if let Some(whom) = self.watch.get().and_then(Weak::upgrade) {
            whom.life_settled(now);
        }
        if self.kind == Kind::Root {
            if now == Settled::Ended {
                self.tree.timers.close();
            }
            self.tree.plan.wake_driver();
        }
        for_parent
    }

    /// The root's driver may have waited for this scope alone: for the last open request of its drain (S43).
    fn tell_driver(&self) {
        if self.parent.as_ref().is_some_and(|parent| parent.kind == Kind::Root)
            && self.tree.plan.cause().is_some()
        {
            self.tree.plan.wake_driver();
        }
    }

    /// A forgotten value ends with its parent (S1b).
    fn end_if_idle(&self) {
        if self.with_own(|own| own.is_idle_value()) {
            self.lifetime.cancel(Cause::ScopeDropped, &self.path);
        }
    }

    /// P2: an ended scope leaves its parent, and its account with it, in one step.
    fn tell_parent(&self, before: Option<Settled>, now: Settled) -> Option<Duties> {
        let (parent, (place, name)) = (self.parent.as_ref()?, *self.place.get()?);
        let account = (now == Settled::Ended).then(|| {
            self.inner.lock().totals.folded = true; // before the look: a refusal after it is the parent's to count
            self.account_of_tasks()
        });
        let mut inner = parent.inner.lock();
        let gone = account.and_then(|account| {
            inner.totals.below += account;
            inner.names.release(name);
            inner.children.try_remove(place)
        });
        let duties = inner.own.child_settled(before, now);
        drop(inner);
        drop(gone);
        Some(duties)
    }

    /// Rung 3 for all that lives here and below; rung 4 comes `stop.abort` later.
    pub(crate) fn abort_all(self: &Arc<Self>) {
        let mut todo = vec![Arc::clone(self)];
        while let Some(scope) = todo.pop() {
            let inner = scope.inner.lock();
            let tasks: Vec<RecordRef> =
                list(&inner).filter_map(|record| RecordRef::of(record.id())).collect();
            let blocking: Vec<_> = inner.blocking.values().cloned().collect();
            todo.extend(inner.children.iter().map(|(_, child)| Arc::clone(child)));
            let has_members = !inner.own.is_empty();
            drop(inner);
            if has_members {
                scope.set_time(crate::clock::now() + scope.stop.abort, Due::Name);
            }
            for task in tasks {
                scope.abort_task(task.record());
            }
            blocking.into_iter().for_each(|job| job.withdraw());
        }
    }

    /// Rung 4: what still lives here and below is counted as leaked, and the joiners are told. Their paths and rungs.
    pub(crate) fn name_all(self: &Arc<Self>) {
        let mut order = vec![Arc::clone(self)];
        let mut next = 0;
        while next < order.len() {
            let (_, children) = order[next].members();
            order.extend(children);
            next += 1;
        }
        // The leaves first, so that a parent finds its children settled.
        for scope in order.into_iter().rev() {
            let mut inner = scope.inner.lock();
            let tasks: Vec<RecordRef> =
                list(&inner).filter_map(|record| RecordRef::of(record.id())).collect();
            let mut duties = Duties::default();
            for task in &tasks {
                if !task.record().slot.word.set(LEAKED).has(LEAKED) {
                    inner.totals.leaked_total += 1;
                    duties = inner.own.task_named();
                }
            }
            let over = inner.own.ladder_over();
            drop(inner);
            tasks.iter().for_each(|task| scope.note_named(task.record()));
            drop(tasks);
            scope.perform(if over.settled.is_some() { over } else { duties });
        }
    }

    /// Rung 4 for one task of this scope.
    pub(crate) fn name_task(&self, id: TaskId) {
        let Some(task) = RecordRef::of(id) else { return };
        let mut inner = self.inner.lock();
        if task.record().is_ended() || task.record().slot.word.set(LEAKED).has(LEAKED) {
            return;
        }
        inner.totals.leaked_total += 1;
        let duties = inner.own.task_named();
        drop(inner);
        self.note_named(task.record());
        self.perform(duties);
    }

    /// Rung 3 for one task; during the shutdown it is a straggler, unless it ends by itself after all.
    pub(crate) fn abort_task(&self, record: Record) {
        if self.tree.plan.cause().is_some()
            && let Some(straggler) = self.straggler(record, Rung::Abort)
        {
            self.tree.notes.aborting(straggler);
        }
        record.abort();
    }

    fn note_named(&self, record: Record) {
        if self.tree.plan.cause().is_some()
            && !record.is_ended()
            && let Some(straggler) = self.straggler(record, Rung::Name)
        {
            self.tree.notes.named(straggler);
        }
    }

    /// A task that did not end when it was asked to, with what it waits for now (S45a).
    fn straggler(&self, record: Record, rung: Rung) -> Option<Straggler> {
        // One that does not come back from its poll, or its destructor, waits for nothing.
        let runs = record.slot.word.read().has(RUNNING);
        let wait = if runs { None } else { wait::edges(record).into_iter().next() };
        let since = wait.map(|(_, since)| since).or(runs.then(|| record.slot.last_poll_ms.load(Relaxed)));
        Some(Straggler {
            id: record.id(),
            path: path_of_record(record)?,
            class: record.slot.word.read().class(),
            site: record.site(),
            rung,
            reason: ExitReason::Leaked,
            waits: wait.map(|(edge, _)| crate::scope::snapshot::sentence(edge, record)),
            since: since.map(crate::clock::age),
            thread: self.inner.lock().blocking.get(&record.index).and_then(|job| job.thread()),
        })
    }

    /// The paths of tasks named as leaked, here and below.
    pub(crate) fn leaked_paths(self: &Arc<Self>) -> Vec<TaskPath> {
        let mut todo = vec![Arc::clone(self)];
        let mut paths = Vec::new();
        while let Some(scope) = todo.pop() {
            let (tasks, children) = scope.members();
            todo.extend(children);
            let leaked = |task: &RecordRef| task.record().slot.word.read().has(LEAKED);
            let named = tasks.into_iter().filter_map(RecordRef::of).filter(leaked);
            paths.extend(named.filter_map(|task| path_of_record(task.record())));
        }
        paths.sort();
        paths
    }

    /// Counts a drop without a join and tells of it, if anything lives (S3d).
    pub(crate) fn note_dropped(&self) {
        let dropped = self.inner.lock().own.drop_unjoined();
        let Some(live_tasks) = dropped else { return };
        let live_tasks = u64::from(live_tasks);
        self.inner.lock().totals.scopes_dropped += 1;
        self.tree.events.emit(&self.path, 0, EventKind::ScopeDropped { live_tasks, site: self.site });
    }
}

/// It has settled.
impl Event for ScopeCore {
    fn wait(&self, wakee: Wakee) -> Option<Mark> {
        let mut inner = self.inner.lock();
        if inner.own.is_settled() { None } else { Some(inner.joiners.add(wakee)) }
    }

    fn leave(&self, mark: Mark) {
        let gone = self.inner.lock().joiners.remove(mark);
        drop(gone);
    }
}

/// The account (S16).
impl ScopeCore {
    /// Of the tasks here and below; of the requests too, if this is the root.
    pub(crate) fn account(&self) -> Account {
        let mut account = self.account_of_tasks();
        if self.kind == Kind::Root {
            self.tree.requests.add_to(&mut account);
        }
        account
    }

    pub(super) fn account_of_tasks(&self) -> Account {
        let (mut account, mut todo) = self.own_account();
        while let Some(scope) = todo.pop() {
            let (below, children) = scope.own_account();
            account += below;
            todo.extend(children);
        }
        account
    }

    /// Its own numbers and the children they leave out: read in one step, so that none is counted twice.
    fn own_account(&self) -> (Account, Vec<Arc<ScopeCore>>) {
        let inner = self.inner.lock();
        let totals = &inner.totals;
        let mut account = totals.below;
        account.started += totals.started;
        account.ended += totals.ended.sum();
        account.ended_by += totals.ended;
        account.live += u64::from(inner.own.tasks_live());
        account.leaked += u64::from(inner.own.tasks_leaked());
        account.leaked_total += totals.leaked_total;
        account.ended_late += totals.ended_late;
        account.spawns_refused += totals.spawns_refused;
        account.scopes_dropped += totals.scopes_dropped;
        (account, inner.children.iter().map(|(_, child)| Arc::clone(child)).collect())
    }
}

/// The ladder of one task with a deadline of its own.
pub(super) struct OneTask {
    pub(super) scope: Arc<ScopeCore>,
    pub(super) id: TaskId,
}

impl Timed for OneTask {
    fn fire(self: Arc<Self>, due: Due) {
        match due {
            Due::Deadline | Due::Cancel => {} // the context tells its own deadline
            Due::Abort => {
                if let Some(task) = RecordRef::of(self.id) {
                    task.record().abort();
                }
            }
            Due::Name => self.scope.name_task(self.id),
        }
    }
}

impl Timed for ScopeCore {
    fn fire(self: Arc<Self>, due: Due) {
        match due {
            Due::Deadline | Due::Cancel => self.expire(),
            Due::Abort => self.abort_all(),
            Due::Name => self.name_all(),
        }
    }
}

impl Hook for ScopeCore {
    /// Rung 2: the ladder begins, whoever joins or not (S10d), and all that waits under this lifetime is woken.
    fn on_cancelled(self: Arc<Self>, at: Instant) {
        let mut inner = self.inner.lock();
        let Some(duties) = inner.own.cancel() else { return };
        inner.cancelled_at = Some(at);
        let waiting = waiting_tasks(list(&inner));
        let unstarted: Vec<_> = list(&inner)
            .filter(|record| record.slot.word.read().class() == Class::Blocking)
            .filter(|record| !record.slot.word.read().has(RUNNING))
            .filter_map(|record| inner.blocking.get(&record.index).cloned())
            .collect();
        let has_members = !inner.own.is_empty();
        drop(inner);
        if has_members && !self.stop.cancel.is_zero() {
            self.set_time(at + self.stop.cancel, Due::Abort);
        }
        self.wake_waiting(waiting);
        if let Some(whom) = self.watch.get().and_then(Weak::upgrade) {
            whom.life_cancelled();
        }
        unstarted.into_iter().for_each(|job| job.withdraw());
        if has_members && self.stop.cancel.is_zero() {
            self.abort_all();
        }
        self.perform(duties);
    }

    fn on_draining(self: Arc<Self>) {
        let mut inner = self.inner.lock();
        inner.own.drain();
        let waiting = waiting_tasks(list(&inner));
        drop(inner);
        self.wake_waiting(waiting);
    }
}

/// What a report shows as an error; who was forced stands among the stragglers.
fn is_error(reason: &ExitReason) -> bool {
    match reason {
        ExitReason::Failed(_) | ExitReason::Panicked(_) | ExitReason::GaveUp { .. } => true,
        ExitReason::TimedOut { forced } => !forced,
        ExitReason::Normal | ExitReason::Shutdown(_) | ExitReason::Aborted(_) | ExitReason::Leaked => false,
    }
}

/// Most scopes have nothing in these tables: then not even a hash is made.
fn take<T>(table: &mut FxHashMap<u32, T>, record: Record) -> Option<T> {
    if table.is_empty() { None } else { table.remove(&record.index) }
}

fn is_in<T>(table: &FxHashMap<u32, T>, record: Record) -> bool {
    !table.is_empty() && table.contains_key(&record.index)
}

/// Those marked as waiting through tenure: the mark is set before the flag is looked at, the flag before this walk (L10).
fn waiting_tasks(tasks: impl Iterator<Item = Record>) -> Vec<TaskId> {
    before_the_walk();
    tasks.filter(|record| record.slot.word.read().has(WAITS)).map(Record::id).collect()
}

impl ScopeCore {
    /// When it was cancelled, if it was.
    pub(crate) fn cancelled_at(&self) -> Option<Instant> {
        self.inner.lock().cancelled_at
    }

    fn wake_waiting(&self, waiting: Vec<TaskId>) {
        waiting.into_iter().chain(self.life_task()).for_each(slab::wake);
    }
}

/// Owns the tasks of tenure's own: they have a record each, and stand outside the account (S10f).
struct House(TaskPath, Context);

impl TaskOwner for House {
    fn task_ended(&self, record: Record, _: End<'_>) {
        drop(exits::publish(record, None));
    }

    fn abort(&self, record: Record, _: Cause) {
        record.abort();
    }

    fn path(&self) -> &TaskPath {
        &self.0
    }

    fn bounds(&self) -> Bounds<'_> {
        self.1.bounds()
    }
}

/// Starts a task of tenure's own at the root. It is `known` by its number before it can run.
pub(crate) fn spawn_house<F>(root: &Arc<ScopeCore>, ctx: &Context, known: impl FnOnce(TaskId), future: F)
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let Some(record) = Record::take() else { return };
    record.slot.scope.store(root.number().0, Relaxed);
    record.publish(&Birth { class: Class::Service, flags: HOUSE, site: root.site, starter: None });
    known(record.id());
    let house = Arc::new(House(root.path.clone(), ctx.clone()));
    drop(rt::spawn(&root.tree.runtime, Task::new(future, house, None, record, PolledBy::Tokio)));
}

impl Home for ScopeCore {
    fn path(&self) -> &TaskPath {
        &self.path
    }

    fn said_ready(&self) {
        let mut at = Some(self);
        while let Some(scope) = at {
            if let Some(watch) = scope.watching() {
                return watch.said_ready();
            }
            at = scope.parent.as_deref();
        }
    }

    fn abort_at(&self) -> Option<Instant> {
        Some(self.inner.lock().cancelled_at? + self.stop.cancel)
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl Inner {
    /// Counts the end if it is one like nearly all: of a task that is nothing more, and that others outlive. Nothing is to be
    /// done then but to unlink it.
    fn task_ended_quietly(&mut self, record: Record, end: &End<'_>) -> bool {
        let is_in_tables = is_in(&self.principals, record)
            || is_in(&self.blocking, record)
            || is_in(&self.task_times, record);
        !is_in_tables
            && end.secondary.is_none()
            && !record.slot.word.read().has(LEAKED)
            && self.own.task_ended_quietly(&end.reason, end.value)
    }
}

/// Marks the task ended, and tells who waits for that.
fn publish(record: Record, end: End<'_>) {
    let waiter = exits::publish(record, (end.value == HasValue::No).then(|| end.reason.into_owned()));
    if let Some(waiter) = waiter {
        waiter.wake();
    }
}

impl ScopeCore {
    /// Any other end of a task.
    fn task_ended_with_duties(&self, record: Record, number: u32, end: End<'_>) {
        let (id, suffix) = (record.id(), record.cold().suffix.load(Relaxed));
        if matches!(*end.reason, ExitReason::TimedOut { .. }) {
            self.expire_if_due(); // the deadline it noticed first may be the scope's, which is no failure of the task
        }
        let mut inner = self.inner.lock();
        unlink(&mut inner, record);
        let was_leaked = record.slot.word.read().has(LEAKED);
        inner.totals.ended.count(&end.reason);
        inner.totals.ended_late += u64::from(was_leaked);
        let principal = take(&mut inner.principals, record);
        let job = take(&mut inner.blocking, record);
        let times = take(&mut inner.task_times, record);
        let inner_ref = &mut *inner;
        let path = || self.path.child(inner_ref.names.text(number).unwrap_or_default(), suffix);
        // That of a principal is its supervisor's to judge.
        let judged = if principal.is_some() { &ExitReason::Normal } else { &*end.reason };
        let duties = inner_ref.own.task_ended(id, judged, end.value, was_leaked, path);
        let failed = (self.kind == Kind::Root && is_error(&end.reason)).then(&path);
        let secondary_of = end.secondary.as_ref().map(|_| path());
        inner_ref.names.release(number);
        let was_last = self.has_no_foreground(&inner);
        drop(inner);
        drop(job);
        if let (Some(panic), Some(task_path)) = (end.secondary, secondary_of) {
            let kind = EventKind::SecondaryPanic {
                message: panic.message.clone(),
                location: panic.location.clone(),
            };
            self.tree.events.emit(&task_path, 0, kind);
        }
        self.note_abort(record, &end.reason);
        if let Some(path) = failed {
            self.tree.notes.error(path, record.site(), end.reason.clone().into_owned());
        }
        for key in times.into_iter().flatten() {
            self.tree.timers.remove(key);
        }
        let reason = principal.is_some().then(|| end.reason.clone().into_owned());
        publish(record, End { secondary: None, ..end });
        self.perform(duties);
        self.foreground_over(was_last);
        if let (Some(principal), Some(reason)) = (principal, reason) {
            principal.task_ended(reason);
        }
    }

    /// For the report: who had to be forced.
    fn note_abort(&self, record: Record, reason: &ExitReason) {
        let word = record.slot.word.read();
        if word.has(ABORT) && !word.has(LEAKED) && self.tree.plan.cause().is_some() {
            self.tree.notes.aborted(record.id(), reason);
        }
    }

    fn foreground_over(&self, is_over: bool) {
        if is_over && self.tree.plan.cause().is_some() {
            self.tree.plan.wake_driver(); // main may have ended before
        }
    }

    /// At the root: nothing is left but the tasks of its children.
    fn has_no_foreground(&self, inner: &Inner) -> bool {
        self.kind == Kind::Root && inner.own.tasks_live() as usize <= inner.principals.len()
    }
}

impl TaskOwner for ScopeCore {
    fn task_ended(&self, record: Record, end: End<'_>) {
        // Written when it was admitted: a cache miss that others need not wait for.
        let number = record.cold().name.load(Relaxed);
        let mut inner = self.inner.lock();
        if !inner.task_ended_quietly(record, &end) {
            drop(inner);
            return self.task_ended_with_duties(record, number, end);
        }
        unlink(&mut inner, record);
        inner.totals.ended.count(&end.reason);
        inner.names.release(number);
        let was_last = self.has_no_foreground(&inner);
        drop(inner);
        self.note_abort(record, &end.reason);
        publish(record, end);
        self.foreground_over(was_last);
    }

    fn abort(&self, record: Record, cause: Cause) {
        exits::note_abort(record.id(), cause);
        record.abort();
        if record.is_ended() {
            drop(exits::take_abort(record.id())); // it ended before the mark: nobody will take the note
            return;
        }
        let job = self.inner.lock().blocking.get(&record.index).cloned();
        if let Some(job) = job {
            job.withdraw();
        }
    }

    fn path(&self) -> &TaskPath {
        &self.path
    }

    fn bounds(&self) -> Bounds<'_> {
        Bounds { lifetime: &self.lifetime, deadline: self.deadline }
    }
}
