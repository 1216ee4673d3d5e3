//! Wait edges: what a task is pending on, on whom, since when. An edge belongs to a wait, so `join!` and `select!`
//! have several: the first stands in the record, the others in a side table.
//!
//! An edge is one number, so that writing it is two stores and reading it never tears:
//!
//! ```text
//! | kind 4 | target type 2 | bounded 1 | serial 11 | low bits of the target's generation 14 | target 32 |
//! ```
//! The serial tells two waits of one task on one target apart; *bounded* says that the wait has a deadline of its own. Invariants: W1 an edge is inserted in the poll of its
//! task only, and removed by whoever drops the wait; W2 it is published before the caller walks the graph, both
//! sequentially consistent (S40e).

use crate::clock::now_coarse_ms;
use crate::ident::TaskId;
use crate::raw;
use crate::record::current;
use crate::record::slab::{self, Record, RecordRef};
use crate::record::word::EDGES;
use crate::sync::lock_static;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::task::Waker;

/// Who is to be woken: a task of tenure by its number, so that waiting holds no waker of it; anything else by waker.
#[derive(Clone, Debug)]
pub(crate) enum Wakee {
    Task(TaskId),
    Foreign(Waker),
}

impl Wakee {
    pub(crate) fn of(waker: &Waker) -> Self {
        match raw::index_of_waker(waker) {
            Some(index) => Self::Task(Record::at(index).id()),
            None => Self::Foreign(waker.clone()),
        }
    }

    pub(crate) fn wake(self) {
        match self {
            Self::Task(id) => slab::wake(id),
            Self::Foreign(waker) => waker.wake(),
        }
    }

    pub(crate) fn is(&self, waker: &Waker) -> bool {
        match self {
            // The whole number: the slot may have had another task when this was made.
            Self::Task(id) => raw::index_of_waker(waker)
                .is_some_and(|index| index == id.index && Record::at(index).id() == *id),
            Self::Foreign(mine) => mine.will_wake(waker),
        }
    }
}

/// What kind of event a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitKind {
    /// The reply of a call.
    Reply,
    /// A place in a mailbox.
    MailboxSpace,
    /// An owner waits for requests.
    MailboxEmpty,
    /// The end of a task or a scope.
    Join,
    /// The end of children, by whoever stops them.
    Children,
    /// A point in time.
    Timer,
    /// The end or the draining of a context.
    Cancel,
    /// Anything tenure does not know: a user's primitive.
    Foreign,
}

/// Where an edge leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Nobody,
    Task(TaskId),
    /// By number of the scope's slot, and its generation.
    Scope(u32, u32),
}

const KINDS: [WaitKind; 8] = [
    WaitKind::Reply,
    WaitKind::MailboxSpace,
    WaitKind::MailboxEmpty,
    WaitKind::Join,
    WaitKind::Children,
    WaitKind::Timer,
    WaitKind::Cancel,
    WaitKind::Foreign,
];
/// A call whose turn is over and whose reply is kept: shown as `Reply`, no edge for the cycle check (S40c).
const DEFERRED: u64 = 9;
const KIND_SHIFT: u32 = 60;
const TYPE_SHIFT: u32 = 58;
const BOUNDED: u64 = 1 << 57;
const SERIAL_SHIFT: u32 = 46;
const SERIAL_MASK: u64 = (1 << 11) - 1;
const GENERATION_SHIFT: u32 = 32;
/// Low bits of a generation that an edge keeps.
const GENERATION_MASK: u64 = (1 << 14) - 1;
const KIND_MASK: u64 = 0b1111 << KIND_SHIFT;

