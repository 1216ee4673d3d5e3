//! One turn at a time, in order, each under its caller's context (S33, S7c).

use crate::fixtures::scripted::*;
use tenure::prelude::*;
use tenure::{CallErrorKind, Cause, ChildSpec, Handled, Restart, Spawner};

/// OW-01 (S16, S33): the article's program, stopped in the middle and at its end.
async fn the_article(root: &Scope, stop_at: Option<u64>) -> Result {
    const CALLS: u64 = 100;
    let store = root.child(ChildSpec::own("store", 0u64).restart(Restart::Transient));
    let mut clients = Vec::new();
    for id in 0..110u64 {
        let store = store.clone();
        clients.push(root.spawn(if id < 100 { "reader" } else { "writer" }, async move |ctx| {
            let mut told = 0;
            for _ in 0..CALLS {
                let add = u64::from(id >= 100);
                match store.with(&ctx, move |n| *n += add).await {
                    Ok(()) => {}
                    Err(error) => {
                        assert!(matches!(
                            error.kind,
                            CallErrorKind::Stopped { .. } | CallErrorKind::Closed { .. }
                        ));
                        told += 1;
                    }
                }
                tokio::task::yield_now().await;
            }
            Ok(told)
        }));
    }
    if let Some(turns) = stop_at {
        while store.stats().accepted < turns {
            tokio::task::yield_now().await;
        }
        store.request_stop();
    }
    let mut told = 0;
    for client in &mut clients {
        told += client.join().await?;
    }
    store.stop(root.ctx()).await?;
    let (stats, account) = (store.stats(), root.account());
    sums(&stats);
    assert_eq!(stats.accepted + stats.calls_refused, 110 * CALLS);
    assert_eq!(stats.calls_refused, told);
    assert_eq!(account.accepted, stats.accepted);
    assert_eq!(account.accepted, account.answered);
    assert_eq!(account.leaked, 0);
    if stop_at.is_none() {
        assert_eq!((stats.accepted, stats.replied), (11_000, 11_000));
    } else {
        assert!(told > 0);
    }
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn ow_01_the_articles_program_answers_all_its_calls(root: Scope) -> Result {
    the_article(&root, None).await
}

#[tenure::test(start_paused = true)]
async fn ow_01_the_articles_program_stopped_midway_answers_or_refuses_every_call(root: Scope) -> Result {
    the_article(&root, Some(3_000)).await
}

/// S33b.
#[tenure::test(start_paused = true)]
async fn ow_02_a_call_sees_all_casts_its_caller_sent_before(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    for _ in 0..100 {
        owner.cast(root.ctx(), Get("")).await.expect("it has places");
    }
    assert_eq!(owner.call(root.ctx(), Get("")).await?, 100);
    assert_eq!(owner.stats().handled, 100);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S33b: also past the capacity, where casts wait for places.
#[tenure::test(start_paused = true)]
async fn s33b_casts_that_waited_for_a_place_keep_their_order(root: Scope) -> Result {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(2));
    for name in ["1", "2", "3", "4", "5", "6"] {
        owner.cast(root.ctx(), Do(name, vec![Take(1)])).await.expect("it gets a place");
    }
    assert_eq!(owner.call(root.ctx(), Get("")).await?, 6);
    let begun: Vec<String> =
        log.events().into_iter().map(|line| line.1).filter(|line| line.ends_with("begins")).collect();
    assert_eq!(begun, ["1 begins", "2 begins", "3 begins", "4 begins", "5 begins", "6 begins"]);
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S33d. Both turns take 1 ms more once their waits have ended, so that no reply comes with the deadline (S13c).
#[tenure::test(start_paused = true)]
async fn ow_04_a_chain_of_calls_never_outlasts_the_first_callers_deadline(root: Scope) -> Result {
    let log = Log::new();
    let (a, b) = (scripted(&root, "a", &log), scripted(&root, "b", &log));
    let b_log = log.clone();
    let waits = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            let cancelled = ctx.sleep(ms(200)).await.expect_err("it ends with the first caller's deadline");
            b_log.note(format!("b's wait ends: {:?}", cancelled.cause));
            pass(1).await;
            0
        }
    });
    let (inner, a_log) = (b.clone(), log.clone());
    let calls_b = Act::new(move |turn| {
        let ctx = turn.ctx().clone();
        async move {
            let error = inner.call(&ctx, waits).await.expect_err("it has no deadline of its own");
            assert!(matches!(
                error.kind,
                CallErrorKind::DeadlineExceeded { handled: Handled::Yes, request: None, .. }
            ));
            a_log.note("a is told");
            pass(1).await;
            0
        }
    });
    let error = a.call(&root.ctx().timeout(ms(100)), calls_b).await.expect_err("its deadline passes");
    assert_eq!(log.t(), 100);
    assert!(matches!(
        error.kind,
        CallErrorKind::DeadlineExceeded { handled: Handled::Yes, request: None, .. }
    ));
    settle().await;
    assert_eq!(log.times("b's wait ends: Deadline"), [100]);
    assert_eq!(log.times("a is told"), [100]);

    a.call(root.ctx(), Get("")).await?;
    b.call(root.ctx(), Get("")).await?;
    assert_eq!(log.t(), 101);
    assert_eq!((a.stats().unheard, b.stats().unheard), (1, 1));
    ends(&root, &[&a, &b]).await;
    Ok(())
}

