//! The cases of a restart, the panic all of them die of, and the batch that counts restarts.
use super::{by_hand, kameo, ractor};
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::ours::restart as ours;
use crate::cases::store::filled;
use crate::error::BenchError;
use crate::pair::{Sampler, timed};
use std::collections::HashMap;
use std::panic;
use std::sync::{Arc, Once};
use std::time::Duration;

pub(crate) const CASES: &[(&str, Build)] = &[
    ("by-hand", by_hand::restart),
    ("by-hand-again", by_hand::restart),
    ("tenure", ours::restart),
    ("ractor", ractor::restart),
    ("kameo", kameo::restart),
];

/// What every life is made of.
pub(crate) type Entries = Arc<HashMap<u64, u64>>;

pub(crate) fn entries() -> Entries {
    Arc::new(filled())
}

/// Message of the panic that ends a life.
const PLANTED: &str = "planted";

/// Ends the life whose turn this is.
pub(crate) fn die() -> ! {
    panic!("{PLANTED}")
}

/// Keeps the planted panics off stderr, which would be most of what is measured; any other is shown as ever.
///
/// To be called before anything that puts a hook of its own before the one that is there, as tenure does: theirs is then
/// part of what is measured.
pub(crate) fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let shown = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload_as_str() != Some(PLANTED) {
                shown(info);
            }
        }));
    });
}

/// `restarts(entries, n)` builds an owner, restarts it `n` times, and says how long these took.
pub(super) fn sampler<F, Fut>(case: &'static str, setup: &Setup<'_>, restarts: F) -> Sampler
where
    F: Fn(Entries, u64) -> Fut + 'static,
    Fut: Future<Output = Duration> + Send + 'static,
{
    let entries = entries();
    timed(setup.effort.batch, 1, move |n| {
        let batch = bare::spawn(restarts(Arc::clone(&entries), n));
        async move { batch.await.map_err(|e| BenchError::Batch { case: case.to_owned(), why: e.to_string() }) }
    })
}
