//! The only `unsafe` of the crate: the slab's memory and the record's waker.
//!
//! Premises, cited by the `SAFETY` comments:
//!
//! * R1  `Slab::hot` and `Slab::cold` are mappings of `Slab::len` slots each, made once and never unmapped.
//! * R2  The mapping is zeroed memory, and all fields of [`Slot`] and [`Cold`] are atomics of plain integers, for
//!   which zero is a value: every slot is initialised from the start.
//! * R3  A slot holds only atomics, so a shared reference to it is never aliased by a unique one.
//! * R4  A waker of ours is a pointer into a slot plus at most 63, made from a slot whose reference it
//!   counts, or lent by [`with_waker`] while the task's is held; slots are 64 bytes and aligned to that.
//! * R5  `Slot::waker` is 0, or the data of a waker of Tokio (vtable: `TOKIO_VTABLE`), or a `Box<ForeignWaker>` with
//!   bit 0 set. It owns that, is written once, by the first poll that must wait, and taken once, by whoever gave back the last
//!   reference of the slot. So it is valid for everybody who holds a reference.
//! * R7  `CALLER` is null, or a pointer to a context that is borrowed for as long as it stands there: `with_caller` puts it
//!   back before its borrow ends.
//! * R8  A process with one thread has nobody else who could read or write its environment, and no thread comes to be but
//!   by what that one thread does.
//! * R9  A [`Right`] exists exactly while `HELD` stands in the word of its seat: whoever makes one has set that bit, whoever
//!   clears it has used one up. Taking acquires what leaving has released. A right that is lost leaves the seat held for good.
//! * R6  `Slot::site` and the offset in `Cold::wait_site` were written by this file from a `&'static Location`.

use crate::context::Context;
use crate::record::{Cold, SLOTS_MAX, Slot};
use crate::sync::{AtomicU32, UnsafeCell};
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Mutex, OnceLock};
use std::task::{RawWaker, RawWakerVTable, Waker};

const _: () = assert!(size_of::<Slot>() == 64, "the hot record is one cache line");
const _: () = assert!(size_of::<Cold>() <= 32, "the cold part is at most half a line");

/// The slab's memory: address space is reserved, pages come on first touch and are never given back
/// below the high-water mark. It lies outside the heap, so that being listed is no way to be reached.
struct Slab {
    hot: NonNull<Slot>,
    cold: NonNull<Cold>,
    len: u32,
}

// SAFETY: the pointers lead to atomics in mappings that live as long as the process (R1, R3).
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

static SLAB: OnceLock<Slab> = OnceLock::new();

fn slab() -> &'static Slab {
    SLAB.get_or_init(|| {
        // An address space limit may not allow the whole: take what it does, down to 65 536 tasks.
        let mut len = SLOTS_MAX;
        loop {
            if let (Some(hot), Some(cold)) = (map::<Slot>(len), map::<Cold>(len)) {
                return Slab { hot, cold, len };
            }
            assert!(len > 1 << 16, "no address space for the records of 65 536 tasks");
            len /= 2;
        }
    })
}

fn map<T>(len: u32) -> Option<NonNull<T>> {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    let bytes = len as usize * size_of::<T>();
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: a new anonymous mapping at an address of the kernel's choice touches no memory of ours.
    let start =
        unsafe { mmap_anonymous(std::ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, flags) };
    NonNull::new(start.ok()?.cast())
}

/// Slots there are.
pub(crate) fn slots() -> u32 {
    slab().len
}

/// The hot part of a slot.
///
/// # Panics
/// If there is no such slot: a bug of ours.
#[inline]
pub(crate) fn slot(index: u32) -> &'static Slot {
    let slab = slab();
    assert!(index < slab.len, "a slot beyond the slab");
    // SAFETY: in bounds of the mapping (R1).
    let slot = unsafe { slab.hot.add(index as usize) };
    // SAFETY: mapped for ever (R1); initialised (R2); no unique alias (R3).
    unsafe { slot.as_ref() }
}

/// The cold part of a slot.
///
/// # Panics
/// If there is no such slot: a bug of ours.
#[inline]
pub(crate) fn cold(index: u32) -> &'static Cold {
    let slab = slab();
    assert!(index < slab.len, "a slot beyond the slab");
    // SAFETY: in bounds of the mapping (R1).
    let cold = unsafe { slab.cold.add(index as usize) };
    // SAFETY: mapped for ever (R1); initialised (R2); no unique alias (R3).
    unsafe { cold.as_ref() }
}

