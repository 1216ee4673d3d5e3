//! The order in which the root's children stop (S25a).

use crate::fixtures::scripted::{Insist, Script, pass};
use crate::fixtures::{Log, settle};
use tenure::prelude::*;
use tenure::{Builder, ChildSpec, Restart, ShutdownReport};

/// Runs a root in virtual time that shuts down at once when its children are up.
fn shut_down<F>(main: F) -> ShutdownReport
where
    F: AsyncFnOnce(&Scope),
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let report = runtime.block_on(Builder::new().run(async |root| {
        main(&root).await;
        settle().await;
        root.shutdown("the test asks");
        root.until_shutdown().await
    }));
    assert!(report.account.is_closed() && report.exit_code == 0, "{report}");
    report
}

/// S25a.
#[test]
fn sv_31_children_stop_one_after_the_other_in_reverse_start_order() {
    let mut logs = Vec::new();
    let report = shut_down(async |root| {
        for name in ["a", "b", "c"] {
            let log = Log::new();
            let script = Script { drain: vec![Insist(10)], ..Script::new(&log) };
            root.child(ChildSpec::<tenure::Owner<crate::fixtures::scripted::Scripted>>::own_init(
                name, script,
            ));
            logs.push(log);
        }
    });
    let times = |line| logs.iter().map(|log: &Log| log.times(line)).collect::<Vec<_>>();
    assert_eq!(times("drain"), [[20], [10], [0]]);
    assert_eq!(times("terminate shutdown"), [[30], [20], [10]]);
    assert_eq!(report.took, ms(30));
}

/// A service that drains for 10 ms, and says so.
async fn drains(ctx: Context, (log, name): (Log, &'static str)) -> Result {
    ctx.draining().await;
    log.note(format!("{name} drains"));
    pass(10).await;
    log.note(format!("{name} ends"));
    Ok(())
}

/// S25a, S1d.
#[test]
fn sv_67_neighbours_of_one_name_stop_together() {
    let mut seen = None;
    let report = shut_down(async |root| {
        let log = seen.insert(Log::new());
        root.child(ChildSpec::service("a", (log.clone(), "a"), drains).restart(Restart::Permanent));
        let paths: Vec<String> =
            (0..3).map(|_| root.service("c", (log.clone(), "c"), drains).path().to_string()).collect();
        assert_eq!(paths, ["app/c", "app/c#2", "app/c#3"]);
    });
    let line = |at, line: &str| (at, line.to_owned());
    let wanted = [
        line(0, "c drains"),
        line(0, "c drains"),
        line(0, "c drains"),
        line(10, "c ends"),
        line(10, "c ends"),
        line(10, "c ends"),
        line(10, "a drains"),
        line(20, "a ends"),
    ];
    assert_eq!(seen.unwrap().events(), wanted);
    assert_eq!(report.took, ms(20));
}

/// S25a: a name in between parts the neighbours.
#[test]
fn sv_67_children_of_one_name_that_are_no_neighbours_stop_apart() {
    let mut seen = None;
    shut_down(async |root| {
        let log = seen.insert(Log::new());
        for name in ["c", "b", "c"] {
            root.service(name, (log.clone(), name), drains);
        }
    });
    let events = seen.unwrap().events();
    let ends: Vec<u64> =
        events.iter().filter(|(_, line)| line.ends_with("ends")).map(|(at, _)| *at).collect();
    assert_eq!(ends, [10, 20, 30]);
}
