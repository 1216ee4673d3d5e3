//! The stop ladder's times (S10).

use crate::fixtures::scripted::pass;
use crate::fixtures::{Flag, Log, ends_clean, ignores, reason_of, settle};
use tenure::prelude::*;
use tenure::{Cause, ExitReason, Stop};

/// S10a.
#[tenure::test(start_paused = true)]
async fn ex_18_a_task_that_obeys_after_3_s_of_5_ends_the_rung_at_3(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("scope", Stop { cancel: secs(5), ..Stop::REQUEST });
    scope.spawn("slow", async |ctx| {
        let cancelled = ctx.cancelled().await;
        pass(3_000).await;
        Err::<(), _>(cancelled.into())
    });
    settle().await;
    scope.cancel("now");

    let report = scope.join().await;

    assert_eq!(log.t(), 3_000);
    assert_eq!(report.account.ended_by.shutdown, 1);
    ends_clean(&root).await;
    Ok(())
}

/// S10e.
#[tenure::test(start_paused = true)]
async fn ex_19_a_patient_scope_is_aborted_when_its_parent_is(root: Scope) -> Result {
    let log = Log::new();
    let parent = root.ctx().open_scope("parent", Stop { cancel: ms(10), ..Stop::REQUEST });
    let child = parent.ctx().open_scope("child", Stop { cancel: secs(60), ..Stop::REQUEST });
    let mut task = child.spawn("ignores", async |_| ignores().await);
    settle().await;
    parent.cancel("now");

    assert_eq!(reason_of(&mut task).await, ExitReason::Aborted(Cause::Explicit("now".to_owned())));

    assert_eq!(log.t(), 10);
    drop((child.join().await, parent.join().await));
    assert_eq!(log.t(), 10);
    ends_clean(&root).await;
    Ok(())
}

/// S10f.
#[tenure::test(start_paused = true)]
async fn ex_20_an_idle_root_costs_its_housekeeper_no_poll(root: Scope) -> Result {
    let polls = || {
        let snapshot = root.snapshot();
        let row = snapshot.tasks.iter().find(|task| task.path.as_str() == "app/~ladder");
        row.expect("the housekeeper has a record").polls
    };
    let owner = root.own("owner", 0u64);
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    scope.spawn("idle", async |_| ignores().await);
    let (service, called) = (owner.clone(), Flag::default());
    let has_called = called.clone();
    root.service("service", (), move |ctx: Context, ()| {
        let (owner, called) = (service.clone(), has_called.clone());
        async move {
            owner.with(&ctx, |n| *n += 1).await?; // its deadline is a time of the housekeeper; the answer ends it
            called.set();
            Err(ctx.cancelled().await.into())
        }
    });
    settle().await;
    assert!(called.is_set());
    pass(60_000).await; // the call's default deadline has passed unused
    let before = polls();

    pass(3_600_000).await;

    assert_eq!(polls(), before);
    scope.cancel("done");
    drop(scope.join().await);
    Ok(())
}

/// S10b.
#[tenure::test(start_paused = true)]
async fn ex_22_a_second_cancel_keeps_the_first_time_and_the_first_cause(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let mut task = scope.spawn("ignores", async |_| ignores().await);
    settle().await;
    scope.cancel("first");
    pass(50).await;
    scope.cancel("second");

    assert_eq!(reason_of(&mut task).await, ExitReason::Aborted(Cause::Explicit("first".to_owned())));

    assert_eq!(log.t(), 100);
    drop(scope.join().await);
    ends_clean(&root).await;
    Ok(())
}

/// S10d, f.
#[tenure::test(start_paused = true)]
async fn ex_23_a_cancelled_scope_climbs_its_ladder_although_nobody_joins_it(root: Scope) -> Result {
    struct Note(Log);
    impl Drop for Note {
        fn drop(&mut self) {
            self.0.note("dropped");
        }
    }
    let log = Log::new();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let held = Note(log.clone());
    scope.spawn("ignores", async move |_| {
        let _held = held;
        ignores().await
    });
    settle().await;
    scope.cancel("now");

    pass(1_000).await;

    assert_eq!(log.events(), [(100, "dropped".to_owned())]);
    assert_eq!(scope.account().ended_by.aborted, 1);
    drop(scope.join().await);
    ends_clean(&root).await;
    Ok(())
}
