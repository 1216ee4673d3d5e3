//! TN009 self-held-sender: a receive loop that ends when all senders are gone, in a function that still holds one.

use crate::finding::Fix;
use crate::flow::{Use, exits, here, use_of};
use crate::names::{Cx, Known, Ty};
use crate::rules::{Draft, Sink};
use crate::tree::{BindingId, Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Kind::Let { pat, init: Some(init), .. } = cx.kind(id) else { continue };
        let Kind::PatTuple { elems } = cx.kind(*pat) else { continue };
        let (Kind::Call { .. }, [sender, receiver]) = (cx.kind(*init), &**elems) else { continue };
        let (Kind::Bind { binding: tx, .. }, Kind::Bind { binding: rx, .. }) =
            (cx.kind(*sender), cx.kind(*receiver))
        else {
            continue;
        };
        if !is_channel(&cx.ty(*init)) {
            continue;
        }
        let Some(home) = cx.tree.parent(id) else { continue };
        for (end, receive) in ends(cx, *rx) {
            if cx.tree.fn_like(end) != cx.tree.fn_like(id) || !cx.tree.contains(home, end) {
                continue;
            }
            if let Some(draft) = judge(cx, *tx, id, end, receive) {
                sink.add(draft);
            }
        }
    }
}

/// Channels whose receiver ends when all senders are gone.
fn is_channel(ty: &Ty) -> bool {
    let Ty::Tuple(ends) = ty else { return false };
    matches!(
        ends.get(1).and_then(Ty::known),
        Some(Known::Receiver | Known::BroadcastReceiver | Known::SyncReceiver)
    )
}

/// Loops over the receiver that nothing but its end can end, with the receive itself.
fn ends(cx: &Cx<'_>, rx: BindingId) -> Vec<(NodeId, NodeId)> {
    let mut out = Vec::new();
    for used in &cx.tree.binding(rx).uses {
        if let Some(found) = end_at(cx, *used) {
            out.push(found);
        } else if let Some(stream) = renamed(cx, *used) {
            out.extend(cx.tree.binding(stream).uses.iter().filter_map(|used| end_at(cx, *used)));
        }
    }
    out
}

/// `let mut stream = ReceiverStream::new(rx);`
fn renamed(cx: &Cx<'_>, used: NodeId) -> Option<BindingId> {
    let call = cx.tree.parent(used)?;
    let Kind::Call { .. } = cx.kind(call) else { return None };
    let path = cx.callee(call)?;
    let Some(Kind::Let { pat, .. }) = cx.tree.parent(call).map(|id| cx.kind(id)) else { return None };
    let Kind::Bind { binding, .. } = cx.kind(*pat) else { return None };
    path.ends_with("Stream::new").then_some(*binding)
}

/// The loop whose only end is that of the receiver used here, and the receive.
fn end_at(cx: &Cx<'_>, used: NodeId) -> Option<(NodeId, NodeId)> {
    let call = cx.tree.parent(used)?;
    if let Kind::For { iter, .. } = cx.kind(call)
        && *iter == used
    {
        return only_end(cx, call).then_some((call, used));
    }
    let Kind::Method { recv, name, .. } = cx.kind(call) else { return None };
    if *recv != used {
        return None;
    }
    let outer = cx.tree.parent(call)?;
    match &**name {
        "recv" | "next" | "recv_async" => {
            // A blocking receive is its own wait.
            let wait = if matches!(cx.kind(outer), Kind::Await { .. }) { outer } else { call };
            let head = cx.tree.parent(wait)?;
            match cx.kind(head) {
                Kind::LetCond { pat, .. } if takes_all(cx, *pat) => {
                    let around = cx.tree.parent(head)?;
                    (matches!(cx.kind(around), Kind::While { .. }) && only_end(cx, around))
                        .then_some((around, call))
                }
                Kind::Match { arms, .. } => {
                    let around = crate::flow::enclosing_loop(cx, head)?;
                    let is_loop = matches!(cx.kind(around), Kind::Loop { .. });
                    (is_loop && only_none_leaves(cx, around, arms)).then_some((around, call))
                }
                _ => None,
            }
        }
        "collect" if matches!(cx.kind(outer), Kind::Await { .. }) => Some((cx.tree.stmt_of(call), call)),
        "iter" | "into_iter" => match cx.kind(outer) {
            Kind::For { iter, .. } if *iter == call => only_end(cx, outer).then_some((outer, call)),
            _ => None,
        },
        _ => None,
    }
}

/// `Some(x)` for every x.
fn takes_all(cx: &Cx<'_>, pat: NodeId) -> bool {
    let Kind::PatCall { segs, elems } = cx.kind(pat) else { return false };
    matches!(segs.last().map_or("", |name| name), "Some" | "Ok")
        && elems.iter().all(|elem| is_irrefutable(cx, *elem))
}

