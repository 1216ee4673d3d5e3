//! What administrators and others ask while a supervisor is busy (S19, S22e, S23, S26c, S27h, S29).

use crate::fixtures::part::*;
use crate::fixtures::poll_once;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{
    AdminError, Backoff, ChildInfo, ChildSpec, ChildState, ExitReason, Restart, Strategy, Supervisor,
    SupervisorRef,
};

const EXACT: Backoff = Backoff { jitter: 0.0, ..Backoff::DEFAULT };

fn of(sup: &SupervisorRef, id: &str) -> ChildInfo {
    sup.children().into_iter().find(|child| child.id == id).expect("it is there")
}

/// Three parts, whose second one waits 100 ms for its first restart.
fn three(log: &Log) -> [Plan; 3] {
    ["a", "b", "c"].map(|name| Plan::new(name, log))
}

/// S22e, S19: the one that began it stays down, the others do not wait for ever.
#[tenure::test(start_paused = true)]
async fn s22e_terminating_the_child_a_group_waits_for_ends_the_wait(root: Scope) -> Result {
    for strategy in [Strategy::OneForAll, Strategy::RestForOne] {
        let log = Log::new();
        let [a, b, c] = three(&log).map(Plan::spec);
        let b = b.backoff(EXACT);
        let handle = b.handle();
        let sup = root.supervise(Supervisor::new("sup", strategy).child(a).child(b).child(c))?;
        settle().await;
        boom(&handle, root.ctx()).await;
        pass(40).await;
        sup.terminate_child(root.ctx(), "b").await?;
        settle().await;
        assert!(matches!(of(&sup, "b").state, ChildState::Down(_)), "{:?}", of(&sup, "b"));
        assert_eq!((log.times("init c"), sup.count().active), (vec![0, 40], 2), "{strategy:?}");
        pass(1000).await;
        assert_eq!((log.count("init b"), sup.count().active), (1, 2), "{strategy:?}");
        sup.restart_child(root.ctx(), "b").await?;
        assert_eq!(of(&sup, "b").incarnation, 2);
    }
    Ok(())
}

/// S19: an exit that `terminate_child` asked for never restarts, though a group is being restarted.
#[tenure::test(start_paused = true)]
async fn s19_a_child_terminated_while_its_group_is_stopped_stays_down(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log);
    let c = Plan { terminate: |life| if life == 1 { vec![Insist(50)] } else { vec![] }, ..c };
    let [a, b, c] = [a, b, c].map(Plan::spec);
    let handle = b.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    settle().await;
    boom(&handle, root.ctx()).await;
    sup.terminate_child(root.ctx(), "c").await?;
    settle().await;
    assert!(matches!(of(&sup, "c").state, ChildState::Down(_)), "{:?}", of(&sup, "c"));
    assert_eq!((log.count("init a"), log.count("init b"), log.count("init c")), (2, 2, 1));
    boom(&handle, root.ctx()).await; // the next one takes it along (S20e)
    settle().await;
    assert_eq!((log.count("init b"), log.count("init c")), (3, 2));
    Ok(())
}

/// S19: its start took too long, and before that was seen to the end it was terminated.
#[tenure::test(start_paused = true)]
async fn s19_a_child_terminated_while_its_late_start_is_cancelled_is_not_tried_again(root: Scope) -> Result {
    let log = Log::new();
    let plan =
        Plan { init: |life| if life == 2 { vec![Insist(200)] } else { vec![] }, ..Plan::new("a", &log) };
    let spec = plan.spec().start_timeout(ms(100));
    let handle = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    boom(&handle, root.ctx()).await;
    pass(150).await;
    assert_eq!(of(&sup, "a").state, ChildState::Stopping);
    sup.terminate_child(root.ctx(), "a").await?;
    pass(1000).await;
    assert!(matches!(of(&sup, "a").state, ChildState::Down(_)), "{:?}", of(&sup, "a"));
    assert_eq!(log.count("init a"), 2);
    Ok(())
}

/// S20b: all are started in start order, also one that an administrator wants again.
#[tenure::test(start_paused = true)]
async fn s20b_a_child_restarted_by_hand_while_its_group_waits_starts_in_its_turn(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log).map(Plan::spec);
    let b = b.backoff(EXACT);
    let handle = b.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    settle().await;
    boom(&handle, root.ctx()).await;
    let before = log.events().len();
    pass(40).await;
    sup.restart_child(root.ctx(), "a").await?;
    settle().await;
    let inits: Vec<_> =
        log.events().into_iter().skip(before).filter(|(_, line)| line.starts_with("init")).collect();
    assert_eq!(inits, [(100, "init a".into()), (100, "init b".into()), (100, "init c".into())]);
    Ok(())
}

