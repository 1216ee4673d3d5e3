//! The mailbox: places, order, admission, withdrawal, and the account of one owner's requests (S38, S39).

use crate::account::Account;
use crate::clock::now_coarse_ms;
use crate::context::lanes::{Expire, Lanes};
use crate::context::timers::{Due, Key, Timed};
use crate::error::{CallErrorKind, Cause};
use crate::exit::{ExitReason, Panic};
use crate::ident::{TaskId, TaskPath};
use crate::owner::dispatch::BatchOf;
use crate::owner::inline::PATIENCE;
use crate::owner::lifecycle::{Counts, OwnerStats};
use crate::owner::lifecycle::{Phase, Withdrawn};
use crate::owner::mailbox::counts::InlineCounts;
use crate::owner::mailbox::options::{Inline, Options, Overflow};
use crate::owner::mailbox::turns::clear_tombstones;
use crate::owner::owner::{Drained, Slot};
use crate::owner::request::{Cell, Kind, Queued, Refusal, Why};
use crate::owner::turn::{Env, OwnerOps, TurnsEnded};
use crate::raw::Seat;
use crate::record::slab::RecordRef;
use crate::record::wait::Wakee;
use crate::scope::core::Tree;
use crate::scope::cycle::Refuse;
use crate::scope::snapshot::{CountRequests, OwnerSeen};
use crate::sync::{Guard, Mutex};
use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, OnceLock, Weak};
use tokio::time::Instant;

/// The mailbox under its lock.
pub(super) type Guarded<'a, S> = Guard<'a, Inner<S>>;

pub(super) struct Inner<S> {
    /// In the order of acceptance. At most `capacity` queued entries and as many withdrawn ones (S34d).
    pub(super) queue: VecDeque<Arc<dyn Queued<S>>>,
    /// An inline turn ended the incarnation: the owner's task does the rest.
    pub(super) inline_end: Option<Box<InlineEnd>>,
    pub(super) phase: Phase,
    /// An inline turn of an earlier life still runs, and holds the seat: how that life ended. Meanwhile the present life's state
    /// stays with its task, and whoever holds the seat begins nothing.
    pub(super) stale: Option<Box<ExitReason>>,
    /// When the turn that runs began, by the coarse clock; without meaning while none runs.
    pub(super) turn_since_ms: u32,
    /// The inline turn that the last look at this owner has found, by its number.
    pub(super) turn_seen: u64,
    pub(super) counts: Counts,
    pub(super) tombstones: u32,
    /// Since when there has been no place, if somebody wanted one (S39f).
    pub(super) full_since_ms: Option<u32>,
    /// It ended, and nobody had asked for that: when and how.
    pub(super) died: Option<(u32, &'static str)>,
    /// Without a place, in the order of arrival. Bounded by the callers that wait.
    pub(super) waiting: VecDeque<Arc<dyn Queued<S>>>,
    pub(super) lanes: Lanes,
    /// The time that stands for the earliest deadline.
    pub(super) armed: Option<Key>,
    /// Queued requests that were told of the end (S38f).
    pub(super) told: u64,
    /// The owner's task, while it waits for requests.
    pub(super) owner: Option<Wakee>,
    /// It gathers a batch: what it has, and how many requests would fill it.
    pub(super) gathers: Option<(BatchOf, u64)>,
    /// What the present life is called, or the last one (S27a).
    pub(super) incarnation: u32,
    /// Lives begun so far, and whether the last of them goes on.
    pub(super) life: u32,
    pub(super) lives: bool,
    /// The life ends after its turn in progress, and the queue waits for the next one (S28d).
    pub(super) halts: bool,
    /// How the present life ended, or the last one.
    pub(super) drained: Option<Drained>,
}

/// The state of an idle owner, with what its turns need.
pub(crate) struct Parked<S> {
    pub(crate) state: Box<S>,
    pub(crate) env: Arc<Env>,
    /// Another count of it, for the turn that runs: to take one for each turn would be two writes to a shared line.
    pub(crate) spare: Option<Arc<Env>>,
    /// The owner's task, which is the current one while an inline turn runs (S51c), and the lifetime it is under.
    pub(crate) task: Option<TaskId>,
    pub(crate) lifetime: usize,
    /// Which life's it is, and what that is called.
    pub(crate) life: u32,
    pub(crate) incarnation: u32,
    /// Of the owner's task: should it be ended by force during an inline turn, the turn's waits are still written here.
    pub(crate) _record: Option<RecordRef>,
}

/// How the incarnation ended while its own task did not run its turns.
pub(super) enum InlineEnd {
    /// The state is gone (S37a).
    Panicked(Panic),
    /// `turn.fail` was called: the error stands in the life's environment (S37c).
    Failed,
    /// By force, during an inline turn, whose thread drops the state.
    Died(ExitReason),
}

/// In a place of its own in memory: a caller's look at the path must not wait for another's turn.
#[repr(C, align(128))]
pub(crate) struct Mailbox<S> {
    /// The state, while the owner idles: whoever takes it runs turns (S33a).
    pub(super) seat: Seat<Parked<S>>,
    pub(super) inline: InlineCounts,
    /// How long a caller looks before it queues ([`Held::take`](crate::owner::inline::Held::take)).
    pub(super) patience: AtomicU32,
    pub(super) inner: Mutex<Inner<S>>,
    placed: OnceLock<Placed>,
    /// What it is called before it has a place.
    name: TaskPath,
    me: Weak<Self>,
    /// The task of the present life; 0 where there is none.
    task: AtomicU64,
}

/// Where a mailbox stands, once its spec was given to an owner. A handle may be taken before.
struct Placed {
    path: TaskPath,
    options: Options,
    tree: Arc<Tree>,
    /// The child it belongs to, which holds this mailbox.
    slot: Weak<dyn Slot>,
    counted_as: usize,
}

/// A call whose reply an inline turn kept: its deadline, and whom to tell.
pub(crate) type Kept = (Instant, Weak<dyn Expire>);

/// What became of a request at the door.
pub(crate) enum Entered {
    Queued,
    /// No place: told when there is one.
    Waiting,
    /// An inline turn has answered it.
    Answered,
    Refused(Refused),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Stopped,
    Closed,
}

/// Wakes that were collected under the lock.
#[must_use = "nobody has been told yet"]
#[derive(Default)]
pub(crate) struct Wakes(pub(super) Vec<Wakee>);

impl Wakes {
    pub(super) fn add(&mut self, wakee: Option<Wakee>) {
        self.0.extend(wakee);
    }

