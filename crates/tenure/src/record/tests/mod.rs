//! Unit tests and models of the record.

#[cfg(tenure_loom)]
mod loom_exits;
#[cfg(tenure_loom)]
mod loom_wake;
#[cfg(tenure_loom)]
mod loom_word;
mod names;
