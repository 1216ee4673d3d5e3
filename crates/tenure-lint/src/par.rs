//! Work on many things at once, with the results in the order of the things.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of each of `0..count`, on at most `jobs` threads. They have stacks of
/// [`STACK_BYTES`](crate::STACK_BYTES), so that no nesting the scanner lets through can overflow them.
pub(crate) fn map<T: Send>(count: usize, jobs: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if cfg!(target_family = "wasm") {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|threads| {
        for _ in 0..jobs.clamp(1, count.max(1)) {
            let thread =
                std::thread::Builder::new().stack_size(crate::STACK_BYTES).name("tenure-lint".to_owned());
            let body = || {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        break;
                    }
                    let result = work(n);
                    lock(&results).push((n, result));
                }
            };
            // Without a second thread the first does all; without any, this one tries.
            if thread.spawn_scoped(threads, body).is_err() {
                body();
            }
        }
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(n, _)| *n);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A panic of one piece of work is told by the scope, not by the lock.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
