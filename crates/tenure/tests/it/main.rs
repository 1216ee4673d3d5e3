//! Behaviour of the library, one binary.
mod smoke;
