//! Who waits since when, values, errors: filled while the program runs.

use super::answer::{Answer, Back};
use super::spread::{Percentiles, Spread};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A call made later than this after the fault says nothing about how fast the fault was told.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// The number of an owner's first life. A value of a later one was given after a restart.
pub(crate) const FIRST_LIFE: u32 = 1;

/// One for a run, shared by its clients, its owner and whoever draws the progress.
#[derive(Debug)]
pub(crate) struct Tally {
    begun: Instant,
    /// Readers first, then writers. As many as clients, so bounded by what memory allowed at the start.
    slots: Box<[Slot]>,
    readers: usize,
    /// When the fault struck, in nanoseconds from `begun`; 0 before.
    struck_ns: AtomicU64,
    /// The first value of a call that was made after the fault; 0 before.
    served_again_ns: AtomicU64,
    /// The first value of a later life of the owner; 0 before.
    recovered_ns: AtomicU64,
    /// Clients that got such a value.
    recovered_callers: AtomicU64,
    told: Mutex<Told>,
}

/// Of one client. A line of its own: two clients on two threads would pull a shared one to and fro with every call.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Slot {
    /// When the present call was made, in nanoseconds from `begun`; 0 while there is none.
    waiting_since: AtomicU64,
    values: AtomicU64,
    /// The present call's request is in the owner's queue or hands. Only for a program that keeps no account.
    is_accepted: AtomicBool,
}

/// What is rare enough for a lock: errors, and the first answer after the fault.
#[derive(Debug, Default)]
struct Told {
    /// At most one a kind.
    rows: BTreeMap<Answer, Row>,
    first_after_fault: Spread,
    /// Clients that got an error of whatever kind.
    callers: u64,
    /// What the first error of its kind said beyond its kind: where the panic was, which cycle.
    said: BTreeMap<Answer, String>,
}

/// One kind of error.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub callers: u64,
    pub errors: u64,
    /// Requests that should have come back with it and did not.
    pub not_handed_back: u64,
    /// From the fault to the answer, of callers that waited then or called within a second.
    pub after_fault: Spread,
}

impl Tally {
    pub(crate) fn new(readers: usize, writers: usize) -> Self {
        Self {
            begun: Instant::now(),
            slots: (0..readers + writers).map(|_| Slot::default()).collect(),
            readers,
            struck_ns: AtomicU64::new(0),
            served_again_ns: AtomicU64::new(0),
            recovered_ns: AtomicU64::new(0),
            recovered_callers: AtomicU64::new(0),
            told: Mutex::default(),
        }
    }

