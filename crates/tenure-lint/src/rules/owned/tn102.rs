//! TN102 wait-without-ctx: a wait that the context at hand does not end.

use super::given::{context_at, ends_with_context};
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::Kind;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Await { base } = cx.kind(id) else { continue };
        let is_wait = match cx.kind(*base) {
            Kind::Method { name, args, .. } => {
                args.is_empty()
                    && matches!(
                        &**name,
                        "recv" | "notified" | "accept" | "acquire" | "acquire_owned" | "changed" | "next"
                    )
                    && cx.target(*base).is_none()
            }
            _ => cx.ty(*base).core_known() == Some(Known::OneshotReceiver),
        };
        if !is_wait || context_at(cx, id).is_none() || ends_with_context(cx, id) {
            continue;
        }
        sink.add(
            Draft::new(
                cx.callee_span(*base),
                "wait without context: cancelling the context at hand does not end this wait",
                "waits on and on",
            )
            .help("`ctx.select(..).await?` ends with the context, `ctx.until(..)` with its draining"),
        );
    }
}
