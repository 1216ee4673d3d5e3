//! Numbers, names and values that nobody means: each gives a clear error or a defined result.

use crate::fixtures::{Flag, Log, ends_clean, ignores, obeys, poll_once, reason_of, settle};
use std::panic::panic_any;
use std::pin::pin;
use std::task::Poll;
use tenure::prelude::*;
use tenure::{
    Builder, CallErrorKind, Cause, ChildSpec, ChildState, Deadline, ExitReason, Handle, NAME_BYTES_MAX,
    PATH_BYTES_MAX, Restart, Root, ScopeState, Shutdown, ShutdownReport, Stop, TaskError, TaskOptions, Turn,
};
use tokio::time::{Duration, Instant};

struct Touch;

impl Request for Touch {
    type Reply = u64;
}

#[derive(Default)]
struct Store(u64);

impl Handle<Touch> for Store {
    fn handle(&mut self, _: Touch, _: &mut Turn<Touch>) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// Panics when it is dropped, unless that was while another panic unwinds.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("{}", self.0);
        }
    }
}

// ---- times --------------------------------------------------------------------------------------------------------

/// S13a.
#[tenure::test(start_paused = true)]
async fn a_deadline_in_the_past_has_passed_at_creation(root: Scope) -> Result {
    let log = Log::new();
    let past = Instant::now() - secs(3600);
    let ctx = root.ctx().with_deadline(Deadline::At(past));
    assert!(ctx.is_cancelled() && ctx.is_draining());
    assert_eq!(ctx.cause().map(|cancelled| cancelled.cause), Some(Cause::Deadline));
    assert!(ctx.sleep(secs(1)).await.is_err());
    assert!(ctx.check().is_err());
    // Nothing extends it.
    assert!(ctx.timeout(secs(9)).is_cancelled() && ctx.with_deadline(Deadline::NONE).is_cancelled());

    // A task of its own is accepted, polled, and told.
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let options = TaskOptions::deadline(Deadline::At(past));
    let mut late = scope.spawn_with("late", options, obeys);
    assert_eq!(reason_of(&mut late).await, ExitReason::TimedOut { forced: false });
    // Who does not listen climbs the ladder from now: the deadline passed at creation.
    let other = root.ctx().open_scope("other", Stop::REQUEST);
    let mut deaf = other.spawn_with("deaf", options, async |_| ignores().await);
    assert_eq!(reason_of(&mut deaf).await, ExitReason::TimedOut { forced: true });
    assert_eq!(log.t(), 100);
    assert!(scope.join().await.result.is_err() && other.join().await.result.is_err());
    ends_clean(&root).await;
    Ok(())
}

/// The longest duration is as good as none: nothing overflows, and nothing passes.
#[tenure::test(start_paused = true)]
async fn the_longest_durations_are_no_deadline(root: Scope) -> Result {
    let max = Duration::MAX;
    let ctx = root.ctx().timeout(max);
    assert!(!ctx.is_cancelled() && ctx.deadline() > Some(Instant::now() + secs(365 * 24 * 3600)));
    assert!(!ctx.cleanup(max).is_cancelled());
    assert!(poll_once(pin!(ctx.sleep(max))).await.is_pending());

    let store = root
        .child(ChildSpec::own("store", Store::default()).call_timeout(max).shutdown(Shutdown::Timeout(max)));
    assert_eq!(store.call(&ctx, Touch).await.map_err(tenure::CallError::without_request)?, 1);
    let service = ChildSpec::service("service", (), async |ctx: Context, ()| obeys(ctx).await);
    let service = root.child(service.shutdown(Shutdown::Timeout(max)).restart(Restart::Temporary));

    let scope = ctx.open_scope("s", Stop { cancel: max, abort: max });
    let mut obeying = scope.spawn_with("t", TaskOptions::deadline(Deadline::After(max)), obeys);
    scope.cancel("x");
    assert_eq!(reason_of(&mut obeying).await, ExitReason::Shutdown(Cause::Explicit("x".into())));
    scope.join().await;
    let at_once = root.ctx().open_scope("at_once", Stop { cancel: ms(0), abort: max });
    let mut deaf = at_once.spawn("deaf", async |_| ignores().await);
    settle().await;
    drop(at_once);
    assert_eq!(reason_of(&mut deaf).await, ExitReason::Aborted(Cause::ScopeDropped));

    service.request_stop();
    settle().await;
    assert!(matches!(service.info().state, ChildState::Down(ExitReason::Shutdown(_))));
    root.assert_account_closed().await;
    Ok(())
}

