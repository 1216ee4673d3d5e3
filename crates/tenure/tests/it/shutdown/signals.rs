//! Signals, and who is told, cancelled, aborted and named by them (S41, S43, S45).

use crate::fixtures::scripted::{Insist, Panic, Script, pass};
use crate::fixtures::{Log, ignores, obeys, settle};
use std::time::Duration;
use tenure::prelude::*;
use tenure::{Builder, Cause, ChildSpec, ExitReason, Rung, Shutdown, ShutdownCause, ShutdownReport, Stage};

const TERM: i32 = 15;

/// Runs a root in virtual time, with the grace of 25 s.
fn run<F>(main: F) -> ShutdownReport
where
    F: AsyncFnOnce(Scope) -> Result,
{
    run_with(Builder::new(), main)
}

fn run_with<F>(builder: Builder, main: F) -> ShutdownReport
where
    F: AsyncFnOnce(Scope) -> Result,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let report = runtime.block_on(builder.run(main));
    assert!(report.account.is_balanced(), "{report}");
    report
}

/// Signals, each so long after the one before; all that main does.
async fn signals(root: &Scope, gaps: &[u64]) -> Result {
    for gap in gaps {
        pass(*gap).await;
        root.inject_signal(TERM);
    }
    Ok(())
}

/// A request scope under the root whose one task does this.
fn request<F, Fut>(root: &Scope, work: F)
where
    F: FnOnce(Context) -> Fut + Send + 'static,
    Fut: Future<Output = Result> + Send + 'static,
{
    drop(root.spawn("handler", async move |ctx| {
        let body = async |scope: &tenure::RequestScope| {
            drop(scope.spawn("work", work));
            Ok(())
        };
        ctx.timeout(secs(90)).scope("request", body).await
    }));
}

fn at(report: &ShutdownReport, stage: Stage) -> Option<Duration> {
    report.stages.iter().find(|note| note.stage == stage).map(|note| note.at)
}

/// S43a.
#[test]
fn sd_01_the_plan_of_an_idle_program_is_over_when_it_begins() {
    let report = run(async |root| {
        root.own("store", 0u64);
        settle().await;
        root.inject_signal(TERM);
        root.until_shutdown().await
    });
    assert_eq!((report.took, report.exit_code), (Duration::ZERO, 0), "{report}");
    assert_eq!(report.cause, ShutdownCause::Signal(TERM));
    assert!(report.account.is_closed() && report.is_clean(), "{report}");
}

/// S42b: readiness goes first.
#[test]
fn sd_02_nobody_who_is_told_to_drain_still_sees_the_root_ready() {
    let mut seen = None;
    let report = run(async |root| {
        let log = seen.insert(Log::new()).clone();
        root.ready();
        assert!(root.is_ready());
        let (tell, told) = tokio::sync::oneshot::channel();
        drop(root.spawn("service", async move |ctx| {
            ctx.draining().await;
            tell.send(()).ok();
            Ok(())
        }));
        settle().await;
        root.inject_signal(TERM);
        log.note(root.is_ready());
        told.await.ok();
        log.note(root.is_ready());
        root.ready();
        log.note(root.is_ready());
        Ok(())
    });
    assert_eq!(report.exit_code, 0, "{report}");
    let said: Vec<String> = seen.expect("main ran").events().into_iter().map(|(_, line)| line).collect();
    assert_eq!(said, ["false", "false", "false"]);
}