    pub(crate) fn wake(self) {
        self.0.into_iter().for_each(Wakee::wake);
    }
}

impl<S: Send + 'static> Mailbox<S> {
    pub(crate) fn new(name: &str) -> Arc<Self> {
        let inner = Inner {
            phase: Phase::Starting,
            queue: VecDeque::new(),
            waiting: VecDeque::new(),
            tombstones: 0,
            lanes: Lanes::default(),
            armed: None,
            counts: Counts::default(),
            told: 0,
            owner: None,
            gathers: None,
            stale: None,
            turn_seen: 0,
            inline_end: None,
            incarnation: 0,
            life: 0,
            lives: false,
            halts: false,
            drained: None,
            turn_since_ms: 0,
            full_since_ms: None,
            died: None,
        };
        Arc::new_cyclic(|me| Self {
            placed: OnceLock::new(),
            name: TaskPath::from(name),
            me: Weak::clone(me),
            task: AtomicU64::new(0),
            seat: Seat::new(),
            inline: InlineCounts::default(),
            patience: AtomicU32::new(*PATIENCE.end()),
            inner: Mutex::new(inner),
        })
    }

    /// Its child has a place. What was sent before is served like the rest.
    pub(crate) fn place(&self, path: TaskPath, mut options: Options, tree: Arc<Tree>, slot: Weak<dyn Slot>) {
        if !tree.inline {
            options.inline = Inline::Never;
        }
        let counted_as = tree.requests.add(Weak::clone(&self.me) as Weak<dyn CountRequests>);
        self.placed.set(Placed { path, options, tree, slot, counted_as }).ok();
        if let Some(me) = self.me.upgrade() {
            me.fire(Due::Deadline); // sets the time for what was sent before
        }
    }

    pub(crate) fn is_placed(&self) -> bool {
        self.placed.get().is_some()
    }

    pub(crate) fn path(&self) -> &TaskPath {
        self.placed.get().map_or(&self.name, |placed| &placed.path)
    }

    pub(crate) fn options(&self) -> &Options {
        static BEFORE: Options = Options::DEFAULT;
        self.placed.get().map_or(&BEFORE, |placed| &placed.options)
    }

