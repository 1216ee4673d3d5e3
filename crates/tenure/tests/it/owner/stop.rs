//! Stop with drain: who is answered, who is told, and how far it came (S38).

use crate::fixtures::scripted::*;
use tenure::prelude::*;
use tenure::{
    Cause, ChildSpec, Drained, ExitReason, Init, Owner, OwnerReport, Restart, Rung, Shutdown, StateOwner,
    TaskHandle,
};

/// A call by a task of its own: when it was answered, and with what.
fn caller(root: &Scope, owner: &OwnerRef<Scripted>, log: &Log, request: Do) -> TaskHandle<(u64, Told)> {
    let (owner, log) = (owner.clone(), log.clone());
    root.spawn("caller", async move |ctx| {
        let answer = owner.call(&ctx, request).await.map_err(|error| error.kind);
        Ok((log.t(), answer))
    })
}

type Told = Result<u64, CallErrorKind<Do>>;

fn is_shutdown(report: &OwnerReport) -> bool {
    matches!(report.reason, ExitReason::Shutdown(Cause::StopRequested { .. }))
}

/// S38b, f.
#[tenure::test(start_paused = true)]
async fn ow_19_a_stop_answers_what_was_accepted_drains_and_terminates_in_this_order(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    for name in ["1", "2", "3", "4", "5"] {
        owner.cast(root.ctx(), Do(name, vec![Take(1)])).await.expect("it has a place");
    }
    owner.request_stop();
    let error = owner.call(root.ctx(), Get("new")).await.expect_err("it is stopping");
    assert!(matches!(error.kind, CallErrorKind::Stopped { request: Some(Get("new")) }), "{error:?}");
    assert_eq!(log.t(), 0);
    let report = owner.stop(root.ctx()).await?;
    assert_eq!(report.drained, Drained::Yes);
    assert!(is_shutdown(&report), "{report:?}");
    let mut lines: Vec<(u64, String)> = log.events();
    lines.retain(|(_, line)| !line.ends_with("begins"));
    let lines: Vec<(u64, &str)> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
    assert_eq!(
        lines,
        [
            (0, "init"),
            (0, "on_start"),
            (1, "1 ends"),
            (2, "2 ends"),
            (3, "3 ends"),
            (4, "4 ends"),
            (5, "5 ends"),
            (5, "drain"),
            (5, "terminate shutdown"),
            (5, "dropped"),
        ]
    );
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38a.
#[tenure::test(start_paused = true)]
async fn ow_20_every_stop_resolves_with_one_drain_also_after_the_end(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { drain: vec![Take(10)], ..Script::new(&log) };
    let owner = root.child(ChildSpec::own_init("a", script).restart(Restart::Transient));
    owner.call(root.ctx(), Get("")).await?;
    let (first, second) = tokio::join!(owner.stop(root.ctx()), owner.stop(root.ctx()));
    assert_eq!(log.t(), 10);
    let third = owner.stop(root.ctx()).await?;
    assert_eq!(log.t(), 10);
    for report in [first?, second?, third] {
        assert_eq!(report.drained, Drained::Yes);
        assert!(is_shutdown(&report), "{report:?}");
    }
    log.expect(&[(0, "drain"), (10, "terminate shutdown"), (10, "dropped")]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38a: dropping the wait does not take the request back; a context that ends ends the wait only.
#[tenure::test(start_paused = true)]
async fn s38a_a_stop_that_is_no_longer_waited_for_goes_on(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { drain: vec![Take(50)], ..Script::new(&log) };
    let owner = root.child(ChildSpec::own_init("a", script).restart(Restart::Transient));
    owner.call(root.ctx(), Get("")).await?;
    let error = owner.stop(&root.ctx().timeout(ms(10))).await.expect_err("it drains until 50");
    assert!(matches!(error.kind, CallErrorKind::Cancelled { .. }), "{error:?}");
    assert_eq!((log.t(), owner.stop(root.ctx()).await?.drained, log.t()), (10, Drained::Yes, 50));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// Five turns of 150 ms that ignore their context; `third` in place of the third. Stopped at 0.
async fn cut_short(root: &Scope, log: &Log, third: Step) -> Result<(OwnerRef<Scripted>, Vec<(u64, Told)>)> {
    let script = Script::new(log);
    let owner = root.child(
        ChildSpec::own_init("a", script).restart(Restart::Transient).shutdown(Shutdown::Timeout(ms(500))),
    );
    let steps = [Insist(150), Insist(150), third, Insist(150), Insist(150)];
    let mut callers = Vec::new();
    for (name, step) in ["1", "2", "3", "4", "5"].into_iter().zip(steps) {
        callers.push(caller(root, &owner, log, Do(name, vec![step])));
    }
    settle().await;
    owner.request_stop();
    let mut told = Vec::new();
    for caller in &mut callers {
        told.push(caller.join().await?);
    }
    Ok((owner, told))
}

/// S38d, f, S25b.
#[tenure::test(start_paused = true)]
async fn ow_21_a_cancel_before_the_end_of_the_drain_tells_the_queue_and_lets_the_turn_end(
    root: Scope,
) -> Result {
    let log = Log::new();
    let (owner, told) = cut_short(&root, &log, Insist(150)).await?;
    for (i, at) in [(0, 150), (1, 300), (2, 450)] {
        assert!(matches!(told[i], (t, Ok(_)) if t == at), "{:?}", told[i]);
    }
    for (i, name) in [(3, "4"), (4, "5")] {
        let (400, Err(CallErrorKind::Stopped { request: Some(Do(back, _)) })) = &told[i] else {
            panic!("{:?}", told[i])
        };
        assert_eq!(*back, name);
    }
    let report = owner.stop(root.ctx()).await?;
    assert_eq!(log.t(), 450);
    assert_eq!(report.drained, Drained::CutShort { unanswered: 2, rung: Rung::Cancel });
    assert!(is_shutdown(&report), "{report:?}");
    assert_eq!(log.times("terminate shutdown"), [450]);
    assert_eq!((log.count("drain"), log.count("4 begins")), (0, 0));
    assert_eq!(owner.stats().discarded_stopped, 2);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38e.
#[tenure::test(start_paused = true)]
async fn ow_22_an_abort_drops_the_turn_in_progress_and_skips_terminate(root: Scope) -> Result {
    let log = Log::new();
    let (owner, told) = cut_short(&root, &log, Hang).await?;
    let (500, Err(CallErrorKind::Died { reason: ExitReason::Aborted(_), request: None })) = &told[2] else {
        panic!("{:?}", told[2])
    };
    for told in &told[3..] {
        assert!(matches!(told, (400, Err(CallErrorKind::Stopped { request: Some(_) }))), "{told:?}");
    }
    let report = owner.stop(root.ctx()).await?;
    assert_eq!(log.t(), 500);
    assert!(matches!(report.reason, ExitReason::Aborted(_)), "{report:?}");
    assert!(log.events().iter().all(|(_, line)| !line.starts_with("terminate") && line != "drain"));
    assert_eq!(log.times("dropped"), [500]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S36d, S38e: a cast whose turn is dropped by force has its one outcome, too.
#[tenure::test(start_paused = true)]
async fn s38e_a_cast_whose_turn_is_dropped_by_force_is_counted(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).shutdown(Shutdown::Timeout(ms(100))));
    owner.cast(root.ctx(), Do("x", vec![Hang])).await.expect("it has a place");
    owner.cast(root.ctx(), Get("queued")).await.expect("it has a place");
    settle().await;
    let report = owner.stop(root.ctx()).await?;
    assert_eq!(log.t(), 100);
    assert!(matches!(report.reason, ExitReason::Aborted(_)), "{report:?}");
    let stats = owner.stats();
    assert_eq!((stats.begun, stats.failed, stats.discarded_stopped, stats.handled), (0, 1, 1, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38d: nothing begins after the cancel, so an `init` that ignores it is followed by `terminate` alone.
#[tenure::test(start_paused = true)]
async fn s38d_nothing_begins_after_a_cancel_during_init(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { init: vec![Insist(90)], ..Script::new(&log) };
    let owner = root.child(spec("a", script).shutdown(Shutdown::Timeout(ms(100))));
    let mut queued = caller(&root, &owner, &log, Do("x", vec![]));
    settle().await;
    let report = owner.stop(root.ctx()).await?;
    let told = queued.join().await?;
    assert!(matches!(told, (80, Err(CallErrorKind::Stopped { request: Some(_) }))), "{told:?}");
    assert_eq!(report.drained, Drained::CutShort { unanswered: 1, rung: Rung::Cancel });
    assert!(is_shutdown(&report), "{report:?}");
    let lines = log.events();
    let lines: Vec<(u64, &str)> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
    assert_eq!(lines, [(0, "init"), (90, "terminate shutdown"), (90, "dropped")]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38b: a stop while it starts is a stop with drain; what was accepted is still served.
#[tenure::test(start_paused = true)]
async fn s38b_a_stop_during_init_still_serves_what_was_accepted(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { init: vec![Take(10)], on_start: vec![Take(10)], ..Script::new(&log) };
    let owner = root.child(spec("a", script));
    let mut queued = caller(&root, &owner, &log, Do("x", vec![]));
    settle().await;
    let report = owner.stop(root.ctx()).await?;
    assert!(matches!(queued.join().await?, (20, Ok(1))));
    assert_eq!((report.drained, log.t()), (Drained::Yes, 20));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38d, f: a cancel during `drain` is seen by its context, and the drain was cut short on that rung.
#[tenure::test(start_paused = true)]
async fn s38d_a_cancel_during_drain_ends_its_waits(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { drain: vec![Take(200)], ..Script::new(&log) };
    let owner = root.child(spec("a", script).shutdown(Shutdown::Timeout(ms(100))));
    owner.call(root.ctx(), Get("")).await?;
    let report = owner.stop(root.ctx()).await?;
    assert_eq!(report.drained, Drained::CutShort { unanswered: 0, rung: Rung::Cancel });
    assert!(is_shutdown(&report), "{report:?}");
    log.expect(&[(0, "drain"), (80, "terminate shutdown"), (80, "dropped")]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S27e, S35: a panic while it drains cuts the drain short; a stop was asked, so the queue is told that.
#[tenure::test(start_paused = true)]
async fn s27e_a_panic_while_it_drains_tells_the_queue_that_it_stops(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let (panicked, queued, report) = tokio::join!(
        owner.call(root.ctx(), Do("x", vec![Take(10), Panic("by script")])),
        owner.call(root.ctx(), Get("queued")),
        async {
            settle().await;
            owner.stop(root.ctx()).await
        }
    );
    assert!(matches!(panicked.expect_err("it panics").kind, CallErrorKind::Panicked { .. }));
    let queued = queued.expect_err("it is not begun");
    assert!(matches!(queued.kind, CallErrorKind::Stopped { request: Some(Get("queued")) }), "{queued:?}");
    let report = report?;
    assert!(matches!(report.reason, ExitReason::Panicked(_)), "{report:?}");
    assert_eq!(report.drained, Drained::CutShort { unanswered: 1, rung: Rung::Drain });
    assert_eq!(owner.stats().discarded_stopped, 1);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38b, S34: who has gone is skipped while the owner drains, too.
#[tenure::test(start_paused = true)]
async fn s38b_gone_callers_are_skipped_while_it_drains(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let soon = root.ctx().timeout(ms(20));
    let (first, late, report) = tokio::join!(
        owner.call(root.ctx(), Do("1", vec![Take(50)])),
        owner.call(&soon, Get("late")),
        async {
            settle().await;
            owner.stop(root.ctx()).await
        }
    );
    assert_eq!((first?, report?.drained), (1, Drained::Yes));
    late.expect_err("its deadline passed while it was queued");
    assert_eq!((log.count("late"), owner.stats().discarded_expired), (0, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38g.
#[tenure::test(start_paused = true)]
async fn ow_23_dropping_the_last_reference_stops_nothing(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let stays = owner.clone();
    drop(stays);
    owner.call(root.ctx(), Get("")).await?;
    drop(owner);
    pass(100_000).await;
    log.expect(&[]);
    assert_eq!(root.account().live, 2); // main and the owner
    Ok(())
}

/// Stops with its last reference.
struct Unreferenced(Log);

impl StateOwner for Unreferenced {
    type Args = Log;
    const STOP_WHEN_UNREFERENCED: bool = true;
    async fn init(log: Log, _ctx: Context) -> Result<Init<Self>> {
        Ok(Init::Ready(Self(log)))
    }
    async fn drain(&mut self, _ctx: &Context) -> Result {
        self.0.note("drain");
        Ok(())
    }
    async fn terminate(&mut self, reason: &ExitReason, _ctx: &Context) {
        self.0.note(format!("terminate {}", reason.name()));
    }
}

/// S38g, with the constant set.
#[tenure::test(start_paused = true)]
async fn ow_23_an_owner_that_says_so_stops_with_its_last_reference(root: Scope) -> Result {
    let log = Log::new();
    let spec: ChildSpec<Owner<Unreferenced>> = ChildSpec::own_init("a", log.clone());
    let owner = root.child(spec.restart(Restart::Transient));
    let other = owner.clone();
    owner.with(root.ctx(), |_| ()).await?;
    drop(owner);
    pass(1_000).await;
    log.expect(&[]);
    drop(other);
    settle().await;
    log.expect(&[(1_000, "drain"), (1_000, "terminate shutdown")]);
    let account = root.account();
    assert_eq!((account.live, account.ended_by.shutdown, account.accepted, account.answered), (1, 1, 1, 1));
    Ok(())
}

/// S40b: an owner that waits for its own end would wait for ever.
#[tenure::test(start_paused = true)]
async fn s40b_a_turn_that_awaits_its_owners_stop_is_refused(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let me = owner.clone();
    let stops_itself = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            let error = me.stop(&ctx).await.expect_err("it would wait for itself");
            assert!(matches!(error.kind, CallErrorKind::Deadlock { .. }), "{error:?}");
            1
        }
    });
    assert_eq!(owner.call(root.ctx(), stops_itself).await.map_err(CallError::without_request)?, 1);
    owner.call(root.ctx(), Get("")).await?; // the refused wait asked for nothing
    ends(&root, &[&owner]).await;
    Ok(())
}
