//! One spawned future with its record: the wrapper that polls it, its end, its handle.
//!
//! | state | future | record's word | left by |
//! |---|---|---|---|
//! | queued | not polled | `WOKEN` | first poll, or abort |
//! | running | being polled | `RUNNING` | `Pending`, a value, an error, a panic |
//! | waiting | pending | neither | a wake, or abort |
//! | ended | dropped | `ENDED` | the last reference: then the slot is reused |
//!
//! Invariants: T1 the future and all it owns have been dropped before the record says `ENDED` (S16a); T2 the scope hears
//! of the end once, whatever way it came (poll, abort, the runtime's drop); T3 no panic of the future leaves the wrapper.
//!
//! Read in this order: `future.rs`, `handle.rs`, `blocking.rs`.

pub(crate) mod blocking;
pub(crate) mod future;
pub(crate) mod handle;

pub use blocking::Blocking;
pub use handle::TaskHandle;
