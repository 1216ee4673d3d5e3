//! **Pure**: the machine itself: slots, modes, acts, what is seen of them, who may be added.

use crate::error::Cause;
use crate::exit::ExitReason;
use crate::ident::TaskPath;
use crate::record::events::EventKind;
use crate::scope::snapshot::SupervisorNote;
use crate::supervisor::decide::{Asked, Dice, Remake, Window};
use crate::supervisor::spec::{Backoff, GiveUp, Restart};
use crate::supervisor::tree::{AutoShutdown, Intensity, Strategy};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Grows by one per slot: the order of starts.
pub(crate) type SlotId = u64;

/// Up for so long without interruption, a child is stable: its next restart waits the first delay again (S22b).
pub const STABLE_AFTER: Duration = Duration::from_secs(30);

/// What decides about a child.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) restart: Restart,
    pub(crate) remake: Remake,
    pub(crate) backoff: Backoff,
    pub(crate) max_restarts: Option<u32>,
    pub(crate) give_up: GiveUp,
    pub(crate) significant: bool,
    pub(crate) retry_start: bool,
    /// `None` where nothing of the user's runs before it is ready.
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) is_supervisor: bool,
}

/// What a slot does.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// Its turn to start has not come.
    Waiting,
    Starting,
    Up,
    Stopping(Why),
    Backoff {
        until: Instant,
        attempt: u32,
    },
    Down(ExitReason),
    /// It has ended in a phase, and is judged after it.
    Late(ExitReason),
    /// A temporary child that is gone: only a new life of its supervisor starts it again.
    Removed,
}

/// Why a slot is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Terminate,
    Group,
    Tree,
    /// It was not ready in time (S17d).
    StartTimeout,
}

/// Whose word the present start follows, where it is not the supervisor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByHand {
    No,
    /// Its very first: a failure leaves nothing (S18c).
    Added,
    /// A failure is told and leaves it down; it is no restart that counts (S21f).
    Restarted,
}

/// How a slot is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It drains, and its queue is answered.
    Drain,
    /// Its turn in progress ends; no drain, and its queue is kept for the next life (S28d).
    Halt,
    /// It was not ready in time: cancelled at once (S17d).
    Cancel,
}

/// What a machine belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The root's implicit one (S8b): it is always running, its end is the shutdown plan, and neighbours of one name stop
    /// together (S25a).
    Root,
    Static,
    /// The same, but its children stop together (S53).
    Shards,
    /// Its children have one template and no order: they stop together (S29e).
    Dynamic,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    pub(crate) path: TaskPath,
    pub(crate) terms: Terms,
    pub(crate) phase: Phase,
    /// It stands in the supervisor's own spec, so that its next life starts it again.
    pub(super) is_static: bool,
    /// A life's task runs.
    pub(super) task: bool,
    /// A life's scope has not ended.
    pub(super) scope: bool,
    /// Restarts since it was last stable.
    pub(super) attempt: u32,
    pub(super) up_since: Option<Instant>,
    /// When it went into its backoff, or was given up on.
    pub(super) changed: Option<Instant>,
    /// The present life, or the last, was ready.
    pub(super) was_ready: bool,
    pub(super) by_hand: ByHand,
    /// Terminated by hand while its group is restarted, which therefore leaves it down (S19).
    pub(super) is_held: bool,
    /// A life of it was named and has not ended: no other may begin (S31d).
    pub(super) leaks: bool,
    pub(super) start_by: Option<Instant>,
    /// Lives that became ready: the number of the present one.
    pub(crate) starts: u32,
    pub(crate) exits: u32,
    pub(crate) failed_starts: u32,
    pub(crate) last_reason: Option<ExitReason>,
    pub(crate) is_isolated: bool,
}

impl Slot {
    pub(super) fn is_over(&self) -> bool {
        !self.task && !self.scope
    }

    /// It is not up any more; stability counts until then, not until its end is judged (S22b).
    pub(super) fn leave_up(&mut self, now: Instant) {
        if self.up_since.take().is_some_and(|since| now.saturating_duration_since(since) >= STABLE_AFTER) {
            self.attempt = 0;
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.phase, Phase::Starting | Phase::Up | Phase::Stopping(_))
    }
}

/// A group restart (S20b, c).
#[derive(Debug)]
pub(super) struct Group {
    /// Whose exit it was.
    pub(super) trigger: SlotId,
    /// The first that is stopped and started again.
    pub(super) from: SlotId,
    pub(super) delay: Duration,
    pub(super) step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Stop,
    Wait(Instant),
    /// The first that is not ready yet.
    Start(SlotId),
}

#[derive(Debug)]
pub(super) enum Mode {
    /// Not begun.
    Made,
    /// The first that is not ready yet.
    First(SlotId),
    Running,
    Group(Group),
    Ending(Ending),
    Ended,
}

