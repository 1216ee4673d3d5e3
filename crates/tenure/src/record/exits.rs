//! Side table: who waits for the end of a task, and its exit where it was no value. Only for tasks whose handle is
//! still held, so its size is bounded by theirs; both go when the handle does.

use crate::exit::ExitReason;
use crate::ident::TaskId;
use crate::record::slab::Record;
use crate::record::wait::Wakee;
use crate::record::word::{ABORT, ENDED, HANDLE, NOTED};
use crate::sync::lock_static;
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Locks the table is divided by: a power of two, a few per worker.
const SHARDS: usize = 64;

#[derive(Debug, Default)]
struct Entry {
    waiter: Option<Wakee>,
    exit: Option<ExitReason>,
}

type Shard = Mutex<FxHashMap<u32, Entry>>;

fn shard(index: u32) -> MutexGuard<'static, FxHashMap<u32, Entry>> {
    static TABLE: OnceLock<Vec<Shard>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..SHARDS).map(|_| Mutex::default()).collect());
    lock_static(&table[index as usize % SHARDS])
}

/// Marks the task ended and tells who waits for it, in one step (S5c). `exit` only if it left no value.
///
/// E1: whoever puts something into the table does so before it sets `NOTED`, and the flags of one word are set and cleared
/// in one order. So of the end, a wait and the handle's drop the later one sees what the earlier one left, and takes it out.
pub(crate) fn publish(record: Record, exit: Option<ExitReason>) -> Option<Wakee> {
    let word = &record.slot.word;
    let leaves = exit.is_some() && word.read().has(HANDLE);
    if leaves {
        shard(record.index).entry(record.index).or_default().exit = exit;
    }
    let before = word.set(if leaves { ENDED | NOTED } else { ENDED });
    if before.has(ABORT) {
        drop(take_abort(record.id())); // noted after its end was judged
    }
    if !leaves && !before.has(NOTED) {
        return None;
    }
    let mut shard = shard(record.index);
    if leaves && before.has(HANDLE) {
        return shard.get_mut(&record.index).and_then(|entry| entry.waiter.take());
    }
    // There is a value to ask for, or nobody who could ask.
    let entry = shard.remove(&record.index);
    drop(shard);
    entry.and_then(|entry| entry.waiter)
}

/// Is the task ended? If not, `waiter` is told when it is. Only for the holder of the handle.
pub(crate) fn ended_or_wait(record: Record, waiter: Wakee) -> bool {
    if record.is_ended() {
        return true;
    }
    let old = shard(record.index).entry(record.index).or_default().waiter.replace(waiter);
    drop(old);
    if !record.slot.word.set(NOTED).has(ENDED) {
        return false;
    }
    let mine = shard(record.index).get_mut(&record.index).and_then(|entry| entry.waiter.take());
    drop(mine);
    true
}

/// The exit of an ended task that left no value.
pub(crate) fn exit(record: Record) -> Option<ExitReason> {
    if !record.slot.word.read().has(NOTED) {
        return None;
    }
    shard(record.index).get(&record.index).and_then(|entry| entry.exit.clone())
}

/// The handle goes: nobody will ask any more.
pub(crate) fn forget(record: Record) {
    if !record.slot.word.clear(HANDLE).has(NOTED) {
        return; // most tasks leave nothing here
    }
    let entry = shard(record.index).remove(&record.index);
    drop(entry);
}

/// Why a task was aborted where its context does not say: by its handle, or by force of its child spec.
static ABORTS: Mutex<Option<FxHashMap<TaskId, crate::error::Cause>>> = Mutex::new(None);

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
