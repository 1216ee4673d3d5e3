//! The stop of a tree (S25, S26), significant children (S30).

use crate::fixtures::part::*;
use crate::fixtures::{Gate, advance, ignores};
use std::sync::Arc;
use tenure::prelude::*;
use tenure::{
    AutoShutdown, Backoff, Cause, ChildSpec, ChildState, ExitReason, Restart, Service, Shutdown, Stop,
    Strategy, Supervisor,
};
use tokio::sync::Notify;

fn service_that_ignores(name: &str, shutdown: Shutdown) -> ChildSpec<Service> {
    ChildSpec::service(name, (), async |_: Context, ()| ignores().await).shutdown(shutdown)
}

/// S25e, S25f.
#[tenure::test(start_paused = true)]
async fn sv_35_an_error_during_the_stop_is_recorded_and_changes_nothing(root: Scope) -> Result {
    let log = Log::new();
    let fails = ChildSpec::service("b", (), async |ctx: Context, ()| {
        ctx.cancelled().await;
        Err(Error::msg("while stopping"))
    });
    let sup = Supervisor::new("sup", Strategy::OneForOne)
        .child(part("a", &log))
        .child(fails)
        .child(part("c", &log));
    let sup = supervised(&root, sup);
    settle().await;
    let mut seen = Seen::new(&root);
    sup.request_stop();
    settle().await;
    let lines: Vec<String> = seen.lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        lines,
        [
            "c Exited:shutdown 1",
            "c Stopped 1",
            "b ExitDuringStop:failed 1",
            "b Stopped 1",
            "a Exited:shutdown 1",
            "a Stopped 1",
            "sup Exited:shutdown 1",
        ]
    );
    assert!(matches!(end_of(&sup), ExitReason::Shutdown(_)));
    Ok(())
}

/// S25a: dynamic children have no order and one clock.
#[tenure::test(start_paused = true)]
async fn sv_36_dynamic_children_stop_all_at_once(root: Scope) -> Result {
    let conns =
        Supervisor::dynamic("conns", |_: u32| service_that_ignores("conn", Shutdown::Timeout(secs(1))));
    let conns = root.child(conns.spec().restart(Restart::Temporary));
    settle().await;
    for number in 0..100 {
        conns.start_child(root.ctx(), &format!("conn-{number}"), number).await?;
    }
    assert_eq!(conns.admin().count().active, 100);
    conns.admin().request_stop();
    pass(999).await;
    assert_eq!(root.account().ended_by.aborted, 0);
    pass(1).await;
    settle().await;
    assert_eq!(root.account().ended_by.aborted, 100);
    assert!(matches!(end_of(conns.admin()), ExitReason::Shutdown(_)));
    Ok(())
}

/// S25b: a nested supervisor takes what its children need.
#[tenure::test(start_paused = true)]
async fn sv_37_a_nested_supervisor_is_bounded_by_its_own_children(root: Scope) -> Result {
    let inner = Supervisor::new("inner", Strategy::OneForOne)
        .child(service_that_ignores("x", Shutdown::Timeout(secs(5))));
    let outer = supervised(&root, Supervisor::new("outer", Strategy::OneForOne).supervisor(inner));
    settle().await;
    outer.request_stop();
    pass(4999).await;
    assert_eq!((outer.info().state, root.account().ended_by.aborted), (ChildState::Stopping, 0));
    pass(1).await;
    settle().await;
    assert!(matches!(end_of(&outer), ExitReason::Shutdown(_)), "{:?}", end_of(&outer));
    assert_eq!(root.account().ended_by.aborted, 1);
    Ok(())
}

/// S26e.
#[tenure::test(start_paused = true)]
async fn sv_39_a_stop_interrupts_the_start(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| Plan::new(name, &log));
    let b = Plan { init: |_| vec![Take(1000)], ..b };
    let sup = Supervisor::new("sup", Strategy::OneForOne);
    let b = b.spec().shutdown(Shutdown::Timeout(ms(0)));
    let sup = supervised(&root, sup.child(a.spec()).child(b).child(c.spec()));
    pass(100).await;
    sup.request_stop();
    settle().await;
    assert_eq!((log.count("init c"), log.times("down a")), (0, vec![100]));
    assert!(matches!(end_of(&sup), ExitReason::Shutdown(_)), "{:?}", end_of(&sup));
    Ok(())
}

/// S25c, S25d.
#[tenure::test(start_paused = true)]
async fn sv_60_an_outer_budget_clips_the_time_of_a_child(root: Scope) -> Result {
    let inner = Supervisor::new("inner", Strategy::OneForOne)
        .child(service_that_ignores("x", Shutdown::Timeout(secs(5))));
    let nested = ChildSpec::supervisor(inner).shutdown(Shutdown::Timeout(secs(1)));
    let at_once = service_that_ignores("y", Shutdown::Timeout(ms(0)));
    let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(nested).child(at_once));
    settle().await;
    sup.request_stop();
    settle().await;
    assert_eq!(root.account().ended_by.aborted, 1, "`y` has no time");
    pass(999).await;
    assert_eq!(root.account().ended_by.aborted, 1);
    pass(1).await;
    settle().await;
    assert_eq!(sup.info().state, ChildState::Down(end_of(&sup)));
    assert!(root.account().ended_by.aborted >= 2, "{}", root.account());
    Ok(())
}

