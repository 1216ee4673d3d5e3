//! Spawn and join of an empty task, as people write it by hand.
//!
//! Tasks are spawned a thousand at a time and then joined: nothing else runs meanwhile. `TaskTracker` gives no results,
//! so its handles are not awaited and it does less than the others.
use crate::bench::{Build, Setup};
use crate::cases::{bare, ours};
use crate::pair::{Sampler, timed};
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
];

pub(crate) fn tokio_spawn(setup: &Setup<'_>) -> Sampler {
    sampler("tokio-spawn", setup, || bare::all(TASKS, async || ()))
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
