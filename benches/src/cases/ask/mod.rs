//! Request and reply.
//!
//! | file | what |
//! |---|---|
//! | `cases` | the benches of this room and their cases |
//! | `client` | what a client does, whoever answers, and the ways it is timed |
//! | `by_hand` | what people write: channel, mutexes |
//! | `ractor`, `kameo`, `actix` | the same store as their documentation would have it |
//! | `go` | the article's program on Go's channels, a process that was built elsewhere |
//! | `cast` | requests without a reply, to an owner that is idle and to one that is busy |
//!
//! tenure's own is in `ours`. Every store is a map of the same keys, its mailbox has a place for each of a thousand
//! callers, and no call has a timeout of its own, but in `call-deadline`.
mod actix;
mod by_hand;
pub(crate) mod cases;
pub(crate) mod cast;
pub(crate) mod client;
mod go;
mod kameo;
mod ractor;
