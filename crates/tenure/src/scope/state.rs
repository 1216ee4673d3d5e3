//! **Pure**: the states of a scope, its counts and its errors. No lock, no clock, no wake: each transition returns what
//! its caller must do once the lock is released.

use crate::error::{Cause, TaskError};
use crate::exit::ExitReason;
use crate::ident::{ScopeState, TaskId, TaskPath};
use crate::task::future::HasValue;

/// Errors a scope keeps after its first; the rest is counted (S4c).
///
/// 16 is what a person reads; a scope with a thousand failing tasks tells a thousand times the same.
pub const ERRORS_KEPT: usize = 16;

/// What follows the failure of a task (S4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    FailFast,
    Collect,
    Race,
    /// A failure starts the shutdown (S8e).
    Root,
}

/// Who keeps the scope from ending although it has no tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// A future that runs, and will say when it is done.
    Running,
    /// A value that may have been forgotten: once cancelled, or when the parent ends, it holds nothing back (S1b).
    Value,
    Done,
}

/// The failure a scope returns.
#[derive(Clone, Debug)]
pub(crate) enum FirstError {
    Task { path: TaskPath, reason: ExitReason },
    Body,
}

/// What the caller of a transition must do, in this order, once the lock is released.
#[must_use = "the transition has happened, but nobody has been told"]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Duties {
    /// Cancel the scope.
    pub(crate) cancel: Option<Cause>,
    /// Start the root's shutdown.
    pub(crate) fail_root: Option<TaskPath>,
    /// An error of a dropped scope, which nobody hears (S3d).
    pub(crate) unheard: Option<ExitReason>,
    /// Only forgotten values may hold the scope back: look at the children, and end those.
    pub(crate) sweep: bool,
    /// A value's last task ended: if the parent waits for nothing else, end it.
    pub(crate) idle: bool,
    /// What became of the scope's end: what was told before, and what is new.
    pub(crate) settled: Option<(Option<Settled>, Settled)>,
}

/// Nothing will end by itself any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Everything has ended: leave the parent.
    Ended,
    /// Only named stragglers are left: tell the joiners and the parent.
    Leaking,
}

#[derive(Debug)]
pub(crate) struct Ownership {
    state: ScopeState,
    policy: Policy,
    body: Body,
    /// Tasks with a record and no exit. Invariant: 0 if `state` is `Ended`.
    tasks_live: u32,
    /// Of these, the named ones.
    tasks_leaked: u32,
    /// Child scopes that have not ended. Invariant: 0 if `state` is `Ended`.
    scopes_live: u32,
    /// Of these, those with nothing but named stragglers.
    scopes_leaking: u32,
    /// Invariant: set at most once.
    first_error: Option<FirstError>,
    /// At most [`ERRORS_KEPT`].
    later_errors: Vec<TaskError>,
    errors_dropped: u64,
    /// A task or the body ended without a value: then an outside end is the scope's result (S4f).
    unfinished: bool,
    /// The value was dropped without a join: errors fail nobody (S3d).
    dropped: bool,
    winner: Option<TaskId>,
    /// Whether `Settled` has been told, so that it is told once per kind.
    told: Option<Settled>,
}

impl Ownership {
    pub(crate) fn new(policy: Policy, body: Body) -> Self {
        Self {
            state: ScopeState::Open,
            policy,
            body,
            tasks_live: 0,
            tasks_leaked: 0,
            scopes_live: 0,
            scopes_leaking: 0,
            first_error: None,
            later_errors: Vec::new(),
            errors_dropped: 0,
            unfinished: false,
            dropped: false,
            winner: None,
            told: None,
        }
    }

    pub(crate) fn state(&self) -> ScopeState {
        self.state
    }

    pub(crate) fn tasks_live(&self) -> u32 {
        self.tasks_live
    }

    pub(crate) fn tasks_leaked(&self) -> u32 {
        self.tasks_leaked
    }

