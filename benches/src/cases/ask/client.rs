//! What a client of a store does, whoever the store belongs to, and the ways it is timed: many calls, each call alone, and
//! the article's program.
//!
//! A client is a spawned task in all of them. It is given what a user would have in hand: tenure's own context and reference,
//! a peer's address, a sender.
use crate::bench::Setup;
use crate::cases::bare;
use crate::cases::store::key;
use crate::error::BenchError;
use crate::pair::{Sampler, timed};
use crate::stats;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Places in a mailbox: more than there are callers, so nobody is refused and nobody waits for a place.
pub(crate) const MAILBOX: u16 = 1024;

/// One caller's way to ask.
pub(crate) trait Client: Send + Sync + 'static {
    fn get(&self, key: u64) -> impl Future<Output = Option<u64>> + Send;
    fn put(&self, key: u64, value: u64) -> impl Future<Output = Option<u64>> + Send;
}

/// Clients at work, and how long it took.
pub(crate) type Batch = Pin<Box<dyn Future<Output = Result<Duration, BenchError>>>>;

/// How clients are started, and joined.
pub(crate) trait Team: 'static {
    type Client: Client;

    /// Starts so many clients that do `job(client, number)`; from the first start to the last end.
    fn run<J, Fut>(&self, clients: u32, job: J) -> Batch
    where
        J: Fn(Self::Client, u32) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static;
}

/// Clients on bare Tokio.
pub(super) struct Bare<C> {
    pub(super) case: &'static str,
    pub(super) client: C,
}

impl<C: Client + Clone> Team for Bare<C> {
    type Client = C;

    fn run<J, Fut>(&self, clients: u32, job: J) -> Batch
    where
        J: Fn(C, u32) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let client = self.client.clone();
        Box::pin(bare::clocked(self.case, async move {
            bare::all(clients, |number| job(client.clone(), number)).await;
        }))
    }
}

/// Calls a caller makes at least, so that its own spawn is a small part of them. Also the unit `n` of a batch.
const CALLS: u64 = 20;

/// Nanoseconds of a call while so many callers call without a pause.
pub(crate) fn calls<T: Team>(setup: &Setup<'_>, team: T) -> Sampler {
    let callers = setup.callers;
    timed(setup.effort.batch, u64::from(callers) * CALLS, move |n| {
        team.run(callers, move |client: T::Client, _| async move {
            for i in 0..n * CALLS {
                black_box(client.get(key(i)).await);
            }
        })
    })
}

/// Calls whose percentile is one sample: enough that the 99th is not the worst.
const CALLS_TIMED: u64 = 2_000;

/// The quantile `q` of single calls of one caller, which nobody disturbs. A clock read is part of each.
pub(crate) fn latency<T: Team>(setup: &Setup<'_>, team: T, q: f64) -> Sampler {
    let calls = if setup.effort.quick { CALLS } else { CALLS_TIMED };
    Box::new(move || {
        let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let run = team.run(1, move |client, _| {
            let into = Arc::clone(&into);
            async move {
                let mut each = Vec::with_capacity(usize::try_from(calls).unwrap_or_default());
                for i in 0..calls {
                    let start = Instant::now();
                    black_box(client.get(key(i)).await);
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
                    each.push(start.elapsed().as_nanos() as f64);
                }
                *into.lock() = each;
            }
        });
        Box::pin(async move {
            run.await?;
            Ok(stats::quantile(&seen.lock(), q))
        })
    })
}

/// The article's program.
pub(super) const READERS: u32 = 100;
pub(super) const WRITERS: u32 = 10;

/// Requests of each reader and writer.
pub(super) fn requests(setup: &Setup<'_>) -> u32 {
    if setup.effort.quick { 10 } else { 1_000 }
}

/// Nanoseconds of a request of the article's program, from the first spawn to the last join.
pub(crate) fn program<T: Team>(setup: &Setup<'_>, team: T) -> Sampler {
    let requests = requests(setup);
    Box::new(move || {
        let run = team.run(READERS + WRITERS, move |client, number| async move {
            for i in 0..u64::from(requests) {
                let reply = match number {
                    ..READERS => client.get(key(i)).await,
                    _ => client.put(key(i), i).await,
                };
                black_box(reply);
            }
        });
        Box::pin(async move {
            let took = run.await?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Ok(took.as_nanos() as f64 / f64::from((READERS + WRITERS) * requests))
        })
    })
}

/// How long a caller waits, where it has a limit: never so long as to be reached.
pub(crate) const REPLY_MAX: Duration = Duration::from_secs(1);

/// A client that gives each of its calls a timeout, as one does on bare Tokio.
#[derive(Clone)]
pub(super) struct WithTimeout<C>(pub(super) C);

impl<C: Client> Client for WithTimeout<C> {
    async fn get(&self, key: u64) -> Option<u64> {
        tokio::time::timeout(REPLY_MAX, self.0.get(key)).await.expect("a call takes microseconds")
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        tokio::time::timeout(REPLY_MAX, self.0.put(key, value)).await.expect("a call takes microseconds")
    }
}
