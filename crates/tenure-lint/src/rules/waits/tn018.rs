//! TN018 cancel-unsafe-select-arm: another arm wins, and what this one had done is lost.

use crate::flow::enclosing_loop;
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Select { arms, .. } = cx.kind(id) else { continue };
        if enclosing_loop(cx, id).is_none() || arms.len() < 2 {
            continue;
        }
        for arm in arms {
            let Kind::SelectArm { fut, .. } = cx.kind(*arm) else { continue };
            let Some((call, lost)) = unsafe_call(cx, *fut) else { continue };
            sink.add(
                Draft::new(cx.callee_span(call), format!("cancel-unsafe arm: each time another arm wins, {lost}"), "made anew in each round")
                    .help("make the future before the loop and give `&mut fut` to the arm, or use a cancel-safe call"),
            );
        }
    }
}

/// The call whose loss hurts, and what is lost.
fn unsafe_call(cx: &Cx<'_>, fut: NodeId) -> Option<(NodeId, &'static str)> {
    match cx.kind(fut) {
        Kind::Method { recv, name, args, .. } => {
            let ty = cx.ty(*recv);
            let known = ty.pointee().known().or(ty.core_known());
            let lost = match &**name {
                "read_exact" | "read_to_end" | "read_to_string" | "read_line" | "read_until"
                    if !args.is_empty() =>
                {
                    "what it has read is lost"
                }
                "write_all" | "write_all_buf" if !args.is_empty() => "one does not know how much was written",
                "send" if known == Some(Known::Sender) => "the value it was sending is lost",
                "lock" if known == Some(Known::AsyncLock) => "its place in the queue of the lock is lost",
                "acquire" | "acquire_owned" if known == Some(Known::Semaphore) => {
                    "its place in the queue of the semaphore is lost"
                }
                "notified" if known == Some(Known::Notify) => "its place in the queue of the notify is lost",
                _ => return None,
            };
            Some((fut, lost))
        }
        Kind::Call { .. } => {
            let path = cx.callee(fut)?;
            (path.starts_with("tokio::io::copy")).then_some((fut, "one does not know how much was copied"))
        }
        _ => None,
    }
}