    pub(super) fn tree(&self) -> Option<&Arc<Tree>> {
        self.placed.get().map(|placed| &placed.tree)
    }

    pub(super) fn set_task(&self, id: Option<TaskId>) {
        let id = id.unwrap_or(TaskId { index: 0, generation: 0 });
        self.task.store(u64::from(id.generation) << 32 | u64::from(id.index), Relaxed);
    }

    pub(crate) fn task(&self) -> Option<TaskId> {
        let word = self.task.load(Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let id = TaskId { index: word as u32, generation: (word >> 32) as u32 };
        (id.index != 0).then_some(id)
    }

    pub(crate) fn supervisor_task(&self) -> Option<TaskId> {
        self.slot()?.supervisor_task()
    }

    pub(crate) fn incarnation(&self) -> u32 {
        self.slot().map_or(0, |slot| slot.incarnation())
    }

    fn slot(&self) -> Option<Arc<dyn Slot>> {
        self.placed.get().and_then(|placed| placed.slot.upgrade())
    }

    /// The present life, or the last one.
    pub(crate) fn life(&self) -> u32 {
        self.inner.lock().life
    }

    pub(crate) fn phase(&self) -> Phase {
        self.inner.lock().phase
    }

    // ---- the callers' side ---------------------------------------------------------------------------------------

    /// Lets a request in, at the end of the queue, or at the end of those who wait for a place.
    pub(crate) fn enter<P, T>(&self, cell: &Arc<Cell<P, T>>, overflow: Overflow) -> Entered
    where
        Cell<P, T>: Queued<S> + Expire,
        P: Send + 'static,
        T: Send + 'static,
    {
        let mut inner = self.inner.lock();
        if cell.pinned.is_some_and(|life| life != inner.life || !inner.lives) {
            return Entered::Refused(Refused::Closed); // its incarnation is gone (S27f)
        }
        if !inner.phase.admits() {
            let refused = if inner.phase == Phase::Closed { Refused::Closed } else { Refused::Stopped };
            return Entered::Refused(refused);
        }
        let has_place = inner.counts.queued < u64::from(self.options().capacity);
        if !has_place {
            inner.counts.full_total += 1;
            inner.full_since_ms.get_or_insert_with(now_coarse_ms);
            if overflow == Overflow::Reject {
                return Entered::Refused(Refused::Full);
            }
        }
        let arm = match (cell.kind, has_place) {
            (Kind::Call, _) | (_, false) => {
                let expire: Weak<Cell<P, T>> = Arc::downgrade(cell);
                cell.deadline().and_then(|at| inner.lanes.add(at, expire as Weak<dyn Expire>))
            }
            (_, true) => None,
        };
        let request: Arc<dyn Queued<S>> = Arc::clone(cell) as Arc<dyn Queued<S>>;
        let (entered, owner) = if has_place {
            drop(request.admit()); // the caller is in its own poll
            (Entered::Queued, self.accept(&mut inner, request))
        } else {
            inner.waiting.push_back(request);
            (Entered::Waiting, None)
        };
        drop(inner);
        self.arm(arm);
        if let Some(owner) = owner {
            owner.wake();
        }
        entered
    }

    pub(super) fn arm(&self, at: Option<Instant>) {
        let (Some(at), Some(me), Some(tree)) = (at, self.me.upgrade(), self.tree()) else { return };
        let key = tree.timers.at(at, me as Arc<dyn Timed>, Due::Deadline);
        let old = self.inner.lock().armed.replace(key);
        if let Some(old) = old {
            tree.timers.remove(old);
        }
    }

    /// A request that was never accepted.
    pub(crate) fn count_refused<P>(&self, kind: &CallErrorKind<P>) {
        self.inner.lock().counts.refuse(kind);
    }

    /// The caller takes its request back, if the turn has not begun (O1).
    pub(crate) fn withdraw<P, T>(&self, cell: &Cell<P, T>, why: Why, cause: Option<Cause>) -> Withdrawn<P, T>
    where
        P: Send + 'static,
        T: Send + 'static,
        Cell<P, T>: Queued<S>,
    {
        self.withdraw_from(self.inner.lock(), cell, why, cause)
    }

    /// The same for a request that has not begun; else nothing happens.
    pub(crate) fn withdraw_unbegun<P, T>(&self, cell: &Cell<P, T>, why: Why) -> Withdrawn<P, T>
    where
        P: Send + 'static,
        T: Send + 'static,
        Cell<P, T>: Queued<S>,
    {
        let inner = self.inner.lock();
        if !cell.is_queued() && !cell.is_waiting() {
            return Withdrawn::Nothing;
        }
        self.withdraw_from(inner, cell, why, None)
    }

    fn withdraw_from<P, T>(
        &self,
        mut inner: Guarded<'_, S>,
        cell: &Cell<P, T>,
        why: Why,
        cause: Option<Cause>,
    ) -> Withdrawn<P, T>
    where
        P: Send + 'static,
        T: Send + 'static,
        Cell<P, T>: Queued<S>,
    {
        let mut wakes = Wakes::default();
        let mut cleared = Vec::new();
        let (withdrawn, turn) = cell.withdraw();
        match &withdrawn {
            Withdrawn::NotBegun(_) => {
                inner.counts.discard(why);
                inner.tombstones += 1;
                wakes = self.admit_waiting(&mut inner);
                if inner.tombstones >= self.options().capacity.max(1) {
                    cleared = clear_tombstones(&mut inner);
                }
            }
            Withdrawn::NotAccepted(_) => {
                let gone = std::ptr::from_ref(cell).addr();
                inner.waiting.retain(|there| Arc::as_ptr(there).addr() != gone);
            }
            Withdrawn::Begun if why == Why::Expired => inner.counts.expired_begun += 1,
            Withdrawn::Begun | Withdrawn::Done(_) | Withdrawn::Nothing => {}
        }
        drop(inner);
        self.drop_over(cleared);
        wakes.wake();
        if let (Some(turn), Some(cause)) = (turn, cause) {
            turn.cancel(cause, cell.ctx.path());
        }
        withdrawn
    }

    /// A request gets its place; the owner is to be woken, unless a caller's turn runs: the end of that turn does it.
    fn accept(&self, inner: &mut Guarded<'_, S>, request: Arc<dyn Queued<S>>) -> Option<Wakee> {
        let batch = request.batch_of();
        inner.queue.push_back(request);
        inner.counts.accepted += 1;
        inner.counts.queued += 1;
        if let Some((gathered, full)) = inner.gathers
            && batch == Some(gathered)
            && inner.counts.queued < full
        {
            return None; // the owner's task waits for more of them, or for the time
        }
        self.shut(inner)
    }

    /// Something has changed that whoever runs turns must see. The owner's task is to be woken for it, unless a caller's
    /// turn runs: that cannot end without seeing it.
    pub(super) fn shut(&self, inner: &mut Guarded<'_, S>) -> Option<Wakee> {
        let is_held = self.seat.shut();
        if is_held && inner.stale.is_none() { None } else { inner.owner.take() }
    }

    /// Free places go to those who wait, in the order of arrival (S39b).
    pub(super) fn admit_waiting(&self, inner: &mut Guarded<'_, S>) -> Wakes {
        let capacity = u64::from(self.options().capacity);
        let mut wakes = Wakes::default();
        while inner.counts.queued < capacity {
            let Some(request) = inner.waiting.pop_front() else { break };
            wakes.add(request.admit());
            if request.is_queued() {
                wakes.add(self.accept(inner, request));
            }
        }
        if inner.counts.queued < capacity {
            inner.full_since_ms = None;
        }
        wakes
    }

    pub(crate) fn stats(&self) -> OwnerStats {
        let inner = self.inner.lock();
        let counts = self.counts(&inner);
        let oldest =
            inner.queue.iter().find(|request| request.is_queued()).and_then(|request| request.since());
        OwnerStats {
            accepted: counts.accepted,
            queued: counts.queued,
            begun: counts.begun,
            replied: counts.answered.replied,
            unheard: counts.unheard,
            handled: counts.answered.handled,
            failed: counts.answered.failed,
            discarded_caller_gone: counts.discarded.caller_gone,
            discarded_cancelled: counts.discarded.cancelled,
            discarded_expired: counts.discarded.expired,
            discarded_stopped: counts.discarded.stopped,
            discarded_died: counts.discarded.died,
            calls_refused: counts.refused.sum(),
            full_total: counts.full_total,
            capacity: self.options().capacity,
            waiting: u32::try_from(inner.waiting.len()).unwrap_or(u32::MAX),
            oldest_age: oldest.map(|since| crate::clock::now().saturating_duration_since(since)),
            entries: u32::try_from(inner.queue.len()).unwrap_or(u32::MAX),
        }
    }
}

pub(super) fn refuse_waiting<S>(
    inner: &mut Guarded<'_, S>,
    waiting: &VecDeque<Arc<dyn Queued<S>>>,
    refusal: &Refusal,
) -> Wakes {
    let mut wakes = Wakes::default();
    for request in waiting {
        let (refused, wakee) = request.refuse(refusal, inner.incarnation);
        wakes.add(wakee);
        if refused {
            match refusal {
                Refusal::Stopped => inner.counts.refused.stopped += 1,
                Refusal::Closed | Refusal::Died(_) => inner.counts.refused.closed += 1,
                Refusal::Deadlock(_) => inner.counts.refused.deadlock += 1,
            }
        }
    }
    wakes
}

impl<S: Send + 'static> Timed for Mailbox<S> {
    fn fire(self: Arc<Self>, _: Due) {
        let mut inner = self.inner.lock();
        inner.armed = None;
        let (due, next) = inner.lanes.due(crate::clock::now());
        drop(inner);
        self.arm(next);
        due.into_iter().for_each(|call| call.expire());
    }
}

