//! Waits that would close a ring are refused before they block (S40).

use crate::fixtures::poll_once;
use crate::fixtures::scripted::*;
use std::pin::pin;
use std::sync::Arc;
use tenure::prelude::*;
use tenure::{Context, Deadline, Stop, TaskError, TaskHandle, TaskPath};
use tokio::sync::oneshot;

fn names(cycle: &[TaskPath]) -> Vec<&str> {
    cycle.iter().map(|path| path.as_str().trim_start_matches("app/")).collect()
}

/// A turn that calls `next` and then replies 1; what it was told is in the log.
fn calls<R>(next: &OwnerRef<Scripted>, log: &Log, request: R) -> Act
where
    R: Into<Sent> + Send + 'static,
{
    let (next, log, request) = (next.clone(), log.clone(), request.into());
    Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            let told = match request {
                Sent::Act(act) => next.call(&ctx, act).await.map_err(CallError::without_request),
                Sent::Get(get) => next.call(&ctx, get).await.map_err(CallError::without_request),
            };
            match told {
                Ok(value) => log.note(format!("{} answered {value}", next.path())),
                Err(error) => match &error.kind {
                    CallErrorKind::Deadlock { cycle, .. } => log.note(format!("ring {:?}", names(cycle))),
                    other => log.note(format!("{} did not answer: {other}", next.path())),
                },
            }
            1
        }
    })
}

enum Sent {
    Act(Act),
    Get(Get),
}

impl From<Act> for Sent {
    fn from(act: Act) -> Self {
        Self::Act(act)
    }
}

impl From<Get> for Sent {
    fn from(get: Get) -> Self {
        Self::Get(get)
    }
}

/// S40b.
#[tenure::test(start_paused = true)]
async fn ow_28_a_turn_that_calls_its_own_owner_is_refused_and_goes_on(root: Scope) -> Result {
    let log = Log::new();
    let a = scripted(&root, "a", &log);
    assert_eq!(
        a.call(root.ctx(), calls(&a, &log, Get("never"))).await.map_err(CallError::without_request)?,
        1
    );
    log.expect(&[(0, "ring [\"a\", \"a\"]")]);
    assert_eq!(root.account().refused_by.deadlock, 1);
    ends(&root, &[&a]).await;
    Ok(())
}

/// S40a.
#[tenure::test(start_paused = true)]
async fn ow_29_the_call_that_closes_a_ring_of_two_is_refused_and_the_others_answer(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (scripted(&root, "a", &log), scripted(&root, "b", &log));
    let ring = calls(&b, &log, calls(&a, &log, Get("never")));
    assert_eq!(a.call(root.ctx(), ring).await.map_err(CallError::without_request)?, 1);
    log.expect(&[(0, "ring [\"b\", \"a\", \"b\"]"), (0, "app/b answered 1")]);
    ends(&root, &[&a, &b]).await;
    Ok(())
}

/// S40a.
#[tenure::test(start_paused = true)]
async fn ow_31_the_call_that_closes_a_ring_of_three_is_refused_with_the_whole_ring(root: Scope) -> Result {
    let log = Log::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| scripted(&root, name, &log));
    let ring = calls(&b, &log, calls(&c, &log, calls(&a, &log, Get("never"))));
    assert_eq!(a.call(root.ctx(), ring).await.map_err(CallError::without_request)?, 1);
    log.expect(&[(0, "ring [\"c\", \"a\", \"b\", \"c\"]"), (0, "app/c answered 1"), (0, "app/b answered 1")]);
    ends(&root, &[&a, &b, &c]).await;
    Ok(())
}

