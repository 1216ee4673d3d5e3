//! TN013 swallowed-join-error: the result of a join is thrown away.

use crate::finding::Confidence;
use crate::flow::{discarded, here, is_logging};
use crate::names::{Cx, Known, Ty};
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let lost = match cx.kind(id) {
            Kind::Await { base } => awaited(cx, id, *base),
            Kind::Method { recv, name, args, .. } if &**name == "join" && args.is_empty() => {
                let is_thread = cx.ty(*recv).core_known() == Some(Known::ThreadHandle);
                (is_thread && is_thrown_away(cx, id)).then_some(*recv)
            }
            Kind::SelectArm { pat: Some(pat), fut, body, .. } => arm(cx, *pat, *fut, *body),
            Kind::While { cond, .. } => drained(cx, *cond),
            Kind::Macro { path, args, .. }
                if matches!(path.last().map_or("", |name| name), "join" | "try_join") =>
            {
                let first = args.iter().find(|arg| is_handle(cx, **arg)).copied();
                first.filter(|_| is_thrown_away(cx, awaited_or(cx, id)))
            }
            _ => None,
        };
        if let Some(handle) = lost {
            report(cx, sink, id, handle);
        }
    }
}

/// `join!(..)` is awaited by itself.
fn awaited_or(cx: &Cx<'_>, id: NodeId) -> NodeId {
    cx.tree.parent(id).filter(|parent| matches!(cx.kind(*parent), Kind::Await { .. })).unwrap_or(id)
}

fn report(cx: &Cx<'_>, sink: &mut Sink, id: NodeId, handle: NodeId) {
    let is_thread = cx.ty(handle).core_known() == Some(Known::ThreadHandle);
    let what = if is_thread { "thread" } else { "task" };
    let mut draft = Draft::new(
        cx.tree.span(cx.strip(handle)),
        format!("swallowed join error: if the {what} panicked, nobody learns of it"),
        "its result is thrown away",
    )
    .help("look at the result: `if let Err(e) = handle.await { error!(%e, \"task died\") }`");
    if is_ended_before(cx, id) {
        draft = draft
            .confidence(Confidence::Low)
            .note("it is aborted first, so the loss may be the cancellation only");
    }
    sink.add(draft);
}

fn is_thrown_away(cx: &Cx<'_>, id: NodeId) -> bool {
    discarded(cx, id, &["ok"]).is_some() && !is_surfaced(cx, id) && !is_failing_anyway(cx, id)
}

/// The next thing is to return an error: the failure is told in its words.
fn is_failing_anyway(cx: &Cx<'_>, id: NodeId) -> bool {
    let stmt = cx.tree.stmt_of(id);
    let Some(Kind::Block { stmts, .. }) = cx.tree.parent(stmt).map(|id| cx.kind(id)) else { return false };
    let Some(n) = stmts.iter().position(|known| *known == stmt) else { return false };
    let is_err = |id: NodeId| match cx.kind(id) {
        Kind::Return { value: Some(value) } => cx.called_name(*value) == Some("Err"),
        _ => cx.called_name(id) == Some("Err"),
    };
    matches!(stmts.get(n + 1).map(|next| cx.kind(*next)), Some(Kind::Stmt { expr, .. }) if is_err(*expr))
}

/// `?` gives the error to the caller.
fn is_surfaced(cx: &Cx<'_>, id: NodeId) -> bool {
    cx.tree
        .ancestors(id)
        .take_while(|id| !matches!(cx.kind(*id), Kind::Stmt { .. } | Kind::Let { .. }))
        .any(|id| matches!(cx.kind(id), Kind::Try { .. }))
}

fn awaited(cx: &Cx<'_>, id: NodeId, base: NodeId) -> Option<NodeId> {
    let handle = joined(cx, base)?;
    is_thrown_away(cx, id).then_some(handle)
}

/// The handle or set that an awaited expression joins.
fn joined(cx: &Cx<'_>, base: NodeId) -> Option<NodeId> {
    if is_handle(cx, base) {
        return Some(base);
    }
    match cx.kind(base) {
        Kind::Method { recv, name, .. } if name.starts_with("join_next") && is_set(cx, *recv) => Some(*recv),
        Kind::Call { args, .. } => {
            let name = cx.called_name(base)?;
            match name {
                "timeout" | "timeout_at" => joined(cx, *args.get(1)?),
                "join_all" | "try_join_all" => {
                    let all = *args.first()?;
                    let ty = cx.ty(all);
                    ty.elem().is_some_and(is_task).then_some(all)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `_ = h => {}`, `Some(_) = set.join_next() => {}`.
fn arm(cx: &Cx<'_>, pat: NodeId, fut: NodeId, body: NodeId) -> Option<NodeId> {
    let handle = joined(cx, fut)?;
    is_ignored(cx, pat).then_some(())?;
    (!says_something(cx, body)).then_some(handle)
}

fn says_something(cx: &Cx<'_>, body: NodeId) -> bool {
    here(cx, body).into_iter().any(|id| match cx.kind(id) {
        Kind::Macro { path, .. } => {
            is_logging(cx, id)
                || matches!(path.last().map_or("", |name| name), "panic" | "bail" | "unreachable" | "anyhow")
        }
        Kind::Call { .. } => cx.called_name(id) == Some("Err"),
        _ => false,
    })
}

fn is_ignored(cx: &Cx<'_>, pat: NodeId) -> bool {
    match cx.kind(pat) {
        Kind::Wild => true,
        Kind::PatCall { segs, elems } => {
            matches!(segs.last().map_or("", |name| name), "Some" | "Ok")
                && elems.iter().all(|elem| is_ignored(cx, *elem))
        }
        Kind::Bind { binding, .. } => {
            let binding = cx.tree.binding(*binding);
            binding.name.starts_with('_') && binding.uses.is_empty()
        }
        _ => false,
    }
}

/// `while set.join_next().await.is_some() {}`, `while let Some(_) = set.join_next().await {}`.
fn drained(cx: &Cx<'_>, cond: NodeId) -> Option<NodeId> {
    let awaited = match cx.kind(cond) {
        Kind::Method { recv, name, .. } if &**name == "is_some" => *recv,
        Kind::LetCond { pat, scrut } if is_ignored(cx, *pat) => *scrut,
        _ => return None,
    };
    let Kind::Await { base } = cx.kind(awaited) else { return None };
    match cx.kind(*base) {
        Kind::Method { recv, name, .. } if name.starts_with("join_next") && is_set(cx, *recv) => Some(*recv),
        _ => None,
    }
}

fn is_task(ty: &Ty) -> bool {
    matches!(ty.core_known(), Some(Known::TaskHandle | Known::AbortOnDrop))
}

fn is_handle(cx: &Cx<'_>, id: NodeId) -> bool {
    is_task(&cx.ty(id))
}

fn is_set(cx: &Cx<'_>, id: NodeId) -> bool {
    matches!(cx.ty(id).core_known(), Some(Known::JoinSet | Known::JoinMap))
}

/// `abort()` or the like comes before it in the same body.
fn is_ended_before(cx: &Cx<'_>, id: NodeId) -> bool {
    let Some(body) = cx.tree.fn_like(id) else { return false };
    let before = cx.tree.span(id).lo;
    here(cx, body).into_iter().any(|node| match cx.kind(node) {
        Kind::Method { name, at, .. } => {
            matches!(&**name, "abort" | "abort_all" | "shutdown") && at.lo < before
        }
        _ => false,
    })
}
