//! Slots: handing out, taking back, and the record as the rest of the crate sees it.

use crate::clock::now_coarse_ms;
use crate::ident::{Class, TaskId};
use crate::raw;
use crate::record::word::{ABORT, ENDED, Word};
use crate::sync::lock_static;
use std::cell::RefCell;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};

/// Tasks that can be alive in a process at a time: 1.5 GiB of *address space*, of which only touched
/// pages cost memory. A task costs Tokio 300 bytes and more, so the machine ends before the slab does.
pub(crate) const SLOTS_MAX: u32 = 1 << 24;

/// Slots a thread keeps for itself: the shared list is touched once in that many spawns.
const MAGAZINE: usize = 64;

/// Stands for the future's address while it is dropped.
const DROPPING: usize = 1;

/// The hot line of a record; the room's page has the drawing.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) word: Word,
    pub(crate) waker: AtomicUsize,
    pub(crate) future: AtomicUsize,
    pub(crate) site: AtomicUsize,
    pub(crate) polls: AtomicU32,
    pub(crate) last_poll_ms: AtomicU32,
    pub(crate) edge: AtomicU64,
    pub(crate) edge_since_ms: AtomicU32,
    pub(crate) scope: AtomicU32,
    /// Next and previous task of the scope's list; guarded by the scope's lock. 0 is none.
    pub(crate) next: AtomicU32,
    pub(crate) prev: AtomicU32,
}

/// The cold part, in a second array by slot number.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Cold {
    pub(crate) created_ms: AtomicU32,
    pub(crate) starter: AtomicU32,
    pub(crate) starter_generation: AtomicU32,
    /// Number of the name in the scope's table, and which use of it this is (S1d).
    pub(crate) name: AtomicU32,
    pub(crate) suffix: AtomicU32,
    pub(crate) wakes: AtomicU32,
    pub(crate) wait_site: AtomicU32,
}

/// Slots given back and not kept by a thread. Bounded by the number of slots.
static FREE: Mutex<Vec<u32>> = Mutex::new(Vec::new());
/// The first slot never handed out. 0 is "no task", so that no pointer to the slab's base is a task.
static FRESH: AtomicU32 = AtomicU32::new(1);

/// A thread's own slots; at its end they go back to the shared list.
struct Magazine(Vec<u32>);

impl Drop for Magazine {
    fn drop(&mut self) {
        lock_static(&FREE).append(&mut self.0);
    }
}

thread_local! {
    static MINE: RefCell<Magazine> = const { RefCell::new(Magazine(Vec::new())) };
}

fn take_slot() -> Option<u32> {
    let refill = |mine: &mut Vec<u32>| {
        let mut free = lock_static(&FREE);
        let from = free.len().saturating_sub(MAGAZINE);
        mine.extend(free.drain(from..));
        drop(free);
        if mine.is_empty() {
            let first = FRESH.fetch_add(64, Relaxed);
            let end = first.saturating_add(64).min(raw::slots());
            mine.extend((first..end).rev());
            if first >= end {
                FRESH.store(raw::slots(), Relaxed); // stays full instead of wrapping
            }
        }
        mine.pop()
    };
    // A thread whose locals are gone still ends tasks: then the shared list serves directly.
    MINE.try_with(|mine| {
        let mut mine = mine.borrow_mut();
        mine.0.pop().or_else(|| refill(&mut mine.0))
    })
    .unwrap_or_else(|_| refill(&mut Vec::new()))
}

fn give_slot(index: u32) {
    let kept = MINE.try_with(|mine| {
        let mine = &mut mine.borrow_mut().0;
        mine.push(index);
        if mine.len() >= 2 * MAGAZINE {
            let from = mine.len() - MAGAZINE;
            lock_static(&FREE).extend(mine.drain(from..));
        }
    });
    if kept.is_err() {
        lock_static(&FREE).push(index);
    }
}

/// Frees the slot of a record whose last reference was given back.
pub(crate) fn retire(index: u32) {
    if raw::slot(index).word.retire() {
        give_slot(index);
    }
}

/// Slots ever touched: where a walk over all records ends.
pub(crate) fn high_water() -> u32 {
    FRESH.load(Relaxed).min(raw::slots())
}

/// A record somebody holds a reference to, or is the poll of: its fields are those of one task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) index: u32,
    pub(crate) slot: &'static Slot,
}

