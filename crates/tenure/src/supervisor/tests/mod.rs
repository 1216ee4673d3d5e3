//! Unit tests of the decisions.

mod decide;
#[cfg(tenure_loom)]
mod loom_step;
