//! Spawn and join of an empty task, as people write it by hand.
//!
//! Tasks are spawned a thousand at a time and then joined: nothing else runs meanwhile. `TaskTracker` gives no results,
//! so its handles are not awaited and it does less than the others.
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::end::waiting;
use crate::cases::ours::tasks as ours;
use crate::pair::{Sampler, timed};
use kameo::actor::Spawn;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks alive at once.
pub(crate) const TASKS: u32 = 1000;

pub(crate) const CASES: &[(&str, Build)] = &[
    ("tokio-spawn", tokio_spawn),
    ("tokio-spawn-again", tokio_spawn),
    ("tenure", ours::spawn),
    ("JoinSet", join_set),
    ("TaskTracker", tracker),
    ("TaskTracker+child", tracker_with_child),
    ("ractor", ractor),
    ("kameo", kameo),
];

/// The same with as many alive at once as there are to be: on one thread none of them ends before it is joined.
pub(crate) const LIVE: &[(&str, Build)] = &[
    ("tokio-spawn", |s| live("tokio-spawn", s, spawned)),
    ("tenure", ours::spawn_live),
    ("JoinSet", |s| live("JoinSet", s, in_a_set)),
    ("TaskTracker+child", |s| live("TaskTracker+child", s, tracked_with_child)),
];

pub(crate) fn tokio_spawn(setup: &Setup<'_>) -> Sampler {
    sampler("tokio-spawn", setup, || spawned(TASKS))
}

async fn spawned(tasks: u32) {
    bare::all(tasks, async |_| ()).await;
}

fn join_set(setup: &Setup<'_>) -> Sampler {
    sampler("JoinSet", setup, || in_a_set(TASKS))
}

async fn in_a_set(tasks: u32) {
    let mut set = JoinSet::new();
    for _ in 0..tasks {
        bare::spawn_into(&mut set, async {});
    }
    while let Some(joined) = set.join_next().await {
        joined.expect("an empty task does not panic");
    }
}

fn tracker(setup: &Setup<'_>) -> Sampler {
    sampler("TaskTracker", setup, async || {
        let tracker = TaskTracker::new();
        for _ in 0..TASKS {
            tracker.spawn(async {});
        }
        tracker.close();
        tracker.wait().await;
    })
}

fn tracker_with_child(setup: &Setup<'_>) -> Sampler {
    sampler("TaskTracker+child", setup, || tracked_with_child(TASKS))
}

async fn tracked_with_child(tasks: u32) {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..tasks {
        let child = token.child_token();
        tracker.spawn(async move { drop(child) });
    }
    tracker.close();
    tracker.wait().await;
}

struct Empty;

impl ractor::Actor for Empty {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(
        &self,
        _myself: ractor::ActorRef<()>,
        (): (),
    ) -> Result<(), ractor::ActorProcessingErr> {
        Ok(())
    }
}

/// Start, stop and join: an actor without work does not end by itself.
fn ractor(setup: &Setup<'_>) -> Sampler {
    sampler("ractor", setup, async || {
        let mut all = Vec::new();
        for _ in 0..TASKS {
            all.push(<Empty as ractor::Actor>::spawn(None, Empty, ()).await.expect("nothing in it fails"));
        }
        for (one, _) in &all {
            one.stop(None);
        }
        for (_, ended) in all {
            ended.await.expect("an idle one does not panic");
        }
    })
}

impl kameo::Actor for Empty {
    type Args = ();
    type Error = kameo::error::Infallible;

    async fn on_start((): (), _myself: kameo::actor::ActorRef<Self>) -> Result<Self, Self::Error> {
        Ok(Self)
    }
}

/// As ractor's.
fn kameo(setup: &Setup<'_>) -> Sampler {
    sampler("kameo", setup, async || {
        let all: Vec<_> = (0..TASKS).map(|_| <Empty as Spawn>::spawn(())).collect();
        for one in &all {
            one.stop_gracefully().await.expect("it has not ended");
        }
        for one in all {
            one.wait_for_shutdown().await;
        }
    })
}

/// `all(n)` spawns and joins n tasks.
fn live<Fut>(case: &'static str, setup: &Setup<'_>, all: fn(u32) -> Fut) -> Sampler
where
    Fut: Future<Output = ()> + Send + 'static,
{
    waiting::sampler(setup.tasks, move |tasks| bare::clocked(case, all(tasks)))
}

/// `thousand` spawns and joins [`TASKS`] tasks.
fn sampler<F, Fut>(case: &'static str, setup: &Setup<'_>, thousand: F) -> Sampler
where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    timed(setup.effort.batch, u64::from(TASKS), move |n| {
        let thousand = thousand.clone();
        bare::clocked(case, async move {
            for _ in 0..n {
                thousand().await;
            }
        })
    })
}
