//! Contexts: made and dropped, and asked.
use super::root::finished;
use crate::bench::Setup;
use crate::pair::{Sampler, timed};
use std::hint::black_box;
use std::time::Instant;
use tenure::{Context, secs};

/// One that can be cancelled alone.
pub(crate) fn child(setup: &Setup<'_>) -> Sampler {
    sampler(setup, |ctx| drop(black_box(ctx.cancellable())))
}

pub(crate) fn timeout(setup: &Setup<'_>) -> Sampler {
    sampler(setup, |ctx| drop(black_box(ctx.timeout(secs(600)))))
}

pub(crate) fn clone(setup: &Setup<'_>) -> Sampler {
    sampler(setup, |ctx| drop(black_box(ctx.clone())))
}

pub(crate) fn is_cancelled(setup: &Setup<'_>) -> Sampler {
    sampler(setup, |ctx| {
        black_box(black_box(ctx).is_cancelled());
    })
}

fn sampler(setup: &Setup<'_>, act: fn(&Context)) -> Sampler {
    let spawner = setup.root.spawner();
    timed(setup.effort.batch, 1, move |n| {
        finished(spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            for _ in 0..n {
                act(&ctx);
            }
            Ok(start.elapsed())
        }))
    })
}
