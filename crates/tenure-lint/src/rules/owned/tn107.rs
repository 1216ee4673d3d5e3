//! TN107 blocking-turn: a turn that blocks its owner's thread, or calls its own owner.

use super::given::is;
use crate::names::{Cx, Ty};
use crate::rules::process::tn011::blocking;
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Some(turn) = turn_at(cx, id) else { continue };
        if let Some((at, what, _)) = blocking(cx, id) {
            sink.add(
                Draft::new(
                    at,
                    format!("blocking turn: {what} keeps the owner from every other request"),
                    "blocks here",
                )
                .help("`scope.blocking(\"name\", || ..)`, or answer later from a task of the turn"),
            );
        }
        if let Kind::Method { recv, name, .. } = cx.kind(id)
            && matches!(&**name, "call" | "with")
            && calls_itself(cx, turn, *recv)
        {
            sink.add(
                Draft::new(
                    cx.callee_span(id),
                    "blocking turn: the owner waits for itself, and this request can never begin",
                    "its own owner",
                )
                .help("work on the state at hand, or `cast` what is to be done later"),
            );
        }
    }
}

/// The function or closure of a turn around `id`.
fn turn_at(cx: &Cx<'_>, id: NodeId) -> Option<NodeId> {
    let body = cx.tree.fn_like(id)?;
    match cx.kind(body) {
        Kind::Fn { .. } => {
            let func = cx.func_of(body);
            let is_handler = matches!(
                func.trait_name.as_deref(),
                Some("Handle" | "HandleAsync" | "HandleTurn" | "HandleBatch")
            );
            (is_handler && func.name.starts_with("handle")).then_some(body)
        }
        Kind::Closure { .. } => {
            let call = cx.tree.parent(body)?;
            let Kind::Method { recv, name, .. } = cx.kind(call) else { return None };
            (matches!(&**name, "with" | "try_with") && is(&cx.ty(*recv), "OwnerRef")).then_some(body)
        }
        _ => None,
    }
}

/// `OwnerRef<Store>` in a turn of `Store`.
fn calls_itself(cx: &Cx<'_>, turn: NodeId, recv: NodeId) -> bool {
    let ty = cx.ty(recv);
    let Ty::Adt { args, .. } = ty.core() else { return false };
    let func = cx.func_of(turn);
    let Some(own) = &func.self_ty else { return false };
    let own = cx.lower_ty(func, own);
    is(&ty, "OwnerRef") && args.first().is_some_and(|of| of.path().is_some() && of.path() == own.path())
}
