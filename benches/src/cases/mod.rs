//! The code that is measured.
//!
//! | file | what |
//! |---|---|
//! | `store` | the map every call looks a key up in, and the keys |
//! | `bare` | the only places that put work on bare Tokio: it is the rival |
//! | `call` | request and reply by hand: channel, mutexes |
//! | `spawn` | spawn and join by hand |
//! | `stop` | a clean stop of many tasks by hand |
//! | `restart/` | a restart after a panic, by hand and by the peers |
//! | `ours` | the same through tenure's public API: all that is known of it here |
//! | `memory` | starts a process per kind and reads what it says |
//! | `child` | what such a process does |
//! | `program/` | a whole program, from its SIGTERM to its end |
//!
//! Invariant: a caller is always a spawned task. The thread in `block_on` parks on a condition variable, which is another
//! path and ten times slower.
pub(crate) mod bare;
pub(crate) mod call;
pub(crate) mod child;
pub(crate) mod memory;
pub(crate) mod ours;
pub(crate) mod program;
pub(crate) mod restart;
pub(crate) mod spawn;
pub(crate) mod stop;
pub(crate) mod store;
