//! Unit tests of contexts.
