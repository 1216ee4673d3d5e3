//! TN011 blocking-in-async: a call that blocks the thread where a task is polled.

use crate::flow::waits;
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, Lit, NodeId, Span};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        if !cx.tree.in_async(id) {
            continue;
        }
        let Some((at, what, instead)) = blocking(cx, id) else { continue };
        sink.add(
            Draft::new(
                at,
                format!(
                    "blocking in async: {what} blocks the worker, and a blocked worker runs no cancellation"
                ),
                "blocks here",
            )
            .help(instead),
        );
    }
}

/// What to point at, what blocks, and what to do instead.
pub(crate) type Blocking = (Span, &'static str, &'static str);

const SPAWN_BLOCKING: &str = "await the asynchronous twin, or run it under `spawn_blocking`";

pub(crate) fn blocking(cx: &Cx<'_>, id: NodeId) -> Option<Blocking> {
    match cx.kind(id) {
        Kind::Call { .. } => {
            let path = cx.callee(id)?;
            let (what, instead) = match &*path {
                "std::thread::sleep" | "std::thread::sleep_ms" => {
                    ("`thread::sleep`", "`tokio::time::sleep(..).await`")
                }
                "futures::executor::block_on"
                | "futures_executor::block_on"
                | "futures_lite::future::block_on"
                | "pollster::block_on" => ("`block_on`", "await the future"),
                "std::net::TcpStream::connect" | "std::os::unix::net::UnixStream::connect" => {
                    ("a blocking connect", "`tokio::net`")
                }
                _ => return None,
            };
            Some((cx.callee_span(id), what, instead))
        }
        Kind::Method { .. } => method(cx, id),
        Kind::While { cond, body, at, .. } => {
            let is_forever = matches!(cx.kind(*cond), Kind::Lit { lit: Lit::Bool(true) });
            (spins(cx, *body) || (!is_forever && spins(cx, *cond))).then_some((
                *at,
                "a spinning loop",
                "wait for the event: `Notify`, a channel",
            ))
        }
        Kind::Loop { body, at, .. } => {
            spins(cx, *body).then_some((*at, "a spinning loop", "wait for the event: `Notify`, a channel"))
        }
        _ => None,
    }
}

fn spins(cx: &Cx<'_>, body: NodeId) -> bool {
    let is_hint = |id: &NodeId| {
        cx.callee(*id).is_some_and(|path| {
            matches!(&*path, "std::hint::spin_loop" | "std::sync::atomic::spin_loop_hint")
        })
    };
    waits(cx, body).is_empty() && crate::flow::here(cx, body).iter().any(is_hint)
}

fn method(cx: &Cx<'_>, id: NodeId) -> Option<Blocking> {
    let Kind::Method { recv, name, args, at } = cx.kind(id) else { return None };
    if cx.tree.parent(id).is_some_and(|parent| matches!(cx.kind(parent), Kind::Await { .. })) {
        return None;
    }
    let known = || cx.ty(*recv).core_known();
    let what = match &**name {
        "blocking_recv"
        | "blocking_send"
        | "blocking_lock"
        | "blocking_read"
        | "blocking_write"
        | "blocking_lock_owned"
        | "blocking_recv_many" => {
            if cx.target(id).is_some() {
                return None;
            }
            "it"
        }
        "block_on" => match known()? {
            Known::Runtime | Known::RuntimeHandle | Known::LocalSet => "`block_on`",
            _ => return None,
        },
        "recv" | "recv_timeout" | "iter" if known() == Some(Known::SyncReceiver) => "a receive that blocks",
        "join" if args.is_empty() && known() == Some(Known::ThreadHandle) => "joining a thread",
        "output" | "status" if known() == Some(Known::Command) => "a command of std",
        "wait" | "wait_with_output" if known() == Some(Known::Child) => "waiting for a child process",
        "accept" | "incoming" if known() == Some(Known::StdListener) => "a listener of std",
        "wait" | "wait_while" | "wait_timeout"
            if matches!(known(), Some(Known::Condvar | Known::Barrier)) =>
        {
            "a wait of std"
        }
        _ => return None,
    };
    Some((*at, what, SPAWN_BLOCKING))
}