/// The number of a slot.
fn index_of(slot: &'static Slot) -> u32 {
    let offset = std::ptr::from_ref(slot).addr() - slab().hot.as_ptr().addr();
    u32::try_from(offset / size_of::<Slot>()).unwrap_or(0)
}

// ---- the waker that is passed down to the user's future ------------------------------------------------------

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone_waker, wake, wake_by_ref, drop_waker);

/// Tokio's waker vtable: there is one static for all tasks it spawns (tokio 1.54, `runtime/task/waker.rs`).
static TOKIO_VTABLE: OnceLock<&'static RawWakerVTable> = OnceLock::new();

/// Holds the waker of whoever polls a record that Tokio did not spawn: main in a foreign runtime.
struct ForeignWaker(Mutex<Option<Waker>>);

const FOREIGN: usize = 1;

fn slot_of(data: *const ()) -> &'static Slot {
    let slot = data.map_addr(|addr| addr & !63).cast::<Slot>();
    // SAFETY: rounded down it is the slot it was made from (R4), which is mapped and initialised (R1, R2, R3).
    unsafe { &*slot }
}

fn raw_waker(slot: &'static Slot) -> RawWaker {
    // The low bits of the generation ride along, so that a stale word in memory is not taken for a live waker.
    let tag = (slot.word.generation() & 63) as usize;
    let data = std::ptr::from_ref(slot).cast::<()>().map_addr(|addr| addr + tag);
    RawWaker::new(data, &VTABLE)
}

/// Lends a waker of the record to its poll, which holds the task's own reference: only clones are counted.
pub(crate) fn with_waker<T>(slot: &'static Slot, f: impl FnOnce(&Waker) -> T) -> T {
    // SAFETY: the vtable's functions keep `Waker`'s contract: thread-safe, and clone, wake and drop count references (R4).
    // This one is never dropped, so it gives back no reference, and the poll's outlives it.
    let waker = std::mem::ManuallyDrop::new(unsafe { Waker::from_raw(raw_waker(slot)) });
    f(&waker)
}

/// The record a waker belongs to, if it is one of ours.
pub(crate) fn index_of_waker(waker: &Waker) -> Option<u32> {
    std::ptr::eq(waker.vtable(), &raw const VTABLE).then(|| index_of(slot_of(waker.data())))
}

fn clone_waker(data: *const ()) -> RawWaker {
    let slot = slot_of(data);
    slot.word.add_ref();
    RawWaker::new(data, &VTABLE)
}

fn wake(data: *const ()) {
    wake_by_ref(data);
    drop_waker(data);
}

fn wake_by_ref(data: *const ()) {
    wake_slot(slot_of(data));
}

fn drop_waker(data: *const ()) {
    release(slot_of(data));
}

/// Wakes the task of a slot. The caller holds a reference, or is the task's own poll.
pub(crate) fn wake_slot(slot: &'static Slot) {
    slot.word.note_wake();
    wake_noted(slot);
}

/// The same once the word says `WOKEN`.
pub(crate) fn wake_noted(slot: &'static Slot) {
    cold(index_of(slot)).wakes.fetch_add(1, Relaxed); // a counter; publishes nothing
    let stored = slot.waker.load(Acquire); // pairs with `keep_waker`: what the pointer leads to is complete
    if stored == 0 {
        return; // it stands in a run queue, or its first poll is to see `WOKEN` at its end (L8), or it has ended
    }
    if stored & FOREIGN != 0 {
        // SAFETY: bit 0 says that it is such a box, and our reference keeps it alive (R5).
        let foreign = unsafe { &*std::ptr::with_exposed_provenance::<ForeignWaker>(stored & !FOREIGN) };
        let waker = crate::sync::lock_static(&foreign.0).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
        return;
    }
    let Some(vtable) = TOKIO_VTABLE.get() else { return };
    // SAFETY: data and vtable are those of a waker of Tokio that the slot owns while we hold a reference (R5).
    // It is only borrowed here: `ManuallyDrop` keeps its count.
    let waker = std::mem::ManuallyDrop::new(unsafe {
        Waker::from_raw(RawWaker::new(std::ptr::with_exposed_provenance(stored), vtable))
    });
    waker.wake_by_ref();
}

/// Who polls a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolledBy {
    /// Tokio, which spawned it: one waker for the task's whole life.
    Tokio,
    /// Anybody: the waker may be another one at each poll.
    Anybody,
}

