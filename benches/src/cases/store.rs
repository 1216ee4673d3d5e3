//! The state behind every call: the same map, the same keys and the same requests for all.
use std::collections::HashMap;
use std::hint::black_box;

/// Entries of the map. All fit into the second-level cache, so the hand-over is measured and not the memory.
const ENTRIES: u64 = 1024;

pub(crate) fn filled() -> HashMap<u64, u64> {
    (0..ENTRIES).map(|k| (k, k * k)).collect()
}

/// The key of a caller's call number `i`.
pub(crate) fn key(i: u64) -> u64 {
    i % ENTRIES
}

/// What an owner owns: the map, and how long its turns are.
pub(crate) struct Store {
    entries: HashMap<u64, u64>,
    /// Keys a `get` looks up beside its own: about 25 ns each.
    more: u64,
}

impl Store {
    pub(crate) fn new(more: u32) -> Self {
        Self { entries: filled(), more: u64::from(more) }
    }

    pub(crate) fn get(&self, asked: u64) -> Option<u64> {
        for i in 1..=self.more {
            black_box(self.entries.get(&key(asked + i)));
        }
        self.entries.get(&asked).copied()
    }

    pub(crate) fn put(&mut self, key: u64, value: u64) -> Option<u64> {
        self.entries.insert(key, value)
    }
}

/// The requests, of whoever takes a type for each.
#[derive(Debug)]
pub(crate) struct Get(pub(crate) u64);

#[derive(Debug)]
pub(crate) struct Put(pub(crate) u64, pub(crate) u64);