/// S43b.
#[tokio::test(start_paused = true)]
async fn a_grace_of_any_length_is_one() {
    for (grace, delay) in [(Duration::MAX, ms(0)), (Duration::MAX, Duration::MAX), (ms(1), Duration::MAX)] {
        let log = Log::new();
        let builder = Builder::new().grace(grace).readiness_delay(delay);
        let report = builder.run(async |_| Ok(())).await;
        assert_eq!((report.exit_code, log.t()), (0, 0), "an idle root waits for nothing: {report}");
    }
    let report = Builder::new()
        .grace(ms(0))
        .run(async |root| {
            root.spawn("deaf", async |_| ignores().await);
            settle().await;
            Ok(())
        })
        .await;
    assert_eq!((report.exit_code, report.account.ended_by.aborted), (3, 1), "{report}");
    assert!(report.account.is_closed());
}

/// S39: an owner without a place could never be called.
#[tenure::test(start_paused = true)]
async fn a_capacity_of_zero_is_one(root: Scope) -> Result {
    let store = root.child(ChildSpec::own("store", Store::default()).capacity(0));
    assert_eq!(store.stats().capacity, 1);
    assert_eq!(store.call(root.ctx(), Touch).await.map_err(tenure::CallError::without_request)?, 1);
    let largest = root.child(ChildSpec::own("largest", Store::default()).capacity(u32::MAX));
    assert_eq!(largest.call(root.ctx(), Touch).await.map_err(tenure::CallError::without_request)?, 1);

    // No time to answer in: refused, and not begun.
    let hasty = root.child(ChildSpec::own("hasty", Store::default()).call_timeout(ms(0)));
    let error = hasty.call(root.ctx(), Touch).await.expect_err("no call ends in no time");
    assert!(matches!(error.kind, CallErrorKind::DeadlineExceeded { request: Some(Touch), .. }), "{error}");
    assert_eq!(hasty.with(&root.ctx().timeout(secs(1)), |s| s.0).await?, 0);
    root.assert_account_closed().await;
    Ok(())
}

// ---- names --------------------------------------------------------------------------------------------------------

fn is_clean(path: &str) -> bool {
    let hostile = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !path.is_empty() && path.len() <= PATH_BYTES_MAX && !path.contains(hostile)
}

/// A name is a word in a report: it is cleaned and cut when the record is made, wherever it is given.
#[tokio::test(start_paused = true)]
async fn a_name_of_any_content_and_length_becomes_one_that_can_be_shown() {
    let megabyte = "ä".repeat(1 << 19);
    let names = [
        "",
        " ",
        "\0",
        "\n data: x",
        "\x1b[2J",
        "\u{202E}gnirts",
        "<img src=x onerror=alert(1)>",
        "a\"b\\",
        "#2",
        "👩‍👩‍👧‍👦",
        &megabyte,
    ];
    for name in names {
        let report = Builder::new().name(name).run(async |root| {
            let store = root.own(name, 0u64);
            let service = root.service(name, (), async |ctx: Context, ()| obeys(ctx).await);
            let scope = root.ctx().open_scope(name, Stop::REQUEST);
            let task = scope.spawn(name, obeys);
            let blocking = scope.blocking(name, |_| Ok(()));
            scope.cancel(name);
            for path in [store.path(), service.path(), scope.path(), task.path(), blocking.path()] {
                assert!(is_clean(path.as_str()), "{path}");
                let last = path.as_str().rsplit('/').next().unwrap_or_default();
                assert!(last.len() <= NAME_BYTES_MAX + "#99".len(), "{path}");
            }
            let called = store.with(root.ctx(), |n| *n).await;
            assert!(called.is_ok());
            let inner = scope.join().await;
            assert!(inner.result.is_ok(), "{:?}", inner.result);
            let snapshot = root.snapshot();
            assert!(snapshot.tasks.iter().all(|row| is_clean(row.path.as_str())));
            assert!(snapshot.scopes.iter().all(|row| is_clean(row.path.as_str())));
            Ok(())
        });
        let report: ShutdownReport = report.await;
        assert_eq!(report.exit_code, 0, "{report}");
        assert!(is_clean(report.root.as_str()) && report.account.is_closed());
        assert!(!report.to_json().contains(['\n', '\u{202E}']), "{}", report.to_json());
    }
}

