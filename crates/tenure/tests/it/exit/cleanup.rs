//! What may be dropped, and the last work of a task (S14).

use crate::fixtures::scripted::{Do, Get, Insist, Script, ends, mortal, pass, scripted};
use crate::fixtures::{Log, ends_clean, ignores, poll_once, reason_of, settle};
use std::pin::pin;
use tenure::prelude::*;
use tenure::{CallErrorKind, Cause, ChildSpec, ExitReason, Restart, Stop};

/// S14d.
#[tenure::test(start_paused = true)]
async fn ex_09_cleanup_work_within_its_budget_completes_after_the_cancel(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let seen = log.clone();
    let mut task = scope.spawn("task", async move |ctx| {
        let cancelled = ctx.cancelled().await;
        ctx.cleanup(ms(80)).sleep(ms(50)).await?;
        seen.note("cleaned up");
        Err::<(), _>(cancelled.into())
    });
    settle().await;
    scope.cancel("now");

    assert_eq!(reason_of(&mut task).await, ExitReason::Shutdown(Cause::Explicit("now".to_owned())));

    assert_eq!(log.events(), [(50, "cleaned up".to_owned())]);
    drop(scope.join().await);
    ends_clean(&root).await;
    Ok(())
}

/// S14d.
#[tenure::test(start_paused = true)]
async fn ex_10_a_cleanup_ends_with_the_abort_rung_and_cannot_be_nested_to_gain_time(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let seen = log.clone();
    let mut task = scope.spawn("task", async move |ctx| {
        ctx.cancelled().await;
        let cleanup = ctx.cleanup(secs(10));
        let nested = cleanup.cleanup(secs(10));
        assert_eq!(nested.deadline(), cleanup.deadline());
        let left = nested.deadline().expect("a cleanup ends").duration_since(tokio::time::Instant::now());
        seen.note(left.as_millis());
        drop(nested.sleep(secs(10)).await);
        ignores().await
    });
    settle().await;
    scope.cancel("now");

    assert!(matches!(reason_of(&mut task).await, ExitReason::Aborted(_)));

    assert_eq!(log.t(), 100);
    assert_eq!(log.events(), [(0, "100".to_owned())]);

    // A short cleanup bounds the one made in it, too.
    let scope_ctx = root.ctx().cleanup(ms(30)).cleanup(secs(10));
    assert_eq!(scope_ctx.deadline(), Some(tokio::time::Instant::now() + ms(30)));
    drop(scope.join().await);
    ends_clean(&root).await;
    Ok(())
}

/// S14a, S34a.
#[tenure::test(start_paused = true)]
async fn ex_11_a_call_dropped_in_the_queue_is_never_handled(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "owner", &log);
    let mut busy = root.spawn("busy", {
        let owner = owner.clone();
        async move |ctx| Ok(owner.call(&ctx, Do("busy", vec![Insist(50)])).await?)
    });
    settle().await;
    {
        let mut queued = pin!(owner.call(root.ctx(), Get("the queued one")));
        assert!(poll_once(queued.as_mut()).await.is_pending());
        assert_eq!(owner.stats().queued, 1);
    }
    busy.join().await?;
    settle().await;

    assert_eq!(log.count("the queued one"), 0);
    assert_eq!(owner.stats().discarded_caller_gone, 1);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S14b, c, S39c.
#[tenure::test(start_paused = true)]
async fn ex_12_a_cast_dropped_while_it_waits_for_a_place_was_not_sent_and_takes_no_place(
    root: Scope,
) -> Result {
    let log = Log::new();
    let spec = ChildSpec::own_init("owner", Script::new(&log)).restart(Restart::Transient).capacity(1);
    let owner = root.child(spec);
    for name in ["begun", "queued"] {
        owner.cast(root.ctx(), Do(name, vec![Insist(10)])).await.unwrap();
        settle().await;
    }
    let mut next = pin!(owner.cast(root.ctx(), Get("next")));
    {
        let mut dropped = pin!(owner.cast(root.ctx(), Get("dropped")));
        assert!(poll_once(dropped.as_mut()).await.is_pending());
        assert!(poll_once(next.as_mut()).await.is_pending());
        assert_eq!((owner.stats().accepted, owner.stats().waiting), (2, 2));
    }
    assert_eq!((owner.stats().accepted, owner.stats().waiting), (2, 1));

    pass(10).await; // a place is free
    settle().await;

    assert!(poll_once(next).await.is_ready());
    assert_eq!(owner.stats().accepted, 3);
    pass(10).await;
    settle().await;
    assert_eq!((log.count("dropped"), log.count("next")), (0, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S14e, d, S7c.
#[tenure::test(start_paused = true)]
async fn ex_26_a_cancelled_task_may_call_only_under_a_cleanup(root: Scope) -> Result {
    let owner = mortal(&root, "owner", &Log::new());
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let mut task = scope.spawn("task", {
        let owner = owner.clone();
        async move |ctx| {
            ctx.cancelled().await;
            let refused = owner.call(&ctx, Get("refused")).await;
            let answered = owner.call(&ctx.cleanup(ms(50)), Get("answered")).await;
            Ok((refused, answered))
        }
    });
    settle().await;
    scope.cancel("now");

    let (refused, answered) = task.join().await?;

    let refused = refused.unwrap_err();
    let CallErrorKind::Cancelled { cancelled, request: Some(Get("refused")) } = refused.kind else {
        panic!("{refused}")
    };
    assert_eq!(
        (cancelled.cause, cancelled.origin.as_str()),
        (Cause::Explicit("now".to_owned()), "app/scope")
    );
    assert_eq!(answered.unwrap(), 0);
    assert_eq!((owner.stats().accepted, owner.stats().calls_refused), (1, 1));
    drop(scope.join().await);
    ends(&root, &[&owner]).await;
    Ok(())
}
