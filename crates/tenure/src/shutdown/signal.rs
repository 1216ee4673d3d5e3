//! SIGTERM and SIGINT (S41), heard on a thread of their own: a runtime whose threads all hang hears nothing, and the third
//! signal must end such a program, too.

use crate::scope::core::Tree;
use crate::shutdown::root::Signals;
use std::io;
use std::sync::Arc;
#[cfg(feature = "signal")]
use {crate::sync::lock_static, std::future::Future, std::sync::Mutex, std::task::Poll};

/// Tells the plan of each signal for as long as the root runs. After that its thread watches on until another root's takes
/// over: what the process still does may hang, too, and the signals no longer end it by themselves.
#[derive(Debug)]
pub(super) struct Sentry {
    #[cfg(feature = "signal")]
    off_duty: Arc<tokio::sync::Notify>,
}

/// The one that watches for a root that has ended, so at most one is idle.
#[cfg(feature = "signal")]
static IDLE: Mutex<Option<Arc<tokio::sync::Notify>>> = Mutex::new(None);

#[cfg(feature = "signal")]
impl Sentry {
    /// The handlers are installed when this returns (S41d); `None` where nobody asked for them.
    ///
    /// # Errors
    /// If the system refuses a handler, or the thread.
    pub(super) fn post(signals: Signals, tree: &Arc<Tree>) -> io::Result<Option<Self>> {
        if signals == Signals::LeftAlone {
            return Ok(None);
        }
        let off_duty = Arc::new(tokio::sync::Notify::new());
        let (tree, relieved) = (Arc::clone(tree), Arc::clone(&off_duty));
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        // Its runtime is made and dropped over there: where the root runs, dropping one may not be allowed.
        let watch = move || match Posts::install() {
            Ok((runtime, posts)) => {
                tell.send(Ok(())).ok();
                runtime.block_on(posts.watch(&tree, &relieved));
            }
            Err(error) => drop(tell.send(Err(error))),
        };
        drop(crate::rt::start_thread("tenure-signals", None, watch)?);
        told.recv().map_err(|_| io::Error::other("the thread for signals ended"))??;
        relieve(lock_static(&IDLE).take());
        Ok(Some(Self { off_duty }))
    }
}

#[cfg(feature = "signal")]
struct Posts([(i32, tokio::signal::unix::Signal); 2]);

#[cfg(feature = "signal")]
impl Posts {
    fn install() -> io::Result<(tokio::runtime::Runtime, Self)> {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let entered = runtime.enter();
        let install = |kind: SignalKind| io::Result::Ok((kind.as_raw_value(), signal(kind)?));
        let posts = Self([install(SignalKind::terminate())?, install(SignalKind::interrupt())?]);
        drop(entered);
        Ok((runtime, posts))
    }

    /// Ends when it is relieved.
    async fn watch(mut self, tree: &Tree, relieved: &tokio::sync::Notify) {
        let mut relieved = std::pin::pin!(relieved.notified());
        std::future::poll_fn(|cx| {
            for (number, stream) in &mut self.0 {
                while let Poll::Ready(Some(())) = stream.poll_recv(cx) {
                    heard(tree, *number);
                }
            }
            relieved.as_mut().poll(cx)
        })
        .await;
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
fn relieve(idle: Option<Arc<tokio::sync::Notify>>) {
    if let Some(off_duty) = idle {
        off_duty.notify_one();
    }
}

#[cfg(feature = "signal")]
impl Drop for Sentry {
    fn drop(&mut self) {
        let before = lock_static(&IDLE).replace(Arc::clone(&self.off_duty));
        relieve(before);
    }
}

#[cfg(not(feature = "signal"))]
impl Sentry {
    #[expect(clippy::unnecessary_wraps, reason = "the same shape as with the feature")]
    pub(super) fn post(_: Signals, _: &Arc<Tree>) -> io::Result<Option<Self>> {
        Ok(None)
    }
}
