//! Loops: where they wait, and how they end.

use crate::names::{Cx, Ty};
use crate::tree::{Kind, Lit, Name, NodeId};

/// The innermost loop around `id` in the same function-like body.
pub(crate) fn enclosing_loop(cx: &Cx<'_>, id: NodeId) -> Option<NodeId> {
    for around in cx.tree.ancestors(id) {
        if cx.tree.is_fn_like(around) {
            return None;
        }
        if matches!(cx.kind(around), Kind::Loop { .. } | Kind::While { .. } | Kind::For { .. }) {
            return Some(around);
        }
    }
    None
}

/// What is evaluated in the same function-like body as `id`, in order; `id` included.
pub(crate) fn here(cx: &Cx<'_>, id: NodeId) -> Vec<NodeId> {
    let mut out = Vec::new();
    cx.tree.walk(id, &mut |node| {
        if node != id && cx.tree.is_fn_like(node) {
            return false;
        }
        out.push(node);
        true
    });
    out
}

/// Where control waits below `id`, in the same body: `.await`, the futures of a `select!`, `join!`.
pub(crate) fn waits(cx: &Cx<'_>, id: NodeId) -> Vec<NodeId> {
    let is_wait = |node: &NodeId| match cx.kind(*node) {
        Kind::Await { .. } | Kind::Select { .. } => true,
        Kind::Macro { path, .. } => matches!(path.last().map_or("", |name| name), "join" | "try_join"),
        _ => false,
    };
    here(cx, id).into_iter().filter(is_wait).collect()
}

/// `loop` or `while true`, with a wait and without any way out, in something that is polled.
pub(crate) fn is_endless(cx: &Cx<'_>, id: NodeId) -> bool {
    let is_forever = match cx.kind(id) {
        Kind::Loop { .. } => true,
        Kind::While { cond, .. } => matches!(cx.kind(*cond), Kind::Lit { lit: Lit::Bool(true) }),
        _ => false,
    };
    is_forever && cx.tree.in_async(id) && !waits(cx, id).is_empty() && exits(cx, id).is_empty()
}

/// The nodes by which control leaves the loop, other than its condition.
pub(crate) fn exits(cx: &Cx<'_>, id: NodeId) -> Vec<NodeId> {
    let label = match cx.kind(id) {
        Kind::Loop { label, .. } | Kind::While { label, .. } | Kind::For { label, .. } => label.clone(),
        _ => None,
    };
    here(cx, id).into_iter().filter(|node| *node != id && is_exit(cx, id, label.as_ref(), *node)).collect()
}

fn is_exit(cx: &Cx<'_>, of: NodeId, label: Option<&Name>, node: NodeId) -> bool {
    match cx.kind(node) {
        Kind::Return { .. } | Kind::Try { .. } => true,
        Kind::Break { label: Some(to), .. } => Some(to) == label || !is_inside(cx, of, node, to),
        Kind::Break { label: None, .. } => enclosing_loop(cx, node) == Some(of),
        Kind::Continue { label: Some(to) } => Some(to) != label && !is_inside(cx, of, node, to),
        Kind::Macro { path, is_opaque, .. } => {
            is_diverging(path.last().map_or("", |name| name)) || *is_opaque
        }
        Kind::Method { recv, name, .. } => {
            let unwraps =
                matches!(&**name, "unwrap" | "expect") && matches!(cx.kind(*recv), Kind::Await { .. });
            unwraps || returns_never(cx, node)
        }
        Kind::Call { .. } => is_process_exit(cx, node) || returns_never(cx, node),
        _ => false,
    }
}

/// Whether the labelled loop or block stands inside of `of`.
fn is_inside(cx: &Cx<'_>, of: NodeId, node: NodeId, to: &Name) -> bool {
    cx.tree.ancestors(node).take_while(|id| *id != of).any(|id| match cx.kind(id) {
        Kind::Loop { label, .. }
        | Kind::While { label, .. }
        | Kind::For { label, .. }
        | Kind::Block { label, .. } => label.as_ref() == Some(to),
        _ => false,
    })
}

fn is_diverging(name: &str) -> bool {
    matches!(name, "bail" | "ensure" | "panic" | "unreachable" | "todo" | "unimplemented" | "yield")
}

fn returns_never(cx: &Cx<'_>, call: NodeId) -> bool {
    cx.target(call).is_some_and(|at| match cx.returned(at) {
        Ty::Never => true,
        Ty::Future(out) => *out == Ty::Never,
        _ => false,
    })
}

/// `std::process::exit(..)`, `abort()`.
pub(crate) fn is_process_exit(cx: &Cx<'_>, call: NodeId) -> bool {
    cx.callee(call).is_some_and(|path| matches!(&*path, "std::process::exit" | "std::process::abort"))
}

/// Whether an awaited (or blocking) `id` waits for nothing but time.
pub(crate) fn is_timer(cx: &Cx<'_>, id: NodeId) -> bool {
    match cx.kind(id) {
        Kind::Await { base } => is_timer(cx, *base),
        Kind::Call { .. } => {
            let Some(path) = cx.callee(id) else { return false };
            let last = path.rsplit("::").next().unwrap_or_default();
            let root = path.split("::").next().unwrap_or_default();
            let is_known = matches!(
                root,
                "tokio"
                    | "async_std"
                    | "std"
                    | "actix_rt"
                    | "actix_web"
                    | "futures_timer"
                    | "n0_future"
                    | "smol"
                    | "wasmtimer"
            );
            is_known && matches!(last, "sleep" | "sleep_until" | "yield_now" | "delay_for" | "sleep_ms")
        }
        Kind::Method { name, recv, .. } => {
            &**name == "tick" && cx.ty(*recv).core_known() == Some(crate::names::Known::Interval)
        }
        _ => false,
    }
}

/// `println!`, `info!` and the like.
pub(crate) fn is_logging(cx: &Cx<'_>, id: NodeId) -> bool {
    match cx.kind(id) {
        Kind::Stmt { expr, .. } => is_logging(cx, *expr),
        Kind::Macro { path, .. } => matches!(
            path.last().map_or("", |name| name),
            "print"
                | "println"
                | "eprint"
                | "eprintln"
                | "trace"
                | "debug"
                | "info"
                | "warn"
                | "error"
                | "event"
                | "log"
                | "dbg"
        ),
        _ => false,
    }
}
