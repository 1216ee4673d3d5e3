//! TN017 ctrl-c-only: SIGTERM is how Kubernetes and systemd stop a process.

use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::Kind;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    if !cx.program.ends_on_signals(cx.file.package) {
        return;
    }
    for id in cx.tree.ids() {
        let Kind::Call { .. } = cx.kind(id) else { continue };
        let Some(path) = cx.callee(id) else { continue };
        let is_ctrlc = matches!(&*path, "ctrlc::set_handler" | "ctrlc::try_set_handler")
            && !cx.program.package(cx.file).is_some_and(|package| package.asks("ctrlc", "termination"));
        if &*path == "tokio::signal::ctrl_c" || is_ctrlc {
            sink.add(
                Draft::new(
                    cx.callee_span(id),
                    "Ctrl-C only: supervisors stop a process with SIGTERM, and nothing here handles it",
                    "only SIGINT",
                )
                .help("wait for `signal(SignalKind::terminate())` too; `#[tenure::main]` handles both"),
            );
        }
    }
}
