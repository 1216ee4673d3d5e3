//! Behaviour of the library, one binary.
mod bad_input;
mod exit;
mod fixtures;
mod owner;
mod readme;
mod scope;
mod shutdown;
mod smoke;
mod snapshot;
mod supervisor;
mod ui;
