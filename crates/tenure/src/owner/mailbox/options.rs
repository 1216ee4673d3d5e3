//! What is set for one mailbox.

use crate::scope::snapshot::Importance;
use std::time::Duration;

/// Places of a mailbox (S39): accepted requests that have not begun.
///
/// # Choosing the capacity
/// It is the burst an owner may fall behind by. Start from `arrival_rate_max * pause_max` (5 000/s and a 20 ms pause:
/// 100). More only hides an owner that is too slow.
pub const MAILBOX_CAPACITY: u32 = 256;
/// Deadline of a call whose context has none (S13f): a request without one is how work piles up.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What `call` and `cast` do when there is no place (S39b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "to wait or not to wait")]
pub enum Overflow {
    /// Wait in turn for a place, until the caller's deadline: then `Full`.
    Wait,
    /// `Full` at once.
    Reject,
}

/// Whether an idle owner may run a synchronous turn on its caller's thread (S51).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "allowed or not")]
pub enum Inline {
    /// It may: a call to an idle owner costs no wake-up. Nothing but time and the thread can tell.
    Allowed,
    /// Every turn runs on the owner's task: for a state that minds the thread, or reads task-locals.
    Never,
}

/// Options of a mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) capacity: u32,
    pub(crate) overflow: Overflow,
    pub(crate) call_timeout: Duration,
    pub(crate) inline: Inline,
    pub(crate) on_restart: OnRestart,
    /// A turn that takes longer is a problem; `None`: the root's bound.
    pub(crate) turn_bound: Option<Duration>,
    pub(crate) importance: Importance,
}

/// What becomes of the queue when its owner is restarted (S28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "kept or not")]
pub enum OnRestart {
    /// It waits for the next life: what was never begun has had no effect. OTP's queue dies with its process.
    Keep,
    /// Every queued request gets `Died`, with the request back.
    Drop,
}

impl Options {
    pub(crate) const DEFAULT: Self = Self {
        capacity: MAILBOX_CAPACITY,
        overflow: Overflow::Wait,
        call_timeout: REQUEST_TIMEOUT,
        inline: Inline::Allowed,
        on_restart: OnRestart::Keep,
        turn_bound: None,
        importance: Importance::Plain,
    };
}
