//! `OneForAll` and `RestForOne`, and exits while a group is busy (S20b to f, S23c, S26).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{Backoff, ChildState, ExitReason, Restart, Strategy, Supervisor};

fn plans(log: &Log) -> [Plan; 3] {
    ["a", "b", "c"].map(|name| Plan::new(name, log))
}

/// What the parts did since, without the times.
fn did(log: &Log, since: usize) -> Vec<String> {
    let of = |line: &String| line.starts_with("init") || line.starts_with("down");
    log.events().into_iter().skip(since).map(|(_, line)| line).filter(of).collect()
}

/// S20b, S20d.
#[tenure::test(start_paused = true)]
async fn sv_14_one_for_all_stops_the_others_in_reverse_and_starts_all(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log).map(Plan::spec);
    let handle = b.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    settle().await;
    let before = log.events().len();
    boom(&handle, root.ctx()).await;
    settle().await;
    assert_eq!(did(&log, before), ["down c", "down a", "init a", "init b", "init c"]);
    assert_eq!((sup.window().0, log.count("drain a")), (1, 0));
    Ok(())
}

/// S20c.
#[tenure::test(start_paused = true)]
async fn sv_15_rest_for_one_restarts_those_after_it(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log).map(Plan::spec);
    let (handle, first) = (b.handle(), a.handle());
    root.supervise(Supervisor::new("sup", Strategy::RestForOne).child(a).child(b).child(c))?;
    settle().await;
    let before = log.events().len();
    boom(&handle, root.ctx()).await;
    settle().await;
    assert_eq!(did(&log, before), ["down c", "init b", "init c"]);
    assert_eq!(first.incarnation(), 1);
    Ok(())
}

/// S20b.
#[tenure::test(start_paused = true)]
async fn sv_16_a_temporary_bystander_is_stopped_and_removed(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log).map(Plan::spec);
    let handles = [a.handle(), b.handle()];
    let sup =
        Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c.restart(Restart::Temporary));
    let sup = root.supervise(sup)?;
    boom(&handles[0], root.ctx()).await;
    settle().await;
    assert_eq!(handles.map(|handle| handle.incarnation()), [2, 2]);
    assert_eq!((log.count("down c"), log.count("init c"), sup.count().specs), (1, 1, 2));
    Ok(())
}

/// S20e.
#[tenure::test(start_paused = true)]
async fn sv_17_a_child_that_ended_as_expected_is_started_with_its_group(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = plans(&log).map(Plan::spec);
    let b = b.restart(Restart::Transient);
    let handles = [a.handle(), b.handle()];
    root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b))?;
    settle().await;
    handles[1].stop(root.ctx()).await?;
    settle().await;
    let told = handles[1].call(root.ctx(), Do("", vec![])).await.expect_err("it is down");
    assert!(matches!(told.kind, CallErrorKind::Closed { .. }), "{told:?}");
    boom(&handles[0], root.ctx()).await;
    settle().await;
    assert_eq!(handles[1].call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?, 1);
    assert_eq!(handles.map(|handle| handle.incarnation()), [2, 2]);
    Ok(())
}

/// Three parts, whose last one fails its second `init`.
fn third_fails_once(log: &Log, strategy: Strategy) -> (Supervisor, [OwnerRef<Part>; 3]) {
    let [a, b, c] = plans(log);
    let c = Plan { init: |life| if life == 2 { vec![Fail("once")] } else { vec![] }, ..c };
    let [a, b, c] = [a, b, c].map(Plan::spec);
    let handles = [a.handle(), b.handle(), c.handle()];
    (Supervisor::new("sup", strategy).child(a).child(b).child(c), handles)
}

/// S23c, S21d.
#[tenure::test(start_paused = true)]
async fn sv_18_under_one_for_all_a_failed_start_stops_the_started_and_tries_all_again(root: Scope) -> Result {
    let log = Log::new();
    let (sup, handles) = third_fails_once(&log, Strategy::OneForAll);
    let sup = root.supervise(sup)?;
    settle().await;
    let before = log.events().len();
    boom(&handles[1], root.ctx()).await;
    settle().await;
    assert_eq!(
        did(&log, before),
        ["down c", "down a", "init a", "init b", "init c", "down b", "down a", "init a", "init b", "init c"]
    );
    assert_eq!((sup.window().0, sup.count().active), (2, 3));
    Ok(())
}

