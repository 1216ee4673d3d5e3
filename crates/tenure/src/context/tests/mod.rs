//! Unit tests and models of contexts.

mod lanes;
mod lifetime;
#[cfg(tenure_loom)]
mod loom_wait;
mod plan;
mod timers;
mod waiters;
