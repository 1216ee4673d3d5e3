//! The word of a record: flags, references and generation, each step one atomic operation.
//!
//! | flag | set by | means |
//! |---|---|---|
//! | `WOKEN` | a wake, before Tokio's own; cleared when a poll begins | will be polled; a wake during a poll survives it |
//! | `RUNNING` | the poller | being polled now |
//! | `ABORT` | abort; never cleared | drop the future instead of polling it, or after this poll |
//! | `ENDED` | the end; never cleared | the future has been dropped, the exit is published |
//! | `LEAKED` | rung 4; never cleared | its ladder has run out |
//! | `WAITS` | a wait through tenure; never cleared | the cancel of its scope must wake it |
//! | `HANDLE` | spawn; cleared by the handle's drop | somebody may still ask for the exit |
//! | `EDGES` | a second wait at the same time | more edges stand in the side table |
//! | `HOUSE` | spawn | tenure's own: outside the account |
//! | `INLINE` | spawn | no task of Tokio: main in a foreign runtime |
//! | `NOTED` | a wait for the end, or an end without a value | something stands in the table of exits (E1) |

use crate::ident::Class;
use crate::sync::{AtomicU64, Ordering, fence};

pub(crate) const WOKEN: u64 = 1;
pub(crate) const RUNNING: u64 = 1 << 1;
pub(crate) const ABORT: u64 = 1 << 2;
pub(crate) const ENDED: u64 = 1 << 3;
pub(crate) const LEAKED: u64 = 1 << 4;
pub(crate) const WAITS: u64 = 1 << 5;
pub(crate) const HANDLE: u64 = 1 << 6;
pub(crate) const EDGES: u64 = 1 << 7;
pub(crate) const HOUSE: u64 = 1 << 8;
/// Polled inside another task or thread, not by Tokio: main in a foreign runtime.
pub(crate) const INLINE: u64 = 1 << 9;
pub(crate) const NOTED: u64 = 1 << 10;
const CLASS_SHIFT: u32 = 11;
const CLASS: u64 = 0b11 << CLASS_SHIFT;

const REF_SHIFT: u32 = 13;
const REF: u64 = 1 << REF_SHIFT;
const REFS: u64 = (1 << 24) - 1;
const GENERATION_SHIFT: u32 = 37;
/// The last generation of a slot; after it the slot is retired for good.
pub(crate) const GENERATION_MAX: u32 = (1 << 27) - 1;

#[derive(Debug, Default)]
pub(crate) struct Word(AtomicU64);

/// What whoever dropped a handle must do then.
#[must_use = "a noted exit must be taken out, and the last reference retires the record"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandleGone {
    /// Something may stand in the table of exits: take it out, then release.
    Noted,
    /// Its reference was the last.
    AndLast,
    /// Others are left.
    AndReleased,
}

/// A reading of the word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading(u64);

impl Reading {
    pub(crate) fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    pub(crate) fn class(self) -> Class {
        match (self.0 & CLASS) >> CLASS_SHIFT {
            0 => Class::Request,
            1 => Class::Service,
            _ => Class::Blocking,
        }
    }

    fn refs(self) -> u64 {
        (self.0 >> REF_SHIFT) & REFS
    }

    pub(crate) fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }
}

impl Word {
    pub(crate) fn read(&self) -> Reading {
        Reading(self.0.load(Ordering::Acquire)) // pairs with `publish` and the ends of polls
    }

    pub(crate) fn generation(&self) -> u32 {
        Reading(self.0.load(Ordering::Relaxed)).generation()
    }

    /// Makes a free slot a live record: one reference for the task, one for its handle.
    pub(crate) fn publish(&self, class: Class, flags: u64) {
        let class = match class {
            Class::Request => 0,
            Class::Service => 1,
            Class::Blocking => 2,
        };
        let generation = u64::from(self.generation().max(1)) << GENERATION_SHIFT;
        let refs = if flags & HANDLE != 0 { 2 * REF } else { REF };
        // Release: whoever sees the references also sees the fields written before.
        self.0.store(generation | refs | flags | (class << CLASS_SHIFT) | WOKEN, Ordering::Release);
    }

    /// Takes a reference for whoever holds one already.
    pub(crate) fn add_ref(&self) {
        let before = Reading(self.0.fetch_add(REF, Ordering::Relaxed)); // as `Arc`: the holder's reference orders it
        if before.refs() > REFS / 2 {
            std::process::abort(); // 8 million wakers of one task: going on would free a record in use
        }
    }