/// Keeps the waker of a poll in the record, so that it can be woken by its number.
pub(crate) fn keep_waker(slot: &'static Slot, by: PolledBy, waker: &Waker) {
    let stored = slot.waker.load(Relaxed); // only the poller writes it
    if stored == 0 {
        // The first task that Tokio polls tells what Tokio's wakers look like; one of another look is kept in a box.
        let is_tokio = by == PolledBy::Tokio
            && std::ptr::eq(*TOKIO_VTABLE.get_or_init(|| waker.vtable()), waker.vtable());
        let data = if is_tokio {
            // The clone's count now belongs to the slot (R5).
            std::mem::ManuallyDrop::new(waker.clone()).data().expose_provenance()
        } else {
            let foreign = Box::new(ForeignWaker(Mutex::new(Some(waker.clone()))));
            Box::into_raw(foreign).expose_provenance() | FOREIGN
        };
        slot.waker.store(data, Release); // pairs with the Acquire in `wake_slot`, and comes before `end_poll` (L8)
    } else if stored & FOREIGN != 0 {
        // SAFETY: as in `wake_slot`; the poll itself is inside the task's reference (R5).
        let foreign = unsafe { &*std::ptr::with_exposed_provenance::<ForeignWaker>(stored & !FOREIGN) };
        let mut kept = crate::sync::lock_static(&foreign.0);
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            let old = kept.replace(waker.clone());
            drop(kept);
            drop(old);
        }
    }
}

/// Gives a reference back; with the last one the record is retired and its slot free again.
pub(crate) fn release(slot: &'static Slot) {
    if slot.word.release() {
        retire(slot);
    }
}

/// Frees a slot whose last reference was given back, by whoever did that.
pub(crate) fn retire(slot: &'static Slot) {
    let stored = slot.waker.load(Relaxed); // nobody else is there: the last release is ordered after all others
    if stored != 0 {
        slot.waker.store(0, Relaxed);
    }
    if stored & FOREIGN != 0 {
        // SAFETY: made by `Box::into_raw`, owned by the slot, and nobody holds a reference any more (R5).
        drop(unsafe {
            Box::from_raw(std::ptr::with_exposed_provenance_mut::<ForeignWaker>(stored & !FOREIGN))
        });
    } else if stored != 0
        && let Some(vtable) = TOKIO_VTABLE.get()
    {
        // SAFETY: the slot owned this waker of Tokio, and nobody holds a reference any more (R5).
        drop(unsafe { Waker::from_raw(RawWaker::new(std::ptr::with_exposed_provenance(stored), vtable)) });
    }
    crate::record::retire(index_of(slot));
}

// ---- sites -----------------------------------------------------------------------------------------------------

static ANCHOR: &Location<'static> = Location::caller();

/// A site in four bytes: its distance from a fixed one. 0 is "unknown": too far, or the anchor itself.
pub(crate) fn site_to_offset(site: &'static Location<'static>) -> u32 {
    let distance = site_to_addr(site).wrapping_sub(std::ptr::from_ref(ANCHOR).addr()).cast_signed();
    i32::try_from(distance).unwrap_or(0).cast_unsigned()
}

/// The site of [`site_to_offset`].
pub(crate) fn site_from_offset(offset: u32) -> Option<&'static Location<'static>> {
    if offset == 0 {
        return None;
    }
    let distance = isize::try_from(offset.cast_signed()).unwrap_or(0);
    site_from_addr(std::ptr::from_ref(ANCHOR).addr().wrapping_add_signed(distance))
}

/// A site as a number, for the hot line.
pub(crate) fn site_to_addr(site: &'static Location<'static>) -> usize {
    std::ptr::from_ref(site).expose_provenance()
}

