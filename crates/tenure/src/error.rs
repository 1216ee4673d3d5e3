//! Errors: who, what, was it begun, and what to do now.

use crate::exit::ExitReason;
use crate::ident::{ScopeState, TaskPath};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// `tenure::Result` is `Result<(), tenure::Error>`; both parameters can be given.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Any error, shared: the scope, the handle and the report get the same one (S4e).
///
/// Made by `?` from every `std::error::Error + Send + Sync`. Like every type with that `From`, it
/// is no `std::error::Error` itself; [`Error::as_dyn`] gives one. A [`CallError<R>`] whose request
/// is not `Sync` goes through [`CallError::without_request`] first.
///
/// # Examples
/// ```
/// fn parse(text: &str) -> tenure::Result<u16> {
///     Ok(text.parse()?)
/// }
/// let error = parse("x").unwrap_err();
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// ```
#[derive(Clone)]
pub struct Error(Arc<dyn std::error::Error + Send + Sync + 'static>);

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Arc::new(error))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Message(String);

impl Error {
    /// An error that is nothing but a text.
    pub fn msg(text: impl Into<String>) -> Self {
        Self::from(Message(text.into()))
    }

    /// The error itself, for whoever wants a `std::error::Error`.
    pub fn as_dyn(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error as the type it was made from.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        let error: &(dyn std::error::Error + 'static) = &*self.0;
        error.downcast_ref()
    }

    /// Tenure's own [`Cancelled`], looked for along `source()`: what S9 rows 4 and 5 judge by, so a
    /// user's error that wraps it counts.
    pub fn cancelled(&self) -> Option<&Cancelled> {
        let mut error: &(dyn std::error::Error + 'static) = &*self.0;
        loop {
            if let Some(cancelled) = error.downcast_ref() {
                return Some(cancelled);
            }
            error = error.source()?;
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Why a context ended (S12b); the path of the origin stands beside it in [`Cancelled`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Its deadline passed.
    Deadline,
    /// A task of the same fail-fast scope failed.
    Sibling {
        /// That task.
        path: TaskPath,
        /// How it ended.
        reason: Box<ExitReason>,
    },
    /// The body of the scope returned an error or panicked.
    BodyFailed,
    /// Another task of the race was first.
    RaceWon(TaskPath),
    /// The scope's value was dropped without a join (S3).
    ScopeDropped,
    /// Whoever waited for the turn has gone.
    CallerGone,
    /// Somebody asked the owner or child to stop.
    StopRequested {
        /// Who asked, as far as is known.
        by: TaskPath,
    },
    /// A supervisor ended because a significant child had.
    AutoShutdown {
        /// That child.
        child: TaskPath,
    },
    /// The root shuts down.
    Shutdown(ShutdownCause),
    /// A proven leak that its owner ended.
    Leaked,
    /// The runtime dropped the task.
    RuntimeGone,
    /// Cancelled by hand.
    Explicit(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("the deadline passed"),
            Self::Sibling { path, reason } => write!(f, "`{path}` {reason}"),
            Self::BodyFailed => f.write_str("the body of the scope failed"),
            Self::RaceWon(path) => write!(f, "`{path}` won the race"),
            Self::ScopeDropped => f.write_str("the scope was dropped"),
            Self::CallerGone => f.write_str("the caller has gone"),
            Self::StopRequested { by } => write!(f, "`{by}` asked it to stop"),
            Self::AutoShutdown { child } => write!(f, "significant child `{child}` ended"),
            Self::Shutdown(cause) => write!(f, "shutdown: {cause}"),
            Self::Leaked => f.write_str("proven to have no exit path"),
            Self::RuntimeGone => f.write_str("the runtime has gone"),
            Self::Explicit(text) => f.write_str(text),
        }
    }
}

/// What began the shutdown plan (S41).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShutdownCause {
    /// A signal, by number.
    Signal(i32),
    /// Main returned, with `Ok` or `Err`.
    MainReturned,
    /// A one-shot task of the root, or a child that cannot be restarted, failed (S8e).
    TaskFailed(TaskPath),
    /// The root's supervisor gave up on a child (S31b).
    GaveUp(TaskPath),
    /// `root.shutdown(why)`.
    Explicit(String),
}

impl fmt::Display for ShutdownCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(2) => f.write_str("SIGINT"),
            Self::Signal(15) => f.write_str("SIGTERM"),
            Self::Signal(number) => write!(f, "signal {number}"),
            Self::MainReturned => f.write_str("main returned"),
            Self::TaskFailed(path) => write!(f, "`{path}` failed"),
            Self::GaveUp(path) => write!(f, "gave up on `{path}`"),
            Self::Explicit(why) => f.write_str(why),
        }
    }
}

