//! Who owns what, and when it has ended (S1, S2, S5, S8).

use crate::fixtures::{Flag, Gate, Log, ends_clean, obeys, poll_once, settle, works};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use tenure::prelude::*;
use tenure::{
    Cause, ChildSpec, Class, Deadline, Handle, HandleTurn, Init, ScopeState, Stop, TaskError, TaskOptions,
    Turn,
};
use tokio::sync::oneshot;

/// S2a.
#[tenure::test(start_paused = true)]
async fn sc_01_a_scope_ends_with_its_last_task(root: Scope) -> Result {
    let log = Log::new();

    let report = root
        .ctx()
        .scope_report("s", async |s| {
            for length in [10, 20, 30] {
                s.spawn("t", async move |ctx| Ok(ctx.sleep(ms(length)).await?));
            }
            log.note("body");
            Ok(())
        })
        .await;

    log.note("scope");
    assert_eq!(log.events(), [(0, "body".to_owned()), (30, "scope".to_owned())]);
    report.result?;
    let account = report.account;
    assert_eq!((account.started, account.ended, account.ended_by.normal), (3, 3, 3));
    ends_clean(&root).await;
    Ok(())
}

/// S2b.
#[tenure::test(start_paused = true)]
async fn sc_02_a_joined_scope_still_lets_its_own_tasks_spawn(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let spawner = scope.spawner();

    scope.spawn("a", async move |ctx| {
        ctx.sleep(ms(10)).await?;
        spawner.spawn("b", async |ctx| Ok(ctx.sleep(ms(20)).await?));
        Ok(())
    });
    let report = scope.join().await;

    assert_eq!(log.t(), 30);
    report.result?;
    assert_eq!(report.account.ended_by.normal, 2);
    ends_clean(&root).await;
    Ok(())
}

/// S2c.
#[tenure::test(start_paused = true)]
async fn sc_03_what_a_task_owned_is_dropped_before_its_scope_resolves(root: Scope) -> Result {
    let (in_future, in_closure, of_failed) = (Flag::default(), Flag::default(), Flag::default());
    let owned = [&in_future, &in_closure, &of_failed].map(Flag::on_drop);

    let report = root
        .ctx()
        .scope_report("s", async |s| {
            let [in_future, in_closure, of_failed] = owned;
            s.spawn("held", async move |ctx| {
                let _held_across = in_future;
                Ok(ctx.sleep(ms(10)).await?)
            });
            s.blocking("closure", move |_| {
                drop(in_closure);
                Ok(())
            });
            s.spawn("failed", async move |_| {
                let _held = of_failed;
                Err::<(), _>(Error::msg("E"))
            });
            Ok(())
        })
        .await;

    assert_eq!(report.result.unwrap_err().to_string(), "E");
    assert!(in_future.is_set() && in_closure.is_set() && of_failed.is_set());
    ends_clean(&root).await;
    Ok(())
}

/// S1c, S4e.
#[tenure::test(start_paused = true)]
async fn sc_09_a_failure_counts_although_its_handle_was_dropped(root: Scope) -> Result {
    let log = Log::new();

    let failed = root
        .scope("s", async |s| {
            drop(s.spawn("t", async |ctx| {
                ctx.sleep(ms(20)).await?;
                Err::<(), _>(Error::msg("E1"))
            }));
            s.spawn("held", obeys);
            Ok(())
        })
        .await;

    assert_eq!((log.t(), failed.unwrap_err().to_string().as_str()), (20, "E1"));
    ends_clean(&root).await;
    Ok(())
}

/// S5a, S9 row 8.
#[tenure::test(start_paused = true)]
async fn sc_18_a_value_wins_over_the_cancel_that_came_before_it(root: Scope) -> Result {
    let log = Log::new();
    let scope = root.ctx().open_scope("s", Stop::REQUEST);
    let mut seven = scope.spawn("seven", async |ctx| {
        ctx.cancelled().await;
        works(ms(5)).await;
        Ok(7)
    });

    root.ctx().sleep(ms(10)).await?;
    scope.cancel("enough");
    let value = seven.join().await;

    assert_eq!((log.t(), value?), (15, 7));
    let account = scope.join().await.account;
    assert_eq!((account.ended_by.shutdown, account.ended), (1, 1));
    ends_clean(&root).await;
    Ok(())
}

