//! The start: one child after the other, and what a failed one means (S17, S18).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{
    AutoShutdown, Backoff, ChildSpec, ChildState, ExitReason, Intensity, Restart, SpecError, Strategy,
    Supervisor,
};

fn three(log: &Log) -> [Plan; 3] {
    ["a", "b", "c"].map(|name| Plan::new(name, log))
}

/// S17a.
#[tenure::test(start_paused = true)]
async fn sv_01_children_start_one_after_the_other(root: Scope) -> Result {
    let log = Log::new();
    let mut sup = Supervisor::new("sup", Strategy::OneForOne);
    for plan in three(&log) {
        sup = sup.child(Plan { init: |_| vec![Take(10)], ..plan }.spec());
    }
    let sup = root.supervise(sup)?;
    pass(29).await;
    assert_eq!(sup.info().state, ChildState::Starting);
    pass(1).await;
    settle().await;
    assert_eq!(sup.info().state, ChildState::Up);
    let inits: Vec<_> = log.events().into_iter().filter(|(_, line)| line.starts_with("init")).collect();
    assert_eq!(inits, [(0, "init a".into()), (10, "init b".into()), (20, "init c".into())]);
    Ok(())
}

/// S17d, S18a.
#[tenure::test(start_paused = true)]
async fn sv_02_a_child_that_is_never_ready_fails_the_start_in_time(root: Scope) -> Result {
    let log = Log::new();
    let never = ChildSpec::service("b", (), async |ctx: Context, ()| Err(ctx.cancelled().await.into()));
    let sup =
        Supervisor::new("sup", Strategy::OneForOne).child(part("a", &log)).child(never.explicit_ready());
    let sup = supervised(&root, sup);
    pass(29_999).await;
    assert_eq!(sup.info().state, ChildState::Starting);
    pass(1).await;
    settle().await;
    let ExitReason::Failed(error) = end_of(&sup) else { panic!("{:?}", end_of(&sup)) };
    let error: &tenure::StartError = error.downcast_ref().expect("it says which");
    assert_eq!((error.child.as_str(), error.reason.name()), ("app/sup/b", "timed_out"));
    assert_eq!(log.times("down a"), [30_000]);
    Ok(())
}

/// S18a.
#[tenure::test(start_paused = true)]
async fn sv_03_a_failed_first_start_stops_what_was_started(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log);
    let b = Plan { init: |_| vec![Fail("no")], ..b };
    let mut seen = Seen::new(&root);
    let sup = supervised(
        &root,
        Supervisor::new("sup", Strategy::OneForOne).child(a.spec()).child(b.spec()).child(c.spec()),
    );
    settle().await;
    let ExitReason::Failed(error) = end_of(&sup) else { panic!("{:?}", end_of(&sup)) };
    let error: &tenure::StartError = error.downcast_ref().expect("it says which");
    assert_eq!((error.child.as_str(), error.reason.name()), ("app/sup/b", "failed"));
    assert_eq!((log.count("init c"), log.count("down a")), (0, 1));
    assert_eq!(seen.of(&["Restarting:0:0"]), [""; 0]);
    Ok(())
}

/// S17c.
#[tenure::test(start_paused = true)]
async fn sv_04_a_child_that_ignores_its_start_is_down_and_its_spec_is_kept(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log);
    let b = Plan { init: |_| vec![Step::Ignore], ..b };
    let sup = Supervisor::new("sup", Strategy::OneForOne).child(a.spec()).child(b.spec()).child(c.spec());
    let sup = root.supervise(sup)?;
    settle().await;
    assert_eq!(sup.info().state, ChildState::Up);
    let count = sup.count();
    assert_eq!((count.specs, count.active), (3, 2));
    assert_eq!(sup.children()[1].state, ChildState::Down(ExitReason::Normal));
    Ok(())
}

/// S17c.
#[tenure::test(start_paused = true)]
async fn sv_05_a_temporary_child_that_ignores_its_start_is_gone(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, _] = three(&log);
    let b = Plan { init: |_| vec![Step::Ignore], ..b }.spec().restart(Restart::Temporary);
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(a.spec()).child(b))?;
    settle().await;
    let ids: Vec<String> = sup.children().into_iter().map(|child| child.id).collect();
    assert_eq!(ids, ["a"]);
    Ok(())
}