    /// The seat of one client. Two with one index would break T1.
    pub(crate) fn seat(self: &Arc<Self>, index: usize) -> Seat {
        Seat {
            tally: Arc::clone(self),
            index,
            now_ns: 0,
            kinds_seen: 0,
            saw_first: false,
            saw_next_life: false,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Values by kind of client: reads, writes.
    pub(crate) fn values(&self) -> (u64, u64) {
        let sum = |slots: &[Slot]| slots.iter().map(|slot| slot.values.load(Ordering::Relaxed)).sum();
        let (readers, writers) = self.slots.split_at(self.readers);
        (sum(readers), sum(writers))
    }

    /// The first call wins: a fault that lasts strikes once.
    pub(crate) fn fault_strikes_now(&self) {
        set_once(&self.struck_ns, self.now_ns());
    }

    /// When the fault struck.
    pub(crate) fn struck(&self) -> Option<Duration> {
        time(&self.struck_ns)
    }

    /// When a call made after the fault first got a value.
    pub(crate) fn served_again(&self) -> Option<Duration> {
        time(&self.served_again_ns)
    }

    /// When a client first got a value of a later life of the owner.
    pub(crate) fn recovered(&self) -> Option<Duration> {
        time(&self.recovered_ns)
    }

    /// Clients that got a value of a later life.
    pub(crate) fn recovered_callers(&self) -> u64 {
        self.recovered_callers.load(Ordering::Relaxed)
    }

    /// Clients that got an error.
    pub(crate) fn told_callers(&self) -> u64 {
        self.told().callers
    }

    /// Everybody who waits for an answer at this moment.
    pub(crate) fn waiting(&self) -> Waiting {
        let since = |slot: &Slot| slot.waiting_since.load(Ordering::Relaxed);
        let waits = self.slots.iter().enumerate().map(|(i, slot)| (i, since(slot)));
        Waiting(waits.filter(|(_, since)| *since != 0).collect())
    }

    /// How many of `before` still wait in that same call.
    pub(crate) fn still_waiting(&self, before: &Waiting) -> u64 {
        let same =
            |(i, since): &&(usize, u64)| self.slots[*i].waiting_since.load(Ordering::Relaxed) == *since;
        before.0.iter().filter(same).count() as u64
    }

    /// Requests that were accepted and are not answered at this moment.
    pub(crate) fn unanswered(&self) -> u64 {
        self.slots.iter().filter(|slot| slot.is_accepted.load(Ordering::Relaxed)).count() as u64
    }

    /// Errors by kind, at the end.
    pub(crate) fn rows(&self) -> BTreeMap<Answer, Row> {
        std::mem::take(&mut self.told().rows)
    }

    /// What the first error of each kind said.
    pub(crate) fn said(&self) -> BTreeMap<Answer, String> {
        self.told().said.clone()
    }

    pub(crate) fn first_after_fault(&self) -> Option<Percentiles> {
        self.told().first_after_fault.percentiles()
    }

    /// A caller that is no client, the turn of another owner, was refused after `took`.
    pub(crate) fn refused(&self, answer: Answer, back: Back, took: Duration, said: &str) {
        let mut told = self.told();
        let row = told.row(answer, back);
        row.callers = 1;
        row.after_fault.record(took);
        told.said.entry(answer).or_insert_with(|| said.to_owned());
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // A panic under this lock would be a bug of ours, and what was counted before it still holds.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never 0, which means "not".
    fn now_ns(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
    }
}

impl Told {
    fn row(&mut self, answer: Answer, back: Back) -> &mut Row {
        let row = self.rows.entry(answer).or_default();
        row.errors += 1;
        if answer.hands_back() && back == Back::No {
            row.not_handed_back += 1;
        }
        row
    }
}

/// Relaxed: a time that others compare with their own; it publishes nothing else.
fn set_once(ns: &AtomicU64, now: u64) {
    // A failure means that somebody was first, and then his time stands.
    ns.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed).ok();
}

fn time(ns: &AtomicU64) -> Option<Duration> {
    match ns.load(Ordering::Relaxed) {
        0 => None,
        ns => Some(Duration::from_nanos(ns)),
    }
}

/// Who waited at one moment, and since when.
#[derive(Debug)]
pub(crate) struct Waiting(Vec<(usize, u64)>);

impl Waiting {
    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

/// A client's place in the tally.
#[derive(Debug)]
pub(crate) struct Seat {
    tally: Arc<Tally>,
    index: usize,
    /// The last reading of the clock: the end of one call is the beginning of the next, so a call costs one reading.
    now_ns: u64,
    kinds_seen: u32,
    saw_first: bool,
    saw_next_life: bool,
}

impl Seat {
    /// The client asks now.
    pub(crate) fn asks(&mut self) {
        if self.now_ns == 0 {
            self.now_ns = self.tally.now_ns();
        }
        self.slot().waiting_since.store(self.now_ns, Ordering::Relaxed);
    }

    /// The client does something else before it asks again, so the end of its last call begins nothing.
    pub(crate) fn pauses(&mut self) {
        self.now_ns = 0;
    }

    /// The request of the present call has been accepted.
    pub(crate) fn accepted(&self) {
        self.slot().is_accepted.store(true, Ordering::Relaxed);
    }

    /// The call made last ended with a value, given by this life of the owner.
    pub(crate) fn got_value(&mut self, life: u32) {
        let slot = self.slot();
        // Not `fetch_add`: nobody else writes it (T1).
        slot.values.store(slot.values.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        let asked = self.ends();
        let struck = self.tally.struck_ns.load(Ordering::Relaxed);
        if struck == 0 {
            return;
        }
        if asked >= struck && self.tally.served_again_ns.load(Ordering::Relaxed) == 0 {
            set_once(&self.tally.served_again_ns, self.now_ns);
        }
        if life > FIRST_LIFE && !self.saw_next_life {
            self.saw_next_life = true;
            set_once(&self.tally.recovered_ns, self.now_ns);
            self.tally.recovered_callers.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(after) = self.first_after(struck, asked) {
            self.tally.told().first_after_fault.record(after);
        }
    }

    /// The call made last ended with an error. `said` is called for the first of its kind.
    pub(crate) fn got_error(&mut self, answer: Answer, back: Back, said: impl FnOnce() -> Option<String>) {
        let asked = self.ends();
        let struck = self.tally.struck_ns.load(Ordering::Relaxed);
        let first = self.first_after(struck, asked);
        let (first_error, new_kind) = (self.kinds_seen == 0, self.kinds_seen & answer.bit() == 0);
        self.kinds_seen |= answer.bit();
        let mut told = self.tally.told();
        told.callers += u64::from(first_error);
        let row = told.row(answer, back);
        if new_kind {
            row.callers += 1;
            if let Some(after) = self.after(struck, asked) {
                row.after_fault.record(after);
            }
        }
        if let Some(after) = first {
            told.first_after_fault.record(after);
        }
        if !told.said.contains_key(&answer)
            && let Some(said) = said()
        {
            told.said.insert(answer, said);
        }
    }

    /// Ends the wait; tells when it had begun.
    fn ends(&mut self) -> u64 {
        let asked = self.now_ns;
        self.now_ns = self.tally.now_ns();
        self.slot().is_accepted.store(false, Ordering::Relaxed);
        self.slot().waiting_since.store(0, Ordering::Relaxed);
        asked
    }

    /// From the fault to this answer, if the call says something about it.
    fn after(&self, struck: u64, asked: u64) -> Option<Duration> {
        let within = u64::try_from(TOLD_WITHIN.as_nanos()).unwrap_or(u64::MAX);
        let counts = struck != 0 && self.now_ns >= struck && asked <= struck.saturating_add(within);
        counts.then(|| Duration::from_nanos(self.now_ns - struck))
    }

    /// The same, for the first answer after the fault only.
    fn first_after(&mut self, struck: u64, asked: u64) -> Option<Duration> {
        if self.saw_first || struck == 0 || self.now_ns < struck {
            return None;
        }
        self.saw_first = true;
        self.after(struck, asked)
    }

    fn slot(&self) -> &Slot {
        &self.tally.slots[self.index]
    }
}

impl Drop for Seat {
    /// A client that is cut off waits no more: it was aborted, not blocked.
    fn drop(&mut self) {
        self.slot().waiting_since.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_waits_from_its_call_to_its_answer() {
        let tally = Arc::new(Tally::new(1, 1));
        let (mut reader, mut writer) = (tally.seat(0), tally.seat(1));
        reader.asks();
        writer.asks();
        assert_eq!(tally.waiting().len(), 2);
        reader.got_value(FIRST_LIFE);
        writer.got_error(Answer::Closed, Back::Yes, || None);
        assert_eq!(tally.waiting().len(), 0);
        assert_eq!(tally.values(), (1, 0));
    }

    #[test]
    fn blocked_is_who_waits_in_the_same_call_as_before() {
        let tally = Arc::new(Tally::new(2, 0));
        let (mut stuck, mut lively) = (tally.seat(0), tally.seat(1));
        stuck.asks();
        lively.asks();
        let before = tally.waiting();
        lively.got_value(FIRST_LIFE);
        std::thread::yield_now();
        lively.asks();
        assert_eq!((before.len(), tally.still_waiting(&before)), (2, 1));
        drop(stuck);
        assert_eq!(tally.still_waiting(&before), 0, "a client that was cut off waits no more");
    }

    #[test]
    fn a_caller_counts_once_for_a_kind_and_each_error_counts() {
        let tally = Arc::new(Tally::new(1, 0));
        let mut seat = tally.seat(0);
        for _ in 0..3 {
            seat.asks();
            seat.got_error(Answer::LateQueued, Back::No, || Some("first".into()));
        }
        let rows = tally.rows();
        let row = &rows[&Answer::LateQueued];
        assert_eq!((row.callers, row.errors, row.not_handed_back), (1, 3, 3));
        assert_eq!(tally.said()[&Answer::LateQueued], "first");
        seat.asks();
        seat.got_error(Answer::Closed, Back::Yes, || None);
        assert_eq!(tally.told_callers(), 1, "of whatever kind");
    }

    #[test]
    fn a_caller_recovers_with_its_first_value_of_a_later_life() {
        let tally = Arc::new(Tally::new(2, 0));
        let (mut one, mut other) = (tally.seat(0), tally.seat(1));
        tally.fault_strikes_now();
        one.asks();
        one.got_value(FIRST_LIFE);
        assert_eq!(
            (tally.recovered(), tally.recovered_callers()),
            (None, 0),
            "the turn that ended the owner"
        );
        one.asks();
        one.got_value(2);
        let first = tally.recovered();
        assert!(first >= tally.struck() && first.is_some());
        for seat in [&mut one, &mut other] {
            seat.asks();
            seat.got_value(2);
        }
        assert_eq!((tally.recovered(), tally.recovered_callers()), (first, 2));
    }

    #[test]
    fn a_pause_between_two_calls_is_no_part_of_the_second() {
        let tally = Arc::new(Tally::new(1, 0));
        let mut seat = tally.seat(0);
        seat.asks();
        seat.got_error(Answer::Stopped, Back::Yes, || None);
        seat.pauses();
        tally.fault_strikes_now();
        seat.asks();
        seat.got_value(FIRST_LIFE);
        assert!(tally.served_again().is_some(), "it was asked after the fault");
    }

    #[test]
    fn times_are_those_of_the_first_answer_after_the_fault() {
        let tally = Arc::new(Tally::new(1, 0));
        let mut seat = tally.seat(0);
        seat.asks();
        seat.got_value(FIRST_LIFE);
        assert_eq!(tally.first_after_fault(), None, "no fault yet");
        seat.asks();
        tally.fault_strikes_now();
        seat.got_error(Answer::Panicked, Back::No, || None);
        let first = tally.first_after_fault().unwrap();
        assert_eq!(first.p50, first.max);
        assert_eq!(tally.served_again(), None);
        seat.asks();
        seat.got_value(FIRST_LIFE);
        assert_eq!(tally.first_after_fault(), Some(first), "only the first answer counts");
        assert!(tally.served_again() >= tally.struck());
    }
}
