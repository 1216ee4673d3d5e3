//! The same program in plain Tokio, as the article writes it: a task that owns a map, an mpsc channel to it, a oneshot for each
//! reply, a sleep for a shutdown. No deadline, no owner, no account: what it leaves behind is counted from outside.
//!
//! Files: `program` (what one would write), `observe` (running it, and looking at what is left when main returns).

mod observe;
mod program;

pub(crate) use observe::run;
