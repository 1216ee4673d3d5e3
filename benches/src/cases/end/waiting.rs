//! When all tasks of a sample wait, and when the last of them has gone. Samples run one after the other.
use crate::cases::bare;
use crate::error::BenchError;
use crate::pair::Sampler;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Tasks of the running sample that wait for their end. A counter; publishes nothing.
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

/// Nanoseconds per task of one end: `end(tasks)` makes them, and says how long their end took.
pub(crate) fn sampler<F, Fut>(tasks: u32, end: F) -> Sampler
where
    F: Fn(u32) -> Fut + 'static,
    Fut: Future<Output = Result<Duration, BenchError>> + 'static,
{
    among(tasks, u64::from(tasks), end)
}

/// Nanoseconds of an operation among `n`: `work(n)` says how long `ops` took.
pub(crate) fn among<F, Fut>(n: u32, ops: u64, work: F) -> Sampler
where
    F: Fn(u32) -> Fut + 'static,
    Fut: Future<Output = Result<Duration, BenchError>> + 'static,
{
    let work = Rc::new(work);
    Box::new(move || {
        let work = Rc::clone(&work);
        Box::pin(async move {
            WAITING.store(0, Ordering::Relaxed);
            let took = work(n).await?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Ok(took.as_nanos() as f64 / ops as f64)
        })
    })
}

/// What each task holds: the last one dropped rings.
#[derive(Clone)]
pub(crate) struct Held(#[expect(dead_code, reason = "held for its drop")] Arc<Bell>);

struct Bell(Arc<Notify>);

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// What tasks hold, and what rings when the last of them has dropped it.
pub(crate) fn held() -> (Held, Arc<Notify>) {
    let all_gone = Arc::new(Notify::new());
    (Held(Arc::new(Bell(Arc::clone(&all_gone)))), all_gone)
}
