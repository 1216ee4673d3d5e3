//! Unit tests of the stages, the report, the variables, and what systemd is told.

mod ladder;
mod settings;
#[cfg(feature = "systemd")]
mod systemd;
