//! **Pure**: what happens to one slot: its start, its exit and what follows, the end of all it owned (S17b to S24).

use crate::error::{Cause, Error};
use crate::exit::ExitReason;
use crate::record::events::EventKind;
use crate::supervisor::decide::{Asked, Decision, ExitKind, after_exit, delay};
use crate::supervisor::machine::machine::{
    Act, ByHand, Group, Kind, Machine, Mode, Phase, RootFails, Slot, SlotId, StartError, Step, Way, Why,
};
use crate::supervisor::spec::Restart;
use crate::supervisor::tree::{AutoShutdown, Strategy};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

impl Machine {
    pub(super) fn start(&mut self, id: SlotId, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        debug_assert!(slot.is_over(), "M1: two lives of `{}`", slot.path);
        slot.phase = Phase::Starting;
        (slot.task, slot.scope) = (true, true);
        (slot.is_isolated, slot.was_ready, slot.up_since) = (false, false, None);
        self.acts.push_back(Act::Start(id));
        slot.start_by = slot.terms.start_timeout.and_then(|timeout| now.checked_add(timeout));
        if let Some(at) = slot.start_by {
            self.acts.push_back(Act::At(id, at));
        }
    }

    /// S17b.
    pub(crate) fn ready(&mut self, id: SlotId, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if !matches!(slot.phase, Phase::Starting) {
            return;
        }
        slot.phase = Phase::Up;
        slot.starts += 1;
        (slot.up_since, slot.was_ready, slot.by_hand) = (Some(now), true, ByHand::No);
        if slot.start_by.take().is_some() {
            self.acts.push_back(Act::ClearTime(id));
        }
        self.acts.push_back(Act::Emit(id, EventKind::Ready));
        self.advance(now);
    }

    /// `init` made nothing, on purpose (S17c). Its task ends by itself.
    pub(crate) fn ignored(&mut self, id: SlotId, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if !matches!(slot.phase, Phase::Starting) {
            return;
        }
        slot.by_hand = ByHand::No;
        slot.start_by = None;
        self.acts.push_back(Act::ClearTime(id));
        self.go_down(id, ExitReason::Normal);
        self.acts.push_back(Act::Close(id, ExitReason::Normal));
        self.advance(now);
    }

    /// The task of its life has ended.
    pub(crate) fn exited(&mut self, id: SlotId, reason: ExitReason, asked: Asked, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.task = false;
        slot.last_reason = Some(reason.clone());
        let forgiven = slot.terms.restart == Restart::Transient && asked != Asked::Nobody; // it counts as `Shutdown` (S19)
        match slot.phase.clone() {
            Phase::Stopping(Why::StartTimeout) => self.stopped_if_over(id, now), // a failed start, and no other exit
            Phase::Stopping(_) => {
                slot.exits += u32::from(slot.was_ready);
                self.acts.push_back(Act::Emit(id, exit_in_stop(reason)));
                self.stopped_if_over(id, now);
            }
            Phase::Starting if matches!(reason, ExitReason::Normal) => {
                self.ready(id, now); // a value that comes first is ready, then `Normal` (S17b)
                self.left(id, reason, asked, now);
            }
            Phase::Starting if !reason.is_expected() && !forgiven => self.failed_start(id, reason, now),
            // Asked to stop before it was ready, it was no success (S27a), and no failure either.
            Phase::Starting => self.left(id, reason, asked, now),
            Phase::Up => self.left(id, reason, asked, now),
            Phase::Down(_) => {
                self.acts.push_back(Act::Emit(id, EventKind::Exited(reason))); // it was ignored
            }
            Phase::Waiting | Phase::Backoff { .. } | Phase::Late(_) | Phase::Removed => {}
        }
    }

    /// A child has ended by itself.
    pub(super) fn left(&mut self, id: SlotId, reason: ExitReason, asked: Asked, now: Instant) {
        let absorbs = match &self.mode {
            // A sibling that dies while the group is stopped counts as stopped (S26b).
            Mode::Group(group) => id >= group.from && !matches!(group.step, Step::Start(_)),
            Mode::Ending(_) => true,
            Mode::Made | Mode::First(_) | Mode::Running | Mode::Ended => false,
        };
        let in_stop = self.is_ending();
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.exits += u32::from(slot.was_ready);
        slot.leave_up(now);
        if slot.start_by.take().is_some() {
            self.acts.push_back(Act::ClearTime(id));
        }
        let exit = if in_stop { exit_in_stop(reason.clone()) } else { EventKind::Exited(reason.clone()) };
        self.acts.push_back(Act::Emit(id, exit));
        if absorbs {
            if !self.keeps_queues() {
                self.acts.push_back(Act::Close(id, reason.clone()));
            }
            self.go_down(id, reason);
            return self.advance(now);
        }
        slot.phase = Phase::Late(reason);
        self.late.push_back((id, asked));
        self.judge_late(now);
        self.advance(now); // a phase may have waited for it to be ready
    }

