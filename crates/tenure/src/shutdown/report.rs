//! [`ShutdownReport`]: what ended how, who had to be ended by force, and the account (S45).

use crate::account::Account;
use crate::error::{Error, ShutdownCause};
use crate::exit::ExitReason;
use crate::ident::{ScopeState, TaskPath};
use crate::record::notes::{ErrorNote, OwnerNote, Straggler};
use crate::scope::core::ScopeCore;
use crate::shutdown::ladder::Stage;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;
use tenure_wire as wire;

/// How a root ended. `Display` is the text an operator reads, `to_json` one line of `tenure.report/1`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Name of the root.
    pub root: TaskPath,
    /// Why the shutdown began; the first cause stays.
    pub cause: ShutdownCause,
    /// What main's body gave (S50).
    pub main: ExitReason,
    /// From the start to the beginning of the shutdown.
    pub ran: Duration,
    /// From there to the report.
    pub took: Duration,
    /// The whole budget.
    pub grace: Duration,
    /// What was done, in order.
    pub stages: Vec<StageNote>,
    /// What became of the requests that were open when it began.
    pub in_flight: InFlight,
    /// The shutdown began before main said ready (S41c).
    pub stopped_before_ready: bool,
    /// Signals that counted.
    pub signals: u64,
    /// Signals so soon after one that counted that they were the same request (S41a).
    pub signals_debounced: u64,
    /// Tasks that did not end by themselves, the first hundred.
    pub stragglers: Vec<Straggler>,
    /// How many there were.
    pub stragglers_total: u64,
    /// Owners that did not simply drain.
    pub owners: Vec<OwnerNote>,
    /// Errors of children, one-shot tasks and main, the first 16.
    pub errors: Vec<ErrorNote>,
    /// How many there were.
    pub errors_total: u64,
    /// The account.
    pub account: Account,
    /// Messages that systemd could not be sent (S48); 0 without feature `systemd`.
    pub systemd_failures: u64,
    /// What a process would end with (S45b): 0 clean, 1 failed, 3 not clean, 101 main panicked.
    pub exit_code: u8,
    pub(super) program: (&'static str, &'static str),
}

/// One stage that was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageNote {
    /// Which.
    pub stage: Stage,
    /// When, from the beginning of the shutdown.
    pub at: Duration,
    /// For how long.
    pub took: Duration,
    /// Tasks alive when it began.
    pub left: u64,
}

/// What became of the request scopes that were open when the shutdown began (S44b).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InFlight {
    /// How many were open; those below a request are part of it.
    pub at_signal: u64,
    /// Ended by themselves.
    pub completed: u64,
    /// Ended when they were cancelled.
    pub cancelled: u64,
    /// Of these something had to be dropped by force.
    pub aborted: u64,
    /// Had not ended when the report was made.
    pub leaked: u64,
}

impl InFlight {
    /// Looks what became of those that were open.
    pub(super) fn of(open: &[Arc<ScopeCore>]) -> Self {
        let mut flight = Self::default();
        for scope in open {
            flight.at_signal += 1;
            let account = scope.account();
            let forced = account.ended_by.aborted > 0;
            match (scope.state() == ScopeState::Ended, scope.was_cancelled(), forced) {
                (false, _, _) => flight.leaked += 1,
                (true, true, true) => flight.aborted += 1,
                (true, true, false) => flight.cancelled += 1,
                (true, false, _) => flight.completed += 1,
            }
        }
        flight
    }

    fn to_wire(self) -> wire::InFlight {
        let Self { at_signal, completed, cancelled, aborted, leaked } = self;
        wire::InFlight { at_signal, completed, cancelled, aborted, leaked }
    }
}

impl ShutdownReport {
    /// Of a root that could not be made.
    pub(super) fn never_ran(name: &str, error: Error) -> Self {
        let root = TaskPath::root(name);
        let main = ExitReason::Failed(error);
        let errors = vec![ErrorNote { path: root.child("main", 1), site: None, reason: main.clone() }];
        Self {
            root,
            cause: ShutdownCause::MainReturned,
            main,
            ran: Duration::ZERO,
            took: Duration::ZERO,
            grace: Duration::ZERO,
            stages: Vec::new(),
            in_flight: InFlight::default(),
            stopped_before_ready: true,
            signals: 0,
            signals_debounced: 0,
            stragglers: Vec::new(),
            stragglers_total: 0,
            owners: Vec::new(),
            errors,
            errors_total: 1,
            account: Account::default(),
            systemd_failures: 0,
            exit_code: 0,
            program: ("", ""),
        }
        .with_exit_code()
    }

    /// Whether nothing was forced and the account is closed.
    pub fn is_clean(&self) -> bool {
        self.stragglers_total == 0 && self.account.is_closed()
    }

    /// S45b: if several apply, 101, then 1, then 3.
    pub(super) fn with_exit_code(mut self) -> Self {
        let failed = matches!(self.cause, ShutdownCause::TaskFailed(_) | ShutdownCause::GaveUp(_))
            || matches!(self.main, ExitReason::Failed(_) | ExitReason::GaveUp { .. });
        self.exit_code = match (&self.main, failed, self.is_clean()) {
            (ExitReason::Panicked(_), _, _) => 101,
            (_, true, _) => 1,
            (_, false, false) => 3,
            (_, false, true) => 0,
        };
        self
    }

    /// One line of `tenure.report/1`.
    pub fn to_json(&self) -> String {
        self.to_wire().to_json()
    }

