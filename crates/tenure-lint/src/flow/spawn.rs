//! What starts a task or a thread.

use crate::names::{At, Cx, Known, Starts, Ty, starts};
use crate::tree::{FuncId, Kind, NodeId, Span};

/// Who owns what is started, if anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A task, owned by whoever keeps the handle.
    Task,
    /// A thread, likewise.
    Thread,
    /// A task in a `JoinSet` or `JoinMap`.
    Set,
    /// A task that a `TaskTracker` counts, but does not end.
    Tracker,
    /// A child process.
    Process,
}

/// A call that starts something.
#[derive(Clone, Debug)]
pub(crate) struct Spawn {
    pub(crate) sort: Sort,
    /// The node whose value is the handle.
    pub(crate) value: NodeId,
    pub(crate) call: NodeId,
    /// What to point at.
    pub(crate) at: Span,
    /// The future or closure that is handed over.
    pub(crate) work: Option<NodeId>,
    /// The workspace's function that does it, if it is done in one.
    pub(crate) through: Option<At<FuncId>>,
}

/// Functions between a call and the spawn that are followed.
const HOPS_MAX: u8 = 4;

/// What `node` starts.
pub(crate) fn spawn_of(cx: &Cx<'_>, node: NodeId) -> Option<Spawn> {
    direct(cx, node).or_else(|| match cx.kind(node) {
        Kind::Call { .. } | Kind::Method { .. } => through(cx, node),
        _ => None,
    })
}

/// What `node` starts by itself.
fn direct(cx: &Cx<'_>, node: NodeId) -> Option<Spawn> {
    let spawn =
        |sort, work| Spawn { sort, value: node, call: node, at: cx.callee_span(node), work, through: None };
    match cx.kind(node) {
        Kind::Call { args, .. } => {
            let path = cx.callee(node)?;
            let work = args.first().copied();
            match starts(&path) {
                Some(Starts::Task) => return Some(spawn(Sort::Task, work)),
                Some(Starts::Thread) => return Some(spawn(Sort::Thread, work)),
                None => {}
            }
            if cx.program.config.spawn_functions.iter().any(|known| **known == *path) {
                return Some(spawn(Sort::Task, work));
            }
            None
        }
        Kind::Method { recv, name, args, .. } => {
            if name.starts_with("spawn") {
                let sort = match cx.ty(*recv).core_known() {
                    Some(Known::Runtime | Known::RuntimeHandle | Known::TaskBuilder | Known::LocalSet) => {
                        Some(Sort::Task)
                    }
                    Some(Known::ThreadBuilder) if &**name == "spawn" => Some(Sort::Thread),
                    Some(Known::JoinSet | Known::JoinMap) => Some(Sort::Set),
                    Some(Known::Tracker) => Some(Sort::Tracker),
                    Some(Known::Command | Known::TokioCommand) => Some(Sort::Process),
                    _ => None,
                };
                if let Some(sort) = sort {
                    // `JoinMap::spawn(key, task)`.
                    return Some(spawn(sort, args.iter().copied().find(|arg| !is_handle(cx, *arg))));
                }
            }
            None
        }
        _ => None,
    }
}

fn is_handle(cx: &Cx<'_>, id: NodeId) -> bool {
    matches!(cx.ty(id).core_known(), Some(Known::RuntimeHandle | Known::LocalSet))
}

/// A call of the workspace's function that returns a handle of a task.
fn through(cx: &Cx<'_>, call: NodeId) -> Option<Spawn> {
    let at = cx.target(call)?;
    let func = cx.program.func(at)?;
    if !returns_handle(cx, at) || !starts_something(cx, at, HOPS_MAX) {
        return None;
    }
    let mut value = call;
    if func.is_async {
        value = cx.tree.parent(call).filter(|id| matches!(cx.kind(*id), Kind::Await { .. }))?;
    }
    Some(Spawn { sort: Sort::Task, value, call, at: cx.callee_span(call), work: None, through: Some(at) })
}

/// Whether the workspace's function returns the handle of a task.
fn returns_handle(cx: &Cx<'_>, at: At<FuncId>) -> bool {
    let Some(func) = cx.program.func(at) else { return false };
    let Some(ret) = &func.ret else { return false };
    let ty = cx.program.ty(at.0, func.module, func.self_ty.as_ref(), ret);
    is_bare_handle(cx, &ty)
}