    /// Takes a reference of a record known by number alone; fails if that record is not there any more.
    pub(crate) fn try_ref(&self, generation: u32) -> bool {
        self.try_ref_with(generation, 0, Ordering::Acquire)
    }

    /// The same, and notes a wake in the same step.
    pub(crate) fn try_ref_and_wake(&self, generation: u32) -> bool {
        self.try_ref_with(generation, WOKEN, Ordering::AcqRel) // as `note_wake`
    }

    fn try_ref_with(&self, generation: u32, flag: u64, success: Ordering) -> bool {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let reading = Reading(seen);
            if reading.refs() == 0 || reading.generation() != generation {
                return false;
            }
            // Acquire: pairs with `publish`, so the fields are those of this generation.
            match self.0.compare_exchange_weak(seen, (seen + REF) | flag, success, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// Takes a reference of whatever record is there, for a reader of the whole slab.
    pub(crate) fn try_ref_any(&self) -> bool {
        let reading = Reading(self.0.load(Ordering::Relaxed));
        reading.refs() != 0 && self.try_ref(reading.generation())
    }

    /// Gives a reference back. True for the last one: the caller must retire the record.
    #[must_use = "the last reference retires the record"]
    pub(crate) fn release(&self) -> bool {
        // AcqRel: what any holder did happens before the retirement.
        Reading(self.0.fetch_sub(REF, Ordering::AcqRel)).refs() == 1
    }

    /// Gives back the handle's reference, and `HANDLE` with it, unless something is noted for it (E1): then only `HANDLE`.
    pub(crate) fn release_handle(&self) -> HandleGone {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let reading = Reading(seen);
            let is_noted = reading.has(NOTED);
            let next = if is_noted { seen & !HANDLE } else { (seen & !HANDLE) - REF };
            // AcqRel: as `release`, and as `clear`.
            match self.0.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if is_noted => return HandleGone::Noted,
                Ok(_) if reading.refs() == 1 => return HandleGone::AndLast,
                Ok(_) => return HandleGone::AndReleased,
                Err(now) => seen = now,
            }
        }
    }

    /// Frees the slot under the next generation. Only after `release` said so. False: never use it again.
    #[must_use = "a slot without generations left must not be given out again"]
    pub(crate) fn retire(&self) -> bool {
        let generation = self.generation();
        let next = if generation >= GENERATION_MAX { 0 } else { generation + 1 };
        self.0.store(u64::from(next) << GENERATION_SHIFT, Ordering::Release);
        next != 0
    }

    pub(crate) fn set(&self, flag: u64) -> Reading {
        Reading(self.0.fetch_or(flag, Ordering::SeqCst)) // SeqCst: `EDGES` against the other waiter's walk (S40e)
    }

    /// As `read`, in the one order of all sequentially consistent steps: for the walk over wait edges (S40e).
    pub(crate) fn read_in_order(&self) -> Reading {
        Reading(self.0.load(Ordering::SeqCst))
    }

    /// Marks the task as waiting through tenure, before it looks at its context's flag. Whoever sets the flag calls
    /// [`before_the_walk`] and looks at the marks then: at least one of the two sees the other (L10).
    pub(crate) fn mark_waiting(&self) {
        if !self.read().has(WAITS) {
            self.0.fetch_or(WAITS, Ordering::Relaxed); // the fence orders it
            fence(Ordering::SeqCst);
        }
    }

    pub(crate) fn clear(&self, flag: u64) -> Reading {
        Reading(self.0.fetch_and(!flag, Ordering::AcqRel))
    }

    pub(crate) fn note_wake(&self) {
        // Release pairs with `begin_poll`; Acquire with the `end_poll` of the first poll, which has kept the waker (L8).
        self.0.fetch_or(WOKEN, Ordering::AcqRel);
    }

    /// `RUNNING` on, `WOKEN` off. What was there before.
    pub(crate) fn begin_poll(&self) -> Reading {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let next = (seen | RUNNING) & !WOKEN;
            match self.0.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Reading(seen),
                Err(now) => seen = now,
            }
        }
    }

    /// `RUNNING` off; a `WOKEN` that came meanwhile stays. What was there before.
    pub(crate) fn end_poll(&self) -> Reading {
        self.clear(RUNNING)
    }
}

/// Stands between a cancel flag that was set and the walk over the marks of those who wait (L10).
pub(crate) fn before_the_walk() {
    fence(Ordering::SeqCst); // pairs with `mark_waiting`
}
