//! What is done with a binding.

use super::discard::is_drop;
use crate::names::Cx;
use crate::tree::{BindingId, Flavor, Kind, NodeId};

/// One use of a local name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use<'a> {
    Awaited,
    /// A method is called on it.
    Method(&'a str),
    /// A field of it is used.
    Field,
    /// `&x`.
    Borrowed,
    /// Printed by a macro.
    Printed,
    /// Dropped by name.
    Dropped,
    /// Given away: an argument, a return, a field, an assignment, or captured by what owns its captures.
    Moved,
    /// Used inside a closure or future that does not own it.
    Captured,
    /// It is given another value.
    Assigned,
}

/// What is done with the binding at `used`, one of its uses.
pub(crate) fn use_of<'a>(cx: &Cx<'a>, binding: BindingId, used: NodeId) -> Use<'a> {
    let decl = cx.tree.binding(binding).decl;
    match captor(cx, decl, used) {
        Some(true) => return Use::Moved,
        Some(false) => return Use::Captured,
        None => {}
    }
    let Some(parent) = cx.tree.parent(used) else { return Use::Moved };
    match cx.kind(parent) {
        Kind::Await { .. } => Use::Awaited,
        Kind::Method { recv, name, .. } if *recv == used => Use::Method(name),
        Kind::Field { .. } | Kind::Index { .. } => Use::Field,
        Kind::Ref { .. } | Kind::Deref { .. } => Use::Borrowed,
        Kind::Macro { path, is_opaque: false, .. } if is_printing(path.last().map_or("", |name| name)) => {
            Use::Printed
        }
        Kind::Macro { path, .. } if matches!(path.last().map_or("", |name| name), "pin" | "pin_mut") => {
            Use::Borrowed
        }
        Kind::Call { .. } if is_drop(cx, parent) => Use::Dropped,
        Kind::Assign { left, .. } if *left == used => Use::Assigned,
        Kind::Binary { .. } => Use::Borrowed,
        _ => Use::Moved,
    }
}

/// Whether a function-like thing between the declaration and the use owns its captures; `None`: there is none.
fn captor(cx: &Cx<'_>, decl: NodeId, used: NodeId) -> Option<bool> {
    let home = cx.tree.fn_like(decl);
    let mut found = None;
    for id in cx.tree.ancestors(used).filter(|id| cx.tree.is_fn_like(*id)) {
        if Some(id) == home {
            break;
        }
        let owns = match cx.kind(id) {
            Kind::Closure { is_move, .. } => *is_move,
            Kind::Block { flavor: Flavor::Async { is_move }, .. } => *is_move,
            _ => true,
        };
        found = Some(found.unwrap_or(false) || owns);
    }
    found
}

fn is_printing(name: &str) -> bool {
    matches!(
        name,
        "format"
            | "format_args"
            | "print"
            | "println"
            | "eprint"
            | "eprintln"
            | "write"
            | "writeln"
            | "trace"
            | "debug"
            | "info"
            | "warn"
            | "error"
            | "event"
            | "log"
            | "dbg"
            | "assert"
            | "assert_eq"
            | "assert_ne"
            | "debug_assert"
            | "matches"
            | "debug_assert_eq"
            | "info_span"
            | "debug_span"
            | "span"
            | "error_span"
            | "trace_span"
            | "panic"
    )
}

/// Whether nothing is done with the handle but to look at it, or to drop it: it is as good as dropped where it was made.
pub(crate) fn is_lookup_only(cx: &Cx<'_>, binding: BindingId) -> bool {
    cx.tree.binding(binding).uses.iter().all(|used| match use_of(cx, binding, *used) {
        Use::Method(name) => matches!(name, "id" | "is_finished" | "thread"),
        Use::Printed | Use::Dropped => true,
        _ => false,
    })
}
