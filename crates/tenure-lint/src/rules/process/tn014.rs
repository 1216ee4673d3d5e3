//! TN014 ignored-timeout: done and given up look the same.

use crate::flow::{discarded, is_timer};
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Await { base } = cx.kind(id) else { continue };
        let Kind::Call { args, .. } = cx.kind(*base) else { continue };
        let is_timeout = cx
            .callee(*base)
            .is_some_and(|path| matches!(&*path, "tokio::time::timeout" | "tokio::time::timeout_at"));
        let Some(inner) = args.get(1).filter(|_| is_timeout) else { continue };
        if discarded(cx, id, &["ok"]).is_none()
            || is_questioned(cx, id)
            || is_pause(cx, *inner)
            || is_tested_next(cx, id, *inner)
        {
            continue;
        }
        sink.add(
            Draft::new(
                cx.callee_span(*base),
                "ignored timeout: \"it finished\" and \"we gave up\" look the same from here on",
                "its result is thrown away",
            )
            .help("`if timeout(..).await.is_err() { warn!(\"gave up\") }`"),
        );
    }
}

/// `?`, perhaps after `ok()`, leaves where the time was up.
fn is_questioned(cx: &Cx<'_>, id: NodeId) -> bool {
    let is_stmt = |id: &NodeId| matches!(cx.kind(*id), Kind::Stmt { .. } | Kind::Let { .. });
    cx.tree.ancestors(id).take_while(|id| !is_stmt(id)).any(|id| matches!(cx.kind(id), Kind::Try { .. }))
}

/// A timeout around a sleep is a sleep.
fn is_pause(cx: &Cx<'_>, inner: NodeId) -> bool {
    is_timer(cx, inner) || cx.called_name(inner) == Some("pending")
}

/// The next statement looks at the same state.
fn is_tested_next(cx: &Cx<'_>, id: NodeId, inner: NodeId) -> bool {
    let stmt = cx.tree.stmt_of(id);
    let Some(Kind::Block { stmts, .. }) = cx.tree.parent(stmt).map(|id| cx.kind(id)) else { return false };
    let next = stmts.iter().position(|known| *known == stmt).and_then(|n| stmts.get(n + 1));
    let (Some(next), Some(root)) = (next, cx.root_binding(inner)) else { return false };
    let is_test =
        |node: &NodeId| matches!(cx.kind(*node), Kind::If { .. } | Kind::Match { .. } | Kind::While { .. });
    let tests = match cx.kind(*next) {
        Kind::Stmt { expr, .. } => is_test(expr) || matches!(cx.kind(*expr), Kind::Macro { .. }),
        _ => false,
    };
    tests && cx.tree.binding(root).uses.iter().any(|used| cx.tree.contains(*next, *used))
}
