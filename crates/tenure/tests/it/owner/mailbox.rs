//! Places, and waiting for one (S39).

use crate::fixtures::poll_once;
use crate::fixtures::scripted::*;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{Overflow, Shutdown};

/// An owner of two places that is busy until `busy`, with both taken.
async fn full(root: &Scope, log: &Log, busy: u64) -> OwnerRef<Scripted> {
    let owner = root.child(spec("a", Script::new(log)).capacity(2).shutdown(Shutdown::Timeout(ms(500))));
    owner.cast(root.ctx(), Do("busy", vec![Insist(busy)])).await.expect("it has a place");
    settle().await;
    owner.cast(root.ctx(), Get("1")).await.expect("it has a place");
    owner.cast(root.ctx(), Get("2")).await.expect("it has a place");
    owner
}

/// S39b.
#[tenure::test(start_paused = true)]
async fn ow_24_try_call_is_full_at_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let error = owner.try_call(root.ctx(), Get("x")).await.expect_err("no place");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("x"), capacity: 2 }), "{error:?}");
    assert_eq!((log.t(), owner.stats().full_total), (0, 1));
    let error = owner.try_with(root.ctx(), |_| ()).await.expect_err("no place");
    assert!(matches!(error.kind, CallErrorKind::Full { request: (), .. }), "{error:?}");
    pass(50).await;
    settle().await;
    assert_eq!(owner.try_call(root.ctx(), Get("x")).await?, 3);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39b: `Overflow::Reject` makes `call` and `cast` behave as `try_`.
#[tenure::test(start_paused = true)]
async fn s39b_an_owner_that_rejects_is_full_at_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1).overflow(Overflow::Reject));
    owner.cast(root.ctx(), Do("busy", vec![Take(10)])).await.expect("it has a place");
    settle().await;
    owner.cast(root.ctx(), Get("")).await.expect("it has a place");
    let error = owner.call(root.ctx(), Get("x")).await.expect_err("no place");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("x"), .. }), "{error:?}");
    let error = owner.cast(root.ctx(), Get("y")).await.expect_err("no place");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("y"), .. }), "{error:?}");
    assert_eq!((log.t(), owner.stats().full_total, owner.stats().waiting), (0, 2, 0));
    pass(10).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39b: overload is told apart from slowness.
#[tenure::test(start_paused = true)]
async fn ow_25_a_deadline_that_passes_in_the_wait_for_a_place_is_full(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let error = owner.call(&root.ctx().timeout(ms(30)), Get("x")).await.expect_err("no place until 50");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("x"), .. }), "{error:?}");
    assert_eq!((log.t(), owner.stats().accepted, owner.stats().waiting), (30, 3, 0));
    pass(20).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39b, S13: a call that waits for its place until 50 and then for its turn has one deadline for both.
