//! A clean stop: from the request until whoever asked knows that every task has ended.
use super::waiting::{sampler, until_all_wait, waits};
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::ours::end as ours;
use crate::pair::Sampler;
use kameo::actor::Spawn;
use std::time::Instant;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) const CASES: &[(&str, Build)] = &[
    ("TaskTracker+child", with_child),
    ("TaskTracker+child-again", with_child),
    ("tenure", ours::stop),
    ("TaskTracker+shared", |s| by_tracker("TaskTracker+shared", s, CancellationToken::clone)),
    ("JoinSet+shared", join_set),
    ("JoinSet-abort", join_set_abort),
    ("ractor", ractor),
    ("kameo", kameo),
];

/// Those that a million of take no more memory than a machine has.
pub(crate) const CASES_OF_TASKS: &[(&str, Build)] = CASES.split_at(CASES.len() - 2).0;

fn with_child(setup: &Setup<'_>) -> Sampler {
    by_tracker("TaskTracker+child", setup, CancellationToken::child_token)
}

/// `own(token)` is the token a task is given.
fn by_tracker(
    case: &'static str,
    setup: &Setup<'_>,
    own: fn(&CancellationToken) -> CancellationToken,
) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside(case, async move {
            let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
            for _ in 0..tasks {
                let own = own(&token);
                tracker.spawn(async move {
                    waits();
                    own.cancelled().await;
                });
            }
            until_all_wait(tasks).await;
            let start = Instant::now();
            tracker.close();
            token.cancel();
            tracker.wait().await;
            start.elapsed()
        })
    })
}

fn join_set(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside("JoinSet+shared", async move {
            let (mut set, token) = (JoinSet::new(), CancellationToken::new());
            for _ in 0..tasks {
                let own = token.clone();
                bare::spawn_into(&mut set, async move {
                    waits();
                    own.cancelled().await;
                });
            }
            until_all_wait(tasks).await;
            let start = Instant::now();
            token.cancel();
            while let Some(joined) = set.join_next().await {
                joined.expect("a task that waits does not panic");
            }
            start.elapsed()
        })
    })
}

/// The forced stop: what no clean one can be faster than.
fn join_set_abort(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside("JoinSet-abort", async move {
            let mut set = JoinSet::new();
            for _ in 0..tasks {
                bare::spawn_into(&mut set, async {
                    waits();
                    std::future::pending::<()>().await;
                });
            }
            until_all_wait(tasks).await;
            let start = Instant::now();
            set.shutdown().await;
            start.elapsed()
        })
    })
}

struct Idle;

impl ractor::Actor for Idle {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(
        &self,
        _myself: ractor::ActorRef<()>,
        (): (),
    ) -> Result<(), ractor::ActorProcessingErr> {
        waits();
        Ok(())
    }
}

fn ractor(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside("ractor", async move {
            let mut all = Vec::new();
            for _ in 0..tasks {
                all.push(<Idle as ractor::Actor>::spawn(None, Idle, ()).await.expect("nothing in it fails"));
            }
            until_all_wait(tasks).await;
            let start = Instant::now();
            for (one, _) in &all {
                one.stop(None);
            }
            for (_, ended) in all {
                ended.await.expect("an idle one does not panic");
            }
            start.elapsed()
        })
    })
}

impl kameo::Actor for Idle {
    type Args = ();
    type Error = kameo::error::Infallible;

    async fn on_start((): (), _myself: kameo::actor::ActorRef<Self>) -> Result<Self, Self::Error> {
        waits();
        Ok(Self)
    }
}

fn kameo(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside("kameo", async move {
            let all: Vec<_> = (0..tasks).map(|_| <Idle as Spawn>::spawn(())).collect();
            until_all_wait(tasks).await;
            let start = Instant::now();
            for one in &all {
                one.stop_gracefully().await.expect("it has not ended");
            }
            for one in all {
                one.wait_for_shutdown().await;
            }
            start.elapsed()
        })
    })
}
