//! Deadlines of calls in lanes (S13f, S34b).

use crate::context::lanes::{Expire, Lanes};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

struct Call {
    at: u64,
    passed: Arc<Mutex<Vec<u64>>>,
}

impl Expire for Call {
    fn expire(&self) {
        self.passed.lock().unwrap().push(self.at);
    }
}

struct Bench {
    lanes: Lanes,
    start: Instant,
    passed: Arc<Mutex<Vec<u64>>>,
}

impl Bench {
    fn new() -> Self {
        Self { lanes: Lanes::default(), start: Instant::now(), passed: Arc::default() }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    /// The call, and what to arm.
    fn add(&mut self, at: u64) -> (Arc<Call>, Option<u64>) {
        let call = Arc::new(Call { at, passed: Arc::clone(&self.passed) });
        let whom = Arc::downgrade(&call);
        let arm = self.lanes.add(self.at(at), whom);
        (call, arm.map(|at| self.ms(at)))
    }

    fn ms(&self, at: Instant) -> u64 {
        at.duration_since(self.start).as_millis().try_into().unwrap()
    }

    /// Those that have passed at a time, sorted, and what to arm next.
    fn due(&mut self, ms: u64) -> (Vec<u64>, Option<u64>) {
        let (due, next) = self.lanes.due(self.at(ms));
        due.into_iter().for_each(|call| call.expire());
        let mut passed = std::mem::take(&mut *self.passed.lock().unwrap());
        passed.sort_unstable();
        (passed, next.map(|at| self.ms(at)))
    }
}

#[test]
fn only_an_earlier_deadline_is_armed() {
    let mut bench = Bench::new();
    let (_a, arm) = bench.add(100);
    assert_eq!(arm, Some(100));
    let (_b, arm) = bench.add(200);
    assert_eq!(arm, None);
    let (_c, arm) = bench.add(100);
    assert_eq!(arm, None);
    let (_d, arm) = bench.add(50);
    assert_eq!(arm, Some(50));
}

/// S34b: a deadline that is exactly now has passed.
#[test]
fn what_has_passed_is_taken_once_and_the_next_time_is_said() {
    let mut bench = Bench::new();
    let _calls = [bench.add(10), bench.add(20), bench.add(20), bench.add(30)];
    assert_eq!(bench.due(9), (vec![], Some(10)));
    assert_eq!(bench.due(20), (vec![10, 20, 20], Some(30)));
    assert_eq!(bench.due(29), (vec![], Some(30)));
    assert_eq!(bench.due(1_000), (vec![30], None));
    assert_eq!(bench.due(2_000), (vec![], None));
}

#[test]
fn an_answered_call_does_not_pass() {
    let mut bench = Bench::new();
    let (answered, _) = bench.add(10);
    let (_pending, _) = bench.add(20);
    drop(answered);
    assert_eq!(bench.due(15), (vec![], Some(20)));
    assert_eq!(bench.due(20), (vec![20], None));
}

/// More lengths than lanes, in every order.
#[test]
fn deadlines_of_any_lengths_pass_in_their_order() {
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..100 {
        let mut bench = Bench::new();
        let times: Vec<u64> = (0..200).map(|_| rng.u64(0..1_000)).collect();
        let calls: Vec<_> = times.iter().map(|at| bench.add(*at).0).collect();
        let mut now = 0;
        let mut all = Vec::new();
        loop {
            let (passed, next) = bench.due(now);
            assert!(passed.iter().all(|at| *at <= now), "{passed:?} at {now}");
            let left = times.iter().filter(|at| **at > now).min().copied();
            assert_eq!(next, left, "the next time to arm");
            all.extend(passed);
            match next {
                Some(next) => now = next,
                None => break,
            }
        }
        let mut sorted = times.clone();
        sorted.sort_unstable();
        assert_eq!(all, sorted);
        drop(calls);
    }
}

/// An owner that answers everything keeps no more than the calls that are pending, whatever their deadlines.
#[test]
fn stale_entries_do_not_gather() {
    let mut bench = Bench::new();
    let (_pending, _) = bench.add(1_000_000); // stands in front of its lane for ever
    for n in 0..100_000 {
        let (answered, _) = bench.add(2_000_000 + n % 3);
        drop(answered);
    }
    assert!(bench.lanes.entries() < 1_000, "{}", bench.lanes.entries());
}
