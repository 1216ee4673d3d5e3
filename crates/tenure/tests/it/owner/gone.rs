//! Callers that are gone before, at and after the begin of their turn (S34, S35b).

use crate::fixtures::poll_once;
use crate::fixtures::scripted::*;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use tenure::prelude::*;
use tenure::{CallErrorKind, Cause, ChildSpec, HandleAsync, Handled, Inline, Turn};

/// S34a, d.
#[tenure::test(start_paused = true)]
async fn ow_05_a_call_whose_caller_was_dropped_frees_its_place_and_never_begins(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let ctx = root.ctx();
    let busy = owner.call(ctx, Do("busy", vec![Take(50)]));
    let dropped = async {
        let gone = tokio::time::timeout(ms(10), owner.call(ctx, Get("gone"))).await;
        assert!(gone.is_err(), "it is queued until 50");
        let stats = owner.stats();
        assert_eq!((log.t(), stats.queued, stats.discarded_caller_gone), (10, 0, 1));
    };
    let (busy, ()) = tokio::join!(busy, dropped);
    busy?;
    settle().await;
    assert_eq!((log.t(), log.count("gone"), owner.stats().entries), (50, 0, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S34a, S34b, S35b.
#[tenure::test(start_paused = true)]
async fn ow_06_a_queued_call_whose_deadline_passes_comes_back_and_never_begins(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let busy = owner.call(root.ctx(), Do("busy", vec![Take(50)]));
    let soon = root.ctx().timeout(ms(20));
    let late = async {
        let error = owner.call(&soon, Get("late")).await.expect_err("its deadline passes in the queue");
        assert_eq!(log.t(), 20);
        let CallErrorKind::DeadlineExceeded { handled, waited, request, .. } = error.kind else {
            panic!("{error:?}")
        };
        assert_eq!((handled, waited, request), (Handled::No, ms(20), Some(Get("late"))));
    };
    let (busy, ()) = tokio::join!(busy, late);
    busy?;
    settle().await;
    assert_eq!((log.count("late"), owner.stats().discarded_expired), (0, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S34b, S13a: found by the owner, at the very time of the deadline.
#[tenure::test(start_paused = true)]
async fn s34b_a_request_whose_deadline_is_exactly_now_is_not_begun(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let soon = root.ctx().timeout(ms(50));
    let (busy, late) =
        tokio::join!(owner.call(root.ctx(), Do("busy", vec![Insist(50)])), owner.call(&soon, Get("late")));
    busy?;
    let CallErrorKind::DeadlineExceeded { handled: Handled::No, request: Some(Get("late")), .. } =
        late.expect_err("it has expired").kind
    else {
        panic!("it must come back");
    };
    assert_eq!((log.count("late"), owner.stats().discarded_expired), (0, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S34c, S33e.
#[tenure::test(start_paused = true)]
async fn ow_07_a_caller_that_goes_during_its_turn_ends_only_the_turns_waits(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let gone = tokio::time::timeout(ms(10), owner.call(root.ctx(), Do("x", vec![Take(100)]))).await;
    assert!(gone.is_err());
    owner.call(root.ctx(), Get("next")).await?;
    log.expect(&[(0, "x begins"), (10, "x cut: CallerGone"), (10, "next")]);
    let stats = owner.stats();
    assert_eq!((stats.replied, stats.unheard), (2, 1));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S33e: a turn that does not look at its context goes on to its end.
#[tenure::test(start_paused = true)]
async fn s33e_a_turn_is_not_aborted_because_its_caller_went(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let soon = root.ctx().timeout(ms(10));
    let error =
        owner.call(&soon, Do("x", vec![Insist(100)])).await.expect_err("the deadline passes in the turn");
    assert!(matches!(
        error.kind,
        CallErrorKind::DeadlineExceeded { handled: Handled::Yes, request: None, .. }
    ));
    assert_eq!(owner.stats().begun, 1);
    owner.call(root.ctx(), Get("next")).await?;
    log.expect(&[(0, "x begins"), (100, "x ends"), (100, "next")]);
    assert_eq!(owner.stats().unheard, 1);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S33f: a cast's turn has nothing of its caller's end; `cast_with` has.
#[tenure::test(start_paused = true)]
async fn s33f_only_cast_with_ends_the_turns_waits_with_its_caller(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (ctx, canceller) = root.ctx().cancellable();
    owner.cast(&ctx, Do("cast", vec![Take(20)])).await.expect("it has a place");
    pass(10).await;
    canceller.cancel("gone");
    pass(20).await;
    let (ctx, canceller) = root.ctx().cancellable();
    owner.cast_with(&ctx, Do("cast_with", vec![Take(20)])).await.expect("it has a place");
    pass(10).await;
    canceller.cancel("gone");
    settle().await;
    log.expect(&[
        (0, "cast begins"),
        (20, "cast ends"),
        (30, "cast_with begins"),
        (40, "cast_with cut: Explicit(\"gone\")"),
    ]);
    assert_eq!(owner.stats().handled, 2);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S34d: withdrawn requests do not fill the mailbox of a stuck owner.
#[tenure::test(start_paused = true)]
async fn ow_08_ten_thousand_expired_calls_never_fill_a_mailbox_of_four(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(4));
    let until = 10_000;
    let rounds = async {
        for _ in 0..until {
            let error =
                owner.call(&root.ctx().timeout(ms(1)), Get("never")).await.expect_err("the turn is stuck");
            assert!(
                matches!(error.kind, CallErrorKind::DeadlineExceeded { handled: Handled::No, .. }),
                "{error:?}"
            );
            assert!(owner.stats().entries <= 8);
        }
    };
    let stuck = owner.call(root.ctx(), Do("stuck", vec![Insist(until)]));
    let (_, ()) = tokio::join!(stuck, rounds);
    let stats = owner.stats();
    assert_eq!((stats.full_total, stats.discarded_expired, log.count("never")), (0, until, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35c: the turn panics and the caller is cancelled before the caller is polled again.
#[tenure::test(start_paused = true)]
async fn ow_11_a_panic_of_the_turn_outranks_the_callers_cancellation(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let (ctx, canceller) = root.ctx().cancellable();
    let mut call = pin!(owner.call(&ctx, Do("x", vec![Panic("by script")])));
    assert!(poll_once(call.as_mut()).await.is_pending());
    settle().await; // the turn has panicked
    canceller.cancel("at the same poll");
    let error = call.await.expect_err("its turn panicked");
    let CallErrorKind::Panicked { message, location } = error.kind else { panic!("{error:?}") };
    assert_eq!(message, "by script");
    assert!(location.is_some_and(|at| at.contains("scripted.rs")));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35c: a reply that is there outranks everything.
#[tenure::test(start_paused = true)]
async fn s35c_a_reply_that_is_there_outranks_cancellation_and_deadline(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (ctx, canceller) = root.ctx().timeout(ms(10)).cancellable();
    let mut call = pin!(owner.call(&ctx, Do("x", vec![])));
    assert!(poll_once(call.as_mut()).await.is_pending());
    pass(20).await;
    canceller.cancel("too late");
    assert_eq!(call.await?, 1);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S12a, S34c: what the turn's context says of a caller that was cancelled.
#[tenure::test(start_paused = true)]
async fn s33d_a_turns_context_ends_with_its_callers_and_says_its_cause(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (ctx, canceller) = root.ctx().cancellable();
    let cancel = async {
        pass(10).await;
        canceller.cancel("enough");
    };
    let (told, ()) = tokio::join!(owner.call(&ctx, Do("x", vec![Take(100), Insist(5)])), cancel);
    let told = told.expect_err("the caller was cancelled");
    let CallErrorKind::Cancelled { cancelled, request: None } = told.kind else { panic!("{told:?}") };
    assert_eq!(cancelled.cause, Cause::Explicit("enough".to_owned()));
    settle().await;
    log.expect(&[(0, "x begins"), (10, "x cut: Explicit(\"enough\")")]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// Counts the turns it ran.
struct Counter(Arc<AtomicU64>);

struct Add;

impl Request for Add {
    type Reply = ();
}

// Always on the owner's task, so that its begin races with the caller's going.
impl HandleAsync<Add> for Counter {
    async fn handle(&mut self, Add: Add, _turn: &mut Turn<Add>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// S35b, in real time on threads: a deadline of now, a drop after some polls, or the reply.
#[tenure::test(worker_threads = 2)]
async fn ow_10_a_request_is_handled_or_returned_and_never_both(root: Scope) -> Result {
    const ROUNDS: u64 = 100_000;
    let turns = Arc::new(AtomicU64::new(0));
    // On the owner's task: an inline turn leaves nothing to race with.
    let counter = ChildSpec::own("counter", Counter(Arc::clone(&turns))).inline(Inline::Never);
    let owner = root.child(counter);
    let mut client = root.spawn("client", async move |ctx| {
        let (mut known_begun, mut returned, mut dropped) = (0u64, 0u64, 0u64);
        for round in 0..ROUNDS {
            if round % 32 == 0 {
                tokio::task::yield_now().await; // a fresh budget: no poll below is put off
            }
            let spins = (round % 64) * 8;
            match round % 2 {
                0 => {
                    let (ctx, canceller) = ctx.cancellable();
                    let mut call = pin!(owner.call(&ctx, Add));
                    let first = poll_once(call.as_mut()).await;
                    match spins {
                        0 => tokio::task::yield_now().await, // the owner wins on a single core, too
                        _ => (0..spins).for_each(|_| std::hint::spin_loop()),
                    }
                    canceller.cancel("now");
                    let answer = match first {
                        std::task::Poll::Ready(answer) => answer,
                        std::task::Poll::Pending => call.await,
                    };
                    match answer.map_err(|error| error.kind) {
                        Ok(()) | Err(CallErrorKind::Cancelled { request: None, .. }) => known_begun += 1,
                        Err(CallErrorKind::Cancelled { request: Some(Add), .. }) => returned += 1,
                        Err(other) => panic!("{other}"),
                    }
                }
                _ => {
                    let mut call = Box::pin(owner.call(&ctx, Add));
                    match poll_once(call.as_mut()).await {
                        std::task::Poll::Ready(answer) => {
                            answer.map_err(tenure::CallError::without_request)?;
                            known_begun += 1;
                        }
                        std::task::Poll::Pending => {
                            (0..spins).for_each(|_| std::hint::spin_loop());
                            drop(call);
                            dropped += 1;
                        }
                    }
                }
            }
        }
        owner.call(&ctx, Add).await.map_err(tenure::CallError::without_request)?; // all before it are over
        let stats = owner.stats();
        Ok((known_begun + 1, returned, dropped, stats))
    });
    let (known_begun, returned, dropped, stats) = client.join().await?;
    sums(&stats);
    let gone = stats.discarded_caller_gone;
    assert_eq!(turns.load(SeqCst), known_begun + (dropped - gone), "handled");
    assert_eq!(stats.discarded_cancelled, returned, "returned");
    assert_eq!(stats.accepted, turns.load(SeqCst) + returned + gone);
    assert!(returned > 0 && gone > 0 && known_begun > 1, "both sides won: {stats:?}");
    Ok(())
}
