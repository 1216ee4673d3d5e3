//! One look at everything a root has, and what the rules make of it. Most tasks are well: for them a look is a few loads,
//! and no path is made (H1).

use crate::clock::{age, now};
use crate::health::options::HealthOptions;
use crate::health::rule::{Age, Problem, Rule, Seen, Subject, SubjectKind};
use crate::health::rules::{
    BlockingIgnoresCancel, BusyPoll, DownForGood, DropOverdue, GaveUp, MailboxFull, RequestsHanging,
    RestartIntensity, RuntimeStalled, ScopeOverdue, ShutdownStraggler, TurnOverBound, WaitOverdue,
    WaitWithoutExitPath,
};
use crate::ident::{Class, ScopeState, TaskId, TaskPath};
use crate::raw;
use crate::record::Record;
use crate::record::slab::RecordRef;
use crate::record::wait::{self, EdgeTarget, WaitKind, Word};
use crate::record::word::RUNNING;
use crate::scope::ExitPath;
use crate::scope::core::{ScopeCore, path_of_record, scope_at};
use crate::scope::snapshot::{OwnerSeen, SupervisorNote, exit_path, sentence};
use crate::task::future::Site;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::time::Duration;

/// A live task.
#[derive(Debug)]
pub(super) struct TaskSeen<'a> {
    pub(super) record: Record,
    pub(super) scope: &'a ScopeCore,
    /// For how long it has been in this poll, if it is in one; a closure, for how long it has run.
    pub(super) polled: Option<Duration>,
    /// For how long its destructor has run, if it does.
    pub(super) dropping: Option<Duration>,
    /// For how long its scope has been cancelled.
    pub(super) cancelled: Option<Duration>,
    /// The shutdown has come to its stage `abort`.
    pub(super) is_aborting: bool,
}

impl TaskSeen<'_> {
    pub(super) fn class(&self) -> Class {
        self.record.slot.word.read().class()
    }

    /// Its path, as it stands in a sentence.
    pub(super) fn name(&self) -> String {
        path_of_record(self.record).map_or_else(|| "a task".to_owned(), |path| format!("`{path}`"))
    }
}

impl Seen for TaskSeen<'_> {
    fn subject(&self) -> Option<Subject> {
        let path = path_of_record(self.record)?;
        Some(Subject { kind: SubjectKind::Task, id: Some(self.record.id()), path })
    }

    fn site(&self) -> Option<Site> {
        self.record.site()
    }
}

/// One wait of a live task.
#[derive(Debug)]
pub(super) struct WaitSeen<'a> {
    pub(super) task: &'a TaskSeen<'a>,
    pub(super) edge: Word,
    pub(super) since: Duration,
    pub(super) exit_path: ExitPath,
}

impl WaitSeen<'_> {
    pub(super) fn whose(&self) -> String {
        self.task.name()
    }

    pub(super) fn sentence(&self) -> String {
        sentence(self.edge, self.task.record)
    }

    /// Whether the wait itself, the task that waits, or what it waits for will be over at a known time.
    pub(super) fn has_deadline(&self) -> bool {
        self.edge.is_bounded()
            || self.task.scope.deadline_of(self.task.record).is_some()
            || (self.edge.kind() == WaitKind::Join && self.target_has_deadline())
    }

    fn target_has_deadline(&self) -> bool {
        match self.edge.shown_target() {
            Some(EdgeTarget::Scope { index, generation }) => {
                scope_at(index, Some(generation)).is_some_and(|scope| scope.deadline.is_some())
            }
            Some(target @ EdgeTarget::Task { .. }) => target.task().is_some_and(|task| {
                let scope = scope_at(task.record().slot.scope.load(Relaxed), None);
                scope.is_some_and(|scope| scope.deadline_of(task.record()).is_some())
            }),
            None => false,
        }
    }

    /// What the task it waits for does now.
    pub(super) fn target_whereabouts(&self) -> Option<String> {
        whereabouts(self.edge.shown_target()?.task().map(|task| task.record().id()))
    }
}

impl Seen for WaitSeen<'_> {
    fn subject(&self) -> Option<Subject> {
        self.task.subject()
    }

    fn site(&self) -> Option<Site> {
        raw::site_from_offset(self.task.record.cold().wait_site.load(Relaxed)).or_else(|| self.task.site())
    }
}

/// A scope whose ladder has run out.
#[derive(Debug)]
pub(super) struct ScopeSeen {
    scope: Arc<ScopeCore>,
    /// Since when, if it has.
    pub(super) leaking: Option<Duration>,
    pub(super) live: u32,
    /// What has not ended.
    pub(super) leaked: Vec<TaskPath>,
}

impl ScopeSeen {
    pub(super) fn path(&self) -> &TaskPath {
        &self.scope.path
    }
}

