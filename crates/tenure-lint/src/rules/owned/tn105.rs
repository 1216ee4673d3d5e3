//! TN105 parked-context: a context kept in a field outlives its request.

use super::given::is;
use crate::names::Cx;
use crate::rules::{Draft, Sink};
use crate::tree::{ModuleId, Type};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    // tenure's own types are what keeps them.
    if cx.program.package(cx.file).is_some_and(|package| package.name == "tenure") {
        return;
    }
    let types =
        cx.tree.types.iter().flat_map(|def| {
            def.fields.iter().map(move |field| (def.module, &field.ty, field.at, def.is_test))
        });
    let statics = cx.tree.statics.iter().map(|def| (def.module, &def.ty, def.at, def.is_test));
    for (module, ty, at, is_test) in types.chain(statics) {
        let Some(name) = kept(cx, module, ty) else { continue };
        let mut draft = Draft::new(
            at,
            format!("parked context: a `{name}` in a field outlives the request or task it was made for"),
            "kept here",
        )
        .help("give it as an argument where it is needed; keep an `OwnerRef` or a `TaskHandle`");
        draft.is_test = is_test;
        sink.add(draft);
    }
}

fn kept(cx: &Cx<'_>, module: ModuleId, ty: &Type) -> Option<&'static str> {
    if matches!(ty, Type::Ref(_)) {
        return None;
    }
    let ty = cx.program.ty(cx.n, module, None, ty);
    ["Context", "Scope", "Turn"]
        .into_iter()
        .find(|name| is(&ty, name) || ty.elem().is_some_and(|elem| is(elem, name)))
}
