//! TP003, TP008, TP014, TP017, TP022: tasks and scopes that wait too long or do not end.

use crate::fixtures::scripted::*;
use crate::fixtures::{Gate, advance, ignores};
use tenure::prelude::*;
use tenure::{Builder, Deadline, HealthStatus, HealthWatch, Severity, Stop, SubjectKind};
use tokio::sync::oneshot;

fn has(root: &Scope, code: &str) -> bool {
    root.health().problem(code).is_some()
}

/// S13f: it names who waits, for whom, and since when.
#[tenure::test(start_paused = true)]
async fn ex_21_a_call_without_a_deadline_that_is_overdue_is_yellow_and_named(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "mute", &log);
    let called = owner.clone();
    let mut waiter = root.spawn("waiter", async move |ctx| {
        let ctx = ctx.with_deadline(Deadline::NONE);
        called.call(&ctx, Keep).await.map_err(|error| error.without_request().into())
    });
    settle().await;
    pass(29_999).await;
    assert_eq!(root.health().status, HealthStatus::Ok, "{}", root.health());
    pass(1).await;
    let health = root.health();
    assert_eq!(health.status, HealthStatus::Degraded);
    let problem = health.problem("TP022").expect("30 s have passed");
    assert_eq!((problem.subject.kind, problem.subject.path.as_str()), (SubjectKind::Task, "app/waiter"));
    assert_eq!((problem.subject.id, problem.since), (Some(waiter.id()), secs(30)));
    assert!(problem.what.starts_with("`app/waiter` has waited for the reply of `app/mute` at "), "{problem}");
    assert!(problem.what.ends_with("for 30.0s, without a deadline."), "{problem}");
    assert!(problem.site.expect("of the wait").file().ends_with("tasks.rs"), "{problem}");
    assert_eq!(problem.why, "It is idle: its reply is kept, or held elsewhere.");

    owner.with(root.ctx(), |state| state.kept.pop().expect("it is kept").answer(7)).await?;
    assert_eq!(waiter.join().await?, 7);
    assert_eq!(root.health().problems, []);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S13f: joins and waits for a place are meant, too; a deadline of what is waited for, or of who waits, is one.
#[tenure::test(start_paused = true)]
async fn tp022_a_join_is_overdue_unless_one_of_the_two_has_a_deadline(root: Scope) -> Result {
    let scope = root.ctx().open_scope("request", Stop::REQUEST);
    let mut endless = scope.spawn("endless", async |_| ignores().await);
    root.spawn("joiner", async move |_| {
        drop(endless.join().await);
        Ok(())
    });
    let bounded = root.ctx().timeout(secs(60)).open_scope("bounded", Stop::REQUEST);
    let mut bounded_task = bounded.spawn("endless", async |_| ignores().await);
    root.spawn("joiner of the bounded", async move |_| {
        drop(bounded_task.join().await);
        Ok(())
    });
    settle().await;
    pass(29_999).await;
    assert_eq!(root.health().problems, []);
    pass(1).await;
    let health = root.health();
    let overdue: Vec<_> =
        health.problems.iter().map(|there| (there.code, there.subject.path.as_str())).collect();
    assert_eq!(overdue, [("TP022", "app/joiner")]);
    scope.cancel("seen");
    pass(2_000).await;
    assert_eq!(root.health().problems, []);
    bounded.cancel("seen");
    drop((scope.join().await, bounded.join().await));
    Ok(())
}

/// A scope with a closure that is stuck, cancelled at 0, and a task that waits for the closure.
async fn stuck(root: &Scope, gate: &Gate) -> RequestScope {
    let scope = root.ctx().open_scope("request", Stop::REQUEST);
    let mut closure = scope.blocking("stuck", gate.closure());
    gate.entered().await;
    root.spawn("waiter", async move |_| closure.join().await.map_err(Error::from));
    settle().await;
    assert_eq!(root.health().problems, []);
    scope.cancel("over");
    scope
}
type RequestScope = tenure::RequestScope;