#[derive(Debug)]
pub(super) struct Ending {
    pub(super) reason: ExitReason,
    pub(super) way: Way,
    pub(super) cause: Cause,
    /// Those being stopped together, until they are over.
    pub(super) group: Vec<SlotId>,
    /// What stands behind it in start order is over.
    pub(super) before: SlotId,
}

/// What must be done, in order.
#[derive(Debug)]
pub(crate) enum Act {
    Start(SlotId),
    Stop(SlotId, Way, Cause),
    /// Tell [`Machine::time`] then; replaces the slot's earlier time.
    At(SlotId, Instant),
    ClearTime(SlotId),
    Emit(SlotId, EventKind),
    /// No further life will come: what is queued is told, new requests are refused.
    Close(SlotId, ExitReason),
    /// The life is gone, and another will come.
    Lost(SlotId, ExitReason),
    /// It is forgotten.
    Remove(SlotId),
    /// All children of the first start are ready.
    Ready,
    /// The supervisor gave up on a child.
    GaveUp,
    /// Of the root: a child that cannot be restarted failed (S8e), or it gave up (S31b).
    FailRoot(SlotId, RootFails),
    /// The supervisor has ended.
    End(ExitReason),
}

#[derive(Clone, Debug)]
pub(crate) enum RootFails {
    TaskFailed,
    GaveUp(ExitReason),
}

/// Why the machine refuses an administrator (S29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    AlreadyPresent,
    AlreadyStarted,
    Full,
    Stopped,
    NotFound,
    Running,
    Restarting,
}

/// What a supervisor is made of, beside its children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) kind: Kind,
    pub(crate) strategy: Strategy,
    pub(crate) intensity: Intensity,
    pub(crate) auto_shutdown: AutoShutdown,
    pub(crate) max_children: u32,
}

#[derive(Debug)]
pub(crate) struct Machine {
    pub(super) rules: Rules,
    pub(super) window: Window,
    pub(super) slots: BTreeMap<SlotId, Slot>,
    /// Those that are shown, where names are unique.
    pub(super) by_name: FxHashMap<Arc<str>, SlotId>,
    pub(super) next: SlotId,
    pub(super) mode: Mode,
    /// Ended in a phase, in the order of their ends (S26c).
    pub(super) late: VecDeque<(SlotId, Asked)>,
    /// To be started by hand when the phase is over.
    pub(super) queued: VecDeque<SlotId>,
    pub(super) dice: Dice,
    pub(super) acts: VecDeque<Act>,
    pub(super) gave_up: Option<Instant>,
}

impl Machine {
    pub(crate) fn new(rules: Rules, seed: u64) -> Self {
        let mode = if rules.kind == Kind::Root { Mode::Running } else { Mode::Made };
        Self {
            rules,
            window: Window::new(rules.intensity),
            slots: BTreeMap::new(),
            by_name: FxHashMap::default(),
            next: 0,
            mode,
            late: VecDeque::new(),
            queued: VecDeque::new(),
            dice: Dice::new(seed),
            acts: VecDeque::new(),
            gave_up: None,
        }
    }

    /// The next thing to do.
    pub(crate) fn next_act(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    // ---- what is seen ----------------------------------------------------------------------------------------------

    pub(crate) fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(&id)
    }

    /// In start order, without what was removed (S29d).
    pub(crate) fn shown(&self) -> impl Iterator<Item = (SlotId, &Slot)> {
        self.slots
            .iter()
            .filter(|(_, slot)| !matches!(slot.phase, Phase::Removed))
            .map(|(id, slot)| (*id, slot))
    }

    pub(crate) fn find(&self, name: &str) -> Option<SlotId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Restarts that count at `now`, and how many may.
    pub(crate) fn window(&mut self, now: Instant) -> (u32, Intensity) {
        (self.window.held(now), self.window.intensity())
    }

    /// What the health of it is judged by: ages are from `now`.
    pub(crate) fn note(&mut self, path: TaskPath, now: Instant) -> SupervisorNote {
        let (window, intensity) = self.window(now);
        let age = |at: Instant| now.saturating_duration_since(at);
        let since = |slot: &Slot| (slot.path.clone(), slot.changed.map(age).unwrap_or_default());
        let waits = |slot: &&Slot| matches!(slot.phase, Phase::Backoff { .. });
        SupervisorNote {
            path,
            in_backoff: self.slots.values().filter(waits).map(since).collect(),
            window,
            restarts_max: intensity.restarts,
            window_age: self.window.oldest().map(age).unwrap_or_default(),
            isolated: self.slots.values().filter(|slot| slot.is_isolated).map(since).collect(),
            gave_up: self.gave_up.map(age),
        }
    }

