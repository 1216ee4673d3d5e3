//! Replies that come later, from elsewhere, or never (S36).

use crate::fixtures::poll_once;
use crate::fixtures::scripted::*;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{Drained, ExitReason, HandleTurn, Reply, Shutdown, Turn};
use tokio::sync::oneshot;

/// A call whose reply was kept; a task answers it with 7 in 100 ms.
async fn answered_later(
    root: &Scope,
    owner: &OwnerRef<Scripted>,
) -> Result<Boxed<Result<u64, CallError<Keep>>>> {
    let (callee, ctx) = (owner.clone(), root.ctx().clone());
    let mut later: Boxed<_> = Box::pin(async move { callee.call(&ctx, Keep).await });
    assert!(poll_once(later.as_mut()).await.is_pending());
    let reply = owner.with(root.ctx(), |state| state.kept.pop()).await?.expect("it was kept");
    root.spawn("answers", async move |_ctx| {
        pass(100).await;
        reply.answer(7);
        Ok(())
    });
    Ok(later)
}

/// S36b.
#[tenure::test(start_paused = true)]
async fn ow_12_a_reply_given_later_by_a_task_keeps_the_request_begun_and_the_owner_free(
    root: Scope,
) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let ctx = root.ctx();
    let later = answered_later(&root, &owner).await?;
    for _ in 0..10 {
        owner.call(ctx, Get("")).await?;
        assert_eq!((log.t(), owner.stats().begun, root.account().begun), (0, 1, 1));
    }
    assert_eq!(later.await?, 7);
    assert_eq!((log.t(), owner.stats().begun), (100, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S36c.
#[tenure::test(start_paused = true)]
async fn ow_13_a_dropped_reply_is_unanswered_at_once_and_the_owner_lives(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let error = owner.call(root.ctx(), Lose).await.expect_err("the handler dropped it");
    assert!(matches!(error.kind, CallErrorKind::Unanswered), "{error:?}");
    // Also one that was kept, when its holder drops it.
    let mut kept = pin!(owner.call(root.ctx(), Keep));
    assert!(poll_once(kept.as_mut()).await.is_pending());
    let reply = owner.with(root.ctx(), |state| state.kept.pop()).await?;
    assert_eq!(owner.stats().begun, 1);
    drop(reply);
    let error = kept.await.expect_err("its holder dropped it");
    assert!(matches!(error.kind, CallErrorKind::Unanswered), "{error:?}");
    assert_eq!((log.t(), owner.call(root.ctx(), Get("")).await?), (0, 0));
    assert_eq!(root.account().failed_by.unanswered, 2);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S36c: the handler survives the panic, so nothing has ended but the reply.
#[tenure::test(start_paused = true)]
async fn ow_13_a_reply_lost_in_a_panic_that_the_turn_catches_is_unanswered_at_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    for (queued, failed) in [(false, 1), (true, 2)] {
        settle().await; // it idles
        let mut kept = pin!(owner.call(root.ctx(), Keep));
        assert!(poll_once(kept.as_mut()).await.is_pending());
        let lose = |state: &mut Scripted| {
            let reply = state.kept.pop().expect("it was kept");
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
                let _held = reply;
                panic!("caught");
            }));
            assert!(caught.is_err());
        };
        if queued {
            let (busy, lost) =
                tokio::join!(owner.call(root.ctx(), Do("x", vec![Take(1)])), owner.with(root.ctx(), lose));
            busy.map_err(CallError::without_request)?;
            lost?;
        } else {
            owner.with(root.ctx(), lose).await?;
        }
        let told = poll_once(kept.as_mut()).await;
        let std::task::Poll::Ready(Err(error)) = told else { panic!("it waits on: {told:?}") };
        assert!(matches!(error.kind, CallErrorKind::Unanswered), "{error:?}");
        assert_eq!((owner.stats().begun, owner.stats().failed), (0, failed));
    }
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S36c, S27b.
#[tenure::test(start_paused = true)]
async fn ow_14_a_reply_in_the_state_dies_with_a_later_turns_panic(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let (kept, panicked) = tokio::join!(
        owner.call(root.ctx(), Keep),
        owner.call(root.ctx(), Do("x", vec![Take(10), Panic("later")]))
    );
    let CallErrorKind::Died { reason: ExitReason::Panicked(panic), request: None } =
        kept.expect_err("the state was dropped").kind
    else {
        panic!("it was begun, and its own turn did not panic");
    };
    assert_eq!((panic.message.as_str(), log.t()), ("later", 10));
    assert!(matches!(panicked.expect_err("it panicked").kind, CallErrorKind::Panicked { .. }));
    let failed = root.account().failed_by;
    assert_eq!((failed.panicked, failed.died, failed.unanswered), (1, 1, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S36c, S38c.
#[tenure::test(start_paused = true)]
async fn ow_46_a_reply_in_the_state_is_stopped_by_a_clean_stop(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { drain: vec![Take(10)], terminate: vec![Take(10)], ..Script::new(&log) };
    let owner = root.child(spec("a", script));
    let (kept, report) = tokio::join!(owner.call(root.ctx(), Keep), async {
        settle().await;
        owner.stop(root.ctx()).await
    });
    let kept = kept.expect_err("nobody answered");
    assert!(matches!(kept.kind, CallErrorKind::Stopped { request: None }), "{kept:?}");
    let report = report?;
    assert_eq!((report.drained, log.t()), (Drained::Yes, 20));
    assert!(matches!(report.reason, ExitReason::Shutdown(_)));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S38c: a reply that the state still holds may be answered while the owner drains.
#[tenure::test(start_paused = true)]
async fn s38c_a_kept_reply_may_be_answered_while_the_owner_drains(root: Scope) -> Result {
    let log = Log::new();
    let script = Script { drain: vec![Take(10)], ..Script::new(&log) };
    let owner = root.child(spec("a", script));
    let mut kept = pin!(owner.call(root.ctx(), Keep));
    assert!(poll_once(kept.as_mut()).await.is_pending());
    let reply = owner.with(root.ctx(), |state| state.kept.pop()).await?.expect("it was kept");
    owner.request_stop();
    pass(5).await;
    reply.answer(3);
    assert_eq!((kept.await?, log.t()), (3, 5));
    owner.stop(root.ctx()).await?;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S27b, S36b.
#[tenure::test(start_paused = true)]
async fn ow_47_a_reply_held_by_a_task_elsewhere_outlives_the_owner(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let later = answered_later(&root, &owner).await?;
    owner.call(root.ctx(), Do("x", vec![Panic("later")])).await.expect_err("it panics");
    settle().await;
    assert_eq!((log.t(), log.count("dropped"), owner.stats().begun), (0, 1, 1));
    assert_eq!((later.await?, log.t()), (7, 100));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// Gives its reply away.
struct Give(oneshot::Sender<Reply<u64>>, Then);

#[derive(Clone, Copy)]
enum Then {
    Return,
    Panic,
}

impl Request for Give {
    type Reply = u64;
}

impl HandleTurn<Give> for Scripted {
    fn handle(&mut self, Give(to, then): Give, turn: Turn<Give>) {
        drop(to.send(turn.into_reply()));
        if let Then::Panic = then {
            panic!("after giving the reply away");
        }
    }
}

/// S36d, S35: its own turn panicked, so the caller is told, and what comes later is no second outcome.
#[tenure::test(start_paused = true)]
async fn s36d_a_reply_given_away_before_its_turn_panicked_is_no_second_outcome(root: Scope) -> Result {
    let log = Log::new();
    for answers in [true, false] {
        let owner = mortal(&root, "a", &log);
        let (to, from) = oneshot::channel();
        let error = owner.call(root.ctx(), Give(to, Then::Panic)).await.expect_err("it panicked");
        assert!(matches!(error.kind, CallErrorKind::Panicked { .. }), "{error:?}");
        let reply = from.await?;
        if answers {
            reply.answer(1)
        } else {
            drop(reply)
        }
        let stats = owner.stats();
        sums(&stats);
        assert_eq!((stats.accepted, stats.failed, stats.begun, stats.replied), (1, 1, 0, 0));
    }
    Ok(())
}

/// S36b, S36d: a synchronous turn may answer a reply that an earlier one left.
#[tenure::test(start_paused = true)]
async fn s36b_a_reply_given_away_is_answered_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (to, from) = oneshot::channel::<Reply<u64>>();
    let answer = async { from.await.expect("it is given away").answer(5) };
    let (value, ()) = tokio::join!(owner.call(root.ctx(), Give(to, Then::Return)), answer);
    assert_eq!(value.map_err(CallError::without_request)?, 5);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S16b, S36d: answers given by a turn that goes on are in the account while it goes on.
#[tenure::test(start_paused = true)]
async fn s36d_a_kept_reply_answered_by_a_pending_turn_is_counted_at_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).shutdown(Shutdown::Brutal));
    let ctx = root.ctx();
    let mut kept = pin!(owner.call(ctx, Keep));
    assert!(poll_once(kept.as_mut()).await.is_pending());
    let reply = owner.with(ctx, |state| state.kept.pop()).await?.expect("it was kept");
    let answers = Act::new(move |_| async move {
        reply.answer(9);
        std::future::pending().await
    });
    let mut turn = pin!(owner.call(ctx, answers));
    assert!(poll_once(turn.as_mut()).await.is_pending());
    assert_eq!(kept.await?, 9);
    settle().await;
    let account = root.account();
    assert_eq!((account.begun, account.answered_by.replied), (1, 2));
    owner.request_stop(); // by force: what was counted stays counted
    let error = turn.await.expect_err("it was dropped");
    assert!(
        matches!(error.kind, CallErrorKind::Died { reason: ExitReason::Aborted(_), request: None }),
        "{error:?}"
    );
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S36f: the failure of a task that a turn started fails nobody; the reply it held says so.
#[tenure::test(start_paused = true)]
async fn s36f_a_task_of_a_turn_that_fails_fails_nobody_and_its_reply_is_unanswered(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (to, from) = oneshot::channel::<Reply<u64>>();
    let spawns = Act::new(move |turn| {
        let held = turn.spawn("holder", async move |_ctx| {
            let _held = from.await?;
            pass(10).await;
            Err::<(), _>(Error::msg("by script"))
        });
        drop(held);
        async { 0 }
    });
    owner.call(root.ctx(), spawns).await.map_err(CallError::without_request)?;
    let error = owner.call(root.ctx(), Give(to, Then::Return)).await.expect_err("its holder fails");
    assert!(matches!(error.kind, CallErrorKind::Unanswered), "{error:?}");
    assert_eq!((log.t(), root.account().ended_by.failed), (10, 1));
    owner.call(root.ctx(), Get("")).await?;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S34c: a kept reply whose caller has gone is dropped, and counted as unheard.
#[tenure::test(start_paused = true)]
async fn s34c_a_kept_reply_whose_caller_went_is_unheard(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let gone = tokio::time::timeout(ms(10), owner.call(root.ctx(), Keep)).await;
    assert!(gone.is_err(), "nobody has answered");
    let reply = owner.with(root.ctx(), |state| state.kept.pop()).await?.expect("it was kept");
    assert_eq!(owner.stats().begun, 1);
    reply.answer(1);
    let stats = owner.stats();
    assert_eq!((stats.begun, stats.replied, stats.unheard), (0, 2, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// Gives its whole turn away.
struct Lend(oneshot::Sender<Turn<Lend>>);

impl Request for Lend {
    type Reply = u64;
}

impl HandleTurn<Lend> for Scripted {
    fn handle(&mut self, Lend(to): Lend, turn: Turn<Lend>) {
        drop(to.send(turn));
    }
}

/// S37c: whoever holds a turn may fail its owner, also when the owner idles.
#[tenure::test(start_paused = true)]
async fn s37c_a_turn_that_was_kept_fails_an_owner_that_idles(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    settle().await; // it idles
    let (to, turn) = oneshot::channel();
    let mut call = pin!(owner.call(root.ctx(), Lend(to)));
    assert!(poll_once(call.as_mut()).await.is_pending());
    let turn = turn.await?;
    settle().await; // it idles again
    turn.fail(Error::msg("later"));
    settle().await;
    assert_eq!(log.events().last().map(|(_, line)| line.clone()), Some("dropped".to_owned()));
    turn.answer(5);
    assert_eq!(call.await.map_err(CallError::without_request)?, 5, "what was given is delivered");
    assert!(matches!(owner.stop(root.ctx()).await?.reason, ExitReason::Failed(_)));
    ends(&root, &[&owner]).await;
    Ok(())
}
