//! What follows a failure: fail-fast, collect, race, panics (S2d, S4, S5b, S8e).

use crate::fixtures::{Log, ends_clean, obeys, poll_once, reason_of, works};
use std::collections::BTreeSet;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{Cause, ERRORS_KEPT, ExitReason, Root, ScopeReport, ShutdownCause, Stop, TaskError};

/// The path and text of each error after the first, in order.
fn later<T>(report: &ScopeReport<T>) -> Vec<(String, String)> {
    let line = |error: &TaskError| match error {
        TaskError::Ended { path, reason: ExitReason::Failed(error) } => (path.to_string(), error.to_string()),
        other => panic!("no failure: {other}"),
    };
    report.later_errors.iter().map(line).collect()
}

/// Fails with `error` after `length`, unless cancelled before.
async fn fails(ctx: Context, length: u64, error: &'static str) -> Result {
    ctx.sleep(ms(length)).await?;
    Err(Error::msg(error))
}

/// Fails with `error` once cancelled.
async fn fails_when_cancelled(ctx: Context, error: String) -> Result {
    ctx.cancelled().await;
    Err(Error::msg(error))
}

/// Notes when the frame it stands in is left.
struct NoteOnDrop(Log, &'static str);

impl Drop for NoteOnDrop {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// S2d.
#[tenure::test(start_paused = true)]
async fn sc_04_a_panic_of_the_body_goes_on_when_its_tasks_have_ended(root: Scope) -> Result {
    let log = Log::new();
    let ends = root
        .ctx()
        .collect::<(), _>("callers", async |callers| {
            let log = log.clone();
            callers.spawn("caller", async move |ctx| {
                let body_log = log.clone();
                let _unwound = NoteOnDrop(log, "unwound");
                ctx.scope("s", async move |s| {
                    let log = body_log;
                    s.spawn("t", async move |ctx| {
                        log.note(ctx.cancelled().await.cause);
                        ctx.cleanup(secs(1)).sleep(ms(20)).await?;
                        log.note("ended");
                        Ok(())
                    });
                    s.ctx().sleep(ms(5)).await?;
                    panic!("boom");
                })
                .await
            });
            Ok(())
        })
        .await?;

    let [Err(TaskError::Ended { reason: ExitReason::Panicked(panic), .. })] = &ends[..] else {
        panic!("the caller did not panic: {ends:?}")
    };
    assert_eq!(panic.message, "boom");
    let order = [(5, Cause::BodyFailed.to_string()), (25, "ended".to_owned()), (25, "unwound".to_owned())];
    assert_eq!(log.events(), order);
    ends_clean(&root).await;
    Ok(())
}

/// S4a.
#[tenure::test(start_paused = true)]
async fn sc_10_the_first_failure_cancels_the_others_and_is_the_result(root: Scope) -> Result {
    let log = Log::new();
    let mut handles = Vec::new();

    let result = root
        .scope("s", async |s| {
            handles.push(s.spawn("a", async |ctx| fails(ctx, 10, "E1").await));
            handles.push(s.spawn("b", obeys));
            Ok(())
        })
        .await;

    assert_eq!((log.t(), result.unwrap_err().to_string().as_str()), (10, "E1"));
    let ExitReason::Shutdown(Cause::Sibling { path, reason }) = reason_of(&mut handles[1]).await else {
        panic!("b was not cancelled for a")
    };
    assert_eq!((path.as_str(), *reason), ("app/s/a", ExitReason::Failed(Error::msg("E1"))));
    ends_clean(&root).await;
    Ok(())
}

/// S4b, S4c.
#[tenure::test(start_paused = true)]
async fn sc_11_of_two_failures_in_one_round_the_one_polled_first_is_the_result(root: Scope) -> Result {
    for (name, first, second) in [("s", "a", "b"), ("z", "b", "a")] {
        let scope = root.ctx().open_scope(name, Stop::REQUEST);
        for name in [first, second] {
            scope.spawn(name, async move |_| Err::<(), _>(Error::msg(name)));
        }

        let report = scope.join().await;

        assert_eq!(later(&report), [(format!("app/{name}/{second}"), second.to_owned())]);
        assert_eq!(report.result.unwrap_err().to_string(), first);
    }
    // The order of the ends is the order in the report: S4b draws it at the end itself.
    let errors = root.scope("order", async |s| {
        let ends = root.ctx().scope_report("inner", async |inner| {
            for name in ["a", "b", "c", "d"] {
                inner.spawn(name, async move |_| Err::<(), _>(Error::msg(name)));
            }
            Ok(())
        });
        assert_eq!(s.path().as_str(), "app/order");
        Ok(later(&ends.await).into_iter().map(|(_, text)| text).collect::<Vec<_>>())
    });
    assert_eq!(errors.await?, ["b", "c", "d"]);
    ends_clean(&root).await;
    Ok(())
}

/// S4a, S4b.
#[tenure::test(start_paused = true)]
async fn sc_12_the_bodys_error_wins_over_a_later_one_of_a_task(root: Scope) -> Result {
    let log = Log::new();

    let report: ScopeReport = root
        .ctx()
        .scope_report("s", async |s| {
            s.spawn("t", async |ctx| {
                let cancelled = ctx.cancelled().await;
                assert_eq!(cancelled.cause, Cause::BodyFailed);
                works(ms(10)).await;
                Err::<(), _>(Error::msg("T"))
            });
            s.ctx().sleep(ms(10)).await?;
            Err(Error::msg("B"))
        })
        .await;

    assert_eq!(log.t(), 20);
    assert_eq!(later(&report), [("app/s/t".to_owned(), "T".to_owned())]);
    assert_eq!(report.result.unwrap_err().to_string(), "B");
    ends_clean(&root).await;
    Ok(())
}

/// S4c.
#[tenure::test(start_paused = true)]
async fn sc_13_errors_beyond_the_kept_ones_are_counted(root: Scope) -> Result {
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    for n in 1..20 {
        scope.spawn("later", async move |ctx| fails_when_cancelled(ctx, n.to_string()).await);
    }
    scope.spawn("first", async |ctx| fails(ctx, 10, "E1").await);
    // A `Cancelled` that answers the scope's own cancel is no error.
    scope.spawn("obeys", obeys);

    let report = scope.join().await;

    assert_eq!((later(&report).len(), ERRORS_KEPT, report.errors_dropped), (16, 16, 3));
    assert_eq!(report.result.unwrap_err().to_string(), "E1");
    assert_eq!((report.account.ended_by.failed, report.account.ended_by.shutdown), (20, 1));
    ends_clean(&root).await;
    Ok(())
}

/// S4d.
#[tenure::test(start_paused = true)]
async fn sc_14_collect_gives_every_result_when_all_have_ended(root: Scope) -> Result {
    let log = Log::new();

    let results = root
        .ctx()
        .collect("all", async |g| {
            g.spawn("one", async |ctx| ctx.sleep(ms(30)).await.map(|()| 1).map_err(Error::from));
            g.spawn("fails", async |ctx| fails(ctx, 10, "E").await.map(|()| 0));
            g.spawn("two", async |ctx| ctx.sleep(ms(30)).await.map(|()| 2).map_err(Error::from));
            Ok(())
        })
        .await?;

    assert_eq!(log.t(), 30);
    let [Ok(1), Err(TaskError::Ended { reason: ExitReason::Failed(error), .. }), Ok(2)] = &results[..] else {
        panic!("{results:?}")
    };
    assert_eq!(error.to_string(), "E");
    ends_clean(&root).await;
    Ok(())
}

/// S4d.
#[tenure::test(start_paused = true)]
async fn sc_15_the_first_value_of_a_race_is_the_result_and_cancels_the_rest(root: Scope) -> Result {
    let log = Log::new();

    let won = root
        .ctx()
        .race("race", async |g| {
            for name in ["b", "c"] {
                let log = log.clone();
                g.spawn(name, async move |ctx| {
                    let cancelled = ctx.cancelled().await;
                    log.note(format!("{name}: {}", cancelled.cause));
                    Err(cancelled.into())
                });
            }
            g.spawn("a", async |ctx| ctx.sleep(ms(10)).await.map(|()| 7).map_err(Error::from));
            Ok(())
        })
        .await?;

    assert_eq!((log.t(), won), (10, 7));
    let cause = Cause::RaceWon("app/race/a".into());
    let wanted: BTreeSet<_> = ["b", "c"].map(|name| (10, format!("{name}: {cause}"))).into();
    assert_eq!(log.events().into_iter().collect::<BTreeSet<_>>(), wanted);
    assert_eq!((root.account().ended_by.normal, root.account().ended_by.shutdown), (1, 2));
    ends_clean(&root).await;
    Ok(())
}

/// S4d.
#[tenure::test(start_paused = true)]
async fn sc_16_a_race_that_nobody_wins_gives_its_first_error_when_all_have_ended(root: Scope) -> Result {
    let log = Log::new();

    let lost = root
        .ctx()
        .race("race", async |g| {
            for (length, error) in [(30, "E3"), (10, "E1"), (20, "E2")] {
                g.spawn(error, async move |ctx| fails(ctx, length, error).await);
            }
            Ok(())
        })
        .await;

    assert_eq!((log.t(), lost.unwrap_err().to_string().as_str()), (30, "E1"));
    ends_clean(&root).await;
    Ok(())
}

/// S5b.
#[tenure::test(start_paused = true)]
async fn sc_17_a_panic_of_a_task_is_an_error_with_its_place(root: Scope) -> Result {
    let mut line = 0;

    let failed = root
        .scope("s", async |s| {
            line = line!() + 1;
            s.spawn("t", async |_| -> Result { panic!("boom") });
            Ok(())
        })
        .await;

    let error = failed.unwrap_err();
    let Some(TaskError::Ended { path, reason: ExitReason::Panicked(panic) }) = error.downcast_ref() else {
        panic!("no panic: {error}")
    };
    assert_eq!((path.as_str(), panic.message.as_str()), ("app/s/t", "boom"));
    let location = panic.location.as_deref().unwrap_or_default();
    assert!(location.contains(&format!("{}:{line}:", file!())), "{location}");
    ends_clean(&root).await; // this code runs: the panic unwound into nobody
    Ok(())
}

/// S8e, S41e.
#[tokio::test(start_paused = true)]
async fn sc_28_a_failed_task_of_the_root_starts_the_shutdown() {
    let log = Log::new();

    let report = Root::run(async |root| {
        root.spawn("t", async |ctx| fails(ctx, 10, "E").await);
        root.service("service", log.clone(), async |ctx: Context, log: Log| {
            ctx.draining().await;
            log.note("drained");
            Ok(())
        });
        root.until_shutdown().await
    })
    .await;

    assert_eq!(report.cause, ShutdownCause::TaskFailed("app/t".into()));
    assert_eq!(report.exit_code, 1);
    assert_eq!(log.events(), [(10, "drained".to_owned())]);
    assert_eq!(report.main, ExitReason::Normal);
    assert_eq!(report.errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["app/t"]);
    assert!(report.account.is_closed(), "{report}");
    assert_eq!((report.account.ended_by.failed, report.stragglers_total), (1, 0));
}

/// S4f, S9 row 4.
#[tenure::test(start_paused = true)]
async fn sc_29_a_scope_whose_deadline_passed_says_so(root: Scope) -> Result {
    let log = Log::new();
    let mut handles = Vec::new();

    let ended = root
        .ctx()
        .timeout(ms(50))
        .scope("s", async |s| {
            handles.extend(["a", "b"].map(|name| s.spawn(name, obeys)));
            Ok(())
        })
        .await;

    assert_eq!(log.t(), 50);
    assert_eq!(ended.unwrap_err().cancelled().map(|cancelled| &cancelled.cause), Some(&Cause::Deadline));
    for handle in &mut handles {
        assert_eq!(reason_of(handle).await, ExitReason::TimedOut { forced: false });
    }
    assert_eq!(root.account().ended_by.timed_out, 2);
    ends_clean(&root).await;
    Ok(())
}

/// S4f: a task that notices the deadline by itself, in the very moment, is not the one who failed.
#[tenure::test(start_paused = true)]
async fn sc_29_a_task_that_sees_the_scopes_deadline_first_fails_nobody(root: Scope) -> Result {
    let log = Log::new();

    let ended = root
        .ctx()
        .timeout(ms(50))
        .scope("s", async |s| {
            s.spawn("t", async |ctx| {
                // The clock moves within this poll: nobody else can have noticed.
                assert!(poll_once(pin!(tokio::time::advance(ms(50)))).await.is_pending());
                Ok(ctx.check()?)
            });
            Ok(())
        })
        .await;

    assert_eq!(log.t(), 50);
    let error = ended.unwrap_err();
    assert_eq!(error.cancelled().map(|cancelled| &cancelled.cause), Some(&Cause::Deadline));
    ends_clean(&root).await;
    Ok(())
}

/// S4g.
#[tenure::test(start_paused = true)]
async fn sc_36_the_error_of_a_child_scope_is_for_whoever_awaits_it(root: Scope) -> Result {
    root.scope("parent", async |parent| {
        let child = parent.scope("child", async |child| {
            child.spawn("t", async |ctx| fails(ctx, 10, "E").await);
            Ok(())
        });
        assert_eq!(child.await.unwrap_err().to_string(), "E"); // and ignored
        let mut sibling = parent.spawn("sibling", async |ctx| Ok(ctx.sleep(ms(10)).await?));
        sibling.join().await?;
        Ok(())
    })
    .await?;

    let account = root.account();
    assert_eq!((account.ended_by.failed, account.ended_by.normal), (1, 1));
    ends_clean(&root).await;
    Ok(())
}
