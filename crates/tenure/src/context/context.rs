//! [`Context`]: the handle of a lifetime, its deadline and its values.

use crate::clock::Limit;
use crate::context::lifetime::{Bounds, Drains, Lifetime, Reached};
use crate::error::{Cancelled, Cause};
use crate::ident::TaskPath;
use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A lifetime: when the work under it must end, and what it was told about why.
///
/// Cheap to clone (a counted pointer); passed by value to what is started, by reference to what is
/// awaited. Children only tighten: cancellation and deadlines reach every descendant, nothing below
/// can extend or ignore them (S7).
///
/// # Examples
/// ```
/// use tenure::prelude::*;
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let ctx = root.ctx().timeout(ms(10));
/// let longer = ctx.timeout(secs(60)); // the parent's deadline holds
/// assert_eq!(longer.deadline(), ctx.deadline());
///
/// let cancelled = longer.sleep(secs(5)).await.unwrap_err();
/// assert_eq!(cancelled.cause, tenure::Cause::Deadline);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Context(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    lifetime: Arc<Lifetime>,
    home: Arc<dyn Home>,
    deadline: Option<Limit>,
    /// Where the deadline was set (S12c).
    deadline_origin: Option<TaskPath>,
    values: Option<Arc<Value>>,
    calls: CallDeadline,
    reach: Reach,
}

/// Whether calls without a deadline of the context get the owner's (S13f).
#[derive(Clone, Copy, PartialEq, Eq)]
enum CallDeadline {
    Default,
    WrittenOut,
}

/// Whether the parent's cancel reaches the context (S14d).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Ordinary,
    Cleanup,
}

/// The scope a context belongs to, as far as contexts must know it.
pub(crate) trait Home: Any + Send + Sync {
    fn path(&self) -> &TaskPath;
    /// When the ladder of the scope aborts, if it runs.
    fn abort_at(&self) -> Option<Instant>;
    /// The service it belongs to says that it is ready.
    fn said_ready(&self);
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// When the work under a context must be over (S13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a length, a point, or none: there is no fourth")]
pub enum Deadline {
    /// From now.
    After(Duration),
    /// A point of the runtime's clock.
    At(Instant),
    /// No *default* deadline on calls (S13f). A parent's deadline still holds (S7b).
    None,
}

impl Deadline {
    /// [`Deadline::None`]: waiting without limit must be written out.
    pub const NONE: Self = Self::None;

    pub(crate) fn instant(self) -> Option<Instant> {
        match self {
            Self::After(duration) => Some(after(duration)),
            Self::At(at) => Some(at),
            Self::None => None,
        }
    }
}

/// Beyond this a deadline is no deadline: adding to a clock must not overflow.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

pub(crate) fn after(duration: Duration) -> Instant {
    crate::clock::now() + bounded(duration)
}

/// As long as it was, or as good as for ever: what is added to a time of the clock goes through here.
pub(crate) fn bounded(duration: Duration) -> Duration {
    duration.min(FAR)
}

/// The ladder's times of a scope: from cancel to abort, and from abort to being named as leaked (S10).
///
/// # Examples
/// ```
/// use tenure::{Stop, ms};
/// let patient = Stop { cancel: ms(5_000), ..Stop::REQUEST };
/// assert_eq!(patient.abort, Stop::REQUEST.abort);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made as a literal, `..Stop::REQUEST`")]
pub struct Stop {
    /// From the cancel to the abort. Zero aborts at once.
    pub cancel: Duration,
    /// From the abort to the report of what still lives.
    pub abort: Duration,
}

impl Stop {
    /// Of request scopes: their leftovers must not live on; long enough for a task that looks at its context.
    pub const REQUEST: Self = Self { cancel: Duration::from_millis(100), abort: Duration::from_secs(1) };
    /// Of services and owners; OTP gives a worker 5000 ms (`supervisor`, `do_check_childspec`).
    pub const SERVICE: Self = Self { cancel: Duration::from_secs(5), abort: Duration::from_secs(1) };

    pub(crate) fn bounded(self) -> Self {
        Self { cancel: bounded(self.cancel), abort: bounded(self.abort) }
    }
}

/// A typed key for a value in a context: values are inherited, shadowed by key, immutable (S7d).
///
/// # Examples
/// ```
/// struct Tenant;
/// impl tenure::ContextKey for Tenant {
///     type Value = String;
/// }
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let ctx = root.ctx().with_value::<Tenant>("acme".to_owned());
/// assert_eq!(ctx.value::<Tenant>().map(String::as_str), Some("acme"));
/// assert_eq!(root.ctx().value::<Tenant>(), None);
/// # Ok(()) }
/// ```
pub trait ContextKey: 'static {
    /// What is kept under the key.
    type Value: Clone + Send + Sync + 'static;
}

