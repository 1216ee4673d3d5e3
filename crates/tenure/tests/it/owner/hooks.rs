//! What a failure or a panic of each hook means (S37), and an owner without hooks that panics (S8b).

use crate::fixtures::scripted::*;
use tenure::prelude::*;
use tenure::{Cause, Drained, EventKind, ExitReason, Root, ShutdownCause};

/// S37.
#[tenure::test(start_paused = true)]
async fn ow_15_an_init_that_panics_is_a_failed_start_without_terminate(root: Scope) -> Result {
    let log = Log::new();
    let owner =
        root.child(spec("a", Script { init: vec![Take(10), Panic("no state")], ..Script::new(&log) }));
    let error = owner.call(root.ctx(), Get("x")).await.expect_err("there will be no life");
    assert_eq!(log.t(), 10);
    let CallErrorKind::Died { reason: ExitReason::Panicked(panic), request: Some(Get("x")) } = error.kind
    else {
        panic!("{error:?}");
    };
    assert_eq!(panic.message, "no state");
    log.expect(&[]);
    assert_eq!(log.count("on_start"), 0);
    let report = owner.stop(root.ctx()).await?;
    assert!(matches!(report.reason, ExitReason::Panicked(_)));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S37: an error of `init` is a failed start, too.
#[tenure::test(start_paused = true)]
async fn s37_an_init_that_fails_is_a_failed_start_without_terminate(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script { init: vec![Fail("no disk")], ..Script::new(&log) }));
    let error = owner.call(root.ctx(), Get("x")).await.expect_err("there will be no life");
    assert!(
        matches!(&error.kind, CallErrorKind::Died { reason: ExitReason::Failed(why), request: Some(_) } if why.to_string() == "no disk"),
        "{error:?}"
    );
    log.expect(&[]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S37, S27d: requests wait for `init` and `on_start`, and are served after them.
#[tenure::test(start_paused = true)]
async fn s37_nothing_is_served_before_init_and_on_start_have_returned(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { init: vec![Take(10)], on_start: vec![Take(10)], ..Script::new(&log) };
    let owner = root.child(spec("a", script));
    owner.call(root.ctx(), Get("first")).await?;
    assert_eq!(log.times("init"), [0]);
    assert_eq!(log.times("on_start"), [10]);
    assert_eq!(log.times("first"), [20]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S37: `on_start` that fails ends the incarnation abnormally, by `terminate`; one that panics without it.
#[tenure::test(start_paused = true)]
async fn s37_an_on_start_that_does_not_succeed_ends_the_incarnation(root: Scope) -> Result {
    for (step, terminates) in [(Fail("by script"), 1), (Panic("by script"), 0)] {
        let log = Log::new();
        let owner = root.child(spec("a", Script { on_start: vec![step], ..Script::new(&log) }));
        let error = owner.call(root.ctx(), Get("x")).await.expect_err("nothing is served");
        let CallErrorKind::Died { reason, request: Some(Get("x")) } = error.kind else { panic!("{error:?}") };
        assert!(reason.to_string().contains("by script"), "{reason}");
        assert_eq!(log.count("terminate failed"), terminates);
        assert_eq!((log.count("drain"), log.count("dropped"), log.count("x")), (0, 1, 0));
        sums(&owner.stats());
    }
    Ok(())
}

/// S37c.
#[tenure::test(start_paused = true)]
async fn ow_17_a_turn_that_fails_its_owner_answers_first_and_terminates_once_without_drain(
    root: Scope,
) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let (value, queued) = tokio::join!(
        owner.call(root.ctx(), Do("x", vec![Take(10), Fail("by script")])),
        owner.call(root.ctx(), Get("queued"))
    );
    assert_eq!((value?, log.t()), (1, 10));
    let queued = queued.expect_err("no incarnation will come");
    assert!(
        matches!(
            &queued.kind,
            CallErrorKind::Died { reason: ExitReason::Failed(_), request: Some(Get("queued")) }
        ),
        "{queued:?}"
    );
    settle().await;
    log.expect(&[(0, "x begins"), (10, "terminate failed"), (10, "dropped")]);
    let report = owner.stop(root.ctx()).await?;
    assert!(
        matches!(&report.reason, ExitReason::Failed(why) if why.to_string() == "by script"),
        "{report:?}"
    );
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S37c: `turn.stop()` is a stop with drain, asked by the owner itself.
#[tenure::test(start_paused = true)]
async fn s37c_a_turn_may_stop_its_owner_with_drain(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let stops = Act::new(|turn| {
        turn.stop();
        async { 1 }
    });
    let (one, queued) = tokio::join!(owner.call(root.ctx(), stops), owner.call(root.ctx(), Get("queued")));
    assert_eq!(one.map_err(CallError::without_request)?, 1);
    queued?;
    let report = owner.stop(root.ctx()).await?;
    log.expect(&[(0, "queued"), (0, "drain"), (0, "terminate shutdown"), (0, "dropped")]);
    let ExitReason::Shutdown(Cause::StopRequested { by }) = report.reason else { panic!("{report:?}") };
    assert_eq!((by.as_str(), report.drained), ("app/a", Drained::Yes));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S37: `drain` that fails goes on to `terminate`; one that panics does not.
#[tenure::test(start_paused = true)]
async fn s37_a_drain_that_does_not_succeed_is_the_reason(root: Scope) -> Result {
    for (step, reason, terminates) in [(Fail("no disk"), "failed", 1), (Panic("no disk"), "panicked", 0)] {
        let log = Log::new();
        let owner = root.child(spec("a", Script { drain: vec![step], ..Script::new(&log) }));
        owner.call(root.ctx(), Get("")).await?;
        let report = owner.stop(root.ctx()).await?;
        assert_eq!(report.reason.name(), reason);
        assert_ne!(report.drained, Drained::Yes);
        assert_eq!(log.count(&format!("terminate {reason}")), terminates);
        assert_eq!(log.count("dropped"), 1);
        sums(&owner.stats());
    }
    Ok(())
}

/// S37: a panic in `terminate` is shown, and the first reason stays.
#[tenure::test(start_paused = true)]
async fn s37_a_panic_in_terminate_is_shown_and_the_first_reason_stays(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script { terminate: vec![Panic("late")], ..Script::new(&log) }));
    owner.call(root.ctx(), Get("")).await?;
    let mut events = root.events();
    let report = owner.stop(root.ctx()).await?;
    assert!(matches!(report.reason, ExitReason::Shutdown(_)), "{report:?}");
    assert!(secondary(&mut events).contains(&"late".to_owned()));
    ends(&root, &[&owner]).await;
    Ok(())
}

fn secondary(events: &mut tenure::Events) -> Vec<String> {
    let message = |event: tenure::Event| match event.kind {
        EventKind::SecondaryPanic { message, .. } => Some(message),
        _ => None,
    };
    events.read().0.into_iter().filter_map(message).collect()
}

/// S37a, d: the state of a turn that panicked is dropped once, without `terminate`; a panic in that drop is secondary.
#[tenure::test(start_paused = true)]
async fn s37a_a_panic_while_the_state_is_dropped_is_secondary(root: Scope) -> Result {
    let log = Log::new();
    let mut events = root.events();
    let owner = root.child(spec("a", Script { dropped: vec![Panic("second")], ..Script::new(&log) }));
    let error = owner.call(root.ctx(), Do("x", vec![Panic("first")])).await.expect_err("it panics");
    assert!(
        matches!(&error.kind, CallErrorKind::Panicked { message, .. } if message == "first"),
        "{error:?}"
    );
    let report = owner.stop(root.ctx()).await?;
    assert!(matches!(&report.reason, ExitReason::Panicked(panic) if panic.message == "first"), "{report:?}");
    log.expect(&[(0, "x begins"), (0, "dropped")]);
    assert_eq!(secondary(&mut events), ["second"]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// Whose `init` makes nothing.
struct Nothing;

impl tenure::StateOwner for Nothing {
    type Args = ();
    async fn init((): (), ctx: Context) -> Result<tenure::Init<Self>> {
        ctx.sleep(ms(10)).await?;
        Ok(tenure::Init::Ignore)
    }
}

/// S17c, S27e: nobody asked it to stop, so what was queued is told that no life came.
#[tenure::test(start_paused = true)]
async fn s27e_requests_of_an_owner_whose_init_ignores_die_and_later_ones_are_closed(root: Scope) -> Result {
    let spec: tenure::ChildSpec<tenure::Owner<Nothing>> = tenure::ChildSpec::own_init("a", ());
    let owner = root.child(spec.restart(tenure::Restart::Transient));
    let error = owner.with(root.ctx(), |_| ()).await.expect_err("there is no state");
    let died = matches!(error.kind, CallErrorKind::Died { reason: ExitReason::Normal, request: Some(()) });
    assert!(died, "{error:?}");
    let error = owner.with(root.ctx(), |_| ()).await.expect_err("there is no state");
    assert!(matches!(error.kind, CallErrorKind::Closed { .. }), "{error:?}");
    sums(&owner.stats());
    assert_eq!(owner.stats().discarded_died, 1);
    Ok(())
}

/// S37e: a call to itself from `drain` would wait for itself.
struct CallsItself(std::sync::Arc<std::sync::OnceLock<OwnerRef<CallsItself>>>, Log);

impl tenure::StateOwner for CallsItself {
    type Args = (std::sync::Arc<std::sync::OnceLock<OwnerRef<Self>>>, Log);
    async fn init((me, log): Self::Args, _ctx: Context) -> Result<tenure::Init<Self>> {
        Ok(tenure::Init::Ready(Self(me, log)))
    }
    async fn drain(&mut self, ctx: &Context) -> Result {
        let me = self.0.get().expect("it was set").clone();
        let error = me.with(ctx, |_| ()).await.expect_err("it would wait for itself, and is stopping");
        self.1.note(format!("drain: {}", error.kind.name()));
        Ok(())
    }
}

/// S37e, S40b.
#[tenure::test(start_paused = true)]
async fn s37e_a_call_to_itself_from_drain_is_a_deadlock(root: Scope) -> Result {
    let (log, me) = (Log::new(), std::sync::Arc::default());
    let owner = root.own_init::<CallsItself>("a", (std::sync::Arc::clone(&me), log.clone()));
    me.set(owner.clone()).ok();
    owner.with(root.ctx(), |_| ()).await?;
    // A permanent child that somebody else stops would be restarted: the stop of the tree asks it (S19).
    root.shutdown("done");
    let watch = log.clone();
    root.spawn("watch", async move |ctx| {
        ctx.ended().await;
        watch.expect(&[(0, "drain: Deadlock")]);
        Ok(())
    });
    Ok(())
}

/// S8b, S8e, S27e.
#[test]
fn ow_48_an_owner_made_from_a_value_that_panics_shuts_its_root_down_with_code_1() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let report = runtime.expect("it can be made").block_on(Root::run(async |root| {
        let owner = root.own("store", 0u64);
        let error = owner.with(root.ctx(), |_| panic!("by script")).await.expect_err("it panics");
        assert!(matches!(error.kind, CallErrorKind::Panicked { .. }), "{error:?}");
        settle().await;
        let error = owner.with(root.ctx(), |n| *n).await.expect_err("there will be no other life");
        assert!(matches!(error.kind, CallErrorKind::Closed { .. }), "{error:?}");
        root.until_shutdown().await
    }));
    let ShutdownCause::TaskFailed(path) = &report.cause else { panic!("{report}") };
    assert_eq!((path.as_str(), report.exit_code), ("app/store", 1));
    assert!(report.account.is_closed(), "{report}");
    assert_eq!(report.account.failed_by.panicked, 1);
}
