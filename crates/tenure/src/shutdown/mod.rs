//! The root: what runs main, and how everything under it comes to an end within one budget (S41 to S50).
//!
//! | stage | from | what |
//! |---|---|---|
//! | `Unready` | 0 | readiness is off, `until_shutdown` resolves |
//! | `Drain` | the readiness delay | main and one-shot tasks see draining; when they have ended, children stop in reverse start order |
//! | `Cancel` | grace - 4 s | the root's context is cancelled |
//! | `Abort` | grace - 1 s | what is left is aborted |
//! | `Report` | grace | what is left is named |
//!
//! Signals (S41): the first begins the plan, the second goes on with `Abort`, the third ends the process; `signal.rs` hears them on a
//! thread of its own. A program's plan is driven on a thread of its own, too.
//!
//! Invariants: D1 every stage ends at once when nothing is left; D2 the budget is one clock from the beginning, nothing
//! extends it (S43d).
//!
//! Read in this order: `ladder.rs` (pure), `root.rs`, `drive.rs`, `signal.rs`, `systemd.rs`, `report.rs`, `program.rs`.

pub(crate) mod drive;
pub(crate) mod ladder;
pub(crate) mod program;
pub(crate) mod report;
pub(crate) mod root;
pub(crate) mod signal;
#[cfg(feature = "systemd")]
pub(crate) mod systemd;

#[cfg(test)]
mod tests;

pub use ladder::{ABORT_RESERVE, CANCEL_RESERVE, GRACE, Stage};
pub use report::{InFlight, ShutdownReport, StageNote};
pub use root::{Builder, Root};
#[cfg(feature = "systemd")]
pub use systemd::WatchdogPolicy;
