//! TP004, TP012, TP013, TP018 with real threads that hang: in a poll, a turn or a destructor, until the test lets them go.
//! Thresholds are small, so that a test takes a moment; nothing sleeps.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{Builder, Health, HealthOptions, HealthStatus, HealthWatch, Problem, Severity, SubjectKind};

const QUICK: HealthOptions = HealthOptions {
    window: secs(1), // looks every 100 ms
    turn_bound: ms(100),
    stalled_warning: ms(100),
    stalled_critical: ms(300),
    busy_poll: ms(100),
    drop_overdue: ms(100),
    ..HealthOptions::DEFAULT
};

/// Holds whatever thread comes, until it is released; dropping it releases.
#[derive(Default)]
struct Hold(Arc<(Mutex<bool>, Condvar)>);

impl Hold {
    fn another(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    fn here(&self) {
        let released = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_while(released, |released| !*released));
    }

    fn release(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }
}

/// Releases at the end of the test, so that one that fails does not hang.
struct AtEnd(Hold);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Hangs when it is dropped.
struct HangsInDrop(Hold);

impl Drop for HangsInDrop {
    fn drop(&mut self) {
        self.0.here();
    }
}

/// Looks until it is so, from the thread that runs the test: no worker is needed.
async fn until(look: impl Fn() -> Health, what: &str, is_so: impl Fn(&Health) -> bool) -> Health {
    let begun = Instant::now();
    loop {
        let health = look();
        if is_so(&health) {
            return health;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "never came: {what}; {health}");
        tokio::task::yield_now().await;
    }
}

/// The problem of a code about a path: a loaded machine may make others of the same code.
#[track_caller]
fn find<'a>(health: &'a Health, code: &str, path: &str) -> &'a Problem {
    let is_meant = |problem: &&Problem| problem.code == code && problem.subject.path.as_str() == path;
    health.problems.iter().find(is_meant).unwrap_or_else(|| panic!("no {code} of {path} in {health}"))
}

fn is(code: &'static str, severity: Severity) -> impl Fn(&Health) -> bool {
    move |health| health.problem(code).is_some_and(|problem| problem.severity == severity)
}

fn is_not(code: &'static str) -> impl Fn(&Health) -> bool {
    move |health| health.problem(code).is_none()
}

/// TP012, TP013: the one worker is in a poll that does not return; main is polled by the thread of the test.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tp012_a_runtime_whose_only_worker_hangs_is_red_and_the_task_is_named() {
    let report = Builder::new().health(QUICK).run(async |root| {
        let hold = Hold::default();
        let at_end = AtEnd(hold.another());
        root.ready();
        let watch = root.health_watch();
        assert_eq!(watch.now().problem("TP012"), None);
        root.spawn("spin", async move |_| {
            hold.here();
            Ok(())
        });

        let health = until(|| watch.now(), "a stall", is("TP012", Severity::Critical)).await;
        assert_eq!((health.status, health.ready), (HealthStatus::Failing, false));
        assert!(health.stalled >= ms(300));
        let problem = &health.problems[0];
        assert_eq!((problem.code, problem.subject.kind), ("TP012", SubjectKind::Root), "problems first");
        assert!(problem.why.starts_with("In a poll: `app/spin` for "), "{problem}");
        assert!(problem.why.contains("stalled.rs"), "its spawn site: {problem}");
        let busy = find(&health, "TP013", "app/spin");
        assert!(busy.since >= health.stalled - ms(50), "it was in its poll before: {busy}");
        assert!(busy.site.expect("its spawn").file().ends_with("stalled.rs"));
        // The watchdog says the same, without a worker and without a look.
        until(|| watch.last(), "its publication", is("TP012", Severity::Critical)).await;

        drop(at_end);
        let health = until(|| watch.now(), "the end of the stall", is_not("TP012")).await;
        assert!(health.ready);
        let over = find(&health, "TP013", "app/spin"); // the window reaches back to it
        assert!(over.what.starts_with("`app/spin` was in one poll for at least "), "{over}");
        until(|| watch.now(), "the end of the window", |health| health.problems.is_empty()).await;
        until(|| watch.last(), "its publication", |health| health.status == HealthStatus::Ok).await;
        Ok(())
    });
    let report = report.await;
    assert_eq!(report.exit_code, 0, "{report}");
}

/// TP012 on a current-thread runtime whose one thread hangs: asked from a thread that is none of the runtime's.
#[test]
fn tp012_the_health_is_told_on_any_thread_while_the_only_one_of_the_runtime_hangs() {
    let hold = Hold::default();
    let at_end = AtEnd(hold.another());
    let (tell, told) = sync_channel::<HealthWatch>(1);
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let root = Builder::new().health(QUICK).run(async |root| {
                tell.send(root.health_watch()).expect("the test waits");
                hold.here();
                Ok(())
            });
            runtime.block_on(root)
        });
        let watch = told.recv().expect("main has begun");
        let begun = Instant::now();
        let problem = loop {
            if let Some(problem) = watch.last().problem("TP012") {
                break problem.clone();
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "never came");
            std::thread::yield_now();
        };
        assert!(problem.why.starts_with("In a poll: `app/main` for "), "{problem}");
        drop(at_end);
    });
}

