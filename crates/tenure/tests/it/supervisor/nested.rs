//! Supervisors under supervisors: escalation, and slots that survive it (S27h, S31).

use crate::fixtures::part::*;
use tenure::prelude::*;
use tenure::{Builder, ChildSpec, ChildState, ExitReason, Intensity, ShutdownCause, Strategy, Supervisor};

fn give_up_after(restarts: u32) -> Intensity {
    Intensity { restarts, within: secs(10) }
}

/// S31a, S27h.
#[tenure::test(start_paused = true)]
async fn sv_52_a_supervisor_that_gives_up_is_restarted_and_its_slots_go_on(root: Scope) -> Result {
    let log = Log::new();
    let (x, y) = (part("x", &log), part("y", &log));
    let handles = [x.handle(), y.handle()];
    let inner = Supervisor::new("inner", Strategy::OneForOne).intensity(give_up_after(1)).child(x).child(y);
    let inner = ChildSpec::supervisor(inner).backoff(tenure::Backoff::none());
    let outer = root.supervise(Supervisor::new("outer", Strategy::OneForOne).child(inner))?;
    settle().await;
    let ctx = root.ctx();
    let callers = async {
        tokio::join!(
            handles[1].call(ctx, Do("1", vec![Insist(10)])),
            handles[1].call(ctx, Do("2", vec![])),
            handles[1].call(ctx, Do("3", vec![]))
        )
    };
    let kills = async {
        boom(&handles[0], ctx).await;
        boom(&handles[0], ctx).await;
    };
    let ((one, two, three), ()) = tokio::join!(callers, kills);
    assert_eq!(one.map_err(CallError::without_request)?, 1);
    assert_eq!(two.map_err(CallError::without_request)?, 1, "by the next life");
    assert_eq!(three.map_err(CallError::without_request)?, 2);
    assert_eq!((log.count("drain y"), log.times("down y")), (0, vec![10]));
    assert_eq!(handles.map(|handle| handle.incarnation()), [3, 2]);
    assert_eq!(outer.window().0, 1);
    assert!(root.account().is_balanced());
    Ok(())
}

/// S31b.
#[test]
fn sv_53_the_roots_giving_up_shuts_it_down_and_names_the_chain() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let report = runtime.block_on(Builder::new().run(async |root| {
        let log = Log::new();
        let x = ChildSpec::own_with("x", || 0u64).backoff(tenure::Backoff::none());
        let owner = x.handle();
        let inner = Supervisor::new("inner", Strategy::OneForOne).intensity(give_up_after(0)).child(x);
        let outer =
            Supervisor::new("outer", Strategy::OneForOne).intensity(give_up_after(0)).supervisor(inner);
        let outer = ChildSpec::supervisor(outer).max_restarts(0);
        root.child(outer);
        root.child(part("beside", &log));
        settle().await;
        assert!(owner.with(root.ctx(), |_| panic!("boom")).await.is_err());
        root.until_shutdown().await?;
        settle().await;
        assert_eq!(log.count("drain beside"), 0, "it drains after main");
        Ok(())
    }));
    assert_eq!(report.exit_code, 1, "{report}");
    assert!(matches!(&report.cause, ShutdownCause::GaveUp(path) if path.as_str() == "app/outer"), "{report}");
    let text = report.to_string();
    let chain = text.find("app/outer/inner`").zip(text.find("app/outer/inner/x`"));
    assert!(chain.is_some_and(|(inner, x)| inner < x), "{text}");
}

/// S31c.
#[tenure::test(start_paused = true)]
async fn sv_62_a_supervisor_that_panics_is_restarted_after_its_children_have_ended(root: Scope) -> Result {
    let log = Log::new();
    let plan = Plan { terminate: |_| vec![Insist(50)], ..Plan::new("x", &log) };
    let inner = ChildSpec::supervisor(Supervisor::new("inner", Strategy::OneForOne).child(plan.spec()));
    let inner = inner.backoff(tenure::Backoff::none());
    let handle = inner.handle();
    let outer = root.supervise(Supervisor::new("outer", Strategy::OneForOne).child(inner))?;
    settle().await;
    handle.inject_panic();
    settle().await;
    assert_eq!((log.times("down x"), log.count("init x")), (vec![0], 1));
    pass(50).await;
    settle().await;
    assert_eq!((log.times("init x"), outer.window().0), (vec![0, 50], 1));
    assert_eq!((handle.info().state, handle.info().incarnation), (ChildState::Up, 2));
    Ok(())
}

