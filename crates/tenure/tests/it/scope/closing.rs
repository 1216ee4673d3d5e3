//! Spawning into a scope that is closing, and beginning anything under a context that has ended (S6, S7c).

use crate::fixtures::{Flag, Log, ends_clean, obeys, reason_of, settle};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use tenure::prelude::*;
use tenure::{
    CallErrorKind, Cancelled, Cause, ExitReason, Handle, ScopeState, Spawner, Stop, TaskError, TaskHandle,
    Turn,
};

fn refused_by<T>(ended: Result<T, TaskError>) -> Option<ScopeState> {
    if let Err(TaskError::Refused { state, .. }) = ended { Some(state) } else { None }
}

/// S6a.
#[tenure::test(start_paused = true)]
async fn sc_19_a_cancelled_scope_refuses_a_task_and_drops_it_unpolled(root: Scope) -> Result {
    let (polled, dropped) = (Flag::default(), Flag::default());

    let report = root
        .ctx()
        .scope_report("s", async |s| {
            s.cancel("x");
            let (polled, owned) = (polled.clone(), dropped.on_drop());
            let mut handle = s.spawn("late", move |_| {
                let _owned = owned;
                async move {
                    polled.set();
                    Ok(())
                }
            });
            assert!(handle.is_ended() && dropped.is_set());
            assert_eq!(refused_by(handle.join().await), Some(ScopeState::Cancelled));
            Ok(())
        })
        .await;

    assert!(report.result.is_ok(), "a refusal fails nobody");
    assert!(!polled.is_set());
    assert_eq!((report.account.spawns_refused, report.account.started), (1, 0));
    let account = root.account();
    assert_eq!((account.spawns_refused, account.started), (1, 1)); // main
    ends_clean(&root).await;
    Ok(())
}

/// S6a.
#[tenure::test(start_paused = true)]
async fn sc_20_a_draining_scope_still_accepts_a_task(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    root.shutdown("the test");
    settle().await;
    assert_eq!((scope.state(), root.state()), (ScopeState::Draining, ScopeState::Draining));

    let mut late = scope.spawn("late", async |ctx| Ok(ctx.sleep(ms(10)).await?));
    late.join().await?;
    let report = scope.join().await;

    assert_eq!(log.t(), 10);
    assert_eq!((report.account.ended_by.normal, report.account.spawns_refused), (1, 0));
    ends_clean(&root).await;
    Ok(())
}

/// S6b.
#[tenure::test(start_paused = true)]
async fn sc_21_an_ended_scope_gives_the_closure_back(root: Scope) -> Result {
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let spawner: Spawner = scope.spawner();
    scope.join().await.result?;

    let given = async move |_: Context| Ok(7);
    let Err(back) = spawner.try_spawn("late", given) else { panic!("the scope has ended") };
    assert_eq!(back(root.ctx().clone()).await?, 7);

    assert_eq!(refused_by(spawner.spawn("late", obeys).join().await), Some(ScopeState::Ended));
    let account = root.account();
    assert_eq!(
        (account.spawns_refused, account.started),
        (2, 1),
        "counted, although the scope has left the tree"
    );
    ends_clean(&root).await;
    Ok(())
}

/// S6c.
#[tenure::test(flavor = "multi_thread", worker_threads = 2)]
async fn sc_22_a_spawn_that_races_a_cancel_is_accepted_or_refused_and_never_lost(root: Scope) -> Result {
    const CALLS: u64 = 1000;
    let mut refused_in_all = 0;
    for round in 0..100 {
        let scope = root.ctx().open_scope("s", Stop::REQUEST);
        let spawner = scope.spawner();
        let made = Arc::new(AtomicU64::new(0));
        let mut calls = root.spawn("calls", {
            let made = Arc::clone(&made);
            async move |_| {
                let mut refused = 0;
                for _ in 0..CALLS {
                    let handle: TaskHandle<()> = spawner.spawn("t", obeys);
                    refused += u64::from(handle.id().index == 0);
                    made.fetch_add(1, SeqCst);
                }
                Ok(refused)
            }
        });
        while made.load(SeqCst) < round * CALLS / 100 {
            tokio::task::yield_now().await;
        }
        scope.cancel("race");
        let refused = calls.join().await?;
        let report = scope.join().await;

        let account = report.account;
        assert_eq!(account.started + refused, CALLS, "round {round}");
        assert_eq!((account.ended, account.live), (account.started, 0), "round {round}");
        refused_in_all += refused;
        // Also those that came after the scope had left the tree.
        assert_eq!(root.account().spawns_refused, refused_in_all, "round {round}");
    }
    assert!(refused_in_all > 0, "no round raced");
    ends_clean(&root).await;
    Ok(())
}

