//! The plan: main, the stages and their budget (S41, S43, S50).

use crate::fixtures::scripted::pass;
use crate::fixtures::{Log, ignores, obeys, settle};
use std::time::Duration;
use tenure::prelude::*;
use tenure::{Builder, Cause, ChildSpec, ExitReason, Restart, Rung, ShutdownCause, ShutdownReport, Stage};

/// Runs a root in virtual time.
pub(super) fn run<F>(builder: Builder, main: F) -> ShutdownReport
where
    F: AsyncFnOnce(Scope) -> Result,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(builder.run(main))
}

/// A service that needs 50 ms to drain.
async fn drains_for_50(ctx: Context, log: Log) -> Result {
    ctx.draining().await;
    pass(50).await;
    log.note(if ctx.is_cancelled() { "cancelled" } else { "drained" });
    Ok(())
}

pub(super) fn closed(report: &ShutdownReport) {
    assert!(report.account.is_closed(), "{report}");
}

/// S41e, S16e: the article's "process exits abruptly".
#[test]
fn sd_13_a_main_that_returns_ok_waits_for_its_services_to_drain() {
    let report = run(Builder::new(), async |root| {
        let log = Log::new();
        root.service("service", log.clone(), drains_for_50);
        settle().await;
        Ok(())
    });
    assert_eq!((&report.cause, &report.main), (&ShutdownCause::MainReturned, &ExitReason::Normal));
    assert_eq!((report.took, report.exit_code), (ms(50), 0), "{report}");
    closed(&report);
}

/// S50, S45b.
#[test]
fn sd_14_services_drain_also_after_a_main_that_failed_and_the_exit_code_is_1() {
    let mut seen = None;
    let report = run(Builder::new(), async |root| {
        let log = seen.insert(Log::new());
        root.service("service", log.clone(), drains_for_50);
        settle().await;
        Err(Error::msg("main failed"))
    });
    assert!(matches!(&report.main, ExitReason::Failed(error) if error.to_string() == "main failed"));
    assert_eq!(seen.unwrap().events(), [(50, "drained".to_owned())]);
    assert_eq!((&report.cause, report.exit_code), (&ShutdownCause::MainReturned, 1), "{report}");
    assert_eq!((report.errors_total, report.errors[0].path.as_str()), (1, "app/main"));
    closed(&report);
}

/// S2d, S45b.
#[test]
fn sd_15_services_drain_also_after_a_main_that_panicked_and_the_exit_code_is_101() {
    let mut seen = None;
    let report = run(Builder::new(), async |root| {
        let log = seen.insert(Log::new());
        root.service("service", log.clone(), drains_for_50);
        settle().await;
        panic!("main panicked")
    });
    assert!(matches!(&report.main, ExitReason::Panicked(panic) if panic.message == "main panicked"));
    assert_eq!(seen.unwrap().events(), [(50, "drained".to_owned())]);
    assert_eq!((&report.cause, report.exit_code), (&ShutdownCause::MainReturned, 101), "{report}");
    closed(&report);
}

