//! Unit tests and models of the record.