    /// Outside a phase, what has ended is judged, one after the other.
    pub(super) fn judge_late(&mut self, now: Instant) {
        while matches!(self.mode, Mode::Running)
            && let Some((id, asked)) = self.late.pop_front()
        {
            let Some(Slot { phase: Phase::Late(reason), .. }) = self.slots.get(&id) else { continue };
            let reason = reason.clone();
            self.judge(id, reason, asked, now);
        }
    }

    /// The one place where an exit is judged (S19).
    pub(super) fn judge(&mut self, id: SlotId, reason: ExitReason, asked: Asked, now: Instant) {
        let Some(slot) = self.slots.get(&id) else { return };
        let kind = if reason.is_expected() { ExitKind::Expected } else { ExitKind::Abnormal };
        match after_exit(slot.terms.restart, slot.terms.remake, asked, kind) {
            Decision::LetEnd => {
                self.go_down(id, reason.clone());
                self.acts.push_back(Act::Close(id, reason));
                self.significant_left(id);
            }
            Decision::Restart => self.restart(id, reason, now),
            Decision::CannotRestart => {
                self.go_down(id, reason.clone());
                self.acts.push_back(Act::Close(id, reason.clone()));
                if self.rules.kind == Kind::Root {
                    self.acts.push_back(Act::FailRoot(id, RootFails::TaskFailed));
                } else {
                    self.give_up(id, reason, now);
                }
            }
        }
    }