/// One edge as it stands in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    fn new(kind: WaitKind, target: Target) -> Self {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let kind = KINDS.iter().position(|k| *k == kind).map_or(8, |i| i + 1) as u64;
        let serial = u64::from(SERIAL.fetch_add(1, Relaxed)) & SERIAL_MASK;
        let (kind_of_target, index, generation) = match target {
            Target::Nobody => (0, 0, 0),
            Target::Task(id) => (1, id.index, id.generation),
            Target::Scope(index, generation) => (2, index, generation),
        };
        Self(
            (kind << KIND_SHIFT)
                | (kind_of_target << TYPE_SHIFT)
                | (serial << SERIAL_SHIFT)
                | ((u64::from(generation) & GENERATION_MASK) << GENERATION_SHIFT)
                | u64::from(index),
        )
    }

    pub(crate) fn kind(self) -> WaitKind {
        match self.0 >> KIND_SHIFT {
            DEFERRED => WaitKind::Reply,
            n => usize::try_from(n)
                .ok()
                .and_then(|n| KINDS.get(n.wrapping_sub(1)))
                .copied()
                .unwrap_or(WaitKind::Foreign),
        }
    }

    /// Whether the wait itself has a deadline (S13f).
    pub(crate) fn is_bounded(self) -> bool {
        self.0 & BOUNDED != 0
    }

    /// Whom it waits for, by what the edge keeps of them. `None` if it leads nowhere: a deferred call blocks no owner.
    pub(crate) fn target(self) -> Option<EdgeTarget> {
        if self.0 >> KIND_SHIFT == DEFERRED {
            return None;
        }
        self.shown_target()
    }

    pub(crate) fn shown_target(self) -> Option<EdgeTarget> {
        #[expect(clippy::cast_possible_truncation, reason = "the low half, and 14 bits")]
        let (index, generation) = (self.0 as u32, ((self.0 >> GENERATION_SHIFT) & GENERATION_MASK) as u32);
        match (self.0 >> TYPE_SHIFT) & 0b11 {
            1 => Some(EdgeTarget::Task { index, generation }),
            2 => Some(EdgeTarget::Scope { index, generation }),
            _ => None,
        }
    }

    fn same_wait(self, other: u64) -> bool {
        self.0 & !KIND_MASK == other & !KIND_MASK
    }
}

/// The target of an edge: the generation is cut to what fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EdgeTarget {
    Task { index: u32, generation: u32 },
    Scope { index: u32, generation: u32 },
}

impl EdgeTarget {
    /// The task, if it is still there.
    pub(crate) fn task(self) -> Option<RecordRef> {
        let Self::Task { index, generation } = self else { return None };
        let record = RecordRef::at(index)?;
        same_generation(record.record().id().generation, generation).then_some(record)
    }
}

/// What an edge keeps of a generation.
pub(crate) fn kept_generation(full: u32) -> u32 {
    full & ((1 << 14) - 1)
}

/// Whether a full generation is the one an edge kept.
pub(crate) fn same_generation(full: u32, kept: u32) -> bool {
    u64::from(full) & GENERATION_MASK == u64::from(kept)
}

type More = FxHashMap<u32, Vec<(u64, u32)>>;

/// Second and further edges of a task, by slot. Bounded by the waits that tasks hold at a time.
fn more(index: u32) -> MutexGuard<'static, More> {
    const SHARDS: usize = 64;
    static TABLE: OnceLock<Vec<Mutex<More>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..SHARDS).map(|_| Mutex::default()).collect());
    lock_static(&table[index as usize % SHARDS])
}

/// An edge that stands as long as its wait: dropping it takes it away.
#[derive(Debug)]
pub(crate) struct Edge {
    task: TaskId,
    word: Word,
}