/// TP018: aborted, its future is dropped, and a destructor in it does not return.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tp018_a_destructor_that_does_not_return_is_named_with_the_scope_it_holds_open() {
    let report = Builder::new().health(QUICK).run(async |root| {
        let hold = Hold::default();
        let at_end = AtEnd(hold.another());
        let scope = root.ctx().open_scope("request", tenure::Stop::REQUEST);
        let handle = scope.spawn("holder", async move |_| {
            let _hangs = HangsInDrop(hold);
            std::future::pending::<Result>().await
        });
        while root.snapshot().tasks.iter().any(|task| task.id == handle.id() && task.polls == 0) {
            tokio::task::yield_now().await;
        }
        handle.abort();
        let watch = root.health_watch();
        let health = until(|| watch.now(), "the overdue drop", is("TP018", Severity::Warning)).await;
        let problem = health.problem("TP018").expect("just seen");
        assert_eq!(problem.subject.path.as_str(), "app/request/holder");
        assert!(problem.what.contains("holds `app/request` open"), "{problem}");
        assert!(problem.since >= QUICK.drop_overdue);
        drop(at_end);
        until(|| watch.now(), "its end", is_not("TP018")).await;
        drop(scope.join().await);
        Ok(())
    });
    let report = report.await;
    assert_eq!((report.exit_code, report.account.live), (0, 0), "{report}");
}

/// TP004, S51c: a turn that runs on its caller's thread is its owner's all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tp004_an_inline_turn_that_does_not_return_is_its_owners() {
    let report = Builder::new().health(QUICK).run(async |root| {
        let hold = Hold::default();
        let at_end = AtEnd(hold.another());
        let store = root.own("store", 0u64);
        store.with(root.ctx(), |n| *n += 1).await?;
        let up = Instant::now();
        while up.elapsed() < QUICK.turn_bound * 3 {
            tokio::task::yield_now().await; // it idles for longer than its bound
        }
        assert_eq!(root.health().problem("TP004"), None);
        let called = store.clone();
        let called_at = Instant::now();
        root.spawn("caller", async move |ctx| {
            called.with(&ctx, move |_| hold.here()).await.map_err(Error::from)
        });
        let watch = root.health_watch();
        let health = until(|| watch.now(), "the long turn", is("TP004", Severity::Critical)).await;
        let problem = find(&health, "TP004", "app/store");
        assert_eq!(problem.why, "It runs on its caller's thread.");
        assert!(problem.since <= called_at.elapsed() + ms(1), "from its own beginning: {problem}");
        find(&health, "TP013", "app/caller"); // it blocks its worker
        drop(at_end);
        until(|| watch.now(), "its end", is_not("TP004")).await;
        Ok(())
    });
    let report = report.await;
    assert_eq!(report.exit_code, 0, "{report}");
}

/// The heartbeat holds no timer: it is woken from outside, in real time, and a paused clock does not notice it.
#[tenure::test(start_paused = true)]
async fn a_paused_clock_moves_as_if_there_were_no_heartbeat(root: Scope) -> Result {
    let polls = || {
        let snapshot = root.snapshot();
        let row = snapshot.tasks.iter().find(|task| task.path.as_str() == "app/~heartbeat");
        row.expect("it has a record").polls
    };
    crate::fixtures::settle().await;
    let (begun, before, real) = (tokio::time::Instant::now(), polls(), Instant::now());
    for _ in 0..60 {
        root.ctx().sleep(secs(60)).await?;
    }
    assert_eq!(begun.elapsed(), secs(3_600));
    assert!(polls() - before <= real.elapsed().as_secs() + 1, "once a real second, whatever the clock says");
    Ok(())
}

/// H2: the watchdog's thread is gone when its root has ended, also one that was dropped.
#[tokio::test]
async fn the_watchdog_ends_with_its_root() {
    fn count() -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").expect("Linux").flatten();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        names.filter(|name| name.trim_end() == "tenure-watchdog").count()
    }
    /// A thread gives itself its name a moment after it was started.
    async fn comes() {
        while count() == 0 {
            tokio::task::yield_now().await;
        }
    }
    let root = Builder::new().run(async |_| {
        comes().await;
        Ok(())
    });
    root.await;
    assert_eq!(count(), 0);
    let mut dropped = Box::pin(Builder::new().run(async |_| std::future::pending().await));
    assert!(crate::fixtures::poll_once(dropped.as_mut()).await.is_pending());
    comes().await;
    drop(dropped);
    assert_eq!(count(), 0);
}
