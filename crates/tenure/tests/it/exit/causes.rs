//! Why contexts end, and where that began (S12).

use crate::fixtures::scripted::{Act, mortal, pass, scripted};
use crate::fixtures::{Log, ends_clean, ignores, poll_once, reason_of, settle};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tenure::prelude::*;
use tenure::{
    Builder, Cancelled, Cause, ChildSpec, Deadline, ExitReason, Restart, ShutdownCause, ShutdownReport, Stop,
    TaskHandle, TaskOptions,
};

/// S12a, S10b.
#[tenure::test(start_paused = true)]
async fn ex_06_the_first_cause_stays_also_for_contexts_made_later(root: Scope) -> Result {
    let (ctx, canceller) = root.ctx().cancellable();
    canceller.cancel("X");
    canceller.cancel("Y");
    let (later, _) = ctx.cancellable();

    for ctx in [ctx, later] {
        assert_eq!(ctx.cause().map(|cancelled| cancelled.cause), Some(Cause::Explicit("X".to_owned())));
    }
    ends_clean(&root).await;
    Ok(())
}

/// What a context said when it ended.
fn cancelled(scope: &tenure::RequestScope, name: &str) -> TaskHandle<Cancelled> {
    scope.spawn(name, async |ctx| Ok(ctx.cancelled().await))
}

#[track_caller]
fn is(cancelled: &Cancelled, cause: &Cause, origin: &str) {
    assert_eq!((&cancelled.cause, cancelled.origin.as_str()), (cause, origin));
}

/// S12b, c: `Deadline`, `Explicit`, `ScopeDropped`.
#[tenure::test(start_paused = true)]
async fn ex_24_a_context_that_is_cut_says_by_what_and_where(root: Scope) -> Result {
    let scope = root.ctx().open_scope("own", Stop::REQUEST);
    let options = TaskOptions::deadline(Deadline::After(ms(5)));
    let mut own = scope.spawn_with("task", options, async |ctx| Ok(ctx.cancelled().await));
    is(&own.join().await?, &Cause::Deadline, "app/own");
    drop(scope.join().await);

    let scope = root.ctx().open_scope("asked", Stop::REQUEST);
    let inner = scope.ctx().open_scope("inner", Stop::REQUEST);
    let mut task = cancelled(&inner, "task");
    settle().await;
    scope.cancel("why");
    is(&task.join().await?, &Cause::Explicit("why".to_owned()), "app/asked"); // the ancestor that was cancelled
    drop((inner.join().await, scope.join().await));

    let scope = root.ctx().open_scope("dropped", Stop::REQUEST);
    let mut task = cancelled(&scope, "task");
    settle().await;
    drop(scope);
    is(&task.join().await?, &Cause::ScopeDropped, "app/dropped");
    ends_clean(&root).await;
    Ok(())
}

/// S12b, c: `Sibling`, `BodyFailed`, `RaceWon`.
#[tenure::test(start_paused = true)]
async fn ex_24_a_context_that_ends_with_its_scope_says_who_ended_that(root: Scope) -> Result {
    let scope = root.ctx().open_scope("siblings", Stop::REQUEST);
    let mut task = cancelled(&scope, "b");
    scope.spawn("a", async |_| Err::<(), _>(Error::msg("E")));
    let reason = Box::new(ExitReason::Failed(Error::msg("E")));
    is(&task.join().await?, &Cause::Sibling { path: "app/siblings/a".into(), reason }, "app/siblings");
    drop(scope.join().await);

    let seen = Arc::new(Mutex::new(None));
    let body = root.ctx().scope("body", async |scope| {
        *seen.lock().unwrap() = Some(cancelled(scope, "task"));
        pass(1).await;
        Err::<(), _>(Error::msg("B"))
    });
    assert_eq!(body.await.unwrap_err().to_string(), "B");
    let mut task = seen.lock().unwrap().take().expect("the body put it there");
    is(&task.join().await?, &Cause::BodyFailed, "app/body");

    let loser = Arc::new(Mutex::new(None));
    let race = root.ctx().race("race", async |group| {
        let loser = Arc::clone(&loser);
        group.spawn("loser", async move |ctx| {
            let cancelled = ctx.cancelled().await;
            *loser.lock().unwrap() = Some(cancelled.clone());
            Err(cancelled.into())
        });
        group.spawn("winner", async |_| {
            pass(1).await;
            Ok(1)
        });
        Ok(())
    });
    assert_eq!(race.await?, 1);
    let cancelled = loser.lock().unwrap().take().expect("the loser saw the end");
    is(&cancelled, &Cause::RaceWon("app/race/winner".into()), "app/race");
    ends_clean(&root).await;
    Ok(())
}

/// S12b, c: `CallerGone`, `StopRequested`.
#[tenure::test(start_paused = true)]
async fn ex_24_a_turn_and_a_child_say_who_left_and_who_asked(root: Scope) -> Result {
    let owner = scripted(&root, "owner", &Log::new());
    let seen: Arc<Mutex<Option<Cancelled>>> = Arc::default();
    let scope = root.ctx().open_scope("caller", Stop::REQUEST);
    {
        let seen = Arc::clone(&seen);
        let act = Act::new(move |turn| {
            let ctx = turn.ctx().clone();
            async move {
                let cancelled = ctx.cancelled().await;
                *seen.lock().unwrap() = Some(cancelled);
                0
            }
        });
        let mut call = pin!(owner.call(scope.ctx(), act));
        assert!(poll_once(call.as_mut()).await.is_pending());
        settle().await;
    }
    settle().await;
    let gone = seen.lock().unwrap().take().expect("the turn saw its caller go");
    is(&gone, &Cause::CallerGone, "app/caller");
    drop(scope.join().await);

    let spec = ChildSpec::service("service", Arc::clone(&seen), async |ctx: Context, seen: Arc<Mutex<_>>| {
        let cancelled = ctx.cancelled().await;
        *seen.lock().unwrap() = Some(cancelled);
        Ok(())
    });
    let service = root.child(spec.restart(Restart::Temporary));
    let mut asker = root.spawn("asker", async move |_| {
        service.request_stop();
        Ok(())
    });
    asker.join().await?;
    settle().await;
    let asked = seen.lock().unwrap().take().expect("the service saw the stop");
    is(&asked, &Cause::StopRequested { by: "app/asker".into() }, "app/service");
    Ok(())
}