struct Value {
    key: TypeId,
    value: Box<dyn Any + Send + Sync>,
    next: Option<Arc<Value>>,
}

impl Drop for Value {
    /// Without recursion: each request may add one to its caller's.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut value) = next.and_then(Arc::into_inner) {
            next = value.next.take();
        }
    }
}

impl Context {
    pub(crate) fn new(lifetime: Arc<Lifetime>, home: Arc<dyn Home>) -> Self {
        Self(Arc::new(Inner {
            lifetime,
            home,
            deadline: None,
            deadline_origin: None,
            values: None,
            calls: CallDeadline::Default,
            reach: Reach::Ordinary,
        }))
    }

    /// The same deadline and values under another lifetime and scope; `deadline_origin` says whose the deadline is there.
    pub(crate) fn moved(
        &self,
        lifetime: Arc<Lifetime>,
        home: Arc<dyn Home>,
        deadline_origin: Option<TaskPath>,
    ) -> Self {
        Self(Arc::new(Inner { lifetime, home, deadline_origin, reach: Reach::Ordinary, ..(*self.0).clone() }))
    }

    pub(crate) fn deadline_origin(&self) -> Option<&TaskPath> {
        self.0.deadline_origin.as_ref()
    }

    /// The context of a turn: both lifetimes through `lifetime`, the smaller deadline, the caller's values (S33d).
    pub(crate) fn for_turn(caller: &Self, owner: &Self, lifetime: Arc<Lifetime>) -> Self {
        let mut inner = Inner { lifetime, home: Arc::clone(&owner.0.home), ..(*caller.0).clone() };
        inner.reach = Reach::Ordinary;
        if owner.0.deadline.is_some_and(|limit| inner.deadline.is_none_or(|mine| limit.at() < mine.at())) {
            inner.deadline = owner.0.deadline;
            inner.deadline_origin = owner.0.deadline_origin.clone();
        }
        Self(Arc::new(inner))
    }

    /// The owner's context with the caller's values: a cast's turn (S33f).
    pub(crate) fn with_values_of(&self, other: &Self) -> Self {
        if other.0.values.is_none() {
            return self.clone();
        }
        Self(Arc::new(Inner { values: other.0.values.clone(), ..(*self.0).clone() }))
    }

    pub(crate) fn lifetime(&self) -> &Arc<Lifetime> {
        &self.0.lifetime
    }

    pub(crate) fn home(&self) -> Arc<dyn Home> {
        Arc::clone(&self.0.home)
    }

    pub(crate) fn path(&self) -> &TaskPath {
        self.0.home.path()
    }

    /// A child that ends `duration` from now at the latest, never after its parent (S7b).
    ///
    /// Zero has passed at once (S13a).
    #[must_use = "a context bounds only what is given it"]
    pub fn timeout(&self, duration: Duration) -> Self {
        self.with_deadline(Deadline::After(duration))
    }

    /// The same with a point in time, or [`Deadline::NONE`]: calls under it have no default deadline (S13f).
    #[must_use = "a context bounds only what is given it"]
    pub fn with_deadline(&self, deadline: Deadline) -> Self {
        let Some(at) = deadline.instant() else {
            return Self(Arc::new(Inner { calls: CallDeadline::WrittenOut, ..(*self.0).clone() }));
        };
        if self.deadline().is_some_and(|mine| mine <= at) {
            return self.clone();
        }
        let origin = Some(self.path().clone());
        let deadline = Some(Limit::new(at));
        Self(Arc::new(Inner { deadline, deadline_origin: origin, ..(*self.0).clone() }))
    }

    /// A child with a value; a value of the same key is shadowed, not changed.
    #[must_use = "a context bounds only what is given it"]
    pub fn with_value<K: ContextKey>(&self, value: K::Value) -> Self {
        let value = Value { key: TypeId::of::<K>(), value: Box::new(value), next: self.0.values.clone() };
        Self(Arc::new(Inner { values: Some(Arc::new(value)), ..(*self.0).clone() }))
    }

    /// The nearest value of a key.
    pub fn value<K: ContextKey>(&self) -> Option<&K::Value> {
        let mut next = self.0.values.as_deref();
        while let Some(value) = next {
            if value.key == TypeId::of::<K>() {
                return value.value.downcast_ref();
            }
            next = value.next.as_deref();
        }
        None
    }