/// A path is cut, too; and a tree may be as deep as it likes.
#[tenure::test(start_paused = true)]
async fn a_deep_tree_has_short_paths_and_ends(root: Scope) -> Result {
    let mut scopes = vec![root.ctx().open_scope("level", Stop::REQUEST)];
    for _ in 0..2000 {
        let inner = scopes.last().expect("one is there").ctx().open_scope("level", Stop::REQUEST);
        scopes.push(inner);
    }
    let mut task = scopes.last().expect("one is there").spawn("t", obeys);
    assert!(is_clean(task.path().as_str()) && task.path().as_str().ends_with('…'));

    scopes[0].cancel("x");
    assert_eq!(reason_of(&mut task).await, ExitReason::Shutdown(Cause::Explicit("x".into())));
    scopes.clear();
    ends_clean(&root).await;
    Ok(())
}

// ---- panics -------------------------------------------------------------------------------------------------------

fn panic_text(reason: &ExitReason) -> Option<&str> {
    if let ExitReason::Panicked(panic) = reason { Some(&panic.message) } else { None }
}

/// S9 row 1, S11c.
#[tenure::test(start_paused = true)]
async fn a_task_that_panics_in_its_destructor_ends_panicked(root: Scope) -> Result {
    let scope = root.ctx().open_scope("s", Stop { cancel: ms(0), abort: secs(1) });
    let mut returns = scope.spawn("returns", async |_| {
        let _held = Bomb("at the end");
        Ok(7)
    });
    assert_eq!(panic_text(&reason_of(&mut returns).await), Some("at the end"));
    assert!(scope.join().await.result.is_err());

    let scope = root.ctx().open_scope("s", Stop { cancel: ms(0), abort: secs(1) });
    let bomb = Bomb("in an argument");
    let mut aborted = scope.spawn("aborted", async move |_| {
        let _held = bomb;
        ignores().await
    });
    let bomb = Bomb("in a closure never run");
    let mut unpolled = scope.spawn("unpolled", move |_| {
        let held = bomb;
        async move {
            let _held = held;
            Ok(())
        }
    });
    unpolled.abort();
    settle().await;
    aborted.abort();
    assert_eq!(panic_text(&reason_of(&mut aborted).await), Some("in an argument"));
    assert_eq!(panic_text(&reason_of(&mut unpolled).await), Some("in a closure never run"));
    assert!(scope.join().await.result.is_err());
    assert_eq!(root.account().ended_by.panicked, 3);
    ends_clean(&root).await;
    Ok(())
}

/// S5b.
#[tenure::test(start_paused = true)]
async fn a_panic_payload_of_any_type_is_contained_and_can_be_raised_again(root: Scope) -> Result {
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let mut number = scope.spawn("number", async |_| -> Result { panic_any(42u64) });
    let ExitReason::Panicked(panic) = reason_of(&mut number).await else { panic!("it did not panic") };
    assert!(panic.message.contains("no string"), "{panic}");
    assert!(panic.location.as_deref().is_some_and(|location| location.contains("bad_input.rs")), "{panic}");
    assert!(scope.join().await.result.is_err());

    let raised = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panic.resume()));
    let Err(payload) = raised;
    assert_eq!(payload.downcast_ref::<u64>(), Some(&42));
    ends_clean(&root).await;
    Ok(())
}

