//! TN007 unbounded-channel.

use crate::finding::Confidence;
use crate::names::{Cx, is_unbounded};
use crate::rules::{Draft, Sink};
use crate::tree::Kind;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Call { callee, .. } = cx.kind(id) else { continue };
        let Some(path) = cx.path(*callee) else { continue };
        let is_std = &*path == "std::sync::mpsc::channel" && cx.tree.in_async(id);
        if !is_unbounded(&path) && !is_std {
            continue;
        }
        let mut draft = Draft::new(
            cx.callee_span(id),
            "unbounded channel: if the receiver is slower than the senders, the difference is memory",
            "no bound",
        )
        .help("a bounded channel, with an answer for \"full\": wait with `send`, or refuse with `try_send`");
        if is_std {
            draft = draft
                .confidence(Confidence::Medium)
                .note("its `recv` also blocks the thread it is called on");
        }
        sink.add(draft);
    }
}
