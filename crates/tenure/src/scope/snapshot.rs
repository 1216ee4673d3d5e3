//! One look at the records of a root: the rows, and the walk that fills them. It runs no user code and blocks no worker:
//! no lock is held longer than one scope takes to list its tasks.

use crate::account::Account;
use crate::clock;
use crate::context::Stop;
use crate::ident::{Class, ScopeState, TaskId, TaskPath};
use crate::raw;
use crate::record::Record;
use crate::record::slab::{self, RecordRef};
use crate::record::wait::{self, EdgeTarget, WaitKind, Word};
use crate::record::word::{ENDED, HOUSE, INLINE, LEAKED, RUNNING, WOKEN};
use crate::scope::core::{Kind, ScopeCore, path_of_record, scope_at};
use crate::sync::lock_static;
use ::slab::Slab;
use std::any::Any;
use std::panic::Location;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

/// One look at the records of a root. Each row is consistent, the set is not an atomic cut.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// Live tasks, by path.
    pub tasks: Vec<TaskRow>,
    /// Live scopes, by path.
    pub scopes: Vec<ScopeRow>,
    /// The account at that time (S16).
    pub account: crate::account::Account,
    /// Tokio's alive tasks minus tenure's, all roots of the process counted: what nobody owns.
    pub unowned: u64,
}

/// Answers for a live task: who started it, who stops it, when does it exit, what does it wait for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskRow {
    /// Its record.
    pub id: TaskId,
    /// Where it stands.
    pub path: TaskPath,
    /// Which life of a child it is (S27a); 0 for a task that is none.
    pub incarnation: u32,
    /// Its contract.
    pub class: Class,
    /// What it does now.
    pub state: TaskState,
    /// Its ladder has run out (S10c).
    pub leaked: bool,
    /// Since its spawn.
    pub age: Duration,
    /// How often it was polled.
    pub polls: u64,
    /// Who started it; `None` once the starter has ended, or for main.
    pub started_by: Option<TaskId>,
    /// Where it was spawned.
    pub site: &'static Location<'static>,
    /// The scope that stops it.
    pub scope: TaskPath,
    /// The ladder's times of that scope.
    pub stop: Stop,
    /// Until its deadline, `None` without one; zero if that has passed.
    pub deadline_in: Option<Duration>,
    /// What it waits for; several under `join!` and `select!`.
    pub waits: Vec<Wait>,
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the states of the semantics, section 0.3")]
pub enum TaskState {
    /// Not polled yet.
    Queued,
    /// Being polled, or woken and about to be.
    Running,
    /// Pending.
    Waiting,
    /// Ended; the record stands only because somebody holds its handle.
    Ended,
}

/// A live scope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScopeRow {
    /// Where it stands.
    pub path: TaskPath,
    /// Its state.
    pub state: ScopeState,
    /// Its live tasks, without those of scopes below.
    pub live: u64,
    /// Its owner; `None` for the root.
    pub parent: Option<TaskPath>,
    /// Where it was made.
    pub site: &'static Location<'static>,
}

/// An edge of the wait-for graph.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Wait {
    /// What for.
    pub kind: WaitKind,
    /// On whom, where that is known.
    pub on: Option<TaskPath>,
    /// For how long.
    pub since: Duration,
    /// What guarantees that it ends.
    pub exit_path: ExitPath,
}

/// What event guarantees that a wait ends: the best class first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the classes of the proof")]
pub enum ExitPath {
    /// Its event.
    Event,
    /// The end of whoever should cause the event.
    OwnerDeath,
    /// A deadline.
    Deadline,
    /// A cancellation.
    Cancel,
    /// Nothing that tenure knows of.
    None,
}