/// S40c: the owner of a deferred reply is idle, so whoever holds nothing but that reply blocks nobody.
#[tenure::test(start_paused = true)]
async fn ow_34_a_deferred_reply_is_no_edge(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (scripted(&root, "a", &log), scripted(&root, "b", &log));
    // b's turn waits for a's deferred reply. a's next turn calls b: no ring, for a itself is not what b waits for.
    let waits = {
        let a = a.clone();
        Act::new(move |turn| {
            let ctx = turn.ctx().clone();
            async move { a.call(&ctx, Keep).await.expect("it is answered at 10") }
        })
    };
    let mut deferred = pin!(b.call(root.ctx(), waits));
    assert!(poll_once(deferred.as_mut()).await.is_pending());
    settle().await;
    let reply = a.with(root.ctx(), |state| state.kept.pop()).await?.expect("it was kept");
    let queued = calls(&b, &log, Get("served"));
    let mut calls_back = pin!(a.call(root.ctx(), queued));
    assert!(poll_once(calls_back.as_mut()).await.is_pending());
    pass(10).await;
    assert_eq!(log.count("served"), 0);
    reply.answer(5);
    let (deferred, calls_back) = tokio::join!(deferred, calls_back);
    assert_eq!(deferred.map_err(CallError::without_request)?, 5);
    assert_eq!(calls_back.map_err(CallError::without_request)?, 1);
    log.expect(&[(10, "served"), (10, "app/b answered 0")]);
    ends(&root, &[&a, &b]).await;
    Ok(())
}

/// S40c, for a call that had to wait for its place first.
#[tenure::test(start_paused = true)]
async fn ow_34_a_deferred_reply_is_no_edge_also_after_a_wait_for_a_place(root: Scope) -> Result {
    let log = Log::new();
    let a = root.child(spec("a", Script::new(&log)).capacity(1));
    let b = scripted(&root, "b", &log);
    a.cast(root.ctx(), Do("busy", vec![Take(5)])).await.expect("it has a place");
    settle().await;
    a.cast(root.ctx(), Get("")).await.expect("it has a place");
    let waits = {
        let a = a.clone();
        Act::new(move |turn| {
            let ctx = turn.ctx().clone();
            async move { a.call(&ctx, Keep).await.expect("it is answered at 10") }
        })
    };
    let mut deferred = pin!(b.call(root.ctx(), waits));
    assert!(poll_once(deferred.as_mut()).await.is_pending());
    settle().await;
    assert_eq!(a.stats().waiting, 1);
    pass(5).await;
    let reply = a.with(root.ctx(), |state| state.kept.pop()).await?.expect("it was kept");
    let mut calls_back = pin!(a.call(root.ctx(), calls(&b, &log, Get("served"))));
    assert!(poll_once(calls_back.as_mut()).await.is_pending());
    pass(5).await;
    assert!(log.events().iter().all(|(_, line)| !line.starts_with("ring")), "{:?}", log.events());
    reply.answer(5);
    let (deferred, calls_back) = tokio::join!(deferred, calls_back);
    assert_eq!(deferred.map_err(CallError::without_request)?, 5);
    assert_eq!(calls_back.map_err(CallError::without_request)?, 1);
    assert_eq!(log.count("served"), 1);
    ends(&root, &[&a, &b]).await;
    Ok(())
}

/// S40c.
#[tenure::test(start_paused = true)]
async fn ow_35_a_task_that_a_turn_awaits_cannot_call_that_turns_owner(root: Scope) -> Result {
    let log = Log::new();
    let a = scripted(&root, "a", &log);
    let (me, told) = (a.clone(), log.clone());
    let awaits = Act::new(move |turn| {
        let mut helper: TaskHandle<()> = turn.spawn("helper", async move |ctx: Context| {
            tokio::task::yield_now().await; // the turn waits for it by now
            let error = me.call(&ctx, Get("never")).await.expect_err("a waits for this task");
            let CallErrorKind::Deadlock { cycle, request: Get("never") } = &error.kind else {
                panic!("{error:?}")
            };
            told.note(format!("ring {:?}", names(cycle)));
            Ok(())
        });
        async move { helper.join().await.map(|()| 1).expect("it ends by itself") }
    });
    assert_eq!(a.call(root.ctx(), awaits).await.map_err(CallError::without_request)?, 1);
    log.expect(&[(0, "ring [\"a/helper\", \"a\", \"a/helper\"]")]);
    ends(&root, &[&a]).await;
    Ok(())
}

