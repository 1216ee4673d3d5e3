//! One record per live task, and what is read out of them. The one place where the way down (spawn, poll, wait) and
//! the way back (snapshot, report) meet: nothing else keeps a list of tasks.
//!
//! ```text
//! hot line, 64 bytes                                      cold part, 28 bytes
//! ┌────────┬────────┬────────┬────────┐                   ┌─────────┬─────────────────┬──────┬────────┐
//! │ word   │ waker  │ future │ site   │                   │ created │ starter         │ name │ suffix │
//! ├────────┼────────┼────────┴────────┤                   │ 4       │ 4 + 4           │ 4    │ 4      │
//! │ polls  │ edge   │ since  scope    │                   ├─────────┼─────────────────┴──────┴────────┘
//! │ last   │        │ next   prev     │                   │ wakes 4 │ site of the wait 4
//! └────────┴────────┴─────────────────┘                   └─────────┘
//! ```
//!
//! | field | written by | when |
//! |---|---|---|
//! | word: flags, references, generation | everybody, by one atomic step each | [`word`] says which |
//! | waker | the poller | the end of the first poll, if the task must wait |
//! | future | the poller | first poll; a mark while it is dropped |
//! | polls | the poller | each poll |
//! | last | the poller | each poll; the beginning of the drop |
//! | edge, since, site of the wait | whoever waits, in the task's poll | a wait that stays pending |
//! | scope, next, prev, name, suffix | the scope, under its lock | spawn and end |
//!
//! Invariants: a slot is reused only when nobody holds a reference (the task, its handle, its wakers, a reader), and
//! then under the next generation; a record whose word says `ENDED` has dropped its future; E1 (`exits.rs`) nothing of an
//! ended task stands in the table of exits once its handle is gone; L8 (`task/future.rs`) a wake that comes before the waker is
//! kept is found by the first poll at its end.
//!
//! Read in this order: `word.rs`, `slab.rs`, `wait.rs`, `current.rs`, `exits.rs`, `names.rs`, `notes.rs`, `events.rs`.

pub(crate) mod current;
pub(crate) mod events;
pub(crate) mod exits;
pub(crate) mod names;
pub(crate) mod notes;
pub(crate) mod slab;

pub(crate) mod wait;
pub(crate) mod word;

#[cfg(test)]
mod tests;

pub(crate) use slab::{Cold, Record, SLOTS_MAX, Slot, retire};
