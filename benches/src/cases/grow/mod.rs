//! Costs of tenure's own among many: what no rival has, or has at one size only in the other benches.
//!
//! | file | what |
//! |---|---|
//! | `beside` | the close of a small scope beside many tasks, a call beside many owners |
//! | `chain` | the look for a ring along a chain of waits |
//! | `deep` | scopes in scopes |
//! | `full` | a mailbox that refuses |
//! | `repeat` | tasks and lives that have ended, and what they leave behind |
//!
//! Which cost may grow how is in `law`.
pub(crate) mod beside;
pub(crate) mod chain;
pub(crate) mod deep;
pub(crate) mod full;
pub(crate) mod repeat;
