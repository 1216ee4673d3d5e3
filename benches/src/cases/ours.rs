//! tenure, through its public API alone: what a user writes is what is measured.
use crate::bench::Setup;
use crate::cases::call::{CALLS, MAILBOX};
use crate::cases::spawn::TASKS;
use crate::cases::store::{filled, key};
use crate::error::BenchError;
use crate::pair::{Sampler, timed};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{ChildSpec, Handle, Root, TaskHandle, Turn};

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

async fn join(tasks: Vec<TaskHandle<()>>) -> tenure::Result {
    for mut task in tasks {
        task.join().await?;
    }
    Ok(())
}

async fn finished(mut batch: TaskHandle<Duration>) -> Result<Duration, BenchError> {
    batch.join().await.map_err(|e| BenchError::Batch { case: "tenure".to_owned(), why: e.to_string() })
}