/// Whether a task is started in the function's body, or in that of a function it calls: else the handle it returns is one it had.
fn starts_something(cx: &Cx<'_>, at: At<FuncId>, hops: u8) -> bool {
    let Some(hops) = hops.checked_sub(1) else { return false };
    let other;
    let cx = if at.0 == cx.n {
        cx
    } else {
        match Cx::new(cx.program, at.0) {
            Some(found) => {
                other = found;
                &other
            }
            None => return false,
        }
    };
    let root = cx.tree.func(at.1).root;
    root != NodeId::NONE
        && cx.tree.all(root).into_iter().any(|id| match cx.kind(id) {
            Kind::Call { .. } | Kind::Method { .. } => {
                direct(cx, id).is_some_and(|spawn| spawn.sort == Sort::Task)
                    || cx.target(id).is_some_and(|inner| {
                        inner != at && returns_handle(cx, inner) && starts_something(cx, inner, hops)
                    })
            }
            _ => false,
        })
}

/// A Tokio handle, perhaps in an `Option` or `Result`, or the workspace's own handle type that lets go when dropped.
fn is_bare_handle(cx: &Cx<'_>, ty: &Ty) -> bool {
    let ty = match ty {
        Ty::Adt { path, args } if path.ends_with("::Option") || path.ends_with("::Result") => {
            args.first().unwrap_or(&Ty::Unknown)
        }
        other => other,
    };
    if ty.known() == Some(Known::TaskHandle) {
        return true;
    }
    let Some(path) = ty.path().filter(|path| path.ends_with("::JoinHandle")) else { return false };
    let Some((file, def)) = cx.program.type_def(path) else { return false };
    !cx.program.is_dropper(path)
        && def.fields.iter().any(|field| {
            cx.program.ty(file.n, def.module, None, &field.ty).holds(&|known| known == Known::TaskHandle)
        })
}

/// Calls that start something, below `id`; what stands in nested futures is left out, closures are looked into.
pub(crate) fn spawns_in(cx: &Cx<'_>, id: NodeId) -> Vec<Spawn> {
    let mut out = Vec::new();
    cx.tree.walk(id, &mut |node| {
        let is_future = node != id && cx.tree.is_fn_like(node) && cx.tree.is_async(node);
        if is_future || (node != id && matches!(cx.kind(node), Kind::Fn { .. })) {
            return false;
        }
        let spawn = spawn_of(cx, node);
        let is_some = spawn.is_some();
        out.extend(spawn);
        // What a started closure does is not done here.
        !is_some || !matches!(cx.kind(node), Kind::Call { .. })
    });
    out
}

/// The spawn that a future (an `async` block, or a call of an `async fn`) is handed to directly, perhaps boxed or in a span.
pub(crate) fn handed_to(cx: &Cx<'_>, future: NodeId) -> Option<Spawn> {
    let mut id = future;
    loop {
        let parent = cx.tree.parent(id)?;
        match cx.kind(parent) {
            Kind::Method { recv, name, .. }
                if *recv == id
                    && matches!(
                        &**name,
                        "instrument"
                            | "in_current_span"
                            | "boxed"
                            | "boxed_local"
                            | "with_subscriber"
                            | "with_current_subscriber"
                            | "map"
                            | "fuse"
                            | "with_context"
                            | "bind_hub"
                            | "or_current"
                    ) => {}
            Kind::Call { args, .. } if args.contains(&id) => {
                let is_pin = cx
                    .callee(parent)
                    .is_some_and(|path| path.ends_with("Box::pin") || path.ends_with("Box::new"));
                if !is_pin {
                    return spawn_of(cx, parent).filter(|spawn| spawn.through.is_none());
                }
            }
            Kind::Method { args, .. } if args.contains(&id) => {
                return spawn_of(cx, parent).filter(|spawn| spawn.through.is_none());
            }
            Kind::Stmt { has_semi: false, .. } | Kind::Block { .. } => return None,
            _ => return None,
        }
        id = parent;
    }
}
