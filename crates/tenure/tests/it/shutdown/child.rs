//! The ladder of one child (S25b).

use crate::fixtures::scripted::{Do, Get, Hang, Insist, Script, ends, mortal, pass, spec};
use crate::fixtures::{Log, ends_clean, settle};
use std::time::Duration;
use tenure::prelude::*;
use tenure::{CallErrorKind, Cause, ChildSpec, ChildState, Drained, ExitReason, Restart, Rung, Shutdown};

fn asked() -> Cause {
    Cause::StopRequested { by: "app/main".into() }
}

/// S25b.
#[tenure::test(start_paused = true)]
async fn sv_32_a_brutal_child_is_aborted_without_drain_or_terminate(root: Scope) -> Result {
    let (brutal, normal) = (Log::new(), Log::new());
    let first = root.child(spec("brutal", Script::new(&brutal)).shutdown(Shutdown::Brutal));
    let second = root.child(spec("normal", Script::new(&normal)));
    settle().await;

    let report = first.stop(root.ctx()).await?;
    assert_eq!(report.reason, ExitReason::Aborted(asked()));
    assert_eq!(report.drained, Drained::CutShort { unanswered: 0, rung: Rung::Abort });
    brutal.expect(&[(0, "dropped")]);

    let report = second.stop(root.ctx()).await?;
    assert_eq!((report.reason, report.drained), (ExitReason::Shutdown(asked()), Drained::Yes));
    normal.expect(&[(0, "drain"), (0, "terminate shutdown"), (0, "dropped")]);
    ends(&root, &[&first, &second]).await;
    Ok(())
}

/// S25b.
#[tenure::test(start_paused = true)]
async fn sv_33_an_owner_stuck_in_a_turn_is_cancelled_after_four_fifths_of_its_time_and_aborted_at_its_end(
    root: Scope,
) -> Result {
    let log = Log::new();
    let owner = root.child(spec("owner", Script::new(&log)).shutdown(Shutdown::Timeout(secs(1))));
    let mut caller = root.spawn("caller", {
        let owner = owner.clone();
        async move |ctx| Ok(owner.call(&ctx, Do("stuck", vec![Hang])).await)
    });
    let mut queued = root.spawn("queued", {
        let (owner, log) = (owner.clone(), log.clone());
        async move |ctx| {
            let answer = owner.call(&ctx, Get("never")).await;
            log.note("told");
            Ok(answer)
        }
    });
    settle().await;

    let report = owner.stop(root.ctx()).await?;

    assert_eq!(log.t(), 1_000);
    assert_eq!(report.reason, ExitReason::Aborted(asked()));
    assert_eq!(report.drained, Drained::CutShort { unanswered: 1, rung: Rung::Abort });
    log.expect(&[(0, "stuck begins"), (800, "told"), (1_000, "dropped")]);
    let error = queued.join().await?.unwrap_err();
    assert!(matches!(error.kind, CallErrorKind::Stopped { request: Some(Get("never")) }), "{error}");
    let error = caller.join().await?.unwrap_err();
    assert!(
        matches!(error.kind, CallErrorKind::Died { reason: ExitReason::Aborted(_), request: None }),
        "{error}"
    );
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S25b, S10a.
#[tenure::test(start_paused = true)]
async fn sv_34_a_service_that_does_not_drain_is_cancelled_and_over_at_once(root: Scope) -> Result {
    let log = Log::new();
    let spec = ChildSpec::service("service", log.clone(), async |ctx: Context, log: Log| {
        let cancelled = ctx.cancelled().await;
        log.note("cancelled");
        Err(cancelled.into())
    });
    let service = root.child(spec.restart(Restart::Temporary).shutdown(Shutdown::Timeout(secs(5))));
    settle().await;
    service.request_stop();
    settle().await;

    assert_eq!(log.events(), [(0, "cancelled".to_owned())]);
    assert_eq!(service.info().state, ChildState::Down(ExitReason::Shutdown(asked())));
    ends_clean(&root).await;
    Ok(())
}

/// S25b: `Infinity` knows no force of its own, neither for one that drains nor for one that is cancelled.
#[tenure::test(start_paused = true)]
async fn sv_37_a_child_with_infinity_is_waited_for_and_nothing_is_forced_earlier(root: Scope) -> Result {
    let log = Log::new();
    let drains = ChildSpec::service("drains", log.clone(), async |ctx: Context, log: Log| {
        ctx.draining().await;
        pass(10_000).await;
        log.note(if ctx.is_cancelled() { "drains, cancelled" } else { "drains" });
        Ok(())
    });
    let obeys = ChildSpec::service("obeys", log.clone(), async |ctx: Context, log: Log| {
        let cancelled = ctx.cancelled().await;
        pass(20_000).await;
        log.note("obeys");
        Err(cancelled.into())
    });
    let children =
        [drains, obeys].map(|spec| root.child(spec.restart(Restart::Temporary).shutdown(Shutdown::Infinity)));
    settle().await;
    children.iter().for_each(tenure::ChildRef::request_stop);
    pass(60_000).await;

    assert_eq!(log.events(), [(10_000, "drains".to_owned()), (20_000, "obeys".to_owned())]);
    for child in &children {
        assert_eq!(child.info().state, ChildState::Down(ExitReason::Shutdown(asked())));
    }
    ends_clean(&root).await;
    Ok(())
}

/// S25d: `Timeout(0)`.
#[tenure::test(start_paused = true)]
async fn sv_32_a_child_without_time_is_aborted_after_a_cancel_it_may_never_see(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("owner", Script::new(&log)).shutdown(Shutdown::Timeout(Duration::ZERO)));
    settle().await;
    let report = owner.stop(root.ctx()).await?;
    assert_eq!(report.reason, ExitReason::Aborted(asked()));
    log.expect(&[(0, "dropped")]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S25b.
#[tenure::test(start_paused = true)]
async fn sv_66_a_service_in_a_drain_loop_finishes_its_call_before_it_ends(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "owner", &Log::new());
    let args = (owner.clone(), log.clone());
    let spec = ChildSpec::service("service", args, async |ctx: Context, (owner, log): (OwnerRef<_>, Log)| {
        while !ctx.is_draining() {
            let answer = owner.call(&ctx, Do("turn", vec![Insist(50)])).await?;
            log.note(format!("answer {answer}, cancelled {}", ctx.is_cancelled()));
        }
        Ok(())
    });
    let service = root.child(spec.restart(Restart::Temporary).shutdown(Shutdown::Timeout(secs(5))));
    settle().await;
    service.request_stop();
    pass(100).await;

    assert_eq!(log.events(), [(50, "answer 1, cancelled false".to_owned())]);
    assert_eq!(service.info().state, ChildState::Down(ExitReason::Shutdown(asked())));
    owner.stop(root.ctx()).await?;
    ends_clean(&root).await;
    Ok(())
}