    /// Whether anything it owns is alive.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks_live == 0 && self.scopes_live == 0
    }

    pub(crate) fn winner(&self) -> Option<TaskId> {
        self.winner
    }

    pub(crate) fn unfinished(&self) -> bool {
        self.unfinished
    }

    pub(crate) fn first_error(&self) -> Option<&FirstError> {
        self.first_error.as_ref()
    }

    /// The errors for the report; they are given once.
    pub(crate) fn take_later_errors(&mut self) -> (Vec<TaskError>, u64) {
        (std::mem::take(&mut self.later_errors), self.errors_dropped)
    }

    /// `Open | Draining`: one more task (S6a).
    pub(crate) fn admit_task(&mut self) -> Result<(), ScopeState> {
        match self.state {
            ScopeState::Open | ScopeState::Draining => {
                self.tasks_live += 1;
                Ok(())
            }
            ScopeState::Cancelled | ScopeState::Leaking | ScopeState::Ended => Err(self.state),
        }
    }

    /// One more child scope. Also when cancelled: the last work of a task may be structured; its context decides.
    pub(crate) fn admit_scope(&mut self) -> Result<(), ScopeState> {
        match self.state {
            ScopeState::Open | ScopeState::Draining | ScopeState::Cancelled => {
                self.scopes_live += 1;
                Ok(())
            }
            ScopeState::Leaking | ScopeState::Ended => Err(self.state),
        }
    }

    pub(crate) fn drain(&mut self) {
        if self.state == ScopeState::Open {
            self.state = ScopeState::Draining;
        }
    }

    /// The first cancel: the ladder begins. `None` for later ones.
    pub(crate) fn cancel(&mut self) -> Option<Duties> {
        if self.state >= ScopeState::Cancelled {
            return None;
        }
        self.state = ScopeState::Cancelled;
        Some(self.after())
    }

    /// A task ended. `path` is asked for only if its failure is kept.
    pub(crate) fn task_ended(
        &mut self,
        id: TaskId,
        reason: &ExitReason,
        value: HasValue,
        was_leaked: bool,
        path: impl Fn() -> TaskPath,
    ) -> Duties {
        assert!(self.tasks_live > 0, "a task ended in a scope that has none");
        self.tasks_live -= 1;
        if was_leaked {
            self.tasks_leaked -= 1;
        }
        self.unfinished |= value == HasValue::No;
        let judged = self.judge_end(id, reason, path);
        Duties { cancel: judged.cancel, fail_root: judged.fail_root, unheard: judged.unheard, ..self.after() }
    }

    /// The same for nearly all tasks: an end that fails and wins nothing, of one that was not named and that others outlive.
    /// Nothing is to be done then; false if it is another end, and nothing has happened.
    #[must_use = "another end is told by `task_ended`"]
    pub(crate) fn task_ended_quietly(&mut self, reason: &ExitReason, value: HasValue) -> bool {
        let is_quiet = match reason {
            ExitReason::Normal => self.policy != Policy::Race,
            ExitReason::Shutdown(_) | ExitReason::Aborted(_) => true,
            _ => false,
        };
        let others = self.tasks_live.saturating_sub(self.tasks_leaked + 1);
        if !is_quiet || others == 0 {
            return false;
        }
        self.tasks_live -= 1;
        self.unfinished |= value == HasValue::No;
        true
    }

    fn judge_end(&mut self, id: TaskId, reason: &ExitReason, path: impl Fn() -> TaskPath) -> Duties {
        let mut duties = Duties::default();
        if self.policy == Policy::Race && matches!(reason, ExitReason::Normal) && self.winner.is_none() {
            self.winner = Some(id);
            duties.cancel = Some(Cause::RaceWon(path()));
        }
        if !fails_scope(reason, self.state) {
            return duties;
        }
        if self.dropped {
            duties.unheard = Some(reason.clone());
            return duties;
        }
        match self.policy {
            Policy::Root => duties.fail_root = Some(path()),
            Policy::Collect => {}
            Policy::FailFast | Policy::Race if self.first_error.is_some() => {
                self.keep_later(TaskError::Ended { path: path(), reason: reason.clone() });
            }
            Policy::FailFast => {
                let path = path();
                self.first_error = Some(FirstError::Task { path: path.clone(), reason: reason.clone() });
                duties.cancel = Some(Cause::Sibling { path, reason: Box::new(reason.clone()) });
            }
            Policy::Race => {
                self.first_error = Some(FirstError::Task { path: path(), reason: reason.clone() })
            }
        }
        duties
    }

    fn keep_later(&mut self, error: TaskError) {
        if self.later_errors.len() < ERRORS_KEPT {
            self.later_errors.push(error);
        } else {
            self.errors_dropped += 1;
        }
    }

    /// The body failed: it counts like a task (S4a). False if an error came before.
    pub(crate) fn body_failed(&mut self) -> bool {
        self.unfinished = true;
        let first = self.first_error.is_none();
        if first {
            self.first_error = Some(FirstError::Body);
        }
        first
    }

    /// The body was told of an outside end and returned because of it (S4f).
    pub(crate) fn body_unfinished(&mut self) {
        self.unfinished = true;
    }

    /// The body is over: from now on the scope ends with its tasks (S2b).
    pub(crate) fn body_done(&mut self) -> Duties {
        self.body = Body::Done;
        self.after()
    }

    /// The value was dropped without a join. Returns the live tasks, if that is worth telling (S3d).
    pub(crate) fn drop_unjoined(&mut self) -> Option<u32> {
        self.dropped = true;
        (!self.is_empty()).then_some(self.tasks_live)
    }

    /// Rung 4 for one task.
    pub(crate) fn task_named(&mut self) -> Duties {
        self.tasks_leaked += 1;
        assert!(self.tasks_leaked <= self.tasks_live, "more tasks named than alive");
        self.after()
    }

    /// The ladder has run out.
    pub(crate) fn ladder_over(&mut self) -> Duties {
        if !self.is_empty() && self.state == ScopeState::Cancelled {
            self.state = ScopeState::Leaking;
        }
        self.after()
    }

    pub(crate) fn child_settled(&mut self, before: Option<Settled>, now: Settled) -> Duties {
        match (before, now) {
            (None, Settled::Leaking) => self.scopes_leaking += 1,
            (None, Settled::Ended) => self.scopes_live -= 1,
            (Some(Settled::Leaking), Settled::Ended) => {
                self.scopes_live -= 1;
                self.scopes_leaking -= 1;
            }
            (Some(_), Settled::Leaking) | (Some(Settled::Ended), Settled::Ended) => {}
        }
        self.after()
    }

    /// Whether a join resolves now.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_body_over() && self.tasks_live == self.tasks_leaked && self.scopes_live == self.scopes_leaking
    }

    fn is_body_over(&self) -> bool {
        match self.body {
            Body::Running => false,
            Body::Value => self.state >= ScopeState::Cancelled,
            Body::Done => true,
        }
    }

    /// Only child scopes hold it back.
    pub(crate) fn waits_for_scopes(&self) -> bool {
        self.is_body_over() && self.tasks_live == self.tasks_leaked && self.scopes_live > self.scopes_leaking
    }

    /// A value without members: held by nobody who counts.
    pub(crate) fn is_idle_value(&self) -> bool {
        self.body == Body::Value && self.is_empty() && self.state < ScopeState::Cancelled
    }

    /// What follows any change of the counts.
    fn after(&mut self) -> Duties {
        Duties {
            settled: self.settle(),
            sweep: self.waits_for_scopes(),
            idle: self.is_idle_value(),
            ..Duties::default()
        }
    }

    fn settle(&mut self) -> Option<(Option<Settled>, Settled)> {
        if !self.is_settled() {
            return None;
        }
        let now = if self.is_empty() { Settled::Ended } else { Settled::Leaking };
        self.state = match now {
            Settled::Ended => ScopeState::Ended,
            Settled::Leaking => self.state.max(ScopeState::Leaking),
        };
        let before = self.told.replace(now);
        (before != Some(now)).then_some((before, now))
    }
}

/// S4a: an abnormal end that is not somebody's force. The scope's own deadline is no failure of a task.
fn fails_scope(reason: &ExitReason, state: ScopeState) -> bool {
    match reason {
        ExitReason::Failed(_) | ExitReason::Panicked(_) | ExitReason::GaveUp { .. } => true,
        ExitReason::TimedOut { .. } => state < ScopeState::Cancelled,
        ExitReason::Normal | ExitReason::Shutdown(_) | ExitReason::Aborted(_) | ExitReason::Leaked => false,
    }
}
