//! What a name means: full paths, and light types.
//!
//! | file | is |
//! |---|---|
//! | `known` | the one table of names outside of the linted code |
//! | `ty` | light types |
//! | `program` | all files together: definitions, `use`, full paths |
//! | `cx` | one file as a rule sees it, with what was found out about it so far |
//! | `infer` | the light type of an expression or a binding |
//! | `calls` | the light type of a call |
//!
//! Invariant: what is not known is `Unknown`, and no rule finds anything because of it.

mod calls;
mod cx;
mod infer;
mod known;
mod program;
mod ty;

pub(crate) use cx::Cx;
pub(crate) use known::{Known, Starts, is_unbounded, is_wrapper, starts};
pub use program::Package;
pub(crate) use program::{At, Program};
pub(crate) use ty::Ty;