/// What a wait is for, as it follows "waited for".
pub(crate) fn sentence(edge: Word, record: Record) -> String {
    // Whoever waits is told of the end a moment after it.
    let on = on_whom(edge).map_or_else(|| "one that has ended".to_owned(), |path| format!("`{path}`"));
    let site = raw::site_from_offset(record.cold().wait_site.load(Relaxed));
    let at = site.map(|site| format!(" at {site}")).unwrap_or_default();
    let what = match edge.kind() {
        WaitKind::Reply => format!("the reply of {on}"),
        WaitKind::MailboxSpace => format!("a place in the mailbox of {on}"),
        WaitKind::MailboxEmpty => "requests".to_owned(),
        WaitKind::Join => format!("the end of {on}"),
        WaitKind::Children => "the end of its children".to_owned(),
        WaitKind::Timer => "a timer".to_owned(),
        WaitKind::Cancel => "its context".to_owned(),
        WaitKind::Foreign => "a future that tenure does not know".to_owned(),
    };
    format!("{what}{at}")
}

pub(crate) fn on_whom(edge: Word) -> Option<TaskPath> {
    match edge.shown_target()? {
        EdgeTarget::Scope { index, generation } => Some(scope_at(index, Some(generation))?.path.clone()),
        target @ EdgeTarget::Task { .. } => path_of_record(target.task()?.record()),
    }
}

/// Looks at all records of a root.
pub(crate) fn look(root: &Arc<ScopeCore>) -> Snapshot {
    let mut tasks = Vec::new();
    let mut scopes = Vec::new();
    let mut todo = vec![Arc::clone(root)];
    while let Some(scope) = todo.pop() {
        let (members, children) = scope.members();
        let refs = members.into_iter().filter_map(RecordRef::of);
        tasks.extend(refs.filter_map(|task| row(task.record(), &scope)));
        scopes.push(ScopeRow {
            path: scope.path.clone(),
            state: scope.state(),
            live: scope.with_own(|own| u64::from(own.tasks_live())),
            parent: scope.parent.as_ref().map(|parent| parent.path.clone()),
            site: scope.site,
        });
        todo.extend(children);
    }
    let own = [root.tree.housekeeper.get().copied(), root.tree.pulse.task()];
    let own = own.into_iter().flatten().filter_map(RecordRef::of);
    tasks.extend(own.filter_map(|task| row(task.record(), root)));
    tasks.sort_by(|a: &TaskRow, b| a.path.cmp(&b.path));
    scopes.sort_by(|a: &ScopeRow, b| a.path.cmp(&b.path));
    Snapshot { tasks, scopes, account: root.account(), unowned: unowned(root) }
}

fn row(record: Record, scope: &ScopeCore) -> Option<TaskRow> {
    let word = record.slot.word.read();
    let polls = record.slot.polls.load(Relaxed);
    let state = if word.has(ENDED) {
        TaskState::Ended
    } else if word.has(RUNNING) {
        TaskState::Running
    } else if polls == 0 {
        TaskState::Queued
    } else if word.has(WOKEN) {
        TaskState::Running
    } else {
        TaskState::Waiting
    };
    let deadline = scope.deadline_of(record);
    let edges = wait::edges(record);
    let waits = edges.into_iter().map(|(edge, since)| wait_row(edge, since, deadline.is_some())).collect();
    let path = match word.has(HOUSE) {
        true if scope.tree.pulse.task() == Some(record.id()) => scope.path.child("~heartbeat", 1),
        true => scope.path.child("~ladder", 1),
        false => path_of_record(record)?,
    };
    Some(TaskRow {
        id: record.id(),
        path,
        incarnation: scope.incarnation_of(record),
        class: word.class(),
        state,
        leaked: word.has(LEAKED),
        age: clock::age(record.cold().created_ms.load(Relaxed)),
        polls: u64::from(polls),
        started_by: record
            .starter()
            .filter(|id| RecordRef::of(*id).is_some_and(|task| !task.record().is_ended())),
        site: record.site()?,
        scope: scope.path.clone(),
        stop: scope.stop,
        deadline_in: deadline.map(|at| at.saturating_duration_since(clock::now())),
        waits,
    })
}

