//! TN106 ignored-outcome: the outcome of a call, a stop or a run is thrown away.

use super::given::is;
use crate::flow::discarded;
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let what = match cx.kind(id) {
            Kind::Method { recv, name, .. } if is(&cx.ty(*recv), "OwnerRef") => match &**name {
                "call" | "cast" | "try_call" | "try_cast" | "cast_with" | "with" | "try_with" | "stop" => {
                    &**name
                }
                _ => continue,
            },
            Kind::Call { .. } => match cx.callee(id).as_deref() {
                Some("tenure::Root::run") => "run",
                _ => continue,
            },
            _ => continue,
        };
        let value = awaited(cx, id).unwrap_or(id);
        let is_handed_on =
            cx.tree.parent(value).is_some_and(|parent| matches!(cx.kind(parent), Kind::Try { .. }));
        if is_handed_on || discarded(cx, value, &["ok"]).is_none() {
            continue;
        }
        sink.add(
            Draft::new(
                cx.callee_span(id),
                format!("ignored outcome: whether this `{what}` was done, refused or lost is thrown away"),
                "its result is dropped",
            )
            .help("look at the error: its kind says whether it was handled, its `help()` what to do"),
        );
    }
}

fn awaited(cx: &Cx<'_>, id: NodeId) -> Option<NodeId> {
    cx.tree.parent(id).filter(|parent| matches!(cx.kind(*parent), Kind::Await { .. }))
}
