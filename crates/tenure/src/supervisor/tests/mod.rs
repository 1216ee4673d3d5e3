//! Unit tests of the decisions.

mod decide;