/// S5b: whoever drops the last of it is not hurt.
#[tokio::test(start_paused = true)]
async fn a_panic_payload_whose_destructor_panics_hurts_nobody() {
    let report = Root::run(async |root| {
        let scope = root.ctx().open_scope("s", Stop::REQUEST);
        let mut task = scope.spawn("task", async |_| -> Result { panic_any(Bomb("a payload")) });
        // In a scope of its own: the first failure cancels the others, and may withdraw a closure that has not started.
        let on_thread = root.ctx().open_scope("on-thread", Stop::REQUEST);
        let mut closure = on_thread.blocking("closure", |_| -> Result { panic_any(Bomb("a payload")) });
        assert!(panic_text(&reason_of(&mut task).await).is_some());
        assert!(panic_text(&reason_of(&mut closure).await).is_some());
        let dropped = root.ctx().open_scope("dropped", Stop::REQUEST);
        dropped.spawn("t", async |_| -> Result { panic_any(Bomb("a payload")) });
        drop((task, closure));
        for scope in [scope, on_thread, dropped] {
            assert!(scope.join().await.result.is_err());
        }

        let store = root.own("store", 0u64);
        let error = store
            .with(root.ctx(), |_| -> u64 { panic_any(Bomb("a payload")) })
            .await
            .expect_err("it panicked");
        assert!(matches!(error.kind, CallErrorKind::Panicked { .. }), "{error}");
        drop(error);
        panic_any(Bomb("a payload"))
    })
    .await;

    assert_eq!(report.exit_code, 101, "{report}");
    assert!(report.account.is_closed(), "{report}");
    assert_eq!(report.account.ended_by.panicked, 5);
}

/// A state and a reply may panic when dropped: the owner has ended all the same, and every caller has an answer.
#[tokio::test(start_paused = true)]
async fn a_state_or_a_reply_whose_destructor_panics_loses_nobody() {
    let report = Root::run(async |root| {
        let state = root.own("state", Bomb("a state"));
        assert!(state.with(root.ctx(), |bomb| bomb.0).await.is_ok());
        let replies = root.own("replies", ());
        // Its caller goes while the turn waits to begin, so the reply is nobody's.
        let unheard = root.ctx().timeout(ms(10)).select(replies.with(root.ctx(), |()| Bomb("a reply"))).await;
        assert!(
            unheard
                .is_ok_and(|reply| reply.is_ok_and(|bomb| std::mem::ManuallyDrop::new(bomb).0 == "a reply"))
        );
        Ok(())
    })
    .await;

    assert!(report.account.is_closed(), "{report}");
    assert_eq!(report.main, ExitReason::Normal);
}

// ---- outside --------------------------------------------------------------------------------------------------------

/// What a root's handles do on a thread that the runtime does not know.
#[tenure::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_outside_the_runtime_may_spawn_cancel_and_cast(root: Scope) -> Result {
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let store = root.own("store", Store::default());
    let (spawner, ctx) = (scope.spawner(), root.ctx().clone());
    let from = std::thread::current().id();

    let mut handles = std::thread::scope(|threads| {
        let outside = threads.spawn(|| {
            assert_ne!(std::thread::current().id(), from);
            assert!(tokio::runtime::Handle::try_current().is_err());
            let task = spawner.spawn("outside", async |ctx: Context| Ok(ctx.sleep(ms(1)).await?));
            let closure = root.blocking("closure", |_| Ok(()));
            let service = ChildSpec::service("service", (), async |ctx: Context, ()| obeys(ctx).await);
            let service = root.child(service.restart(Restart::Temporary));
            store.try_cast(&ctx.timeout(secs(5)), Touch).map_err(tenure::CallError::without_request)?;
            let inner = ctx.open_scope("inner", Stop::REQUEST);
            let obeying = inner.spawn("obeying", obeys);
            inner.cancel("from outside");
            drop(inner);
            service.request_stop();
            Ok::<_, Error>((task, closure, obeying))
        });
        outside.join().expect("nothing panics there")
    })?;

    handles.0.join().await?;
    handles.1.join().await?;
    assert_eq!(reason_of(&mut handles.2).await, ExitReason::Shutdown(Cause::Explicit("from outside".into())));
    assert_eq!(store.with(root.ctx(), |s| s.0).await?, 1);
    scope.join().await.result?;
    root.assert_account_closed().await;
    Ok(())
}

