//! TN005 sleep-for-lifecycle: a sleep where an event should be: "it has started by now", "they have finished by now".

use crate::flow::{enclosing_loop, here, is_logging, is_process_exit, is_timer, spawns_in, waits};
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{Flavor, Func, Kind, NodeId, Span};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Stmt { expr, .. } = cx.kind(id) else { continue };
        let Some((call, wanted)) = sleep(cx, *expr) else { continue };
        if enclosing_loop(cx, id).is_some() || is_excused(cx, call) {
            continue;
        }
        let Some((block, at)) = position(cx, id) else { continue };
        let Some(why) = start(cx, block, at).or_else(|| stop(cx, block, at)).or_else(|| end(cx, block, at))
        else {
            continue;
        };
        let (message, label, second) = match why {
            Why::Start(at) => {
                ("a sleep in place of \"it has started\"", "is it up by now?", Some((at, "started here")))
            }
            Why::Stop(at) => (
                "a sleep in place of \"they have finished\"",
                "have they finished by now?",
                Some((at, "told to stop here")),
            ),
            Why::End => (
                "a sleep at the end of the function, for work that nobody joins",
                "has it finished by now?",
                None,
            ),
        };
        let mut draft = Draft::new(wanted, format!("sleep for lifecycle: {message}"), label)
            .help("await the event: a oneshot that says \"ready\", the handle of the task, `tracker.wait()`");
        if let Some((at, what)) = second {
            draft = draft.second(at, what);
        }
        sink.add(draft);
    }
}

enum Why {
    Start(Span),
    Stop(Span),
    End,
}

/// `sleep(d).await` or `thread::sleep(d)`: the call, and what to point at.
fn sleep(cx: &Cx<'_>, expr: NodeId) -> Option<(NodeId, Span)> {
    let call = match cx.kind(expr) {
        Kind::Await { base } => *base,
        Kind::Call { .. } if cx.callee(expr).is_some_and(|path| &*path == "std::thread::sleep") => expr,
        _ => return None,
    };
    let name = cx.called_name(call)?;
    (is_timer(cx, call) && matches!(name, "sleep" | "sleep_until" | "delay_for"))
        .then(|| (call, cx.callee_span(call)))
}

/// The block of the statement, and its number there.
fn position(cx: &Cx<'_>, stmt: NodeId) -> Option<(NodeId, usize)> {
    let block = cx.tree.parent(stmt)?;
    let Kind::Block { stmts, .. } = cx.kind(block) else { return None };
    Some((block, stmts.iter().position(|known| *known == stmt)?))
}

/// Paused time, or a pause that its name explains.
fn is_excused(cx: &Cx<'_>, call: NodeId) -> bool {
    const PAUSES: [&str; 12] = [
        "backoff", "retry", "delay", "interval", "jitter", "throttle", "rate", "cooldown", "debounce",
        "timeout", "ttl", "expir",
    ];
    let func = cx.func_of(call);
    if func.attrs.iter().any(|attr| attr.contains("start_paused=true")) {
        return true;
    }
    let says = |text: &str| {
        let text = text.to_lowercase();
        PAUSES
            .iter()
            .any(|word| text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word)))
    };
    let arg = match cx.kind(call) {
        Kind::Call { args, .. } => args.first().map(|arg| cx.text(cx.tree.span(*arg))).unwrap_or_default(),
        _ => "",
    };
    if says(&func.name) || says(arg) {
        return true;
    }
    let pauses = |node: &NodeId| cx.callee(*node).is_some_and(|path| &*path == "tokio::time::pause");
    cx.tree.all(func.root).iter().any(pauses)
}

fn start(cx: &Cx<'_>, block: NodeId, at: usize) -> Option<Why> {
    let Kind::Block { stmts, .. } = cx.kind(block) else { return None };
    for stmt in stmts[..at].iter().rev() {
        if let Some(span) = start_in(cx, *stmt) {
            return Some(Why::Start(span));
        }
        if !waits(cx, *stmt).is_empty() || blocks(cx, *stmt) {
            return None;
        }
    }
    None
}

/// A wait of a thread: what comes after it is told by what it waited for.
fn blocks(cx: &Cx<'_>, stmt: NodeId) -> bool {
    here(cx, stmt).into_iter().any(|id| match cx.kind(id) {
        Kind::Method { name, args, .. } => match &**name {
            "recv" | "join" | "wait" => args.is_empty(),
            "recv_timeout" | "block_on" => true,
            _ => false,
        },
        Kind::Call { .. } => cx.callee(id).is_some_and(|path| &*path == "std::thread::sleep"),
        _ => false,
    })
}

