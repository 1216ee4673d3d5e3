//! TP004, TP005, TP007, TP021: owners that are slow, full, gone, or do not answer.

use crate::fixtures::poll_once;
use crate::fixtures::scripted::*;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{HealthStatus, Init, Overflow, Restart, Severity, Shutdown, StateOwner, SubjectKind};

fn severity(root: &Scope, code: &str) -> Option<Severity> {
    root.health().problem(code).map(|problem| problem.severity)
}

/// TP004.
#[tenure::test(start_paused = true)]
async fn tp004_a_turn_over_its_bound_is_a_warning_and_critical_at_ten_times_that(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "slow", &log);
    owner.cast(root.ctx(), Do("long", vec![Insist(20_000)])).await.expect("it has a place");
    settle().await;
    pass(999).await;
    assert_eq!(root.health().problems, []);
    pass(1).await;
    let health = root.health();
    assert_eq!(health.status, HealthStatus::Degraded, "{health}");
    let problem = health.problem("TP004").expect("the turn is over its bound");
    assert_eq!((problem.subject.kind, problem.subject.path.as_str()), (SubjectKind::Owner, "app/slow"));
    assert_eq!((problem.since, problem.severity), (secs(1), Severity::Warning));
    assert_eq!(problem.what, "`app/slow` has been in one turn for 1.0s; its bound is 1.0s.");
    assert!(problem.site.expect("the child's").file().ends_with("scripted.rs"), "{problem}");
    pass(8_999).await;
    assert_eq!(severity(&root, "TP004"), Some(Severity::Warning));
    pass(1).await;
    assert_eq!(severity(&root, "TP004"), Some(Severity::Critical));
    assert_eq!(root.health().status, HealthStatus::Failing);
    pass(10_000).await;
    settle().await;
    assert_eq!(root.health().problems, []);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// TP004: a turn is measured from its own beginning, however long its owner has been busy, and hooks are turns.
#[tenure::test(start_paused = true)]
async fn tp004_many_short_turns_are_no_long_one_and_a_hook_is_a_turn(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script { on_start: vec![Insist(1_500)], ..Script::new(&log) }));
    for _ in 0..5 {
        owner.cast(root.ctx(), Do("short", vec![Insist(600)])).await.expect("it has a place");
    }
    settle().await;
    pass(1_000).await;
    assert_eq!(severity(&root, "TP004"), Some(Severity::Warning), "`on_start`");
    pass(500).await;
    for _ in 0..6 {
        pass(500).await;
        assert_eq!(severity(&root, "TP004"), None);
    }
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39f: from the first wait for a place on.
#[tenure::test(start_paused = true)]
async fn ow_51_a_mailbox_that_is_full_for_a_second_is_yellow_and_not_a_moment_sooner(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(2));
    owner.cast(root.ctx(), Do("busy", vec![Insist(3_000)])).await.expect("it has a place");
    settle().await;
    pass(500).await; // so that the turn's age is another
    owner.cast(root.ctx(), Get("1")).await.expect("it has a place");
    owner.cast(root.ctx(), Get("2")).await.expect("it has a place");
    pass(100).await;
    let mut waiting = pin!(owner.call(root.ctx(), Get("3")));
    assert!(poll_once(waiting.as_mut()).await.is_pending());
    let stats = owner.stats();
    assert_eq!((stats.begun, stats.queued, stats.waiting), (1, 2, 1));

    pass(999).await;
    assert_eq!(root.health().problem("TP005"), None, "999 ms after the first wait");
    pass(1).await;
    let health = root.health();
    let problem = health.problem("TP005").expect("1000 ms after the first wait");
    assert_eq!((health.status, problem.severity), (HealthStatus::Degraded, Severity::Warning));
    assert_eq!((problem.subject.path.as_str(), problem.since), ("app/a", secs(1)));
    assert_eq!(problem.what, "All 2 places of `app/a` have been taken for 1.0s.");
    assert!(problem.why.starts_with("1 caller waits for a place"), "{problem}");

    pass(1_400).await;
    waiting.await?;
    assert_eq!(root.health().problems, [], "places are free again");
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39f: from the first refusal on; a place that was free in between begins it anew.
#[tenure::test(start_paused = true)]
async fn tp005_refusals_count_as_waits_do_and_a_free_place_begins_the_second_anew(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1).overflow(Overflow::Reject));
    for _ in 0..2 {
        owner.cast(root.ctx(), Do("busy", vec![Insist(900)])).await.expect("it has a place");
        settle().await;
        owner.cast(root.ctx(), Get("queued")).await.expect("it has a place");
        owner.cast(root.ctx(), Get("refused")).await.expect_err("no place");
        pass(899).await;
        assert_eq!(root.health().problems, []);
        pass(1).await;
        settle().await;
    }
    pass(5_000).await;
    assert_eq!(root.health().problems, [], "nothing is queued");
    owner.cast(root.ctx(), Do("busy", vec![Insist(1_100)])).await.expect("it has a place");
    settle().await;
    owner.cast(root.ctx(), Get("queued")).await.expect("it has a place");
    owner.cast(root.ctx(), Get("refused")).await.expect_err("no place");
    pass(1_000).await;
    assert_eq!(severity(&root, "TP005"), Some(Severity::Warning));
    pass(100).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// Tells what the health is while it runs.
struct Looks(tenure::HealthWatch);

struct Look;

impl Request for Look {
    type Reply = Vec<tenure::Problem>;
}

impl tenure::HandleTurn<Look> for Looks {
    fn handle(&mut self, _: Look, turn: tenure::Turn<Look>) {
        let problems = self.0.now().problems;
        turn.answer(problems);
    }
}

