//! The mailbox across a restart: kept, dropped, pinned (S27, S28).

use crate::fixtures::part::*;
use crate::fixtures::poll_once;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{
    Backoff, ChildSpec, ExitReason, Intensity, OnRestart, Owner, Restart, Shutdown, Strategy, Supervisor,
};

fn say(name: &'static str) -> Do {
    Do(name, vec![])
}

fn bad() -> Do {
    Do("1", vec![Take(10), Panic("boom")])
}

fn alone(root: &Scope, spec: ChildSpec<Owner<Part>>) -> Result<OwnerRef<Part>> {
    let owner = spec.handle();
    root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    Ok(owner)
}

/// S27b, S27c, S28.
#[tenure::test(start_paused = true)]
async fn sv_40_queued_calls_are_served_by_the_next_life_and_none_runs_twice(root: Scope) -> Result {
    let log = Log::new();
    let owner = alone(&root, part("a", &log))?;
    let ctx = root.ctx();
    let (one, two, three) =
        tokio::join!(owner.call(ctx, bad()), owner.call(ctx, say("2")), owner.call(ctx, say("3")));
    assert!(matches!(one.expect_err("it panics").kind, CallErrorKind::Panicked { .. }));
    assert_eq!(two.map_err(CallError::without_request)?, 1);
    assert_eq!(three.map_err(CallError::without_request)?, 2);
    let turns: Vec<String> =
        log.events().into_iter().map(|(_, line)| line).filter(|line| line.starts_with("a:")).collect();
    assert_eq!((turns, owner.incarnation()), (vec!["a: 1".into(), "a: 2".into(), "a: 3".into()], 2));
    assert!(root.account().is_balanced());
    Ok(())
}

/// S27f.
#[tenure::test(start_paused = true)]
async fn sv_41_pinned_calls_die_with_their_life(root: Scope) -> Result {
    let log = Log::new();
    let owner = alone(&root, part("a", &log))?;
    settle().await;
    let (pinned, ctx) = (owner.pin(), root.ctx());
    let (one, two, three) =
        tokio::join!(owner.call(ctx, bad()), pinned.call(ctx, say("2")), pinned.call(ctx, say("3")));
    assert!(matches!(one.expect_err("it panics").kind, CallErrorKind::Panicked { .. }));
    for told in [two, three] {
        let kind = told.expect_err("its life is over").kind;
        assert!(
            matches!(&kind, CallErrorKind::Died { reason: ExitReason::Panicked(_), request: Some(_) }),
            "{kind:?}"
        );
    }
    let late = pinned.call(ctx, say("late")).await.expect_err("its life is over");
    assert!(matches!(late.kind, CallErrorKind::Closed { .. }), "{late:?}");
    assert_eq!(owner.call(ctx, say("plain")).await.map_err(CallError::without_request)?, 1);
    assert!(root.account().is_balanced());
    Ok(())
}

/// S28a.
#[tenure::test(start_paused = true)]
async fn sv_42_a_queue_that_is_to_be_dropped_is_told(root: Scope) -> Result {
    let log = Log::new();
    let owner = alone(&root, part("a", &log).on_restart(OnRestart::Drop))?;
    let ctx = root.ctx();
    let (one, two, three) =
        tokio::join!(owner.call(ctx, bad()), owner.call(ctx, say("2")), owner.call(ctx, say("3")));
    assert!(matches!(one.expect_err("it panics").kind, CallErrorKind::Panicked { .. }));
    for told in [two, three] {
        let kind = told.expect_err("its life is over").kind;
        assert!(
            matches!(&kind, CallErrorKind::Died { reason: ExitReason::Panicked(_), request: Some(_) }),
            "{kind:?}"
        );
    }
    owner.call(ctx, say("4")).await.map_err(CallError::without_request)?;
    assert!(root.account().is_balanced());
    Ok(())
}

/// S27d, S34.
#[tenure::test(start_paused = true)]
async fn sv_43_calls_wait_for_the_restart_to_their_deadline(root: Scope) -> Result {
    let log = Log::new();
    let owner = alone(&root, part("a", &log).backoff(Backoff { jitter: 0.0, ..Backoff::DEFAULT }))?;
    settle().await;
    boom(&owner, root.ctx()).await;
    let short = root.ctx().timeout(ms(50));
    let patient = async {
        let told = owner.call(root.ctx(), say("1")).await.map_err(CallError::without_request);
        (told, log.t())
    };
    let hasty = async { (owner.call(&short, say("2")).await, log.t()) };
    let ((patient, patient_at), (hasty, hasty_at)) = tokio::join!(patient, hasty);
    assert_eq!((patient?, patient_at, hasty_at), (1, 100, 50));
    let kind = hasty.expect_err("it is late").kind;
    assert!(
        matches!(
            kind,
            CallErrorKind::DeadlineExceeded { handled: tenure::Handled::No, request: Some(_), .. }
        ),
        "{kind:?}"
    );
    Ok(())
}

