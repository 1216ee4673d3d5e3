//! Unit tests and models of scopes.

#[cfg(tenure_loom)]
mod loom_spawn;
mod state;