    /// A child that can be cancelled by hand, and the handle that does it.
    ///
    /// # Examples
    /// ```
    /// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
    /// let (ctx, canceller) = root.ctx().cancellable();
    /// canceller.cancel("no longer needed");
    /// assert!(ctx.is_cancelled() && !root.ctx().is_cancelled());
    /// # Ok(()) }
    /// ```
    #[must_use = "a context bounds only what is given it"]
    pub fn cancellable(&self) -> (Self, Canceller) {
        let lifetime = Lifetime::child_of(&[self.lifetime()], Drains::WithParent, None);
        let child = Self(Arc::new(Inner { lifetime, ..(*self.0).clone() }));
        (child.clone(), Canceller(child))
    }

    /// Says that the service this context belongs to is ready; for one with
    /// [`explicit_ready`](crate::ChildSpec::explicit_ready) (S17b). Without effect elsewhere, and the second time.
    pub fn ready(&self) {
        self.0.home.said_ready();
    }

    /// For the last work of a task (S14d): not cancelled with its parent. Ends at `budget`, or when the ladder of its
    /// scope aborts, whichever is first. Made under a cleanup it gains no time.
    #[must_use = "a context bounds only what is given it"]
    pub fn cleanup(&self, budget: Duration) -> Self {
        let mut at = after(budget);
        if let Some(abort_at) = self.0.home.abort_at() {
            at = at.min(abort_at);
        }
        if self.0.reach == Reach::Cleanup
            && let Some(mine) = self.deadline()
        {
            at = at.min(mine);
        }
        Self(Arc::new(Inner {
            lifetime: Lifetime::detached(),
            deadline: Some(Limit::new(at)),
            deadline_origin: Some(self.path().clone()),
            reach: Reach::Cleanup,
            ..(*self.0).clone()
        }))
    }

    /// When this context ends at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline.map(Limit::at)
    }

    pub(crate) fn limit(&self) -> Option<Limit> {
        self.0.deadline
    }

    /// The deadline of a call under this context, and whether it is the context's own.
    pub(crate) fn call_deadline(&self, default: Duration) -> Option<Instant> {
        match (self.deadline(), self.0.calls) {
            (Some(at), _) => Some(at),
            (None, CallDeadline::Default) => Some(after(default)),
            (None, CallDeadline::WrittenOut) => None,
        }
    }

    pub(crate) fn deadline_passed(&self) -> bool {
        self.0.deadline.is_some_and(Limit::has_passed)
    }

    /// What a context says whose deadline has passed.
    pub(crate) fn deadline_error(&self) -> Cancelled {
        let origin = self.0.deadline_origin.clone().unwrap_or_else(|| self.path().clone());
        Cancelled::new(Cause::Deadline, origin)
    }

    /// Whether the work under it was asked to finish; also true once cancelled.
    ///
    /// A service that asks is one that drains: it is drained first when its child is stopped, and cancelled only
    /// after four fifths of its time (S25b).
    pub fn is_draining(&self) -> bool {
        self.0.lifetime.note_asked();
        self.0.lifetime.is_draining() || self.deadline_passed()
    }

    /// Whether it has ended: by cancellation or by its deadline.
    pub fn is_cancelled(&self) -> bool {
        self.0.lifetime.is_cancelled() || self.deadline_passed()
    }

    /// Why it has ended, if it has. The first cause stays (S12a).
    pub fn cause(&self) -> Option<Cancelled> {
        match self.bounds().reached()? {
            Reached::Cancel(ending) => Some(ending.cancelled.clone()),
            Reached::Deadline => Some(self.deadline_error()),
        }
    }

    /// What a task under this context must obey.
    pub(crate) fn bounds(&self) -> Bounds<'_> {
        Bounds { lifetime: &self.0.lifetime, deadline: self.0.deadline }
    }

    /// For `?` between steps of synchronous work.
    ///
    /// # Errors
    /// [`Cancelled`] once the context has ended.
    pub fn check(&self) -> Result<(), Cancelled> {
        self.cause().map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("scope", self.path())
            .field("deadline", &self.deadline())
            .field("draining", &self.0.lifetime.is_draining())
            .field("cause", &self.cause())
            .finish_non_exhaustive()
    }
}

/// Cancels the context it was made with. Dropping it cancels nothing.
#[derive(Clone, Debug)]
pub struct Canceller(Context);

impl Canceller {
    /// Cancels with cause [`Cause::Explicit`]; the first cause wins (S12a).
    pub fn cancel(&self, why: &str) {
        self.0.lifetime().cancel(Cause::Explicit(why.to_owned()), self.0.path());
    }
}
