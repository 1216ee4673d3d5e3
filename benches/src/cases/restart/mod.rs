//! One restart: from a message whose turn panics to the first reply of whoever comes next, without a wait in between.
//!
//! | file | what |
//! |---|---|
//! | `cases` | the cases, the planted panic, the batch |
//! | `by_hand` | a loop that joins the owner and puts its successor's sender where callers look |
//! | `ractor`, `kameo` | their supervised actors, as their documentation does it |
//!
//! tenure's own is in `ours`, as always. All share one map between lives: what is measured is the restart, not the filling
//! of a map. A caller does what each of them asks of it: tenure's call waits for the next life by itself, with the others
//! it is asked again.
mod by_hand;
pub(crate) mod cases;
mod kameo;
mod ractor;
