//! The article's program as a process: one owner, a hundred and ten clients that ask without a pause, and a SIGTERM.
//!
//! | file | what |
//! |---|---|
//! | `process` | starts one, lets it run, sends the signal, and waits for its end |
//! | `by_hand` | the program on Tokio: with a tracker and a token, and as the article ends it |
//! | `ours` | the program on tenure |
//!
//! Whole programs, so that all that a stop takes is in the figure: the signal's way, the last replies, the runtime's end.
pub(crate) mod by_hand;
pub(crate) mod ours;
pub(crate) mod process;
