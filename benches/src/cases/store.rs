//! The state behind every call: the same map and the same keys for all.
use std::collections::HashMap;

/// Entries of the map. All fit into the second-level cache, so the hand-over is measured and not the memory.
const ENTRIES: u64 = 1024;

pub(crate) fn filled() -> HashMap<u64, u64> {
    (0..ENTRIES).map(|k| (k, k * k)).collect()
}

/// The key of a caller's call number `i`.
pub(crate) fn key(i: u64) -> u64 {
    i % ENTRIES
}