/// Says on the log when it is dropped.
struct Note(Log, &'static str);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// Everything that may ignore a stop: a service, an owner in a turn, a one-shot task, a request.
fn all_ignore(root: &Scope, log: &Log) {
    root.service("service", log.clone(), async |_ctx, log: Log| {
        let _note = Note(log, "service");
        ignores().await
    });
    let note = Note(log.clone(), "task");
    root.spawn("task", async move |_| {
        let _note = note;
        ignores().await
    });
    let note = Note(log.clone(), "request");
    root.spawn("handler", async move |ctx| {
        ctx.scope("request", async |scope| {
            scope.spawn("step", async move |_| {
                let _note = note;
                ignores().await
            });
            Ok(())
        })
        .await
    });
}

/// S43b.
#[test]
fn sd_18_a_grace_of_zero_aborts_everything_at_once() {
    let mut seen = None;
    let report = run(Builder::new().grace(Duration::ZERO), async |root| {
        let log = seen.insert(Log::new());
        all_ignore(&root, log);
        settle().await;
        root.inject_signal(15);
        ignores().await
    });
    let mut events = seen.unwrap().events();
    events.sort();
    let wanted = ["request", "service", "task"].map(|line| (0, line.to_owned()));
    assert_eq!(events, wanted, "{report}");
    assert_eq!((report.took, report.exit_code), (Duration::ZERO, 3), "{report}");
    assert_eq!(report.main, ExitReason::Aborted(Cause::Shutdown(ShutdownCause::Signal(15))));
    assert_eq!(
        (report.account.leaked, report.account.ended_by.aborted),
        (0, report.account.ended),
        "{report}"
    );
    let stages: Vec<Stage> = report.stages.iter().map(|note| note.stage).collect();
    assert_eq!(stages, [Stage::Unready, Stage::Abort, Stage::Report]);
    closed(&report);
}

/// S43b, and S3c for the request.
#[test]
fn sd_19_a_grace_too_short_for_the_reserves_halves_itself_between_cancel_and_abort() {
    let mut seen = None;
    let report = run(Builder::new().grace(secs(6)).readiness_delay(secs(5)), async |root| {
        let log = seen.insert(Log::new());
        all_ignore(&root, log);
        settle().await;
        root.inject_signal(15);
        ignores().await
    });
    let at = |stage| report.stages.iter().find(|note| note.stage == stage).map(|note| note.at);
    assert_eq!((at(Stage::Cancel), at(Stage::Abort)), (Some(ms(3_000)), Some(ms(4_500))), "{report}");
    let mut events = seen.unwrap().events();
    events.sort();
    let wanted = [(3_100, "request"), (4_500, "service"), (4_500, "task")];
    assert_eq!(events, wanted.map(|(at, line)| (at, line.to_owned())), "{report}");
    assert_eq!((report.took, report.exit_code), (ms(4_500), 3), "all had ended: {report}");
    assert!(report.stragglers.iter().all(|straggler| straggler.rung == Rung::Abort));
    closed(&report);
}

/// S43a: an idle program waits for no timer.
#[test]
fn sd_13_an_idle_root_that_returns_is_over_in_one_pass() {
    let report = run(Builder::new().readiness_delay(secs(5)), async |root| {
        root.own("owner", 0u64);
        root.child(ChildSpec::service("obeys", (), |ctx, ()| obeys(ctx)).restart(Restart::Temporary));
        settle().await;
        Ok(())
    });
    // The delay is for load balancers that still send: it is waited out while there are children.
    assert_eq!((report.took, report.exit_code), (secs(5), 0), "{report}");
    closed(&report);

    let report = run(Builder::new().readiness_delay(secs(5)), async |_| Ok(()));
    assert_eq!((report.took, report.exit_code), (Duration::ZERO, 0), "{report}");
    closed(&report);
}

#[test]
fn sd_13_a_one_shot_task_that_outlives_main_ends_the_drain_when_it_ends() {
    let report = run(Builder::new(), async |root| {
        drop(root.spawn("late", async |ctx| Ok(ctx.sleep(ms(50)).await?)));
        Ok(())
    });
    closed(&report);
    assert_eq!((report.took, report.exit_code), (ms(50), 0), "{report}");
}

#[test]
fn sd_13_an_open_request_that_outlives_main_ends_the_drain_when_it_ends() {
    let mut connection = None; // holds it beyond the end
    let report = run(Builder::new(), async |root| {
        let request = root.ctx().open_scope("request", tenure::Stop::REQUEST);
        drop(request.spawn("late", async |ctx| Ok(ctx.sleep(ms(50)).await?)));
        connection = Some(request);
        Ok(())
    });
    closed(&report);
    assert_eq!((report.took, report.exit_code), (ms(50), 0), "{report}");
}

/// S7e: the drain tells both waits of the task; each registers anew, and takes away its own mark alone.
#[test]
fn s7e_two_waits_of_one_task_on_one_context_do_not_undo_each_other() {
    let report = run(Builder::new(), async |root| {
        let (ctx, canceller) = root.ctx().cancellable();
        let (tell, told) = tokio::sync::oneshot::channel();
        drop(root.spawn("waits", async move |_| {
            let (_, selected) = tokio::join!(ctx.cancelled(), ctx.select(told));
            assert!(selected.is_ok(), "told before the cancel");
            Ok(())
        }));
        drop(root.spawn("causes", async move |_| {
            pass(50).await;
            tell.send(()).ok();
            pass(50).await;
            canceller.cancel("enough");
            Ok(())
        }));
        settle().await;
        Ok(())
    });
    closed(&report);
    assert_eq!((report.took, report.exit_code), (ms(100), 0), "{report}");
}
