//! Unit tests and models of state owners.
