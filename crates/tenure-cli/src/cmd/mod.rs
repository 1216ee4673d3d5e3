//! The commands, one room or file each. A command returns an [`Exit`](crate::exit::Exit); it never ends the process.

pub(crate) mod demo;
pub(crate) mod generate;
pub(crate) mod lint;
