//! Tasks that have ended, and owners that have been restarted: what the next one costs, and what stays in memory.
use crate::bench::{Build, Setup};
use crate::cases::end::waiting::sampler;
use crate::cases::ours::restart::{once, supervised};
use crate::cases::ours::root::{finished, in_root, join};
use crate::cases::spawn::TASKS;
use crate::error::BenchError;
use crate::pair::Sampler;
use std::time::{Duration, Instant};
use tenure::Scope;

pub(crate) const RESTART: &[(&str, Build)] = &[("tenure", restart)];

fn restart(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, async |restarts| {
        in_root(async |root: &Scope| restarted(root, restarts).await).await?
    })
}

/// Restarts an owner so often.
pub(crate) async fn restarted(root: &Scope, restarts: u32) -> Result<Duration, BenchError> {
    let owner = supervised(root);
    let batch = root.spawn("restarts", async move |ctx| {
        let start = Instant::now();
        for i in 0..restarts {
            once(&ctx, &owner, u64::from(i)).await?;
        }
        Ok(start.elapsed())
    });
    finished(batch).await
}

/// Spawns and joins so many tasks, a thousand at a time.
pub(crate) async fn ended(root: &Scope, tasks: u32) -> Result<Duration, BenchError> {
    let batch = root.spawn("ended", async move |ctx| {
        let start = Instant::now();
        for _ in 0..tasks.div_ceil(TASKS) {
            ctx.scope("thousand", async |s| {
                join((0..TASKS).map(|_| s.spawn("empty", async |_ctx| Ok(()))).collect()).await
            })
            .await?;
        }
        Ok(start.elapsed())
    });
    finished(batch).await
}
