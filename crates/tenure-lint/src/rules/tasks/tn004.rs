//! TN004 unbounded-spawn: one task for each event of a loop, without a limit.

use crate::flow::{Sort, Spawn, Use, enclosing_loop, here, spawn_of, use_of, waits};
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId, Op};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Some(spawn) = spawn_of(cx, id) else { continue };
        if !matches!(spawn.sort, Sort::Task | Sort::Set | Sort::Tracker) {
            continue;
        }
        if let Some((around, at)) = unbounded_loop(cx, &spawn) {
            sink.add(
                Draft::new(spawn.at, "unbounded spawn: one task per iteration, with no limit on how many live at once", "a task each time")
                    .second(at, "the loop")
                    .help("take a permit of a Semaphore before the spawn, bound the set by its `len()`, or await the work here"),
            );
            debug_assert!(cx.tree.contains(around, spawn.call), "the loop is around the spawn");
        }
    }
}

/// The loop that starts more and more, and its keyword.
fn unbounded_loop(cx: &Cx<'_>, spawn: &Spawn) -> Option<(NodeId, crate::tree::Span)> {
    let mut inner = spawn.call;
    loop {
        let around = enclosing_loop(cx, inner)?;
        let at = match cx.kind(around) {
            Kind::Loop { at, .. } | Kind::While { at, .. } => *at,
            _ => return None,
        };
        if leaves(cx, inner, around) {
            inner = around;
            continue;
        }
        let is_unbounded = !waits(cx, around).is_empty()
            && cx.tree.in_async(around)
            && !is_bounded(cx, around, spawn)
            && !is_waited_for(cx, spawn, around);
        return is_unbounded.then_some((around, at));
    }
}

/// Whether control goes from `inner` out of the loop without another round.
fn leaves(cx: &Cx<'_>, inner: NodeId, around: NodeId) -> bool {
    let mut below = inner;
    for id in cx.tree.ancestors(inner).take_while(|id| *id != around) {
        match cx.kind(id) {
            Kind::Return { .. } | Kind::Break { .. } => return true,
            Kind::Block { stmts, .. } => {
                let from = stmts.iter().position(|stmt| *stmt == below).map_or(stmts.len(), |n| n + 1);
                let is_exit = |stmt: &NodeId| match cx.kind(*stmt) {
                    Kind::Stmt { expr, .. } => match cx.kind(*expr) {
                        Kind::Return { .. } => true,
                        Kind::Break { label, .. } => {
                            label.is_some() || enclosing_loop(cx, *expr) == Some(around)
                        }
                        _ => false,
                    },
                    _ => false,
                };
                if stmts[from..].iter().any(is_exit) {
                    return true;
                }
            }
            _ => {}
        }
        below = id;
    }
    false
}

fn is_bounded(cx: &Cx<'_>, around: NodeId, spawn: &Spawn) -> bool {
    let nodes = here(cx, around);
    let changed = changed_counters(cx, &nodes);
    let is_evidence = |id: &NodeId| match cx.kind(*id) {
        Kind::Method { name, recv, .. } => {
            name.starts_with("acquire")
                || name.starts_with("try_acquire")
                || name.starts_with("reserve")
                || matches!(
                    &**name,
                    "for_each_concurrent" | "buffer_unordered" | "buffered" | "try_for_each_concurrent"
                )
                || (&**name == "ready" && is_awaited(cx, *id))
                || (name.contains("permit") && !matches!(cx.kind(*recv), Kind::Lit { .. }))
        }
        Kind::Call { .. } => {
            cx.called_name(*id).is_some_and(|name| name.contains("acquire") || name.contains("permit"))
        }
        Kind::Binary { op: Op::Compare, left, right } => {
            [*left, *right].into_iter().any(|side| is_count(cx, side, &changed))
        }
        _ => false,
    };
    nodes.iter().any(is_evidence) || takes_permit(cx, spawn)
}

fn is_awaited(cx: &Cx<'_>, id: NodeId) -> bool {
    cx.tree.parent(id).is_some_and(|parent| matches!(cx.kind(parent), Kind::Await { .. }))
}

