//! The only calls that put work on Tokio or on a thread. Everything else spawns in a scope.

use std::future::Future;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// The runtime's handle; `None` outside a runtime.
pub(crate) fn current() -> Option<Handle> {
    Handle::try_current().ok()
}

/// Puts a future that has a record on the runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place: the future is the wrapper of a record, so it has an owner"
)]
pub(crate) fn spawn<F>(handle: &Handle, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    handle.spawn(future)
}

/// Puts a closure that has a record on a thread of the blocking pool.
#[expect(clippy::disallowed_methods, reason = "the one place: the closure has a record, so it has an owner")]
pub(crate) fn run_on_thread<F, T>(handle: &Handle, f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    handle.spawn_blocking(f)
}

/// A plain thread outside the runtime, for what must run when no worker does.
///
/// # Errors
/// If the system has no thread to give.
pub(crate) fn start_thread(
    name: &str,
    stack_bytes: Option<usize>,
    f: impl FnOnce() + Send + 'static,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let builder = std::thread::Builder::new().name(name.to_owned());
    match stack_bytes {
        Some(bytes) => builder.stack_size(bytes).spawn(f),
        None => builder.spawn(f),
    }
}
