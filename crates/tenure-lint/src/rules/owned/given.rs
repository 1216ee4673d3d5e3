//! What tenure gives to a place in the code: a context, an owner, a turn.

use crate::names::{Cx, Ty};
use crate::tree::{BindingId, Kind, NodeId};

/// Whether the type is tenure's of this name.
pub(super) fn is(ty: &Ty, name: &str) -> bool {
    ty.core()
        .path()
        .is_some_and(|path| path.starts_with("tenure::") && path.rsplit("::").next() == Some(name))
}

/// A context or turn that is a parameter of a function or closure around `id`.
pub(super) fn context_at(cx: &Cx<'_>, id: NodeId) -> Option<BindingId> {
    for around in cx.tree.ancestors(id).filter(|id| cx.tree.is_fn_like(*id)) {
        match cx.kind(around) {
            Kind::Fn { .. } => {
                let func = cx.func_of(around);
                let given = func.params.iter().filter_map(|(binding, _)| *binding).find(|binding| {
                    let ty = cx.binding_ty(*binding);
                    is(&ty, "Context") || is(&ty, "Turn")
                });
                return given;
            }
            Kind::Closure { params, .. } => {
                // `scope.spawn("name", |ctx| ..)`: the name is a convention, the method is tenure's.
                if let Some(Kind::Bind { binding, .. }) = params.first().map(|param| cx.kind(*param))
                    && &*cx.tree.binding(*binding).name == "ctx"
                {
                    return Some(*binding);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether the wait at `id` ends with a context: inside of `ctx.select(..)`, `ctx.until(..)`, or beside it in a `select!`.
pub(super) fn ends_with_context(cx: &Cx<'_>, id: NodeId) -> bool {
    let mut below = id;
    for around in cx.tree.ancestors(id) {
        match cx.kind(around) {
            Kind::Method { recv, name, .. }
                if *recv != below && matches!(&**name, "select" | "until" | "scope" | "race") =>
            {
                return true;
            }
            Kind::Select { arms, .. } if arms.iter().any(|arm| is_end(cx, *arm)) => return true,
            Kind::Fn { .. } => return false,
            _ => {}
        }
        below = around;
    }
    false
}

/// `_ = ctx.cancelled() => ..`
fn is_end(cx: &Cx<'_>, arm: NodeId) -> bool {
    let Kind::SelectArm { fut, .. } = cx.kind(arm) else { return false };
    matches!(cx.kind(*fut), Kind::Method { name, .. } if matches!(&**name, "cancelled" | "draining" | "ended"))
}
