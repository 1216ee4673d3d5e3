//! TN012 exit-in-async: the process is ended under running tasks.

use crate::flow::{is_process_exit, spawn_of};
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        if !is_process_exit(cx, id) || !cx.tree.in_async(id) || is_before_any_work(cx, id) {
            continue;
        }
        sink.add(
            Draft::new(cx.callee_span(id), "exit in async: every task is cut off, nothing is drained, no final reply is sent", "ends the process here")
                .help("return an error, cancel the root of the program, or return an `ExitCode` from main"),
        );
    }
}

/// In main, as long as it has started nothing: a wrong argument ends the program.
fn is_before_any_work(cx: &Cx<'_>, id: NodeId) -> bool {
    let Some(body) = cx.tree.fn_like(id) else { return false };
    if &*cx.func_of(id).name != "main" || !is_main_body(cx, body) {
        return false;
    }
    let before = cx.tree.span(id).lo;
    !cx.tree.all(body).into_iter().any(|node| cx.tree.span(node).lo < before && !cx.tree.contains(node, id) && starts_work(cx, node))
}

/// The body of main itself, or what main gives to `block_on`.
fn is_main_body(cx: &Cx<'_>, body: NodeId) -> bool {
    match cx.kind(body) {
        Kind::Fn { .. } => true,
        _ => cx.tree.parent(body).is_some_and(|parent| {
            cx.called_name(parent) == Some("block_on") && cx.tree.fn_like(parent).is_some_and(|outer| matches!(cx.kind(outer), Kind::Fn { .. }))
        }),
    }
}

fn starts_work(cx: &Cx<'_>, node: NodeId) -> bool {
    let name = cx.called_name(node).unwrap_or_default();
    spawn_of(cx, node).is_some() || matches!(name, "bind" | "listen" | "serve") || name.starts_with("bind_") || name.starts_with("serve_")
}
