//! **Pure**: what concerns several slots: phases, the end of the supervisor, administration (S20, S25, S26, S29 to S31).

use crate::error::Cause;
use crate::exit::ExitReason;
use crate::record::events::EventKind;
use crate::supervisor::machine::machine::{
    Act, ByHand, Ending, Group, Kind, Machine, Mode, Phase, Refused, RootFails, Slot, SlotId, Step, Way, Why,
};
use crate::supervisor::spec::{GiveUp, Restart};
use tokio::time::Instant;

impl Machine {
    /// Goes on with what waits for a slot.
    pub(super) fn advance(&mut self, now: Instant) {
        match self.mode {
            Mode::First(_) => self.advance_first(now),
            Mode::Group(_) => self.advance_group(now),
            Mode::Ending(_) => self.advance_ending(),
            Mode::Made | Mode::Running | Mode::Ended => {}
        }
    }

    /// S17a: the next start begins when the one before is ready.
    pub(super) fn advance_first(&mut self, now: Instant) {
        while let Mode::First(at) = self.mode {
            let Some((&id, slot)) = self.slots.range(at..).find(|(_, slot)| slot.is_static) else {
                self.acts.push_back(Act::Ready);
                return self.finish_phase(now);
            };
            self.mode = Mode::First(id);
            match slot.phase {
                Phase::Waiting if slot.is_over() => return self.start(id, now),
                Phase::Waiting | Phase::Starting | Phase::Stopping(_) | Phase::Backoff { .. } => return,
                Phase::Up | Phase::Down(_) | Phase::Late(_) | Phase::Removed => {
                    self.mode = Mode::First(id + 1)
                }
            }
        }
    }

    pub(super) fn begin_group(&mut self, group: Group, now: Instant) {
        let from = group.from;
        self.late.retain(|(id, _)| *id < from);
        let mut ended = Vec::new();
        for (id, slot) in self.slots.range(from..) {
            if let Phase::Late(reason) = &slot.phase {
                ended.push((*id, reason.clone()));
            }
        }
        ended.into_iter().for_each(|(id, reason)| self.go_down(id, reason));
        self.mode = Mode::Group(group);
        self.advance_group(now);
    }

    pub(super) fn advance_group(&mut self, now: Instant) {
        let Mode::Group(Group { trigger, from, delay, step }) = self.mode else { return };
        match step {
            Step::Stop => {
                let cause = self.sibling(trigger);
                let last = self.slots.range_mut(from..).rev().find(|(_, slot)| !slot.is_over());
                if let Some((&id, slot)) = last {
                    slot.leave_up(now);
                    return self.stop_slot(id, Why::Group, Way::Halt, cause);
                }
                let until = now + delay;
                if let Some(Slot { phase: Phase::Backoff { until: shown, .. }, .. }) =
                    self.slots.get_mut(&trigger)
                {
                    *shown = until;
                }
                self.set_step(Step::Wait(until));
                if delay.is_zero() || !self.waits(trigger) {
                    self.advance_group(now)
                } else {
                    self.acts.push_back(Act::At(trigger, until))
                }
            }
            // Without the one that began it, terminated by hand, the wait is over (S22e).
            Step::Wait(until) if now < until && self.waits(trigger) => {}
            Step::Wait(_) => {
                self.set_step(Step::Start(from));
                self.advance_group(now);
            }
            Step::Start(at) => {
                let Some((&id, slot)) = self.slots.range(at..).next() else { return self.finish_phase(now) };
                let busy = matches!(slot.phase, Phase::Starting | Phase::Stopping(_));
                // Ended normally or terminated by hand, it is started with the others (S20e).
                let is_added = matches!(slot.phase, Phase::Waiting) && slot.by_hand == ByHand::Added;
                let starts = matches!(slot.phase, Phase::Down(_) | Phase::Backoff { .. } | Phase::Waiting)
                    && !slot.is_isolated
                    && !slot.is_held
                    && !is_added; // whoever added it starts it
                self.set_step(Step::Start(id));
                if busy {
                    return;
                }
                if starts && !self.queued.contains(&id) {
                    return self.start(id, now);
                }
                self.set_step(Step::Start(id + 1));
                self.advance_group(now);
            }
        }
    }

