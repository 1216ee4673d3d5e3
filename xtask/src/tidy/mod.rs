//! The house rules that no other tool knows. The step runs them all; each is also a plain test, so that `cargo test` says the same.
//!
//! | check | file | fails when |
//! |---|---|---|
//! | arrows | `arrows.rs` | a module of `tenure` uses one above it |
//! | crates | `crates.rs` | a crate depends on what its row does not have, or gives a version outside the workspace's table |
//! | rooms | `rooms.rs` | `mod.rs` holds an item, a file has no page, is too long, or its room too full |
//! | code | `code.rs` | `unsafe`, starting tasks, sleeping or an ignored test where it may not be |
//! | words | `words.rs` | public documentation uses a word that the vocabulary has another one for |
//!
//! Checks read the sources under the root and return findings; the only thing they share is `source.rs`.

mod arrows;
mod code;
mod crates;
mod rooms;
mod run;
mod source;
mod words;

pub(crate) use run::check;
