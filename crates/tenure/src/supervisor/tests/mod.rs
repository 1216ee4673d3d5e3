//! Unit tests of the decisions.

mod backoff;
mod decide;