/// After the closure was released: everything has ended, and all is well.
async fn well_again(root: &Scope, gate: &Gate, scope: RequestScope) {
    gate.release();
    drop(scope.join().await);
    while root.account().live > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(root.health().problems, []);
}

/// TP017.
#[tenure::test(start_paused = true)]
async fn tp017_a_closure_that_runs_a_second_after_its_cancel_is_named(root: Scope) -> Result {
    let gate = Gate::new();
    let scope = stuck(&root, &gate).await;
    advance(ms(999)).await;
    assert!(!has(&root, "TP017"));
    advance(ms(1)).await;
    let health = root.health();
    let problem = health.problem("TP017").expect("a second has passed");
    assert_eq!((problem.subject.path.as_str(), problem.since), ("app/request/stuck", secs(1)));
    assert_eq!(problem.severity, Severity::Warning);
    assert!(problem.site.expect("its spawn").file().ends_with("tasks.rs"));
    well_again(&root, &gate, scope).await;
    Ok(())
}

/// TP008.
#[tenure::test(start_paused = true)]
async fn tp008_a_scope_whose_ladder_has_run_out_is_named_with_what_has_not_ended(root: Scope) -> Result {
    let gate = Gate::new();
    let scope = stuck(&root, &gate).await;
    advance(ms(100)).await;
    advance(ms(999)).await;
    assert!(!has(&root, "TP008"));
    advance(ms(1)).await;
    advance(ms(500)).await;
    let health = root.health();
    let problem = health.problem("TP008").expect("its ladder has run out");
    assert_eq!((problem.subject.kind, problem.subject.path.as_str()), (SubjectKind::Scope, "app/request"));
    assert_eq!(problem.since, ms(500));
    assert_eq!(problem.what, "`app/request` was stopped, its ladder has run out, and 1 task remains.");
    assert_eq!(problem.why, "Not ended: `app/request/stuck`.");
    well_again(&root, &gate, scope).await;
    Ok(())
}

/// TP003: what is waited for has run through its ladder, so its end is no guarantee any more.
#[tenure::test(start_paused = true)]
async fn tp003_a_join_of_a_leaked_task_has_no_exit_path(root: Scope) -> Result {
    let gate = Gate::new();
    let scope = stuck(&root, &gate).await;
    advance(ms(100)).await;
    assert!(!has(&root, "TP003"));
    advance(ms(1_000)).await;
    let health = root.health();
    let problem = health.problem("TP003").expect("nothing guarantees its end");
    assert_eq!((problem.subject.path.as_str(), problem.since), ("app/waiter", ms(1_100)));
    assert!(problem.what.contains("the end of `app/request/stuck`"), "{problem}");
    well_again(&root, &gate, scope).await;
    Ok(())
}

/// TP014.
#[tokio::test(start_paused = true)]
async fn tp014_a_task_that_lives_when_the_shutdown_begins_to_abort_is_named() {
    let gate = Gate::new();
    let closure = gate.closure();
    let (tell, told) = oneshot::channel::<HealthWatch>();
    let root = Builder::new().grace(secs(10)).run(async move |root| {
        drop(tell.send(root.health_watch()));
        root.blocking("stuck", closure);
        Ok(())
    });
    let look = async {
        let watch = told.await.expect("main has begun");
        gate.entered().await;
        settle().await;
        advance(secs(6)).await; // cancelled
        advance(ms(2_999)).await;
        assert_eq!(watch.now().problem("TP014"), None);
        advance(ms(1)).await;
        let health = watch.now();
        let problem = health.problem("TP014").expect("it is aborted, and lives");
        assert_eq!((problem.subject.path.as_str(), problem.severity), ("app/stuck", Severity::Critical));
        assert!(!health.ready);
        gate.release();
        watch
    };
    let (report, watch) = tokio::join!(root, look);
    assert_eq!(report.account.live, 0);
    assert_eq!(watch.now().problems, []);
}
