//! Tasks: spawn and join in a request scope, a yield, a wake, and the beginning of a wait.
use super::root::{finished, join};
use crate::bench::Setup;
use crate::cases::end::waiting;
use crate::cases::poll::{Bell, SLEEPERS};
use crate::cases::spawn::TASKS;
use crate::pair::{Sampler, timed};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use tokio::task::yield_now;

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

/// So many at once.
pub(crate) fn spawn_live(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    waiting::sampler(setup.tasks, move |tasks| {
        finished(spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            ctx.scope("many", async |s| {
                let empty = |_| s.spawn("empty", async |_ctx| Ok(()));
                join((0..tasks).map(empty).collect()).await
            })
            .await?;
            Ok(start.elapsed())
        }))
    })
}

pub(crate) fn yields(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    timed(setup.effort.batch, 1, move |n| {
        finished(spawner.spawn("yields", async move |_ctx| {
            let start = Instant::now();
            for _ in 0..n {
                yield_now().await;
            }
            Ok(start.elapsed())
        }))
    })
}

pub(crate) fn wakes(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    timed(setup.effort.batch, u64::from(SLEEPERS), move |n| {
        finished(spawner.spawn("rings", async move |ctx| {
            let bell = Arc::new(Bell::default());
            ctx.scope("sleepers", async |s| {
                for _ in 0..SLEEPERS {
                    let bell = Arc::clone(&bell);
                    drop(s.spawn("sleeps", async move |_ctx| {
                        bell.sleep().await;
                        Ok(())
                    }));
                }
                Ok(bell.ring(n).await)
            })
            .await
        }))
    })
}

/// A wait that begins, is pending, and is given up: the edge is written and taken back, and the task is marked to be woken.
/// A wait through the public API is no less.
pub(crate) fn waits(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    timed(setup.effort.batch, 1, move |n| {
        finished(spawner.spawn("waits", async move |ctx| {
            let start = Instant::now();
            poll_fn(|cx| {
                for _ in 0..n {
                    assert!(pin!(ctx.cancelled()).poll(cx).is_pending(), "nobody cancels it");
                }
                Poll::Ready(())
            })
            .await;
            Ok(start.elapsed())
        }))
    })
}