thread_local! {
    /// Edges written on this thread: tells whether a future that was polled has written one.
    static EDGES_BEGUN: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn edges_begun() -> u64 {
    EDGES_BEGUN.get()
}

impl Edge {
    /// Writes an edge of the current task (W1); `None` outside a task of tenure.
    pub(crate) fn begin(
        kind: WaitKind,
        target: Target,
        site: Option<&'static Location<'static>>,
    ) -> Option<Self> {
        Self::write(Word::new(kind, target), site)
    }

    /// The same for a wait that may have a deadline of its own.
    pub(crate) fn begin_until(
        kind: WaitKind,
        target: Target,
        site: Option<&'static Location<'static>>,
        deadline: Option<tokio::time::Instant>,
    ) -> Option<Self> {
        let word = Word::new(kind, target);
        Self::write(if deadline.is_some() { Word(word.0 | BOUNDED) } else { word }, site)
    }

    fn write(word: Word, site: Option<&'static Location<'static>>) -> Option<Self> {
        let task = current::id()?;
        EDGES_BEGUN.set(EDGES_BEGUN.get().wrapping_add(1));
        let record = Record::at(task.index);
        let since = now_coarse_ms();
        let is_free = record.slot.edge.load(Relaxed) == 0;
        if is_free {
            record.slot.edge_since_ms.store(since, Relaxed);
            record.cold().wait_site.store(site.map_or(0, raw::site_to_offset), Relaxed);
        }
        // Exchanged, not stored: an inline turn writes edges of its owner on the caller's thread. SeqCst: W2.
        let taken = is_free && record.slot.edge.compare_exchange(0, word.0, SeqCst, Relaxed).is_ok();
        if !taken {
            more(task.index).entry(task.index).or_default().push((word.0, since));
            record.slot.word.set(EDGES); // SeqCst: W2
        }
        Some(Self { task, word })
    }

    pub(crate) fn task(&self) -> TaskId {
        self.task
    }

    pub(crate) fn word(&self) -> Word {
        self.word
    }

    /// True if the wait is still the current task's: a future may be polled by another task than before.
    pub(crate) fn is_of_current(&self) -> bool {
        current::id() == Some(self.task)
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        if self.is_of_current() {
            self.remove(Record::at(self.task.index)); // in its own poll: the record is there
        } else if let Some(record) = RecordRef::of(self.task) {
            self.remove(record.record());
        }
    }
}

impl Edge {
    fn remove(&self, record: Record) {
        let inline = record.slot.edge.load(Relaxed);
        if self.word.same_wait(inline) {
            record.slot.edge.store(0, SeqCst);
            return;
        }
        let mut more = more(self.task.index);
        if let Some(edges) = more.get_mut(&self.task.index) {
            edges.retain(|(word, _)| !self.word.same_wait(*word));
            if edges.is_empty() {
                more.remove(&self.task.index);
                record.slot.word.clear(EDGES);
            }
        }
    }
}

/// The turn of this call is over and its reply is kept: the owner is not blocked any more (S40c).
pub(crate) fn defer(task: TaskId, word: Word) {
    let Some(record) = RecordRef::of(task) else { return };
    let slot = record.record().slot;
    let deferred = (word.0 & !KIND_MASK) | (DEFERRED << KIND_SHIFT);
    if slot.edge.compare_exchange(word.0, deferred, SeqCst, Relaxed).is_ok() {
        return;
    }
    if let Some(edges) = more(task.index).get_mut(&task.index) {
        for (edge, _) in edges.iter_mut().filter(|(edge, _)| *edge == word.0) {
            *edge = deferred;
        }
    }
}

/// Whether a task waits for no other: one load each of its edge and its word. Of a slot that was given to another task
/// meanwhile the answer is about that one; either way the task that was meant waits for nobody, for it has ended.
pub(crate) fn has_no_target(record: Record) -> bool {
    let inline = record.slot.edge.load(SeqCst); // W2
    (inline == 0 || Word(inline).target().is_none()) && !record.slot.word.read().has(EDGES)
}

/// All edges of a task: what it waits for, and since when in coarse milliseconds.
pub(crate) fn edges(record: Record) -> Vec<(Word, u32)> {
    let mut all = Vec::new();
    for_each_edge(record, |word, since| all.push((word, since)));
    all
}

/// The same without a list: most tasks have one edge, and a look at all tasks of a root would allocate for each.
pub(crate) fn for_each_edge(record: Record, mut f: impl FnMut(Word, u32)) {
    let inline = record.slot.edge.load(SeqCst); // W2
    if inline != 0 {
        f(Word(inline), record.slot.edge_since_ms.load(Relaxed));
    }
    if record.slot.word.read_in_order().has(EDGES) {
        // W2. Copied: `f` may look at other tasks, whose edges may stand in the same shard.
        let edges = more(record.index).get(&record.index).cloned();
        edges.into_iter().flatten().for_each(|(word, since)| f(Word(word), since));
    }
}
