//! Spawn and join of an empty task, as people write it by hand.
//!
//! Tasks are spawned a thousand at a time and then joined: nothing else runs meanwhile. `TaskTracker` gives no results,
//! so its handles are not awaited and it does less than the others.
use crate::bench::{Build, Setup};
use crate::cases::bare;
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

pub(crate) fn tokio_spawn(setup: &Setup<'_>) -> Sampler {
    sampler("tokio-spawn", setup, || bare::all(TASKS, async |_| ()))
}

fn join_set(setup: &Setup<'_>) -> Sampler {
    sampler("JoinSet", setup, async || {
        let mut set = JoinSet::new();
        for _ in 0..TASKS {
            bare::spawn_into(&mut set, async {});
        }
        while let Some(joined) = set.join_next().await {
            joined.expect("an empty task does not panic");
        }
    })
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
    sampler("TaskTracker+child", setup, async || {
        let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
        for _ in 0..TASKS {
            let child = token.child_token();
            tracker.spawn(async move { drop(child) });
        }
        tracker.close();
        tracker.wait().await;
    })
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
