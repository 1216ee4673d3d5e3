//! A request to an owner that is in a turn: accepted into the queue, and refused because that is full.
use crate::bench::{Build, Setup};
use crate::cases::end::waiting::among;
use crate::cases::ours::cast::{Held, Hold, Set};
use crate::cases::ours::root::{finished, in_root};
use crate::cases::store::{Store, key};
use crate::pair::Sampler;
use std::sync::Arc;
use std::time::Instant;
use tenure::ChildSpec;
use tenure::prelude::*;
use tokio::sync::{Notify, oneshot};

pub(crate) const FULL: &[(&str, Build)] = &[("tenure-accepted", accepted), ("tenure-refused", refused)];

fn accepted(setup: &Setup<'_>) -> Sampler {
    among(setup.tasks, u64::from(setup.tasks), async |requests| casts(requests, requests + 1).await)
}

fn refused(setup: &Setup<'_>) -> Sampler {
    among(setup.tasks, u64::from(setup.tasks), async |requests| casts(requests, 1).await)
}

/// So many requests to an owner with so many places, while it is in a turn.
async fn casts(requests: u32, places: u32) -> Result<std::time::Duration, crate::error::BenchError> {
    in_root(async |root: &Scope| {
        let store = root.child(ChildSpec::own("store", Held::new(Store::new(0))).capacity(places));
        let casts = root.spawn("casts", async move |ctx| {
            let ((begun, has_begun), end) = (oneshot::channel(), Arc::new(Notify::new()));
            let hold = Hold(begun, Arc::clone(&end));
            store.cast(&ctx, hold).await.map_err(CallError::without_request)?;
            ctx.select(has_begun).await??;
            // It stays, so that there is no place for another if there is but one.
            store.try_cast(&ctx, Set(0, 0)).map_err(CallError::without_request)?;
            let start = Instant::now();
            let mut refused = 0;
            for i in 0..u64::from(requests) {
                refused += u32::from(store.try_cast(&ctx, Set(key(i), i)).is_err());
            }
            let took = start.elapsed();
            end.notify_one();
            assert!(refused == if places == 1 { requests } else { 0 }, "{refused} of {requests} refused");
            Ok(took)
        });
        finished(casts).await
    })
    .await?
}