#[tenure::test(start_paused = true)]
async fn s39b_a_deadline_that_passes_after_the_place_came_is_no_overload(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let ctx = root.ctx().timeout(ms(70));
    let (first, second) =
        tokio::join!(owner.call(&ctx, Do("slow", vec![Insist(100)])), owner.call(&ctx, Get("behind")));
    assert_eq!(log.t(), 70);
    let first = first.expect_err("its turn takes until 150");
    assert!(matches!(first.kind, CallErrorKind::DeadlineExceeded { request: None, .. }), "{first:?}");
    let second = second.expect_err("it is queued until 150");
    assert!(
        matches!(second.kind, CallErrorKind::DeadlineExceeded { request: Some(Get("behind")), .. }),
        "{second:?}"
    );
    pass(80).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39e, the stop of OW-26: every waiter without a place is told at once, with its request.
#[tenure::test(start_paused = true)]
async fn s39e_a_stop_request_turns_every_waiter_away_at_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let ctx = root.ctx();
    let stop = async {
        settle().await;
        assert_eq!(owner.stats().waiting, 3);
        owner.request_stop();
    };
    let (a, b, c, ()) = tokio::join!(
        owner.call(ctx, Get("w1")),
        owner.cast(ctx, Get("w2")),
        owner.call(ctx, Get("w3")),
        stop
    );
    assert_eq!((log.t(), owner.stats().waiting), (0, 0));
    assert!(matches!(a.expect_err("stopped").kind, CallErrorKind::Stopped { request: Some(Get("w1")) }));
    assert!(matches!(b.expect_err("stopped").kind, CallErrorKind::Stopped { request: Some(Get("w2")) }));
    assert!(matches!(c.expect_err("stopped").kind, CallErrorKind::Stopped { request: Some(Get("w3")) }));
    owner.stop(ctx).await?;
    assert_eq!((log.count("1"), log.count("2"), log.count("w1")), (1, 1, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39d: the end of the owner turns every waiter away with `Closed`; what was queued `Died`.
#[tenure::test(start_paused = true)]
async fn s39d_the_end_of_the_owner_closes_every_waiter(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1));
    let ctx = root.ctx();
    let (turn, queued, waiting) = tokio::join!(
        owner.call(ctx, Do("x", vec![Take(10), Panic("by script")])),
        async {
            settle().await;
            owner.call(ctx, Get("queued")).await
        },
        async {
            settle().await;
            settle().await;
            owner.call(ctx, Get("waiting")).await
        }
    );
    assert_eq!(log.t(), 10);
    assert!(matches!(turn.expect_err("it panics").kind, CallErrorKind::Panicked { .. }));
    assert!(matches!(
        queued.expect_err("it dies").kind,
        CallErrorKind::Died { request: Some(Get("queued")), .. }
    ));
    assert!(matches!(
        waiting.expect_err("it is closed").kind,
        CallErrorKind::Closed { request: Get("waiting") }
    ));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39c, S14c.
#[tenure::test(start_paused = true)]
async fn ow_27_a_waiter_that_goes_leaves_its_place_to_the_next(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let ctx = root.ctx();
    let mut w2 = pin!(owner.call(ctx, Get("w2")));
    {
        let mut w1 = pin!(owner.call(ctx, Get("w1")));
        assert!(poll_once(w1.as_mut()).await.is_pending());
        assert!(poll_once(w2.as_mut()).await.is_pending());
        assert_eq!(owner.stats().waiting, 2);
    }
    let stats = owner.stats();
    assert_eq!((stats.waiting, stats.accepted, stats.discarded_caller_gone), (1, 3, 0));
    assert_eq!((w2.await?, log.t(), log.count("w1")), (3, 50, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S14c, S34d: a withdrawn request gives its place to the first who waits, at once.
#[tenure::test(start_paused = true)]
async fn s34d_a_withdrawn_request_gives_its_place_to_the_first_waiter(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1));
    let ctx = root.ctx();
    owner.cast(ctx, Do("busy", vec![Take(50)])).await.expect("it has a place");
    settle().await;
    let mut queued = Box::pin(owner.call(ctx, Get("queued")));
    assert!(poll_once(queued.as_mut()).await.is_pending());
    let mut cast = pin!(owner.cast(ctx, Get("cast")));
    assert!(poll_once(cast.as_mut()).await.is_pending());
    drop(queued);
    cast.await.expect("it has its place");
    assert_eq!((log.t(), owner.stats().queued), (0, 1));
    pass(50).await;
    settle().await;
    assert_eq!((log.count("queued"), log.count("cast")), (0, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S14b: a cast dropped while it waits for a place was not sent.
#[tenure::test(start_paused = true)]
async fn s14b_a_cast_dropped_while_it_waits_for_a_place_was_not_sent(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let gone = tokio::time::timeout(ms(10), owner.cast(root.ctx(), Get("gone"))).await;
    assert!(gone.is_err());
    pass(100).await;
    assert_eq!((log.count("gone"), owner.stats().accepted, owner.stats().handled), (0, 3, 3));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S39a: a place is taken by what is accepted and not begun. What it does to the health comes with the health.
#[tenure::test(start_paused = true)]
async fn ow_51_the_begun_takes_no_place_and_the_waiting_has_none(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 50).await;
    let mut waiting = pin!(owner.call(root.ctx(), Get("3")));
    assert!(poll_once(waiting.as_mut()).await.is_pending());
    let stats = owner.stats();
    assert_eq!((stats.begun, stats.queued, stats.waiting, stats.capacity), (1, 2, 1, 2));
    assert_eq!((stats.accepted, stats.full_total, stats.oldest_age), (3, 1, Some(ms(0))));
    pass(30).await;
    assert_eq!(owner.stats().oldest_age, Some(ms(30)));
    waiting.await?;
    assert_eq!(owner.stats().oldest_age, None);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S13f: a cast has the default deadline, too, for its place alone.
#[tenure::test(start_paused = true)]
async fn s13f_a_cast_waits_for_its_place_no_longer_than_a_call_would(root: Scope) -> Result {
    let log = Log::new();
    let owner = full(&root, &log, 40_000).await;
    let error = owner.cast(root.ctx(), Get("x")).await.expect_err("no place for 40 s");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("x"), .. }), "{error:?}");
    assert_eq!(log.t(), 30_000);
    pass(10_000).await;
    ends(&root, &[&owner]).await;
    Ok(())
}
