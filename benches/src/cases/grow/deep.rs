//! Scopes in scopes: what the innermost costs, and the cancel of the outermost.
use crate::bench::{Build, Setup};
use crate::cases::end::cancel::clocked;
use crate::cases::end::waiting::{among, held, sampler};
use crate::cases::ours::end::{PATIENT, obeys};
use crate::cases::ours::root::{finished, join};
use crate::cases::spawn::TASKS;
use crate::pair::Sampler;
use std::hint::black_box;
use std::time::Instant;
use tenure::RequestScope;
use tenure::prelude::*;

pub(crate) const DEEP: &[(&str, Build)] =
    &[("tenure-spawn", spawn), ("tenure-is-cancelled", is_cancelled), ("tenure-cancel", cancel)];

/// So many scopes, the outermost first.
fn nested(ctx: &Context, depth: u32) -> Vec<RequestScope> {
    let mut scopes = vec![ctx.open_scope("deep", PATIENT)];
    while scopes.len() < depth as usize {
        let inner = scopes[scopes.len() - 1].ctx().open_scope("deep", PATIENT);
        scopes.push(inner);
    }
    scopes
}

async fn close(scopes: Vec<RequestScope>) -> tenure::Result {
    for scope in scopes.into_iter().rev() {
        scope.join().await.result?;
    }
    Ok(())
}

/// Spawn and join in the innermost.
fn spawn(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    among(setup.tasks, u64::from(TASKS), move |depth| {
        finished(spawner.spawn("spawns", async move |ctx| {
            let scopes = nested(&ctx, depth);
            let innermost = &scopes[scopes.len() - 1];
            let start = Instant::now();
            join((0..TASKS).map(|_| innermost.spawn("empty", async |_ctx| Ok(()))).collect()).await?;
            let took = start.elapsed();
            close(scopes).await?;
            Ok(took)
        }))
    })
}

const ASKS: u32 = 100_000;

fn is_cancelled(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    among(setup.tasks, u64::from(ASKS), move |depth| {
        finished(spawner.spawn("asks", async move |ctx| {
            let scopes = nested(&ctx, depth);
            let ctx = scopes[scopes.len() - 1].ctx();
            let start = Instant::now();
            for _ in 0..ASKS {
                black_box(black_box(ctx).is_cancelled());
            }
            let took = start.elapsed();
            close(scopes).await?;
            Ok(took)
        }))
    })
}

/// A task in each scope, and the outermost is cancelled; of each of them, to the end of the last.
fn cancel(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    sampler(setup.tasks, move |depth| {
        finished(spawner.spawn("cancels", async move |ctx| {
            let (scopes, (held, all_gone)) = (nested(&ctx, depth), held());
            for scope in &scopes {
                obeys(scope, held.clone());
            }
            let took = clocked(depth, held, &all_gone, || scopes[0].cancel("enough")).await;
            close(scopes).await?;
            Ok(took)
        }))
    })
}
