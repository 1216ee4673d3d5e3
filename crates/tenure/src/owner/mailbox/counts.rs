//! Turns that ran at once, counted without a lock.

use crate::owner::lifecycle::Counts;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Turns of callers that came to an idle owner, and gave a value: by far the most. Counted without a lock by
/// whoever holds the seat; all other requests, and what becomes of these otherwise, are in [`Counts`].
#[derive(Default)]
pub(super) struct InlineCounts {
    begun: AtomicU64,
    replied: AtomicU64,
    /// Casts.
    handled: AtomicU64,
}

impl InlineCounts {
    /// By the holder of the seat, as all that changes it.
    #[inline(always)]
    pub(super) fn begin(&self) {
        self.begun.store(self.begun.load(Relaxed) + 1, Relaxed);
    }

    #[inline(always)]
    pub(super) fn reply(&self) {
        // Release: whoever sees the reply counted sees its begin.
        self.replied.store(self.replied.load(Relaxed) + 1, Release);
    }

    #[inline(always)]
    pub(super) fn handle(&self) {
        self.handled.store(self.handled.load(Relaxed) + 1, Release);
    }

    /// The turn that was begun last is counted elsewhere.
    pub(super) fn hand_over(&self) {
        self.begun.store(self.begun.load(Relaxed) - 1, Relaxed);
    }

    /// Turns begun, which also numbers them.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Relaxed)
    }

    pub(super) fn add_to(&self, counts: &mut Counts) {
        let (replied, handled) = (self.replied.load(Acquire), self.handled.load(Acquire));
        let begun = self.begun();
        counts.accepted += begun;
        counts.begun += begun - replied - handled;
        counts.answered.replied += replied;
        counts.answered.handled += handled;
    }
}
