//! Owned blocking closures: on Tokio's pool, with a record, and withdrawn at once if they have not started (S15).

use crate::context::Context;
use crate::error::{Cancelled, Error};
use crate::exit::catch;
use crate::raw;
use crate::record::{Record, current};
use crate::sync::lock_static;
use crate::task::future::{End, HasValue, Outcome, TaskOwner, judge};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, OnceLock};

/// What a blocking closure sees of its lifetime (S15a). Nothing can end it by force: look at the flag.
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let mut sum = root.blocking("sum", |b| {
///     let mut sum = 0u64;
///     for n in 0..1000 {
///         b.check()?; // the cooperative exit
///         sum += n;
///     }
///     Ok(sum)
/// });
/// assert_eq!(sum.join().await?, 499_500);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Blocking(Context);

impl Blocking {
    /// The context of the closure's scope, for calls to owners and values.
    pub fn ctx(&self) -> &Context {
        &self.0
    }

    /// Whether the closure should end.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// For `?` between steps of work.
    ///
    /// # Errors
    /// [`Cancelled`] once the closure should end.
    pub fn check(&self) -> Result<(), Cancelled> {
        self.0.check()
    }
}

/// A closure that has not started can be taken back, also while the pool is full (S15b); one that has, has a thread.
pub(crate) trait Withdraw: Send + Sync {
    fn withdraw(&self);

    /// Its name and its number, as `top -H` and a debugger show them.
    fn thread(&self) -> Option<String>;
}

pub(crate) struct Job<F, O> {
    closure: Mutex<Option<F>>,
    owner: Arc<O>,
    ctx: Context,
    record: Record,
    /// The pool's thread it runs on, once it does.
    thread: OnceLock<(Option<String>, u32)>,
}

impl<F, O: TaskOwner> Job<F, O> {
    /// Takes over the task's reference to its record.
    pub(crate) fn new(closure: F, owner: Arc<O>, ctx: Context, record: Record) -> Arc<Self> {
        Arc::new(Self { closure: Mutex::new(Some(closure)), owner, ctx, record, thread: OnceLock::new() })
    }

    fn end(&self, outcome: Outcome, value: HasValue) {
        let reason = judge(outcome, self.record, self.ctx.bounds());
        self.owner.task_ended(self.record, End { reason, secondary: None, value });
        raw::release(self.record.slot);
    }

    /// On the pool's thread.
    pub(crate) fn run<T>(&self) -> Option<T>
    where
        F: FnOnce(Blocking) -> Result<T, Error>,
    {
        let closure = lock_static(&self.closure).take()?;
        let name = std::thread::current().name().map(str::to_owned);
        self.thread.set((name, rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs())).ok();
        let entered = current::enter(self.record.id(), Arc::as_ptr(self.ctx.lifetime()).addr());
        self.record.slot.polls.store(1, Relaxed);
        self.record.slot.last_poll_ms.store(crate::clock::now_coarse_ms(), Relaxed);
        self.record.slot.word.begin_poll();
        let result = catch(|| closure(Blocking(self.ctx.clone())));
        self.record.slot.word.end_poll();
        drop(entered);
        match result {
            Ok(Ok(value)) => {
                self.end(Outcome::Value, HasValue::Yes);
                Some(value)
            }
            Ok(Err(error)) => {
                self.end(Outcome::Failed(error), HasValue::No);
                None
            }
            Err(panic) => {
                self.end(Outcome::Panicked(panic), HasValue::No);
                None
            }
        }
    }
}

impl<F: Send, O: TaskOwner> Withdraw for Job<F, O> {
    fn withdraw(&self) {
        let Some(closure) = lock_static(&self.closure).take() else { return };
        match catch(|| drop(closure)) {
            Ok(()) => self.end(Outcome::Dropped, HasValue::No),
            Err(panic) => self.end(Outcome::Panicked(panic), HasValue::No),
        }
    }

    fn thread(&self) -> Option<String> {
        let (name, number) = self.thread.get()?;
        Some(format!("{} ({number})", name.as_deref().unwrap_or("unnamed")))
    }
}

/// Stands in the pool's queue for a job: if the pool drops it unrun, the job ends all the same.
pub(crate) struct Queued<F: Send, O: TaskOwner>(pub(crate) Arc<Job<F, O>>);

impl<F: Send, O: TaskOwner> Drop for Queued<F, O> {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}