    fn waits(&self, id: SlotId) -> bool {
        self.slots.get(&id).is_some_and(|slot| matches!(slot.phase, Phase::Backoff { .. }))
    }

    pub(super) fn set_step(&mut self, to: Step) {
        if let Mode::Group(group) = &mut self.mode {
            group.step = to;
        }
    }

    pub(super) fn sibling(&self, id: SlotId) -> Cause {
        let Some(slot) = self.slots.get(&id) else { return Cause::ScopeDropped };
        let reason = slot.last_reason.clone().unwrap_or(ExitReason::Normal);
        Cause::Sibling { path: slot.path.clone(), reason: Box::new(reason) }
    }

    /// The phase is over: what came in it is handled now (S26c).
    pub(super) fn finish_phase(&mut self, now: Instant) {
        self.mode = Mode::Running;
        self.slots.values_mut().for_each(|slot| slot.is_held = false);
        self.judge_late(now);
        while matches!(self.mode, Mode::Running)
            && let Some(id) = self.queued.pop_front()
        {
            self.start(id, now);
        }
    }

    /// Asks a slot to stop, once.
    pub(super) fn stop_slot(&mut self, id: SlotId, why: Why, way: Way, cause: Cause) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        match slot.phase {
            Phase::Starting | Phase::Up => {
                slot.phase = Phase::Stopping(why);
                if slot.start_by.take().is_some() {
                    self.acts.push_back(Act::ClearTime(id));
                }
                self.acts.push_back(Act::Stop(id, way, cause));
            }
            Phase::Stopping(_) if why == Why::Tree => slot.phase = Phase::Stopping(why), // its ladder runs already
            Phase::Stopping(_)
            | Phase::Waiting
            | Phase::Backoff { .. }
            | Phase::Down(_)
            | Phase::Late(_)
            | Phase::Removed => {}
        }
    }

    // ---- the end -----------------------------------------------------------------------------------------------------

    /// S24b: for this child alone, or for the supervisor.
    pub(super) fn give_up_on(&mut self, id: SlotId, reason: ExitReason, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        if slot.terms.give_up == GiveUp::Escalate {
            return self.give_up(id, reason, now);
        }
        let gave_up = ExitReason::GaveUp { child: slot.path.clone(), reason: Box::new(reason.clone()) };
        let shown = if reason == ExitReason::Leaked { ExitReason::Leaked } else { gave_up.clone() };
        slot.phase = Phase::Down(shown);
        slot.is_isolated = true;
        slot.changed = Some(now);
        self.acts.push_back(Act::Emit(id, EventKind::GaveUp));
        self.acts.push_back(Act::Close(id, gave_up));
        self.advance(now);
    }

    /// S31a.
    pub(super) fn give_up(&mut self, id: SlotId, reason: ExitReason, now: Instant) {
        let Some(slot) = self.slots.get(&id) else { return };
        let child = slot.path.clone();
        self.go_down(id, reason.clone());
        let gave_up = ExitReason::GaveUp { child, reason: Box::new(reason.clone()) };
        self.gave_up = Some(now);
        self.acts.push_back(Act::GaveUp);
        if self.rules.kind == Kind::Root {
            self.acts.push_back(Act::Close(id, gave_up));
            self.acts.push_back(Act::FailRoot(id, RootFails::GaveUp(reason)));
            return;
        }
        let cause = self.sibling(id);
        self.end(gave_up, Way::Halt, cause);
    }

    /// The stop of the tree (S25).
    pub(crate) fn stop(&mut self, cause: Cause, way: Way) {
        self.end(ExitReason::Shutdown(cause.clone()), way, cause);
    }

    pub(super) fn end(&mut self, reason: ExitReason, way: Way, cause: Cause) {
        if self.is_ending() {
            return;
        }
        let why = reason.clone();
        self.mode = Mode::Ending(Ending { reason, way, cause, group: Vec::new(), before: SlotId::MAX });
        self.late.clear();
        for id in std::mem::take(&mut self.queued) {
            // One that was there before, and was to be started again, stays (S27h).
            if self.slots.get(&id).is_some_and(|slot| slot.by_hand == ByHand::Added) {
                self.remove(id);
            }
        }
        let keeps = self.keeps_queues();
        let ids: Vec<SlotId> = self.slots.keys().copied().collect();
        for id in ids {
            let Some(slot) = self.slots.get(&id) else { continue };
            let last = slot.last_reason.clone().unwrap_or(ExitReason::Normal);
            match slot.phase {
                Phase::Late(_) => {
                    if !keeps {
                        self.acts.push_back(Act::Close(id, last.clone()));
                    }
                }
                // Pending backoffs end (S22e).
                Phase::Backoff { .. } => {
                    self.acts.push_back(Act::ClearTime(id));
                    if !keeps {
                        // Who waits for the next life is told why none comes, not how the last one ended (S27e).
                        self.acts.push_back(Act::Close(id, why.clone()));
                    }
                    self.acts.push_back(Act::Emit(id, EventKind::Stopped));
                }
                Phase::Waiting => {}
                Phase::Starting | Phase::Up | Phase::Stopping(_) | Phase::Down(_) | Phase::Removed => {
                    continue;
                }
            }
            self.go_down(id, last);
        }
        self.advance_ending();
    }

    /// The tree above is cancelled as a whole: all children are ending, and every exit from now on was asked for.
    pub(crate) fn cancelled(&mut self, cause: Cause) {
        for slot in self.slots.values_mut() {
            match slot.phase {
                Phase::Starting | Phase::Up => slot.phase = Phase::Stopping(Why::Tree),
                Phase::Stopping(_) => slot.phase = Phase::Stopping(Why::Tree),
                Phase::Waiting | Phase::Backoff { .. } | Phase::Down(_) | Phase::Late(_) | Phase::Removed => {
                }
            }
        }
        self.end(ExitReason::Shutdown(cause.clone()), Way::Drain, cause);
    }

    /// Drains the children that are the edges of the tree, before the others (S43).
    pub(crate) fn stop_edges(&mut self, cause: &Cause, edges: &[SlotId]) {
        for id in edges {
            self.stop_slot(*id, Why::Tree, Way::Drain, cause.clone());
        }
    }

    pub(super) fn advance_ending(&mut self) {
        loop {
            let Mode::Ending(ending) = &mut self.mode else { return };
            while let Some(id) = ending.group.last() {
                if self.slots.get(id).is_some_and(|slot| !slot.is_over()) {
                    return;
                }
                ending.group.pop();
            }
            let (way, cause, before) = (ending.way, ending.cause.clone(), ending.before);
            let mut left = self.slots.range(..before).rev().filter(|(_, slot)| !slot.is_over());
            let Some((&last, slot)) = left.next() else { return self.ended() };
            let mut group = vec![last];
            let next_to: &dyn Fn(&Slot) -> bool = match self.rules.kind {
                Kind::Dynamic | Kind::Shards => &|_| true,
                Kind::Root => &|there| there.name == slot.name,
                Kind::Static => &|_| false,
            };
            group.extend(left.take_while(|(_, there)| next_to(there)).map(|(id, _)| *id));
            for id in &group {
                self.stop_slot(*id, Why::Tree, way, cause.clone());
            }
            if let Mode::Ending(ending) = &mut self.mode {
                ending.before = group.last().copied().unwrap_or(0);
                ending.group = group;
            }
        }
    }

    pub(super) fn ended(&mut self) {
        let keeps = self.keeps_queues();
        let Mode::Ending(ending) = std::mem::replace(&mut self.mode, Mode::Ended) else { return };
        let ids: Vec<SlotId> = self.slots.keys().copied().collect();
        for id in ids {
            // Slots of static children survive a supervisor that may be restarted; those of dynamic ones end (S27h).
            if !keeps {
                self.acts.push_back(Act::Close(id, ending.reason.clone()));
            }
            if self.slots.get(&id).is_some_and(|slot| !slot.is_static) && self.rules.kind != Kind::Root {
                self.remove(id);
            }
        }
        self.acts.push_back(Act::End(ending.reason));
    }

    // ---- administration (S29) ----------------------------------------------------------------------------------------

    /// Somebody else than its supervisor asks a child to stop that has no life now: one that waits for its restart.
    pub(crate) fn stop_asked(&mut self, id: SlotId, cause: Cause, now: Instant) {
        let waits = |slot: &Slot| {
            matches!(slot.phase, Phase::Backoff { .. })
                && slot.terms.restart != Restart::Permanent
                && slot.is_over()
        };
        if matches!(self.mode, Mode::Running) && self.slots.get(&id).is_some_and(waits) {
            self.terminate(id, cause, now);
        }
    }

    /// True if it is down already.
    pub(crate) fn terminate(&mut self, id: SlotId, cause: Cause, now: Instant) -> bool {
        let is_group = matches!(self.mode, Mode::Group(_));
        let Some(slot) = self.slots.get_mut(&id) else { return true };
        slot.is_held = is_group;
        match slot.phase {
            Phase::Starting | Phase::Up => {
                slot.leave_up(now);
                self.stop_slot(id, Why::Terminate, Way::Drain, cause);
                false
            }
            // Its ladder runs; but now it was asked for, and nothing restarts it (S19).
            Phase::Stopping(Why::StartTimeout | Why::Group) => {
                slot.phase = Phase::Stopping(Why::Terminate);
                false
            }
            Phase::Stopping(Why::Terminate | Why::Tree) => false,
            Phase::Backoff { .. } | Phase::Waiting | Phase::Late(_) => {
                let reason = slot.last_reason.clone().unwrap_or(ExitReason::Normal);
                self.queued.retain(|there| *there != id);
                self.late.retain(|(there, _)| *there != id);
                self.acts.push_back(Act::ClearTime(id));
                self.acts.push_back(Act::Close(id, ExitReason::Shutdown(cause)));
                self.acts.push_back(Act::Emit(id, EventKind::Stopped));
                self.go_down(id, reason);
                self.advance(now);
                true
            }
            Phase::Down(_) | Phase::Removed => true,
        }
    }

    pub(crate) fn restart_by_hand(&mut self, id: SlotId, now: Instant) -> Result<(), Refused> {
        let is_ending = self.is_ending();
        let slot = self.slots.get_mut(&id).ok_or(Refused::NotFound)?;
        match slot.phase {
            Phase::Down(_) if is_ending => Err(Refused::Stopped),
            Phase::Down(_) if !slot.is_over() || slot.leaks => Err(Refused::Restarting), // two lives never overlap (S31d)
            Phase::Down(_) => {
                (slot.phase, slot.is_held, slot.is_isolated) = (Phase::Waiting, false, false);
                let comes = match &self.mode {
                    Mode::First(at) => slot.is_static && id > *at,
                    Mode::Group(Group { step: Step::Start(at), .. }) => id >= *at,
                    Mode::Group(group) => id >= group.from,
                    Mode::Made => slot.is_static,
                    Mode::Running | Mode::Ending(_) | Mode::Ended => false,
                };
                if comes {
                    return Ok(()); // the phase starts it in its turn
                }
                slot.by_hand = ByHand::Restarted;
                if matches!(self.mode, Mode::Running) {
                    self.start(id, now);
                } else {
                    self.queued.push_back(id);
                }
                Ok(())
            }
            Phase::Backoff { .. } | Phase::Waiting | Phase::Late(_) => Err(Refused::Restarting),
            Phase::Starting | Phase::Up | Phase::Stopping(_) => Err(Refused::Running),
            Phase::Removed => Err(Refused::NotFound),
        }
    }

    pub(crate) fn delete(&mut self, id: SlotId) -> Result<(), Refused> {
        let slot = self.slots.get(&id).ok_or(Refused::NotFound)?;
        match slot.phase {
            Phase::Down(_) if slot.is_over() => {
                self.remove(id);
                Ok(())
            }
            Phase::Down(_) | Phase::Backoff { .. } | Phase::Waiting | Phase::Late(_) => {
                Err(Refused::Restarting)
            }
            Phase::Starting | Phase::Up | Phase::Stopping(_) => Err(Refused::Running),
            Phase::Removed => Err(Refused::NotFound),
        }
    }
}
