//! Readiness (S42), and a stop before it (S41c).

use super::plan::{closed, run};
use crate::fixtures::part::{Do, Plan, Take, part};
use crate::fixtures::{Log, settle, works};
use tenure::prelude::*;
use tenure::{Builder, ChildSpec, Strategy, Supervisor};

/// S42b.
#[test]
fn sd_02_readiness_is_off_before_the_first_child_sees_draining() {
    let report = run(Builder::new(), async |root| {
        let log = Log::new();
        let spawner = std::sync::Arc::new(root);
        let (seen, looks) = (log.clone(), std::sync::Arc::clone(&spawner));
        spawner.service("service", (), move |ctx, ()| {
            let (seen, looks) = (seen.clone(), std::sync::Arc::clone(&looks));
            async move {
                ctx.draining().await;
                seen.note(if looks.is_ready() { "ready" } else { "not ready" });
                Ok(())
            }
        });
        spawner.ready();
        settle().await;
        assert!(spawner.is_ready());
        spawner.inject_signal(15);
        assert!(!spawner.is_ready());
        spawner.until_shutdown().await?;
        assert_eq!(log.events(), [], "main is told first");
        Ok(())
    });
    assert_eq!(report.exit_code, 0, "{report}");
    closed(&report);
}

/// S42a: once, when all that was started by then is ready and main said so.
#[test]
fn s42a_the_root_is_ready_when_main_says_so_and_its_children_are() {
    let report = run(Builder::new(), async |root| {
        let log = Log::new();
        root.child(Plan { init: |_| vec![Take(10)], ..Plan::new("a", &log) }.spec());
        let slow = Plan { init: |_| vec![Take(20)], ..Plan::new("b", &log) }.spec();
        root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(slow)).expect("it is right");
        settle().await;
        assert!(!root.is_ready(), "main has not said so");
        root.ready();
        assert!(!root.is_ready(), "`a` and `b` are being started");
        works(ms(10)).await;
        settle().await;
        assert!(!root.is_ready(), "`b` is being started");
        works(ms(10)).await;
        settle().await;
        assert!(root.is_ready());
        root.child(Plan { init: |_| vec![Take(10)], ..Plan::new("late", &log) }.spec());
        assert!(root.is_ready(), "once ready, what comes later changes nothing");
        works(ms(10)).await;
        Ok(())
    });
    assert!(!report.stopped_before_ready, "{report}");
    closed(&report);
}

/// S41c, S26e.
#[test]
fn sd_12_a_signal_before_the_root_is_ready_interrupts_the_start() {
    let log = Log::new();
    let seen = log.clone();
    let report = run(Builder::new(), async |root| {
        let log = seen;
        let slow = Plan { init: |_| vec![Take(1000)], ..Plan::new("b", &log) }.spec();
        let sup = Supervisor::new("sup", Strategy::OneForOne)
            .child(part("a", &log))
            .child(slow)
            .child(part("c", &log));
        root.supervise(sup).expect("it is right");
        works(ms(100)).await;
        root.inject_signal(15);
        root.until_shutdown().await
    });
    assert!(report.stopped_before_ready, "{report}");
    assert_eq!(report.exit_code, 0, "{report}");
    assert_eq!((log.count("init c"), log.count("drain a"), log.count("down a")), (0, 1, 1));
    closed(&report);
}

/// S44c, S25e.
#[test]
fn sd_17_a_drain_that_panics_does_not_stop_the_others() {
    let log = Log::new();
    let seen = log.clone();
    let report = run(Builder::new(), async |root| {
        let log = seen;
        let b =
            Plan { drain: |_| vec![crate::fixtures::part::Panic("while draining")], ..Plan::new("b", &log) }
                .spec();
        root.child(part("a", &log));
        root.child(b);
        let c = root.child(part("c", &log));
        c.call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?;
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert_eq!((log.count("drain a"), log.count("drain c")), (1, 1));
    assert_eq!(report.account.ended_by.panicked, 1, "{report}");
    closed(&report);
}

/// S43d: a child may ask for all the time there is, the budget is one clock.
#[test]
fn sd_26_no_child_extends_the_budget() {
    let report = run(Builder::new(), async |root| {
        let log = Log::new();
        let long = Plan { drain: |_| vec![Take(60_000)], ..Plan::new("a", &log) }.spec();
        root.child(long.shutdown(tenure::Shutdown::Infinity));
        root.child(ChildSpec::service("b", (), async |_: Context, ()| std::future::pending().await));
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert!(report.took <= secs(25), "{report}");
    closed(&report);
}
