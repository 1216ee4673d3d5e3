//! The instruction guard: what a call, a spawn, a yield and a wake cost in instructions, beside bare Tokio, under callgrind.
//!
//! Each function is counted at n and at 2 n operations; their difference over n is one operation without what is done once.
//! `cargo xtask guard` runs this and judges the ratios: counts are the same on a busy machine, so they can guard every change.
//! Everything runs on `current_thread`, callers are spawned tasks, and tenure is used as a user writes it.
#![expect(missing_docs, reason = "what the macros of gungraun make of a function is public")]
#![expect(
    clippy::disallowed_methods,
    reason = "bare Tokio is the rival, and gungraun's `main` ends the process itself"
)]
use gungraun::{
    Callgrind, EntryPoint, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use std::collections::HashMap;
use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};
use tenure::prelude::*;
use tenure::{ChildSpec, Handle, Root, Turn};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::coop::consume_budget;
use tokio::task::{JoinHandle, yield_now};

const ENTRIES: u64 = 1024;
const MAILBOX: u16 = 1024;
/// Tasks alive at once.
const TASKS: u64 = 100;

type Map = HashMap<u64, u64>;

fn map() -> Map {
    (0..ENTRIES).map(|k| (k, k * k)).collect()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime needs no more than there is")
}

fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

/// Runs `work` as a task of bare Tokio.
fn bare<F>(work: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let run = async { spawn(work).await.expect("nothing in it panics") };
    runtime().block_on(run);
}

/// Runs `work` as a task of a root.
fn owned<F, Fut>(work: F)
where
    F: FnOnce(Context, OwnerRef<Store>) -> Fut + Send + 'static,
    Fut: Future<Output = tenure::Result> + Send + 'static,
{
    let report = runtime().block_on(Root::run(async |root: Scope| {
        let store = ChildSpec::own("store", Store(map())).capacity(u32::from(MAILBOX));
        let store = root.child(store);
        root.spawn("work", async move |ctx| work(ctx, store).await).join().await?;
        Ok(())
    }));
    assert_eq!(report.exit_code, 0, "{report:?}");
}

struct Get(u64);
impl Request for Get {
    type Reply = Option<u64>;
}

struct Store(Map);
impl Handle<Get> for Store {
    fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        self.0.get(&key).copied()
    }
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn call_mpsc_oneshot(n: u64) {
    bare(async move {
        let (requests, mut inbox) =
            mpsc::channel::<(u64, oneshot::Sender<Option<u64>>)>(usize::from(MAILBOX));
        let owner = spawn(async move {
            let map = map();
            while let Some((key, reply)) = inbox.recv().await {
                // A caller that has gone does not want its reply.
                let _gone = reply.send(map.get(&key).copied());
            }
        });
        for i in 0..n {
            let (reply, answer) = oneshot::channel();
            requests.send((i % ENTRIES, reply)).await.expect("the owner lives as long as its senders");
            black_box(answer.await.expect("the owner answers all"));
        }
        drop(requests);
        owner.await.expect("nothing in it panics");
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn call_parking_lot(n: u64) {
    let store = Arc::new(parking_lot::Mutex::new(map()));
    bare(async move {
        for i in 0..n {
            // A loop that never gives up its thread would win by starving the others.
            consume_budget().await;
            black_box(store.lock().get(&(i % ENTRIES)).copied());
        }
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn call_tenure(n: u64) {
    owned(async move |ctx, store| {
        for i in 0..n {
            black_box(store.call(&ctx, Get(i % ENTRIES)).await.map_err(CallError::without_request)?);
        }
        Ok(())
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn spawn_tokio(n: u64) {
    bare(async move {
        for _ in 0..n / TASKS {
            let tasks: Vec<_> = (0..TASKS).map(|_| spawn(async {})).collect();
            for task in tasks {
                task.await.expect("an empty task does not panic");
            }
        }
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn spawn_tenure(n: u64) {
    owned(async move |ctx, _store| {
        ctx.scope("all", async |s| {
            for _ in 0..n / TASKS {
                let tasks: Vec<_> = (0..TASKS).map(|_| s.spawn("empty", async |_ctx| Ok(()))).collect();
                for mut task in tasks {
                    task.join().await?;
                }
            }
            Ok(())
        })
        .await
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn yield_tokio(n: u64) {
    bare(async move {
        for _ in 0..n {
            yield_now().await;
        }
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn yield_tenure(n: u64) {
    owned(async move |_ctx, _store| {
        for _ in 0..n {
            yield_now().await;
        }
        Ok(())
    });
}

/// A sleeper that is polled each time it is woken, and one that wakes it: a wake and a poll of each.
#[derive(Default)]
struct Bell {
    sleeper: parking_lot::Mutex<Option<Waker>>,
    polls: AtomicU64,
}

impl Bell {
    async fn sleep(&self, polls: u64) {
        poll_fn(|cx| {
            let seen = self.polls.fetch_add(1, Ordering::Relaxed);
            if seen == 0 {
                *self.sleeper.lock() = Some(cx.waker().clone());
            }
            if seen < polls { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    async fn ring(&self, times: u64) {
        yield_now().await;
        let sleeper = self.sleeper.lock().take().expect("it was polled before this task was again");
        for _ in 0..times {
            sleeper.wake_by_ref();
            yield_now().await;
        }
    }
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn wake_tokio(n: u64) {
    bare(async move {
        let bell = Arc::new(Bell::default());
        let woken = Arc::clone(&bell);
        let sleeper = spawn(async move { woken.sleep(n).await });
        bell.ring(n).await;
        sleeper.await.expect("a sleeper does not panic");
    });
}

#[library_benchmark]
#[bench::n(5_000)]
#[bench::twice(10_000)]
fn wake_tenure(n: u64) {
    owned(async move |ctx, _store| {
        let bell = Arc::new(Bell::default());
        ctx.scope("sleepers", async |s| {
            let woken = Arc::clone(&bell);
            let mut sleeper = s.spawn("sleeper", async move |_ctx| {
                woken.sleep(n).await;
                Ok(())
            });
            bell.ring(n).await;
            Ok(sleeper.join().await?)
        })
        .await
    });
}

library_benchmark_group!(
    name = guard,
    benchmarks = [
        call_mpsc_oneshot,
        call_parking_lot,
        call_tenure,
        spawn_tokio,
        spawn_tenure,
        yield_tokio,
        yield_tenure,
        wake_tokio,
        wake_tenure
    ]
);
// The whole process is counted: a toggle at the function's own name is turned off again by the closures in it. What is done
// once falls out of the difference.
main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::default().entry_point(EntryPoint::None));
    library_benchmark_groups = guard
);
