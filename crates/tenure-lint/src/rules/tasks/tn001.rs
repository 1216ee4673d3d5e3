//! TN001 detached-task: the handle of a task is dropped where it is made.

use crate::finding::Confidence;
use crate::flow::{How, Sort, Spawn, discarded, here, spawn_of};
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::{Kind, NodeId};

/// Methods that hand a fallible spawn's handle on.
pub(super) const THROUGH: [&str; 4] = ["unwrap", "expect", "ok", "map_err"];

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Some(spawn) = spawn_of(cx, id).filter(|spawn| spawn.sort == Sort::Task) else { continue };
        if let Some(how) = discarded(cx, spawn.value, &THROUGH) {
            sink.add(draft(cx, &spawn, how));
        }
    }
}

fn draft(cx: &Cx<'_>, spawn: &Spawn, how: How) -> Draft {
    let label = match how {
        How::Statement | How::Underscore => "its JoinHandle is dropped here".to_owned(),
        How::Dropped => "its JoinHandle is dropped on purpose".to_owned(),
        How::Unused(binding) => {
            format!(
                "`{}` is never joined or stopped, and a handle is no guard",
                cx.tree.binding(binding).name
            )
        }
    };
    let mut draft = Draft::new(spawn.at, "detached task: nobody joins, stops or sees the failure of this task", label)
        .help("keep the handle and await it, put it in a JoinSet, or spawn it in a scope: `scope.spawn(\"name\", ..)`");
    let func = cx.func_of(spawn.call);
    if func.trait_name.as_deref() == Some("Drop") {
        draft = draft.note("cleanup in a detached task is not waited for at exit");
    }
    if let Some(through) = spawn.through.and_then(|at| cx.program.func(at)) {
        draft = draft.note(format!("`{}` returns the handle of the task it starts", through.name));
    }
    if let Some(work) = spawn.work {
        if let Some(stop) = stop_signal(cx, work) {
            draft = draft
                .confidence(Confidence::Medium)
                .note(format!("it stops on `{stop}`, but nothing joins it"));
        } else if let Some(done) = completion_sender(cx, work) {
            draft = draft
                .confidence(Confidence::Medium)
                .note(format!("the task holds `{done}`, so shutdown can wait for it, but its panic is lost"));
        }
    }
    draft
}

/// What the body awaits that can tell it to stop.
fn stop_signal(cx: &Cx<'_>, work: NodeId) -> Option<String> {
    let mut found = None;
    cx.tree.walk(work, &mut |id| {
        let awaited = match cx.kind(id) {
            Kind::Await { base } => Some(*base),
            Kind::SelectArm { fut, .. } => Some(*fut),
            _ => None,
        };
        if let Some(awaited) = awaited
            && found.is_none()
            && is_stop(cx, cx.strip(awaited))
        {
            found = Some(short(cx.text(cx.tree.span(awaited))));
        }
        true
    });
    found
}

fn is_stop(cx: &Cx<'_>, awaited: NodeId) -> bool {
    let of = |id: NodeId| cx.ty(id).core_known();
    match cx.kind(awaited) {
        Kind::Method { recv, name, .. } => match &**name {
            "cancelled" | "cancelled_owned" | "notified" => true,
            "changed" | "wait_for" => of(*recv).is_none_or(|known| known == Known::WatchReceiver),
            "recv" => of(*recv) == Some(Known::BroadcastReceiver),
            _ => false,
        },
        _ => of(awaited) == Some(Known::OneshotReceiver),
    }
}

/// A sender that the task owns and never uses: its end is the message.
fn completion_sender(cx: &Cx<'_>, work: NodeId) -> Option<String> {
    here(cx, work).into_iter().chain(cx.tree.all(work)).find_map(|id| match cx.kind(id) {
        Kind::Local { binding } => {
            let name = &cx.tree.binding(*binding).name;
            let says = ["done", "complete", "finished"].iter().any(|word| name.contains(word));
            (says && cx.tree.parent(id).is_some_and(|parent| !matches!(cx.kind(parent), Kind::Field { .. })))
                .then(|| name.to_string())
        }
        _ => None,
    })
}

/// On one line, and not longer than a name.
pub(crate) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}..", &line[..at]),
        None => line,
    }
}
