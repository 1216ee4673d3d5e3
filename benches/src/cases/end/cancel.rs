//! From the request to cancel to the end of the last of many tasks that wait for it.
use super::waiting::{Held, held, sampler, until_all_wait, waits};
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::ours::end as ours;
use crate::pair::Sampler;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub(crate) const CASES: &[(&str, Build)] = &[
    ("child-token", |s| by_token("child-token", s, CancellationToken::child_token)),
    ("tenure", ours::cancel),
    ("shared-token", |s| by_token("shared-token", s, CancellationToken::clone)),
    ("watch", by_watch),
];

/// `own(token)` is the token a task is given.
fn by_token(
    case: &'static str,
    setup: &Setup<'_>,
    own: fn(&CancellationToken) -> CancellationToken,
) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside(case, async move {
            let (token, (held, all_gone)) = (CancellationToken::new(), held());
            for _ in 0..tasks {
                let (own, held) = (own(&token), held.clone());
                bare::spawn(async move {
                    waits();
                    own.cancelled().await;
                    drop(held);
                });
            }
            clocked(tasks, held, &all_gone, || token.cancel()).await
        })
    })
}

fn by_watch(setup: &Setup<'_>) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        bare::timed_inside("watch", async move {
            let ((stop, stops), (held, all_gone)) = (watch::channel(false), held());
            for _ in 0..tasks {
                let (mut stops, held) = (stops.clone(), held.clone());
                bare::spawn(async move {
                    waits();
                    stops.changed().await.expect("its sender waits for the end of this task");
                    drop(held);
                });
            }
            clocked(tasks, held, &all_gone, || {
                stop.send_replace(true);
            })
            .await
        })
    })
}

/// From `cancel` to the drop of the last task's `held`, once all `tasks` wait.
pub(crate) async fn clocked(tasks: u32, held: Held, all_gone: &Notify, cancel: impl FnOnce()) -> Duration {
    drop(held);
    until_all_wait(tasks).await;
    let start = Instant::now();
    cancel();
    all_gone.notified().await;
    start.elapsed()
}
