//! A look at many tasks.
use super::root::in_root;
use crate::bench::{Build, Setup};
use crate::cases::end::waiting::{sampler, until_all_wait, waits};
use crate::error::BenchError;
use crate::pair::Sampler;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tenure::Scope;

/// It has no rival: nothing else can be asked.
pub(crate) const SNAPSHOT: &[(&str, Build)] = &[("tenure", snapshot)];

/// One snapshot of a root of its own, all of whose tasks wait.
fn snapshot(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, async |tasks| {
        in_root(async |root: &Scope| -> Result<Duration, BenchError> {
            for _ in 0..tasks {
                drop(root.spawn("idle", async |ctx| {
                    waits();
                    ctx.draining().await;
                    Ok(())
                }));
            }
            until_all_wait(tasks).await;
            let start = Instant::now();
            let seen = black_box(root.snapshot());
            let took = start.elapsed();
            assert!(seen.tasks.len() >= tasks as usize, "every task has a row");
            Ok(took)
        })
        .await?
    })
}