fn is_irrefutable(cx: &Cx<'_>, pat: NodeId) -> bool {
    match cx.kind(pat) {
        Kind::Wild => true,
        Kind::Bind { sub, .. } => sub.is_none(),
        Kind::PatTuple { elems } => elems.iter().all(|elem| is_irrefutable(cx, *elem)),
        Kind::PatStruct { fields, .. } => fields.iter().all(|(_, pat)| is_irrefutable(cx, *pat)),
        _ => false,
    }
}

fn only_end(cx: &Cx<'_>, around: NodeId) -> bool {
    exits(cx, around).is_empty()
}

/// `match rx.recv().await { Some(x) => .., None => break }`: every way out stands in the arm of the end.
fn only_none_leaves(cx: &Cx<'_>, around: NodeId, arms: &[NodeId]) -> bool {
    let is_end = |arm: &&NodeId| match cx.kind(**arm) {
        Kind::Arm { pat, .. } => match cx.kind(*pat) {
            Kind::PatPath { segs } => segs.last().is_some_and(|name| &**name == "None"),
            Kind::PatCall { segs, .. } => segs.last().is_some_and(|name| &**name == "Err"),
            _ => false,
        },
        _ => false,
    };
    let Some(end) = arms.iter().find(is_end) else { return false };
    let exits = exits(cx, around);
    !exits.is_empty() && exits.iter().all(|exit| cx.tree.contains(*end, *exit))
}

fn judge(cx: &Cx<'_>, tx: BindingId, made: NodeId, end: NodeId, receive: NodeId) -> Option<Draft> {
    let begin = cx.tree.span(end).lo;
    let mut is_used_after = false;
    for used in &cx.tree.binding(tx).uses {
        if cx.tree.contains(end, *used) {
            return None;
        }
        if cx.tree.span(*used).lo > begin {
            is_used_after = true;
            continue;
        }
        match use_of(cx, tx, *used) {
            // On one path only it is still held on the other.
            Use::Dropped if is_conditional(cx, *used, made) => {}
            Use::Method(
                "clone" | "is_closed" | "capacity" | "send" | "try_send" | "blocking_send" | "subscribe"
                | "max_capacity" | "downgrade" | "send_async" | "reserve" | "try_reserve" | "len"
                | "sender_count" | "strong_count" | "receiver_count" | "same_channel",
            ) => {}
            Use::Borrowed | Use::Captured | Use::Printed if !may_escape(cx, *used) => {}
            _ => return None,
        }
    }
    let name = &cx.tree.binding(tx).name;
    let span = match cx.kind(receive) {
        Kind::Method { at, .. } => *at,
        _ => cx.tree.span(receive),
    };
    let mut draft = Draft::new(
        span,
        format!("self-held sender: this waits until all senders are gone, and `{name}` of the same function is one"),
        "never ends",
    )
    .second(cx.tree.span(cx.tree.binding(tx).decl), format!("`{name}` lives until the end of its block"))
    .help(format!("`drop({name});` before the loop, or move `{name}` into the last task that sends"));
    if !is_used_after {
        draft.fix = fix(cx, end, name);
    }
    Some(draft)
}

/// The reference is stored or returned somewhere that one cannot see.
fn may_escape(cx: &Cx<'_>, used: NodeId) -> bool {
    cx.tree
        .ancestors(used)
        .take_while(|id| !matches!(cx.kind(*id), Kind::Stmt { .. }))
        .any(|id| matches!(cx.kind(id), Kind::Return { .. }))
}

fn is_conditional(cx: &Cx<'_>, used: NodeId, made: NodeId) -> bool {
    let home = cx.tree.parent(made);
    cx.tree.ancestors(used).take_while(|id| Some(*id) != home).any(|id| {
        matches!(cx.kind(id), Kind::If { .. } | Kind::Match { .. } | Kind::While { .. } | Kind::For { .. })
    })
}

/// `drop(tx);` on a line of its own before the loop's.
fn fix(cx: &Cx<'_>, end: NodeId, name: &str) -> Option<Fix> {
    let stmt = cx.tree.stmt_of(end);
    let at = cx.tree.span(stmt).lo as usize;
    let line = cx.file.text[..at].rfind('\n').map_or(0, |n| n + 1);
    let indent = &cx.file.text[line..at];
    let is_alone = indent.trim().is_empty();
    let at = u32::try_from(at).ok()?;
    let text = if is_alone { format!("drop({name});\n{indent}") } else { format!("drop({name}); ") };
    debug_assert!(here(cx, end).contains(&end), "the loop is in its own body");
    Some(Fix { title: format!("drop `{name}` before the loop"), start: at, end: at, text })
}