/// A context ended: the one error of every wait that is no call.
///
/// Its cause may be `Deadline` (S7c, S13b). It is also the `source()` of a [`CallError`] that came
/// from a context or a deadline, and so of any error a user wraps around that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled in `{origin}`: {cause}")]
#[non_exhaustive]
pub struct Cancelled {
    /// Why.
    pub cause: Cause,
    /// The scope or task that was cancelled first, from which this context inherited it (S12c).
    pub origin: TaskPath,
}

impl Cancelled {
    pub(crate) fn new(cause: Cause, origin: TaskPath) -> Self {
        Self { cause, origin }
    }

    pub(crate) fn is_deadline(&self) -> bool {
        matches!(self.cause, Cause::Deadline)
    }
}

/// Was the request begun? In one process never `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "yes, no and unknown are all there is")]
pub enum Handled {
    /// Its turn was not begun, and never will be.
    No,
    /// Its turn was begun, and perhaps ended.
    Yes,
    /// Only across machines.
    Unknown,
}

/// Why a call was not answered (S35). The owner is always named; `kind` says what happened.
///
/// `R` is the request, which comes back exactly if its turn was not begun. A call by closure
/// ([`OwnerRef::with`](crate::OwnerRef::with)) has `R = ()`: that it was not begun comes back, the
/// closure does not.
#[non_exhaustive]
pub struct CallError<R = ()> {
    /// The owner that was called.
    pub owner: TaskPath,
    /// Its incarnation when the error was made (S27a).
    pub incarnation: u32,
    /// What happened.
    pub kind: CallErrorKind<R>,
}

/// One variant for each row of S35.
#[non_exhaustive]
pub enum CallErrorKind<R = ()> {
    /// No place in the mailbox. Known at once, or at the end of the wait for a place.
    Full {
        /// The request.
        request: R,
        /// Places of the mailbox.
        capacity: u32,
    },
    /// The owner has ended for good; no incarnation will come.
    Closed {
        /// The request.
        request: R,
    },
    /// The owner was asked to stop: not admitted; or accepted and not begun when the drain was cut
    /// short; or begun with the reply still held when it ended.
    Stopped {
        /// The request, if it was not begun.
        request: Option<R>,
    },
    /// The call would have closed a ring of waits (S40). Known before anything blocks.
    Deadlock {
        /// The ring, from the refused caller round to itself.
        cycle: Vec<TaskPath>,
        /// The request.
        request: R,
    },
    /// The caller's context was cancelled.
    Cancelled {
        /// Why.
        cancelled: Cancelled,
        /// The request, if it was not begun.
        request: Option<R>,
    },
    /// The caller's deadline passed after the request was accepted.
    DeadlineExceeded {
        /// Whether the turn was begun.
        handled: Handled,
        /// From the call to the deadline.
        waited: Duration,
        /// The same as an error of the context, for `source()`.
        cancelled: Cancelled,
        /// The request, if it was not begun.
        request: Option<R>,
    },
    /// The turn of *this* request panicked.
    Panicked {
        /// The panic's message.
        message: String,
        /// `file:line:column`.
        location: Option<String>,
    },
    /// The incarnation ended before the reply, for any other reason.
    Died {
        /// How the owner ended.
        reason: ExitReason,
        /// The request, if it was not begun.
        request: Option<R>,
    },
    /// The handler dropped the reply without answering (S36c).
    Unanswered,
}

