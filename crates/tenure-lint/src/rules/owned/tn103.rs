//! TN103 raw-sleep: a sleep that the context at hand does not end.

use super::given::{context_at, ends_with_context};
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::Kind;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Call { .. } = cx.kind(id) else { continue };
        let Some(path) = cx.callee(id) else { continue };
        let is_timer = matches!(
            &*path,
            "tokio::time::sleep"
                | "tokio::time::sleep_until"
                | "tokio::time::interval"
                | "tokio::time::interval_at"
        );
        if !is_timer || context_at(cx, id).is_none() || ends_with_context(cx, id) {
            continue;
        }
        sink.add(
            Draft::new(
                cx.callee_span(id),
                "raw sleep: cancelling the context at hand does not end it",
                "sleeps on",
            )
            .help("`ctx.sleep(d).await?` ends with the context"),
        );
    }
}
