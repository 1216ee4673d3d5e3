//! **Pure**: a supervisor as a machine (S17 to S31). Events go in, acts come out in order; whoever has the machine performs
//! them. No lock, no clock, no await: time is a parameter.
//!
//! ```text
//!             begin                   last is ready
//!   (made) ─────────> First ──────────────────────────> Running <───────────┐ the range is up
//!                       │ a start fails                   │ an exit, under   │
//!                       │                                 v OneForAll, ..    │
//!                       │                               Group: stop, wait, start
//!                       v            a stop, giving up    │
//!                    Ending <─────────────────────────────┘
//!                       │ the first in start order is down
//!                       v
//!                     Ended
//! ```
//! `First` and `Group` are *phases*: what ends in one is judged after it, in the order of its end (S26c).
//!
//! Read in this order: `machine.rs`, `exits.rs`, `phases.rs`.
//!
//! Invariants: M1 a slot starts only when its last life is over, task and scope (S31d); M2 in a stop at most one slot, or one
//! group of neighbours, is being stopped, and the next one's turn comes when it is down or named (S25a); M3 once `Ending`
//! nothing starts (S26a).

mod exits;
#[expect(clippy::module_inception, reason = "the room and its main type share the name")]
pub(crate) mod machine;
mod phases;
