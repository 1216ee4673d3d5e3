//! SIGTERM and SIGINT (S41), heard on a thread of their own: a runtime whose threads all hang hears nothing, and the third
//! signal must end such a program, too.

use crate::scope::core::Tree;
use crate::shutdown::root::Signals;
use std::io;
use std::sync::Arc;

/// Tells the plan of each signal until it is dropped.
#[derive(Debug)]
pub(super) struct Sentry {
    #[cfg(feature = "signal")]
    off_duty: Arc<tokio::sync::Notify>,
    #[cfg(feature = "signal")]
    stays: bool,
}

#[cfg(feature = "signal")]
impl Sentry {
    /// The handlers are installed when this returns (S41d); `None` where nobody asked for them.
    ///
    /// # Errors
    /// If the system refuses a handler, or the thread.
    pub(super) fn post(signals: Signals, tree: &Arc<Tree>) -> io::Result<Option<Self>> {
        use std::future::{Future, poll_fn};
        use std::pin::pin;
        use std::task::Poll;
        use tokio::signal::unix::{SignalKind, signal};
        if signals == Signals::LeftAlone {
            return Ok(None);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let entered = runtime.enter();
        let (term, int) = (SignalKind::terminate(), SignalKind::interrupt());
        let (mut terms, mut ints) = (signal(term)?, signal(int)?);
        drop(entered);
        let off_duty = Arc::new(tokio::sync::Notify::new());
        let (tree, relieved) = (Arc::clone(tree), Arc::clone(&off_duty));
        let watch = async move {
            let mut relieved = pin!(relieved.notified());
            poll_fn(|cx| {
                while let Poll::Ready(Some(())) = terms.poll_recv(cx) {
                    heard(&tree, term.as_raw_value());
                }
                while let Poll::Ready(Some(())) = ints.poll_recv(cx) {
                    heard(&tree, int.as_raw_value());
                }
                relieved.as_mut().poll(cx)
            })
            .await;
        };
        crate::rt::own_thread("tenure-signals", move || runtime.block_on(watch))?;
        Ok(Some(Self { off_duty, stays: signals == Signals::UntilExit }))
    }
}

#[cfg(feature = "signal")]
fn heard(tree: &Tree, number: i32) {
    use crate::context::plan::Asked;
    match tree.plan.signal(number, crate::clock::now()) {
        Asked::Stop | Asked::Same | Asked::Abort => {}
        Asked::End =>
        {
            #[expect(
                clippy::disallowed_methods,
                reason = "S41b: whoever asks a third time does not want to wait"
            )]
            std::process::exit(128 + number)
        }
    }
}

#[cfg(feature = "signal")]
impl Drop for Sentry {
    /// The thread ends by itself; a program's stays, for its end may hang, too.
    fn drop(&mut self) {
        if !self.stays {
            self.off_duty.notify_one();
        }
    }
}

#[cfg(not(feature = "signal"))]
impl Sentry {
    #[expect(clippy::unnecessary_wraps, reason = "the same shape as with the feature")]
    pub(super) fn post(_: Signals, _: &Arc<Tree>) -> io::Result<Option<Self>> {
        Ok(None)
    }
}
