//! Unit tests of the stages and the report.

mod ladder;