/// S27e.
#[tenure::test(start_paused = true)]
async fn sv_44_when_no_life_will_come_the_queue_is_told(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log);
    let owner = spec.handle();
    let sup =
        Supervisor::new("sup", Strategy::OneForOne).intensity(Intensity { restarts: 0, within: secs(1) });
    supervised(&root, sup.child(spec));
    let ctx = root.ctx();
    let (one, two, three) =
        tokio::join!(owner.call(ctx, bad()), owner.call(ctx, say("2")), owner.call(ctx, say("3")));
    assert!(matches!(one.expect_err("it panics").kind, CallErrorKind::Panicked { .. }));
    for told in [two, three] {
        let kind = told.expect_err("nobody comes").kind;
        assert!(
            matches!(&kind, CallErrorKind::Died { reason: ExitReason::GaveUp { .. }, request: Some(_) }),
            "{kind:?}"
        );
    }
    let late = owner.call(ctx, say("4")).await.expect_err("nobody comes");
    assert!(matches!(late.kind, CallErrorKind::Closed { .. }), "{late:?}");
    Ok(())
}

/// S22e, S27e: a stop was asked, and how the last life ended is no answer to those who wait for the next.
#[tenure::test(start_paused = true)]
async fn s27e_a_stop_in_the_backoff_tells_the_queue_of_the_stop(root: Scope) -> Result {
    let log = Log::new();
    let (give, taken) = tokio::sync::oneshot::channel();
    let spec = part("a", &log).backoff(Backoff { first: secs(30), jitter: 0.0, ..Backoff::DEFAULT });
    let app = tenure::Builder::new().name("app").run(async |app: Scope| {
        let owner = app.child(spec);
        boom(&owner, app.ctx()).await;
        assert!(give.send(owner).is_ok());
        settle().await;
        Ok(())
    });
    let caller = async { taken.await.expect("the owner is made").call(root.ctx(), say("1")).await };
    let (report, told) = tokio::join!(app, caller);
    let kind = told.expect_err("nobody comes").kind;
    assert!(matches!(&kind, CallErrorKind::Stopped { request: Some(_) }), "{kind:?}");
    assert_eq!((report.exit_code, report.account.discarded_by.stopped, log.t()), (0, 1, 0));
    Ok(())
}

/// S28c.
#[tenure::test(start_paused = true)]
async fn sv_45_the_kept_queue_comes_after_on_start(root: Scope) -> Result {
    let log = Log::new();
    let owner = alone(&root, part("a", &log))?;
    let ctx = root.ctx();
    let (_, two, three) =
        tokio::join!(owner.call(ctx, bad()), owner.call(ctx, say("2")), owner.call(ctx, say("3")));
    two.and(three).map_err(CallError::without_request)?;
    let lines: Vec<String> = log.events().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["init a", "up a", "a: 1", "init a", "up a", "a: 2", "a: 3"]);
    Ok(())
}

/// S37, S28c.
#[tenure::test(start_paused = true)]
async fn ow_16_a_request_that_waits_while_on_start_panics_is_served_by_the_next_life(root: Scope) -> Result {
    let log = Log::new();
    let plan = Plan {
        on_start: |life| if life == 1 { vec![Take(10), Panic("first")] } else { vec![] },
        ..Plan::new("a", &log)
    };
    let owner = alone(&root, plan.spec())?;
    assert_eq!(owner.call(root.ctx(), say("1")).await.map_err(CallError::without_request)?, 1);
    assert_eq!((owner.incarnation(), log.times("a: 1")), (2, vec![10]));
    Ok(())
}

