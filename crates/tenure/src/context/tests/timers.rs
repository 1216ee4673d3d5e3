//! The times of all ladders, and the housekeeper that fires them (S10f).

use crate::context::timers::{Due, Housekeeper, Timed, Timers};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::time::Instant;

/// Counts the wakes of the housekeeper.
#[derive(Default)]
struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

struct Whom {
    name: &'static str,
    fired: Arc<Mutex<Vec<(&'static str, Due)>>>,
    /// What it does when it is fired.
    then: Box<dyn Fn() + Send + Sync>,
}

impl Timed for Whom {
    fn fire(self: Arc<Self>, due: Due) {
        self.fired.lock().unwrap().push((self.name, due));
        (self.then)();
    }
}

struct Bench {
    timers: Arc<Timers>,
    fired: Arc<Mutex<Vec<(&'static str, Due)>>>,
    start: Instant,
    wakes: Arc<Wakes>,
}

impl Bench {
    fn new() -> Self {
        Self { timers: Timers::new(), fired: Arc::default(), start: Instant::now(), wakes: Arc::default() }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn whom(&self, name: &'static str) -> Arc<Whom> {
        self.whom_then(name, || ())
    }

    fn whom_then(&self, name: &'static str, then: impl Fn() + Send + Sync + 'static) -> Arc<Whom> {
        Arc::new(Whom { name, fired: Arc::clone(&self.fired), then: Box::new(then) })
    }

    fn poll(&self, keeper: Pin<&mut Housekeeper>) -> Poll<()> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        keeper.poll(&mut Context::from_waker(&waker)).map(|result| result.unwrap())
    }

    fn fired(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.fired.lock().unwrap()).into_iter().map(|(name, _)| name).collect()
    }

    fn wakes(&self) -> u32 {
        self.wakes.0.swap(0, SeqCst)
    }
}

#[tokio::test(start_paused = true)]
async fn times_fire_in_their_order_those_of_one_instant_as_they_were_set() {
    let bench = Bench::new();
    let mut keeper = pin!(Housekeeper::new(Arc::clone(&bench.timers)));
    for (ms, name) in [(20, "c"), (10, "a"), (30, "d"), (10, "b")] {
        bench.timers.at(bench.at(ms), bench.whom(name), Due::Abort);
    }
    assert!(bench.poll(keeper.as_mut()).is_pending());
    assert_eq!(bench.fired(), [""; 0]);

    tokio::time::advance(Duration::from_millis(20)).await;
    assert!(bench.wakes() > 0, "the timer wakes the housekeeper");
    assert!(bench.poll(keeper.as_mut()).is_pending());
    assert_eq!(bench.fired(), ["a", "b", "c"]);

    tokio::time::advance(Duration::from_millis(10)).await;
    assert!(bench.poll(keeper.as_mut()).is_pending());
    assert_eq!(bench.fired(), ["d"]);
}

/// S10f: nothing is woken for a later time.
#[tokio::test(start_paused = true)]
async fn only_an_earlier_time_wakes_the_housekeeper() {
    let bench = Bench::new();
    let mut keeper = pin!(Housekeeper::new(Arc::clone(&bench.timers)));
    assert!(bench.poll(keeper.as_mut()).is_pending());
    assert_eq!(bench.wakes(), 0);

    bench.timers.at(bench.at(100), bench.whom("first"), Due::Abort);
    assert_eq!(bench.wakes(), 1);
    assert!(bench.poll(keeper.as_mut()).is_pending());
    bench.timers.at(bench.at(200), bench.whom("later"), Due::Abort);
    assert_eq!(bench.wakes(), 0);
    bench.timers.at(bench.at(50), bench.whom("earlier"), Due::Abort);
    assert_eq!(bench.wakes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_time_taken_back_does_not_fire() {
    let bench = Bench::new();
    let mut keeper = pin!(Housekeeper::new(Arc::clone(&bench.timers)));
    let key = bench.timers.at(bench.at(10), bench.whom("gone"), Due::Abort);
    bench.timers.at(bench.at(10), bench.whom("stays"), Due::Name);
    bench.timers.remove(key);
    bench.timers.remove(key); // twice is as once
    tokio::time::advance(Duration::from_millis(10)).await;
    assert!(bench.poll(keeper.as_mut()).is_pending());
    assert_eq!(bench.fired(), ["stays"]);
}

/// A cancel sets the time of its abort while it is fired.
#[tokio::test(start_paused = true)]
async fn what_is_fired_may_set_times_also_past_ones() {
    let bench = Bench::new();
    let mut keeper = pin!(Housekeeper::new(Arc::clone(&bench.timers)));
    let (timers, now, then) = (Arc::clone(&bench.timers), bench.at(0), bench.whom("then"));
    let first = bench.whom_then("first", move || {
        let whom: Arc<dyn Timed> = Arc::clone(&then) as Arc<dyn Timed>;
        timers.at(now, whom, Due::Abort);
    });
    bench.timers.at(bench.at(0), first, Due::Cancel);
    assert!(bench.poll(keeper.as_mut()).is_pending());
    assert_eq!(bench.fired(), ["first", "then"]);
}

#[tokio::test(start_paused = true)]
async fn the_housekeeper_ends_with_the_root_and_drops_what_is_left() {
    let bench = Bench::new();
    let mut keeper = pin!(Housekeeper::new(Arc::clone(&bench.timers)));
    let whom = bench.whom("never");
    bench.timers.at(bench.at(10), Arc::clone(&whom) as Arc<dyn Timed>, Due::Abort);
    assert!(bench.poll(keeper.as_mut()).is_pending());

    bench.timers.close();

    assert_eq!(bench.wakes(), 1);
    assert!(bench.poll(keeper.as_mut()).is_ready());
    assert_eq!(Arc::strong_count(&whom), 1);
    assert_eq!(bench.fired(), [""; 0]);
}