impl Seen for ScopeSeen {
    fn subject(&self) -> Option<Subject> {
        Some(Subject { kind: SubjectKind::Scope, id: None, path: self.scope.path.clone() })
    }

    fn site(&self) -> Option<Site> {
        Some(self.scope.site)
    }
}

/// An owner, as far as its answers are concerned.
#[derive(Debug)]
pub(super) struct Hanging<'a> {
    pub(super) owner: &'a OwnerSeen,
    /// Of the window.
    pub(super) calls_ended: u64,
    pub(super) calls_expired: u64,
    /// The part of the window that is known.
    pub(super) over: Duration,
    /// The oldest request without an answer: queued, or begun and still waited for.
    pub(super) oldest: Option<Duration>,
}

impl Seen for Hanging<'_> {
    fn subject(&self) -> Option<Subject> {
        self.owner.subject()
    }

    fn site(&self) -> Option<Site> {
        self.owner.site()
    }
}

impl Seen for OwnerSeen {
    fn subject(&self) -> Option<Subject> {
        Some(Subject { kind: SubjectKind::Owner, id: self.task, path: self.path.clone() })
    }

    fn site(&self) -> Option<Site> {
        RecordRef::of(self.task?).and_then(|task| task.record().site())
    }
}

impl Seen for SupervisorNote {
    fn subject(&self) -> Option<Subject> {
        Some(Subject { kind: SubjectKind::Supervisor, id: None, path: self.path.clone() })
    }

    fn site(&self) -> Option<Site> {
        None
    }
}

/// The root, and whether its runtime runs.
#[derive(Debug)]
pub(super) struct RootSeen {
    pub(super) path: TaskPath,
    site: Site,
    pub(super) stalled: Duration,
    /// The tasks in a poll or in their destructor, with path, age and site: those that have been longest first.
    pub(super) polled: Vec<String>,
}

impl Seen for RootSeen {
    fn subject(&self) -> Option<Subject> {
        Some(Subject { kind: SubjectKind::Root, id: None, path: self.path.clone() })
    }

    fn site(&self) -> Option<Site> {
        Some(self.site)
    }
}

/// The same of an owner in a turn: if its own task idles, the turn is one of its callers'.
pub(super) fn turn_whereabouts(task: Option<TaskId>) -> Option<String> {
    let known = whereabouts(task)?;
    let is_inline = known == IDLE;
    Some(if is_inline { "It runs on its caller's thread.".to_owned() } else { known })
}

const IDLE: &str = "It is idle: its reply is kept, or held elsewhere.";

/// What a task does now, as a sentence.
pub(super) fn whereabouts(task: Option<TaskId>) -> Option<String> {
    let task = RecordRef::of(task?)?;
    let record = task.record();
    if record.slot.word.read().has(RUNNING) {
        return Some("It is in a poll.".to_owned());
    }
    let mut waits = Vec::new();
    wait::for_each_edge(record, |edge, _| waits.push(sentence(edge, record)));
    match waits.first().map(String::as_str) {
        None => None,
        Some("requests") => Some(IDLE.to_owned()),
        Some(wait) => Some(format!("It waits for {wait}.")),
    }
}

/// For how long it has been in this poll. Read twice: a poll that ended meanwhile has no age.
fn polled(record: Record) -> Option<Duration> {
    let polls = record.slot.polls.load(Acquire);
    if !record.slot.word.read().has(RUNNING) {
        return None;
    }
    let since = age(record.slot.last_poll_ms.load(Relaxed));
    let still = record.slot.word.read().has(RUNNING) && record.slot.polls.load(Acquire) == polls;
    still.then_some(since)
}

/// What the walk finds beside problems.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Problem>,
    /// For how long callers have waited for each owner's reply, at most.
    oldest_reply: FxHashMap<u32, Duration>,
    /// Age, name, and where it was spawned: at most as many as there are workers.
    in_poll: Vec<(Duration, String, Option<Site>)>,
}

/// The rules, with their thresholds.
#[derive(Debug)]
pub(super) struct Rules {
    options: HealthOptions,
}

impl Rules {
    pub(super) fn new(options: HealthOptions) -> Self {
        Self { options }
    }

    /// Looks at all scopes, tasks and waits of a root.
    pub(super) fn look_at_tasks(&self, root: &Arc<ScopeCore>) -> Found {
        let mut found = Found::default();
        let is_aborting = root.tree.watched.is_aborting.load(Relaxed);
        let mut todo = vec![Arc::clone(root)];
        while let Some(scope) = todo.pop() {
            let (tasks, children) = scope.members();
            todo.extend(children);
            let cancelled_at = scope.cancelled_at();
            let cancelled = cancelled_at.map(|at| now().saturating_duration_since(at));
            for task in tasks.into_iter().filter_map(RecordRef::of) {
                self.look_at_task(task.record(), &scope, cancelled, is_aborting, &mut found);
            }
            if scope.state() == ScopeState::Leaking {
                let ladder = scope.stop.cancel + scope.stop.abort;
                let leaked = scope.leaked_paths();
                let live = scope.with_own(|own| own.tasks_live());
                let leaking = Some(cancelled.unwrap_or_default().saturating_sub(ladder));
                let seen = ScopeSeen { scope, leaking, live, leaked };
                found.problems.extend(ScopeOverdue.judge(&seen));
            }
        }
        found
    }

