//! What is left when the root is over, or dropped (S3e, S46, S49).

use crate::fixtures::{Flag, ignores, obeys, poll_once, reason_of, settle};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tenure::prelude::*;
use tenure::{
    Builder, CallErrorKind, Cause, ChildSpec, EventKind, Events, ExitReason, Restart, Root, ScopeState,
    Spawner, TaskError, TaskHandle,
};

/// S46, S6a, S35.
#[test]
fn sd_22_a_root_that_has_ended_starts_and_accepts_nothing() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut kept: Option<(Spawner, OwnerRef<u64>, Context)> = None;
        let report = Root::run(async |root| {
            kept = Some((root.spawner(), root.own("owner", 7), root.ctx().clone()));
            Ok(())
        });
        let report = report.await;
        assert!(report.account.is_closed(), "{report}");
        let (spawner, owner, ctx) = kept.expect("main kept them");

        let (polled, dropped) = (Flag::default(), Flag::default());
        let (runs, held) = (polled.clone(), dropped.on_drop());
        let mut refused = spawner.spawn("late", async move |_| {
            let _held = held;
            runs.set();
            Ok(())
        });
        let error = refused.join().await.unwrap_err();
        assert!(matches!(error, TaskError::Refused { state: ScopeState::Ended, .. }), "{error}");
        settle().await;
        assert!(dropped.is_set() && !polled.is_set());

        // Its own context has ended, too; under a context that lives the owner itself says so.
        let error = owner.with(&ctx, |n| *n).await.unwrap_err();
        assert!(
            matches!(error.kind, CallErrorKind::Cancelled { .. } | CallErrorKind::Closed { .. }),
            "{error}"
        );
        let error = owner.with(&ctx.cleanup(secs(1)), |n| *n).await.unwrap_err();
        assert!(matches!(error.kind, CallErrorKind::Closed { .. }), "{error}");
        assert_eq!(owner.stats().accepted, 0);
    });
}

/// What main leaves behind for the test.
struct Left {
    root: Scope,
    events: Events,
    ignores: TaskHandle<()>,
    obeys: TaskHandle<()>,
    owner: OwnerRef<u64>,
}

/// S3e, S49.
#[test]
fn sd_23_a_root_dropped_in_a_foreign_runtime_waits_for_nobody_and_counts_what_the_runtime_drops() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let left: Arc<Mutex<Option<Left>>> = Arc::default();
    runtime.block_on(async {
        let run = Builder::new().run(async |root| {
            let (events, owner) = (root.events(), root.own("owner", 0u64));
            let ignores = root.spawn("ignores", async |_| ignores().await);
            let obeys = root.spawn("obeys", async |ctx| Err::<(), _>(ctx.cancelled().await.into()));
            *left.lock().unwrap() = Some(Left { root, events, ignores, obeys, owner });
            crate::fixtures::ignores().await
        });
        {
            let mut run = pin!(run);
            assert!(poll_once(run.as_mut()).await.is_pending());
            settle().await;
        } // dropped, with main in it
        settle().await;
    });
    let mut left = left.lock().unwrap().take().expect("main put it there");
    assert!(left.obeys.is_ended(), "it was cancelled, and the runtime still ran");
    assert!(!left.ignores.is_ended(), "its ladder had just begun");

    drop(runtime);

    let reader = tokio::runtime::Builder::new_current_thread().build().unwrap();
    reader.block_on(async {
        assert_eq!(reason_of(&mut left.ignores).await, ExitReason::Aborted(Cause::RuntimeGone));
        assert_eq!(reason_of(&mut left.obeys).await, ExitReason::Shutdown(Cause::ScopeDropped));
    });
    let account = left.root.account();
    assert!(account.is_closed(), "{account}");
    // Main and what ignores; the owner ended as asked.
    assert_eq!(
        (account.started, account.ended_by.aborted, account.ended_by.shutdown),
        (4, 2, 2),
        "{account:?}"
    );
    assert_eq!(left.owner.stats().accepted, 0);
    let (events, _) = left.events.read();
    let dropped = events.iter().filter_map(|event| match &event.kind {
        EventKind::RootDropped { account } => Some((account.started, account.ended, account.live)),
        _ => None,
    });
    assert_eq!(dropped.collect::<Vec<_>>(), [(4, 0, 4)]);
}

/// S6c, S25b: threads, for the cancel must fall between two steps of a start. What is let in hears of it.
#[test]
fn sd_22_an_owner_that_starts_while_the_root_is_cancelled_is_stopped_with_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for _ in 0..8 {
        let report = std::thread::scope(|threads| {
            runtime.block_on(Builder::new().grace(ms(200)).run(async |root| {
                let root = Arc::new(root);
                drop(root.spawn("lives", obeys)); // until the cancel, which comes at half the grace
                let home = Arc::clone(&root);
                threads.spawn(move || {
                    std::thread::park_timeout(ms(98));
                    while !home.ctx().is_cancelled() {
                        home.child(ChildSpec::own("late", 0u64).restart(Restart::Temporary));
                        std::thread::park_timeout(std::time::Duration::from_micros(1));
                    }
                });
                Ok(())
            }))
        });
        assert!(report.stragglers.is_empty(), "nothing here had to be forced: {report}");
        assert!(report.account.is_closed(), "{report}");
    }
}
