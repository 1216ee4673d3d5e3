//! What others that are alive cost those who have nothing to do with them.
use crate::bench::{Build, Setup};
use crate::cases::end::waiting::{among, until_all_wait, waits};
use crate::cases::ours::end::PATIENT;
use crate::cases::ours::root::{finished, in_root};
use crate::cases::store::{Get, Store, key};
use crate::pair::Sampler;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tenure::prelude::*;

pub(crate) const CLOSE: &[(&str, Build)] = &[("tenure", close)];
pub(crate) const CALL: &[(&str, Build)] = &[("tenure", call)];

/// Tasks of the scope that is closed, and how often that is done.
const MEMBERS: u32 = 10;
const CLOSES: u32 = 200;

/// Nanoseconds from the request to cancel a scope of ten tasks to its report.
fn close(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    among(setup.tasks, u64::from(CLOSES), move |others| {
        finished(spawner.spawn("closes", async move |ctx| {
            let crowd = ctx.open_scope("others", PATIENT);
            for _ in 0..others {
                drop(crowd.spawn("other", waiting));
            }
            let mut took = Duration::ZERO;
            for round in 1..=CLOSES {
                let few = ctx.open_scope("few", PATIENT);
                for _ in 0..MEMBERS {
                    drop(few.spawn("member", waiting));
                }
                until_all_wait(others + round * MEMBERS).await;
                let start = Instant::now();
                few.cancel("enough");
                few.join().await.result?;
                took += start.elapsed();
            }
            crowd.cancel("enough");
            crowd.join().await.result?;
            Ok(took)
        }))
    })
}

async fn waiting(ctx: Context) -> tenure::Result {
    waits();
    ctx.cancelled().await;
    Ok(())
}

/// Enough that their start is a small part.
const CALLS: u64 = 20_000;

/// Nanoseconds of a call to one of so many owners.
fn call(setup: &Setup<'_>) -> Sampler {
    among(setup.tasks, CALLS, async |owners| {
        in_root(async |root: &Scope| {
            let asked = root.own("store", Store::new(0));
            let others: Vec<_> = (1..owners).map(|_| root.own("other", 0u64)).collect();
            let calls = root.spawn("calls", async move |ctx| {
                let start = Instant::now();
                for i in 0..CALLS {
                    black_box(asked.call(&ctx, Get(key(i))).await.map_err(CallError::without_request)?);
                }
                Ok(start.elapsed())
            });
            let took = finished(calls).await;
            drop(others);
            took
        })
        .await?
    })
}