/// S7c, S51b.
#[tenure::test(start_paused = true)]
async fn ow_43_a_call_under_a_cancelled_context_begins_nothing(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    owner.call(root.ctx(), Get("")).await?;
    let (ctx, canceller) = root.ctx().cancellable();
    canceller.cancel("enough");
    let error = owner.call(&ctx, Get("never")).await.expect_err("nothing begins");
    let CallErrorKind::Cancelled { cancelled, request } = error.kind else { panic!("{error:?}") };
    assert_eq!(cancelled.cause, Cause::Explicit("enough".to_owned()));
    assert_eq!(request, Some(Get("never")));
    let stats = owner.stats();
    assert_eq!((stats.accepted, stats.calls_refused, log.count("never")), (1, 1, 0));
    ends(&root, &[&owner]).await;
    Ok(())
}

/// S13f.
#[tenure::test(start_paused = true)]
async fn ow_58_every_call_has_a_deadline_unless_none_is_written_out(root: Scope) -> Result {
    let log = Log::new();
    let short =
        root.child(spec("short", Script::new(&log)).call_timeout(secs(5)).shutdown(tenure::Shutdown::Brutal));
    let default = root.child(spec("default", Script::new(&log)).shutdown(tenure::Shutdown::Brutal));
    let endless = root.child(spec("endless", Script::new(&log)).shutdown(tenure::Shutdown::Brutal));
    let caller = |spawner: Spawner, owner: &OwnerRef<Scripted>, log: &Log, name: &'static str| {
        let (owner, log) = (owner.clone(), log.clone());
        spawner.spawn(name, async move |ctx| {
            let ctx = if name == "none" { ctx.with_deadline(tenure::Deadline::NONE) } else { ctx };
            let error = owner.call(&ctx, Do(name, vec![Hang])).await.expect_err("the turn never ends");
            log.note(format!("{name} is told {}", error.kind.name()));
            Ok(matches!(
                error.kind,
                CallErrorKind::DeadlineExceeded { handled: Handled::Yes, request: None, .. }
            ))
        })
    };
    let mut first = caller(root.spawner(), &short, &log, "5 s");
    let mut second = caller(root.spawner(), &default, &log, "30 s");
    let mut third = caller(root.spawner(), &endless, &log, "none");
    assert!(first.join().await?);
    assert_eq!(log.t(), 5_000);
    assert!(second.join().await?);
    assert_eq!(log.t(), 30_000);
    pass(1_000_000).await;
    assert!(!third.is_ended());
    assert_eq!(endless.stats().begun, 1);
    for owner in [&short, &default, &endless] {
        owner.request_stop();
    }
    assert!(!third.join().await?, "its owner was ended by force, no deadline passed");
    ends(&root, &[&short, &default, &endless]).await;
    Ok(())
}

/// What a request is about.
struct Topic;

impl tenure::ContextKey for Topic {
    type Value = &'static str;
}

/// S33d, S33f: values come from the caller, for a cast, too.
#[tenure::test(start_paused = true)]
async fn s33d_a_turn_sees_its_callers_values(root: Scope) -> Result {
    let log = Log::new();
    let owner = scripted(&root, "a", &log);
    let reads = |log: &Log| {
        let log = log.clone();
        Act::new(move |turn| {
            log.note(format!("about {:?}", turn.ctx().value::<Topic>()));
            async { 0 }
        })
    };
    let ctx = root.ctx().with_value::<Topic>("tea");
    owner.call(&ctx, reads(&log)).await.map_err(CallError::without_request)?;
    owner.cast(&ctx, reads(&log)).await.map_err(CallError::without_request)?;
    owner.call(root.ctx(), reads(&log)).await.map_err(CallError::without_request)?;
    log.expect(&[(0, "about Some(\"tea\")"), (0, "about Some(\"tea\")"), (0, "about None")]);
    ends(&root, &[&owner]).await;
    Ok(())
}
