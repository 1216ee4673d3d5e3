//! A clean stop by hand: tasks that obey their token, from the request to the end of the last of them.
//!
//! What the tasks are is built before the clock starts; it stops when every task has been dropped, not when the request
//! returns.
use crate::bench::{Build, Setup};
use crate::cases::{bare, ours};
use crate::error::BenchError;
use crate::pair::Sampler;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) const CASES: &[(&str, Build)] = &[
    ("TaskTracker+child", with_child),
    ("TaskTracker+child-again", with_child),
    ("TaskTracker+shared", with_shared),
    ("tenure", ours::stop),
];

/// Tasks of the running sample that wait for their stop: samples run one after the other. A counter; publishes nothing.
static WAITING: AtomicU32 = AtomicU32::new(0);

/// Says that the task it is called by waits from now on.
pub(crate) fn waits() {
    WAITING.fetch_add(1, Ordering::Relaxed);
}

/// Returns when as many tasks wait.
pub(crate) async fn until_all_wait(tasks: u32) {
    while WAITING.load(Ordering::Relaxed) < tasks {
        bare::sleep(Duration::from_millis(1)).await;
    }
}

/// Nanoseconds per task of one stop: `stop(tasks)` spawns them, and says how long their stop took.
pub(crate) fn sampler<F, Fut>(tasks: u32, stop: F) -> Sampler
where
    F: Fn(u32) -> Fut + 'static,
    Fut: Future<Output = Result<Duration, BenchError>> + 'static,
{
    let stop = Rc::new(stop);
    Box::new(move || {
        let stop = Rc::clone(&stop);
        Box::pin(async move {
            WAITING.store(0, Ordering::Relaxed);
            let took = stop(tasks).await?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Ok(took.as_nanos() as f64 / f64::from(tasks))
        })
    })
}

fn with_child(setup: &Setup<'_>) -> Sampler {
    by_hand("TaskTracker+child", setup, CancellationToken::child_token)
}

fn with_shared(setup: &Setup<'_>) -> Sampler {
    by_hand("TaskTracker+shared", setup, CancellationToken::clone)
}

/// `own(token)` is the token a task is given.
fn by_hand(
    case: &'static str,
    setup: &Setup<'_>,
    own: fn(&CancellationToken) -> CancellationToken,
) -> Sampler {
    sampler(setup.tasks, move |tasks| {
        let stop = bare::spawn(async move {
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
        });
        async move { stop.await.map_err(|e| BenchError::Batch { case: case.to_owned(), why: e.to_string() }) }
    })
}