/// What the statement starts and does not wait for.
fn start_in(cx: &Cx<'_>, stmt: NodeId) -> Option<Span> {
    if matches!(cx.kind(stmt), Kind::Fn { .. }) {
        return None;
    }
    let spawn = spawns_in(cx, stmt).into_iter().find(|spawn| !is_joined(cx, spawn.value));
    if let Some(spawn) = spawn {
        return Some(spawn.at);
    }
    here(cx, stmt).into_iter().find_map(|id| {
        let name = cx.called_name(id)?;
        if !is_start_name(name) {
            return None;
        }
        let mut value = id;
        let mut is_awaited = false;
        // What runs in the calling thread has run when it returns.
        let is_unwrapped =
            matches!(cx.tree.parent(id).map(|id| cx.kind(id)), Some(Kind::Try { .. } | Kind::Method { .. }));
        if name.starts_with("run") && (is_unwrapped || !cx.tree.in_async(id)) {
            return None;
        }
        while let Some(parent) = cx.tree.parent(value) {
            match cx.kind(parent) {
                Kind::Await { .. } => is_awaited = true,
                Kind::Try { .. } => {}
                Kind::Method { recv, name, .. }
                    if *recv == value && matches!(&**name, "unwrap" | "expect") => {}
                Kind::Let { pat, .. } => {
                    let starts =
                        !is_awaited || matches!(cx.kind(*pat), Kind::Bind { .. } | Kind::PatTuple { .. });
                    return starts.then(|| cx.callee_span(id));
                }
                Kind::Stmt { .. } => return (!is_awaited).then(|| cx.callee_span(id)),
                // Part of something else: an argument, a test.
                _ => return None,
            }
            value = parent;
        }
        None
    })
}

/// `h.await` of the same statement: it has ended.
fn is_joined(cx: &Cx<'_>, value: NodeId) -> bool {
    cx.tree
        .ancestors(value)
        .take_while(|id| !matches!(cx.kind(*id), Kind::Stmt { .. } | Kind::Let { .. }))
        .any(|id| matches!(cx.kind(id), Kind::Await { .. } | Kind::Select { .. }))
}

/// `start`, `run_server`: not `start_time`, `listen_addr`, which are names of things.
fn is_start_name(name: &str) -> bool {
    const THINGS: [&str; 18] = [
        "time",
        "at",
        "id",
        "addr",
        "address",
        "port",
        "url",
        "config",
        "timer",
        "span",
        "kill",
        "with",
        "instant",
        "offset",
        "index",
        "paused",
        "session",
        "transaction",
    ];
    let mut words = name.split('_');
    let verb = words.next().unwrap_or_default();
    matches!(verb, "spawn" | "start" | "run" | "serve" | "launch" | "listen")
        && !words.any(|word| THINGS.contains(&word))
}

fn stop(cx: &Cx<'_>, block: NodeId, at: usize) -> Option<Why> {
    let Kind::Block { stmts, .. } = cx.kind(block) else { return None };
    let before = stmts[..at].iter().rev().find(|stmt| !is_logging(cx, **stmt))?;
    let expr = match cx.kind(*before) {
        Kind::Stmt { expr, .. } => *expr,
        Kind::Let { init: Some(init), pat, .. } if matches!(cx.kind(*pat), Kind::Wild) => *init,
        _ => return None,
    };
    stop_signal(cx, expr).map(Why::Stop)
}

fn stop_signal(cx: &Cx<'_>, expr: NodeId) -> Option<Span> {
    match cx.kind(expr) {
        Kind::Await { base } | Kind::Try { base } => stop_signal(cx, *base),
        Kind::Method { recv, name, at, .. } => {
            let name = &**name;
            let is_stop = matches!(
                name,
                "cancel"
                    | "abort"
                    | "abort_all"
                    | "close"
                    | "kill"
                    | "terminate"
                    | "notify_one"
                    | "notify_waiters"
                    | "start_kill"
            ) || name.starts_with("shutdown")
                || name.starts_with("stop");
            if is_stop {
                return Some(*at);
            }
            match name {
                "unwrap" | "expect" | "ok" => stop_signal(cx, *recv),
                "send" => says_stop(cx.text(cx.tree.span(*recv))).then_some(*at),
                _ => None,
            }
        }
        Kind::Call { args, .. } => {
            let name = cx.called_name(expr)?;
            let drops =
                crate::flow::is_drop(cx, expr) && args.first().is_some_and(|arg| ends_something(cx, *arg));
            let stops = name.starts_with("shutdown") || name.starts_with("stop");
            (drops || stops).then(|| cx.callee_span(expr))
        }
        _ => None,
    }
}

