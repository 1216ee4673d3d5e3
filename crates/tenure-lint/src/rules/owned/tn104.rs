//! TN104 lost-context: a context that is given and not passed on.

use super::given::{context_at, is};
use crate::flow::waits;
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::NodeId;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for func in &cx.tree.funcs {
        // The signature of a trait's function is not its own choice.
        if func.root == NodeId::NONE || func.trait_name.is_some() || waits(cx, func.root).is_empty() {
            continue;
        }
        for binding in func.params.iter().filter_map(|(binding, _)| *binding) {
            let known = cx.tree.binding(binding);
            if known.uses.is_empty() && is(&cx.binding_ty(binding), "Context") {
                let draft = Draft::new(
                    cx.tree.span(known.decl),
                    format!(
                        "lost context: `{}` is given, and the waits of `{}` do not end with it",
                        known.name, func.name
                    ),
                    "never used",
                );
                sink.add(draft.help("pass it to what is awaited: `ctx.select(..)`, `owner.call(&ctx, ..)`"));
            }
        }
    }
    for id in cx.tree.ids() {
        let Some(path) = cx.callee(id) else { continue };
        let is_new = matches!(
            &*path,
            "tenure::Context::detached" | "tenure::Root::run" | "tenure::Root::new" | "tenure::Root::builder"
        );
        if is_new && context_at(cx, id).is_some() {
            sink.add(
                Draft::new(
                    cx.callee_span(id),
                    "lost context: a new root is made where a context is at hand",
                    "does not end with it",
                )
                .help("pass the context on, or open a scope in it: `ctx.scope(..)`"),
            );
        }
    }
}