    /// Down, or gone if it is temporary (S19). A child of the spec is kept aside for the supervisor's next life.
    pub(super) fn go_down(&mut self, id: SlotId, reason: ExitReason) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.by_hand = ByHand::No;
        if slot.terms.restart == Restart::Temporary {
            slot.phase = Phase::Removed;
            let name = Arc::clone(&slot.name);
            self.hide(&name, id);
        } else {
            slot.phase = Phase::Down(reason);
        }
        self.remove_if_gone(id);
    }

    pub(super) fn remove_if_gone(&mut self, id: SlotId) {
        let gone = |slot: &Slot| matches!(slot.phase, Phase::Removed) && !slot.is_static && slot.is_over();
        if self.slots.get(&id).is_some_and(gone) {
            self.remove(id);
        }
    }

    pub(super) fn remove(&mut self, id: SlotId) {
        if let Some(slot) = self.slots.remove(&id) {
            self.hide(&slot.name, id);
            self.acts.push_back(Act::Remove(id));
        }
    }

    pub(super) fn hide(&mut self, name: &Arc<str>, id: SlotId) {
        if self.by_name.get(name) == Some(&id) {
            self.by_name.remove(name);
        }
    }

    /// S30: an exit by itself, without restart.
    pub(super) fn significant_left(&mut self, id: SlotId) {
        let Some(slot) = self.slots.get(&id).filter(|slot| slot.terms.significant) else { return };
        let child = slot.path.clone();
        let is_last = || {
            let lives = |slot: &Slot| !matches!(slot.phase, Phase::Down(_) | Phase::Removed);
            !self.slots.values().any(|slot| slot.terms.significant && lives(slot))
        };
        let ends = match self.rules.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::Any => true,
            AutoShutdown::All => is_last(),
        };
        if ends {
            let cause = Cause::AutoShutdown { child };
            self.end(ExitReason::Shutdown(cause.clone()), Way::Drain, cause);
        }
    }

    /// Counts a restart: the attempt and what it waits, or `None` if that was one too many.
    pub(super) fn count(&mut self, id: SlotId, reason: &ExitReason, now: Instant) -> Option<(u32, Duration)> {
        let slot = self.slots.get(&id)?;
        if slot.terms.max_restarts.is_some_and(|most| slot.attempt >= most) {
            self.give_up_on(id, reason.clone(), now);
            return None;
        }
        if !self.window.add(now) {
            self.give_up(id, reason.clone(), now);
            return None;
        }
        let slot = self.slots.get_mut(&id)?;
        let attempt = slot.attempt;
        slot.attempt = attempt.saturating_add(1);
        slot.changed = Some(now);
        Some((attempt, delay(&slot.terms.backoff, attempt, self.dice.roll())))
    }

    pub(super) fn restart(&mut self, id: SlotId, reason: ExitReason, now: Instant) {
        let Some((attempt, wait)) = self.count(id, &reason, now) else { return };
        self.acts.push_back(Act::Lost(id, reason.clone()));
        self.acts.push_back(Act::Emit(id, EventKind::Restarting { attempt, delay: wait }));
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.phase = Phase::Backoff { until: now + wait, attempt };
        match self.rules.strategy {
            Strategy::OneForOne => self.end_backoff(id, now),
            Strategy::OneForAll | Strategy::RestForOne => {
                let first = self.slots.first_key_value().map_or(id, |(first, _)| *first);
                let from = if self.rules.strategy == Strategy::OneForAll { first } else { id };
                self.begin_group(Group { trigger: id, from, delay: wait, step: Step::Stop }, now);
            }
        }
    }

    /// Starts a child whose backoff is over and whose last life has gone (M1); else it is told when.
    pub(super) fn end_backoff(&mut self, id: SlotId, now: Instant) {
        let Some(slot) = self.slots.get(&id) else { return };
        let Phase::Backoff { until, .. } = slot.phase else { return };
        if now < until {
            self.acts.push_back(Act::At(id, until));
        } else if slot.is_over() {
            self.start(id, now);
        }
    }

    /// A time that was asked for has come.
    pub(crate) fn time(&mut self, id: SlotId, now: Instant) {
        if let Mode::Group(Group { step: Step::Wait(until), .. }) = self.mode
            && now >= until
        {
            self.advance(now);
        }
        let due = |slot: &Slot| matches!(slot.phase, Phase::Backoff { until, .. } if now >= until);
        if matches!(self.mode, Mode::Running | Mode::First(_)) {
            // Those that end at one instant start in start order (S22f).
            let due: Vec<SlotId> =
                self.slots.iter().filter(|(_, slot)| due(slot)).map(|(id, _)| *id).collect();
            due.into_iter().for_each(|id| self.end_backoff(id, now));
        }
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if matches!(slot.phase, Phase::Starting) && slot.start_by.is_some_and(|by| now >= by) {
            slot.start_by = None;
            slot.phase = Phase::Stopping(Why::StartTimeout);
            self.acts.push_back(Act::Stop(id, Way::Cancel, Cause::Deadline));
        }
    }

    /// Everything its life owned has ended, or (`leaked`) cannot be ended.
    pub(crate) fn life_over(&mut self, id: SlotId, leaked: bool, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if leaked {
            // The stop of whoever stops it goes on without it (S25c), and so does this life's record.
            slot.task = false;
            slot.leaks = true;
        }
        slot.scope = false;
        match slot.phase {
            Phase::Stopping(_) => self.stopped_if_over(id, now),
            Phase::Backoff { .. } | Phase::Starting | Phase::Up if leaked => {
                slot.phase = Phase::Down(ExitReason::Leaked);
                slot.last_reason = Some(ExitReason::Leaked);
                self.give_up_on(id, ExitReason::Leaked, now); // two lives never overlap (S31d)
            }
            Phase::Backoff { .. } if matches!(self.mode, Mode::Running | Mode::First(_)) => {
                self.end_backoff(id, now)
            }
            Phase::Removed => {
                self.remove_if_gone(id);
                self.advance(now);
            }
            Phase::Waiting
            | Phase::Starting
            | Phase::Up
            | Phase::Backoff { .. }
            | Phase::Down(_)
            | Phase::Late(_) => {
                self.advance(now);
            }
        }
    }

    /// A life that was named has ended after all.
    pub(crate) fn straggler_over(&mut self, id: SlotId) {
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.leaks = false;
        }
    }

    /// A start that was refused or failed (S18, S23).
    pub(super) fn failed_start(&mut self, id: SlotId, reason: ExitReason, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.failed_starts += 1;
        slot.last_reason = Some(reason.clone());
        let (by_hand, retries) = (slot.by_hand, slot.terms.retry_start);
        if slot.start_by.take().is_some() {
            self.acts.push_back(Act::ClearTime(id));
        }
        let in_stop = matches!(self.mode, Mode::Ending(_));
        let exit = if in_stop { exit_in_stop(reason.clone()) } else { EventKind::Exited(reason.clone()) };
        self.acts.push_back(Act::Emit(id, exit));
        match &mut self.mode {
            Mode::Ending(_) | Mode::Ended | Mode::Made => {
                if !self.keeps_queues() {
                    self.acts.push_back(Act::Close(id, reason.clone()));
                }
                self.go_down(id, reason);
                self.advance(now);
            }
            // It is told, and stays down: the administrator decides (as in OTP).
            _ if by_hand == ByHand::Restarted => {
                self.acts.push_back(Act::Close(id, reason.clone()));
                self.go_down(id, reason);
                self.advance(now);
            }
            _ if by_hand == ByHand::Added && !retries => self.failed_first(id, reason, now),
            Mode::First(_) if !retries => {
                let child = slot.path.clone();
                self.go_down(id, reason.clone());
                let error = Error::from(StartError { child: child.clone(), reason: reason.clone() });
                let cause = Cause::Sibling { path: child, reason: Box::new(reason) };
                self.end(ExitReason::Failed(error), Way::Drain, cause);
            }
            Mode::Group(group) if matches!(group.step, Step::Start(_)) => {
                // What is up before it stays up under `RestForOne` (S23c).
                let from = if self.rules.strategy == Strategy::OneForAll { group.from } else { id };
                slot.phase = Phase::Down(reason.clone());
                let Some((attempt, wait)) = self.count(id, &reason, now) else { return };
                self.acts.push_back(Act::Lost(id, reason));
                self.acts.push_back(Act::Emit(id, EventKind::Restarting { attempt, delay: wait }));
                if let Some(slot) = self.slots.get_mut(&id) {
                    slot.phase = Phase::Backoff { until: now + wait, attempt };
                }
                self.begin_group(Group { trigger: id, from, delay: wait, step: Step::Stop }, now);
            }
            Mode::Running | Mode::First(_) | Mode::Group(_) => {
                let Some((attempt, wait)) = self.count(id, &reason, now) else { return };
                self.acts.push_back(Act::Lost(id, reason));
                self.acts.push_back(Act::Emit(id, EventKind::Restarting { attempt, delay: wait }));
                if let Some(slot) = self.slots.get_mut(&id) {
                    slot.phase = Phase::Backoff { until: now + wait, attempt };
                }
                self.end_backoff(id, now);
            }
        }
    }

    /// A child that was added by hand failed its very first start: its spec is not kept (S18c). At the root, which nobody
    /// asked, it is the root's failure, but for a temporary child.
    pub(super) fn failed_first(&mut self, id: SlotId, reason: ExitReason, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        let is_temporary = slot.terms.restart == Restart::Temporary;
        self.acts.push_back(Act::Close(id, reason.clone()));
        if self.rules.kind == Kind::Root && !is_temporary {
            self.go_down(id, reason);
            self.acts.push_back(Act::FailRoot(id, RootFails::TaskFailed));
        } else {
            slot.phase = Phase::Removed;
            slot.is_static = false;
            self.remove_if_gone(id);
        }
        self.advance(now);
    }

    /// The scope of its supervisor is closed: no life was started.
    pub(crate) fn start_refused(&mut self, id: SlotId, reason: ExitReason, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        (slot.task, slot.scope) = (false, false);
        if matches!(slot.phase, Phase::Starting) {
            slot.start_by = None;
            self.go_down(id, reason.clone());
            self.acts.push_back(Act::ClearTime(id));
            self.acts.push_back(Act::Close(id, reason));
            self.advance(now);
        } else {
            self.stopped_if_over(id, now);
        }
    }

    pub(super) fn stopped_if_over(&mut self, id: SlotId, now: Instant) {
        let Some(slot) = self.slots.get(&id).filter(|slot| slot.is_over()) else { return };
        let Phase::Stopping(why) = slot.phase else { return };
        let reason = slot.last_reason.clone().unwrap_or(ExitReason::Leaked);
        match why {
            Why::StartTimeout => {
                let forced = matches!(
                    reason,
                    ExitReason::Aborted(_) | ExitReason::TimedOut { forced: true } | ExitReason::Leaked
                );
                return self.failed_start(id, ExitReason::TimedOut { forced }, now);
            }
            Why::Terminate => self.acts.push_back(Act::Close(id, reason.clone())),
            Why::Group if slot.terms.restart == Restart::Temporary => {
                self.acts.push_back(Act::Close(id, reason.clone()));
            }
            Why::Tree if !self.keeps_queues() => self.acts.push_back(Act::Close(id, reason.clone())),
            Why::Group | Why::Tree => {}
        }
        self.acts.push_back(Act::Emit(id, EventKind::Stopped));
        self.go_down(id, reason);
        self.advance(now);
    }

    /// Whether what is queued waits for a life that a supervisor may bring: in a group restart, and in the end of one that
    /// gave up and may be restarted itself (S28d, S31a).
    pub(super) fn keeps_queues(&self) -> bool {
        match &self.mode {
            Mode::Group(_) => true,
            Mode::Ending(ending) => {
                ending.way == Way::Halt && matches!(self.rules.kind, Kind::Static | Kind::Shards)
            }
            Mode::Made | Mode::First(_) | Mode::Running | Mode::Ended => false,
        }
    }
}

/// S25e.
fn exit_in_stop(reason: ExitReason) -> EventKind {
    if reason.is_expected() { EventKind::Exited(reason) } else { EventKind::ExitDuringStop(reason) }
}
