//! One error for each way a call can fail, and what each says (S35).

use crate::fixtures::poll_once;
use crate::fixtures::scripted::*;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{Cause, ExitReason, Handled, Shutdown};

/// Whether the turn of the request had begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    Yes,
    No,
}

/// S35e: who, which life, whether to retry, what to do now, and a text that names the owner.
#[track_caller]
fn says<R>(error: CallError<R>, name: &str, begun: Begun) -> (CallErrorKind<R>, String) {
    assert_eq!(error.kind.name(), name);
    assert_eq!((error.owner.as_str(), error.incarnation), ("app/a", 1));
    let may_come_back = matches!(name, "Full" | "Died" | "Stopped");
    assert_eq!(error.is_retryable(), may_come_back && begun == Begun::No);
    assert!(!error.kind.help().is_empty() && !error.kind.help().ends_with('.'));
    let text = error.to_string();
    assert!(text.starts_with("`app/a@1` "), "{text}");
    let has_source = std::error::Error::source(&error).is_some();
    assert_eq!(has_source, matches!(name, "Cancelled" | "DeadlineExceeded"));
    let CallError { kind, .. } = error;
    let is_gone = matches!(
        kind,
        CallErrorKind::Panicked { .. }
            | CallErrorKind::Unanswered
            | CallErrorKind::Stopped { request: None }
            | CallErrorKind::Cancelled { request: None, .. }
            | CallErrorKind::DeadlineExceeded { request: None, .. }
            | CallErrorKind::Died { request: None, .. }
    );
    assert_eq!(is_gone, begun == Begun::Yes);
    (kind, text)
}

/// S35, first row.
#[tenure::test(start_paused = true)]
async fn ow_09_full_comes_at_once_with_the_request(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1));
    owner.cast(root.ctx(), Do("busy", vec![Take(50)])).await.expect("it has a place");
    settle().await;
    owner.cast(root.ctx(), Get("")).await.expect("it has a place");
    let error = owner.try_call(root.ctx(), Get("x")).await.expect_err("there is one place");
    assert_eq!(log.t(), 0);
    let (kind, text) = says(error, "Full", Begun::No);
    assert!(matches!(kind, CallErrorKind::Full { request: Get("x"), capacity: 1 }), "{kind:?}");
    assert!(text.contains("all 1 are taken"), "{text}");
    pass(50).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, second row; S27e.
#[tenure::test(start_paused = true)]
async fn ow_09_closed_comes_at_once_with_the_request(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    owner.call(root.ctx(), Get("")).await?;
    owner.stop(root.ctx()).await?;
    let (kind, _) = says(owner.call(root.ctx(), Get("x")).await.expect_err("it ended"), "Closed", Begun::No);
    assert!(matches!(kind, CallErrorKind::Closed { request: Get("x") }), "{kind:?}");
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, third row: not admitted; accepted and not begun; begun with the reply still held.
#[tenure::test(start_paused = true)]
async fn ow_09_stopped_comes_at_once_with_the_request_if_it_was_not_begun(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).shutdown(Shutdown::Timeout(ms(500))));
    let ctx = root.ctx();
    let mut held = pin!(owner.call(ctx, Keep));
    assert!(poll_once(held.as_mut()).await.is_pending());
    settle().await;
    owner.cast(ctx, Do("busy", vec![Insist(450)])).await.expect("it has a place");
    settle().await;
    let mut queued = pin!(owner.call(ctx, Get("queued")));
    assert!(poll_once(queued.as_mut()).await.is_pending());
    owner.request_stop();
    let error = owner.call(ctx, Get("x")).await.expect_err("it is stopping");
    assert_eq!(log.t(), 0);
    let (kind, _) = says(error, "Stopped", Begun::No);
    assert!(matches!(kind, CallErrorKind::Stopped { request: Some(Get("x")) }), "{kind:?}");
    let error = queued.await.expect_err("the drain is cut short");
    assert_eq!(log.t(), 400);
    let (kind, _) = says(error, "Stopped", Begun::No);
    assert!(matches!(kind, CallErrorKind::Stopped { request: Some(Get("queued")) }), "{kind:?}");
    let error = held.await.expect_err("the owner ends without answering");
    assert_eq!(log.t(), 450);
    says(error, "Stopped", Begun::Yes);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, fourth row; S40b.