/// S23c.
#[tenure::test(start_paused = true)]
async fn sv_19_under_rest_for_one_a_failed_start_is_tried_again_from_there(root: Scope) -> Result {
    let log = Log::new();
    let (sup, handles) = third_fails_once(&log, Strategy::RestForOne);
    let sup = root.supervise(sup)?;
    settle().await;
    let before = log.events().len();
    boom(&handles[1], root.ctx()).await;
    settle().await;
    assert_eq!(did(&log, before), ["down c", "init b", "init c", "init c"]);
    assert_eq!((sup.window().0, handles.map(|handle| handle.incarnation())), (2, [1, 2, 2]));
    Ok(())
}

/// S26b, S26d.
#[tenure::test(start_paused = true)]
async fn sv_38_a_sibling_that_dies_while_the_group_is_stopped_counts_as_stopped(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log);
    let c = Plan { terminate: |_| vec![Insist(50)], ..c };
    let [a, b, c] = [a, b, c].map(Plan::spec);
    let handles = [a.handle(), b.handle()];
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    settle().await;
    let mut seen = Seen::new(&root);
    boom(&handles[1], root.ctx()).await;
    pass(20).await;
    boom(&handles[0], root.ctx()).await;
    pass(30).await;
    settle().await;
    assert_eq!((sup.window().0, handles.map(|handle| handle.incarnation())), (1, [2, 2]));
    let lines = seen.of(&["Exited:panicked", "Restarting:0:0"]);
    assert_eq!(lines, ["b Exited:panicked 1", "b Restarting:0:0 1", "a Exited:panicked 1"]);
    Ok(())
}

/// S22c, S22d.
#[tenure::test(start_paused = true)]
async fn sv_58_a_group_waits_when_it_is_stopped_and_shows_it(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log).map(Plan::spec);
    let b = b.backoff(Backoff { jitter: 0.0, ..Backoff::DEFAULT });
    let handle = b.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    settle().await;
    let since = tokio::time::Instant::now();
    boom(&handle, root.ctx()).await;
    settle().await;
    assert_eq!((log.times("down c"), log.times("down a")), (vec![0], vec![0]));
    pass(99).await;
    let shown = sup.children();
    assert_eq!(sup.count().active, 0);
    assert_eq!(shown[1].state, ChildState::Backoff { until: since + ms(100), attempt: 0 });
    assert!(matches!(shown[1].last_reason, Some(ExitReason::Panicked(_))));
    pass(1).await;
    settle().await;
    for name in ["a", "b", "c"] {
        assert_eq!(log.times(&format!("init {name}")), [0, 100]);
    }
    Ok(())
}

/// S20f.
#[tenure::test(start_paused = true)]
async fn s20f_the_exit_of_a_temporary_child_restarts_nobody(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log).map(Plan::spec);
    let b = b.restart(Restart::Temporary);
    let handle = b.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForAll).child(a).child(b).child(c))?;
    boom(&handle, root.ctx()).await;
    settle().await;
    assert_eq!((log.count("down a"), log.count("down c"), sup.window().0), (0, 0, 0));
    Ok(())
}

/// S26c: an exit that arrives in a phase is handled after it.
#[tenure::test(start_paused = true)]
async fn s26c_an_exit_in_a_phase_is_handled_after_it(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = plans(&log);
    let b = Plan { init: |_| vec![Take(100)], ..b };
    let [a, b, c] = [a, b, c].map(Plan::spec);
    let handle = a.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b).child(c))?;
    pass(50).await;
    boom(&handle, root.ctx()).await;
    settle().await;
    assert_eq!((log.count("init a"), sup.window().0), (1, 0), "`b` is being started");
    pass(50).await;
    settle().await;
    assert_eq!((log.times("init a"), log.times("init c")), (vec![0, 100], vec![100]));
    Ok(())
}