/// `set.len()`, or a counter that the loop changes.
fn is_count(cx: &Cx<'_>, side: NodeId, changed: &[&str]) -> bool {
    let is_len = match cx.kind(side) {
        Kind::Method { recv, name, .. } if matches!(&**name, "len" | "num_alive_tasks") => {
            let ty = cx.ty(*recv);
            matches!(ty.core_known(), Some(Known::JoinSet | Known::JoinMap | Known::Tracker | Known::Futures))
                || ty.holds(&|known| matches!(known, Known::TaskHandle | Known::AbortHandle))
        }
        _ => false,
    };
    let text = cx.text(cx.tree.span(side));
    is_len || changed.iter().any(|counter| text.contains(counter))
}

/// The texts of what is counted up or down in the loop.
fn changed_counters<'a>(cx: &Cx<'a>, nodes: &[NodeId]) -> Vec<&'a str> {
    let counter = |id: &NodeId| match cx.kind(*id) {
        Kind::Assign { left, is_compound: true, .. } => Some(cx.text(cx.tree.span(*left))),
        Kind::Method { recv, name, .. } if name.starts_with("fetch_") => Some(cx.text(cx.tree.span(*recv))),
        _ => None,
    };
    nodes
        .iter()
        .filter_map(counter)
        .map(|text| text.trim_start_matches('*'))
        .filter(|text| !text.is_empty())
        .collect()
}

/// A permit is moved into the task.
fn takes_permit(cx: &Cx<'_>, spawn: &Spawn) -> bool {
    cx.tree.all(spawn.call).into_iter().any(|id| {
        let name = match cx.kind(id) {
            Kind::Local { binding } => &cx.tree.binding(*binding).name,
            Kind::Field { name, .. } | Kind::Method { name, .. } => name,
            _ => return false,
        };
        let name = name.to_lowercase();
        name.contains("permit") || name.contains("semaphore")
    })
}

/// The handle is awaited before the next round, or the place it is kept in is emptied first.
fn is_waited_for(cx: &Cx<'_>, spawn: &Spawn, around: NodeId) -> bool {
    if spawn.sort != Sort::Task {
        return false;
    }
    let mut id = spawn.value;
    while let Some(parent) = cx.tree.parent(id).filter(|parent| *parent != around) {
        match cx.kind(parent) {
            Kind::Await { .. } => return true,
            Kind::SelectArm { fut, .. } if *fut == id => return true,
            Kind::Macro { path, .. } => {
                return matches!(path.last().map_or("", |name| name), "join" | "try_join");
            }
            Kind::Let { pat, .. } => {
                let Kind::Bind { binding, .. } = cx.kind(*pat) else { return false };
                return cx
                    .tree
                    .binding(*binding)
                    .uses
                    .iter()
                    .any(|used| is_join(cx, *binding, *used) && cx.tree.contains(around, *used));
            }
            Kind::Assign { left, .. } => return is_emptied(cx, *left, around, parent),
            Kind::Method { recv, args, name, .. }
                if args.contains(&id) && matches!(&**name, "replace" | "insert") =>
            {
                // `replace` gives the old one back; a map is emptied by its keys.
                return &**name == "replace" && is_emptied(cx, *recv, around, parent);
            }
            Kind::Stmt { has_semi: true, .. } => return false,
            _ => {}
        }
        id = parent;
    }
    false
}

fn is_join(cx: &Cx<'_>, binding: crate::tree::BindingId, used: NodeId) -> bool {
    match use_of(cx, binding, used) {
        Use::Awaited => true,
        Use::Borrowed | Use::Moved => cx.tree.ancestors(used).any(|id| {
            matches!(cx.kind(id), Kind::Await { .. } | Kind::Select { .. })
                || matches!(cx.kind(id), Kind::Macro { path, .. } if matches!(path.last().map_or("", |name| name), "join" | "try_join"))
        }),
        _ => false,
    }
}

/// Whether the loop awaits, aborts or takes what is in the place.
fn is_emptied(cx: &Cx<'_>, place: NodeId, around: NodeId, store: NodeId) -> bool {
    let text = cx.text(cx.tree.span(cx.strip(place)));
    here(cx, around).into_iter().filter(|id| !cx.tree.contains(store, *id)).any(|id| {
        let base = match cx.kind(id) {
            Kind::Await { base } => *base,
            Kind::Method { recv, name, .. }
                if matches!(&**name, "take" | "abort" | "is_none" | "is_finished") =>
            {
                *recv
            }
            _ => return false,
        };
        let base = cx.text(cx.tree.span(cx.strip(base)));
        !text.is_empty() && base.contains(text)
    })
}
