//! A program whose first statement is a SIGTERM to itself.

use rustix::process::{Signal, getpid, kill_process};
use tenure::prelude::*;

#[tenure::main(name = "raises")]
async fn main(root: Scope) -> Result {
    kill_process(getpid(), Signal::TERM).map_err(|error| Error::msg(error.to_string()))?;
    root.until_shutdown().await
}