/// S1d.
#[tenure::test(start_paused = true)]
async fn sc_30_a_name_used_again_gets_a_suffix(root: Scope) -> Result {
    root.scope("s", async |s| {
        let names = ["f", "f", "g", "f"].map(|name| s.spawn(name, obeys).path().to_string());
        assert_eq!(names, ["app/s/f", "app/s/f#2", "app/s/g", "app/s/f#3"]);
        let inner = s.ctx().open_scope("f", Stop::REQUEST);
        assert_eq!(inner.path().as_str(), "app/s/f#4"); // tasks and scopes share the names of their owner
        assert!(inner.join().await.result.is_ok());
        s.cancel("seen");
        Ok(())
    })
    .await?;
    let two = ["r", "r"].map(|name| root.service(name, (), async |ctx: Context, ()| obeys(ctx).await));
    assert_eq!(two.map(|child| child.path().to_string()), ["app/r", "app/r#2"]);
    root.assert_account_closed().await;
    Ok(())
}

/// S1a.
#[tenure::test(start_paused = true)]
async fn sc_31_every_record_of_a_random_tree_leads_to_the_root(root: Scope) -> Result {
    let mut rng = fastrand::Rng::with_seed(31);
    let mut scopes = vec![root.ctx().open_scope("s", Stop::REQUEST)];
    let mut tasks = 0;
    while scopes.len() + tasks < 50 {
        let owner = rng.usize(..scopes.len());
        if rng.bool() {
            scopes.push(scopes[owner].ctx().open_scope("s", Stop::REQUEST));
        } else {
            scopes[owner].spawn("t", obeys);
            tasks += 1;
        }
    }
    settle().await;

    let snapshot = root.snapshot();

    assert!(tasks > 10 && scopes.len() > 10, "the seed makes both");
    assert_eq!(snapshot.scopes.len(), scopes.len() + 1);
    assert_eq!(snapshot.tasks.len(), tasks + 3); // main, `~ladder` and `~heartbeat`
    let owner: BTreeMap<_, _> = snapshot.scopes.iter().map(|row| (&row.path, row.parent.as_ref())).collect();
    assert_eq!(owner.len(), snapshot.scopes.len(), "no two scopes have one path");
    for scope in snapshot.tasks.iter().map(|task| &task.scope).chain(owner.keys().copied()) {
        let mut steps = 0;
        let mut at = scope;
        while let Some(parent) = owner.get(at).unwrap_or_else(|| panic!("`{at}` does not exist")) {
            at = parent;
            steps += 1;
            assert!(steps <= owner.len(), "a ring of owners at `{scope}`");
        }
        assert_eq!(at.as_str(), "app");
    }

    // Dropped unjoined, in any order: each owner still waits for what it owns.
    rng.shuffle(&mut scopes);
    drop(scopes);
    ends_clean(&root).await;
    assert_eq!(root.snapshot().scopes.len(), 1);
    Ok(())
}

struct CountWakes(std::sync::atomic::AtomicUsize);

impl Wake for CountWakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

