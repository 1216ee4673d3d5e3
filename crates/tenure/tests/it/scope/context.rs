//! Contexts: cancellation, deadlines and values pass down, and only down (S7, S12).

use crate::fixtures::{Log, advance, ends_clean, obeys, poll_once, reason_of, settle};
use std::pin::pin;
use std::sync::Arc;
use tenure::prelude::*;
use tenure::{Cause, ContextKey, ExitReason, Stop, TaskHandle};
use tokio::sync::Mutex;

/// S7a, S12c.
#[tenure::test(start_paused = true)]
async fn sc_24_a_cancel_passes_down_with_its_cause_and_origin_and_never_up(root: Scope) -> Result {
    let parent = root.ctx().open_scope("parent", Stop::REQUEST);
    let s = parent.ctx().open_scope("s", Stop::REQUEST);
    let t = s.ctx().open_scope("t", Stop::REQUEST);
    let mut task = t.spawn("task", obeys);
    let (by_hand, _) = t.ctx().cancellable();

    s.cancel("x");

    for ctx in [s.ctx(), t.ctx(), &by_hand] {
        let cancelled = ctx.cause().expect("it was cancelled");
        assert_eq!(
            (cancelled.cause, cancelled.origin.as_str()),
            (Cause::Explicit("x".into()), "app/parent/s")
        );
    }
    assert!(parent.ctx().cause().is_none() && root.ctx().cause().is_none());
    // Who comes later inherits it, too.
    let late = t.ctx().cancellable().0.cause().expect("its parent was cancelled");
    assert_eq!((late.cause, late.origin.as_str()), (Cause::Explicit("x".into()), "app/parent/s"));
    assert_eq!(reason_of(&mut task).await, ExitReason::Shutdown(Cause::Explicit("x".into())));
    drop((t, s));
    parent.join().await.result?;
    ends_clean(&root).await;
    Ok(())
}

/// S7b, S12c.
#[tenure::test(start_paused = true)]
async fn sc_25_the_deadline_of_a_child_is_never_after_that_of_its_parent(root: Scope) -> Result {
    let log = Log::new();
    let (before, at_once) = (root.ctx().timeout(secs(1)), Log::new());

    before
        .scope("parent", async |parent| {
            let child = parent.ctx().timeout(secs(60));
            assert_eq!(child.deadline(), before.deadline());
            let inner = child.open_scope("child", Stop::REQUEST);
            for name in ["a", "b"] {
                let log = log.clone();
                inner.spawn(name, async move |ctx| {
                    let cancelled = ctx.cancelled().await;
                    log.note(format!("{} {}", cancelled.cause, cancelled.origin));
                    Err::<(), _>(cancelled.into())
                });
            }
            inner.join().await;
            // Whoever asks sees the same, by whatever way it learns of the deadline.
            let cancelled = child.cancelled().await;
            at_once.note(format!("{} {}", cancelled.cause, cancelled.origin));
            Ok(())
        })
        .await
        .ok();

    let ends = format!("{} app/parent", Cause::Deadline);
    assert_eq!(log.events(), [(1000, ends.clone()), (1000, ends.clone())]);
    assert_eq!(at_once.events(), [(1000, ends)]);
    ends_clean(&root).await;
    Ok(())
}

struct K;
struct Other;

impl ContextKey for K {
    type Value = u64;
}

impl ContextKey for Other {
    type Value = &'static str;
}

/// S7d.
#[tenure::test(start_paused = true)]
async fn sc_33_a_value_is_inherited_and_shadowed_by_its_key(root: Scope) -> Result {
    let parent = root.ctx().with_value::<Other>("kept").with_value::<K>(1);
    let child = parent.with_value::<K>(2);

    let seen = child
        .scope("s", async |s| {
            let inner = s.ctx().open_scope("inner", Stop::REQUEST);
            let mut task =
                inner.spawn("t", async |ctx| Ok((ctx.value::<K>().copied(), ctx.value::<Other>().copied())));
            let closure =
                s.blocking("b", |b| Ok((b.ctx().value::<K>().copied(), b.ctx().value::<Other>().copied())));
            let seen = [task.join().await?, { closure }.join().await?];
            inner.join().await.result?;
            Ok(seen)
        })
        .await?;

    assert_eq!(seen, [(Some(2), Some("kept")); 2]);
    assert_eq!(
        (child.value::<K>(), child.timeout(secs(1)).cleanup(ms(1)).value::<K>()),
        (Some(&2), Some(&2))
    );
    assert_eq!((parent.value::<K>(), parent.value::<Other>()), (Some(&1), Some(&"kept")));
    assert_eq!((root.ctx().value::<K>(), root.ctx().value::<Other>()), (None, None));
    ends_clean(&root).await;
    Ok(())
}

