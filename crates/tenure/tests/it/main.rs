//! Behaviour of the library, one binary.
mod bad_input;
mod exit;
mod fixtures;
mod health;
mod owner;
mod readme;
mod scope;
mod shards;
mod shutdown;
mod smoke;
mod snapshot;
mod supervisor;
mod ui;