/// Runs a root with a service that obeys; how its context ended.
async fn shut_down_by<F>(main: F) -> (Cancelled, ShutdownReport)
where
    F: AsyncFnOnce(&Scope) -> Result,
{
    let seen: Arc<Mutex<Option<Cancelled>>> = Arc::default();
    let report = Builder::new().name("inner").run(async |root| {
        root.service("service", Arc::clone(&seen), async |ctx: Context, seen: Arc<Mutex<_>>| {
            let cancelled = ctx.cancelled().await;
            *seen.lock().expect("nobody panics under it") = Some(cancelled);
            Ok(())
        });
        settle().await;
        main(&root).await
    });
    let report = report.await;
    let cancelled = seen.lock().expect("nobody panics under it").take().expect("the service was stopped");
    (cancelled, report)
}

/// S12b, c: `Shutdown`.
#[tenure::test(start_paused = true)]
async fn ex_24_a_child_of_a_root_that_shuts_down_says_why_that_does(_root: Scope) -> Result {
    let by_signal = shut_down_by(async |root| {
        root.inject_signal(15);
        root.until_shutdown().await
    });
    let (cancelled, report) = by_signal.await;
    is(&cancelled, &Cause::Shutdown(ShutdownCause::Signal(15)), "inner/service");
    assert_eq!(report.exit_code, 0);

    let (cancelled, report) = shut_down_by(async |_| Ok(())).await;
    is(&cancelled, &Cause::Shutdown(ShutdownCause::MainReturned), "inner/service");
    assert_eq!(report.exit_code, 0);

    let by_failure = shut_down_by(async |root| {
        root.spawn("task", async |_| Err::<(), _>(Error::msg("E")));
        root.until_shutdown().await
    });
    let (cancelled, report) = by_failure.await;
    is(&cancelled, &Cause::Shutdown(ShutdownCause::TaskFailed("inner/task".into())), "inner/service");
    assert_eq!(report.exit_code, 1);

    let by_hand = shut_down_by(async |root| {
        root.shutdown("enough");
        root.until_shutdown().await
    });
    let (cancelled, _) = by_hand.await;
    is(&cancelled, &Cause::Shutdown(ShutdownCause::Explicit("enough".to_owned())), "inner/service");
    Ok(())
}

/// S12b, c, S43: what is left at the stage of that name is cancelled as a whole, by the root.
#[tenure::test(start_paused = true)]
async fn ex_24_a_task_that_outlasts_the_drain_says_that_the_root_was_cancelled(_root: Scope) -> Result {
    let mut kept = None;
    let report = Builder::new().name("inner").run(async |root| {
        kept = Some(root.spawn("task", async |ctx| Ok(ctx.cancelled().await)));
        Ok(())
    });
    let report = report.await;
    let cancelled = kept.expect("main kept it").join().await?;
    is(&cancelled, &Cause::Shutdown(ShutdownCause::MainReturned), "inner");
    assert_eq!((report.took, report.exit_code), (secs(21), 0), "{report}");
    Ok(())
}

/// S12b, S3e: `RuntimeGone`.
#[test]
fn ex_24_a_task_that_the_runtime_drops_says_so() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let kept: Arc<Mutex<Option<TaskHandle<()>>>> = Arc::default();
    runtime.block_on(async {
        let run = Builder::new().run(async |root| {
            *kept.lock().unwrap() = Some(root.spawn("ignores", async |_| ignores().await));
            ignores().await
        });
        assert!(poll_once(pin!(run)).await.is_pending());
        settle().await;
    });
    drop(runtime);

    let mut task = kept.lock().unwrap().take().expect("main put it there");
    let reader = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(reader.block_on(reason_of(&mut task)), ExitReason::Aborted(Cause::RuntimeGone));
}

/// S12b beside S33f: a cast's turn has the owner's context, so its caller's going is no cause.
#[tenure::test(start_paused = true)]
async fn ex_24_the_turn_of_a_cast_does_not_end_with_its_caller(root: Scope) -> Result {
    let owner = mortal(&root, "owner", &Log::new());
    let ended: Arc<Mutex<Option<bool>>> = Arc::default();
    let scope = root.ctx().open_scope("caller", Stop::REQUEST);
    let seen = Arc::clone(&ended);
    let act = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            pass(10).await;
            *seen.lock().unwrap() = Some(ctx.is_cancelled());
            0
        }
    });
    owner.cast(scope.ctx(), act).await.unwrap();
    settle().await;
    scope.cancel("gone");
    drop(scope.join().await);
    pass(20).await;
    assert_eq!(*ended.lock().unwrap(), Some(false));
    owner.stop(root.ctx()).await?;
    ends_clean(&root).await;
    Ok(())
}