fn says_stop(text: &str) -> bool {
    let text = text.to_lowercase();
    ["stop", "shutdown", "cancel", "quit", "exit", "kill"].iter().any(|word| text.contains(word))
}

/// Whether dropping it tells somebody to stop: not a guard of a lock, and an end of a channel only if its name says so.
fn ends_something(cx: &Cx<'_>, id: NodeId) -> bool {
    let Some(binding) = cx.binding_of(id) else { return true };
    let is_channel_end = matches!(
        cx.binding_ty(binding).core_known(),
        Some(
            Known::Sender
                | Known::Receiver
                | Known::SyncSender
                | Known::SyncReceiver
                | Known::OneshotSender
                | Known::OneshotReceiver
        )
    );
    if is_channel_end {
        return says_stop(&cx.tree.binding(binding).name);
    }
    let decl = cx.tree.binding(binding).decl;
    match cx.tree.parent(decl).map(|id| cx.kind(id)) {
        Some(Kind::Let { init: Some(init), .. }) => crate::flow::guard_of(cx, *init).is_none(),
        _ => true,
    }
}

fn end(cx: &Cx<'_>, block: NodeId, at: usize) -> Option<Why> {
    let Kind::Block { stmts, .. } = cx.kind(block) else { return None };
    let body = cx.tree.parent(block)?;
    let func = cx.func_of(block);
    let is_body = matches!(cx.kind(body), Kind::Fn { .. }) || is_given_to_block_on(cx, block);
    if !is_body || !stmts[at + 1..].iter().all(|stmt| is_farewell(cx, *stmt)) {
        return None;
    }
    let has_spawned = || stmts[..at].iter().any(|stmt| !spawns_in(cx, *stmt).is_empty());
    // A function whose only wait is the sleep is a pause.
    let is_pause = || waits(cx, block).len() <= 1 && stmts.len() <= 2;
    let is_place = is_main(func) || func.is_test && is_test_fn(func);
    ((is_place && !is_pause()) || has_spawned()).then_some(Why::End)
}

fn is_main(func: &Func) -> bool {
    &*func.name == "main" && func.self_ty.is_none()
}

fn is_test_fn(func: &Func) -> bool {
    func.attrs.iter().any(|attr| attr.split('(').next().is_some_and(|path| path.ends_with("test")))
}

fn is_given_to_block_on(cx: &Cx<'_>, block: NodeId) -> bool {
    let is_async = matches!(cx.kind(block), Kind::Block { flavor: Flavor::Async { .. }, .. });
    is_async && cx.tree.parent(block).is_some_and(|parent| cx.called_name(parent) == Some("block_on"))
}

/// `Ok(())`, a return of a constant, logging, an exit, the end of what is left.
fn is_farewell(cx: &Cx<'_>, stmt: NodeId) -> bool {
    let Kind::Stmt { expr, .. } = cx.kind(stmt) else { return false };
    if is_logging(cx, *expr) || is_process_exit(cx, *expr) {
        return true;
    }
    match cx.kind(*expr) {
        Kind::Call { args, .. } => {
            let is_constant = |arg: &NodeId| match cx.kind(*arg) {
                Kind::Tuple { elems } => elems.is_empty(),
                Kind::Lit { .. } | Kind::Path { .. } => true,
                _ => false,
            };
            cx.called_name(*expr) == Some("Ok") && args.iter().all(is_constant)
        }
        Kind::Return { value } => value.is_none_or(|value| {
            matches!(cx.kind(value), Kind::Lit { .. } | Kind::Tuple { .. } | Kind::Path { .. })
        }),
        Kind::Method { name, recv, .. } => {
            let is_end = matches!(
                &**name,
                "abort" | "cancel" | "shutdown_background" | "shutdown_timeout" | "abort_all"
            );
            is_end || (cx.ty(*recv).core_known() == Some(Known::Token) && &**name == "cancel")
        }
        Kind::Lit { .. } | Kind::Path { .. } => true,
        _ => false,
    }
}