/// What is known of a task when it is made.
#[derive(Debug)]
pub(crate) struct Birth {
    pub(crate) class: Class,
    pub(crate) flags: u64,
    pub(crate) site: &'static Location<'static>,
    pub(crate) starter: Option<TaskId>,
}

impl Record {
    /// A new record with a reference for the task, and one for the handle if `flags` has `HANDLE`.
    /// Not yet visible: [`Record::publish`] comes when the scope has put it into its list.
    pub(crate) fn take() -> Option<Self> {
        take_slot().map(Self::at)
    }

    pub(crate) fn at(index: u32) -> Self {
        Self { index, slot: raw::slot(index) }
    }

    /// Gives back a slot that was taken and not published.
    pub(crate) fn give_back(self) {
        give_slot(self.index);
    }

    pub(crate) fn publish(self, birth: &Birth) {
        let (slot, cold) = (self.slot, self.cold());
        slot.waker.store(0, Relaxed);
        slot.future.store(0, Relaxed);
        slot.site.store(raw::site_to_addr(birth.site), Relaxed);
        slot.polls.store(0, Relaxed);
        slot.last_poll_ms.store(0, Relaxed);
        slot.edge.store(0, Relaxed);
        cold.created_ms.store(now_coarse_ms(), Relaxed);
        cold.starter.store(birth.starter.map_or(0, |id| id.index), Relaxed);
        cold.starter_generation.store(birth.starter.map_or(0, |id| id.generation), Relaxed);
        cold.wakes.store(0, Relaxed);
        cold.wait_site.store(0, Relaxed);
        slot.word.publish(birth.class, birth.flags);
    }

    pub(crate) fn cold(self) -> &'static Cold {
        raw::cold(self.index)
    }

    pub(crate) fn id(self) -> TaskId {
        TaskId { index: self.index, generation: self.slot.word.generation() }
    }

    pub(crate) fn is_ended(self) -> bool {
        self.slot.word.read().has(ENDED)
    }

    /// Rung 3: asks the task's next yield to drop it. False if it was asked before.
    pub(crate) fn abort(self) -> bool {
        let first = !self.slot.word.set(ABORT).has(ABORT);
        if first {
            raw::wake_slot(self.slot);
        }
        first
    }

    /// The future's destructor runs from now on: there is nothing at its address to look at any more.
    pub(crate) fn begin_drop(self) {
        self.slot.last_poll_ms.store(now_coarse_ms(), Relaxed);
        self.slot.future.store(DROPPING, Release); // pairs with `is_dropping`: whoever sees the mark sees the time
    }

    /// Whether the future's destructor runs; since `last_poll_ms`.
    pub(crate) fn is_dropping(self) -> bool {
        self.slot.future.load(Acquire) == DROPPING && !self.is_ended() // pairs with `begin_drop`
    }

    pub(crate) fn starter(self) -> Option<TaskId> {
        let cold = self.cold();
        let index = cold.starter.load(Relaxed);
        (index != 0).then(|| TaskId { index, generation: cold.starter_generation.load(Relaxed) })
    }

    pub(crate) fn site(self) -> Option<&'static Location<'static>> {
        raw::site_from_addr(self.slot.site.load(Acquire))
    }
}

/// A counted reference to a record.
#[derive(Debug)]
pub(crate) struct RecordRef(Record);

impl RecordRef {
    /// The record of an id, if it is still there.
    pub(crate) fn of(id: TaskId) -> Option<Self> {
        if id.index == 0 || id.index >= high_water() {
            return None;
        }
        let record = Record::at(id.index);
        record.slot.word.try_ref(id.generation).then(|| Self(record)) // lazily: its drop gives a reference back
    }

    /// Whatever record stands in a slot.
    pub(crate) fn at(index: u32) -> Option<Self> {
        let record = Record::at(index);
        record.slot.word.try_ref_any().then(|| Self(record))
    }

    pub(crate) fn record(&self) -> Record {
        self.0
    }
}

impl Drop for RecordRef {
    fn drop(&mut self) {
        raw::release(self.0.slot);
    }
}

/// Wakes the task of an id, if it is still there.
pub(crate) fn wake(id: TaskId) {
    if id.index == 0 || id.index >= high_water() {
        return;
    }
    let record = Record::at(id.index);
    if record.slot.word.try_ref_and_wake(id.generation) {
        let record = RecordRef(record); // its drop gives the reference back
        raw::wake_noted(record.0.slot);
    }
}
