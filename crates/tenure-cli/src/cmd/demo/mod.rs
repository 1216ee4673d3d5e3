//! `tenure demo`: the article's program, broken on purpose, with an account at the end.
//!
//! | file or room | is |
//! |---|---|
//! | `plan` | what was asked, and the times that follow from it |
//! | `memory` | what so many clients need, against what is there |
//! | `fault` | the ways to break the owner, and the moment one strikes |
//! | `measure` | what callers were told, how fast, and the verdict: no task runs here |
//! | `owned` | the program on tenure: two roots, the owner, clients, control |
//! | `naive` | the same program in plain Tokio, and what it leaves behind |
//! | `progress` | the line a person sees meanwhile |
//! | `reader` | whoever reads stdout, and stops to |
//! | `report` | the result, as text and as JSON |
//! | `run` | one run from the arguments to the exit code |
//!
//! Data flows one way: `plan -> owned | naive -> measure -> report`. Both programs fill the same `Outcome`, so the verdict
//! and the report judge them by one measure.

mod fault;
mod measure;
mod memory;
mod naive;
mod owned;
mod plan;
mod progress;
mod reader;
mod report;
mod run;

pub(crate) use fault::Fault;
pub(crate) use run::run;