impl<R> CallErrorKind<R> {
    /// The variant's name, as counted in the demo and the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Full { .. } => "Full",
            Self::Closed { .. } => "Closed",
            Self::Stopped { .. } => "Stopped",
            Self::Deadlock { .. } => "Deadlock",
            Self::Cancelled { .. } => "Cancelled",
            Self::DeadlineExceeded { .. } => "DeadlineExceeded",
            Self::Panicked { .. } => "Panicked",
            Self::Died { .. } => "Died",
            Self::Unanswered => "Unanswered",
        }
    }

    /// What to do now; one imperative sentence, no full stop.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Full { .. } => {
                "shed the request, or raise the mailbox capacity if the owner keeps up on average"
            }
            Self::Closed { .. } => "stop calling: look in the report why the owner ended",
            Self::Stopped { request: Some(_) } => "send the request to another instance, or give it up",
            Self::Stopped { request: None } => {
                "retry elsewhere only if the request is idempotent: it was begun"
            }
            Self::Deadlock { .. } => {
                "make one call of the ring a cast, or move the state it needs into one owner"
            }
            Self::Cancelled { request: Some(_), .. } => "return: nothing was done",
            Self::Cancelled { request: None, .. } => "return: the turn goes on, its reply is dropped",
            Self::DeadlineExceeded { request: Some(_), .. } => "retry: nothing was done",
            Self::DeadlineExceeded { request: None, .. } => {
                "retry only if the request is idempotent: it was begun"
            }
            Self::Panicked { .. } => "do not retry: this request made the owner panic",
            Self::Died { request: Some(_), .. } => "retry if the owner restarts: nothing was done",
            Self::Died { request: None, .. } => "retry only if the request is idempotent: it was begun",
            Self::Unanswered => "mend the handler: it dropped the reply without answering",
        }
    }

    /// The request out of the error, if it was not begun.
    fn into_request(self) -> Option<R> {
        match self {
            Self::Full { request, .. } | Self::Closed { request } | Self::Deadlock { request, .. } => {
                Some(request)
            }
            Self::Stopped { request }
            | Self::Cancelled { request, .. }
            | Self::DeadlineExceeded { request, .. }
            | Self::Died { request, .. } => request,
            Self::Panicked { .. } | Self::Unanswered => None,
        }
    }

    /// The same kind with another request.
    pub(crate) fn map<Q>(self, f: impl FnOnce(R) -> Q) -> CallErrorKind<Q> {
        match self {
            Self::Full { request, capacity } => CallErrorKind::Full { request: f(request), capacity },
            Self::Closed { request } => CallErrorKind::Closed { request: f(request) },
            Self::Stopped { request } => CallErrorKind::Stopped { request: request.map(f) },
            Self::Deadlock { cycle, request } => CallErrorKind::Deadlock { cycle, request: f(request) },
            Self::Cancelled { cancelled, request } => {
                CallErrorKind::Cancelled { cancelled, request: request.map(f) }
            }
            Self::DeadlineExceeded { handled, waited, cancelled, request } => {
                CallErrorKind::DeadlineExceeded { handled, waited, cancelled, request: request.map(f) }
            }
            Self::Panicked { message, location } => CallErrorKind::Panicked { message, location },
            Self::Died { reason, request } => CallErrorKind::Died { reason, request: request.map(f) },
            Self::Unanswered => CallErrorKind::Unanswered,
        }
    }
}

impl<R> CallError<R> {
    pub(crate) fn new(owner: TaskPath, incarnation: u32, kind: CallErrorKind<R>) -> Self {
        Self { owner, incarnation, kind }
    }

    /// True exactly when the request is returned and the owner may come back: `Full`, `Died` and
    /// `Stopped` with the request (S35e).
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            CallErrorKind::Full { .. }
                | CallErrorKind::Died { request: Some(_), .. }
                | CallErrorKind::Stopped { request: Some(_) }
        )
    }

    /// The request, if it was not begun.
    pub fn into_request(self) -> Option<R> {
        self.kind.into_request()
    }

    /// Drops the request: for `?` where `R` is not `Sync`.
    pub fn without_request(self) -> CallError<()> {
        CallError { owner: self.owner, incarnation: self.incarnation, kind: self.kind.map(drop) }
    }
}

