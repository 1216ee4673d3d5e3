//! Whether a root's shutdown has been asked for: what everybody may begin, and its driver waits for.

use crate::context::lifetime::Lifetime;
use crate::error::{Cause, ShutdownCause};
use crate::ident::TaskPath;
use crate::record::wait::Wakee;
use crate::sync::lock_static;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// Whether the root's shutdown has been asked for, and why first.
#[derive(Debug)]
pub(crate) struct Plan {
    cause: OnceLock<ShutdownCause>,
    /// Cancelled when the plan begins: whoever waits for that waits for this.
    pub(crate) begun: Arc<Lifetime>,
    /// A second signal: everything is aborted at once (S41b).
    pub(crate) forced: AtomicBool,
    /// The root's driver.
    driver: std::sync::Mutex<Option<Wakee>>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self {
            cause: OnceLock::new(),
            begun: Lifetime::detached(),
            forced: AtomicBool::new(false),
            driver: std::sync::Mutex::new(None),
        }
    }

    /// Asks for the shutdown; the first cause stays (S41e).
    pub(crate) fn begin(&self, cause: ShutdownCause) {
        if self.cause.set(cause.clone()).is_ok() {
            self.begun.cancel(Cause::Shutdown(cause), &TaskPath::from("shutdown"));
        }
        self.wake_driver();
    }

    pub(crate) fn cause(&self) -> Option<&ShutdownCause> {
        self.cause.get()
    }

    pub(crate) fn wake_driver(&self) {
        let driver = lock_static(&self.driver).take();
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    pub(crate) fn set_driver(&self, driver: Wakee) {
        let old = lock_static(&self.driver).replace(driver);
        drop(old);
    }
}
