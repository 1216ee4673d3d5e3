//! What tenure adds to each poll: a task that yields, one that is woken by another, and the edge that a wait writes.
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::ours::tasks as ours;
use crate::pair::{Sampler, timed};
use parking_lot::Mutex;
use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use tokio::task::yield_now;

pub(crate) const YIELD: &[(&str, Build)] = &[("tokio-spawn", yields), ("tenure", ours::yields)];
pub(crate) const WAKE: &[(&str, Build)] = &[("tokio-spawn", wakes), ("tenure", ours::wakes)];
/// A wait writes whom it is for, and since when by a coarse clock. Beside it what a read of the exact clock costs.
pub(crate) const EDGE: &[(&str, Build)] = &[("Instant::now", reads_the_clock), ("tenure", ours::waits)];

fn yields(setup: &Setup<'_>) -> Sampler {
    timed(setup.effort.batch, 1, |n| {
        bare::clocked("tokio-spawn", async move {
            for _ in 0..n {
                yield_now().await;
            }
        })
    })
}

/// Sleepers that are woken at once: enough that who wakes them is a small part.
pub(crate) const SLEEPERS: u32 = 64;

/// Wakes sleepers, and knows when they have been polled.
#[derive(Default)]
pub(crate) struct Bell {
    wakers: Mutex<Vec<Waker>>,
    /// Polls of all sleepers. A counter; publishes nothing.
    polls: AtomicU64,
    over: AtomicBool,
}

impl Bell {
    /// A sleeper: pending, however often it is woken, to the end of the batch.
    pub(crate) async fn sleep(&self) {
        let mut is_known = false;
        poll_fn(|cx| {
            if !is_known {
                self.wakers.lock().push(cx.waker().clone());
                is_known = true;
            }
            self.polls.fetch_add(1, Ordering::Relaxed);
            if self.over.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Wakes all sleepers so often, each time until all have been polled.
    pub(crate) async fn ring(&self, times: u64) -> Duration {
        let sleepers = u64::from(SLEEPERS);
        self.until(sleepers).await;
        let wakers = std::mem::take(&mut *self.wakers.lock());
        let start = Instant::now();
        for time in 1..=times {
            for waker in &wakers {
                waker.wake_by_ref();
            }
            self.until(sleepers * (time + 1)).await;
        }
        let took = start.elapsed();
        self.over.store(true, Ordering::Release);
        for waker in wakers {
            waker.wake();
        }
        took
    }

    async fn until(&self, polls: u64) {
        // tenure: allow(TN006) each look is a poll, and polls are what is measured
        while self.polls.load(Ordering::Relaxed) < polls {
            yield_now().await;
        }
    }
}

fn wakes(setup: &Setup<'_>) -> Sampler {
    timed(setup.effort.batch, u64::from(SLEEPERS), |n| {
        bare::timed_inside("tokio-spawn", async move {
            let bell = Arc::new(Bell::default());
            let sleeper = |_| {
                let bell = Arc::clone(&bell);
                bare::spawn(async move { bell.sleep().await })
            };
            let sleepers: Vec<_> = (0..SLEEPERS).map(sleeper).collect();
            let took = bell.ring(n).await;
            for sleeper in sleepers {
                sleeper.await.expect("a sleeper does not panic");
            }
            took
        })
    })
}

fn reads_the_clock(setup: &Setup<'_>) -> Sampler {
    timed(setup.effort.batch, 1, |n| {
        bare::clocked("Instant::now", async move {
            for _ in 0..n {
                black_box(Instant::now());
            }
        })
    })
}
