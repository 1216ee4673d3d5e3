//! Administration (S18c, S27g, S29).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{
    AdminError, Backoff, ChildSpec, ChildState, Dynamic, GiveUp, Owner, Restart, Strategy, Supervisor,
    SupervisorRef,
};

fn ids(sup: &SupervisorRef) -> Vec<String> {
    sup.children().into_iter().map(|child| child.id).collect()
}

fn is<T>(result: Result<T, AdminError>, wanted: &str) {
    match result {
        Ok(_) => panic!("it was not refused: {wanted}"),
        Err(error) => assert!(format!("{error:?}").starts_with(wanted), "{error:?}, not {wanted}"),
    }
}

/// S29a to c.
#[tenure::test(start_paused = true)]
async fn sv_46_each_answer_of_the_administration_leaves_the_set_as_it_says(root: Scope) -> Result {
    let (log, ctx) = (Log::new(), root.ctx());
    let sup = Supervisor::new("sup", Strategy::OneForOne);
    let slow = Backoff { first: secs(30), jitter: 0.0, ..Backoff::DEFAULT };
    let waits = part("waits", &log).backoff(slow);
    let waiting = waits.handle();
    let temporary = part("gone", &log).restart(Restart::Temporary);
    let sup =
        root.supervise(sup.child(part("up", &log)).child(part("down", &log)).child(waits).child(temporary))?;
    settle().await;
    sup.terminate_child(ctx, "down").await?;
    boom(&waiting, ctx).await;
    settle().await;

    is(sup.start_child(ctx, part("up", &log)).await, "AlreadyStarted");
    is(sup.start_child(ctx, part("down", &log)).await, "AlreadyPresent");
    is(sup.start_child(ctx, part("waits", &log)).await, "AlreadyPresent");
    is(sup.terminate_child(ctx, "nobody").await, "NotFound");
    is(sup.restart_child(ctx, "nobody").await, "NotFound");
    is(sup.restart_child(ctx, "up").await, "Running");
    is(sup.restart_child(ctx, "waits").await, "Restarting");
    is(sup.delete_child("nobody"), "NotFound");
    is(sup.delete_child("up"), "Running");
    is(sup.delete_child("waits"), "Restarting");
    assert_eq!(ids(&sup), ["up", "down", "waits", "gone"]);

    sup.terminate_child(ctx, "down").await?; // it is down already
    sup.terminate_child(ctx, "waits").await?;
    assert!(matches!(sup.children()[2].state, ChildState::Down(_)));
    sup.terminate_child(ctx, "gone").await?;
    assert_eq!(ids(&sup), ["up", "down", "waits"]);
    sup.delete_child("down")?;
    assert_eq!(ids(&sup), ["up", "waits"]);
    sup.start_child(ctx, part("down", &log)).await?;
    assert_eq!(ids(&sup), ["up", "waits", "down"]);

    let full = Supervisor::dynamic("two", template(&log)).max_children(1);
    let full = root.child(full.spec());
    settle().await;
    full.start_child(ctx, "one", 1).await?;
    is(full.start_child(ctx, "two", 2).await, "Full");
    sup.request_stop();
    is(sup.start_child(ctx, part("late", &log)).await, "Stopped");
    Ok(())
}

fn template(log: &Log) -> impl Fn(u32) -> ChildSpec<Owner<Part>> + Send + 'static + use<> {
    let log = log.clone();
    move |_| part("child", &log).restart(Restart::Temporary)
}

/// S29e.
#[tenure::test]
async fn sv_47_a_hundred_thousand_ended_children_leave_nothing(root: Scope) -> Result {
    let conns: Dynamic<(), tenure::Service> = Supervisor::dynamic("conns", |()| {
        ChildSpec::service("conn", (), async |_: Context, ()| Ok(())).restart(Restart::Temporary)
    });
    let conns = root.child(conns.spec());
    settle().await;
    let slots = root.snapshot().tasks.len();
    for number in 0..100_000u32 {
        conns.start_child(root.ctx(), &format!("c{number}"), ()).await?;
    }
    settle().await;
    let admin = conns.admin();
    assert_eq!((admin.children().len(), admin.count().specs, admin.window().0), (0, 0, 0));
    assert_eq!(root.snapshot().tasks.len(), slots);
    assert_eq!(root.account().ended_by.normal, 100_000);
    Ok(())
}

