//! `tenure lint`: what in this source has no owner or no exit path?
//!
//! | file | is |
//! |---|---|
//! | `ask` | what was asked, checked |
//! | `discover` | the files that are meant, and those that are only read |
//! | `manifest` | packages and workspaces, from their `Cargo.toml` |
//! | `settings` | the configuration of a workspace |
//! | `groups` | files by workspace: what is linted together |
//! | `work` | linting them, on all threads, with progress on a terminal |
//! | `fixes` | `--fix`: files changed in place |
//! | `run` | one run from the arguments to the exit code |
//!
//! All that is known about code is in `tenure-lint`; here are the files, the streams and the codes.

mod ask;
mod discover;
mod fixes;
mod groups;
mod manifest;
mod run;
mod settings;
mod work;

pub(crate) use run::{explain, run};
