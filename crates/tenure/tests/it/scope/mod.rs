//! Scopes, contexts and classes: the conformance cases SC-01 to SC-38, by their numbers.

mod closing;
mod context;
mod dropped;
mod failure;
mod ownership;
