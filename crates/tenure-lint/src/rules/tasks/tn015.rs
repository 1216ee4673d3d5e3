//! TN015 unreaped-task-set: tasks go into a set, and nobody takes their results.

use super::tn003::full_path;
use crate::finding::Confidence;
use crate::flow::{enclosing_loop, field_key, field_under, waits};
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{BindingId, Kind, NodeId};
use std::collections::HashSet;

/// Calls that take results out of a set.
const REAPS: [&str; 9] = [
    "join_next",
    "join_next_with_id",
    "try_join_next",
    "try_join_next_with_id",
    "poll_join_next",
    "join_all",
    "shutdown",
    "detach_all",
    "poll_join_next_with_id",
];

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for (n, binding) in (0..).zip(&cx.tree.bindings) {
        let id = BindingId(n);
        if is_made_here(cx, binding.decl)
            && let Some(known) = cx.binding_ty(id).core_known()
        {
            match known {
                Known::JoinSet | Known::JoinMap => local(cx, sink, id),
                Known::Futures => futures(cx, sink, id),
                _ => {}
            }
        }
    }
    fields(cx, sink);
}

fn is_made_here(cx: &Cx<'_>, decl: NodeId) -> bool {
    let Some(Kind::Let { init: Some(init), .. }) = cx.tree.parent(decl).map(|id| cx.kind(id)) else {
        return false;
    };
    matches!(cx.kind(*init), Kind::Call { .. })
}

/// The methods called on the set; `None` if it goes elsewhere.
fn methods<'a>(cx: &Cx<'a>, id: BindingId) -> Option<Vec<(&'a str, NodeId)>> {
    let mut out = Vec::new();
    for used in &cx.tree.binding(id).uses {
        let parent = cx.tree.parent(*used)?;
        match cx.kind(parent) {
            Kind::Method { recv, name, .. } if recv == used => out.push((&**name, parent)),
            _ => return None,
        }
    }
    Some(out)
}

fn local(cx: &Cx<'_>, sink: &mut Sink, id: BindingId) {
    let Some(methods) = methods(cx, id) else { return };
    let mut spawns = methods.iter().filter(|(name, _)| name.starts_with("spawn")).map(|(_, call)| *call);
    let Some(first) = spawns.next() else { return };
    let is_reap = |name: &str| REAPS.contains(&name);
    let at = cx.callee_span(first);
    if !methods.iter().any(|(name, _)| is_reap(name)) {
        let draft = Draft::new(
            at,
            "unreaped task set: nobody takes the results of its tasks; when the set is dropped they are aborted",
            "into a set that is never asked",
        );
        sink.add(draft.help("end with `while let Some(result) = set.join_next().await { result?; }` or `set.join_all().await`"));
        return;
    }
    let open = std::iter::once(first).chain(spawns).find_map(|call| {
        let around = open_ended(cx, call)?;
        let is_reaped = methods.iter().any(|(name, reap)| is_reap(name) && cx.tree.contains(around, *reap));
        (!is_reaped).then_some((call, around))
    });
    if let Some((call, around)) = open {
        let head = match cx.kind(around) {
            Kind::Loop { at, .. } | Kind::While { at, .. } => *at,
            _ => return,
        };
        sink.add(
            Draft::new(
                cx.callee_span(call),
                "unreaped task set: it is filled in a loop and reaped only after it, so finished results pile up",
                "kept until the loop ends",
            )
            .second(head, "this loop takes no result out")
            .confidence(Confidence::Medium)
            .help("take results in the loop: an arm `Some(result) = set.join_next() => ..`, or `try_join_next` before the spawn"),
        );
    }
}

/// The loop around the call, if it goes on as long as events come.
fn open_ended(cx: &Cx<'_>, call: NodeId) -> Option<NodeId> {
    let mut around = enclosing_loop(cx, call)?;
    loop {
        match cx.kind(around) {
            Kind::Loop { .. } if !waits(cx, around).is_empty() => return Some(around),
            Kind::While { cond, .. } if !waits(cx, *cond).is_empty() => return Some(around),
            _ => around = enclosing_loop(cx, around)?,
        }
    }
}

/// Handles in a `FuturesUnordered` that is never polled.
fn futures(cx: &Cx<'_>, sink: &mut Sink, id: BindingId) {
    let Some(methods) = methods(cx, id) else { return };
    let pushed = methods.iter().find(|(name, call)| {
        let Kind::Method { args, .. } = cx.kind(*call) else { return false };
        *name == "push" && args.first().is_some_and(|arg| cx.ty(*arg).core_known() == Some(Known::TaskHandle))
    });
    let is_polled = methods.iter().any(|(name, _)| !matches!(*name, "push" | "len" | "is_empty"));
    if let (Some((_, call)), false) = (pushed, is_polled) {
        sink.add(
            Draft::new(
                cx.callee_span(*call),
                "unreaped task set: the handles are never polled, so panics are unseen",
                "never asked",
            )
            .help("end with `while let Some(result) = handles.next().await { result?; }`"),
        );
    }
}

/// Sets in fields: every method of the package counts.
fn fields(cx: &Cx<'_>, sink: &mut Sink) {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for id in cx.tree.ids() {
        let Kind::Method { recv, name, .. } = cx.kind(id) else { continue };
        if !name.starts_with("spawn")
            || !matches!(cx.ty(*recv).core_known(), Some(Known::JoinSet | Known::JoinMap))
        {
            continue;
        }
        let Some(field) = field_under(cx, cx.origin(*recv)) else { continue };
        let (Some(path), name) = field_key(cx, field) else { continue };
        let links = &cx.program.links;
        let package = cx.file.package;
        let is_ours = cx.program.type_def(&path).is_some();
        let is_reaped =
            links.calls_on_field(package, &path, &name, &REAPS) || links.field_escapes(package, &path, &name);
        if !is_ours
            || is_reaped
            || cx.program.unparsed_mentions("join_next")
            || !seen.insert((path.clone(), name.clone()))
        {
            continue;
        }
        if cx.tree.types.iter().any(|def| def.is_test && full_path(cx, def.module, &def.name) == path) {
            continue;
        }
        sink.add(
            Draft::new(
                cx.callee_span(id),
                format!("unreaped task set: nothing in the package takes results out of `{name}`, so they pile up and panics are unseen"),
                "into a set that is never asked",
            )
            .help("call `join_next` or `try_join_next` where tasks are added, or `shutdown` and look at the results"),
        );
    }
}
