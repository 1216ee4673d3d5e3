//! Exactly one reason per ended task, by the first row of S9 that matches.

use crate::fixtures::{SetOnDrop, ends_clean, ignores, obeys, reason_of, settle};
use std::future::Future;
use tenure::prelude::*;
use tenure::{Cancelled, Cause, ChildSpec, ChildState, Deadline, ExitReason, Restart, Stop, TaskOptions};

/// Who ends the context of a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Nobody,
    Scope,
    Deadline,
}

/// How the one task of a scope ended that left no value.
async fn end_of<F, Fut>(root: &Scope, ends: Ends, task: F) -> ExitReason
where
    F: FnOnce(Context) -> Fut,
    Fut: Future<Output = Result> + Send + 'static,
{
    let ctx = if ends == Ends::Deadline { root.ctx().timeout(ms(10)) } else { root.ctx().clone() };
    let scope = ctx.open_scope("row", Stop::REQUEST);
    let mut task = scope.spawn("task", task);
    settle().await;
    if ends == Ends::Scope {
        scope.cancel("asked");
    }
    let reason = reason_of(&mut task).await;
    drop(scope.join().await);
    reason
}

fn asked() -> Cause {
    Cause::Explicit("asked".to_owned())
}

/// A user's error around tenure's.
#[derive(Debug, thiserror::Error)]
#[error("the step was not done")]
struct Step(#[source] Cancelled);

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("the destructor");
    }
}

/// S9 row 1.
#[tenure::test(start_paused = true)]
async fn ex_01_row_1_a_panic_in_a_poll_or_in_a_destructor_is_panicked(root: Scope) -> Result {
    let in_poll = end_of(&root, Ends::Nobody, async |_| panic!("the poll")).await;
    let ExitReason::Panicked(panic) = in_poll else { panic!("{in_poll}") };
    assert_eq!(panic.message, "the poll");

    let in_drop = end_of(&root, Ends::Scope, async |_| {
        let _held = PanicsOnDrop;
        ignores().await
    });
    let in_drop = in_drop.await;
    let ExitReason::Panicked(panic) = in_drop else { panic!("{in_drop}") };
    assert_eq!(panic.message, "the destructor");
    ends_clean(&root).await;
    Ok(())
}

/// S9 rows 2 and 3.
#[tenure::test(start_paused = true)]
async fn ex_01_rows_2_and_3_a_future_dropped_before_it_returned_is_timed_out_or_aborted(
    root: Scope,
) -> Result {
    let inherited = end_of(&root, Ends::Deadline, async |_| ignores().await).await;
    assert_eq!(inherited, ExitReason::TimedOut { forced: true });

    let scope = root.ctx().open_scope("row", Stop::REQUEST);
    let options = TaskOptions::deadline(Deadline::After(ms(10)));
    let mut own = scope.spawn_with("task", options, async |_| ignores().await);
    assert_eq!(reason_of(&mut own).await, ExitReason::TimedOut { forced: true });
    drop(scope.join().await);

    let cancelled = end_of(&root, Ends::Scope, async |_| ignores().await).await;
    assert_eq!(cancelled, ExitReason::Aborted(asked()));

    // By its handle, while its context lives.
    let scope = root.ctx().open_scope("row", Stop::REQUEST);
    let mut task = scope.spawn("task", async |_| ignores().await);
    settle().await;
    task.abort();
    assert!(matches!(reason_of(&mut task).await, ExitReason::Aborted(Cause::Explicit(_))));
    drop(scope.join().await);
    ends_clean(&root).await;
    Ok(())
}