/// Three tasks wait, the first is dropped; the change comes at 10: the other two are ready then, a later wait at once.
async fn two_of_three_are_told(
    root: &Scope,
    wait: impl AsyncFn(&Log, &'static str) -> TaskHandle<()>,
    change: impl AsyncFnOnce(),
) -> Log {
    let log = Log::new();
    let mut waiting = Vec::new();
    for name in ["dropped", "a", "b"] {
        waiting.push(wait(&log, name).await);
    }
    settle().await;
    waiting[0].abort();
    root.ctx().cleanup(secs(1)).sleep(ms(10)).await.expect("it is not over yet");
    assert!(waiting[0].is_ended() && !waiting[1].is_ended());
    change().await;
    for handle in &mut waiting[1..] {
        handle.join().await.expect("it was told");
    }
    let mut events = log.events();
    events.sort();
    assert_eq!(events, [(10, "a".to_owned()), (10, "b".to_owned())]);
    log
}

/// S7e.
#[tenure::test(start_paused = true)]
async fn sc_34_all_who_await_cancelled_are_told_and_it_stays_ready(root: Scope) -> Result {
    let (ctx, canceller) = root.ctx().cancellable();

    let waits = async |log: &Log, name| {
        let (log, ctx) = (log.clone(), ctx.clone());
        root.spawn(name, async move |_| {
            ctx.cancelled().await;
            log.note(name);
            Ok(())
        })
    };
    two_of_three_are_told(&root, waits, async || canceller.cancel("x")).await;

    for _ in 0..2 {
        assert!(poll_once(pin!(ctx.cancelled())).await.is_ready());
    }
    // A cancelled context is also draining, and ended.
    assert!(
        poll_once(pin!(ctx.draining())).await.is_ready() && poll_once(pin!(ctx.ended())).await.is_ready()
    );
    ends_clean(&root).await;
    Ok(())
}

/// S7e, S7f.
#[tenure::test(start_paused = true)]
async fn sc_34_all_who_await_draining_are_told_and_it_stays_ready(root: Scope) -> Result {
    let inner = root.ctx().open_scope("s", Stop::REQUEST);
    let spawner = inner.spawner();

    let waits = async |log: &Log, name| {
        let log = log.clone();
        spawner.spawn(name, async move |ctx: Context| {
            ctx.draining().await;
            log.note(name);
            Ok(())
        })
    };
    two_of_three_are_told(&root, waits, async || root.shutdown("the test")).await;

    for ctx in [root.ctx(), inner.ctx()] {
        assert!(poll_once(pin!(ctx.draining())).await.is_ready());
        assert!(poll_once(pin!(ctx.draining())).await.is_ready() && !ctx.is_cancelled());
    }
    inner.join().await.result?;
    ends_clean(&root).await;
    Ok(())
}

/// S7e.
#[tenure::test(start_paused = true)]
async fn sc_34_all_who_await_ended_are_told_when_the_scope_has_ended(root: Scope) -> Result {
    let scope = Arc::new(Mutex::new(Some(root.ctx().open_scope("s", Stop::REQUEST))));
    let ctx = scope.lock().await.as_ref().expect("it is there").ctx().clone();

    let waits = async |log: &Log, name| {
        let (log, ctx) = (log.clone(), ctx.clone());
        root.spawn(name, async move |_| {
            ctx.ended().await;
            log.note(name);
            Ok(())
        })
    };
    let join = async || {
        let scope = scope.lock().await.take().expect("it is there");
        assert!(scope.join().await.result.is_ok());
    };
    two_of_three_are_told(&root, waits, join).await;

    assert!(poll_once(pin!(ctx.ended())).await.is_ready() && poll_once(pin!(ctx.ended())).await.is_ready());
    assert!(!ctx.is_cancelled(), "it ended without a cancel");
    advance(ms(1)).await;
    ends_clean(&root).await;
    Ok(())
}

/// A key for the chain below.
struct Depth;

impl ContextKey for Depth {
    type Value = u32;
}

/// S7: each step of a recursion may derive a context; a chain of them is as safe as one.
#[tenure::test]
async fn s7_a_chain_of_a_hundred_thousand_contexts_asks_cancels_and_ends(root: Scope) -> Result {
    const DEEP: u32 = 100_000;
    let chain = |of: &Context| {
        let (mut ctx, canceller) = of.cancellable();
        for depth in 0..DEEP {
            ctx = ctx.cancellable().0.with_value::<Depth>(depth);
        }
        (ctx, canceller)
    };
    let (last, canceller) = chain(root.ctx());
    assert!(poll_once(pin!(last.draining())).await.is_pending(), "it asks up to the root");
    canceller.cancel("enough");
    assert!(last.is_cancelled());
    assert_eq!(last.value::<Depth>(), Some(&(DEEP - 1)));
    drop(last); // the last holder of all
    drop(chain(root.ctx()));
    Ok(())
}

/// S1b: the same for scopes. The innermost value is the last holder of all that stand above it.
#[tenure::test]
async fn s1b_a_chain_of_ten_thousand_scopes_ends_from_the_innermost(root: Scope) -> Result {
    let mut scopes = vec![root.ctx().open_scope("outer", Stop::REQUEST)];
    for _ in 0..10_000 {
        let inner = scopes.last().map(|scope| scope.ctx().open_scope("inner", Stop::REQUEST));
        scopes.extend(inner);
    }
    let last = scopes.pop();
    drop(scopes); // each is ended by its drop, and waits for those within it
    settle().await;
    drop(last);
    settle().await;
    assert!(root.account().is_balanced());
    Ok(())
}
