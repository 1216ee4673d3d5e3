//! Unit tests of the decisions.

mod backoff;
mod decide;
#[cfg(tenure_loom)]
mod loom_step;
