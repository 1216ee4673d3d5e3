//! Unit tests and models of state owners.

mod lifecycle;
#[cfg(tenure_loom)]
mod loom_request;
#[cfg(tenure_loom)]
mod loom_seat;