/// S42c, S43c: as an owner sees it. The caller was started before the owner, so it stops after it.
#[test]
fn sd_03_requests_are_served_until_the_readiness_delay_is_over_and_refused_then() {
    let mut seen = None;
    let builder = Builder::new().readiness_delay(secs(5));
    let report = run_with(builder, async |root| {
        let log = seen.insert(Log::new()).clone();
        let (give, given) = tokio::sync::watch::channel(None::<OwnerRef<u64>>);
        let args = (given, log);
        root.service("caller", args, async |ctx: Context, (mut given, log): (Given, Log)| {
            let store = given.wait_for(Option::is_some).await?.clone().expect("it waited for that");
            for gap in [4_999, 1] {
                pass(gap).await;
                match store.with(&ctx, |n| *n).await {
                    Ok(_) => log.note("served"),
                    Err(error) => log.note(error.kind.name()),
                }
            }
            ctx.draining().await;
            Ok(())
        });
        give.send(Some(root.own("store", 0u64))).ok();
        settle().await;
        root.inject_signal(TERM);
        root.ctx().draining().await;
        Ok(())
    });
    let log = seen.expect("main ran");
    assert_eq!(log.events(), [(4_999, "served".to_owned()), (5_000, "Stopped".to_owned())], "{report}");
    assert_eq!((report.took, report.exit_code), (secs(5), 0), "{report}");
}

type Given = tokio::sync::watch::Receiver<Option<OwnerRef<u64>>>;

/// S43, S45b.
#[test]
fn sd_05_a_request_that_obeys_is_cancelled_when_the_drain_is_over_and_the_end_is_clean() {
    let report = run(async |root| {
        request(&root, obeys);
        settle().await;
        signals(&root, &[0]).await
    });
    assert_eq!((report.took, report.exit_code), (secs(21), 0), "{report}");
    assert_eq!(at(&report, Stage::Cancel), Some(secs(21)), "{report}");
    assert!(report.stragglers.is_empty() && report.account.is_closed(), "{report}");
}

/// S10e, S45a: by the ladder of its own class, sooner than the plan would.
#[test]
fn sd_06_a_request_that_ignores_is_aborted_by_its_own_ladder_and_named() {
    let report = run(async |root| {
        request(&root, async |_| ignores().await);
        settle().await;
        signals(&root, &[0]).await
    });
    assert_eq!((report.took, report.exit_code), (ms(21_100), 3), "{report}");
    let [straggler] = &report.stragglers[..] else { panic!("one: {report}") };
    assert_eq!(straggler.path.as_str(), "app/request/work");
    assert_eq!(straggler.rung, Rung::Abort);
    assert!(matches!(straggler.reason, ExitReason::Aborted(_)), "{report}");
    assert!(straggler.site.is_some_and(|site| site.file().ends_with("signals.rs")), "{report}");
    // A foreign future is no wait that tenure could name; the text says that much.
    let text = report.to_string();
    assert!(text.contains("started at") && text.contains("was in no wait that tenure knows"), "{text}");
}

/// S45a, S2e: a join ends with its task, not with the context of who joins.
#[test]
fn sd_06_what_a_straggler_waited_for_is_named_with_its_place_and_time() {
    let report = run(async |root| {
        let mut deaf = root.spawn("deaf", async |_| ignores().await);
        request(&root, async move |_| Ok(deaf.join().await?));
        settle().await;
        signals(&root, &[1_000]).await
    });
    let joiner = report.stragglers.iter().find(|straggler| straggler.path.as_str().ends_with("/work"));
    let joiner = joiner.expect("it was aborted");
    let waits = joiner.waits.as_deref().unwrap_or_default();
    assert!(
        waits.starts_with("the end of `app/deaf` at crates/tenure/tests/it/shutdown/signals.rs:"),
        "{waits}"
    );
    let text = report.to_string();
    let line = text.lines().find(|line| line.contains("waited for")).unwrap_or_default();
    assert!(line.contains(waits), "{text}");
    assert_eq!(report.exit_code, 3, "{text}");
}

/// S25b, S43: by the ladder of the child.
#[test]
fn sd_07_a_service_that_ignores_is_aborted_when_its_own_time_is_over() {
    let report = run(async |root| {
        let spec = ChildSpec::service("deaf", (), async |_, ()| ignores().await);
        root.child(spec.shutdown(Shutdown::Timeout(secs(5))));
        settle().await;
        signals(&root, &[0]).await
    });
    assert_eq!((report.took, report.exit_code), (secs(5), 3), "{report}");
    assert_eq!(report.stragglers[0].path.as_str(), "app/deaf", "{report}");
    assert!(report.account.is_closed(), "{report}");
}

