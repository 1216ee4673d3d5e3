//! Side table: who waits for the end of a task, and its exit where it was no value. Only for tasks whose handle is
//! still held, so its size is bounded by theirs; both go when the handle does.

use crate::exit::ExitReason;
use crate::ident::TaskId;
use crate::raw;
use crate::record::slab::Record;
use crate::record::wait::Wakee;
use crate::record::word::{ABORT, ENDED, HANDLE, HandleGone, NOTED, Reading, Word};
use crate::sync::{Mutex, lock_static};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// Locks the table is divided by: a power of two, a few per worker.
const SHARDS: usize = 64;

#[derive(Debug, Default)]
struct Entry {
    waiter: Option<Wakee>,
    exit: Option<ExitReason>,
}

/// One part of the table, by slot.
///
/// E1: whoever puts something into the table does so before it sets `NOTED`, and the flags of one word are set and cleared
/// in one order. So of the end, a wait and the handle's drop the later one sees what the earlier one left, and takes it out.
/// Most tasks end with a value before anybody waits for them: then nobody looks into the table.
pub(super) struct Exits(Mutex<FxHashMap<u32, Entry>>);

impl Exits {
    pub(super) fn new() -> Self {
        Self(Mutex::new(FxHashMap::default()))
    }

    /// The end. What the word said before, and who is to be told.
    pub(super) fn publish(
        &self,
        index: u32,
        word: &Word,
        exit: Option<ExitReason>,
    ) -> (Reading, Option<Wakee>) {
        let leaves = exit.is_some() && word.read().has(HANDLE);
        if leaves {
            self.0.lock().entry(index).or_default().exit = exit;
        }
        let before = word.set(if leaves { ENDED | NOTED } else { ENDED });
        if !leaves && !before.has(NOTED) {
            return (before, None);
        }
        let mut table = self.0.lock();
        if leaves && before.has(HANDLE) {
            return (before, table.get_mut(&index).and_then(|entry| entry.waiter.take()));
        }
        // There is a value to ask for, or nobody who could ask.
        let entry = table.remove(&index);
        drop(table);
        (before, entry.and_then(|entry| entry.waiter))
    }

    /// A wait of the handle's holder. True if the task has ended.
    pub(super) fn ended_or_wait(&self, index: u32, word: &Word, waiter: Wakee) -> bool {
        if word.read().has(ENDED) {
            return true;
        }
        let old = self.0.lock().entry(index).or_default().waiter.replace(waiter);
        drop(old);
        if !word.set(NOTED).has(ENDED) {
            return false;
        }
        let mine = self.0.lock().get_mut(&index).and_then(|entry| entry.waiter.take());
        drop(mine);
        true
    }

    pub(super) fn exit(&self, index: u32, word: &Word) -> Option<ExitReason> {
        if !word.read().has(NOTED) {
            return None;
        }
        self.0.lock().get(&index).and_then(|entry| entry.exit.clone())
    }

    /// The handle's drop. True if its reference was the last.
    pub(super) fn forget(&self, index: u32, word: &Word) -> bool {
        match word.release_handle() {
            HandleGone::AndLast => true,
            HandleGone::AndReleased => false,
            HandleGone::Noted => {
                // While the reference is held: the slot's next task has the same number.
                let entry = self.0.lock().remove(&index);
                drop(entry);
                word.release()
            }
        }
    }

    #[cfg(all(test, tenure_loom))]
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

fn table(record: Record) -> &'static Exits {
    static TABLE: OnceLock<Vec<Exits>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..SHARDS).map(|_| Exits::new()).collect());
    &table[record.index as usize % SHARDS]
}

/// Marks the task ended and tells who waits for it, in one step (S5c). `exit` only if it left no value.
pub(crate) fn publish(record: Record, exit: Option<ExitReason>) -> Option<Wakee> {
    let (before, waiter) = table(record).publish(record.index, &record.slot.word, exit);
    if before.has(ABORT) {
        drop(take_abort(record.id())); // noted after its end was judged
    }
    waiter
}

/// The reference of a task's handle. Its drop says that nobody will ask for the exit any more.
#[derive(Debug)]
pub(crate) struct HandleRef(Record);

impl HandleRef {
    /// Takes over the reference that `publish` made with `HANDLE`.
    pub(crate) fn new(record: Record) -> Self {
        Self(record)
    }

    pub(crate) fn record(&self) -> Record {
        self.0
    }

    /// Is the task ended? If not, `waiter` is told when it is.
    pub(crate) fn ended_or_wait(&self, waiter: Wakee) -> bool {
        table(self.0).ended_or_wait(self.0.index, &self.0.slot.word, waiter)
    }

    /// The exit of an ended task that left no value.
    pub(crate) fn exit(&self) -> Option<ExitReason> {
        table(self.0).exit(self.0.index, &self.0.slot.word)
    }
}

impl Drop for HandleRef {
    fn drop(&mut self) {
        if table(self.0).forget(self.0.index, &self.0.slot.word) {
            raw::retire(self.0.slot);
        }
    }
}

/// Why a task was aborted where its context does not say: by its handle, or by force of its child spec.
static ABORTS: std::sync::Mutex<Option<FxHashMap<TaskId, crate::error::Cause>>> = std::sync::Mutex::new(None);

/// Keeps the cause of an abort until the task ends; the first stays (S10b).
pub(crate) fn note_abort(id: TaskId, cause: crate::error::Cause) {
    lock_static(&ABORTS).get_or_insert_default().entry(id).or_insert(cause);
}

/// The cause of an abort, taken by the end of the task.
pub(crate) fn take_abort(id: TaskId) -> Option<crate::error::Cause> {
    lock_static(&ABORTS).as_mut().and_then(|aborts| aborts.remove(&id))
}

/// The cause of an abort that was noted and is not taken yet.
pub(crate) fn noted_abort(id: TaskId) -> Option<crate::error::Cause> {
    lock_static(&ABORTS).as_ref().and_then(|aborts| aborts.get(&id).cloned())
}
