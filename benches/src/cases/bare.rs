//! Bare Tokio, in one place, because everywhere else it is banned.
use crate::error::BenchError;
use std::time::{Duration, Instant};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

#[expect(clippy::disallowed_methods, reason = "bare Tokio is the rival")]
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

#[expect(clippy::disallowed_methods, reason = "bare Tokio is the rival")]
pub(crate) fn spawn_into<F>(set: &mut JoinSet<F::Output>, future: F) -> AbortHandle
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    set.spawn(future)
}

#[expect(clippy::disallowed_methods, reason = "the process that is measured is ended from outside")]
pub(crate) async fn sleep(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Runs `work` as a spawned task and says how long it took from its own first poll to its end.
pub(crate) async fn clocked<F>(case: &str, work: F) -> Result<Duration, BenchError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let clocked = async move {
        let start = Instant::now();
        work.await;
        start.elapsed()
    };
    spawn(clocked).await.map_err(|e| BenchError::Batch { case: case.to_owned(), why: e.to_string() })
}

/// Spawns `callers` tasks and waits for all.
pub(crate) async fn all<F>(callers: u32, make: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let callers: Vec<_> = (0..callers).map(|_| spawn(make())).collect();
    for caller in callers {
        caller.await.expect("a caller has nothing that panics");
    }
}