/// S5c, S5d.
#[tenure::test(start_paused = true)]
async fn sc_32_a_join_may_be_dropped_and_is_woken_by_the_end_itself(root: Scope) -> Result {
    let log = Log::new();
    let (let_end, end) = oneshot::channel();
    let mut handle = root.spawn("t", async move |_| Ok(end.await.unwrap_or(0)));
    assert!(poll_once(pin!(handle.join())).await.is_pending()); // and dropped

    let wakes = Arc::new(CountWakes(Default::default()));
    let waker = Waker::from(Arc::clone(&wakes));
    let mut join = Box::pin(handle.join());
    assert!(join.as_mut().poll(&mut TaskContext::from_waker(&waker)).is_pending());
    root.ctx().sleep(ms(10)).await?;
    assert_eq!(wakes.0.load(std::sync::atomic::Ordering::SeqCst), 0, "nothing but the end wakes a join");
    assert!(let_end.send(7).is_ok());
    settle().await;

    assert_eq!(wakes.0.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(matches!(poll_once(join.as_mut()).await, Poll::Ready(Ok(7))));
    drop(join);
    assert_eq!(log.t(), 10);
    assert!(matches!(handle.join().await, Err(TaskError::Taken { .. })));
    ends_clean(&root).await;
    Ok(())
}

#[derive(Default)]
struct Owner;

struct Start(Gate);

impl Request for Start {
    type Reply = ();
}

impl HandleTurn<Start> for Owner {
    fn handle(&mut self, Start(gate): Start, turn: Turn<Start>) {
        turn.spawn("turn", async move |ctx| {
            let _gate = gate;
            obeys(ctx).await
        });
        turn.answer(());
    }
}

struct Hooked;

impl tenure::StateOwner for Hooked {
    type Args = ();
    async fn init((): (), _: Context) -> Result<Init<Self>> {
        Ok(Init::Ready(Self))
    }
}

struct Ask;

impl Request for Ask {
    type Reply = ();
}

impl Handle<Ask> for Hooked {
    fn handle(&mut self, _: Ask, _: &mut Turn<Ask>) {}
}

/// S8c, S8d.
#[tenure::test(start_paused = true)]
async fn sc_35_every_way_to_start_a_task_gives_it_one_of_three_classes(root: Scope) -> Result {
    let gate = Gate::new();
    root.spawn("spawn", obeys);
    root.spawn_with("spawn_with", TaskOptions::deadline(Deadline::NONE), obeys);
    assert!(root.try_spawn("try_spawn", obeys).is_ok());
    root.spawner().spawn("spawner", obeys);
    assert!(root.spawner().try_spawn("try_spawner", obeys).is_ok());
    root.blocking("blocking", gate.closure());
    root.service("service", (), async |ctx: Context, ()| obeys(ctx).await);
    root.child(ChildSpec::service("child", (), async |ctx: Context, ()| obeys(ctx).await));
    let own = root.own("own", Owner);
    root.own_with("own_with", Owner::default);
    let hooked = root.own_init::<Hooked>("own_init", ());
    hooked.call(root.ctx(), Ask).await.map_err(tenure::CallError::without_request)?;
    own.call(root.ctx(), Start(Gate::new())).await.map_err(tenure::CallError::without_request)?;
    let groups = root.ctx().cancellable();
    let scope = root.spawn("groups", {
        let ctx = groups.0.clone();
        async move |_| {
            let race = ctx.race("race", async |g| {
                g.spawn("t", obeys);
                Ok(())
            });
            let collect = ctx.collect("collect", async |g| {
                g.spawn("t", obeys);
                Ok(())
            });
            drop(tokio::join!(race, collect));
            Ok(())
        }
    });
    gate.entered().await;
    settle().await;

    let classes: BTreeMap<String, Class> =
        root.snapshot().tasks.iter().map(|task| (task.path.to_string(), task.class)).collect();

    let of = |class| classes.iter().filter(|(_, it)| **it == class).map(|(path, _)| path.as_str()).collect();
    let requests: BTreeSet<&str> = of(Class::Request);
    let services: BTreeSet<&str> = of(Class::Service);
    let blocking: BTreeSet<&str> = of(Class::Blocking);
    let wanted = [
        "app/spawn",
        "app/spawn_with",
        "app/try_spawn",
        "app/spawner",
        "app/try_spawner",
        "app/groups",
        "app/own/turn",
        "app/race/t",
        "app/collect/t",
    ];
    assert_eq!(requests, wanted.into());
    let wanted = [
        "app/main",
        "app/~heartbeat",
        "app/~ladder",
        "app/service",
        "app/child",
        "app/own",
        "app/own_with",
        "app/own_init",
    ];
    assert_eq!(services, wanted.into());
    assert_eq!(blocking, ["app/blocking"].into());

    groups.1.cancel("seen");
    gate.release();
    drop(scope);
    root.assert_account_closed().await;
    Ok(())
}

/// S2e, S7c.
#[tenure::test(start_paused = true)]
async fn sc_38_a_join_ends_with_its_tasks_and_not_with_the_joiners_context(root: Scope) -> Result {
    let log = Log::new();
    let outer = root.ctx().open_scope("outer", Stop::REQUEST);
    let mut foreign = root.spawn("foreign", async |ctx| Ok(ctx.sleep(ms(70)).await?));
    let mut joiner = outer.spawn("joiner", {
        let log = log.clone();
        async move |ctx| {
            let inner = ctx.open_scope("inner", Stop::REQUEST);
            inner.spawn("t", async |ctx| {
                ctx.cancelled().await;
                Ok(ctx.cleanup(secs(1)).sleep(ms(50)).await?)
            });
            ctx.cancelled().await;
            let refused = foreign.join_with(&ctx).await;
            assert!(
                matches!(refused, Err(TaskError::Cancelled(c)) if c.cause == Cause::Explicit("x".into()))
            );
            log.note("join_with");
            let report = inner.join().await;
            log.note("join");
            assert_eq!(report.account.ended_by.shutdown, 1);
            Ok(())
        }
    });
    settle().await;

    outer.cancel("x");
    joiner.join().await?;

    assert_eq!(log.events(), [(0, "join_with".to_owned()), (50, "join".to_owned())]);
    assert_eq!(outer.state(), ScopeState::Ended);
    root.ctx().sleep(ms(20)).await?;
    ends_clean(&root).await;
    Ok(())
}
