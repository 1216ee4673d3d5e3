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

/// Makes a value on a thread of its own, whose thread-locals are then gone.
#[expect(clippy::disallowed_methods, reason = "a peer's own runtime cannot be made inside ours")]
pub(crate) fn on_a_thread<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(make).join().expect("what it makes does not panic")
}

/// Runs `work` as a spawned task and says how long it took from its own first poll to its end.
pub(crate) fn clocked<F>(
    case: &'static str,
    work: F,
) -> impl Future<Output = Result<Duration, BenchError>> + 'static
where
    F: Future<Output = ()> + Send + 'static,
{
    timed_inside(case, async move {
        let start = Instant::now();
        work.await;
        start.elapsed()
    })
}

/// Runs `work`, which has a clock of its own, as a spawned task.
pub(crate) fn timed_inside<F>(
    case: &'static str,
    work: F,
) -> impl Future<Output = Result<Duration, BenchError>> + 'static
where
    F: Future<Output = Duration> + Send + 'static,
{
    let task = spawn(work);
    async move { task.await.map_err(|e| BenchError::Batch { case: case.to_owned(), why: e.to_string() }) }
}

/// Spawns `callers` tasks and waits for all.
pub(crate) async fn all<F>(callers: u32, make: impl Fn(u32) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let callers: Vec<_> = (0..callers).map(|number| spawn(make(number))).collect();
    for caller in callers {
        caller.await.expect("a caller has nothing that panics");
    }
}
