//! Closures on threads (S15, S16d). A stuck one holds the paused clock: these cases move it by `advance`.

use crate::fixtures::{Flag, Gate, advance, ends_clean, reason_of, settle};
use std::sync::Arc;
use tenure::prelude::*;
use tenure::{Builder, Cause, ExitReason, Stop};
use tokio::sync::Notify;

/// S15a.
#[tenure::test(start_paused = true)]
async fn ex_13_a_blocking_closure_that_checks_ends_when_it_is_cancelled(root: Scope) -> Result {
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let entered = Arc::new(Notify::new());
    let mut task = scope.blocking("poller", {
        let entered = Arc::clone(&entered);
        move |b| {
            entered.notify_one();
            loop {
                b.check()?;
                std::thread::yield_now();
            }
            #[expect(unreachable_code, reason = "it names the closure's type")]
            Ok(())
        }
    });
    entered.notified().await;
    scope.cancel("now");

    assert_eq!(reason_of(&mut task).await, ExitReason::Shutdown(Cause::Explicit("now".to_owned())));

    let account = scope.join().await.account;
    assert_eq!((account.started, account.ended, account.ended_by.shutdown), (1, 1, 1));
    ends_clean(&root).await;
    Ok(())
}

/// S15b.
#[test]
fn ex_14_a_closure_queued_behind_a_stuck_one_is_withdrawn_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let gate = Gate::new();
    let report = runtime.block_on(Builder::new().run(async |root| {
        let mut stuck = root.blocking("stuck", gate.closure());
        gate.entered().await;
        let (ran, dropped) = (Flag::default(), Flag::default());
        let scope = root.ctx().open_scope("scope", Stop::REQUEST);
        let mut second = scope.blocking("second", {
            let (ran, held) = (ran.clone(), dropped.on_drop());
            move |_| {
                let _held = held;
                ran.set();
                Ok(())
            }
        });
        settle().await;
        scope.cancel("now");

        // While the first is still stuck: the pool has not looked at the second.
        assert_eq!(reason_of(&mut second).await, ExitReason::Aborted(Cause::Explicit("now".to_owned())));
        assert!(dropped.is_set() && !ran.is_set() && !stuck.is_ended());
        drop(scope.join().await);

        // The same by its handle.
        let third = Flag::default();
        let mut aborted = root.blocking("third", {
            let held = third.on_drop();
            move |_| {
                drop(held);
                Ok(())
            }
        });
        aborted.abort();
        assert!(matches!(reason_of(&mut aborted).await, ExitReason::Aborted(Cause::Explicit(_))));
        assert!(third.is_set() && !stuck.is_ended());

        gate.release();
        stuck.join().await?;
        settle().await;
        assert!(!ran.is_set());
        Ok(())
    }));
    assert!(report.account.is_closed(), "{report}");
    assert_eq!((report.account.ended_by.aborted, report.exit_code), (2, 0), "{report}");
}

/// S15e.
#[tenure::test(start_paused = true)]
async fn ex_15_a_panic_in_a_blocking_closure_is_its_own(root: Scope) -> Result {
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let mut panics = scope.blocking("panics", |_| -> Result { panic!("boom") });
    let reason = reason_of(&mut panics).await;
    let ExitReason::Panicked(panic) = reason else { panic!("{reason}") };
    assert_eq!(panic.message, "boom");
    assert!(panic.location.as_ref().is_some_and(|at| at.contains("blocking.rs")));
    drop(scope.join().await);

    let mut other = root.blocking("other", |_| Ok(1));
    assert_eq!(other.join().await?, 1);
    ends_clean(&root).await;
    Ok(())
}

/// S16d, S10c, S15c.
#[tenure::test(start_paused = true)]
async fn ex_17_a_leaked_closure_that_ends_after_all_is_counted_late(root: Scope) -> Result {
    let gate = Gate::new();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    scope.blocking("stuck", gate.closure());
    gate.entered().await;
    scope.cancel("now");

    advance(ms(100)).await; // the abort rung: no effect on a running closure
    assert_eq!(root.account().leaked, 0);
    advance(ms(999)).await;
    assert_eq!(root.account().leaked, 0);
    advance(ms(1)).await;
    let account = root.account();
    assert_eq!((account.leaked, account.leaked_total, account.ended_late), (1, 1, 0));
    assert!(account.is_balanced());
    let report = scope.join().await; // its ladder has run out: it does not wait
    assert_eq!(report.leaked, ["app/scope/stuck".into()]);
    assert!(report.result.unwrap_err().downcast_ref::<tenure::LeakedTasks>().is_some());

    gate.release();
    while root.account().leaked > 0 {
        tokio::task::yield_now().await; // the thread is real
    }
    let account = root.account();
    assert_eq!((account.leaked, account.leaked_total, account.ended_late), (0, 1, 1));
    ends_clean(&root).await;
    Ok(())
}
