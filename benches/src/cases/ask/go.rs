//! The article's program on Go's channels: a process, built from `benches/go`, that says its nanoseconds per request.
use super::client::{READERS, WRITERS, requests};
use crate::bench::Setup;
use crate::error::BenchError;
use crate::pair::Sampler;
use crate::rt::Rt;
use std::process::Stdio;
use tokio::process::Command;

pub(super) fn program(setup: &Setup<'_>) -> Sampler {
    let path = setup.go.expect("without the program there is no such case").to_owned();
    let sizes = [READERS, WRITERS, requests(setup)].map(|n| n.to_string());
    let threads = if setup.rt == Rt::Mt2 { "2" } else { "1" };
    Box::new(move || {
        let (path, sizes) = (path.clone(), sizes.clone());
        Box::pin(async move {
            let mut go = Command::new(path);
            let go = go.args(sizes).env("GOMAXPROCS", threads).stdin(Stdio::null()).kill_on_drop(true);
            let said = go.output().await.map_err(|e| e.to_string()).and_then(|out| {
                let text = String::from_utf8_lossy(&out.stdout);
                let figure = text.trim().parse();
                figure.map_err(|_| format!("`{}` is no number ({})", text.trim(), out.status))
            });
            said.map_err(|why| BenchError::Child { kind: "go".to_owned(), why })
        })
    })
}
