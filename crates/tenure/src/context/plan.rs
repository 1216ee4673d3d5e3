//! Whether a root's shutdown has been asked for: what everybody may begin, and its driver waits for. And what the signals
//! that come meanwhile ask for (S41).

use crate::context::lifetime::Lifetime;
use crate::error::{Cause, ShutdownCause};
use crate::ident::TaskPath;
use crate::record::wait::Wakee;
use crate::sync::lock_static;
use std::sync::atomic::AtomicBool;
#[cfg(any(feature = "signal", feature = "test-util"))]
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
#[cfg(any(feature = "signal", feature = "test-util"))]
use std::time::Duration;
#[cfg(any(feature = "signal", feature = "test-util"))]
use tokio::time::Instant;

/// A signal within this time of one that counted is the same request: one Ctrl-C reaches the whole process group and is
/// often forwarded again by a wrapper (S41a).
#[cfg(any(feature = "signal", feature = "test-util"))]
pub(crate) const SIGNAL_DEBOUNCE: Duration = Duration::from_millis(250);

/// What a signal asks for (S41).
#[cfg(any(feature = "signal", feature = "test-util"))]
#[must_use = "the signal is counted, and nothing has been done about it"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The first: the plan.
    Stop,
    /// Nothing more: it is the one before again.
    Same,
    /// The second: everything is aborted.
    Abort,
    /// The third, or a later one: the process ends at once.
    End,
}

/// The signals of one root. Pure: time is a parameter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signals {
    /// Those that counted.
    pub(crate) counted: u64,
    /// Those that were the one before again.
    pub(crate) debounced: u64,
    #[cfg(any(feature = "signal", feature = "test-util"))]
    last: Option<Instant>,
}

#[cfg(any(feature = "signal", feature = "test-util"))]
impl Signals {
    /// The debounce is from the last that counted: also the second press of Ctrl-C comes twice, and must not be the third.
    pub(crate) fn came(&mut self, now: Instant) -> Asked {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < SIGNAL_DEBOUNCE) {
            self.debounced += 1;
            return Asked::Same;
        }
        self.last = Some(now);
        self.counted += 1;
        match self.counted {
            1 => Asked::Stop,
            2 => Asked::Abort,
            _ => Asked::End,
        }
    }
}

/// Whether the root's shutdown has been asked for, and why first.
#[derive(Debug)]
pub(crate) struct Plan {
    cause: OnceLock<ShutdownCause>,
    /// Cancelled when the plan begins: whoever waits for that waits for this.
    pub(crate) begun: Arc<Lifetime>,
    /// A second signal: everything is aborted at once (S41b).
    pub(crate) forced: AtomicBool,
    signals: std::sync::Mutex<Signals>,
    /// The root's driver.
    driver: std::sync::Mutex<Option<Wakee>>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self {
            cause: OnceLock::new(),
            begun: Lifetime::detached(),
            forced: AtomicBool::new(false),
            signals: std::sync::Mutex::default(),
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

    /// A signal came: does what it asks for, but for the end of the process, which is the caller's. In a plan that
    /// something else began the first changes nothing (S41e).
    #[cfg(any(feature = "signal", feature = "test-util"))]
    pub(crate) fn signal(&self, number: i32, now: Instant) -> Asked {
        let asked = lock_static(&self.signals).came(now);
        match asked {
            Asked::Stop => self.begin(ShutdownCause::Signal(number)),
            Asked::Abort => {
                self.forced.store(true, Relaxed); // published by the lock of the driver's waker
                self.wake_driver();
            }
            Asked::Same | Asked::End => {}
        }
        asked
    }

    pub(crate) fn signals(&self) -> Signals {
        *lock_static(&self.signals)
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
