//! The end of a scope whose tasks obey their context.
use super::root::finished;
use crate::bench::Setup;
use crate::cases::end::cancel::clocked;
use crate::cases::end::waiting::{held, sampler, until_all_wait, waits};
use crate::pair::Sampler;
use std::time::Instant;
use tenure::{RequestScope, Stop, secs};

/// Longer than any of these stops takes: an abort would be another way to end.
pub(crate) const PATIENT: Stop = Stop { cancel: secs(60), ..Stop::REQUEST };

/// Starts a task that waits for its cancel, and lets go of what it holds then. Its handle is dropped, which changes nothing:
/// the scope owns the task.
pub(crate) fn obeys(scope: &RequestScope, held: impl Send + 'static) {
    drop(scope.spawn("obeys", async move |ctx| {
        waits();
        ctx.cancelled().await;
        drop(held);
        Ok(())
    }));
}

/// To the end of the last task.
pub(crate) fn cancel(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    sampler(setup.tasks, move |tasks| {
        let cancel = spawner.spawn("cancel", async move |ctx| {
            let (scope, (held, all_gone)) = (ctx.open_scope("many", PATIENT), held());
            for _ in 0..tasks {
                obeys(&scope, held.clone());
            }
            let took = clocked(tasks, held, &all_gone, || scope.cancel("enough")).await;
            scope.join().await.result?;
            Ok(took)
        });
        finished(cancel)
    })
}

/// To the account of the scope, which says that all have ended.
pub(crate) fn stop(setup: &Setup<'_>) -> Sampler {
    let spawner = setup.root.spawner();
    sampler(setup.tasks, move |tasks| {
        let stop = spawner.spawn("stop", async move |ctx| {
            let scope = ctx.open_scope("many", PATIENT);
            for _ in 0..tasks {
                obeys(&scope, ());
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