fn wait_row(edge: Word, since_ms: u32, has_deadline: bool) -> Wait {
    Wait {
        kind: edge.kind(),
        on: on_whom(edge),
        since: clock::age(since_ms),
        exit_path: exit_path(edge, has_deadline),
    }
}

/// What guarantees that a wait ends. The end of a task whose ladder has run out is no guarantee any more, and a join is
/// not cut short by the joiner's own context (S2e).
pub(crate) fn exit_path(edge: Word, has_deadline: bool) -> ExitPath {
    match edge.kind() {
        WaitKind::Join if waits_for_leaked(edge) => ExitPath::None,
        WaitKind::Reply | WaitKind::MailboxSpace | WaitKind::Join | WaitKind::Children => {
            ExitPath::OwnerDeath
        }
        WaitKind::Timer => ExitPath::Event,
        WaitKind::MailboxEmpty | WaitKind::Cancel | WaitKind::Foreign if has_deadline => ExitPath::Deadline,
        WaitKind::MailboxEmpty | WaitKind::Cancel | WaitKind::Foreign => ExitPath::Cancel,
    }
}

fn waits_for_leaked(edge: Word) -> bool {
    let target = edge.shown_target().and_then(EdgeTarget::task);
    target.is_some_and(|task| task.record().slot.word.read().has(LEAKED))
}

/// Tokio's alive tasks minus those with a record that has not ended, of all roots of the process.
fn unowned(root: &ScopeCore) -> u64 {
    let alive = root.tree.runtime.metrics().num_alive_tasks() as u64;
    let owned =
        (1..slab::high_water()).filter_map(RecordRef::at).filter(|task| is_alive_in_tokio(task.record()));
    alive.saturating_sub(owned.count() as u64)
}

fn is_alive_in_tokio(record: Record) -> bool {
    let word = record.slot.word.read();
    !word.has(ENDED) && word.class() != Class::Blocking && !word.has(INLINE)
}

/// How much an owner matters to the health of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it matters more than others, or not")]
pub enum Importance {
    /// A full mailbox is a warning.
    Plain,
    /// A full mailbox makes the health failing, and the program not ready.
    Critical,
}

/// One look at an owner, by which its health is judged. Ages are from this look.
#[derive(Clone, Debug)]
pub(crate) struct OwnerSeen {
    pub(crate) path: TaskPath,
    pub(crate) task: Option<TaskId>,
    pub(crate) importance: Importance,
    /// Of the turn that runs; hooks are turns.
    pub(crate) turn: Option<Duration>,
    /// Its own; `None`: the root's.
    pub(crate) turn_bound: Option<Duration>,
    /// Since the first refusal or wait for want of a place, as long as there was none since.
    pub(crate) full: Option<Duration>,
    pub(crate) capacity: u32,
    pub(crate) waiting: usize,
    /// Of the first queued request.
    pub(crate) oldest: Option<Duration>,
    /// Calls that have ended in any way, and of these by their deadline.
    pub(crate) calls_ended: u64,
    pub(crate) calls_expired: u64,
    /// It is down for good and nobody had asked for that: since when, and how it ended.
    pub(crate) down: Option<(Duration, &'static str)>,
}

/// What a supervisor says of itself when its health is judged. Ages are from this look.
#[derive(Clone, Debug)]
pub(crate) struct SupervisorNote {
    pub(crate) path: TaskPath,
    /// Children in backoff, and since when.
    pub(crate) in_backoff: Vec<(TaskPath, Duration)>,
    /// Restarts in the window of the intensity, and how many it allows.
    pub(crate) window: u32,
    pub(crate) restarts_max: u32,
    /// For how long the oldest entry has been in the window.
    pub(crate) window_age: Duration,
    /// Children that are isolated, and since when.
    pub(crate) isolated: Vec<(TaskPath, Duration)>,
    /// It gave up, and when.
    pub(crate) gave_up: Option<Duration>,
}

/// Something that restarts children. It is asked on any thread, must not wait, and must run no user code.
pub(crate) trait Supervises: Send + Sync {
    fn note(&self) -> SupervisorNote;
}

/// What the health of a root is judged by, beside its records.
#[derive(Default)]
pub(crate) struct Watched {
    /// Bounded by the supervisors that live: the dead ones go with the next look.
    supervisors: Mutex<Vec<Weak<dyn Supervises>>>,
    /// The plan has come to its stage `abort`.
    pub(crate) is_aborting: AtomicBool,
    /// What the health room keeps between two looks; it stands above this one.
    pub(crate) kept: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watched")
    }
}