/// The site of [`site_to_addr`]; `None` for 0.
pub(crate) fn site_from_addr(addr: usize) -> Option<&'static Location<'static>> {
    // SAFETY: not 0, and written by `site_to_addr` from a `&'static Location` (R6).
    (addr != 0).then(|| unsafe { &*std::ptr::with_exposed_provenance::<Location<'static>>(addr) })
}

// ---- the caller of an inline turn ------------------------------------------------------------------------------

thread_local! {
    static CALLER: std::cell::Cell<*const Context> = const { std::cell::Cell::new(std::ptr::null()) };
}

/// Puts back what stood there, however its scope is left.
struct PutBack(*const Context);

impl Drop for PutBack {
    #[inline]
    fn drop(&mut self) {
        CALLER.with(|caller| caller.set(self.0));
    }
}

/// Lends the context of a caller to the turn that `f` runs on this thread: most turns never ask for it, and a clone would
/// be two writes to a count that all callers share.
#[inline]
pub(crate) fn with_caller<T>(ctx: &Context, f: impl FnOnce() -> T) -> T {
    let put_back = PutBack(CALLER.with(|caller| caller.replace(ctx)));
    let value = f();
    drop(put_back);
    value
}

/// The context of whoever runs an inline turn on this thread.
pub(crate) fn caller() -> Option<Context> {
    let ctx = CALLER.get();
    // SAFETY: not null, so borrowed by a `with_caller` that is on this thread's stack (R7).
    (!ctx.is_null()).then(|| unsafe { (*ctx).clone() })
}

// ---- the seat of an owner's state ------------------------------------------------------------------------------

/// Whoever set it has the [`Right`].
const HELD: u32 = 1;
/// Something stands under the mailbox's lock that the next holder must see.
pub(crate) const MORE: u32 = 2;
/// The value is elsewhere: with the owner's task, or not made yet. A hint.
pub(crate) const AWAY: u32 = 4;

/// A value, and one word that says who may touch it.
///
/// `0`: the value is there, and the first who comes takes it, by one compare-and-swap. Else see [`HELD`], [`MORE`], [`AWAY`];
/// these two are written under the lock of the seat's mailbox.
pub(crate) struct Seat<T> {
    word: AtomicU32,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is reached through a `Right` alone, of which there is one at a time (R9); it may be touched by one thread
// after the other, as `T: Send` allows.
unsafe impl<T: Send> Sync for Seat<T> {}

/// The right to touch the value of a seat.
#[must_use = "dropped, it leaves the seat held for good"]
pub(crate) struct Right<'a, T>(&'a Seat<T>);

impl<T> Seat<T> {
    /// Without a value.
    pub(crate) fn new() -> Self {
        Self { word: AtomicU32::new(MORE | AWAY), value: UnsafeCell::new(None) }
    }

    /// The value of an owner that idles, with nothing to see to.
    #[inline(always)]
    pub(crate) fn take_idle(&self) -> Option<Right<'_, T>> {
        self.word.compare_exchange(0, HELD, Acquire, Relaxed).is_ok().then_some(Right(self))
    }

    /// Unless somebody holds it. Under the mailbox's lock.
    pub(crate) fn take(&self) -> Option<Right<'_, T>> {
        (self.word.fetch_or(HELD, Acquire) & HELD == 0).then_some(Right(self))
    }

    /// There is something to see to: nobody takes the value without the mailbox's lock any more, under which this is called.
    /// Whether somebody holds it.
    pub(crate) fn shut(&self) -> bool {
        self.word.fetch_or(MORE, Relaxed) & HELD != 0
    }

    pub(crate) fn is_held(&self) -> bool {
        self.word.load(Relaxed) & HELD != 0
    }

    /// Whether it is held and nobody waits: a hint.
    pub(crate) fn is_held_alone(&self) -> bool {
        self.word.load(Relaxed) == HELD
    }

    /// Whether the value is elsewhere. Exact under the mailbox's lock, else a hint.
    pub(crate) fn is_away(&self) -> bool {
        self.word.load(Relaxed) & AWAY != 0
    }

    /// Whether the value may be had under the mailbox's lock: a hint.
    pub(crate) fn is_there(&self) -> bool {
        self.word.load(Relaxed) & (HELD | AWAY) == 0
    }
}

impl<'a, T> Right<'a, T> {
    #[inline(always)]
    pub(crate) fn value(&mut self) -> &mut Option<T> {
        // SAFETY: this right is the only one (R9), and it is borrowed uniquely for as long as the reference lives.
        unsafe { &mut *self.0.value.get() }
    }

    /// Leaves the value for the first who comes; not if there is something to see to.
    #[inline(always)]
    pub(crate) fn leave_idle(self) -> Result<(), Self> {
        match self.0.word.compare_exchange(HELD, 0, Release, Relaxed) {
            Ok(_) => Ok(()),
            Err(_) => Err(self),
        }
    }

    /// Leaves the seat with `flags`. Under the mailbox's lock, or a concurrent [`Seat::shut`] would be forgotten.
    pub(crate) fn leave(self, flags: u32) {
        self.0.word.store(flags & !HELD, Release);
    }
}

// ---- the environment -------------------------------------------------------------------------------------------

/// Takes a variable out of the environment if this is the process's only thread; else, or where that cannot be known
/// (without Linux's `/proc`), it stays. True if it was taken out.
#[cfg(feature = "systemd")]
pub(crate) fn remove_env_if_alone(name: &str) -> bool {
    let is_alone = std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1);
    if is_alone {
        // SAFETY: nobody reads the environment meanwhile: this is the only thread (R8), and it does nothing between the
        // look and the removal.
        unsafe { std::env::remove_var(name) };
    }
    is_alone
}