/// S29d.
#[tenure::test(start_paused = true)]
async fn sv_48_a_child_that_waits_for_its_restart_is_no_active_one(root: Scope) -> Result {
    let log = Log::new();
    let b = part("b", &log).backoff(Backoff { first: secs(30), ..Backoff::DEFAULT });
    let handle = b.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(part("a", &log)).child(b))?;
    boom(&handle, root.ctx()).await;
    settle().await;
    let count = sup.count();
    assert_eq!((count.specs, count.active, count.supervisors, count.workers), (2, 1, 0, 2));
    Ok(())
}

/// S27g.
#[tenure::test(start_paused = true)]
async fn sv_56_a_child_that_is_started_again_serves_the_same_references(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).restart(Restart::Transient);
    let owner = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    settle().await;
    owner.stop(root.ctx()).await?;
    settle().await;
    let told = owner.call(root.ctx(), Do("", vec![])).await.expect_err("it is down");
    assert!(matches!(told.kind, CallErrorKind::Closed { .. }), "{told:?}");
    sup.restart_child(root.ctx(), "a").await?;
    assert_eq!(owner.call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?, 1);
    assert_eq!(owner.incarnation(), 2);
    Ok(())
}

/// S18c.
#[tenure::test(start_paused = true)]
async fn sv_57_a_start_that_fails_is_told_and_leaves_no_spec(root: Scope) -> Result {
    let log = Log::new();
    let fails = log.clone();
    let parts = Supervisor::dynamic("parts", move |good: bool| {
        let plan = Plan::new("part", &fails);
        let plan = if good { plan } else { Plan { init: |_| vec![Fail("no")], ..plan } };
        plan.spec()
    });
    let parts = root.child(parts.spec());
    settle().await;
    let good = parts.start_child(root.ctx(), "good", true).await?;
    let error = parts.start_child(root.ctx(), "bad", false).await.expect_err("its init fails");
    assert!(matches!(&error, AdminError::Start(reason) if reason.name() == "failed"), "{error:?}");
    assert_eq!((ids(parts.admin()), parts.admin().count().active), (vec!["good".to_owned()], 1));
    assert_eq!((good.incarnation(), parts.admin().window().0), (1, 0));
    Ok(())
}

/// S40b: a child that terminates itself would wait for its own end.
#[tenure::test(start_paused = true)]
async fn s40b_a_child_that_terminates_itself_is_refused(root: Scope) -> Result {
    let log = Log::new();
    let spec = part("a", &log).give_up(GiveUp::Isolate);
    let owner = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    let own = sup.clone();
    let told = std::sync::Arc::new(std::sync::Mutex::new(None));
    let said = std::sync::Arc::clone(&told);
    let task =
        ChildSpec::service("b", (own, said), async |ctx: Context, (own, said): (SupervisorRef, Said)| {
            let error = own.terminate_child(&ctx, "b").await.expect_err("it would wait for itself");
            *said.lock().expect("no panic") = Some(format!("{error:?}"));
            Err(ctx.cancelled().await.into())
        });
    sup.start_child(root.ctx(), task).await?;
    settle().await;
    let text = told.lock().expect("no panic").clone().expect("it was told");
    assert!(text.starts_with("Deadlock"), "{text}");
    owner.call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?;
    Ok(())
}

type Said = std::sync::Arc<std::sync::Mutex<Option<String>>>;

/// S29c: a restart by hand that fails leaves the child down, with its spec, and is not tried again.
#[tenure::test(start_paused = true)]
async fn s29c_a_restart_by_hand_that_fails_leaves_the_child_down(root: Scope) -> Result {
    let log = Log::new();
    let plan =
        Plan { init: |life| if life == 2 { vec![Fail("no")] } else { vec![] }, ..Plan::new("a", &log) };
    let spec = plan.spec();
    let owner = spec.handle();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne).child(spec))?;
    settle().await;
    sup.terminate_child(root.ctx(), "a").await?;
    is(sup.restart_child(root.ctx(), "a").await, "Start");
    settle().await;
    assert!(matches!(sup.children()[0].state, ChildState::Down(_)), "{:?}", sup.children());
    assert_eq!((log.count("init a"), sup.window().0), (2, 0));
    let told = owner.call(root.ctx(), Do("", vec![])).await.expect_err("it is down");
    assert!(matches!(told.kind, CallErrorKind::Closed { .. }), "{told:?}");
    sup.restart_child(root.ctx(), "a").await?;
    owner.call(root.ctx(), Do("", vec![])).await.map_err(CallError::without_request)?;
    Ok(())
}

