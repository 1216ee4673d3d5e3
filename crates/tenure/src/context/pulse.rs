//! The pulse of a root: asked from a thread outside the runtime, answered by the task `~heartbeat` as soon as a worker runs
//! it. So a runtime that runs nothing any more is seen from where it does not matter that it does not.
//!
//! The task holds no timer, so a clock that a test has paused moves as if it were not there, and an idle root is woken once
//! in [`HEARTBEAT`], for microseconds. At most one question is open.

use crate::error::Error;
use crate::ident::TaskId;
use crate::record::slab;
use crate::sync::lock_static;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

/// The longest time between two questions. A worker that hangs is noticed within this and the threshold. An idle root pays 0.12 ms
/// of processor time and four switches of threads a second for it, measured with the look that goes with it; one with 100 000
/// tasks 6 ms, for the look.
pub const HEARTBEAT: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct State {
    task: Option<TaskId>,
    /// When the open question was asked, in real time: a paused clock says nothing of workers.
    asked: Option<Instant>,
    /// Somebody has seen a problem begin: look now.
    rung: bool,
    /// The watchdog has just looked for the bell, and hears it again after its rest: who rings need not wake it.
    rests: bool,
    closed: bool,
}

/// What woke whoever listens for the bell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    ByTime,
    ByBell,
    Closed,
}

/// Shared by the watchdog's thread, `~heartbeat`, and whoever asks for the health.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    state: Mutex<State>,
    bell: Condvar,
}

impl Pulse {
    pub(crate) fn set_task(&self, task: TaskId) {
        lock_static(&self.state).task = Some(task);
    }

    pub(crate) fn task(&self) -> Option<TaskId> {
        lock_static(&self.state).task
    }

    /// Asks `~heartbeat` for a beat, unless a question is open.
    pub(crate) fn ask(&self) {
        let mut state = lock_static(&self.state);
        if state.asked.is_some() || state.closed {
            return;
        }
        let Some(task) = state.task else { return };
        state.asked = Some(Instant::now());
        drop(state);
        slab::wake(task);
    }

    /// For how long a question has been open: the runtime has not run `~heartbeat` since.
    pub(crate) fn stalled(&self) -> Duration {
        lock_static(&self.state).asked.map_or(Duration::ZERO, |asked| asked.elapsed())
    }

    /// A problem has begun: the watchdog looks at once.
    pub(crate) fn ring(&self) {
        let mut state = lock_static(&self.state);
        let is_heard = std::mem::replace(&mut state.rung, true) || state.rests;
        drop(state);
        if !is_heard {
            self.bell.notify_all();
        }
    }

    /// The root ends: its watchdog and its heartbeat do.
    pub(crate) fn close(&self) {
        let mut state = lock_static(&self.state);
        state.closed = true;
        let task = state.task;
        drop(state);
        self.bell.notify_all();
        if let Some(task) = task {
            slab::wake(task);
        }
    }

    /// Waits on the watchdog's thread until the time is over, or it is told; for the first `rest` the bell only stays rung.
    pub(crate) fn listen(&self, at_most: Duration, rest: Duration) -> Woken {
        let mut state = lock_static(&self.state);
        if !rest.is_zero() {
            state.rests = true;
            let rested = self.bell.wait_timeout_while(state, rest, |state| !state.closed);
            (state, _) = rested.unwrap_or_else(std::sync::PoisonError::into_inner);
            state.rests = false;
        }
        let at_most = at_most.saturating_sub(rest);
        let waited = self.bell.wait_timeout_while(state, at_most, |state| !state.rung && !state.closed);
        (state, _) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.closed {
            return Woken::Closed;
        }
        if std::mem::take(&mut state.rung) { Woken::ByBell } else { Woken::ByTime }
    }
}

/// What the task `~heartbeat` runs.
#[derive(Debug)]
pub(crate) struct Heartbeat(pub(crate) Arc<Pulse>);

impl Future for Heartbeat {
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut state = lock_static(&self.0.state);
        state.asked = None;
        if state.closed { Poll::Ready(Ok(())) } else { Poll::Pending } // woken by its number
    }
}
