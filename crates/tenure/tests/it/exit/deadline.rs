//! Deadlines (S13).

use crate::fixtures::scripted::{Do, Insist, Script, pass, spec};
use crate::fixtures::{Log, advance, ends_clean, ignores, poll_once, reason_of, settle};
use std::pin::pin;
use std::task::Poll;
use tenure::prelude::*;
use tenure::{Cause, Deadline, ExitReason, Stop, TaskOptions};
use tokio::time::Instant;

/// S13a, d.
#[tenure::test(start_paused = true)]
async fn ex_07_a_deadline_of_10_ms_has_not_passed_at_9_and_has_at_10(root: Scope) -> Result {
    let ctx = root.ctx().timeout(ms(10));
    let mut cancelled = pin!(ctx.cancelled());
    assert!(poll_once(cancelled.as_mut()).await.is_pending());

    advance(ms(9)).await;
    assert!(!ctx.is_cancelled());
    assert!(poll_once(cancelled.as_mut()).await.is_pending());

    advance(ms(1)).await;
    assert!(ctx.is_cancelled());
    let Poll::Ready(cancelled) = poll_once(cancelled).await else { panic!("it waits on") };
    assert_eq!(cancelled.cause, Cause::Deadline);

    // Zero, and a point in the past, have passed at once.
    assert!(root.ctx().timeout(ms(0)).is_cancelled());
    let past = Instant::now() - ms(1);
    assert!(root.ctx().with_deadline(Deadline::At(past)).is_cancelled());
    ends_clean(&root).await;
    Ok(())
}

/// S13c, S35c.
#[tenure::test(start_paused = true)]
async fn ex_08_a_reply_that_is_there_wins_over_a_deadline_that_has_passed(root: Scope) -> Result {
    let owner = root.child(spec("owner", Script::new(&Log::new())));
    let ctx = root.ctx().timeout(ms(10));
    let mut call = pin!(owner.call(&ctx, Do("turn", vec![Insist(5)])));
    assert!(poll_once(call.as_mut()).await.is_pending());

    pass(20).await; // the reply came at 5, the deadline at 10

    let Poll::Ready(reply) = poll_once(call).await else { panic!("it waits on") };
    assert_eq!(reply.unwrap(), 1);
    owner.stop(root.ctx()).await?;
    ends_clean(&root).await;
    Ok(())
}

/// S13b, S9.
#[tenure::test(start_paused = true)]
async fn ex_25_a_task_that_ignores_its_deadline_is_aborted_one_rung_later(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let seen = log.clone();
    let mut task =
        scope.spawn_with("task", TaskOptions::deadline(Deadline::After(ms(50))), async move |ctx| {
            ctx.cancelled().await;
            seen.note("ended");
            ignores().await
        });
    settle().await;

    assert_eq!(reason_of(&mut task).await, ExitReason::TimedOut { forced: true });

    assert_eq!(log.t(), 150);
    assert_eq!(log.events(), [(50, "ended".to_owned())]);
    drop(scope.join().await);
    ends_clean(&root).await;
    Ok(())
}
