//! Behaviour of the library, one binary.
mod fixtures;
mod owner;
mod scope;
mod smoke;
