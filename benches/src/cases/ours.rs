//! tenure, through its public API alone: what a user writes is what is measured.
use crate::bench::Setup;
use crate::cases::call::{CALLS, MAILBOX};
use crate::cases::restart::cases::{Entries, die, entries};
use crate::cases::spawn::TASKS;
use crate::cases::stop::{self, until_all_wait, waits};
use crate::cases::store::{filled, key};
use crate::error::BenchError;
use crate::pair::{Sampler, timed};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{
    Backoff, ChildSpec, Handle, Intensity, Root, Stop, Strategy, Supervisor, TaskHandle, Turn, ms, secs,
};

/// Runs `body` under a root of its own in the present runtime.
pub(crate) async fn in_root<T>(body: impl AsyncFnOnce(&Scope) -> T) -> Result<T, BenchError> {
    let slot = Rc::new(RefCell::new(None));
    let kept = Rc::clone(&slot);
    let report = Root::run(async move |root: Scope| {
        let value = body(&root).await;
        kept.replace(Some(value));
        Ok(())
    })
    .await;
    let value = slot.borrow_mut().take();
    value.ok_or_else(|| BenchError::Batch { case: "tenure".to_owned(), why: format!("{:?}", report.main) })
}

struct Store {
    entries: HashMap<u64, u64>,
}

struct Get(u64);
impl Request for Get {
    type Reply = Option<u64>;
}
impl Handle<Get> for Store {
    fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        self.entries.get(&key).copied()
    }
}

fn store(setup: &Setup<'_>, name: &str) -> OwnerRef<Store> {
    let store = ChildSpec::own(name, Store { entries: filled() });
    setup.root.child(store.capacity(u32::from(MAILBOX)))
}

/// `call` with a typed request.
pub(crate) fn call(setup: &Setup<'_>) -> Sampler {
    let store = store(setup, "store");
    sampler(setup, store, async |ctx: Context, store: OwnerRef<Store>, calls| {
        for i in 0..calls {
            black_box(store.call(&ctx, Get(key(i))).await?);
        }
        Ok(())
    })
}

/// `with` a closure.
pub(crate) fn with(setup: &Setup<'_>) -> Sampler {
    let store = store(setup, "store-by-closure");
    sampler(setup, store, async |ctx: Context, store: OwnerRef<Store>, calls| {
        for i in 0..calls {
            let key = key(i);
            black_box(store.with(&ctx, move |s| s.entries.get(&key).copied()).await?);
        }
        Ok(())
    })
}

/// `caller(ctx, store, calls)` is one caller that makes so many calls.
fn sampler<F, Fut>(setup: &Setup<'_>, store: OwnerRef<Store>, caller: F) -> Sampler
where
    F: Fn(Context, OwnerRef<Store>, u64) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = tenure::Result> + Send + 'static,
{
    let (spawner, callers) = (setup.root.spawner(), setup.callers);
    timed(setup.effort.batch, u64::from(callers) * CALLS, move |n| {
        let store = store.clone();
        let batch = spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            ctx.scope("callers", async |s| {
                let one = |_| {
                    let store = store.clone();
                    s.spawn("caller", move |ctx| caller(ctx, store, n * CALLS))
                };
                join((0..callers).map(one).collect()).await
            })
            .await?;
            Ok(start.elapsed())
        });
        finished(batch)
    })
}

/// Spawn and join in a request scope.
pub(crate) fn spawn(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    timed(setup.effort.batch, u64::from(TASKS), move |n| {
        let batch = spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            for _ in 0..n {
                ctx.scope("thousand", async |s| {
                    let empty = |_| s.spawn("empty", async |_ctx| Ok(()));
                    join((0..TASKS).map(empty).collect()).await
                })
                .await?;
            }
            Ok(start.elapsed())
        });
        finished(batch)
    })
}

/// A store whose lives share one map.
struct Kept(Entries);

impl Handle<Get> for Kept {
    fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        self.0.get(&key).copied()
    }
}

struct Die;
impl Request for Die {
    type Reply = ();
}
impl Handle<Die> for Kept {
    fn handle(&mut self, Die: Die, _turn: &mut Turn<Die>) {
        die()
    }
}

/// A supervised owner whose turn panics; the call after it waits for the next life.
pub(crate) fn restart(setup: &Setup<'_>) -> Sampler {
    let entries = entries();
    let store = ChildSpec::own_with("store", move || Kept(Arc::clone(&entries)))
        .capacity(u32::from(MAILBOX))
        .backoff(Backoff::none());
    let (spawner, owner) = (setup.root.spawner(), store.handle());
    let supervisor = Supervisor::new("supervisor", Strategy::OneForOne)
        // Without a limit, as the others.
        .intensity(Intensity { restarts: u32::MAX, within: ms(1) })
        .child(store);
    setup.root.supervise(supervisor).expect("the tree has one child, and nothing to refuse");
    timed(setup.effort.batch, 1, move |n| {
        let owner = owner.clone();
        let batch = spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            for i in 0..n {
                owner.cast(&ctx, Die).await.map_err(CallError::without_request)?;
                black_box(owner.call(&ctx, Get(key(i))).await.map_err(CallError::without_request)?);
            }
            Ok(start.elapsed())
        });
        finished(batch)
    })
}

/// Longer than any of these stops takes: an abort would be another way to end.
const PATIENT: Stop = Stop { cancel: secs(60), ..Stop::REQUEST };

/// The stop of a scope whose tasks obey their context.
pub(crate) fn stop(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    stop::sampler(setup.tasks, move |tasks| {
        let stop = spawner.spawn("stop", async move |ctx| {
            let scope = ctx.open_scope("many", PATIENT);
            for _ in 0..tasks {
                // The handle is dropped, which changes nothing: the scope owns the task.
                drop(scope.spawn("obeys", async move |ctx| {
                    waits();
                    ctx.cancelled().await;
                    Ok(())
                }));
            }
            until_all_wait(tasks).await;
            let start = Instant::now();
            scope.cancel("enough");
            let report = scope.join().await;
            let took = start.elapsed();
            report.result?;
            assert_eq!(report.account.ended, u64::from(tasks), "a stop ends every task");
            Ok(took)
        });
        finished(stop)
    })
}

async fn join(tasks: Vec<TaskHandle<()>>) -> tenure::Result {
    for mut task in tasks {
        task.join().await?;
    }
    Ok(())
}

async fn finished(mut batch: TaskHandle<Duration>) -> Result<Duration, BenchError> {
    batch.join().await.map_err(|e| BenchError::Batch { case: "tenure".to_owned(), why: e.to_string() })
}