/// S6d.
#[tenure::test(start_paused = true)]
async fn sc_23_a_task_cancelled_before_its_first_poll_is_polled_once_at_least(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let mut task = scope.spawn("t", {
        let log = log.clone();
        async move |ctx| {
            log.note(format!("polled, cancelled: {}", ctx.is_cancelled()));
            obeys(ctx).await
        }
    });

    scope.cancel("x");
    assert_eq!(log.events(), []);

    assert_eq!(reason_of(&mut task).await, ExitReason::Shutdown(Cause::Explicit("x".into())));
    assert_eq!(log.events(), [(0, "polled, cancelled: true".to_owned())]);
    drop(scope);
    ends_clean(&root).await;
    Ok(())
}

struct Touch;

impl Request for Touch {
    type Reply = ();
}

#[derive(Default)]
struct Store(u64);

impl Handle<Touch> for Store {
    fn handle(&mut self, _: Touch, _: &mut Turn<Touch>) {
        self.0 += 1;
    }
}

fn is_explicit(cancelled: &Cancelled) -> bool {
    cancelled.cause == Cause::Explicit("x".into()) && cancelled.origin.as_str() == "app/s"
}

/// S7c, S16f.
#[tenure::test(start_paused = true)]
async fn sc_26_nothing_is_begun_under_a_context_that_has_ended(root: Scope) -> Result {
    let store = root.own("store", Store::default());
    settle().await;
    let polled = Flag::default();
    let ended = async |s: &tenure::RequestScope| {
        s.cancel("x");
        let called = store.call(s.ctx(), Touch).await.map_err(|error| error.kind);
        assert!(
            matches!(called, Err(CallErrorKind::Cancelled { cancelled, request: Some(Touch) }) if is_explicit(&cancelled))
        );
        let cast = store.cast(s.ctx(), Touch).await.map_err(|error| error.kind);
        assert!(
            matches!(cast, Err(CallErrorKind::Cancelled { cancelled, request: Some(Touch) }) if is_explicit(&cancelled))
        );
        let scope = s
            .ctx()
            .scope("inner", async |_| {
                polled.set();
                Ok(())
            })
            .await;
        assert!(scope.is_err_and(|error| error.cancelled().is_some_and(is_explicit)));
        let spawned = s.spawn("t", async |_| Ok(())).join().await;
        assert_eq!(refused_by(spawned), Some(ScopeState::Cancelled));
        assert!(s.ctx().sleep(ms(1)).await.is_err_and(|cancelled| is_explicit(&cancelled)));
        Ok(())
    };

    root.scope("s", async |s| ended(s).await).await?;

    assert!(!polled.is_set());
    let stats = store.stats();
    assert_eq!((stats.accepted, stats.calls_refused), (0, 2));
    let account = root.account();
    assert_eq!((account.accepted, account.calls_refused, account.refused_by.cancelled), (0, 2, 2));
    assert_eq!(account.spawns_refused, 1);
    root.assert_account_closed().await;
    Ok(())
}

/// S7c, S13a: a deadline that has passed is an end like any other, also before any timer could fire.
#[tenure::test(start_paused = true)]
async fn sc_26_nothing_is_begun_under_a_deadline_that_has_passed(root: Scope) -> Result {
    let store = root.own("store", Store::default());
    let polled = Flag::default();
    let past = root.ctx().timeout(ms(0));

    let called = store.call(&past, Touch).await.map_err(|error| error.kind);
    assert!(matches!(
        called,
        Err(CallErrorKind::DeadlineExceeded { handled: tenure::Handled::No, request: Some(Touch), .. })
    ));
    let cast = store.cast(&past, Touch).await.map_err(|error| error.kind);
    assert!(
        matches!(cast, Err(CallErrorKind::Cancelled { cancelled, .. }) if cancelled.cause == Cause::Deadline)
    );
    let scope = past
        .scope("inner", async |_| {
            polled.set();
            Ok(())
        })
        .await;
    assert!(scope.is_err_and(|error| error.cancelled().is_some_and(|it| it.cause == Cause::Deadline)));
    let opened = past.open_scope("opened", Stop::REQUEST);
    assert!(refused_by(opened.spawn("t", async |_| Ok(())).join().await) >= Some(ScopeState::Cancelled));

    assert!(!polled.is_set());
    assert_eq!((store.stats().accepted, store.stats().calls_refused), (0, 2));
    assert_eq!(root.account().refused_by.expired, 1);
    drop(opened);
    root.assert_account_closed().await;
    Ok(())
}
