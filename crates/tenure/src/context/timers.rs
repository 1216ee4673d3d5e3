//! The times of all ladders and deadlines of a root, fired by its one housekeeping task `~ladder` (S10f).

use crate::record::wait::Wakee;
use crate::sync::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use tokio::time::{Instant, Sleep};

/// What is told that a time has come.
pub(crate) trait Timed: Send + Sync {
    fn fire(self: Arc<Self>, due: Due);
}

/// What the time was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Deadline,
    Cancel,
    Abort,
    Name,
}

/// A time that was set, to take it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Instant, u64);

impl Key {
    /// The time.
    pub(crate) fn at(self) -> Instant {
        self.0
    }
}

struct Inner {
    /// Bounded by the ladders that run and the scopes with a deadline: an end takes its times back.
    times: BTreeMap<Key, (Arc<dyn Timed>, Due)>,
    next_serial: u64,
    housekeeper: Option<Wakee>,
    closed: bool,
}

pub(crate) struct Timers(Mutex<Inner>);

impl std::fmt::Debug for Timers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Timers")
    }
}

impl Timers {
    pub(crate) fn new() -> Arc<Self> {
        let inner = Inner { times: BTreeMap::new(), next_serial: 0, housekeeper: None, closed: false };
        Arc::new(Self(Mutex::new(inner)))
    }

    pub(crate) fn at(&self, at: Instant, whom: Arc<dyn Timed>, due: Due) -> Key {
        let mut inner = self.0.lock();
        let key = Key(at, inner.next_serial);
        inner.next_serial += 1;
        inner.times.insert(key, (whom, due));
        let is_first = inner.times.first_key_value().is_some_and(|(first, _)| *first == key);
        let housekeeper = if is_first { inner.housekeeper.take() } else { None };
        drop(inner);
        if let Some(housekeeper) = housekeeper {
            housekeeper.wake();
        }
        key
    }

    pub(crate) fn remove(&self, key: Key) {
        let gone = self.0.lock().times.remove(&key);
        drop(gone);
    }

    /// The root has ended: the housekeeper ends, too.
    pub(crate) fn close(&self) {
        let mut inner = self.0.lock();
        inner.closed = true;
        let times = std::mem::take(&mut inner.times);
        let housekeeper = inner.housekeeper.take();
        drop(inner);
        drop(times);
        if let Some(housekeeper) = housekeeper {
            housekeeper.wake();
        }
    }
}

/// What the housekeeping task runs.
pub(crate) struct Housekeeper {
    timers: Arc<Timers>,
    /// None while no time is set: an idle root costs no wake-up.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Housekeeper {
    pub(crate) fn new(timers: Arc<Timers>) -> Self {
        Self { timers, timer: None }
    }

    /// The time that is due, or else the next one.
    fn next(&self) -> Next {
        let mut inner = self.timers.0.lock();
        if inner.closed {
            return Next::Closed;
        }
        let Some(entry) = inner.times.first_entry() else { return Next::Nothing };
        let at = entry.key().0;
        if at > crate::clock::now() {
            return Next::At(at);
        }
        let (whom, due) = entry.remove();
        Next::Due(whom, due)
    }
}

enum Next {
    Closed,
    Nothing,
    At(Instant),
    Due(Arc<dyn Timed>, Due),
}

impl Future for Housekeeper {
    type Output = Result<(), crate::error::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        // Before the look at the times, so that a time set after it wakes us.
        self.timers.0.lock().housekeeper = Some(Wakee::of(cx.waker()));
        loop {
            match self.next() {
                Next::Closed => return Poll::Ready(Ok(())),
                Next::Due(whom, due) => {
                    whom.fire(due);
                    self.timers.0.lock().housekeeper = Some(Wakee::of(cx.waker()));
                }
                Next::Nothing => {
                    self.timer = None;
                    return Poll::Pending;
                }
                Next::At(at) => {
                    let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
                    if timer.deadline() != at {
                        timer.as_mut().reset(at);
                    }
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}