    fn look_at_task(
        &self,
        record: Record,
        scope: &ScopeCore,
        cancelled: Option<Duration>,
        is_aborting: bool,
        found: &mut Found,
    ) {
        let dropping = record.is_dropping().then(|| age(record.slot.last_poll_ms.load(Relaxed)));
        let dropping = dropping.filter(|_| record.is_dropping());
        let task = TaskSeen { record, scope, polled: polled(record), dropping, cancelled, is_aborting };
        if task.record.is_ended() {
            return;
        }
        let options = &self.options;
        let rules: [&dyn for<'a> Rule<TaskSeen<'a>>; 4] = [
            &BusyPoll { after: options.busy_poll },
            &ShutdownStraggler,
            &BlockingIgnoresCancel { after: options.cancel_ignored },
            &DropOverdue { after: options.drop_overdue },
        ];
        found.problems.extend(rules.into_iter().filter_map(|rule| rule.judge(&task)));
        if let Some(busy) = task.polled.or(task.dropping).filter(|_| task.class() != Class::Blocking) {
            found.in_poll.push((busy, task.name(), record.site()));
        }
        wait::for_each_edge(record, |edge, since_ms| self.look_at_wait(&task, edge, age(since_ms), found));
    }

    fn look_at_wait(&self, task: &TaskSeen<'_>, edge: Word, since: Duration, found: &mut Found) {
        if edge.kind() == WaitKind::Reply
            && let Some(EdgeTarget::Task { index, .. }) = edge.shown_target()
        {
            let oldest = found.oldest_reply.entry(index).or_default();
            *oldest = (*oldest).max(since);
        }
        let wait = WaitSeen { task, edge, since, exit_path: exit_path(edge, false) };
        let rules: [&dyn for<'a> Rule<WaitSeen<'a>>; 2] =
            [&WaitWithoutExitPath, &WaitOverdue { overdue: self.options.overdue }];
        found.problems.extend(rules.into_iter().filter_map(|rule| rule.judge(&wait)));
    }

    /// Looks at an owner, of whose calls so many ended in the window.
    pub(super) fn look_at_owner(
        &self,
        owner: &OwnerSeen,
        in_window: (Duration, u64, u64),
        found: &mut Found,
    ) {
        let options = &self.options;
        let rules: [&dyn Rule<OwnerSeen>; 3] = [
            &TurnOverBound { bound: options.turn_bound },
            &MailboxFull { after: options.mailbox_full },
            &DownForGood,
        ];
        found.problems.extend(rules.into_iter().filter_map(|rule| rule.judge(owner)));
        let reply = owner.task.and_then(|task| found.oldest_reply.get(&task.index).copied());
        let (over, calls_ended, calls_expired) = in_window;
        let hanging = Hanging { owner, calls_ended, calls_expired, over, oldest: owner.oldest.max(reply) };
        let rule = RequestsHanging {
            overdue: options.overdue,
            calls_min: options.hanging_calls_min,
            warning: options.hanging_warning,
            critical: options.hanging_critical,
        };
        found.problems.extend(rule.judge(&hanging));
    }

    pub(super) fn look_at_supervisor(supervisor: &SupervisorNote, found: &mut Found) {
        let rules: [&dyn Rule<SupervisorNote>; 2] = [&RestartIntensity, &GaveUp];
        found.problems.extend(rules.into_iter().filter_map(|rule| rule.judge(supervisor)));
    }

    /// Looks at the runtime: the tasks in a poll were found before.
    pub(super) fn look_at_root(&self, root: &ScopeCore, stalled: Duration, found: &mut Found) {
        found.in_poll.sort_by_key(|(since, ..)| std::cmp::Reverse(*since));
        let said = |(since, name, site): &(Duration, String, Option<Site>)| {
            let spawned = site.map(|site| format!(", spawned at {site}")).unwrap_or_default();
            format!("{name} for {}{spawned}", Age(*since))
        };
        let polled = found.in_poll.iter().map(said).collect();
        let seen = RootSeen { path: root.path.clone(), site: root.site, stalled, polled };
        let rule =
            RuntimeStalled { warning: self.options.stalled_warning, critical: self.options.stalled_critical };
        found.problems.extend(rule.judge(&seen));
    }
}

/// When a task was started, by the coarse clock, if it lives.
pub(super) fn started_ms(task: Option<TaskId>) -> Option<u32> {
    let task = RecordRef::of(task?)?;
    Some(task.record().cold().created_ms.load(Relaxed))
}