#[tenure::test(start_paused = true)]
async fn ow_09_deadlock_comes_before_blocking_with_the_request(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (me, told) = (owner.clone(), tokio::sync::oneshot::channel());
    let (tell, told) = told;
    let calls_itself = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            drop(tell.send(me.call(&ctx, Get("x")).await));
            1
        }
    });
    owner.call(root.ctx(), calls_itself).await.map_err(CallError::without_request)?;
    let error = told.await?.expect_err("it would wait for itself");
    let (kind, text) = says(error, "Deadlock", Begun::No);
    let CallErrorKind::Deadlock { cycle, request: Get("x") } = kind else { panic!("{kind:?}") };
    assert_eq!(cycle.iter().map(|path| path.as_str()).collect::<Vec<_>>(), ["app/a", "app/a"]);
    assert!(text.contains("`app/a` -> `app/a`"), "{text}");
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, fifth row: the request comes back exactly if its turn was not begun.
#[tenure::test(start_paused = true)]
async fn ow_09_cancelled_comes_at_once_with_the_request_if_it_was_not_begun(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (ctx, canceller) = root.ctx().cancellable();
    let cancel = async {
        pass(10).await;
        canceller.cancel("enough");
    };
    let (begun, queued, ()) =
        tokio::join!(owner.call(&ctx, Do("x", vec![Insist(50)])), owner.call(&ctx, Get("queued")), cancel);
    assert_eq!(log.t(), 10);
    let (kind, text) = says(begun.expect_err("cancelled"), "Cancelled", Begun::Yes);
    assert!(text.contains("(begun)"), "{text}");
    let CallErrorKind::Cancelled { cancelled, .. } = kind else { panic!("{kind:?}") };
    assert_eq!(cancelled.cause, Cause::Explicit("enough".to_owned()));
    let (kind, text) = says(queued.expect_err("cancelled"), "Cancelled", Begun::No);
    assert!(text.contains("(not begun)"), "{text}");
    assert!(matches!(kind, CallErrorKind::Cancelled { request: Some(Get("queued")), .. }), "{kind:?}");
    assert_eq!(owner.stats().discarded_cancelled, 1);
    pass(50).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, sixth row; at the deadline, neither before nor after.
#[tenure::test(start_paused = true)]
async fn ow_09_deadline_exceeded_comes_at_the_deadline_and_says_whether_it_was_begun(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let ctx = root.ctx().timeout(ms(20));
    let (begun, queued) =
        tokio::join!(owner.call(&ctx, Do("x", vec![Insist(50)])), owner.call(&ctx, Get("queued")));
    assert_eq!(log.t(), 20);
    let (kind, _) = says(begun.expect_err("it passed"), "DeadlineExceeded", Begun::Yes);
    assert!(matches!(kind, CallErrorKind::DeadlineExceeded { handled: Handled::Yes, .. }), "{kind:?}");
    let (kind, _) = says(queued.expect_err("it passed"), "DeadlineExceeded", Begun::No);
    let CallErrorKind::DeadlineExceeded { handled, waited, request, cancelled, .. } = kind else {
        panic!("{kind:?}")
    };
    assert_eq!((handled, waited, request), (Handled::No, ms(20), Some(Get("queued"))));
    assert_eq!(cancelled.cause, Cause::Deadline);
    // Under a deadline that has passed, nothing is begun (S7c).
    let error = owner.call(&ctx, Get("x")).await.expect_err("it has passed");
    let (kind, _) = says(error, "DeadlineExceeded", Begun::No);
    assert!(matches!(kind, CallErrorKind::DeadlineExceeded { handled: Handled::No, .. }), "{kind:?}");
    pass(50).await;
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, seventh and eighth row: this request's turn, and all others.
#[tenure::test(start_paused = true)]
async fn ow_09_panicked_is_for_the_turn_that_did_and_died_for_the_others(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let ctx = root.ctx();
    let mut held = pin!(owner.call(ctx, Keep));
    assert!(poll_once(held.as_mut()).await.is_pending());
    let (panicked, queued, held) = tokio::join!(
        owner.call(ctx, Do("x", vec![Take(10), Panic("by script")])),
        owner.call(ctx, Get("queued")),
        held
    );
    assert_eq!(log.t(), 10);
    let (kind, text) = says(panicked.expect_err("its turn panicked"), "Panicked", Begun::Yes);
    let CallErrorKind::Panicked { message, location: Some(_) } = kind else { panic!("{kind:?}") };
    assert_eq!(message, "by script");
    assert!(text.contains("by script"), "{text}");
    let (kind, text) = says(queued.expect_err("the owner died"), "Died", Begun::No);
    let CallErrorKind::Died { reason: ExitReason::Panicked(panic), request } = kind else {
        panic!("{kind:?}")
    };
    assert_eq!((panic.message.as_str(), request), ("by script", Some(Get("queued"))));
    assert!(text.contains("(not begun)"), "{text}");
    let (kind, _) = says(held.expect_err("the owner died"), "Died", Begun::Yes);
    assert!(
        matches!(kind, CallErrorKind::Died { reason: ExitReason::Panicked(_), request: None }),
        "{kind:?}"
    );
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, seventh row, for a synchronous turn and a turn by closure.
#[tenure::test(start_paused = true)]
async fn ow_09_a_closure_that_panics_is_panicked_for_its_caller(root: Scope) -> Result {
    let log = Log::new();
    let owner = mortal(&root, "a", &log);
    let error = owner.with(root.ctx(), |_| panic!("in the closure")).await.expect_err("it panicked");
    let (kind, _) = says(error, "Panicked", Begun::Yes);
    assert!(
        matches!(kind, CallErrorKind::Panicked { ref message, .. } if message == "in the closure"),
        "{kind:?}"
    );
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35, last row; S36c.
#[tenure::test(start_paused = true)]
async fn ow_09_unanswered_comes_at_once(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let (kind, _) =
        says(owner.call(root.ctx(), Lose).await.expect_err("it is dropped"), "Unanswered", Begun::Yes);
    assert!(matches!(kind, CallErrorKind::Unanswered), "{kind:?}");
    assert_eq!(log.t(), 0);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35d: a cast fails only before it is accepted, with its request.
#[tenure::test(start_paused = true)]
async fn ow_55_every_error_of_a_cast_brings_its_request_back(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1));
    let ctx = root.ctx();
    owner.cast(ctx, Do("busy", vec![Take(100)])).await.expect("it has a place");
    settle().await;
    owner.cast(ctx, Get("")).await.expect("it has a place");
    let accepted = owner.stats().accepted;

    let error = owner.try_cast(ctx, Get("1")).expect_err("no place");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("1"), .. }), "{error:?}");
    let soon = ctx.timeout(ms(10));
    let error = owner.cast(&soon, Get("2")).await.expect_err("no place in time");
    assert!(matches!(error.kind, CallErrorKind::Full { request: Get("2"), .. }), "{error:?}");
    assert_eq!(log.t(), 10);
    let error = owner.cast(&soon, Get("3")).await.expect_err("its context has ended");
    let CallErrorKind::Cancelled { cancelled, request } = error.kind else { panic!("{error:?}") };
    assert_eq!((cancelled.cause, request), (Cause::Deadline, Some(Get("3"))));
    let (waiting, canceller) = ctx.cancellable();
    let cancel = async {
        pass(10).await;
        canceller.cancel("enough");
    };
    let (waited, ()) = tokio::join!(owner.cast(&waiting, Get("4")), cancel);
    let error = waited.expect_err("cancelled while it waits for a place");
    assert!(matches!(error.kind, CallErrorKind::Cancelled { request: Some(Get("4")), .. }), "{error:?}");
    assert_eq!(owner.stats().accepted, accepted);

    owner.request_stop();
    let error = owner.cast(ctx, Get("5")).await.expect_err("it is stopping");
    assert!(matches!(error.kind, CallErrorKind::Stopped { request: Some(Get("5")) }), "{error:?}");
    owner.stop(ctx).await?;
    let error = owner.cast(ctx, Get("6")).await.expect_err("it has ended");
    assert!(matches!(error.kind, CallErrorKind::Closed { request: Get("6") }), "{error:?}");
    let stats = owner.stats();
    assert_eq!((stats.accepted, stats.calls_refused, stats.handled), (accepted, 6, 2));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S35d, S40a: a cast waits for a place only, so it is refused only when that would close a ring.
#[tenure::test(start_paused = true)]
async fn ow_55_a_cast_that_would_wait_for_its_own_place_is_a_deadlock(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1));
    let me = owner.clone();
    let casts_to_itself = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            me.cast(&ctx, Get("1")).await.expect("there is a place, so it does not wait");
            let error = me.cast(&ctx, Get("2")).await.expect_err("it would wait for itself");
            let CallErrorKind::Deadlock { cycle, request: Get("2") } = error.kind else {
                panic!("{error:?}")
            };
            assert_eq!(cycle.len(), 2);
            1
        }
    });
    owner.call(root.ctx(), casts_to_itself).await.map_err(CallError::without_request)?;
    settle().await;
    let stats = owner.stats();
    assert_eq!((stats.accepted, stats.handled, stats.calls_refused, log.count("2")), (2, 1, 1, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}
