//! Who started this task, who stops it, when does it exit, and what event ends this wait? `tenure-lint` asks that of ordinary
//! Tokio code, from its source alone, and reports the places where the answer is "nobody" or "never".
//!
//! Text goes in, findings come out: nothing here reads a file, a clock or the environment. The program `tenure lint` does that.
//!
//! # In a test of your own crate
//! ```
//! use tenure_lint::{Level, Options, Source, Workspace};
//!
//! // A real test reads the files of `src/`; `include_str!("lib.rs")` is the shortest way.
//! let mut workspace = Workspace::new();
//! workspace.sources.push(Source::new("src/lib.rs", "async fn run() { tokio::spawn(async { work().await }); }"));
//! let report = workspace.lint(&Options::default());
//!
//! assert_eq!(report.worst(), Some(Level::Warn));
//! assert!(report.to_json().contains("\"id\":\"TN001\""));
//! ```
//!
//! # What it does not know
//! It has no types from the compiler: a method on a receiver of unknown type is silent. It does not look into `macro_rules!`
//! bodies or the output of procedural macros, does not see ownership across crates or through `dyn`, and reads code as if
//! every `cfg` were on.
//!
//! # How it is built
//! `source` (text to syntax tree) -> `tree` (smaller, with parents and bound names) -> `names` (full paths, light types) ->
//! `flow` (where values go) -> `rules` -> `report`.
#![forbid(unsafe_code)]

mod baseline;
mod config;
mod file;
mod finding;
mod fingerprint;
mod fix;
mod flow;
mod lint;
mod names;
mod par;
mod report;
mod rules;
mod source;
mod suppress;
mod tree;

pub use baseline::{Baseline, BaselineError, Stale};
pub use config::{Config, ConfigError};
pub use file::{Context, Source, Text};
pub use finding::{Confidence, Finding, Fix, Label, Level, Suppressed};
pub use fix::{Fixed, fix};
pub use lint::{Options, Workspace};
pub use names::Package;
pub use report::{Report, Shown, Summary, list_json};
pub use rules::{Group, Rule, find, list};
pub use source::Place;

/// A larger file is not read: a TN900 note says so.
pub const BYTES_MAX: usize = 8 << 20;

/// Stack of the threads that parse: enough for the deepest nesting that the scanner lets through.
pub const STACK_BYTES: usize = 256 << 20;
