//! The task whose poll this thread is in, and the lifetime of its context.

use crate::ident::TaskId;
use std::cell::Cell;

#[derive(Clone, Copy)]
struct Current {
    id: TaskId,
    /// Address of the lifetime that the task's own scope cancels: who waits under it need not register.
    lifetime: usize,
}

const NOBODY: Current = Current { id: TaskId { index: 0, generation: 0 }, lifetime: 0 };

thread_local! {
    static CURRENT: Cell<Current> = const { Cell::new(NOBODY) };
}

/// Restores what was current before.
pub(crate) struct Entered(Current);

/// Makes a task current until the guard is dropped.
#[inline]
pub(crate) fn enter(id: TaskId, lifetime: usize) -> Entered {
    Entered(CURRENT.with(|current| current.replace(Current { id, lifetime })))
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        CURRENT.with(|current| current.set(self.0));
    }
}

/// The current task, if it is one of tenure's.
#[inline]
pub(crate) fn id() -> Option<TaskId> {
    let id = CURRENT.get().id;
    (id.index != 0).then_some(id)
}

/// Whether the current task is woken by the end of this lifetime without registering.
pub(crate) fn is_under(lifetime: usize) -> bool {
    CURRENT.get().lifetime == lifetime
}
