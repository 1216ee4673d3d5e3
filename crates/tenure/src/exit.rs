//! How a task ended, and what a panic left behind (S5, S9).

use crate::error::{Cause, Error};
use crate::ident::TaskPath;
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, Once};

/// How a task ended: exactly one per ended task, by the first row of S9 that matches.
///
/// `Normal` and `Shutdown` are *expected*, all others *abnormal*.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExitReason {
    /// Returned a value, and nobody had asked it to end.
    Normal,
    /// Ended because it was asked to: by its context, or while draining.
    Shutdown(Cause),
    /// Returned an error of its own.
    Failed(Error),
    /// Panicked, in a poll or in a destructor while being dropped.
    Panicked(Panic),
    /// Its future was dropped before it returned.
    Aborted(Cause),
    /// Ended by a deadline: by itself, or (`forced`) by being dropped.
    TimedOut {
        /// The future did not end by itself.
        forced: bool,
    },
    /// A supervisor that exceeded its intensity.
    GaveUp {
        /// The child it gave up on.
        child: TaskPath,
        /// How that child ended last.
        reason: Box<ExitReason>,
    },
    /// Stands in reports for a task that had not ended when the report was made; never the end of a task.
    Leaked,
}

impl ExitReason {
    /// `Normal` or `Shutdown`: nothing to restart for.
    pub fn is_expected(&self) -> bool {
        matches!(self, Self::Normal | Self::Shutdown(_))
    }

    /// The name of S9 in `snake_case`, as it stands in JSON and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Shutdown(_) => "shutdown",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::Aborted(_) => "aborted",
            Self::TimedOut { .. } => "timed_out",
            Self::GaveUp { .. } => "gave_up",
            Self::Leaked => "leaked",
        }
    }
}

/// By kind and text: errors and payloads are compared by their message.
impl PartialEq for ExitReason {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Normal, Self::Normal) | (Self::Leaked, Self::Leaked) => true,
            (Self::Shutdown(a), Self::Shutdown(b)) | (Self::Aborted(a), Self::Aborted(b)) => a == b,
            (Self::Failed(a), Self::Failed(b)) => a.to_string() == b.to_string(),
            (Self::Panicked(a), Self::Panicked(b)) => a.message == b.message && a.location == b.location,
            (Self::TimedOut { forced: a }, Self::TimedOut { forced: b }) => a == b,
            (Self::GaveUp { child: a, reason: ra }, Self::GaveUp { child: b, reason: rb }) => {
                a == b && ra == rb
            }
            _ => false,
        }
    }
}

impl Eq for ExitReason {}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("returned"),
            Self::Shutdown(cause) => write!(f, "ended as asked ({cause})"),
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::Panicked(panic) => write!(f, "{panic}"),
            Self::Aborted(cause) => write!(f, "was aborted ({cause})"),
            Self::TimedOut { forced: false } => f.write_str("ended at its deadline"),
            Self::TimedOut { forced: true } => f.write_str("was aborted after its deadline"),
            Self::GaveUp { child, reason } => write!(f, "gave up on `{child}`, which {reason}"),
            Self::Leaked => f.write_str("has not ended"),
        }
    }
}

/// A caught panic (S5b). Clones share one [`Caught`]: an exit is told to many.
#[derive(Clone)]
pub struct Panic(Arc<Caught>);

/// What is known of a [`Panic`].
#[non_exhaustive]
pub struct Caught {
    /// The panic's message; for a payload that is no string, a text that says so.
    pub message: String,
    /// `file:line:column`, where the panic hook could see it.
    pub location: Option<String>,
    payload: Payload,
}

impl Deref for Panic {
    type Target = Caught;

    fn deref(&self) -> &Caught {
        &self.0
    }
}

struct Payload(Mutex<Option<Box<dyn Any + Send>>>);

impl Drop for Payload {
    fn drop(&mut self) {
        // A payload whose destructor panics must not end whoever drops the last report of it.
        let payload = crate::sync::lock_static(&self.0).take();
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            forget_payload(second);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a payload whose destructor panics can only be left alone")]
fn forget_payload(payload: Box<dyn Any + Send>) {
    std::mem::forget(payload);
}

impl Panic {
    fn new(payload: Box<dyn Any + Send>, location: Option<String>) -> Self {
        let message = match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (None, Some(text)) => text.clone(),
            (None, None) => "a panic payload that is no string".to_owned(),
        };
        Self(Arc::new(Caught { message, location, payload: Payload(Mutex::new(Some(payload))) }))
    }

    /// Raises the panic again, where the holder wants that. The first `resume` of all clones takes
    /// the payload; later ones raise the message.
    ///
    /// # Panics
    /// Always: that is its purpose.
    pub fn resume(self) -> ! {
        let payload = crate::sync::lock_static(&self.payload.0).take();
        resume_unwind(payload.unwrap_or_else(|| Box::new(self.message.clone())))
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic")
            .field("message", &self.message)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "panicked at {location} {:?}", self.message),
            None => write!(f, "panicked {:?}", self.message),
        }
    }
}

thread_local! {
    /// Where this thread panicked last; only the hook knows.
    static LAST_LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panic locations known (S5b): puts a hook before the one that is there, once per process.
pub(crate) fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let location = info.location().map(ToString::to_string);
            LAST_LOCATION.with(|last| {
                // A panic inside this very borrow cannot be: nothing here runs foreign code.
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = location;
                }
            });
            previous(info);
        }));
    });
}

/// Runs `f`; a panic comes back as a value.
#[inline]
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(f)).map_err(caught)
}

#[cold]
fn caught(payload: Box<dyn Any + Send>) -> Panic {
    let location = LAST_LOCATION.with(|last| last.borrow_mut().take());
    Panic::new(payload, location)
}
