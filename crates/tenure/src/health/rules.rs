//! The rules: one struct each, with the threshold it was given.

use crate::health::look::{Hanging, RootSeen, ScopeSeen, TaskSeen, WaitSeen};
use crate::health::options::TURN_CRITICAL_FACTOR;
use crate::health::rule::{Age, Kind, Many, Rule, Trouble};
use crate::ident::{Class, TaskPath};
use crate::record::wait::WaitKind;
use crate::scope::ExitPath;
use crate::scope::snapshot::{Importance, OwnerSeen, SupervisorNote};
use std::time::Duration;

/// What all rules of a subject that is a task's say of where it is now.
fn or_nothing_known(known: Option<String>) -> String {
    known.unwrap_or_else(|| "What it waits for is not known to tenure.".to_owned())
}

fn list(paths: &[TaskPath]) -> String {
    /// Names in a sentence; the others are counted.
    const NAMED: usize = 3;
    let named: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    let more = paths.len().saturating_sub(NAMED);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

/// TP003.
#[derive(Debug)]
pub(super) struct WaitWithoutExitPath;

impl Rule<WaitSeen<'_>> for WaitWithoutExitPath {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP003",
            name: "wait_without_exit_path",
            summary: "waits have no exit path",
            help: "end what it waits for, or abort the task that waits",
            lint: None,
        }
    }

    fn check(&self, wait: &WaitSeen<'_>) -> Option<Trouble> {
        (wait.exit_path == ExitPath::None).then(|| Trouble::warning(wait.since))
    }

    fn sentence(&self, wait: &WaitSeen<'_>) -> String {
        format!("{} waits for {}, and nothing guarantees that it ends.", wait.whose(), wait.sentence())
    }

    fn why(&self, _: &WaitSeen<'_>) -> String {
        "What it waits for has run through its whole stop ladder and has not ended.".to_owned()
    }
}

/// TP004.
#[derive(Debug)]
pub(super) struct TurnOverBound {
    pub(super) bound: Duration,
}

impl TurnOverBound {
    fn bound(&self, owner: &OwnerSeen) -> Duration {
        owner.turn_bound.unwrap_or(self.bound)
    }
}

impl Rule<OwnerSeen> for TurnOverBound {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP004",
            name: "turn_over_bound",
            summary: "owners have been in one turn for too long",
            help: "give the turn's waits a shorter deadline, or do the long work in `turn.spawn` and answer later",
            lint: None,
        }
    }

    fn check(&self, owner: &OwnerSeen) -> Option<Trouble> {
        let turn = owner.turn?;
        if turn >= self.bound(owner).saturating_mul(TURN_CRITICAL_FACTOR) {
            Some(Trouble::critical(turn))
        } else {
            (turn >= self.bound(owner)).then(|| Trouble::warning(turn))
        }
    }

    fn sentence(&self, owner: &OwnerSeen) -> String {
        let (turn, bound) = (Age(owner.turn.unwrap_or_default()), Age(self.bound(owner)));
        format!("`{}` has been in one turn for {turn}; its bound is {bound}.", owner.path)
    }

    fn why(&self, owner: &OwnerSeen) -> String {
        or_nothing_known(crate::health::look::turn_whereabouts(owner.task))
    }
}

/// TP005.
#[derive(Debug)]
pub(super) struct MailboxFull {
    pub(super) after: Duration,
}

impl Rule<OwnerSeen> for MailboxFull {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP005",
            name: "mailbox_full",
            summary: "mailboxes have been full for too long",
            help: "make its turns shorter, send it less, or refuse early with `Overflow::Reject`; more places only hide it",
            lint: None,
        }
    }

    fn check(&self, owner: &OwnerSeen) -> Option<Trouble> {
        let full = owner.full.filter(|full| *full >= self.after)?;
        Some(match owner.importance {
            Importance::Critical => Trouble::critical(full),
            Importance::Plain => Trouble::warning(full),
        })
    }

    fn sentence(&self, owner: &OwnerSeen) -> String {
        let full = Age(owner.full.unwrap_or_default());
        format!("All {} places of `{}` have been taken for {full}.", owner.capacity, owner.path)
    }

    fn why(&self, owner: &OwnerSeen) -> String {
        let turn = owner.turn.map(|turn| format!("; the turn that runs began {} ago", Age(turn)));
        let callers = Many(owner.waiting, "caller waits", "callers wait");
        format!("{callers} for a place{}.", turn.unwrap_or_default())
    }
}

