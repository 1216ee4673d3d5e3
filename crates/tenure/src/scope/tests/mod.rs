//! Unit tests and models of scopes.
