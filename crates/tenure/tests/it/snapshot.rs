//! The four answers for a live task: who started it, who stops it, when does it exit, what does it wait for (M5).

use crate::fixtures::settle;
use tenure::prelude::*;
use tenure::{
    Class, Deadline, ExitPath, Handle, HandleAsync, Scope, Snapshot, Stop, TaskOptions, TaskRow, TaskState,
    Turn, WaitKind,
};

struct Slow;

struct Never;
impl Request for Never {
    type Reply = ();
}
impl HandleAsync<Never> for Slow {
    async fn handle(&mut self, _: Never, turn: &mut Turn<Never>) {
        turn.ctx().cancelled().await;
    }
}

struct Nop;
impl Request for Nop {
    type Reply = ();
}
impl Handle<Nop> for Slow {
    fn handle(&mut self, _: Nop, _: &mut Turn<Nop>) {}
}

fn row<'a>(snapshot: &'a Snapshot, path: &str) -> &'a TaskRow {
    let found = snapshot.tasks.iter().find(|task| task.path.as_str() == path);
    found.unwrap_or_else(|| panic!("no {path} in {:?}", snapshot.tasks))
}

/// What a task waits for: kind, on whom, for how long in milliseconds.
fn waits(row: &TaskRow) -> Vec<(WaitKind, Option<&str>, u128)> {
    let wait = |wait: &'_ tenure::Wait| (wait.kind, wait.since.as_millis());
    let on = row.waits.iter().map(|wait| wait.on.as_ref().map(tenure::TaskPath::as_str));
    row.waits.iter().map(wait).zip(on).map(|((kind, since), on)| (kind, on, since)).collect()
}

#[tenure::test(start_paused = true)]
async fn every_live_task_says_what_it_waits_for_on_whom_and_since_when(root: Scope) -> Result {
    let slow = root.own("slow", Slow);
    let caller = slow.clone();
    root.spawn("caller", async move |ctx| {
        caller.call(&ctx, Never).await.map_err(|error| error.without_request().into())
    });
    let mut sleeper = root.spawn("sleeper", async |ctx| Ok(ctx.sleep(secs(9)).await?));
    root.spawn("joiner", async move |_| sleeper.join().await.map_err(Error::from));
    root.spawn("idle", async |ctx| {
        ctx.cancelled().await;
        Ok(())
    });
    root.spawn("foreign", async |ctx| ctx.select(std::future::pending::<()>()).await.map_err(Error::from));
    root.spawn("both", async |ctx| {
        let _waits = tokio::join!(ctx.sleep(secs(5)), ctx.sleep(secs(6)));
        Ok(())
    });
    settle().await;
    tokio::time::advance(ms(250)).await;

    let snapshot = root.snapshot();

    assert_eq!(waits(row(&snapshot, "app/caller")), [(WaitKind::Reply, Some("app/slow"), 250)]);
    assert_eq!(waits(row(&snapshot, "app/joiner")), [(WaitKind::Join, Some("app/sleeper"), 250)]);
    assert_eq!(waits(row(&snapshot, "app/sleeper")), [(WaitKind::Timer, None, 250)]);
    assert_eq!(waits(row(&snapshot, "app/idle")), [(WaitKind::Cancel, None, 250)]);
    assert_eq!(waits(row(&snapshot, "app/foreign")), [(WaitKind::Foreign, None, 250)]);
    assert_eq!(waits(row(&snapshot, "app/both")).len(), 2, "one edge a wait, also under join!");
    assert_eq!(row(&snapshot, "app/caller").waits[0].exit_path, ExitPath::OwnerDeath);
    assert_eq!(row(&snapshot, "app/idle").waits[0].exit_path, ExitPath::Cancel);
    assert!(snapshot.tasks.iter().all(|task| task.state != TaskState::Ended));
    assert_eq!(
        usize::try_from(snapshot.account.live),
        Ok(snapshot.tasks.len() - 2),
        "all but `~ladder` and `~heartbeat` are in the account"
    );
    assert_eq!(snapshot.unowned, 0);
    root.shutdown("seen");
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn every_live_task_says_who_started_it_who_stops_it_and_when(root: Scope) -> Result {
    let mut outer = root.spawn("outer", async |ctx| {
        let stop = Stop { cancel: ms(70), ..Stop::REQUEST };
        let scope = ctx.timeout(secs(3)).open_scope("request", stop);
        scope.spawn("part", async |ctx| Ok(ctx.sleep(secs(9)).await?));
        scope.spawn_with("short", TaskOptions::deadline(Deadline::After(secs(1))), async |ctx| {
            Ok(ctx.sleep(secs(9)).await?)
        });
        Ok(scope.join().await.account.ended)
    });
    settle().await;
    tokio::time::advance(ms(500)).await;

    let snapshot = root.snapshot();

    let part = row(&snapshot, "app/request/part");
    assert_eq!(part.class, Class::Request);
    assert_eq!(part.started_by, Some(outer.id()));
    assert!(part.site.file().ends_with("snapshot.rs"), "{}", part.site);
    assert_eq!((part.scope.as_str(), part.stop.cancel), ("app/request", ms(70)));
    assert_eq!(part.deadline_in, Some(ms(2_500)));
    assert_eq!(row(&snapshot, "app/request/short").deadline_in, Some(ms(500)), "its own");
    assert_eq!(row(&snapshot, "app/outer").deadline_in, None);
    assert_eq!(row(&snapshot, "app/main").class, Class::Service);
    assert_eq!(part.age, ms(500));
    let scopes: Vec<_> = snapshot.scopes.iter().map(|scope| scope.path.as_str()).collect();
    assert_eq!(scopes, ["app", "app/request"]);
    assert_eq!(outer.join().await?, 2);
    Ok(())
}

/// Looking polls nothing and wakes nobody.
#[tenure::test(start_paused = true)]
async fn a_look_polls_no_task_and_counts_what_nobody_owns(root: Scope) -> Result {
    root.spawn("idle", async |ctx| {
        ctx.cancelled().await;
        Ok(())
    });
    settle().await;
    let before = row(&root.snapshot(), "app/idle").polls;
    for _ in 0..100 {
        root.snapshot();
    }
    settle().await;
    assert_eq!(row(&root.snapshot(), "app/idle").polls, before);

    #[expect(clippy::disallowed_methods, reason = "the un-owned task that is to be counted")]
    let bare = tokio::spawn(std::future::pending::<()>());
    assert_eq!(root.snapshot().unowned, 1);
    bare.abort();
    settle().await;
    assert_eq!(root.snapshot().unowned, 0);
    root.shutdown("seen");
    Ok(())
}
