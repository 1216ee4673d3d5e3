//! One state in parts: owners by key behind one handle (S53).
//!
//! `key.rs` says which bytes a key is, `shards.rs` what is done with them. Shards are children of a `OneForOne` supervisor;
//! that they stop all at once is the one thing they have of their own there.

mod key;
#[expect(clippy::module_inception, reason = "the room and its main type share the name")]
mod shards;

pub use key::ShardKey;
pub use shards::{Replies, Shards};
