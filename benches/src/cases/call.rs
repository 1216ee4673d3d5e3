//! Request and reply, as people write it by hand.
//!
//! Every way looks a key up in the same map and takes the value through `black_box`. What a channel and Tokio's mutex do by
//! themselves, giving up the thread after a bounded number of ready operations, the blocking mutex is given by hand: a
//! loop of calls that never yields starves the runtime, and would win this table by it.
use crate::bench::{Build, Setup};
use crate::cases::store::{filled, key};
use crate::cases::{bare, ours};
use crate::error::BenchError;
use crate::pair::{Sampler, timed};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::coop::consume_budget;

/// Places in the mailbox: more than there are callers, so nobody is refused and nobody waits for a place.
pub(crate) const MAILBOX: u16 = 1024;

pub(crate) const CASES: &[(&str, Build)] = &[
    ("mpsc-oneshot", mpsc_oneshot),
    ("tenure", ours::call),
    ("tenure-with", ours::with),
    ("parking_lot", parking_lot),
    ("tokio-mutex", tokio_mutex),
];

struct Get {
    key: u64,
    reply: oneshot::Sender<Option<u64>>,
}

fn mpsc_oneshot(setup: &Setup<'_>) -> Sampler {
    let (requests, mut inbox) = mpsc::channel::<Get>(usize::from(MAILBOX));
    bare::spawn(async move {
        let store = filled();
        while let Some(get) = inbox.recv().await {
            // A caller that has gone does not want its reply.
            let _gone = get.reply.send(store.get(&get.key).copied());
        }
    });
    sampler("mpsc-oneshot", setup, move |calls| {
        let requests = requests.clone();
        async move {
            for i in 0..calls {
                let (reply, answer) = oneshot::channel();
                let sent = requests.send(Get { key: key(i), reply }).await;
                sent.expect("the owner lives as long as its senders");
                black_box(answer.await.expect("the owner answers all"));
            }
        }
    })
}

fn parking_lot(setup: &Setup<'_>) -> Sampler {
    let store = Arc::new(parking_lot::Mutex::new(filled()));
    sampler("parking_lot", setup, move |calls| {
        let store = Arc::clone(&store);
        async move {
            for i in 0..calls {
                consume_budget().await;
                black_box(store.lock().get(&key(i)).copied());
            }
        }
    })
}

fn tokio_mutex(setup: &Setup<'_>) -> Sampler {
    let store = Arc::new(Mutex::new(filled()));
    sampler("tokio-mutex", setup, move |calls| {
        let store = Arc::clone(&store);
        async move {
            for i in 0..calls {
                black_box(store.lock().await.get(&key(i)).copied());
            }
        }
    })
}

/// `caller(calls)` is one caller that makes so many calls.
fn sampler<F, Fut>(case: &'static str, setup: &Setup<'_>, caller: F) -> Sampler
where
    F: Fn(u64) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let callers = setup.callers;
    timed(setup.effort.batch, u64::from(callers) * CALLS, move |n| {
        batch(case, callers, n * CALLS, caller.clone())
    })
}

/// Calls a caller makes at least, so that its own spawn is a small part of them. Also the unit `n` of a batch.
pub(crate) const CALLS: u64 = 20;

async fn batch<F, Fut>(
    case: &'static str,
    callers: u32,
    calls: u64,
    caller: F,
) -> Result<Duration, BenchError>
where
    F: Fn(u64) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    bare::clocked(case, async move { bare::all(callers, || caller(calls)).await }).await
}