/// S31d, S17a: terminated and restarted before its turn, it starts once, in its turn.
#[tenure::test(start_paused = true)]
async fn s31d_a_child_restarted_by_hand_before_its_first_start_starts_once(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log);
    let a = Plan { init: |_| vec![Take(100)], ..a };
    let [a, b, c] = [a, b, c].map(Plan::spec);
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b).child(c))?;
    settle().await;
    sup.terminate_child(root.ctx(), "b").await?;
    sup.restart_child(root.ctx(), "b").await?;
    settle().await;
    assert_eq!((log.times("init b"), log.times("init c")), (vec![100], vec![100]));
    let states: Vec<ChildState> = sup.children().into_iter().map(|child| child.state).collect();
    assert_eq!(states, [ChildState::Up, ChildState::Up, ChildState::Up]);
    Ok(())
}

/// S31d: the same before its supervisor was polled.
#[tenure::test(start_paused = true)]
async fn s31d_a_child_restarted_by_hand_before_its_supervisor_begins_starts_once(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = three(&log).map(Plan::spec);
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b))?;
    assert!(poll_once(pin!(sup.terminate_child(root.ctx(), "a"))).await.is_ready());
    sup.restart_child(root.ctx(), "a").await?;
    settle().await;
    assert_eq!((log.count("init a"), log.count("init b"), sup.count().active), (1, 1, 2));
    Ok(())
}

/// S26a: a stop that comes before its supervisor was polled.
#[tenure::test(start_paused = true)]
async fn s26a_a_supervisor_that_is_stopped_before_it_begins_starts_nothing(root: Scope) -> Result {
    let log = Log::new();
    let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(part("a", &log)));
    sup.request_stop();
    settle().await;
    assert!(matches!(end_of(&sup), ExitReason::Shutdown(_)), "{:?}", end_of(&sup));
    assert_eq!(log.events(), []);

    let sup = root.supervise(Supervisor::new("again", Strategy::OneForOne).child(part("b", &log)))?;
    sup.request_stop(); // it is permanent: its next life begins
    pass(1000).await;
    assert_eq!((log.count("init b"), sup.count().active), (1, 1));
    Ok(())
}

/// S31d: a group is restarted between the call that adds a child and its first poll.
#[tenure::test(start_paused = true)]
async fn s31d_a_child_that_is_being_added_is_not_started_with_the_group_too(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log).map(Plan::spec);
    let handle = a.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b))?;
    settle().await;
    let added = sup.start_child(root.ctx(), c);
    boom(&handle, root.ctx()).await;
    settle().await;
    added.await?;
    assert_eq!((log.count("init a"), log.count("init c"), sup.count().active), (2, 1, 3));
    Ok(())
}

/// S26d: who asked for an exit that a group restart has dealt with says nothing of the next exit.
#[tenure::test(start_paused = true)]
async fn s26d_an_exit_that_a_group_restart_dealt_with_is_not_judged_again(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log);
    let c = Plan { init: |life| if life < 3 { vec![Take(1000)] } else { vec![] }, ..c };
    let (a, b, c) = (a.spec(), b.spec().restart(Restart::Transient), c.spec());
    let handles = [a.handle(), b.handle()];
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    settle().await;
    boom(&handles[0], root.ctx()).await;
    handles[1].request_stop();
    pass(1000).await; // the group is started, and `c` takes its time
    settle().await;
    boom(&handles[1], root.ctx()).await;
    pass(1000).await;
    settle().await;
    assert_eq!((of(&sup, "b").incarnation, sup.window().0, sup.count().active), (3, 2, 3));
    Ok(())
}

/// S27h: the slot of a child that was to be restarted by hand outlives its supervisor's stop.
#[tenure::test(start_paused = true)]
async fn s27h_a_child_whose_restart_by_hand_was_queued_survives_the_stop(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = three(&log);
    let b = Plan { init: |life| if life == 1 { vec![Take(100)] } else { vec![] }, ..b };
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a.spec()).child(b.spec()))?;
    settle().await;
    sup.terminate_child(root.ctx(), "a").await?; // `b` is being started
    let mut again = pin!(sup.restart_child(root.ctx(), "a"));
    assert!(poll_once(again.as_mut()).await.is_pending());
    sup.request_stop(); // it is permanent: restarted
    pass(1000).await;
    let ids: Vec<String> = sup.children().into_iter().map(|child| child.id).collect();
    assert_eq!((ids, sup.count().active), (vec!["a".to_owned(), "b".to_owned()], 2));
    Ok(())
}

