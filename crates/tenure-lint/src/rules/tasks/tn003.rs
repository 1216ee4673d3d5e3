//! TN003 parked-handle: a field keeps a handle that nothing in the package reads.

use crate::names::{Cx, Known, Ty};
use crate::rules::{Draft, Sink};
use crate::tree::{ModuleId, Type};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    let package = cx.file.package;
    for def in &cx.tree.types {
        let path = full_path(cx, def.module, &def.name);
        if cx.program.is_dropper(&path) {
            continue;
        }
        for field in def
            .fields
            .iter()
            .filter(|field| !(field.is_pub && is_library(cx)) && holds_handle(cx, def.module, &field.ty))
        {
            let links = &cx.program.links;
            let is_read = match &field.variant {
                Some(variant) => match field.name.parse::<usize>() {
                    Ok(n) => links.binds(package, variant, n),
                    Err(_) => links.reads_field(package, variant, &field.name),
                },
                None => {
                    links.reads_field(package, &path, &field.name)
                        || field.name.parse::<usize>().is_ok_and(|n| {
                            links.binds(package, &def.name, n) || links.binds(package, "Self", n)
                        })
                }
            };
            if is_read || cx.program.unparsed_mentions(&format!(".{}", field.name)) {
                continue;
            }
            let mut draft = Draft::new(
                field.at,
                "parked handle: nothing reads this field, so its task or thread is never joined, and dropping it detaches",
                "written, never read",
            )
            .help("await or abort it when its owner stops, or keep an AbortOnDropHandle or a JoinSet instead");
            draft.is_test = def.is_test;
            sink.add(draft);
        }
    }
    for def in cx.tree.statics.iter().filter(|def| !def.is_constant && holds_handle(cx, def.module, &def.ty))
    {
        let is_used =
            cx.program.files.iter().any(|file| mentions(&file.text, &def.name) > usize::from(file.n == cx.n));
        if !is_used {
            let mut draft =
                Draft::new(def.at, "parked handle: nothing reads this static", "written, never read")
                    .help("join or abort it when the program stops");
            draft.is_test = def.is_test;
            sink.add(draft);
        }
    }
}

/// Other crates may read what is public.
fn is_library(cx: &Cx<'_>) -> bool {
    cx.program.package(cx.file).is_some_and(|package| package.has_library)
}

fn mentions(text: &str, name: &str) -> usize {
    text.matches(name).count()
}

fn holds_handle(cx: &Cx<'_>, module: ModuleId, ty: &Type) -> bool {
    let ty: Ty = cx.program.ty(cx.n, module, None, ty);
    ty.holds(&|known| matches!(known, Known::TaskHandle | Known::ThreadHandle))
}

pub(super) fn full_path(cx: &Cx<'_>, module: ModuleId, name: &str) -> String {
    cx.program.path_in(cx.n, module, name)
}
