//! TN006 sleep-poll: an idle loop that sleeps until something is so.

use crate::finding::Confidence;
use crate::flow::{here, is_logging, is_timer};
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, Lit, NodeId, Op};

/// Tests that are the non-blocking twin of a wait.
const TWINS: [&str; 6] = ["try_recv", "recv_timeout", "try_lock", "try_wait", "is_finished", "is_closed"];

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let (at, cond, body) = match cx.kind(id) {
            Kind::Loop { body, at, .. } => (*at, None, *body),
            Kind::While { cond, body, at, .. } => (*at, Some(*cond), *body),
            _ => continue,
        };
        if !is_polled_or_blocking(cx, id) || !only_timers(cx, id) {
            continue;
        }
        let Some(test) = test_of(cx, id, cond, body) else { continue };
        let twin = twin_in(cx, &test);
        if twin.is_none() && !is_idle(cx, body, &test) {
            continue;
        }
        let mut draft = Draft::new(
            at,
            "sleep poll: this loop sleeps until something is so, instead of waiting for it",
            "asks again and again",
        );
        draft = match twin {
            Some(twin) => draft.help(format!("`{twin}` has a twin that waits: await it")),
            None => draft.help("`Notify::notified`, `watch::Receiver::changed`, or await the handle"),
        };
        if twin.is_none() && test.iter().any(|test| may_fail(cx, *test)) {
            draft = draft.confidence(Confidence::Low);
        }
        sink.add(draft);
    }
}

/// In a task, or in a closure that has a thread of its own.
fn is_polled_or_blocking(cx: &Cx<'_>, id: NodeId) -> bool {
    let Some(around) = cx.tree.fn_like(id) else { return false };
    if cx.tree.is_async(around) {
        return true;
    }
    matches!(cx.kind(around), Kind::Closure { .. })
        && cx.tree.parent(around).is_some_and(|parent| match cx.called_name(parent) {
            Some("spawn_blocking" | "block_in_place") => true,
            Some("spawn") => cx
                .callee(parent)
                .is_some_and(|path| path.starts_with("std::thread") || path.starts_with("rayon")),
            _ => false,
        })
}

/// Every wait is a timer, and there is one.
fn only_timers(cx: &Cx<'_>, id: NodeId) -> bool {
    let mut timers = 0;
    for node in here(cx, id) {
        match cx.kind(node) {
            Kind::Await { base } if is_timer(cx, *base) => timers += 1,
            Kind::Await { .. } | Kind::Select { .. } => return false,
            Kind::Call { .. }
                if cx.callee(node).is_some_and(|path| {
                    matches!(&*path, "std::thread::sleep" | "std::thread::yield_now")
                }) =>
            {
                timers += 1;
            }
            Kind::Macro { path, is_opaque, .. }
                if *is_opaque || matches!(path.last().map_or("", |name| name), "join" | "try_join") =>
            {
                return false;
            }
            _ => {}
        }
    }
    timers > 0
}

/// What decides when the loop ends.
fn test_of(cx: &Cx<'_>, id: NodeId, cond: Option<NodeId>, body: NodeId) -> Option<Vec<NodeId>> {
    if let Some(cond) = cond
        && !matches!(cx.kind(cond), Kind::Lit { lit: Lit::Bool(true) })
    {
        return Some(vec![cond]);
    }
    let exits = crate::flow::exits(cx, id);
    let mut tests = Vec::new();
    for exit in exits {
        if !matches!(cx.kind(exit), Kind::Break { .. } | Kind::Return { .. }) {
            continue;
        }
        let around =
            cx.tree.ancestors(exit).take_while(|id| *id != body).find_map(|id| match cx.kind(id) {
                Kind::If { cond, .. } => Some(*cond),
                Kind::Match { scrut, .. } => Some(*scrut),
                _ => None,
            })?;
        tests.push(around);
    }
    (!tests.is_empty()).then_some(tests)
}

