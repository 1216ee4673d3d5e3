//! The deadlines of the calls that wait at one owner, without a timer each.
//!
//! Deadlines of one length pass in the order of the calls, so they stand in a lane, a queue sorted by itself; different
//! lengths take different lanes. The owner arms one time, that of the earliest call. An entry is a weak pointer: an
//! answered call leaves a stale one, which is pruned from the front at the next call, so a lane is about as long as
//! there are calls pending.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use tokio::time::Instant;

/// Something with a deadline.
pub(crate) trait Expire: Send + Sync {
    fn expire(&self);
}

/// Different lengths of deadlines at a time that are sorted by themselves; more are inserted where they belong.
const LANES: usize = 4;
/// Below this many entries a lane is not searched for stale ones behind a pending front.
const COMPACT_MIN: usize = 64;

type Entry = (Instant, Weak<dyn Expire>);

#[derive(Default)]
pub(crate) struct Lanes {
    /// Each bounded by twice the pending calls plus [`COMPACT_MIN`].
    lanes: [VecDeque<Entry>; LANES],
    compact_at: [usize; LANES],
    /// The lane that was used last: most calls of an owner have deadlines of one length.
    last: usize,
    /// The time that is set with the housekeeper.
    armed: Option<Instant>,
}

impl Lanes {
    /// Adds a call. The time to arm, if it is earlier than what is armed.
    pub(crate) fn add(&mut self, at: Instant, call: Weak<dyn Expire>) -> Option<Instant> {
        let lane = self.lane_for(at);
        let entries = &mut self.lanes[lane];
        while entries.front().is_some_and(is_stale) {
            entries.pop_front();
        }
        if entries.back().is_none_or(|(last, _)| *last <= at) {
            entries.push_back((at, call));
        } else {
            let place = entries.partition_point(|(there, _)| *there <= at);
            entries.insert(place, (at, call));
        }
        self.last = lane;
        self.compact(lane);
        if self.armed.is_some_and(|armed| armed <= at) {
            return None;
        }
        self.armed = Some(at);
        self.armed
    }

    /// A lane whose last deadline is not later; the last one takes what fits nowhere.
    fn lane_for(&self, at: Instant) -> usize {
        let fits = |lane: usize| self.lanes[lane].back().is_none_or(|(last, _)| *last <= at);
        let back = |lane: &usize| self.lanes[*lane].back().map(|(at, _)| *at);
        if fits(self.last) && !self.lanes[self.last].is_empty() {
            return self.last;
        }
        // The latest that fits: an empty lane is left for another length.
        (0..LANES).filter(|lane| fits(*lane)).max_by_key(back).unwrap_or(LANES - 1)
    }

    fn compact(&mut self, lane: usize) {
        let entries = &mut self.lanes[lane];
        if entries.len() >= self.compact_at[lane].max(COMPACT_MIN) {
            entries.retain(|entry| !is_stale(entry));
            self.compact_at[lane] = entries.len() * 2;
        }
    }

    /// Entries in all lanes, stale ones too.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    /// Takes the calls whose deadline has passed, and the next time to arm.
    pub(crate) fn due(&mut self, now: Instant) -> (Vec<Arc<dyn Expire>>, Option<Instant>) {
        let mut due = Vec::new();
        self.armed = None;
        for lane in &mut self.lanes {
            while let Some(entry) = lane.front() {
                if entry.0 > now && !is_stale(entry) {
                    break;
                }
                if let Some((_, call)) = lane.pop_front() {
                    due.extend(call.upgrade());
                }
            }
            let next = lane.front().map(|(at, _)| *at);
            self.armed = [self.armed, next].into_iter().flatten().min();
        }
        (due, self.armed)
    }
}

fn is_stale((_, call): &Entry) -> bool {
    call.strong_count() == 0
}