impl<R> fmt::Display for CallErrorKind<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { capacity, .. } => {
                write!(f, "had no place for the request: all {capacity} are taken")
            }
            Self::Closed { .. } => f.write_str("has ended for good"),
            Self::Stopped { request } => write!(f, "was asked to stop ({})", begun(request.is_none())),
            Self::Deadlock { cycle, .. } => {
                f.write_str("waits for its caller: ")?;
                for (i, path) in cycle.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" -> ")?;
                    }
                    write!(f, "`{path}`")?;
                }
                Ok(())
            }
            Self::Cancelled { request, .. } => {
                write!(f, "was no longer waited for: the caller was cancelled ({})", begun(request.is_none()))
            }
            Self::DeadlineExceeded { handled, waited, .. } => {
                write!(f, "did not answer within {waited:?} ({})", begun(*handled != Handled::No))
            }
            Self::Panicked { message, location: Some(location) } => {
                write!(f, "panicked in the turn of this request at {location}: {message}")
            }
            Self::Panicked { message, location: None } => {
                write!(f, "panicked in the turn of this request: {message}")
            }
            Self::Died { reason, request } => write!(f, "died: it {reason} ({})", begun(request.is_none())),
            Self::Unanswered => f.write_str("dropped the reply without answering"),
        }
    }
}

fn begun(yes: bool) -> &'static str {
    if yes { "begun" } else { "not begun" }
}

// By hand: no bound on `R`, and the request's content is not printed.
impl<R> fmt::Debug for CallErrorKind<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({self})", self.name())
    }
}

impl<R> fmt::Debug for CallError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallError")
            .field("owner", &self.owner)
            .field("incarnation", &self.incarnation)
            .field("kind", &self.kind)
            .finish()
    }
}

impl<R> fmt::Display for CallError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}@{}` {}", self.owner, self.incarnation, self.kind)
    }
}

impl<R> std::error::Error for CallError<R> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            CallErrorKind::Cancelled { cancelled, .. }
            | CallErrorKind::DeadlineExceeded { cancelled, .. } => Some(cancelled),
            _ => None,
        }
    }
}

/// A scope resolved with tasks left whose ladder had run out (S2a, S10c).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{scope}` ended with {} that had not: {}", tasks(paths.len()), list(paths))]
#[non_exhaustive]
pub struct LeakedTasks {
    /// The scope.
    pub scope: TaskPath,
    /// The tasks, by path.
    pub paths: Vec<TaskPath>,
}

impl LeakedTasks {
    pub(crate) fn new(scope: TaskPath, paths: Vec<TaskPath>) -> Self {
        Self { scope, paths }
    }
}

fn tasks(count: usize) -> String {
    if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") }
}

fn list(paths: &[TaskPath]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}

/// Why a [`TaskHandle`](crate::TaskHandle) has no value (S5, S6, S40i).
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The task ended without a value.
    #[error("`{path}` {reason}")]
    Ended {
        /// The task.
        path: TaskPath,
        /// How it ended.
        reason: ExitReason,
    },
    /// The scope was closing; the future was dropped unpolled (S6a).
    #[error("`{scope}` is {state}: nothing can be started in it")]
    Refused {
        /// The scope.
        scope: TaskPath,
        /// The state that refused it.
        state: ScopeState,
    },
    /// The waiter's own context ended (`join_with`).
    #[error(transparent)]
    Cancelled(Cancelled),
    /// The join would have closed a ring of waits (S40b, i).
    #[error("the join would wait for its own caller: {}", list(cycle))]
    Deadlock {
        /// The ring, from the refused waiter round to itself.
        cycle: Vec<TaskPath>,
    },
    /// The value was taken by an earlier `join`.
    #[error("the value of `{path}` was already taken")]
    Taken {
        /// The task.
        path: TaskPath,
    },
}
