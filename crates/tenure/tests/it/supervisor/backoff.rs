//! What restarts wait (S22, S23).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{Backoff, ChildState, Intensity, Strategy, Supervisor};

const EXACT: Backoff = Backoff { jitter: 0.0, ..Backoff::DEFAULT };

/// S22a.
#[tenure::test(start_paused = true)]
async fn sv_23_each_restart_waits_twice_as_long(root: Scope) -> Result {
    let log = Log::new();
    let plan = Plan { on_start: |_| vec![Panic("always")], ..Plan::new("a", &log) };
    let sup = Supervisor::new("sup", Strategy::OneForOne)
        .intensity(Intensity { restarts: 10, within: secs(30) })
        .child(plan.spec().backoff(EXACT));
    root.supervise(sup)?;
    pass(1500).await;
    settle().await;
    assert_eq!(log.times("init a"), [0, 100, 300, 700, 1500]);
    Ok(())
}

/// S22b.
#[tenure::test(start_paused = true)]
async fn sv_25_a_child_that_was_up_long_enough_waits_the_first_delay_again(root: Scope) -> Result {
    for (up, next) in [(30_000, 100), (29_999, 800)] {
        let log = Log::new();
        let spec = part("a", &log).backoff(EXACT);
        let owner = spec.handle();
        let sup =
            Supervisor::new("sup", Strategy::OneForOne).intensity(Intensity { restarts: 9, within: secs(9) });
        root.supervise(sup.child(spec))?;
        for wait in [100, 200, 400] {
            boom(&owner, root.ctx()).await;
            pass(wait).await;
            settle().await;
        }
        let since = log.t();
        pass(up).await;
        boom(&owner, root.ctx()).await;
        pass(800).await;
        settle().await;
        assert_eq!(log.times("init a").last(), Some(&(since + up + next)), "after {up} ms");
    }
    Ok(())
}

/// S22e, S26a.
#[tenure::test(start_paused = true)]
async fn sv_26_a_stop_ends_the_wait_at_once(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).backoff(Backoff { first: secs(30), ..EXACT });
    let owner = spec.handle();
    let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(spec));
    boom(&owner, root.ctx()).await;
    settle().await;
    assert!(matches!(sup.children()[0].state, ChildState::Backoff { .. }));
    sup.request_stop();
    settle().await;
    assert_eq!(end_of(&sup).name(), "shutdown");
    assert_eq!((log.t(), log.count("init a")), (0, 1));
    Ok(())
}

/// S23a, S23b, S21d, S21e.
#[tenure::test(start_paused = true)]
async fn sv_28_failed_restarts_count_and_wait_and_block_nobody(root: Scope) -> Result {
    let log = Log::new();
    let plan =
        Plan { init: |life| if life > 1 { vec![Fail("gone")] } else { vec![] }, ..Plan::new("a", &log) };
    let spec = plan.spec().backoff(EXACT);
    let owner = spec.handle();
    let sup =
        Supervisor::new("sup", Strategy::OneForOne).intensity(Intensity { restarts: 3, within: secs(30) });
    let sup = supervised(&root, sup.child(spec));
    boom(&owner, root.ctx()).await;
    for at in [50, 250] {
        pass(at - log.t()).await;
        assert_eq!((sup.count().specs, sup.count().active), (1, 0));
    }
    pass(449).await;
    assert_eq!(sup.info().state, ChildState::Up);
    pass(1).await;
    settle().await;
    assert_eq!(log.times("init a"), [0, 100, 300, 700]);
    assert_eq!(end_of(&sup).name(), "gave_up");
    Ok(())
}

/// S22f.
#[tenure::test(start_paused = true)]
async fn sv_59_waits_that_end_at_one_instant_start_in_start_order(root: Scope) -> Result {
    let log = Log::new();
    let a = part("a", &log).backoff(Backoff { first: ms(90), ..EXACT });
    let b = part("b", &log).backoff(Backoff { first: ms(100), ..EXACT });
    let handles = [a.handle(), b.handle()];
    root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a).child(b))?;
    settle().await;
    boom(&handles[1], root.ctx()).await;
    pass(10).await;
    boom(&handles[0], root.ctx()).await;
    pass(90).await;
    settle().await;
    let inits: Vec<_> =
        log.events().into_iter().filter(|(at, line)| *at == 100 && line.starts_with("init")).collect();
    assert_eq!(inits, [(100, "init a".to_owned()), (100, "init b".to_owned())]);
    Ok(())
}

/// S23b, S26c.
#[tenure::test(start_paused = true)]
async fn sv_64_a_slow_restart_delays_nobody_else(root: Scope) -> Result {
    let log = Log::new();
    let slow = Plan { init: |life| if life > 1 { vec![Take(1000)] } else { vec![] }, ..Plan::new("x", &log) };
    let (x, y) = (slow.spec(), part("y", &log));
    let handles = [x.handle(), y.handle()];
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(x).child(y))?;
    settle().await;
    boom(&handles[0], root.ctx()).await;
    pass(50).await;
    assert_eq!((sup.count().specs, sup.count().active), (2, 2), "starting is active");
    pass(50).await;
    boom(&handles[1], root.ctx()).await;
    settle().await;
    assert_eq!((log.times("up y"), log.times("up x")), (vec![0, 100], vec![0]));
    pass(900).await;
    settle().await;
    assert_eq!(log.times("up x"), [0, 1000]);
    Ok(())
}

/// S32b: a child in its backoff, or a window that is more than half full.
#[tenure::test(start_paused = true)]
async fn s32b_a_supervisor_is_degraded_while_it_restarts(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).backoff(EXACT);
    let owner = spec.handle();
    let sup =
        Supervisor::new("sup", Strategy::OneForOne).intensity(Intensity { restarts: 3, within: secs(5) });
    let sup = root.supervise(sup.child(spec))?;
    settle().await;
    let told = |root: &Scope| root.health().problems.iter().any(|problem| problem.code == "TP006");
    assert!(!told(&root));
    boom(&owner, root.ctx()).await;
    settle().await;
    assert!(told(&root), "it waits for its restart");
    pass(100).await;
    settle().await;
    assert!(!told(&root), "one of three restarts");
    boom(&owner, root.ctx()).await;
    pass(200).await;
    settle().await;
    assert_eq!(sup.info().state, ChildState::Up);
    assert!(told(&root), "two of three");
    pass(5_001).await;
    assert!(!told(&root), "the window has passed");
    Ok(())
}
