//! Whether a value is dropped where it is made.

use super::uses::is_lookup_only;
use crate::names::Cx;
use crate::tree::{BindingId, Flavor, Kind, NodeId};

/// How a value is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// `T;`
    Statement,
    /// `let _ = T`, `_ = T`
    Underscore,
    /// `drop(T)`, `forget(T)`
    Dropped,
    /// A name that nothing is done with.
    Unused(BindingId),
}

/// How the value of `value` is dropped at once; `None` if it is kept, or if that is not known. `through` are methods that
/// hand the value on.
pub(crate) fn discarded(cx: &Cx<'_>, value: NodeId, through: &[&str]) -> Option<How> {
    let mut id = value;
    loop {
        let parent = cx.tree.parent(id)?;
        match cx.kind(parent) {
            Kind::Stmt { has_semi: true, .. } => return Some(How::Statement),
            Kind::Stmt { has_semi: false, .. } => {
                let block = cx.tree.parent(parent)?;
                let Kind::Block { stmts, flavor, .. } = cx.kind(block) else { return None };
                // In the middle of a block only a value of `()` may stand so; else one of several tails under `cfg`.
                if stmts.last() != Some(&parent) {
                    return None;
                }
                if matches!(flavor, Flavor::Async { .. }) {
                    return None;
                }
                id = block;
                continue;
            }
            Kind::If { cond, .. } if *cond != id => {}
            Kind::Arm { body, .. } | Kind::SelectArm { body, .. } if *body == id => {}
            Kind::Match { scrut, .. } if *scrut != id => {}
            Kind::Select { .. } => {}
            Kind::Loop { body, .. } | Kind::While { body, .. } | Kind::For { body, .. } if *body == id => {
                return Some(How::Statement);
            }
            Kind::Try { .. } => {}
            Kind::Method { recv, name, .. } if *recv == id && through.contains(&&**name) => {}
            Kind::Call { .. } if is_drop(cx, parent) => return Some(How::Dropped),
            Kind::Assign { left, right, .. } if *right == id => {
                return matches!(cx.kind(*left), Kind::Infer).then_some(How::Underscore);
            }
            Kind::Let { pat, init: Some(init), .. } if *init == id => {
                return match cx.kind(*pat) {
                    Kind::Wild => Some(How::Underscore),
                    Kind::Bind { binding, .. } if is_lookup_only(cx, *binding) => Some(How::Unused(*binding)),
                    _ => None,
                };
            }
            _ => return None,
        }
        id = parent;
    }
}

/// `drop(x)`, `mem::drop(x)`, `mem::forget(x)`.
pub(crate) fn is_drop(cx: &Cx<'_>, call: NodeId) -> bool {
    let Kind::Call { callee, args } = cx.kind(call) else { return false };
    let Kind::Path { segs } = cx.kind(*callee) else { return false };
    args.len() == 1
        && match &**segs.last().unwrap_or(&segs[0]) {
            "drop" => segs.len() == 1 || segs.iter().any(|seg| &**seg == "mem"),
            "forget" => segs.len() == 1 || segs.iter().any(|seg| &**seg == "mem"),
            _ => false,
        }
}