/// S40d, g.
#[tenure::test(start_paused = true)]
async fn ow_52_a_ring_is_refused_also_inside_a_select_and_callers_outside_it_are_not(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (scripted(&root, "a", &log), scripted(&root, "b", &log));
    let (to_b, told) = (b.clone(), log.clone());
    let ring = calls(&a, &log, Get("never"));
    let selects = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            tokio::select! {
                answer = to_b.call(&ctx, ring) => {
                    told.note("b answered");
                    answer.map_err(CallError::without_request).expect("b goes on")
                }
                () = pass(10) => panic!("the ring was not refused"),
            }
        }
    });
    let (value, outside) = tokio::join!(a.call(root.ctx(), selects), a.call(root.ctx(), Get("outside")));
    assert_eq!(value.map_err(CallError::without_request)?, 1);
    outside?; // it was queued behind the turn, not refused
    log.expect(&[(0, "ring [\"b\", \"a\", \"b\"]"), (0, "b answered"), (0, "outside")]);
    ends(&root, &[&a, &b]).await;
    Ok(())
}

/// S40i: a join that closes a ring is not refused; the pending call of the ring ends in its place.
#[tenure::test(start_paused = true)]
async fn ow_56_a_join_that_closes_a_ring_ends_the_queued_call_of_it(root: Scope) -> Result {
    let log = Log::new();
    let a = scripted(&root, "a", &log);
    let (me, told) = (a.clone(), log.clone());
    let opens = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            let body = async |scope: &tenure::RequestScope| {
                scope.spawn("helper", async move |ctx: Context| {
                    let error = me.call(&ctx, Get("never")).await.expect_err("a waits for this task");
                    let CallErrorKind::Deadlock { cycle, request: Get("never") } = &error.kind else {
                        panic!("{error:?}")
                    };
                    told.note(format!("ring {:?}", names(cycle)));
                    Ok(())
                });
                pass(10).await;
                Ok(())
            };
            ctx.scope("inner", body).await.expect("it ends by itself");
            1
        }
    });
    let next = async {
        pass(5).await;
        a.call(root.ctx(), Get("next")).await
    };
    let (value, next) = tokio::join!(a.call(root.ctx(), opens), next);
    assert_eq!(value.map_err(CallError::without_request)?, 1);
    next?;
    log.expect(&[(10, "ring [\"a/inner/helper\", \"a\", \"a/inner/helper\"]"), (10, "next")]);
    let stats = a.stats();
    assert_eq!((stats.queued, stats.entries, stats.waiting, log.count("never")), (0, 0, 0, 0));
    ends(&root, &[&a]).await;
    Ok(())
}

/// S40i, S39f: the same for a call that waits for a place; it leaves no trace in the mailbox.
#[tenure::test(start_paused = true)]
async fn s40i_a_join_that_closes_a_ring_ends_the_wait_for_a_place_of_it(root: Scope) -> Result {
    let log = Log::new();
    let a = root.child(spec("a", Script::new(&log)).capacity(1));
    let (me, told) = (a.clone(), log.clone());
    let awaits = Act::new(move |turn| {
        let mut helper: TaskHandle<()> = turn.spawn("helper", async move |ctx: Context| {
            pass(1).await; // the place is taken by then
            let error = me.call(&ctx, Get("never")).await.expect_err("a waits for this task");
            assert!(matches!(error.kind, CallErrorKind::Deadlock { request: Get("never"), .. }), "{error:?}");
            told.note(format!("told, {} wait", me.stats().waiting));
            Ok(())
        });
        async move {
            pass(10).await;
            helper.join().await.map(|()| 1).expect("it ends by itself")
        }
    });
    let mut turn = pin!(a.call(root.ctx(), awaits));
    assert!(poll_once(turn.as_mut()).await.is_pending());
    while a.stats().begun == 0 {
        tokio::task::yield_now().await;
    }
    a.cast(root.ctx(), Get("cast")).await.expect("it has a place");
    assert_eq!(turn.await.map_err(CallError::without_request)?, 1);
    settle().await;
    log.expect(&[(10, "told, 0 wait"), (10, "cast")]);
    let stats = a.stats();
    assert_eq!((stats.accepted, stats.handled, stats.calls_refused, stats.waiting), (2, 1, 1, 0));
    ends(&root, &[&a]).await;
    Ok(())
}