/// TP006.
#[derive(Debug)]
pub(super) struct RestartIntensity;

impl Rule<SupervisorNote> for RestartIntensity {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP006",
            name: "restart_intensity",
            summary: "supervisors restart children often",
            help: "look at why the child ended last: `root.events()` has each exit with its reason",
            lint: None,
        }
    }

    fn check(&self, supervisor: &SupervisorNote) -> Option<Trouble> {
        let backoff = supervisor.in_backoff.iter().map(|(_, since)| *since).max();
        let is_over_half = u64::from(supervisor.window) * 2 > u64::from(supervisor.restarts_max);
        let window = (supervisor.window > 0 && is_over_half).then_some(supervisor.window_age);
        backoff.max(window).map(Trouble::warning)
    }

    fn sentence(&self, supervisor: &SupervisorNote) -> String {
        let SupervisorNote { path, window, restarts_max, .. } = supervisor;
        let restarts = Many(*window as usize, "restart", "restarts");
        format!("`{path}` has {restarts} in its window; at more than {restarts_max} it gives up.")
    }

    fn why(&self, supervisor: &SupervisorNote) -> String {
        let children: Vec<_> = supervisor.in_backoff.iter().map(|(path, _)| path.clone()).collect();
        if children.is_empty() {
            "Its window holds more than half of what its intensity allows.".to_owned()
        } else {
            format!("Waiting to be started again: {}.", list(&children))
        }
    }
}

const GAVE_UP: Kind = Kind {
    code: "TP007",
    name: "gave_up",
    summary: "are down for good",
    help: "find why it ended in `root.events()`, mend that, and start the program again",
    lint: None,
};

/// TP007, of a supervisor.
#[derive(Debug)]
pub(super) struct GaveUp;

impl Rule<SupervisorNote> for GaveUp {
    fn kind(&self) -> &'static Kind {
        const { &GAVE_UP }
    }

    fn check(&self, supervisor: &SupervisorNote) -> Option<Trouble> {
        let isolated = supervisor.isolated.iter().map(|(_, since)| *since).max();
        supervisor.gave_up.max(isolated).map(Trouble::critical)
    }

    fn sentence(&self, supervisor: &SupervisorNote) -> String {
        let children: Vec<_> = supervisor.isolated.iter().map(|(path, _)| path.clone()).collect();
        match supervisor.gave_up {
            Some(_) => format!("`{}` has given up.", supervisor.path),
            None => format!("`{}` keeps {} down.", supervisor.path, list(&children)),
        }
    }

    fn why(&self, supervisor: &SupervisorNote) -> String {
        match supervisor.gave_up {
            Some(_) => "It had to restart more often than its intensity allows.",
            None => "They had to be restarted more often than their own limit allows.",
        }
        .to_owned()
    }
}

/// TP007, of an owner.
#[derive(Debug)]
pub(super) struct DownForGood;

impl Rule<OwnerSeen> for DownForGood {
    fn kind(&self) -> &'static Kind {
        const { &GAVE_UP }
    }

    fn check(&self, owner: &OwnerSeen) -> Option<Trouble> {
        owner.down.map(|(since, _)| Trouble::critical(since))
    }

    fn sentence(&self, owner: &OwnerSeen) -> String {
        format!("`{}` is down for good, and nobody had asked it to stop.", owner.path)
    }

    fn why(&self, owner: &OwnerSeen) -> String {
        let how = owner.down.map_or("unknown", |(_, how)| how);
        format!("Its last life ended `{how}`, and no other will come: calls to it are refused.")
    }
}

/// TP008.
#[derive(Debug)]
pub(super) struct ScopeOverdue;

impl Rule<ScopeSeen> for ScopeOverdue {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP008",
            name: "scope_overdue",
            summary: "scopes have run out of their ladder with live tasks",
            help: "look at what its tasks do now: a poll, a destructor or a closure that does not return cannot be ended",
            lint: None,
        }
    }

    fn check(&self, scope: &ScopeSeen) -> Option<Trouble> {
        scope.leaking.map(Trouble::warning)
    }

    fn sentence(&self, scope: &ScopeSeen) -> String {
        let tasks = Many(scope.live as usize, "task remains", "tasks remain");
        format!("`{}` was stopped, its ladder has run out, and {tasks}.", scope.path())
    }

    fn why(&self, scope: &ScopeSeen) -> String {
        format!("Not ended: {}.", list(&scope.leaked))
    }
}

