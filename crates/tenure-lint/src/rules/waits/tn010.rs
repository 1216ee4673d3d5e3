//! TN010 lock-held-across-wait.

use crate::flow::{Held, Lock, held_at_waits};
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId, Span};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        if !cx.tree.is_fn_like(id) || !cx.tree.is_async(id) {
            continue;
        }
        for held in held_at_waits(cx, id, &|wait| is_long(cx, wait)) {
            sink.add(draft(cx, &held));
        }
    }
}

fn draft(cx: &Cx<'_>, held: &Held) -> Draft {
    let (what, help) = match held.lock {
        Lock::Sync => (
            "a guard that blocks threads is alive at this wait",
            "end the guard's scope before the wait: `{ .. }`, or take out what is needed",
        ),
        Lock::Async => (
            "everybody who wants this lock waits for whatever this waits for",
            "clone what is needed out of the lock, end the guard, then wait",
        ),
        Lock::Watch => (
            "a borrow of a watch channel's value is alive at this wait, and its sender blocks on it",
            "clone the value: `let v = rx.borrow().clone();`",
        ),
    };
    let wait = match cx.kind(held.wait) {
        Kind::Await { base } => cx.callee_span(*base),
        _ => cx.tree.span(held.wait),
    };
    Draft::new(
        first_line(cx, cx.tree.span(held.guard)),
        format!("lock held across a wait: {what}"),
        "the guard lives from here",
    )
    .second(wait, "and is alive here")
    .help(help)
}

/// A statement may be long; its first line says enough.
fn first_line(cx: &Cx<'_>, span: Span) -> Span {
    let len = cx.text(span).find('\n').unwrap_or(usize::MAX);
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    Span { lo: span.lo, hi: span.hi.min(span.lo.saturating_add(len)) }
}

/// Waits for somebody else: a peer, a channel, time. Not: another lock, or a call that is not known.
fn is_long(cx: &Cx<'_>, wait: NodeId) -> bool {
    let awaited = match cx.kind(wait) {
        Kind::Await { base } => *base,
        _ => wait,
    };
    match cx.kind(cx.strip(awaited)) {
        Kind::Method { recv, name, args, .. } => {
            is_long_name(name, !args.is_empty()) && !is_quick(cx, *recv, name)
        }
        Kind::Call { args, .. } => {
            let Some(path) = cx.callee(awaited) else { return false };
            let last = path.rsplit("::").next().unwrap_or_default();
            match last {
                "timeout" | "timeout_at" => args.get(1).is_some_and(|inner| is_long(cx, *inner)),
                "sleep" | "sleep_until" | "copy" | "copy_bidirectional" => path.starts_with("tokio"),
                "connect" | "bind" => {
                    last == "connect" && (path.starts_with("tokio") || cx.target(awaited).is_none())
                }
                _ => false,
            }
        }
        _ => matches!(cx.ty(awaited).core_known(), Some(Known::TaskHandle | Known::OneshotReceiver)),
    }
}

fn is_long_name(name: &str, has_args: bool) -> bool {
    match name {
        "recv" | "recv_many" | "next" | "accept" | "reserve" | "notified" | "changed" | "wait_for"
        | "join_next" | "cancelled" | "tick" | "wait" | "flush" | "shutdown" | "connect" | "write_all"
        | "write_all_buf" | "send" | "recv_async" | "send_async" | "reserve_owned" => true,
        // Without arguments they take a lock.
        "read" | "write" => has_args,
        _ => {
            name.starts_with("acquire")
                || name.starts_with("sleep")
                || (has_args && (name.starts_with("read_") || name.starts_with("write_")))
        }
    }
}

/// An end that never waits.
fn is_quick(cx: &Cx<'_>, recv: NodeId, name: &str) -> bool {
    name == "send"
        && matches!(
            cx.ty(recv).core_known(),
            Some(Known::OneshotSender | Known::BroadcastSender | Known::WatchSender)
        )
}
