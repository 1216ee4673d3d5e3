//! What happened: a bounded ring per root. State is read from the records and never rebuilt from events, so losing
//! one loses no truth; how many were lost is said.

use crate::account::Account;
use crate::exit::ExitReason;
use crate::ident::TaskPath;
use crate::sync::Mutex;
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Events a root keeps for readers that lag.
///
/// 1024 covers a restart storm of a hundred children; what falls out is counted as [`Dropped`].
pub const EVENTS_KEPT_MAX: usize = 1024;

/// One thing that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Grows by one per event of the root.
    pub seq: u64,
    /// When, by the runtime's clock.
    pub at: Instant,
    /// The task or scope it happened to.
    pub path: TaskPath,
    /// Its incarnation; 0 where there is none.
    pub incarnation: u32,
    /// What happened.
    pub kind: EventKind,
}

/// What happened (S32a and the other named events).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A child was started.
    Started,
    /// A child is ready (S17b).
    Ready,
    /// A child ended.
    Exited(ExitReason),
    /// A child will be started again.
    Restarting {
        /// From 0.
        attempt: u32,
        /// How long it waits before.
        delay: Duration,
    },
    /// A supervisor gave up.
    GaveUp,
    /// A child was stopped because it was asked to.
    Stopped,
    /// A child ended abnormally while it was being stopped.
    ExitDuringStop(ExitReason),
    /// A `serve` could not accept a connection; it goes on.
    AcceptFailed(String),
    /// A scope was dropped with live tasks (S3d).
    ScopeDropped {
        /// How many.
        live_tasks: u64,
        /// Where the scope was made.
        site: &'static Location<'static>,
    },
    /// An error of a task in a dropped scope: it fails nobody, but it is shown (S3d).
    ErrorUnheard(ExitReason),
    /// A destructor panicked after a panic had ended its task; the first is the task's exit (S11c).
    SecondaryPanic {
        /// The second panic's message.
        message: String,
        /// `file:line:column`.
        location: Option<String>,
    },
    /// The root was dropped without a join (S3e).
    RootDropped {
        /// The account at that moment.
        account: Box<Account>,
    },
    /// Panics end the process in this build: no panic of a task can be contained (S11f).
    PanicAbort,
}

#[derive(Debug, Default)]
struct Kept {
    /// At most [`EVENTS_KEPT_MAX`].
    events: VecDeque<Event>,
    next_seq: u64,
}

/// The ring of one root.
#[derive(Clone)]
pub(crate) struct Ring(Arc<Mutex<Kept>>);

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ring")
    }
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Kept::default())))
    }

    pub(crate) fn emit(&self, path: &TaskPath, incarnation: u32, kind: EventKind) {
        let mut kept = self.0.lock();
        let seq = kept.next_seq;
        kept.next_seq += 1;
        let oldest = if kept.events.len() == EVENTS_KEPT_MAX { kept.events.pop_front() } else { None };
        kept.events.push_back(Event { seq, at: crate::clock::now(), path: path.clone(), incarnation, kind });
        drop(kept);
        drop(oldest); // it may hold a user's error
    }

    pub(crate) fn reader(&self) -> Events {
        Events { ring: self.clone(), next_seq: 0 }
    }
}

/// Reads the events of a root, on from where it was made or read last.
#[derive(Debug)]
pub struct Events {
    ring: Ring,
    next_seq: u64,
}

/// How many events fell out of the ring before they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a number with a name")]
pub struct Dropped(pub u64);

impl Events {
    /// All events since the last call, and how many were lost because the reader lagged.
    pub fn read(&mut self) -> (Vec<Event>, Dropped) {
        let kept = self.ring.0.lock();
        let first = kept.events.front().map_or(kept.next_seq, |event| event.seq);
        let dropped = first.saturating_sub(self.next_seq);
        let events = kept.events.iter().filter(|event| event.seq >= self.next_seq).cloned().collect();
        self.next_seq = kept.next_seq;
        (events, Dropped(dropped))
    }
}