    pub(crate) fn is_ending(&self) -> bool {
        matches!(self.mode, Mode::Ending(_) | Mode::Ended)
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.mode, Mode::Ended)
    }

    /// Nothing of any child lives.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.values().all(|slot| slot.is_over() && !matches!(slot.phase, Phase::Backoff { .. }))
    }

    /// All children were ready once.
    pub(crate) fn is_ready(&self) -> bool {
        !matches!(self.mode, Mode::Made | Mode::First(_))
            && self
                .slots
                .values()
                .all(|slot| slot.starts > 0 || !matches!(slot.phase, Phase::Waiting | Phase::Starting))
    }

    /// The slot that a phase waits for (S40h).
    pub(crate) fn waits_for(&self) -> Option<SlotId> {
        match &self.mode {
            Mode::First(at) => Some(*at),
            Mode::Group(Group { step: Step::Start(at), .. }) => Some(*at),
            Mode::Group(_) | Mode::Ending(_) => {
                let stopping = |slot: &Slot| matches!(slot.phase, Phase::Stopping(_));
                self.slots.iter().find(|(_, slot)| stopping(slot)).map(|(id, _)| *id)
            }
            Mode::Made | Mode::Running | Mode::Ended => None,
        }
    }

    // ---- the set ---------------------------------------------------------------------------------------------------

    /// A child of the supervisor's own spec, before it begins.
    pub(crate) fn insert(&mut self, name: Arc<str>, path: TaskPath, terms: Terms, is_static: bool) -> SlotId {
        let id = self.next;
        self.next += 1;
        let slot = Slot {
            name,
            path,
            terms,
            phase: Phase::Waiting,
            is_static,
            task: false,
            scope: false,
            attempt: 0,
            up_since: None,
            changed: None,
            was_ready: false,
            by_hand: if is_static { ByHand::No } else { ByHand::Added },
            is_held: false,
            leaks: false,
            start_by: None,
            starts: 0,
            exits: 0,
            failed_starts: 0,
            last_reason: None,
            is_isolated: false,
        };
        if self.rules.kind != Kind::Root {
            self.by_name.insert(Arc::clone(&slot.name), id);
        }
        self.slots.insert(id, slot);
        id
    }

    /// Whether one more child of that name may come (S29a). Names of the root need not be unique (S1d).
    pub(crate) fn may_add(&self, name: &str) -> Result<(), Refused> {
        if self.is_ending() {
            return Err(Refused::Stopped);
        }
        if self.rules.kind == Kind::Root {
            return Ok(());
        }
        if let Some(slot) = self.find(name).and_then(|id| self.slot(id)) {
            let is_down = matches!(slot.phase, Phase::Down(_) | Phase::Late(_) | Phase::Backoff { .. });
            return Err(if is_down { Refused::AlreadyPresent } else { Refused::AlreadyStarted });
        }
        let is_full =
            self.rules.kind == Kind::Dynamic && self.by_name.len() >= self.rules.max_children as usize;
        if is_full { Err(Refused::Full) } else { Ok(()) }
    }

    /// Starts an added child, now or after the phase.
    pub(crate) fn start_added(&mut self, id: SlotId, now: Instant) {
        // Between its place and this, others may have terminated it, or started it again.
        let waits = |slot: &Slot| matches!(slot.phase, Phase::Waiting) && slot.by_hand == ByHand::Added;
        if !self.is_ending() && !self.slots.get(&id).is_some_and(waits) {
            return;
        }
        match self.mode {
            Mode::Running => self.start(id, now),
            Mode::Made | Mode::First(_) | Mode::Group(_) => self.queued.push_back(id),
            Mode::Ending(_) | Mode::Ended => self.remove(id),
        }
    }

    /// Its task is made, and was not polled yet: a stop may come first.
    pub(crate) fn renew(&mut self) {
        self.mode = Mode::Made;
    }

    /// A life of the supervisor begins (S17a), unless it was stopped before (S26a); all that an earlier one left is over.
    pub(crate) fn begin(&mut self, now: Instant) {
        if !matches!(self.mode, Mode::Made) {
            return;
        }
        self.window.clear();
        self.late.clear();
        self.gave_up = None;
        let gone: Vec<SlotId> =
            self.slots.iter().filter(|(_, slot)| !slot.is_static).map(|(id, _)| *id).collect();
        // But for what was added since its task was started: its turn comes after the phase.
        gone.into_iter()
            .filter(|id| !self.queued.contains(id))
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|id| self.remove(id));
        for (id, slot) in &mut self.slots {
            slot.phase = Phase::Waiting;
            slot.attempt = 0;
            (slot.is_isolated, slot.is_held) = (false, false);
            slot.by_hand = if slot.is_static { ByHand::No } else { ByHand::Added };
            self.by_name.insert(Arc::clone(&slot.name), *id);
        }
        self.mode = Mode::First(0);
        self.advance_first(now);
    }
}

/// A child failed the first start of its supervisor (S18a).
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{child}` could not be started: it {reason}")]
#[non_exhaustive]
pub struct StartError {
    /// That child.
    pub child: TaskPath,
    /// How its start ended.
    pub reason: ExitReason,
}