/// S31d: a life that could not be ended still runs, so no other begins beside it.
#[tenure::test(start_paused = true)]
async fn s31d_no_life_is_started_by_hand_beside_one_that_leaks(root: Scope) -> Result {
    let gate = std::sync::Arc::new(crate::fixtures::Gate::new());
    let panics = std::sync::Arc::new(tokio::sync::Notify::new());
    let args = (std::sync::Arc::clone(&gate), std::sync::Arc::clone(&panics));
    let service = ChildSpec::service("x", args, async |ctx: Context, (gate, panics): Stuck| {
        let scope = ctx.open_scope("work", tenure::Stop::REQUEST);
        drop(scope.blocking("stuck", gate.closure()));
        ctx.select(panics.notified()).await?;
        panic!("planted");
    });
    let sup = Supervisor::new("sup", Strategy::OneForOne)
        .child(service.give_up(GiveUp::Isolate).backoff(Backoff::none()));
    let sup = root.supervise(sup)?;
    gate.entered().await;
    panics.notify_one();
    settle().await;
    for step in [100, 1000, 4000, 1000] {
        crate::fixtures::advance(ms(step)).await;
    }
    assert!(
        matches!(&sup.children()[0].state, ChildState::Down(tenure::ExitReason::Leaked)),
        "{:?}",
        sup.children()
    );
    is(sup.restart_child(root.ctx(), "x").await, "Restarting");
    gate.release();
    while root.account().leaked > 0 {
        tokio::task::yield_now().await;
    }
    settle().await;
    sup.restart_child(root.ctx(), "x").await?;
    Ok(())
}

type Stuck = (std::sync::Arc<crate::fixtures::Gate>, std::sync::Arc<tokio::sync::Notify>);

/// Resident bytes of this process; each test is one.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

/// S29e: `TENURE_CHILDREN=1000000` for the long run.
#[tenure::test]
async fn c8_children_that_end_in_every_way_leave_no_memory_behind(root: Scope) -> Result {
    let many: u32 =
        std::env::var("TENURE_CHILDREN").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let jobs = Supervisor::dynamic("jobs", |how: u32| {
        let job = ChildSpec::service("job", how, async |ctx: Context, how| {
            if how % 4 > 0 {
                tokio::task::yield_now().await; // it is ready
            }
            match how % 4 {
                0 => Ok(()),
                1 => Err(Error::msg("by plan")),
                2 => std::panic::resume_unwind(Box::new("by plan")), // no message for each
                _ => Err(ctx.cancelled().await.into()),
            }
        });
        job.restart(Restart::Temporary)
    });
    let jobs = root.child(jobs.spec());
    settle().await;
    let mut early = 0;
    for number in 0..many {
        let id = format!("job-{number}");
        jobs.start_child(root.ctx(), &id, number).await?;
        if number % 4 == 3 {
            jobs.admin().terminate_child(root.ctx(), &id).await?;
        }
        if number == many / 4 {
            early = resident();
        }
    }
    settle().await;
    assert_eq!(jobs.admin().count().specs, 0);
    let late = resident();
    assert!(late < early + early / 10 + (4 << 20), "{early} bytes at a quarter, {late} at the end");
    Ok(())
}

/// S7c: nothing is begun under a context that has ended, and no place is taken.
#[tenure::test(start_paused = true)]
async fn s7c_a_start_under_an_ended_context_takes_no_place(root: Scope) -> Result {
    let log = Log::new();
    let sup = root.supervise(Supervisor::new("sup", Strategy::OneForOne))?;
    settle().await;
    let late = root.ctx().timeout(ms(0));
    is(sup.start_child(&late, part("a", &log)).await, "Cancelled");
    drop(sup.start_child(root.ctx(), part("b", &log))); // and none by a future that is never polled
    settle().await;
    assert_eq!((ids(&sup), log.events()), (vec![], vec![]));
    Ok(())
}