    /// The same as plain structs.
    pub fn to_wire(&self) -> wire::Report {
        let (name, version) = self.program;
        let name = if name.is_empty() { self.root.as_str() } else { name };
        wire::Report {
            pid: std::process::id(),
            name: name.to_owned(),
            version: version.to_owned(),
            tenure: env!("CARGO_PKG_VERSION").to_owned(),
            cause: cause_to_wire(&self.cause),
            signals: self.signals,
            signals_debounced: self.signals_debounced,
            stopped_before_ready: self.stopped_before_ready,
            ran_ms: millis(self.ran),
            took_ms: millis(self.took),
            budget_ms: millis(self.grace),
            stages: self.stages.iter().copied().map(StageNote::to_wire).collect(),
            in_flight: self.in_flight.to_wire(),
            main: Some(wire::MainEnd { reason: self.main.name().to_owned(), text: text_of(&self.main) }),
            stragglers: self.stragglers.iter().map(straggler_to_wire).collect(),
            stragglers_total: self.stragglers_total,
            owners: self.owners.iter().map(owner_to_wire).collect(),
            errors: self.errors.iter().map(error_to_wire).collect(),
            errors_total: self.errors_total,
            account: self.account.to_wire(),
            systemd_failures: self.systemd_failures,
            clean: self.is_clean(),
            exit_code: self.exit_code,
            ..wire::Report::default()
        }
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_wire().fmt(f)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn site(site: Option<&'static Location<'static>>) -> Option<String> {
    site.map(ToString::to_string)
}

/// The text beside a reason's name: an error's, a panic's, a cause's.
fn text_of(reason: &ExitReason) -> Option<String> {
    match reason {
        ExitReason::Failed(error) => Some(error.to_string()),
        ExitReason::Panicked(panic) => Some(panic.to_string()),
        ExitReason::Shutdown(cause) | ExitReason::Aborted(cause) => Some(cause.to_string()),
        ExitReason::GaveUp { .. } => Some(reason.to_string()),
        ExitReason::Normal | ExitReason::TimedOut { .. } | ExitReason::Leaked => None,
    }
}

fn cause_to_wire(cause: &ShutdownCause) -> wire::Cause {
    let (kind, detail, path) = match cause {
        ShutdownCause::Signal(_) => ("signal", Some(cause.to_string()), None),
        ShutdownCause::MainReturned => ("main_returned", None, None),
        ShutdownCause::TaskFailed(path) => ("task_failed", None, Some(path.to_string())),
        ShutdownCause::GaveUp(path) => ("gave_up", None, Some(path.to_string())),
        ShutdownCause::Explicit(why) => ("asked", Some(why.clone()), None),
    };
    wire::Cause { kind: kind.to_owned(), detail, path }
}

impl StageNote {
    fn to_wire(self) -> wire::Stage {
        wire::Stage {
            stage: self.stage.name().to_owned(),
            at_ms: millis(self.at),
            took_ms: millis(self.took),
            left: self.left,
        }
    }
}

fn straggler_to_wire(straggler: &Straggler) -> wire::Straggler {
    wire::Straggler {
        id: straggler.id.to_string(),
        path: straggler.path.to_string(),
        class: straggler.class.to_string(),
        site: site(straggler.site),
        rung: straggler.rung.to_string(),
        reason: straggler.reason.name().to_owned(),
        waits: straggler.waits.clone(),
        since_ms: straggler.since.map(millis),
        thread: straggler.thread.clone(),
    }
}

fn owner_to_wire(owner: &OwnerNote) -> wire::OwnerEnd {
    wire::OwnerEnd {
        path: owner.path.to_string(),
        drained: false,
        unanswered: owner.unanswered,
        rung: Some(owner.rung.to_string()),
    }
}

fn error_to_wire(error: &ErrorNote) -> wire::ErrorLine {
    wire::ErrorLine {
        path: error.path.to_string(),
        site: site(error.site),
        reason: error.reason.name().to_owned(),
        text: text_of(&error.reason),
    }
}

impl Account {
    /// The account as the plain struct that every JSON document has.
    pub fn to_wire(&self) -> wire::Account {
        let (by, answered, failed) = (self.ended_by, self.answered_by, self.failed_by);
        let (discarded, refused) = (self.discarded_by, self.refused_by);
        wire::Account {
            started: self.started,
            ended: self.ended,
            live: self.live,
            ended_by: wire::EndedBy {
                normal: by.normal,
                shutdown: by.shutdown,
                failed: by.failed,
                panicked: by.panicked,
                aborted: by.aborted,
                timed_out: by.timed_out,
                gave_up: by.gave_up,
            },
            leaked: self.leaked,
            leaked_total: self.leaked_total,
            ended_late: self.ended_late,
            spawns_refused: self.spawns_refused,
            scopes_dropped: self.scopes_dropped,
            accepted: self.accepted,
            answered: self.answered,
            queued: self.queued,
            begun: self.begun,
            answered_by: wire::AnsweredBy {
                replied: answered.replied,
                handled: answered.handled,
                failed: answered.failed,
                discarded: answered.discarded,
            },
            failed_by: wire::FailedBy {
                panicked: failed.panicked,
                died: failed.died,
                unanswered: failed.unanswered,
            },
            discarded_by: wire::DiscardedBy {
                caller_gone: discarded.caller_gone,
                cancelled: discarded.cancelled,
                expired: discarded.expired,
                stopped: discarded.stopped,
                died: discarded.died,
            },
            unheard: self.unheard,
            calls_refused: self.calls_refused,
            refused_by: wire::RefusedBy {
                full: refused.full,
                closed: refused.closed,
                stopped: refused.stopped,
                deadlock: refused.deadlock,
                cancelled: refused.cancelled,
                expired: refused.expired,
            },
        }
    }
}