/// S40b, S26c.
#[tenure::test(start_paused = true)]
async fn ow_33_a_start_that_waits_for_its_own_supervisor_is_refused(root: Scope) -> Result {
    let log = Log::new();
    // In a phase: the supervisor waits for this very child.
    let (tell, told) = tokio::sync::oneshot::channel();
    let sup = Supervisor::new("sup", Strategy::OneForOne);
    let (give, given) = tokio::sync::oneshot::channel::<tenure::SupervisorRef>();
    let args = std::sync::Arc::new(std::sync::Mutex::new(Some((given, tell, log.clone()))));
    let asks = ChildSpec::service("asks", args, async |ctx: Context, args: Args| {
        let taken = args.lock().expect("no panic").take();
        if let Some((given, tell, log)) = taken {
            let sup = given.await?;
            drop(tell.send(sup.start_child(&ctx, part("late", &log)).await.map(drop)));
        }
        ctx.ready();
        Err(ctx.cancelled().await.into())
    });
    let sup = root.supervise(sup.child(asks.explicit_ready()))?;
    settle().await;
    give.send(sup).ok();
    let error = told.await?.expect_err("it would wait for itself");
    let tenure::AdminError::Deadlock { cycle } = error else { panic!("{error:?}") };
    let cycle: Vec<&str> = cycle.iter().map(|path| path.as_str()).collect();
    assert_eq!(cycle, ["app/sup/asks", "app/sup", "app/sup/asks"]);
    Ok(())
}

type Answer = std::result::Result<(), tenure::AdminError>;
type Given =
    (tokio::sync::oneshot::Receiver<tenure::SupervisorRef>, tokio::sync::oneshot::Sender<Answer>, Log);
type Args = std::sync::Arc<std::sync::Mutex<Option<Given>>>;

/// S40h.
#[tenure::test(start_paused = true)]
async fn ow_45_an_init_that_calls_a_later_sibling_is_refused(root: Scope) -> Result {
    let log = Log::new();
    let c = part("c", &log);
    let late = c.handle();
    let told = Log::new();
    let a = ChildSpec::service(
        "a",
        (late, told.clone()),
        async |ctx: Context, (late, told): (OwnerRef<Part>, Log)| {
            let error = late.call(&ctx, Do("", vec![])).await.expect_err("it is not up");
            if let CallErrorKind::Deadlock { cycle, .. } = &error.kind {
                let names: Vec<&str> = cycle.iter().map(|path| path.as_str()).collect();
                told.note(names.join(" "));
            }
            ctx.ready();
            Err(ctx.cancelled().await.into())
        },
    );
    let sup =
        Supervisor::new("sup", Strategy::OneForOne).child(a.explicit_ready()).child(part("b", &log)).child(c);
    let sup = root.supervise(sup)?;
    settle().await;
    assert_eq!(told.events(), [(0, "app/sup/a app/sup/c app/sup app/sup/a".to_owned())]);
    assert_eq!((sup.info().state, sup.count().active), (ChildState::Up, 3));
    Ok(())
}

/// S18a below the root: a supervisor that cannot start its children is its parent's to judge.
#[tenure::test(start_paused = true)]
async fn s18a_a_nested_supervisor_that_cannot_start_fails_the_start_above(root: Scope) -> Result {
    let log = Log::new();
    let bad = Plan { init: |_| vec![Fail("no")], ..Plan::new("bad", &log) };
    let inner = Supervisor::new("inner", Strategy::OneForOne).child(bad.spec());
    let outer = supervised(&root, Supervisor::new("outer", Strategy::OneForOne).supervisor(inner));
    settle().await;
    let ExitReason::Failed(error) = end_of(&outer) else { panic!("{:?}", end_of(&outer)) };
    let text = error.to_string();
    assert!(text.contains("app/outer/inner") && text.contains("app/outer/inner/bad"), "{text}");
    Ok(())
}
