//! The mailbox of an owner. It belongs to the child, not to one life of it.
//!
//! | side | file |
//! |---|---|
//! | callers: places, order, admission, withdrawal, the account | `mailbox.rs` |
//! | the account of turns that ran at once | `counts.rs` |
//! | whoever runs turns: the owner's task, or a caller of an idle owner | `turns.rs` |
//! | whoever starts and stops its owner | `lives.rs` |
//! | whoever makes it: what may be set | `options.rs` |

mod counts;
mod lives;
#[expect(clippy::module_inception, reason = "the room and its main type share the name")]
mod mailbox;
mod options;
mod turns;

pub(crate) use mailbox::{Entered, Kept, Mailbox, Parked, Refused};
pub(crate) use options::Options;
pub use options::{Inline, MAILBOX_CAPACITY, OnRestart, Overflow, REQUEST_TIMEOUT};
pub(crate) use turns::{Before, Bound, Next, count_panicked};
