//! What a run found, and how it is written.
//!
//! | file | is |
//! |---|---|
//! | `summary` | the report: findings in order, and the sums |
//! | `human` | as rustc would say it |
//! | `json` | the document `tenure.lint/1` |
//! | `github` | annotations of a workflow |
//! | `sarif` | SARIF 2.1.0, with the feature `sarif` |
//!
//! Invariant: what is written depends on the findings alone: not on time, threads or the order of files.

mod github;
mod human;
mod json;
#[cfg(feature = "sarif")]
mod sarif;
mod summary;

pub use human::Shown;
pub use json::list_json;
pub use summary::{Report, Summary};