/// S30.
#[tenure::test(start_paused = true)]
async fn sv_49_the_end_of_a_significant_child_ends_its_supervisor(root: Scope) -> Result {
    let log = Log::new();
    let b = part("b", &log).restart(Restart::Transient).significant();
    let handle = b.handle();
    let sup = Supervisor::new("sup", Strategy::OneForOne).auto_shutdown(AutoShutdown::Any);
    let sup = supervised(&root, sup.child(part("a", &log)).child(b).child(part("c", &log)));
    settle().await;
    handle.request_stop();
    settle().await;
    let ExitReason::Shutdown(Cause::AutoShutdown { child }) = end_of(&sup) else {
        panic!("{:?}", end_of(&sup))
    };
    assert_eq!(child.as_str(), "app/sup/b");
    let downs: Vec<String> =
        log.events().into_iter().map(|(_, line)| line).filter(|line| line.starts_with("down")).collect();
    assert_eq!(downs, ["down b", "down c", "down a"]);
    Ok(())
}

/// S30b.
#[tenure::test(start_paused = true)]
async fn sv_50_with_all_the_last_significant_child_ends_it(root: Scope) -> Result {
    let log = Log::new();
    let [b, c] = ["b", "c"].map(|name| part(name, &log).restart(Restart::Temporary).significant());
    let handles = [b.handle(), c.handle()];
    let sup = Supervisor::new("sup", Strategy::OneForOne).auto_shutdown(AutoShutdown::All);
    let sup = supervised(&root, sup.child(part("a", &log)).child(b).child(c));
    boom(&handles[1], root.ctx()).await;
    settle().await;
    assert_eq!(sup.info().state, ChildState::Up);
    handles[0].request_stop();
    settle().await;
    assert!(matches!(end_of(&sup), ExitReason::Shutdown(Cause::AutoShutdown { .. })), "{:?}", end_of(&sup));
    assert_eq!(log.count("down a"), 1);
    Ok(())
}

/// S30c.
#[tenure::test(start_paused = true)]
async fn sv_51_a_significant_bystander_of_a_group_ends_nothing(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (part("a", &log), part("b", &log).restart(Restart::Transient).significant());
    let handles = [a.handle(), b.handle()];
    let sup = Supervisor::new("sup", Strategy::OneForAll).auto_shutdown(AutoShutdown::Any);
    let sup = root.supervise(sup.child(a).child(b))?;
    boom(&handles[0], root.ctx()).await;
    settle().await;
    assert_eq!((sup.info().state, handles[1].incarnation()), (ChildState::Up, 2));
    Ok(())
}

/// A service that leaves a stuck closure in its scope when it panics.
fn leaves_stuck(gate: &Arc<Gate>, log: &Log, panics: &Arc<Notify>) -> ChildSpec<Service> {
    let args = (Arc::clone(gate), log.clone(), Arc::clone(panics));
    ChildSpec::service("x", args, async |ctx: Context, (gate, log, panics): (Arc<Gate>, Log, Arc<Notify>)| {
        log.note("x begins");
        let scope = ctx.open_scope("work", Stop::SERVICE);
        if log.count("x begins") == 1 {
            drop(scope.blocking("stuck", gate.closure()));
        }
        ctx.select(panics.notified()).await?;
        panic!("planted");
    })
    .backoff(Backoff::none())
}

/// S31d.
#[tenure::test(start_paused = true)]
async fn sv_54_the_next_life_waits_for_all_of_the_last_one(root: Scope) -> Result {
    for released in [false, true] {
        let (gate, log, panics) = (Arc::new(Gate::new()), Log::new(), Arc::new(Notify::new()));
        let sup = Supervisor::new("sup", Strategy::OneForOne).child(leaves_stuck(&gate, &log, &panics));
        let sup = supervised(&root, sup);
        gate.entered().await;
        panics.notify_one();
        settle().await;
        advance(secs(3)).await;
        assert_eq!((log.count("x begins"), sup.children()[0].exits), (1, 1), "two lives never overlap");
        if released {
            gate.release();
            while log.count("x begins") < 2 {
                tokio::task::yield_now().await;
            }
            assert_eq!(sup.children()[0].incarnation, 2);
        } else {
            advance(secs(2)).await; // the abort, whose time begins the last one
            advance(ms(999)).await;
            assert_eq!(sup.info().state, ChildState::Up);
            advance(ms(1)).await;
            let ExitReason::GaveUp { reason, .. } = end_of(&sup) else { panic!("{:?}", end_of(&sup)) };
            assert_eq!(*reason, ExitReason::Leaked);
            assert_eq!((log.count("x begins"), root.account().leaked), (1, 1));
            gate.release();
            while root.account().leaked > 0 {
                tokio::task::yield_now().await;
            }
        }
    }
    Ok(())
}