fn twin_in(cx: &Cx<'_>, tests: &[NodeId]) -> Option<&'static str> {
    tests.iter().flat_map(|test| here(cx, *test)).find_map(|id| match cx.kind(id) {
        Kind::Method { name, .. } => TWINS.into_iter().find(|twin| *twin == &**name),
        _ => None,
    })
}

/// A test that tries something: the loop is a retry.
fn may_fail(cx: &Cx<'_>, test: NodeId) -> bool {
    here(cx, test).into_iter().any(|id| {
        cx.called_name(id).is_some_and(|name| {
            name.starts_with("try_")
                || [
                    "connect",
                    "open",
                    "bind",
                    "create",
                    "read",
                    "write",
                    "send",
                    "fetch",
                    "request",
                    "ping",
                    "load_from",
                    "exists",
                    "metadata",
                ]
                .iter()
                .any(|verb| name == *verb || name.starts_with(&format!("{verb}_")))
        })
    })
}

/// Nothing is done but to ask, to count, to say so, and to look at the clock.
fn is_idle(cx: &Cx<'_>, body: NodeId, tests: &[NodeId]) -> bool {
    let Kind::Block { stmts, .. } = cx.kind(body) else { return false };
    // `while let Some(x) = weak.upgrade()` hands something to the body.
    let binds =
        |test: &NodeId| here(cx, *test).into_iter().any(|id| matches!(cx.kind(id), Kind::Bind { .. }));
    if tests.iter().any(|test| matches!(cx.kind(*test), Kind::LetCond { .. }) && binds(test)) {
        return false;
    }
    stmts.iter().all(|stmt| is_idle_stmt(cx, *stmt))
}

fn is_idle_stmt(cx: &Cx<'_>, stmt: NodeId) -> bool {
    match cx.kind(stmt) {
        Kind::Let { init, .. } => init.is_none_or(|init| is_question(cx, init)),
        Kind::Stmt { expr, .. } => is_idle_expr(cx, *expr),
        _ => false,
    }
}

fn is_idle_expr(cx: &Cx<'_>, expr: NodeId) -> bool {
    if is_logging(cx, expr) || is_timer(cx, expr) {
        return true;
    }
    match cx.kind(expr) {
        Kind::If { cond, then, els } => {
            is_question(cx, *cond) && is_idle_expr(cx, *then) && els.is_none_or(|els| is_idle_expr(cx, els))
        }
        Kind::Match { scrut, arms } => {
            is_question(cx, *scrut)
                && arms.iter().all(|arm| match cx.kind(*arm) {
                    Kind::Arm { body, .. } => is_idle_expr(cx, *body),
                    _ => false,
                })
        }
        Kind::Block { stmts, .. } => stmts.iter().all(|stmt| is_idle_stmt(cx, *stmt)),
        Kind::Break { value, .. } | Kind::Return { value } => {
            value.is_none_or(|value| is_question(cx, value))
        }
        Kind::Continue { .. } => true,
        Kind::Assign { is_compound: true, .. } => true,
        Kind::Assign { right, .. } => is_question(cx, *right),
        Kind::Macro { path, .. } => matches!(
            path.last().map_or("", |name| name),
            "assert" | "panic" | "bail" | "assert_ne" | "assert_eq" | "ensure"
        ),
        Kind::Tuple { elems } => elems.is_empty(),
        Kind::Call { .. } => {
            crate::flow::is_process_exit(cx, expr)
                || cx.callee(expr).is_some_and(|path| &*path == "std::thread::yield_now")
        }
        _ => false,
    }
}

/// Whether a call of this name does more than ask.
fn does_something(name: &str) -> bool {
    const VERBS: [&str; 49] = [
        "send",
        "tell",
        "ask",
        "cast",
        "call",
        "push",
        "insert",
        "remove",
        "write",
        "set",
        "update",
        "process",
        "handle",
        "run",
        "execute",
        "retain",
        "flush",
        "pop",
        "drain",
        "next",
        "clear",
        "take",
        "swap",
        "publish",
        "emit",
        "notify",
        "spawn",
        "start",
        "stop",
        "close",
        "step",
        "advance",
        "refresh",
        "reload",
        "sync",
        "save",
        "store",
        "delete",
        "cleanup",
        "collect",
        "evict",
        "purge",
        "renew",
        "beat",
        "poll",
        "join",
        "compare",
        "replace",
        "reconnect",
    ];
    let verb = name.split('_').next().unwrap_or_default();
    name == "try_send" || VERBS.contains(&verb)
}

/// An expression that asks and does nothing: no wait, nothing assigned, no closure.
fn is_question(cx: &Cx<'_>, expr: NodeId) -> bool {
    here(cx, expr).into_iter().all(|id| match cx.kind(id) {
        Kind::Await { base } => is_timer(cx, *base),
        Kind::Assign { .. }
        | Kind::Closure { .. }
        | Kind::Loop { .. }
        | Kind::While { .. }
        | Kind::For { .. }
        | Kind::Select { .. } => false,
        Kind::Binary { op: Op::Logic | Op::Compare | Op::Other, .. } => true,
        Kind::Method { .. } | Kind::Call { .. } => !cx.called_name(id).is_some_and(does_something),
        _ => true,
    })
}