/// S9 rows 4 and 5, along the `source()` chain.
#[tenure::test(start_paused = true)]
async fn ex_01_rows_4_and_5_tenures_error_also_inside_the_users_is_timed_out_or_shutdown(
    root: Scope,
) -> Result {
    let wrapped = async |ctx: Context| Err(Step(ctx.cancelled().await).into());
    for (ends, reason) in [
        (Ends::Deadline, ExitReason::TimedOut { forced: false }),
        (Ends::Scope, ExitReason::Shutdown(asked())),
    ] {
        assert_eq!(end_of(&root, ends, obeys).await, reason);
        assert_eq!(end_of(&root, ends, wrapped).await, reason);
    }

    // The error of a call whose deadline passed wraps it, too.
    let owner = root.own("owner", ());
    let of_call = end_of(&root, Ends::Deadline, {
        let owner = owner.clone();
        async move |ctx| {
            ctx.cancelled().await;
            Ok(owner.with(&ctx, |()| ()).await?)
        }
    });
    assert_eq!(of_call.await, ExitReason::TimedOut { forced: false });
    owner.stop(root.ctx()).await?;
    ends_clean(&root).await;
    Ok(())
}

/// S9 row 7: also tenure's error, if it is not the task's own context that ended.
#[tenure::test(start_paused = true)]
async fn ex_01_row_7_any_other_error_is_failed(root: Scope) -> Result {
    let own = end_of(&root, Ends::Nobody, async |_| Err(Error::msg("E"))).await;
    assert!(matches!(&own, ExitReason::Failed(error) if error.to_string() == "E"), "{own}");

    let after_a_cancel = end_of(&root, Ends::Scope, async |ctx| {
        ctx.cancelled().await;
        Err(Error::msg("E"))
    });
    assert!(matches!(after_a_cancel.await, ExitReason::Failed(_)));

    let of_another_context = end_of(&root, Ends::Nobody, async |ctx| {
        let (step, canceller) = ctx.cancellable();
        canceller.cancel("only this step");
        Ok(step.check()?)
    });
    assert!(matches!(of_another_context.await, ExitReason::Failed(_)));
    ends_clean(&root).await;
    Ok(())
}

/// S9 rows 8 and 9.
#[tenure::test(start_paused = true)]
async fn ex_01_rows_8_and_9_a_value_is_shutdown_if_the_end_was_asked_for_and_normal_otherwise(
    root: Scope,
) -> Result {
    let scope = root.ctx().open_scope("row", Stop::REQUEST);
    let mut asked = scope.spawn("asked", async |ctx| Ok(ctx.cancelled().await.cause));
    let mut unasked = scope.spawn("unasked", async |_| Ok(9));
    settle().await;
    scope.cancel("asked");
    assert_eq!(asked.join().await?, self::asked());
    assert_eq!(unasked.join().await?, 9);
    let ended = scope.join().await.account.ended_by;
    assert_eq!((ended.shutdown, ended.normal, ended.sum()), (1, 1, 2));

    // A service that returns while it is draining was not cancelled, and did what it was asked.
    let spec = ChildSpec::service("service", (), async |ctx: Context, ()| {
        ctx.draining().await;
        assert!(!ctx.is_cancelled());
        Ok(())
    });
    let service = root.child(spec.restart(Restart::Temporary));
    settle().await;
    service.request_stop();
    settle().await;
    let by = "app/main".into();
    assert_eq!(service.info().state, ChildState::Down(ExitReason::Shutdown(Cause::StopRequested { by })));
    ends_clean(&root).await;
    Ok(())
}

/// S9 row 1 before row 3: the destructor runs before the reason is known.
#[tenure::test(start_paused = true)]
async fn ex_01_the_first_row_that_matches_is_the_reason(root: Scope) -> Result {
    let flag = crate::fixtures::Flag::default();
    let held: SetOnDrop = flag.on_drop();
    let reason = end_of(&root, Ends::Deadline, async move |_| {
        let _held = held;
        let _panics = PanicsOnDrop;
        ignores().await
    });
    assert!(matches!(reason.await, ExitReason::Panicked(_)));
    assert!(flag.is_set(), "the panic of one field does not save the other from being dropped");
    ends_clean(&root).await;
    Ok(())
}
