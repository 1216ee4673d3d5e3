//! [`TaskHandle`]: asks for a task's value, aborts it, owns nothing.

use crate::error::{Cause, TaskError};
use crate::ident::{TaskId, TaskPath};
use crate::record::exits::HandleRef;
use crate::record::wait::Wakee;
use crate::task::future::TaskOwner;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context as TaskContext, Poll};
use tokio::task::JoinHandle;

/// Waits for the value of a task, or aborts it.
///
/// Dropping it changes nothing: the task's scope owns the task, and hears of its exit (S1c). There
/// is no detach.
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let mut sum = root.spawn("sum", async |_ctx| Ok(1 + 1));
/// assert_eq!(sum.path().as_str(), "app/sum");
/// assert_eq!(sum.join().await?, 2);
/// # Ok(()) }
/// ```
pub struct TaskHandle<T> {
    state: State<T>,
    path: OnceLock<TaskPath>,
}

enum State<T> {
    /// `value` is taken by the first join that is given it.
    Started {
        record: HandleRef,
        owner: Arc<dyn TaskOwner>,
        name: Arc<str>,
        suffix: u32,
        value: Option<JoinHandle<Option<T>>>,
    },
    Refused {
        id: TaskId,
        error: TaskError,
    },
}

impl<T> TaskHandle<T> {
    pub(crate) fn started(
        record: HandleRef,
        owner: Arc<dyn TaskOwner>,
        (name, suffix): (Arc<str>, u32),
        value: Option<JoinHandle<Option<T>>>,
    ) -> Self {
        Self { state: State::Started { record, owner, name, suffix, value }, path: OnceLock::new() }
    }

    pub(crate) fn refused(path: TaskPath, error: TaskError) -> Self {
        let id = TaskId { index: 0, generation: 0 };
        Self { state: State::Refused { id, error }, path: OnceLock::from(path) }
    }

    /// Where the task stands in the tree of owners.
    pub fn path(&self) -> &TaskPath {
        self.path.get_or_init(|| match &self.state {
            State::Started { owner, name, suffix, .. } => owner.path().child(name, *suffix),
            State::Refused { .. } => TaskPath::from("refused"), // set when it was made
        })
    }

    /// The task's record; index 0 for a task that was refused.
    pub fn id(&self) -> TaskId {
        match &self.state {
            State::Started { record, .. } => record.record().id(),
            State::Refused { id, .. } => *id,
        }
    }

    /// Drops the task's future at its next yield, without polling it again (S11). Returns at once; only `join`
    /// proves the end. A task that returns in the poll it is in keeps its value.
    pub fn abort(&self) {
        if let State::Started { record, owner, .. } = &self.state {
            owner.abort(record.record(), Cause::Explicit("aborted by its handle".to_owned()));
        }
    }

    /// Whether the task has ended, also when it was refused.
    pub fn is_ended(&self) -> bool {
        match &self.state {
            State::Started { record, .. } => record.record().is_ended(),
            State::Refused { .. } => true,
        }
    }

    /// The task to wait for; `None` if it has ended or never started.
    pub(crate) fn pending(&self) -> Option<TaskId> {
        match &self.state {
            State::Started { record, .. } if !record.record().is_ended() => Some(record.record().id()),
            State::Started { .. } | State::Refused { .. } => None,
        }
    }

    /// Ready when the task has ended.
    pub(crate) fn poll_ended(&self, cx: &mut TaskContext<'_>) -> Poll<()> {
        match &self.state {
            State::Refused { .. } => Poll::Ready(()),
            State::Started { record, .. } if record.record().is_ended() => Poll::Ready(()),
            State::Started { record, .. } => {
                if record.ended_or_wait(Wakee::of(cx.waker())) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }
        }
    }

    /// The value of an ended task. `Pending` only between the end and Tokio's note of it, a few instructions later.
    pub(crate) fn poll_value(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<T, TaskError>> {
        let output = match &mut self.state {
            State::Refused { error, .. } => return Poll::Ready(Err(error.clone())),
            State::Started { record, value, .. } => {
                // An exit in the side table says that there is no value, and none will come.
                if let Some(reason) = record.exit() {
                    return Poll::Ready(Err(TaskError::Ended { path: self.path().clone(), reason }));
                }
                match value.as_mut().map(|join| Pin::new(join).poll(cx)) {
                    Some(Poll::Pending) => return Poll::Pending,
                    Some(Poll::Ready(output)) => {
                        *value = None;
                        output.ok().flatten()
                    }
                    None => None,
                }
            }
        };
        // The path is made for the error alone: most joins give a value.
        Poll::Ready(output.ok_or_else(|| TaskError::Taken { path: self.path().clone() }))
    }
}

impl<T> fmt::Debug for TaskHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle")
            .field("path", self.path())
            .field("ended", &self.is_ended())
            .finish_non_exhaustive()
    }
}