/// S21f: the administrator is told, and decides; as in OTP.
#[tenure::test(start_paused = true)]
async fn s21f_a_restart_by_hand_that_fails_is_told_and_leaves_the_child_down(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = three(&log);
    let a = Plan { init: |life| if life == 2 { vec![Fail("no")] } else { vec![] }, ..a };
    let never = Plan { init: |life| if life == 1 { vec![Take(100)] } else { vec![Fail("no")] }, ..b };
    let (a, b) = (a.spec(), never.spec());
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b))?;
    settle().await;
    sup.terminate_child(root.ctx(), "b").await?; // it was never ready
    sup.terminate_child(root.ctx(), "a").await?;
    for id in ["a", "b"] {
        let told = sup.restart_child(root.ctx(), id).await.expect_err("its init fails");
        assert!(matches!(told, AdminError::Start(ExitReason::Failed(_))), "{told:?}");
        assert!(matches!(of(&sup, id).state, ChildState::Down(ExitReason::Failed(_))), "{:?}", of(&sup, id));
    }
    assert_eq!(sup.window().0, 0);
    sup.restart_child(root.ctx(), "a").await?;
    assert_eq!((of(&sup, "a").incarnation, of(&sup, "a").failed_starts), (2, 1));
    Ok(())
}

/// S22b: nothing but being stable counts anew.
#[tenure::test(start_paused = true)]
async fn s22b_a_restart_by_hand_does_not_begin_the_count_anew(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).backoff(EXACT);
    let handle = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    boom(&handle, root.ctx()).await;
    pass(100).await;
    sup.terminate_child(root.ctx(), "a").await?;
    sup.restart_child(root.ctx(), "a").await?;
    boom(&handle, root.ctx()).await;
    settle().await;
    assert!(matches!(of(&sup, "a").state, ChildState::Backoff { attempt: 1, .. }), "{:?}", of(&sup, "a"));
    Ok(())
}

/// S22b: at the moment it is stable, also when it is then stopped with its group, or by hand.
#[tenure::test(start_paused = true)]
async fn s22b_a_stable_child_that_is_stopped_waits_the_first_delay_next(root: Scope) -> Result {
    let log = Log::new();
    let [a, b] = ["a", "b"].map(|name| part(name, &log).backoff(EXACT));
    let handles = [a.handle(), b.handle()];
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b))?;
    boom(&handles[1], root.ctx()).await;
    pass(100).await;
    pass(30_000).await;
    boom(&handles[0], root.ctx()).await;
    pass(100).await;
    boom(&handles[1], root.ctx()).await;
    settle().await;
    assert!(matches!(of(&sup, "b").state, ChildState::Backoff { attempt: 0, .. }), "{:?}", of(&sup, "b"));
    Ok(())
}

/// S22b: up until its end, not until the phase is over in which that is judged.
#[tenure::test(start_paused = true)]
async fn s22b_the_time_an_exit_waits_for_a_phase_makes_nobody_stable(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = three(&log);
    let b = Plan { init: |life| if life == 2 { vec![Take(20_000)] } else { vec![] }, ..b };
    let (a, b) = (a.spec().backoff(EXACT), b.spec());
    let handles = [a.handle(), b.handle()];
    let sup = root.supervise(Supervisor::new("sup", Strategy::RestForOne).child(a).child(b))?;
    boom(&handles[0], root.ctx()).await;
    pass(100).await; // `b` takes 20 s
    pass(15_000).await;
    boom(&handles[0], root.ctx()).await;
    pass(5000).await;
    settle().await;
    assert!(matches!(of(&sup, "a").state, ChildState::Backoff { attempt: 1, .. }), "{:?}", of(&sup, "a"));
    pass(200).await;
    settle().await;
    pass(12_000).await;
    Ok(())
}