impl<S: Send + 'static> Refuse for Mailbox<S> {
    fn refuse_call_of(&self, caller: TaskId, cycle: &[TaskPath]) -> bool {
        let refusal = Refusal::Deadlock(cycle.to_vec());
        let mut inner = self.inner.lock();
        let is_his = |request: &&Arc<dyn Queued<S>>| request.waiter() == Some(caller);
        let queued = inner.queue.iter().filter(is_his).find(|request| request.is_queued()).cloned();
        let waiting = inner.waiting.iter().filter(is_his).find(|request| request.is_waiting()).cloned();
        let mut wakes = Wakes::default();
        let mut cleared = Vec::new();
        let refused = if let Some(request) = &queued {
            let (refused, wakee) = request.refuse(&refusal, inner.incarnation);
            wakes.add(wakee);
            inner.counts.discard(Why::Cancelled);
            inner.tombstones += 1;
            wakes.0.extend(self.admit_waiting(&mut inner).0);
            if inner.tombstones >= self.options().capacity.max(1) {
                cleared = clear_tombstones(&mut inner);
            }
            refused
        } else if let Some(request) = &waiting {
            let (refused, wakee) = request.refuse(&refusal, inner.incarnation);
            wakes.add(wakee);
            inner.counts.refused.deadlock += 1;
            inner.waiting.retain(|there| !Arc::ptr_eq(there, request));
            refused
        } else {
            false
        };
        drop(inner);
        self.drop_over(cleared.into_iter().chain(queued).chain(waiting));
        wakes.wake();
        refused
    }
}