/// S17e.
#[tenure::test(start_paused = true)]
async fn sv_06_a_bad_spec_is_refused_by_name_before_anything_starts(root: Scope) -> Result {
    let log = Log::new();
    let one = || Supervisor::new("sup", Strategy::OneForOne);
    let zero = Intensity { restarts: 1, within: ms(0) };
    let cases = [
        (one().child(part("a", &log)).child(part("a", &log)), SpecError::DuplicateId { id: "a".into() }),
        (
            one().auto_shutdown(AutoShutdown::Any).child(part("a", &log).significant()),
            SpecError::SignificantPermanent { id: "a".into() },
        ),
        (
            one().child(part("a", &log).restart(Restart::Transient).significant()),
            SpecError::SignificantWithoutAutoShutdown { id: "a".into() },
        ),
        (one().intensity(zero).child(part("a", &log)), SpecError::ZeroWindow),
        (
            Supervisor::new("sup", Strategy::OneForAll).child(ChildSpec::own("v", 1u64)),
            SpecError::ValueOwnerInGroup { id: "v".into() },
        ),
        (
            Supervisor::new("sup", Strategy::RestForOne).child(ChildSpec::own("v", 1u64)),
            SpecError::ValueOwnerInGroup { id: "v".into() },
        ),
        (one().child(part("z", &log)).supervisor(one().intensity(zero)), SpecError::ZeroWindow), // also below
    ];
    for (sup, wanted) in cases {
        let error = root.supervise(sup).expect_err("it is wrong");
        assert_eq!(error, wanted);
        assert!(!error.to_string().is_empty());
    }
    settle().await;
    assert_eq!((log.events(), root.account().started), (vec![], 1));
    Ok(())
}

/// S18b.
#[tenure::test(start_paused = true)]
async fn sv_07_a_start_that_may_be_retried_is_and_the_later_ones_wait(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = three(&log);
    let b = Plan { init: |life| if life < 3 { vec![Fail("not yet")] } else { vec![] }, ..b };
    let backoff = Backoff { jitter: 0.0, ..Backoff::DEFAULT };
    let b = b.spec().retry_start().backoff(backoff);
    let sup = Supervisor::new("sup", Strategy::OneForOne).child(a.spec()).child(b).child(c.spec());
    let sup = root.supervise(sup)?;
    pass(299).await;
    assert_eq!((sup.info().state, log.count("init c")), (ChildState::Starting, 0));
    pass(1).await;
    settle().await;
    assert_eq!((log.times("init b"), log.times("init c")), (vec![0, 100, 300], vec![300]));
    assert_eq!((sup.info().state, sup.window().0), (ChildState::Up, 2));
    Ok(())
}

/// S17b, S19: what the first poll of a service gives.
#[tenure::test(start_paused = true)]
async fn sv_65_an_error_of_the_first_poll_is_a_failed_start_and_a_value_is_ready(root: Scope) -> Result {
    let log = Log::new();
    let fails = ChildSpec::service("fails", (), async |_: Context, ()| Err(Error::msg("at once")));
    let sup = supervised(&root, Supervisor::new("sup", Strategy::OneForOne).child(fails));
    settle().await;
    assert!(matches!(end_of(&sup), ExitReason::Failed(_)), "{:?}", end_of(&sup));

    let started = log.clone();
    let returns = ChildSpec::service("returns", started, async |_: Context, log: Log| {
        log.note("started");
        Ok(())
    });
    let mut seen = Seen::new(&root);
    let returns = returns.backoff(Backoff { jitter: 0.0, ..Backoff::DEFAULT });
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(returns))?;
    pass(100).await;
    settle().await;
    assert_eq!(log.times("started"), [0, 100]);
    let lines: Vec<String> = seen.lines().into_iter().map(|(_, line)| line).take(6).collect();
    assert_eq!(
        lines,
        [
            "sup#2 Started 1",
            "returns Started 1",
            "returns Ready 1",
            "sup#2 Ready 1",
            "returns Exited:normal 1",
            "returns Restarting:0:100 1"
        ]
    );
    sup.request_stop();
    Ok(())
}