/// S37a, S37d.
#[tenure::test(start_paused = true)]
async fn ow_18_a_state_that_panicked_is_dropped_and_made_anew(root: Scope) -> Result {
    struct Counts(u64, std::sync::Arc<std::sync::atomic::AtomicU32>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let dropped = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let made = std::sync::Arc::clone(&dropped);
    let spec =
        ChildSpec::own_with("a", move || Counts(0, std::sync::Arc::clone(&made))).backoff(Backoff::none());
    let owner = root.child(spec);
    for _ in 0..5 {
        owner.with(root.ctx(), |state| state.0 += 1).await?;
    }
    assert!(owner.with(root.ctx(), |_| panic!("boom")).await.is_err());
    assert_eq!(owner.with(root.ctx(), |state| state.0).await?, 0);
    assert_eq!(dropped.load(std::sync::atomic::Ordering::SeqCst), 1);
    Ok(())
}

/// S19, S38a.
#[tenure::test(start_paused = true)]
async fn ow_53_a_permanent_owner_that_is_stopped_is_restarted(root: Scope) -> Result {
    let log = Log::new();
    let plan = Plan { drain: |_| vec![Take(10)], terminate: |_| vec![Take(10)], ..Plan::new("a", &log) };
    let owner = alone(&root, plan.spec())?;
    settle().await;
    let report = owner.stop(root.ctx()).await?;
    assert_eq!((log.t(), report.drained), (20, tenure::Drained::Yes));
    assert_eq!(owner.call(root.ctx(), say("1")).await.map_err(CallError::without_request)?, 1);
    assert_eq!(owner.incarnation(), 2);
    Ok(())
}

/// S19, S38a, S38e.
#[tenure::test(start_paused = true)]
async fn ow_54_a_transient_owner_that_is_stopped_by_force_stays_down(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).restart(Restart::Transient).shutdown(Shutdown::Timeout(secs(1)));
    let owner = alone(&root, spec)?;
    let mut stuck = pin!(owner.call(root.ctx(), Do("", vec![Hang])));
    assert!(poll_once(stuck.as_mut()).await.is_pending());
    settle().await;
    owner.request_stop();
    let told = stuck.await.expect_err("it was dropped").kind;
    assert!(matches!(told, CallErrorKind::Died { reason: ExitReason::Aborted(_), .. }), "{told:?}");
    settle().await;
    assert_eq!((log.t(), log.count("init a")), (1000, 1));
    let late = owner.call(root.ctx(), say("late")).await.expect_err("it is down");
    assert!(matches!(late.kind, CallErrorKind::Closed { .. }), "{late:?}");
    Ok(())
}

/// S39d, S39e.
#[tenure::test(start_paused = true)]
async fn ow_26_waiters_without_a_place_are_told_when_the_owner_is_isolated(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).capacity(2).max_restarts(0).give_up(tenure::GiveUp::Isolate);
    let owner = alone(&root, spec)?;
    let ctx = root.ctx();
    let call = |name| owner.call(ctx, say(name));
    let (_, queued, _, w1, w2, w3) =
        tokio::join!(owner.call(ctx, bad()), call("2"), call("3"), call("w1"), call("w2"), call("w3"));
    let kind = queued.expect_err("nobody comes").kind;
    assert!(
        matches!(&kind, CallErrorKind::Died { reason: ExitReason::GaveUp { .. }, request: Some(_) }),
        "{kind:?}"
    );
    for waiter in [w1, w2, w3] {
        let kind = waiter.expect_err("nobody comes").kind;
        assert!(matches!(&kind, CallErrorKind::Closed { .. }), "{kind:?}");
    }
    assert_eq!(log.t(), 10);
    Ok(())
}

/// S27d before the first life: requests to a handle wait for the start, and a spec that is dropped closes it.
#[tenure::test(start_paused = true)]
async fn s27a_a_handle_may_be_used_before_the_start(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log);
    let owner = spec.handle();
    let mut call = pin!(owner.call(root.ctx(), say("early")));
    assert!(poll_once(call.as_mut()).await.is_pending());
    root.child(spec);
    assert_eq!(call.await.map_err(CallError::without_request)?, 1);

    let never = part("b", &log);
    let handle = never.handle();
    let mut call = pin!(handle.call(root.ctx(), say("early")));
    assert!(poll_once(call.as_mut()).await.is_pending());
    drop(never);
    let told = call.await.expect_err("nobody will serve it").kind;
    assert!(
        matches!(told, CallErrorKind::Died { request: Some(_), .. } | CallErrorKind::Closed { .. }),
        "{told:?}"
    );

    // And it ends at its deadline all the same.
    let waits = part("c", &log);
    let handle = waits.handle();
    let told = handle.call(&root.ctx().timeout(ms(50)), say("early")).await.expect_err("it is late").kind;
    assert!(matches!(told, CallErrorKind::DeadlineExceeded { request: Some(_), .. }), "{told:?}");
    assert_eq!(log.t(), 50);
    Ok(())
}