impl<S: Send + 'static> OwnerOps for Mailbox<S> {
    fn request_stop(&self) {
        if let Some(slot) = self.slot() {
            slot.request_stop();
        }
    }

    fn count(&self, ended: &TurnsEnded) {
        self.inner.lock().counts.end(ended);
    }

    fn turn_failed(&self, life: u32) {
        let mut inner = self.inner.lock();
        if !inner.lives || inner.life != life {
            return; // of an earlier life
        }
        inner.inline_end.get_or_insert_with(|| Box::new(InlineEnd::Failed));
        let owner = self.shut(&mut inner);
        drop(inner);
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl<S: Send + 'static> CountRequests for Mailbox<S> {
    fn add_to(&self, account: &mut Account) {
        let inner = self.inner.lock();
        self.counts(&inner).add_to(account);
    }

    fn seen(&self) -> Option<OwnerSeen> {
        Some(self.look())
    }
}

impl<S> Mailbox<S> {
    /// All requests there were, inline turns among them.
    pub(super) fn counts(&self, inner: &Inner<S>) -> Counts {
        let mut counts = inner.counts.clone();
        self.inline.add_to(&mut counts);
        counts
    }
}

struct LastCounts(Account);

impl CountRequests for LastCounts {
    fn add_to(&self, account: &mut Account) {
        *account += self.0;
    }

    fn seen(&self) -> Option<OwnerSeen> {
        None
    }
}

impl<S> Drop for Mailbox<S> {
    fn drop(&mut self) {
        let Some(placed) = self.placed.get() else { return };
        let mut last = Account::default();
        self.counts(&self.inner.lock()).add_to(&mut last);
        placed.tree.requests.fold(placed.counted_as, &LastCounts(last));
    }
}
