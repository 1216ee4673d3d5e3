//! One look at the records of a root: the rows, and the walk that fills them. It runs no user code and blocks no worker:
//! no lock is held longer than one scope takes to list its tasks.

use crate::ident::{Class, ScopeState, TaskId, TaskPath};
use crate::record::wait::WaitKind;
use std::panic::Location;
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
    pub stop: crate::context::Stop,
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
