//! Scopes that nobody joins (S1b, S3).

use crate::fixtures::{Gate, Log, advance, ends_clean, ignores, obeys, reason_of, settle};
use tenure::prelude::*;
use tenure::{Cause, EventKind, ExitReason, ScopeState, Stop};

/// S3a, S3b, S3d.
#[tenure::test(start_paused = true)]
async fn sc_05_a_dropped_scope_cancels_its_tasks_and_its_parent_waits(root: Scope) -> Result {
    let log = Log::new();
    let mut handles = Vec::new();
    let mut site = 0;

    let parent = root.scope("parent", async |parent| {
        let first_10_ms = parent.ctx().timeout(ms(10));
        let dropped = first_10_ms.select({
            site = line!() + 1;
            parent.scope("child", async |child| {
                handles.extend(["a", "b"].map(|name| child.spawn(name, obeys)));
                ignores().await
            })
        });
        assert!(dropped.await.is_err());
        log.note("dropped");
        Ok(())
    });
    parent.await?;
    log.note("parent");

    assert_eq!(log.events(), [(10, "dropped".to_owned()), (10, "parent".to_owned())]);
    for handle in &mut handles {
        assert_eq!(reason_of(handle).await, ExitReason::Shutdown(Cause::ScopeDropped));
    }
    assert_eq!(root.account().scopes_dropped, 1);
    let (events, _) = root.events().read();
    let dropped: Vec<_> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::ScopeDropped { live_tasks, site } => {
                Some((event.path.as_str(), live_tasks, site.line()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(dropped, [("app/parent/child", 2, site)]);

    // With no live tasks it is an ordinary end, and not counted.
    drop(root.ctx().open_scope("empty", Stop::REQUEST));
    assert_eq!(root.account().scopes_dropped, 1);
    ends_clean(&root).await;
    Ok(())
}

/// S3c.
#[tenure::test(start_paused = true)]
async fn sc_06_the_ladder_of_a_dropped_scope_aborts_who_ignores_it(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let child = scope.ctx().open_scope("child", Stop::REQUEST);
    let mut ignoring = child.spawn("ignores", async |_| ignores().await);
    let mut obeying = child.spawn("obeys", obeys);

    root.ctx().sleep(ms(10)).await?;
    drop(child);
    assert_eq!(log.t(), 10);
    let report = scope.join().await;

    assert_eq!(log.t(), 110);
    report.result?;
    assert_eq!(reason_of(&mut ignoring).await, ExitReason::Aborted(Cause::ScopeDropped));
    assert_eq!(reason_of(&mut obeying).await, ExitReason::Shutdown(Cause::ScopeDropped));
    ends_clean(&root).await;
    Ok(())
}

/// S3c: the ladder runs from the first cancel, and a drop does not restart it; zero aborts in `drop`.
#[tenure::test(start_paused = true)]
async fn sc_06_a_drop_does_not_restart_the_ladder(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let mut ignoring = scope.spawn("ignores", async |_| ignores().await);
    scope.cancel("first");
    root.ctx().sleep(ms(60)).await?;
    drop(scope);
    assert_eq!(reason_of(&mut ignoring).await, ExitReason::Aborted(Cause::Explicit("first".into())));
    assert_eq!(log.t(), 100);

    let at_once = root.ctx().open_scope("at_once", Stop { cancel: ms(0), abort: secs(1) });
    let mut ignoring = at_once.spawn("ignores", async |_| ignores().await);
    settle().await;
    drop(at_once);
    assert_eq!(reason_of(&mut ignoring).await, ExitReason::Aborted(Cause::ScopeDropped));
    assert_eq!(log.t(), 100);
    ends_clean(&root).await;
    Ok(())
}

/// S3c, S10c, S15c, S16d.
#[tenure::test(start_paused = true)]
async fn sc_07_a_stuck_closure_of_a_dropped_scope_is_named_and_its_late_end_counted(root: Scope) -> Result {
    let log = Log::new();
    let gate = Gate::new();
    let parent = async {
        let report = root.ctx().scope_report("parent", async |parent| {
            let child = parent.ctx().open_scope("child", Stop::REQUEST);
            child.blocking("stuck", gate.closure());
            gate.entered().await;
            advance(ms(10)).await;
            drop(child);
            log.note("dropped");
            Ok(())
        });
        let report = report.await;
        log.note("parent");
        report
    };
    let clock = async {
        while log.events().is_empty() {
            settle().await;
        }
        advance(ms(100)).await; // the abort rung, which a closure does not notice
        advance(ms(999)).await;
        assert_eq!((log.t(), log.events().len(), root.account().leaked), (1109, 1, 0));
        advance(ms(1)).await;
    };

    let (report, ()) = tokio::join!(parent, clock);

    assert_eq!(log.events(), [(10, "dropped".to_owned()), (1110, "parent".to_owned())]);
    assert_eq!(
        report.leaked.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
        ["app/parent/child/stuck"]
    );
    assert_eq!(report.account.leaked, 1);
    let error = report.result.unwrap_err();
    assert_eq!(error.downcast_ref::<tenure::LeakedTasks>().map(|leaked| leaked.paths.len()), Some(1));
    let account = root.account();
    assert!(account.is_balanced());
    assert_eq!((account.leaked, account.leaked_total, account.ended_late), (1, 1, 0));

    gate.release();
    while root.account().leaked > 0 {
        tokio::task::yield_now().await; // the pool's thread is on its way out
    }
    let account = root.account();
    assert_eq!((account.leaked, account.leaked_total, account.ended_late), (0, 1, 1));
    ends_clean(&root).await;
    Ok(())
}

/// S1b.
#[tenure::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "that a forgotten scope is still owned is what is tested")]
async fn sc_08_a_forgotten_scope_ends_with_its_parent(root: Scope) -> Result {
    let log = Log::new();
    let parent = root.ctx().open_scope("parent", Stop::REQUEST);
    let forgotten = parent.ctx().open_scope("forgotten", Stop::REQUEST);
    let mut task = forgotten.spawn("t", obeys);
    std::mem::forget(forgotten);
    // One that is forgotten with nothing in it holds nobody up either.
    std::mem::forget(parent.ctx().open_scope("empty", Stop::REQUEST));

    root.ctx().sleep(ms(50)).await?;
    parent.cancel("x");
    let report = parent.join().await;

    assert_eq!(log.t(), 50);
    report.result?;
    assert_eq!(reason_of(&mut task).await, ExitReason::Shutdown(Cause::Explicit("x".into())));
    ends_clean(&root).await;
    assert_eq!(root.snapshot().scopes.len(), 1);
    Ok(())
}

/// S3d.
#[tenure::test(start_paused = true)]
async fn sc_37_an_error_in_a_dropped_scope_fails_nobody_and_is_shown(root: Scope) -> Result {
    let log = Log::new();

    root.scope("parent", async |parent| {
        let child = parent.ctx().open_scope("child", Stop::REQUEST);
        child.spawn("t", async |ctx| {
            ctx.cancelled().await;
            Err::<(), _>(Error::msg("E"))
        });
        parent.ctx().sleep(ms(10)).await?;
        drop(child);
        Ok(())
    })
    .await?;

    assert_eq!(log.t(), 10);
    let unheard = |event: tenure::Event| match event.kind {
        EventKind::ErrorUnheard(ExitReason::Failed(error)) => {
            Some((event.path.to_string(), error.to_string()))
        }
        _ => None,
    };
    let unheard: Vec<_> = root.events().read().0.into_iter().filter_map(unheard).collect();
    assert_eq!(unheard, [("app/parent/child".to_owned(), "E".to_owned())]);
    assert_eq!(root.account().ended_by.failed, 1);
    assert_eq!(root.state(), ScopeState::Open);
    ends_clean(&root).await;
    Ok(())
}

/// S3f.
#[tenure::test(start_paused = true)]
async fn sc_05_a_scope_dropped_by_one_of_its_own_tasks_does_not_wait_for_it(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let spawner = scope.spawner();
    let mut sibling = scope.spawn("sibling", obeys);
    let mut dropper = spawner.spawn("dropper", async move |ctx| {
        works_then_drops(scope).await;
        Ok(ctx.sleep(ms(50)).await?)
    });

    assert_eq!(reason_of(&mut dropper).await, ExitReason::Shutdown(Cause::ScopeDropped));
    assert_eq!(reason_of(&mut sibling).await, ExitReason::Shutdown(Cause::ScopeDropped));
    assert_eq!(log.t(), 10);
    assert_eq!(root.account().scopes_dropped, 1);
    ends_clean(&root).await;
    Ok(())
}

async fn works_then_drops(scope: tenure::RequestScope) {
    crate::fixtures::works(ms(10)).await;
    drop(scope);
}