/// TP004: the age of a turn is its own, not that of an earlier one, also if it ran on its caller's thread.
#[tenure::test(start_paused = true)]
async fn tp004_a_short_turn_after_a_long_idle_time_is_well(root: Scope) -> Result {
    let owner = root.own("a", Looks(root.health_watch()));
    for _ in 0..3 {
        pass(60_000).await;
        assert_eq!(owner.call(root.ctx(), Look).await.map_err(CallError::without_request)?, []);
    }
    Ok(())
}

/// TP007.
#[tenure::test(start_paused = true)]
async fn tp007_an_owner_that_is_down_for_good_and_was_not_asked_to_stop_is_red(root: Scope) -> Result {
    let log = Log::new();
    let (asked, lost) = (mortal(&root, "asked", &log), mortal(&root, "lost", &log));
    root.ready();
    asked.stop(root.ctx()).await?;
    assert_eq!(root.health().problems, [], "it was asked to stop");
    assert!(root.health().ready);

    lost.call(root.ctx(), Do("x", vec![Take(1), Panic("by script")])).await.expect_err("it panics");
    settle().await;
    pass(40).await;
    let health = root.health();
    assert_eq!(health.status, HealthStatus::Failing);
    assert!(!health.ready, "no request to it can be served");
    let problem = health.problem("TP007").expect("it is down");
    assert_eq!((problem.subject.path.as_str(), problem.since), ("app/lost", ms(40)));
    assert!(problem.why.contains("ended `panicked`"), "{problem}");

    ends(&root, &[&asked, &lost]).await;
    drop(lost);
    pass(30_000).await; // its calls' deadlines keep the mailbox until then
    // The watchdog's thread, which knows no paused time, may be in the midst of a look at it.
    let begun = std::time::Instant::now();
    while !root.health().problems.is_empty() && begun.elapsed() < secs(10) {
        std::thread::yield_now();
    }
    assert_eq!(root.health().problems, [], "nobody can call it any more");
    Ok(())
}

/// Has nothing to do.
struct Idle;

impl StateOwner for Idle {
    type Args = ();

    async fn init((): (), _: Context) -> Result<Init<Self>> {
        Ok(Init::Ignore)
    }
}

/// TP007: who was asked to stop is no problem, also if it had to be forced, nor is one that was not to begin.
#[tenure::test(start_paused = true)]
async fn tp007_an_end_that_was_asked_for_is_none_however_it_came(root: Scope) -> Result {
    let log = Log::new();
    let brutal = root.child(spec("brutal", Script::new(&log)).shutdown(Shutdown::Brutal));
    brutal.cast(root.ctx(), Do("x", vec![Hang])).await.expect("it has a place");
    let idle = root.child(Idle::child("idle", ()).restart(Restart::Temporary));
    settle().await;
    brutal.request_stop();
    settle().await;
    assert_eq!(root.health().problems, []);
    assert_eq!(
        (brutal.path().as_str(), idle.path().as_str()),
        ("app/brutal", "app/idle"),
        "both are referred to"
    );
    ends(&root, &[&brutal]).await;
    Ok(())
}

/// TP021: the share of the calls of a window.
#[tenure::test(start_paused = true)]
async fn tp021_calls_that_end_by_their_deadline_are_judged_by_their_share(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "mute", &log);
    let ctx = root.ctx();
    for _ in 0..4 {
        owner.call(&ctx.timeout(ms(10)), Keep).await.expect_err("it keeps the reply");
    }
    assert_eq!(severity(&root, "TP021"), None, "of four calls no share is taken");
    owner.call(&ctx.timeout(ms(10)), Keep).await.expect_err("it keeps the reply");
    let health = root.health();
    let problem = health.problem("TP021").expect("all five calls hang");
    assert_eq!(problem.severity, Severity::Critical);
    assert_eq!(problem.what, "5 of 5 calls to `app/mute` ended by their deadline in the last 50ms.");

    for _ in 0..5 {
        owner.call(ctx, Get("")).await?;
    }
    assert_eq!(severity(&root, "TP021"), Some(Severity::Warning), "half of ten is not more than half");
    for _ in 0..40 {
        owner.call(ctx, Get("")).await?;
    }
    assert_eq!(severity(&root, "TP021"), None, "a tenth of fifty is not more than a tenth");

    for _ in 0..50 {
        owner.call(&ctx.timeout(ms(10)), Keep).await.expect_err("it keeps the reply");
    }
    assert_eq!(severity(&root, "TP021"), Some(Severity::Critical));
    for _ in 0..11 {
        pass(1_000).await;
        root.health();
    }
    assert_eq!(root.health().problems, [], "the window has passed");
    owner.with(ctx, |state| state.kept.clear()).await?;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// TP021: one that was accepted and has no answer, however long its caller may wait.
#[tenure::test(start_paused = true)]
async fn tp021_an_accepted_request_without_an_answer_for_half_a_minute_is_a_warning(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "mute", &log);
    let called = owner.clone();
    let mut caller = root.spawn("caller", async move |ctx| {
        called.call(&ctx.timeout(secs(90)), Keep).await.map_err(|error| error.without_request().into())
    });
    settle().await;
    pass(29_999).await;
    assert_eq!(root.health().problems, []);
    pass(1).await;
    let health = root.health();
    assert_eq!(health.problem("TP022"), None, "the wait has a deadline of its own");
    let problem = health.problem("TP021").expect("it has been accepted for 30 s");
    assert_eq!(problem.what, "A request that `app/mute` accepted 30.0s ago has no answer.");
    owner.with(root.ctx(), |state| state.kept.pop().expect("it is kept").answer(7)).await?;
    assert_eq!(caller.join().await?, 7);
    assert_eq!(root.health().problems, []);
    ends(&root, &[&owner]).await;
    Ok(())
}