/// S49.
#[test]
fn a_root_outside_a_runtime_says_so_and_runs_nothing() {
    let ran = Flag::default();
    let mut run = pin!(Root::run(async |_| {
        ran.set();
        Ok(())
    }));
    let waker = std::task::Waker::noop();
    let Poll::Ready(report) = run.as_mut().poll(&mut std::task::Context::from_waker(waker)) else {
        panic!("there is nothing to wait for")
    };
    assert!(!ran.is_set());
    assert_eq!(report.exit_code, 1);
    let ExitReason::Failed(error) = &report.main else { panic!("{report}") };
    assert!(error.to_string().contains("no Tokio runtime"), "{error}");
    assert!(report.account.is_closed());
}

/// S49: without timers no ladder could climb.
#[test]
fn a_root_in_a_runtime_without_timers_says_so_and_runs_nothing() {
    let ran = Flag::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let report = runtime.block_on(Root::run(async |_| {
        ran.set();
        Ok(())
    }));
    assert!(!ran.is_set());
    assert_eq!(report.exit_code, 1);
    let ExitReason::Failed(error) = &report.main else { panic!("{report}") };
    assert!(error.to_string().contains("enable_time"), "{error}");
    assert!(report.account.is_closed());
}

/// SD-22, S46.
#[tokio::test(start_paused = true)]
async fn nothing_can_be_started_when_the_root_has_ended() {
    let mut kept = None;
    let report = Root::run(async |root| {
        let store = root.own("store", Store::default());
        kept = Some((root.spawner(), store, root.ctx().clone(), root));
        Ok(())
    })
    .await;
    assert_eq!(report.exit_code, 0, "{report}");
    let (spawner, store, ctx, root) = kept.expect("main ran");
    assert_eq!(root.state(), ScopeState::Ended);

    let refused = spawner.spawn("t", async |_: Context| Ok(())).join().await;
    assert!(matches!(refused, Err(TaskError::Refused { state: ScopeState::Ended, .. })));
    assert!(spawner.try_spawn("t", async |_: Context| Ok(())).is_err());
    let refused = root.blocking("b", |_| Ok(())).join().await;
    assert!(matches!(refused, Err(TaskError::Refused { state: ScopeState::Ended, .. })));

    // `Deadline::NONE`: neither of these may wait.
    let ctx = ctx.with_deadline(Deadline::NONE);
    let error = store.call(&ctx, Touch).await.expect_err("the owner has ended");
    assert!(
        matches!(error.kind, CallErrorKind::Closed { request: Touch } | CallErrorKind::Cancelled { .. }),
        "{error}"
    );
    let late = root.own("late", Store::default());
    assert!(late.with(&ctx, |s| s.0).await.is_err());
    let service = root.service("service", (), async |ctx: Context, ()| obeys(ctx).await);
    assert!(matches!(service.info().state, ChildState::Down(_)));
    service.request_stop();
    assert!(late.stop(&ctx).await.is_err());
    assert!(root.scope("s", async |_| Ok(())).await.is_err());
    let opened = ctx.open_scope("s", Stop::REQUEST);
    let refused = opened.spawn("t", async |_| Ok(())).join().await;
    assert!(matches!(refused, Err(TaskError::Refused { .. })));
    root.shutdown("again");
    assert!(root.until_shutdown().await.is_ok());

    let account = root.account();
    assert!(account.is_closed(), "{account}");
    assert_eq!(account.started, report.account.started);
}
