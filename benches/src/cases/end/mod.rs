//! The end of many tasks at once.
//!
//! | file | what |
//! |---|---|
//! | `waiting` | when all of them wait, and when the last has gone |
//! | `cancel` | from the request to the end of the last: what a token costs |
//! | `stop` | a clean stop: from the request until all are known to have ended |
//!
//! What the tasks are is built before the clock starts; it stops when every task has been dropped, not when the request
//! returns.
pub(crate) mod cancel;
pub(crate) mod stop;
pub(crate) mod waiting;