/// S40i: nothing but joins: the last is refused, at once.
#[tenure::test(start_paused = true)]
async fn ow_57_two_tasks_that_await_each_other_end_with_a_deadlock(root: Scope) -> Result {
    let log = Log::new();
    let (to_first, from_test) = oneshot::channel::<TaskHandle<()>>();
    let told = log.clone();
    let first = root.spawn("first", async move |_ctx| {
        let mut second = from_test.await?;
        second.join().await?;
        told.note("first has joined");
        Ok(())
    });
    let (to_second, from_test) = oneshot::channel::<TaskHandle<()>>();
    let told = log.clone();
    let second = root.spawn("second", async move |_ctx| {
        let mut first = from_test.await?;
        let Err(TaskError::Deadlock { cycle }) = first.join().await else { panic!("it waits for itself") };
        told.note(format!("ring {:?}", names(&cycle)));
        Ok(())
    });
    to_first.send(second).ok();
    settle().await;
    to_second.send(first).ok();
    settle().await;
    log.expect(&[(0, "ring [\"second\", \"first\", \"second\"]"), (0, "first has joined")]);
    assert_eq!((root.account().live, root.account().ended_by.normal), (1, 2));
    root.assert_account_closed().await;
    Ok(())
}

/// S40i, of a scope with more tasks than a walk takes steps: those that wait for no other are none.
#[tenure::test(start_paused = true)]
async fn s40i_a_ring_is_seen_among_more_tasks_than_a_walk_has_steps(root: Scope) -> Result {
    const IDLE: u32 = 70_000;
    let log = Log::new();
    let (to_member, from_test) = oneshot::channel::<TaskHandle<()>>();
    let told = log.clone();
    let joiner = root.spawn("joiner", async move |ctx| {
        let scope = ctx.open_scope("many", Stop::REQUEST);
        scope.spawn("member", async move |_ctx| Ok(from_test.await?.join().await?));
        for _ in 0..IDLE {
            scope.spawn("idle", async |ctx| {
                ctx.cancelled().await;
                Ok(())
            });
        }
        ctx.sleep(ms(1)).await?; // when all wait
        let error = scope.join().await.result.expect_err("it waits for itself");
        let Some(TaskError::Deadlock { cycle }) = error.downcast_ref() else { panic!("{error:?}") };
        told.note(format!("ring {:?}", names(cycle)));
        Ok(())
    });
    to_member.send(joiner).ok();
    root.ctx().sleep(ms(2)).await?;
    log.expect(&[(1, "ring [\"joiner\", \"many/member\", \"joiner\"]")]);
    Ok(())
}

/// S40e, in real time on threads: two owners call each other from their turns at once.
#[tenure::test(worker_threads = 2)]
async fn ow_30_of_two_calls_that_close_a_ring_at_once_one_is_refused(root: Scope) -> Result {
    const ROUNDS: u32 = 10_000;
    let log = Log::new();
    let (a, b) = (scripted(&root, "a", &log), scripted(&root, "b", &log));
    let side = |from: OwnerRef<Scripted>, to: OwnerRef<Scripted>, pace: Arc<tokio::sync::Barrier>, name| {
        root.spawn(name, async move |ctx| {
            let ctx = ctx.with_deadline(Deadline::After(secs(20)));
            let mut refused = Vec::new();
            for _ in 0..ROUNDS {
                pace.wait().await;
                let to = to.clone();
                let cross = Act::new(move |turn| {
                    let ctx = turn.ctx().clone();
                    async move {
                        match to.call(&ctx, Get("")).await {
                            Ok(_) => 0,
                            Err(CallError { kind: CallErrorKind::Deadlock { .. }, .. }) => 1,
                            Err(other) => panic!("it neither answered nor was refused: {other}"),
                        }
                    }
                });
                refused.push(from.call(&ctx, cross).await.map_err(CallError::without_request)? == 1);
            }
            Ok(refused)
        })
    };
    let pace = Arc::new(tokio::sync::Barrier::new(2));
    let mut one = side(a.clone(), b.clone(), Arc::clone(&pace), "one");
    let mut two = side(b.clone(), a.clone(), pace, "two");
    let (one, two) = (one.join().await?, two.join().await?);
    assert_eq!((one.len(), two.len()), (ROUNDS as usize, ROUNDS as usize)); // every round ended
    let refused = one.iter().zip(&two).filter(|(one, two)| **one || **two).count();
    assert!(refused > 0, "no two turns ever overlapped");
    assert_eq!(
        root.account().refused_by.deadlock,
        one.iter().chain(&two).filter(|refused| **refused).count() as u64
    );
    a.stop(root.ctx()).await?; // both threads have come to rest
    b.stop(root.ctx()).await?;
    ends(&root, &[&a, &b]).await;
    Ok(())
}

