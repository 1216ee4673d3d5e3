//! TN012 exit-in-async: the process is ended under running tasks.

use crate::flow::{handed_to, is_process_exit, spawn_of};
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        if !is_process_exit(cx, id) || !cx.tree.in_async(id) || is_before_any_work(cx, id) {
            continue;
        }
        sink.add(
            Draft::new(
                cx.callee_span(id),
                "exit in async: every task is cut off, nothing is drained, no final reply is sent",
                "ends the process here",
            )
            .help("return an error, cancel the root of the program, or return an `ExitCode` from main"),
        );
    }
}

/// As long as nothing was started: a wrong argument ends the program.
fn is_before_any_work(cx: &Cx<'_>, id: NodeId) -> bool {
    let Some(body) = cx.tree.fn_like(id) else { return false };
    let is_main = &*cx.func_of(id).name == "main" && matches!(cx.kind(body), Kind::Fn { .. });
    // A future inside of the one that is run, such as under a timeout, is part of it.
    let mut futures = cx.tree.ancestors(id).filter(|around| cx.tree.is_fn_like(*around));
    let is_run = futures.find(|around| is_given_to_block_on(cx, *around) || handed_to(cx, *around).is_some());
    if !is_main && !is_run.is_some_and(|around| is_given_to_block_on(cx, around)) {
        return false;
    }
    let before = cx.tree.span(id).lo;
    let around = cx.func_of(id).root;
    !cx.tree
        .all(around)
        .into_iter()
        .any(|node| cx.tree.span(node).lo < before && !cx.tree.contains(node, id) && starts_work(cx, node))
}

/// What a plain function, such as main, gives to `block_on`: nothing runs beside it but what the function has started.
fn is_given_to_block_on(cx: &Cx<'_>, body: NodeId) -> bool {
    cx.tree.parent(body).is_some_and(|parent| {
        cx.called_name(parent) == Some("block_on")
            && cx.tree.fn_like(parent).is_some_and(|outer| matches!(cx.kind(outer), Kind::Fn { .. }))
    })
}

fn starts_work(cx: &Cx<'_>, node: NodeId) -> bool {
    let name = cx.called_name(node).unwrap_or_default();
    spawn_of(cx, node).is_some()
        || matches!(name, "bind" | "listen" | "serve")
        || name.starts_with("bind_")
        || name.starts_with("serve_")
}
