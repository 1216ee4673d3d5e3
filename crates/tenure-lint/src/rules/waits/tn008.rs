//! TN008 endless-loop: nothing ends the loop, and nobody can drop the future it stands in.

use crate::finding::{Confidence, Level};
use crate::flow::{How, Sort, discarded, handed_to, here, is_endless, spawn_of, waits};
use crate::names::{At, Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{FuncId, Kind, NodeId, Span};

/// Callers of callers that are followed.
const DEPTH_MAX: u8 = 4;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let at = match cx.kind(id) {
            Kind::Loop { at, .. } | Kind::While { at, .. } => *at,
            _ => continue,
        };
        if !is_endless(cx, id) {
            continue;
        }
        if let Some(receive) = spins_when_closed(cx, id) {
            sink.add(
                Draft::new(at, "endless loop: when the senders are gone each receive returns at once, and this spins for ever", "never left")
                    .second(receive, "`None` is not an end here")
                    .level(Level::Deny)
                    .confidence(Confidence::High)
                    .help("`while let Some(x) = rx.recv().await { .. }` ends with the last sender"),
            );
            continue;
        }
        // The inner of two is the one that never ends.
        let has_inner = here(cx, id).into_iter().any(|inner| inner != id && is_endless(cx, inner));
        if has_inner {
            continue;
        }
        if let Some((owner, confidence)) = nobody_drops(cx, id) {
            sink.add(
                Draft::new(
                    at,
                    "endless loop: nothing in it ends it, and nobody can drop the future it stands in",
                    "when does it exit?",
                )
                .second(owner, "its task is detached here")
                .confidence(confidence)
                .help("`select!` on a stop signal in the loop, or keep the handle and abort it"),
            );
        }
    }
}

/// Where the future of this loop is let go of, if every caller does so.
fn nobody_drops(cx: &Cx<'_>, id: NodeId) -> Option<(Span, Confidence)> {
    let body = cx.tree.fn_like(id)?;
    match cx.kind(body) {
        Kind::Fn { .. } => {
            let at = (cx.n, cx.tree.node(body).func);
            let here = cx.func_of(body).at;
            if cx.program.links.sites(at).is_empty() {
                let is_callback = cx.func_of(body).trait_name.is_some() || &*cx.func_of(body).name == "main";
                return (!is_callback).then_some((here, Confidence::Low));
            }
            is_let_go(cx, at, DEPTH_MAX).then_some((here, Confidence::Medium))
        }
        _ => let_go(cx, body).map(|at| (at, Confidence::High)),
    }
}

/// Where a future is given to a spawn whose handle is dropped, or to `block_on` on a thread that is.
fn let_go(cx: &Cx<'_>, future: NodeId) -> Option<Span> {
    if let Some(spawn) = handed_to(cx, future) {
        let is_free = match spawn.sort {
            Sort::Task | Sort::Thread => discarded(cx, spawn.value, &["unwrap", "expect", "ok"]).is_some(),
            Sort::Tracker => matches!(
                discarded(cx, spawn.value, &[]),
                Some(How::Statement | How::Underscore | How::Unused(_))
            ),
            Sort::Set | Sort::Process => false,
        };
        return is_free.then_some(spawn.at);
    }
    let call = cx.tree.parent(future)?;
    if cx.called_name(call) != Some("block_on") {
        return None;
    }
    let closure = cx.tree.fn_like(call).filter(|id| matches!(cx.kind(*id), Kind::Closure { .. }))?;
    let thread = cx.tree.parent(closure).and_then(|parent| spawn_of(cx, parent))?;
    let is_free =
        thread.sort == Sort::Thread && discarded(cx, thread.value, &["unwrap", "expect", "ok"]).is_some();
    is_free.then_some(thread.at)
}

/// Whether every call of the `async fn` is let go of, or awaited as a statement in a body that is.
fn is_let_go(cx: &Cx<'_>, at: At<FuncId>, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let sites = cx.program.links.sites(at);
    !sites.is_empty()
        && sites.iter().all(|(file, call)| {
            let other = if *file == cx.n { None } else { Cx::new(cx.program, *file) };
            let cx = match (&other, *file == cx.n) {
                (_, true) => cx,
                (Some(other), _) => other,
                (None, false) => return false,
            };
            let_go(cx, *call).is_some() || is_awaited_in_such(cx, *call, depth)
        })
}

fn is_awaited_in_such(cx: &Cx<'_>, call: NodeId, depth: u8) -> bool {
    let Some(wait) = cx.tree.parent(call).filter(|id| matches!(cx.kind(*id), Kind::Await { .. })) else {
        return false;
    };
    // As a statement, or as the value of one.
    let is_stmt = cx
        .tree
        .ancestors(wait)
        .find(|id| !matches!(cx.kind(*id), Kind::Try { .. } | Kind::Method { .. }))
        .is_some_and(|id| matches!(cx.kind(id), Kind::Stmt { .. } | Kind::Let { .. }));
    let Some(body) = cx.tree.fn_like(wait).filter(|_| is_stmt) else { return false };
    match cx.kind(body) {
        Kind::Fn { .. } => is_let_go(cx, (cx.n, cx.tree.node(body).func), depth),
        _ => let_go(cx, body).is_some(),
    }
}

/// The receive whose end is not taken for one, if there is nothing else that waits.
fn spins_when_closed(cx: &Cx<'_>, id: NodeId) -> Option<Span> {
    let mut first = None;
    for wait in waits(cx, id) {
        if let Some(receive) = receive_at(cx, wait) {
            first.get_or_insert(receive);
        } else if !is_after_value(cx, id, wait) {
            return None;
        }
    }
    first
}

/// `rx.recv().await` of a channel that can end.
fn receive_at(cx: &Cx<'_>, wait: NodeId) -> Option<Span> {
    let Kind::Await { base } = cx.kind(wait) else { return None };
    let Kind::Method { recv, name, .. } = cx.kind(*base) else { return None };
    let known = cx.ty(*recv).core_known()?;
    let is_receive = match known {
        Known::Receiver => matches!(&**name, "recv" | "next" | "recv_async" | "recv_many"),
        Known::BroadcastReceiver => &**name == "recv",
        Known::WatchReceiver => &**name == "changed",
        _ => false,
    };
    is_receive.then(|| cx.callee_span(*base))
}

/// Whether the wait comes only with a value: in `if let Some(m) = rx.recv().await { .. }`, in an arm `Some(m) =>`.
fn is_after_value(cx: &Cx<'_>, id: NodeId, wait: NodeId) -> bool {
    let mut below = wait;
    for around in cx.tree.ancestors(wait).take_while(|around| *around != id) {
        let is_receive = |scrut: NodeId| receive_at(cx, scrut).is_some();
        match cx.kind(around) {
            Kind::If { cond, then, .. } if *then == below => {
                if let Kind::LetCond { scrut, .. } = cx.kind(*cond)
                    && is_receive(*scrut)
                {
                    return true;
                }
            }
            Kind::Arm { pat, .. } => {
                let scrut = cx.tree.parent(around).map(|id| cx.kind(id));
                let binds = matches!(cx.kind(*pat), Kind::PatCall { segs, .. } if matches!(segs.last().map_or("", |n| n), "Some" | "Ok"));
                if let Some(Kind::Match { scrut, .. }) = scrut
                    && binds
                    && is_receive(*scrut)
                {
                    return true;
                }
            }
            _ => {}
        }
        below = around;
    }
    false
}