/// TP012.
#[derive(Debug)]
pub(super) struct RuntimeStalled {
    pub(super) warning: Duration,
    pub(super) critical: Duration,
}

impl Rule<RootSeen> for RuntimeStalled {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP012",
            name: "runtime_stalled",
            summary: "runtimes run nothing",
            help: "move what blocks to `scope.blocking(..)`, or let it yield",
            lint: Some("TN011"),
        }
    }

    fn check(&self, root: &RootSeen) -> Option<Trouble> {
        if root.stalled >= self.critical {
            Some(Trouble::critical(root.stalled))
        } else {
            (root.stalled >= self.warning).then(|| Trouble::warning(root.stalled))
        }
    }

    fn sentence(&self, root: &RootSeen) -> String {
        format!("No worker has run a task that was ready for {}.", Age(root.stalled))
    }

    fn why(&self, root: &RootSeen) -> String {
        let Some(busiest) = root.polled.first() else {
            return "No task of this root is in a poll: what blocks is not tenure's.".to_owned();
        };
        let more = match root.polled.len() {
            1 => String::new(),
            n => format!("; {}", Many(n - 1, "more is in one", "more are in one")),
        };
        format!("In a poll: {busiest}{more}.")
    }
}

/// TP013.
#[derive(Debug)]
pub(super) struct BusyPoll {
    pub(super) after: Duration,
}

impl Rule<TaskSeen<'_>> for BusyPoll {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP013",
            name: "busy_poll",
            summary: "tasks kept a worker in one poll for too long",
            help: "move what blocks to `scope.blocking(..)`, or await between its steps",
            lint: Some("TN011"),
        }
    }

    fn check(&self, task: &TaskSeen<'_>) -> Option<Trouble> {
        let polled = task.polled.filter(|_| task.class() != Class::Blocking)?;
        (polled >= self.after).then(|| Trouble::warning(polled))
    }

    fn sentence(&self, task: &TaskSeen<'_>) -> String {
        format!("{} has been in one poll for {}.", task.name(), Age(task.polled.unwrap_or_default()))
    }

    fn why(&self, _: &TaskSeen<'_>) -> String {
        "While it does not return, its worker runs nothing else.".to_owned()
    }
}

/// TP014.
#[derive(Debug)]
pub(super) struct ShutdownStraggler;

impl Rule<TaskSeen<'_>> for ShutdownStraggler {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP014",
            name: "shutdown_straggler",
            summary: "tasks were live when the shutdown began to abort",
            help: "let it look at its context: `ctx.select(..)`, `ctx.is_cancelled()`, in a closure `b.check()?`",
            lint: None,
        }
    }

    fn check(&self, task: &TaskSeen<'_>) -> Option<Trouble> {
        task.is_aborting.then(|| Trouble::critical(task.cancelled.unwrap_or_default()))
    }

    fn sentence(&self, task: &TaskSeen<'_>) -> String {
        format!("{} has neither drained nor obeyed its cancel, and the shutdown aborts it.", task.name())
    }

    fn why(&self, task: &TaskSeen<'_>) -> String {
        or_nothing_known(crate::health::look::whereabouts(Some(task.record.id())))
    }
}

/// TP017.
#[derive(Debug)]
pub(super) struct BlockingIgnoresCancel {
    pub(super) after: Duration,
}

impl Rule<TaskSeen<'_>> for BlockingIgnoresCancel {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP017",
            name: "blocking_ignores_cancel",
            summary: "blocking closures run on after their cancel",
            help: "call `b.check()?` between the steps of the closure, and give its system calls a timeout",
            lint: None,
        }
    }

    fn check(&self, task: &TaskSeen<'_>) -> Option<Trouble> {
        let cancelled =
            task.cancelled.filter(|_| task.class() == Class::Blocking && task.polled.is_some())?;
        (cancelled >= self.after).then(|| Trouble::warning(cancelled))
    }

    fn sentence(&self, task: &TaskSeen<'_>) -> String {
        format!(
            "The closure {} runs on {} after its cancel.",
            task.name(),
            Age(task.cancelled.unwrap_or_default())
        )
    }

    fn why(&self, _: &TaskSeen<'_>) -> String {
        "Nothing can end a running closure by force: it must look at its flag.".to_owned()
    }
}

