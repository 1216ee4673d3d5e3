//! How often a supervisor restarts before it gives up (S21, S24).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{ChildState, ExitReason, GiveUp, Intensity, Strategy, Supervisor, SupervisorRef};

fn within(restarts: u32, seconds: u64) -> Intensity {
    Intensity { restarts, within: secs(seconds) }
}

/// A supervisor of `a` and `b`.
fn two(root: &Scope, log: &Log, intensity: Intensity) -> (SupervisorRef, [OwnerRef<Part>; 2]) {
    let (a, b) = (part("a", log), part("b", log));
    let handles = [a.handle(), b.handle()];
    let sup = Supervisor::new("sup", Strategy::OneForOne).intensity(intensity).child(a).child(b);
    (supervised(root, sup), handles)
}

#[track_caller]
fn gave_up_on(sup: &SupervisorRef) -> String {
    match end_of(sup) {
        ExitReason::GaveUp { child, reason } => {
            assert!(matches!(*reason, ExitReason::Panicked(_)), "{reason:?}");
            child.as_str().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

/// S21a: an entry that is exactly as old as the window still counts.
#[tenure::test(start_paused = true)]
async fn sv_20_the_window_counts_exact_time(root: Scope) -> Result {
    let log = Log::new();
    let (sup, [a, _]) = two(&root, &log, within(2, 10));
    settle().await;
    for at in [0, 4000, 10_001] {
        pass(at - log.t()).await;
        boom(&a, root.ctx()).await;
        settle().await;
        assert_eq!(sup.info().state, ChildState::Up, "at {at}");
    }
    assert_eq!(a.incarnation(), 4);
    pass(1).await;
    boom(&a, root.ctx()).await;
    settle().await;
    assert_eq!(gave_up_on(&sup), "app/sup/a");
    // At 10 000 the first entry still counts.
    let log = Log::new();
    let (sup, [a, _]) = two(&root, &log, within(2, 10));
    settle().await;
    for at in [0, 4000, 10_000] {
        pass(at - log.t()).await;
        boom(&a, root.ctx()).await;
        settle().await;
    }
    assert_eq!(gave_up_on(&sup), "app/sup#2/a");
    Ok(())
}

/// S21c, S31a.
#[tenure::test(start_paused = true)]
async fn sv_21_an_intensity_of_zero_gives_up_at_the_first(root: Scope) -> Result {
    let log = Log::new();
    let (sup, [_, b]) = two(&root, &log, within(0, 10));
    settle().await;
    let mut seen = Seen::new(&root);
    boom(&b, root.ctx()).await;
    settle().await;
    assert_eq!(gave_up_on(&sup), "app/sup/b");
    assert_eq!((log.count("init b"), log.count("down a"), log.count("drain a")), (1, 1, 0));
    assert_eq!(
        seen.lines().into_iter().map(|(_, line)| line).collect::<Vec<_>>(),
        ["b Exited:panicked 1", "sup GaveUp 0", "a Exited:shutdown 1", "a Stopped 1", "sup Exited:gave_up 1"]
    );
    Ok(())
}

/// S21c.
#[tenure::test(start_paused = true)]
async fn sv_22_one_window_is_shared_by_all_children(root: Scope) -> Result {
    let log = Log::new();
    let (sup, [a, b]) = two(&root, &log, within(2, 10));
    for part in [&a, &b] {
        boom(part, root.ctx()).await;
        pass(1).await;
        assert_eq!(sup.info().state, ChildState::Up);
    }
    boom(&a, root.ctx()).await;
    settle().await;
    assert_eq!((gave_up_on(&sup), log.t()), ("app/sup/a".to_owned(), 2));
    Ok(())
}

/// S21f.
#[tenure::test(start_paused = true)]
async fn sv_27_a_restart_by_hand_is_not_counted(root: Scope) -> Result {
    let log = Log::new();
    let (sup, [a, _]) = two(&root, &log, within(1, 10));
    settle().await;
    for _ in 0..5 {
        sup.terminate_child(root.ctx(), "a").await?;
        sup.restart_child(root.ctx(), "a").await?;
    }
    boom(&a, root.ctx()).await;
    settle().await;
    assert_eq!((sup.info().state, sup.window(), a.incarnation()), (ChildState::Up, (1, 1), 7));
    Ok(())
}

/// S24, S32b.
#[tenure::test(start_paused = true)]
async fn sv_29_an_isolated_child_stays_down_alone(root: Scope) -> Result {
    let log = Log::new();
    let a = part("a", &log).max_restarts(1).give_up(GiveUp::Isolate);
    let b = part("b", &log);
    let handles = [a.handle(), b.handle()];
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b))?;
    for _ in 0..2 {
        boom(&handles[0], root.ctx()).await;
        settle().await;
    }
    let shown = sup.children();
    assert!(
        matches!(&shown[0].state, ChildState::Down(ExitReason::GaveUp { child, .. }) if child.as_str() == "app/sup/a")
    );
    assert_eq!((shown[1].state.clone(), sup.window().0), (ChildState::Up, 1));
    let told = handles[0].call(root.ctx(), Do("", vec![])).await.expect_err("it is down");
    assert!(matches!(told.kind, CallErrorKind::Closed { .. }), "{told:?}");
    handles[1].call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?;
    let health = root.health();
    assert_eq!(health.status, tenure::HealthStatus::Failing, "{health:?}");
    let problem = health.problems.iter().find(|problem| problem.code == "TP007").expect("it is told");
    assert!(format!("{problem:?}").contains("app/sup/a"), "{problem:?}");
    sup.restart_child(root.ctx(), "a").await?;
    assert!(!root.health().problems.iter().any(|problem| problem.code == "TP007"), "{:?}", root.health());
    Ok(())
}

/// S24b.
#[tenure::test(start_paused = true)]
async fn sv_30_a_child_at_its_limit_ends_its_supervisor(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (part("a", &log).max_restarts(1), part("b", &log));
    let handle = a.handle();
    let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(a).child(b));
    for _ in 0..2 {
        boom(&handle, root.ctx()).await;
        settle().await;
    }
    assert_eq!((gave_up_on(&sup), log.count("down b")), ("app/sup/a".to_owned(), 1));
    Ok(())
}