/// S41b.
#[test]
fn sd_09_a_second_signal_aborts_what_ignores_at_once() {
    let report = run(async |root| {
        request(&root, async |_| ignores().await);
        settle().await;
        signals(&root, &[0, 300]).await
    });
    assert_eq!((report.took, report.exit_code), (ms(300), 3), "{report}");
    assert_eq!((report.signals, report.signals_debounced), (2, 0), "{report}");
    let paths: Vec<&str> = report.stragglers.iter().map(|straggler| straggler.path.as_str()).collect();
    assert!(paths.contains(&"app/request/work"), "{report}");
    assert!(report.account.is_closed(), "{report}");
}

/// S41a.
#[test]
fn sd_10_a_second_signal_within_the_debounce_is_counted_and_ignored() {
    for gap in [100, 249] {
        let report = run(async |root| {
            request(&root, async |_| ignores().await);
            settle().await;
            signals(&root, &[0, gap]).await
        });
        assert_eq!((report.took, report.exit_code), (ms(21_100), 3), "{report}");
        assert_eq!((report.signals, report.signals_debounced), (1, 1), "{report}");
    }
    let report = run(async |root| {
        request(&root, async |_| ignores().await);
        settle().await;
        signals(&root, &[0, 250]).await
    });
    assert_eq!((report.took, report.signals, report.signals_debounced), (ms(250), 2, 0), "{report}");
}

/// S41e.
#[test]
fn sd_10_a_signal_in_a_plan_that_something_else_began_is_the_first() {
    let report = run(async |root| {
        request(&root, async |_| ignores().await);
        settle().await;
        root.shutdown("a new version");
        signals(&root, &[1_000]).await
    });
    assert_eq!((report.took, report.signals), (ms(21_100), 1), "it changed nothing: {report}");
    assert_eq!(report.cause, ShutdownCause::Explicit("a new version".into()));
}

/// S41c.
#[test]
fn sd_12_a_signal_before_ready_is_said() {
    let report = run(async |root| {
        root.own("store", 0u64);
        settle().await;
        root.inject_signal(TERM);
        root.ctx().draining().await;
        Ok(())
    });
    assert!(report.stopped_before_ready, "{report}");
    assert_eq!(report.exit_code, 0, "{report}");
}

/// S44c, S25e.
#[test]
fn sd_17_a_child_whose_drain_panics_does_not_keep_the_others_from_draining() {
    let logs = [Log::new(), Log::new(), Log::new()];
    let report = run(async |root| {
        for (name, log) in ["a", "b", "c"].into_iter().zip(&logs) {
            let drain = if name == "b" { vec![Panic("in the drain")] } else { vec![Insist(10)] };
            let script = Script { drain, ..Script::new(log) };
            root.child(crate::fixtures::scripted::spec(name, script));
        }
        settle().await;
        signals(&root, &[0]).await
    });
    let drained = logs.each_ref().map(|log| log.times("drain"));
    assert_eq!(drained, [vec![10], vec![10], vec![0]], "{report}");
    assert_eq!(logs[0].times("terminate shutdown"), [20], "a went on: {report}");
    let error = report.errors.iter().find(|error| error.path.as_str() == "app/b");
    assert!(error.is_some_and(|error| matches!(error.reason, ExitReason::Panicked(_))), "{report}");
    assert!(report.account.is_closed(), "{report}");
}

/// S45a: what the text tells of main.
#[test]
fn sd_18_a_main_that_was_aborted_is_told_by_the_cause() {
    let report = run(async |root| {
        root.inject_signal(TERM);
        ignores().await
    });
    assert_eq!(report.main, ExitReason::Aborted(Cause::Shutdown(ShutdownCause::Signal(TERM))), "{report}");
    assert_eq!((report.took, report.exit_code), (secs(24), 3), "{report}");
    assert!(report.to_string().contains("straggler  app/main   service"), "{report}");
}