/// TP018.
#[derive(Debug)]
pub(super) struct DropOverdue {
    pub(super) after: Duration,
}

impl Rule<TaskSeen<'_>> for DropOverdue {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP018",
            name: "drop_overdue",
            summary: "destructors hold their scopes open",
            help: "do the work before the drop, in `ctx.cleanup(..)`, and let destructors only give back",
            lint: None,
        }
    }

    fn check(&self, task: &TaskSeen<'_>) -> Option<Trouble> {
        task.dropping.filter(|since| *since >= self.after).map(Trouble::warning)
    }

    fn sentence(&self, task: &TaskSeen<'_>) -> String {
        let since = Age(task.dropping.unwrap_or_default());
        format!("The destructor of {} has run for {since} and holds `{}` open.", task.name(), task.scope.path)
    }

    fn why(&self, _: &TaskSeen<'_>) -> String {
        "A destructor cannot be interrupted, and its scope ends after it.".to_owned()
    }
}

/// TP021.
#[derive(Debug)]
pub(super) struct RequestsHanging {
    pub(super) overdue: Duration,
    pub(super) calls_min: u64,
    pub(super) warning: u64,
    pub(super) critical: u64,
}

impl RequestsHanging {
    fn is_share(&self, hanging: &Hanging<'_>, percent: u64) -> bool {
        let (ended, expired) = (hanging.calls_ended, hanging.calls_expired);
        ended >= self.calls_min && u128::from(expired) * 100 > u128::from(ended) * u128::from(percent)
    }
}

impl Rule<Hanging<'_>> for RequestsHanging {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP021",
            name: "requests_hanging",
            summary: "owners do not answer in time",
            help: "look at what its turns wait for, and at what holds the replies it keeps",
            lint: None,
        }
    }

    fn check(&self, hanging: &Hanging<'_>) -> Option<Trouble> {
        let oldest = hanging.oldest.filter(|oldest| *oldest >= self.overdue);
        if self.is_share(hanging, self.critical) {
            Some(Trouble::critical(oldest.unwrap_or(hanging.over)))
        } else if self.is_share(hanging, self.warning) {
            Some(Trouble::warning(oldest.unwrap_or(hanging.over)))
        } else {
            oldest.map(Trouble::warning)
        }
    }

    fn sentence(&self, hanging: &Hanging<'_>) -> String {
        let Hanging { owner, calls_ended, calls_expired, over, .. } = hanging;
        match hanging.oldest.filter(|_| !self.is_share(hanging, self.warning)) {
            Some(oldest) => {
                format!("A request that `{}` accepted {} ago has no answer.", owner.path, Age(oldest))
            }
            None => format!(
                "{calls_expired} of {calls_ended} calls to `{}` ended by their deadline in the last {}.",
                owner.path,
                Age(*over)
            ),
        }
    }

    fn why(&self, hanging: &Hanging<'_>) -> String {
        or_nothing_known(crate::health::look::whereabouts(hanging.owner.task))
    }
}

/// TP022.
#[derive(Debug)]
pub(super) struct WaitOverdue {
    pub(super) overdue: Duration,
}

impl Rule<WaitSeen<'_>> for WaitOverdue {
    fn kind(&self) -> &'static Kind {
        &Kind {
            code: "TP022",
            name: "wait_overdue",
            summary: "waits without a deadline are overdue",
            help: "give the wait a deadline, `ctx.timeout(..)`, or look at why its target does not answer",
            lint: None,
        }
    }

    fn check(&self, wait: &WaitSeen<'_>) -> Option<Trouble> {
        let is_meant = matches!(wait.edge.kind(), WaitKind::Reply | WaitKind::MailboxSpace | WaitKind::Join);
        (is_meant && wait.since >= self.overdue && !wait.has_deadline()).then(|| Trouble::warning(wait.since))
    }

    fn sentence(&self, wait: &WaitSeen<'_>) -> String {
        format!(
            "{} has waited for {} for {}, without a deadline.",
            wait.whose(),
            wait.sentence(),
            Age(wait.since)
        )
    }

    fn why(&self, wait: &WaitSeen<'_>) -> String {
        or_nothing_known(wait.target_whereabouts())
    }
}