impl Watched {
    pub(crate) fn add_supervisor(&self, supervisor: Weak<dyn Supervises>) {
        lock_static(&self.supervisors).push(supervisor);
    }

    /// What the supervisors that live say.
    pub(crate) fn supervisors(&self) -> Vec<SupervisorNote> {
        let mut supervisors = lock_static(&self.supervisors);
        supervisors.retain(|supervisor| supervisor.strong_count() > 0);
        let alive: Vec<_> = supervisors.iter().filter_map(Weak::upgrade).collect();
        drop(supervisors);
        alive.into_iter().map(|supervisor| supervisor.note()).collect()
    }
}

/// Request counters of owners, for the account.
pub(crate) trait CountRequests: Send + Sync {
    fn add_to(&self, account: &mut Account);
    /// What its health is judged by; `None` once it is gone.
    fn seen(&self) -> Option<OwnerSeen>;
}

/// The request side of the account: what ended owners counted, and the live ones.
#[derive(Default)]
pub(crate) struct Requests(pub(super) std::sync::Mutex<(Account, Slab<Weak<dyn CountRequests>>)>);

impl std::fmt::Debug for Requests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Requests")
    }
}

impl Requests {
    pub(crate) fn add(&self, owner: Weak<dyn CountRequests>) -> usize {
        lock_static(&self.0).1.insert(owner)
    }

    /// An owner goes for good: what it counted stays.
    pub(crate) fn fold(&self, key: usize, owner: &dyn CountRequests) {
        let mut requests = lock_static(&self.0);
        owner.add_to(&mut requests.0);
        let gone = requests.1.try_remove(key);
        drop(requests);
        drop(gone);
    }

    pub(super) fn add_to(&self, account: &mut Account) {
        let requests = lock_static(&self.0);
        *account += requests.0;
        let owners: Vec<_> = requests.1.iter().filter_map(|(_, owner)| owner.upgrade()).collect();
        drop(requests);
        for owner in owners {
            owner.add_to(account);
        }
    }
}

impl Requests {
    /// The owners that live, and those that are down and still referred to.
    pub(crate) fn owners(&self) -> Vec<OwnerSeen> {
        let requests = lock_static(&self.0);
        let owners: Vec<_> = requests.1.iter().filter_map(|(_, owner)| owner.upgrade()).collect();
        drop(requests);
        owners.into_iter().filter_map(|owner| owner.seen()).collect()
    }
}

/// What the shutdown report says of it.
impl ScopeCore {
    /// The outermost request scopes here and below: what is in flight (S44b).
    pub(crate) fn open_requests(self: &Arc<Self>) -> Vec<Arc<Self>> {
        let (mut open, mut todo) = (Vec::new(), vec![Arc::clone(self)]);
        while let Some(scope) = todo.pop() {
            let inner = scope.inner.lock();
            let children: Vec<_> = inner.children.iter().map(|(_, child)| Arc::clone(child)).collect();
            drop(inner);
            for child in children {
                if child.kind == Kind::Request { open.push(child) } else { todo.push(child) }
            }
        }
        open
    }

    /// Whether it was cancelled before it had ended.
    pub(crate) fn was_cancelled(&self) -> bool {
        self.inner.lock().cancelled_at.is_some()
    }
}
