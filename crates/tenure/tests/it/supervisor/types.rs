//! Restart types and the simplest strategy (S19, S20a), references across a restart (S27a), counters (S32).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{Backoff, ChildRef, ChildSpec, ChildState, ExitReason, Restart, Service, Strategy, Supervisor};
use tokio::sync::mpsc;

/// Returns when it is told to, each life anew.
fn returns(name: &str) -> (ChildSpec<Service>, mpsc::Sender<()>) {
    let (tell, told) = mpsc::channel::<()>(8);
    let told = std::sync::Arc::new(tokio::sync::Mutex::new(told));
    let spec = ChildSpec::service(
        name,
        told,
        async |ctx: Context, told: std::sync::Arc<tokio::sync::Mutex<mpsc::Receiver<()>>>| {
            let mut told = told.lock().await;
            ctx.select(told.recv()).await?;
            Ok(())
        },
    );
    (spec.backoff(Backoff::none()), tell)
}

fn one(root: &Scope, spec: ChildSpec<Service>) -> Result<ChildRef> {
    let child = spec.handle();
    root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    Ok(child)
}

/// S19.
#[tenure::test(start_paused = true)]
async fn sv_08_a_permanent_child_is_restarted_after_a_normal_end(root: Scope) -> Result {
    let (spec, tell) = returns("a");
    let child = one(&root, spec)?;
    settle().await;
    tell.send(()).await?;
    settle().await;
    assert_eq!((child.info().state, child.info().incarnation), (ChildState::Up, 2));
    Ok(())
}

/// S19: a stop that its supervisor did not ask for.
#[tenure::test(start_paused = true)]
async fn sv_09_a_permanent_child_that_stops_itself_is_restarted(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log);
    let owner = spec.handle();
    root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    settle().await;
    owner.request_stop();
    settle().await;
    assert_eq!((log.count("drain a"), log.count("down a"), owner.incarnation()), (1, 1, 2));
    assert_eq!(owner.call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?, 1);
    Ok(())
}

/// S19.
#[tenure::test(start_paused = true)]
async fn sv_10_a_transient_child_that_ends_as_expected_stays_down(root: Scope) -> Result {
    let (spec, tell) = returns("a");
    let by_itself = one(&root, spec.restart(Restart::Transient))?;
    let (spec, _tell) = returns("b");
    let asked = one(&root, spec.restart(Restart::Transient))?;
    settle().await;
    tell.send(()).await?;
    asked.request_stop();
    settle().await;
    assert_eq!(by_itself.info().state, ChildState::Down(ExitReason::Normal));
    assert!(matches!(asked.info().state, ChildState::Down(ExitReason::Shutdown(_))), "{:?}", asked.info());
    assert_eq!((by_itself.info().incarnation, asked.info().incarnation), (1, 1));
    Ok(())
}

/// S19.
#[tenure::test(start_paused = true)]
async fn sv_11_a_transient_child_that_panics_is_restarted(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).restart(Restart::Transient);
    let owner = spec.handle();
    root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    boom(&owner, root.ctx()).await;
    settle().await;
    assert_eq!(owner.incarnation(), 2);
    Ok(())
}

/// S19.
#[tenure::test(start_paused = true)]
async fn sv_12_a_temporary_child_that_panics_is_removed(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).restart(Restart::Temporary);
    let owner = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    settle().await;
    let mut seen = Seen::new(&root);
    boom(&owner, root.ctx()).await;
    settle().await;
    assert_eq!((sup.count().specs, sup.children().len()), (0, 0));
    assert_eq!(seen.lines(), [(0, "a Exited:panicked 1".to_owned())]);
    let told = owner.call(root.ctx(), Do("", vec![])).await.expect_err("it is gone");
    assert!(matches!(told.kind, CallErrorKind::Closed { .. }), "{told:?}");
    Ok(())
}

/// S20a.
#[tenure::test(start_paused = true)]
async fn sv_13_one_for_one_restarts_the_one(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| part(name, &log));
    let handles = [a.handle(), b.handle(), c.handle()];
    root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b).child(c))?;
    boom(&handles[1], root.ctx()).await;
    settle().await;
    assert_eq!(handles.map(|handle| handle.incarnation()), [1, 2, 1]);
    assert_eq!((log.count("down a"), log.count("down c")), (0, 0));
    Ok(())
}

/// S27a.
#[tenure::test(start_paused = true)]
async fn sv_61_a_reference_names_the_slot_across_a_restart(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(part("a", &log)); // the root's supervisor does the same
    let told = async || owner.call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request);
    assert_eq!((told().await?, told().await?, owner.incarnation()), (1, 2, 1));
    boom(&owner, root.ctx()).await;
    assert_eq!((told().await?, owner.incarnation()), (1, 2));
    Ok(())
}

/// S32a.
#[tenure::test(start_paused = true)]
async fn sv_55_each_change_of_state_is_one_event(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).backoff(Backoff { jitter: 0.0, ..Backoff::DEFAULT });
    let owner = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne))?;
    settle().await;
    let mut seen = Seen::new(&root);
    sup.start_child(root.ctx(), spec).await?;
    boom(&owner, root.ctx()).await;
    pass(100).await;
    settle().await;
    sup.terminate_child(root.ctx(), "a").await?;
    assert_eq!(
        seen.lines(),
        [
            (0, "a Started 1"),
            (0, "a Ready 1"),
            (0, "a Exited:panicked 1"),
            (0, "a Restarting:0:100 1"),
            (100, "a Started 2"),
            (100, "a Ready 2"),
            (100, "a Exited:shutdown 2"),
            (100, "a Stopped 2"),
        ]
        .map(|(at, line)| (at, line.to_owned()))
    );
    Ok(())
}

/// S32c, S21d.
#[tenure::test(start_paused = true)]
async fn sv_63_a_slot_counts_its_starts_exits_and_failed_starts(root: Scope) -> Result {
    let log = Log::new();
    let plan =
        Plan { init: |life| if life == 2 { vec![Fail("once")] } else { vec![] }, ..Plan::new("a", &log) };
    let spec = plan.spec();
    let owner = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    boom(&owner, root.ctx()).await;
    settle().await;
    boom(&owner, root.ctx()).await;
    settle().await;
    let info = sup.children().remove(0);
    assert_eq!((info.starts, info.exits, info.failed_starts, sup.window().0), (3, 2, 1, 3));
    assert!(matches!(info.last_reason, Some(ExitReason::Panicked(_))), "{info:?}");
    Ok(())
}

/// S27a in records and errors: which life it is.
#[tenure::test(start_paused = true)]
async fn s27a_records_and_errors_say_which_life(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(part("a", &log));
    boom(&owner, root.ctx()).await;
    settle().await;
    let row = root.snapshot().tasks.into_iter().find(|row| row.path.as_str() == "app/a").expect("it runs");
    assert_eq!(row.incarnation, 2);
    let told = owner.call(root.ctx(), Do("", vec![Panic("again")])).await.expect_err("it panics");
    assert_eq!(told.incarnation, 2);
    Ok(())
}
