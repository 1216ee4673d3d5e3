//! The code that is measured.
//!
//! | file | what |
//! |---|---|
//! | `store` | the map every call looks a key up in, the keys, the requests |
//! | `bare` | the only places that put work on bare Tokio: it is the rival |
//! | `ask/` | request and reply, by hand and by the peers |
//! | `spawn`, `poll` | spawn and join, polls and wakes, on bare Tokio and by the peers |
//! | `context` | tokens |
//! | `end/` | the end of many tasks at once |
//! | `restart/` | a restart after a panic, by hand and by the peers |
//! | `grow/` | costs at several sizes |
//! | `ours/` | the same through tenure's public API |
//! | `memory` | starts a process per kind and reads what it says |
//! | `child` | what such a process does |
//! | `program/` | a whole program, from its SIGTERM to its end |
//!
//! Invariant: a caller is always a spawned task. The thread in `block_on` parks on a condition variable, which is another
//! path and ten times slower.
pub(crate) mod ask;
pub(crate) mod bare;
pub(crate) mod child;
pub(crate) mod context;
pub(crate) mod end;
pub(crate) mod grow;
pub(crate) mod memory;
pub(crate) mod ours;
pub(crate) mod poll;
pub(crate) mod program;
pub(crate) mod restart;
pub(crate) mod spawn;
pub(crate) mod store;
