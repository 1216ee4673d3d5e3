//! Behaviour of the library, one binary.
mod fixtures;
mod scope;
mod smoke;