/// S27a: one that is asked to stop before it is ready was no success; S19: and, `Transient`, no failure.
#[tenure::test(start_paused = true)]
async fn s27a_a_start_that_others_stop_is_no_incarnation(root: Scope) -> Result {
    let log = Log::new();
    let never = ChildSpec::service("a", (), async |ctx: Context, ()| Err(ctx.cancelled().await.into()));
    let spec = never.explicit_ready().restart(Restart::Transient);
    let fails = ChildSpec::service("b", (), async |ctx: Context, ()| {
        drop(ctx.cancelled().await);
        Err(Error::msg("not ready"))
    });
    let fails = fails.explicit_ready().restart(Restart::Transient);
    let handles = [spec.handle(), fails.handle()];
    let sup = Supervisor::new("sup", Strategy::OneForOne).child(spec).child(fails).child(part("c", &log));
    let mut seen = Seen::new(&root);
    let sup = root.supervise(sup)?;
    settle().await;
    handles[0].request_stop();
    settle().await;
    handles[1].request_stop();
    settle().await;
    let lines: Vec<String> = seen.lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines,
        [
            "sup Started 1",
            "a Started 1",
            "a Exited:shutdown 1",
            "b Started 1",
            "b Exited:failed 1",
            "c Started 1",
            "c Ready 1",
            "sup Ready 1"
        ]
    );
    let counts = |id| (of(&sup, id).starts, of(&sup, id).exits, of(&sup, id).failed_starts);
    assert_eq!((counts("a"), counts("b"), sup.window().0), ((0, 0, 0), (0, 0, 0), 0));
    Ok(())
}

/// S32a, S32c, S17d: a start that took too long is one event and one failed start; it was not forced if it obeyed.
#[tenure::test(start_paused = true)]
async fn s32a_a_start_that_took_too_long_is_one_exit(root: Scope) -> Result {
    let log = Log::new();
    let plan = Plan { init: |life| if life == 2 { vec![Take(600)] } else { vec![] }, ..Plan::new("a", &log) };
    let spec = plan.spec().start_timeout(ms(100)).backoff(EXACT);
    let handle = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    settle().await;
    boom(&handle, root.ctx()).await;
    pass(100).await;
    settle().await;
    let mut seen = Seen::new(&root);
    pass(100).await;
    settle().await;
    let lines: Vec<String> = seen.lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["a Exited:timed_out 2", "a Restarting:1:200 2"]);
    let info = of(&sup, "a");
    assert_eq!((info.starts, info.exits, info.failed_starts), (1, 1, 1));
    assert_eq!(info.last_reason, Some(ExitReason::TimedOut { forced: false }));
    Ok(())
}

/// S25e: an abnormal exit while its supervisor stops, before its own turn.
#[tenure::test(start_paused = true)]
async fn s25e_a_child_that_fails_before_its_turn_to_stop_ends_during_the_stop(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = three(&log);
    let b = Plan { terminate: |_| vec![Insist(50)], ..b };
    let (a, b) = (a.spec(), b.spec());
    let handle = a.handle();
    let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(a).child(b));
    settle().await;
    let mut seen = Seen::new(&root);
    sup.request_stop();
    settle().await;
    boom(&handle, root.ctx()).await;
    pass(50).await;
    settle().await;
    let lines: Vec<String> = seen.lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines,
        ["a ExitDuringStop:panicked 1", "b Exited:shutdown 1", "b Stopped 1", "sup Exited:shutdown 1"]
    );
    Ok(())
}

/// S22a: a wait that no clock can count is as good as for ever, and is stopped like any.
#[tenure::test(start_paused = true)]
async fn s22a_a_wait_of_all_time_is_a_wait(root: Scope) -> Result {
    for jitter in [0.0, 0.5] {
        let log = Log::new();
        let all = std::time::Duration::MAX;
        let spec = part("a", &log).backoff(Backoff { first: all, factor: 2.0, max: all, jitter });
        let handle = spec.handle();
        let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(spec));
        boom(&handle, root.ctx()).await;
        settle().await;
        assert!(matches!(of(&sup, "a").state, ChildState::Backoff { attempt: 0, .. }), "{:?}", of(&sup, "a"));
        sup.request_stop();
        settle().await;
        assert!(matches!(end_of(&sup), ExitReason::Shutdown(_)));
    }
    Ok(())
}

/// S20b, S18b: a child that was added, failed, and waits for its next try is started with its group.
#[tenure::test(start_paused = true)]
async fn s20b_an_added_child_that_waits_to_be_tried_again_is_started_with_its_group(root: Scope) -> Result {
    let log = Log::new();
    let a = part("a", &log);
    let owner = a.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a))?;
    settle().await;
    let c = Plan { init: |life| if life == 1 { vec![Fail("once")] } else { vec![] }, ..Plan::new("c", &log) };
    let slow = Backoff { first: secs(30), jitter: 0.0, ..Backoff::DEFAULT };
    let started = sup.start_child(root.ctx(), c.spec().retry_start().backoff(slow));
    let kills = async {
        settle().await;
        boom(&owner, root.ctx()).await;
    };
    let (started, ()) = tokio::join!(started, kills);
    started?;
    assert_eq!((log.times("init c"), sup.count().active), (vec![0, 0], 2));
    Ok(())
}
