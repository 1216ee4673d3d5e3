//! What is wrong, seen from the system and not from the process: problems first, each with whom it is about, since when,
//! why, and what to do (S13f, S32b, S39f).
//!
//! | status | shown | means |
//! |---|---|---|
//! | `Ok` | green | no problem |
//! | `Degraded` | yellow | the worst problem is a warning |
//! | `Failing` | red | at least one problem is critical |
//!
//! ```text
//! records, owners, scopes, supervisors ──look──> rules ──> Problem ──> Health
//!                                        ▲                              │ every tenth of the window, and at once when rung
//!               ~heartbeat <──asks── watchdog (a plain thread) <────────┘ published: seen while every worker hangs
//! ```
//!
//! Invariants: H1 a look asks no user code (what ends meanwhile may be dropped by it), wakes nobody, and holds no lock longer than it takes to copy what stands under
//! it, so it blocks no worker; H2 the watchdog is a thread of its own, started with its root and joined by the root's end;
//! H3 nothing here takes part in a decision of the library: a wrong look harms nobody but its reader.
//!
//! A bell that rings soon after the last is heard when the watchdog has rested: 10 ms, or a hundred times as long as it looked.
//!
//! The room stands below `shutdown`: the root starts and joins the watchdog.
//!
//! Read in this order: `rule.rs`, `options.rs`, `rules.rs`, `look.rs`, `watch.rs`, `watchdog.rs`.

pub(crate) mod look;
pub(crate) mod options;
pub(crate) mod rule;
pub(crate) mod rules;
pub(crate) mod watch;
pub(crate) mod watchdog;

#[cfg(test)]
mod tests;

pub use options::HealthOptions;
pub use rule::{Health, HealthStatus, PROBLEMS_MAX, Problem, Severity, Subject, SubjectKind};
pub use watch::HealthWatch;