/// A turn that polls a call which another task began.
fn takes_over(from: oneshot::Receiver<Boxed<String>>, log: &Log) -> Act {
    let log = log.clone();
    Act::new(move |_| async move {
        let call = from.await.expect("it is handed over");
        log.note(call.await);
        1
    })
}

/// A call of `a`, as its outcome.
fn call_of(a: &OwnerRef<Scripted>, ctx: &Context) -> Boxed<String> {
    let (a, ctx) = (a.clone(), ctx.clone());
    Box::pin(async move {
        match a.call(&ctx, Get("")).await {
            Ok(_) => "moved: answered".to_owned(),
            Err(error) => match &error.kind {
                CallErrorKind::Deadlock { cycle, .. } => format!("moved: ring {:?}", names(cycle)),
                other => format!("moved: {other}"),
            },
        }
    })
}

/// S40b, DESIGN 7: an edge belongs to a wait, and a wait to whoever polls it.
#[tenure::test(start_paused = true)]
async fn s40_a_call_that_moves_into_a_turn_is_that_turns_wait(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (scripted(&root, "a", &log), scripted(&root, "b", &log));
    // The call stands in the turn of `b` before `a` waits for `b`: then `a` closes the ring.
    let (open, gate) = oneshot::channel::<()>();
    let (hand, over) = oneshot::channel();
    let Act(inner) = calls(&b, &log, Get(""));
    let held = Act::new(move |turn| {
        let inner = inner(turn);
        async move {
            gate.await.ok();
            inner.await
        }
    });
    let mut first = pin!(a.call(root.ctx(), held));
    assert!(poll_once(first.as_mut()).await.is_pending());
    settle().await;
    let mut moved = call_of(&a, root.ctx());
    assert!(poll_once(moved.as_mut()).await.is_pending(), "`a` is busy");
    let mut second = pin!(b.call(root.ctx(), takes_over(over, &log)));
    assert!(poll_once(second.as_mut()).await.is_pending());
    hand.send(moved).ok();
    settle().await;
    open.send(()).ok();
    let (first, second) = tokio::join!(first, second);
    first.map_err(CallError::without_request)?;
    second.map_err(CallError::without_request)?;
    log.expect(&[(0, "ring [\"a\", \"b\", \"a\"]"), (0, "moved: answered")]);

    // `a` waits for `b` first: then the move closes the ring.
    let log = Log::new();
    let (hand, over) = oneshot::channel();
    let mut second = pin!(b.call(root.ctx(), takes_over(over, &log)));
    assert!(poll_once(second.as_mut()).await.is_pending());
    settle().await;
    let mut first = pin!(a.call(root.ctx(), calls(&b, &log, Get(""))));
    assert!(poll_once(first.as_mut()).await.is_pending());
    settle().await;
    let mut moved = call_of(&a, root.ctx());
    assert!(poll_once(moved.as_mut()).await.is_pending(), "`a` is busy");
    hand.send(moved).ok();
    let (first, second) = tokio::join!(first, second);
    first.map_err(CallError::without_request)?;
    second.map_err(CallError::without_request)?;
    log.expect(&[(0, "moved: ring [\"b\", \"a\", \"b\"]"), (0, "app/b answered 0")]);
    ends(&root, &[&a, &b]).await;
    Ok(())
}
