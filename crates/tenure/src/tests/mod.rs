//! Unit tests of the files that belong to no room.

mod clock;
mod ident;
