//! Which guards of locks are alive where control waits. Control is followed: a guard that one branch drops is alive in the other.

use super::uses::{Use, use_of};
use crate::names::{Cx, Known};
use crate::tree::{BindingId, Kind, NodeId};

/// How a guard behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Blocks a thread: no wait at all may come while it lives.
    Sync,
    /// Blocks tasks.
    Async,
    /// A borrow of a watch channel's value, which blocks its sender.
    Watch,
}

/// A guard that is alive at a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) lock: Lock,
    /// The `let`, or the head that keeps it alive.
    pub(crate) guard: NodeId,
    /// The call of `lock`.
    pub(crate) call: NodeId,
    pub(crate) wait: NodeId,
}

#[derive(Clone, Copy)]
struct Guard {
    lock: Lock,
    node: NodeId,
    call: NodeId,
    binding: Option<BindingId>,
    is_alive: bool,
}

#[derive(Clone, Default)]
struct State {
    guards: Vec<Guard>,
    /// Names for what a guard protects.
    aliases: Vec<(BindingId, usize)>,
    /// Control does not come here.
    is_gone: bool,
}

/// Guards held at waits in the function-like body `root`, each once, at its first wait; `counts` says whether a wait counts
/// for an async guard.
pub(crate) fn held_at_waits(cx: &Cx<'_>, root: NodeId, counts: &dyn Fn(NodeId) -> bool) -> Vec<Held> {
    let mut walk = Walk { cx, root, counts, found: Vec::new() };
    let mut state = State::default();
    let body = match cx.kind(root) {
        Kind::Fn { body } | Kind::Closure { body, .. } => *body,
        _ => root,
    };
    walk.visit(body, &mut state);
    walk.found
}

struct Walk<'a, 'b> {
    cx: &'a Cx<'a>,
    root: NodeId,
    counts: &'b dyn Fn(NodeId) -> bool,
    found: Vec<Held>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, id: NodeId, state: &mut State) {
        if id != self.root && self.cx.tree.is_fn_like(id) {
            self.captured(id, state);
            return;
        }
        match self.cx.kind(id) {
            Kind::Block { stmts, .. } => {
                let mark = state.guards.len();
                stmts.iter().for_each(|stmt| self.visit(*stmt, state));
                state.guards.truncate(mark);
            }
            Kind::Let { pat, init: Some(init), els, .. } => {
                self.visit(*init, state);
                if let Some(els) = els {
                    let mut other = state.clone();
                    self.visit(*els, &mut other);
                }
                self.bind(*pat, *init, id, state);
            }
            Kind::If { cond, then, els } => self.if_else(*cond, *then, *els, state),
            Kind::While { cond, body, .. } => {
                let before = state.clone();
                let mark = state.guards.len();
                self.head(*cond, state);
                self.visit(*body, state);
                state.guards.truncate(mark);
                state.join(&before);
            }
            Kind::Loop { body, .. } => {
                let before = state.clone();
                self.visit(*body, state);
                // It is left by a `break`, with what was alive there; at most what was alive before.
                if state.is_gone {
                    *state = before;
                }
            }
            Kind::For { iter, body, .. } => {
                let before = state.clone();
                let mark = state.guards.len();
                self.visit(*iter, state);
                self.keep_temporary(*iter, state);
                self.visit(*body, state);
                state.guards.truncate(mark);
                state.join(&before);
            }
            Kind::Match { scrut, arms } => {
                let mark = state.guards.len();
                self.visit(*scrut, state);
                self.keep_temporary(*scrut, state);
                self.branches(arms, state, |walk, arm, state| walk.arm(arm, *scrut, state));
                state.guards.truncate(mark);
            }
            Kind::Select { arms, .. } => self.select(arms, state),
            Kind::Await { base } => {
                self.visit(*base, state);
                self.wait(id, state);
            }
            Kind::Return { .. } | Kind::Break { .. } | Kind::Continue { .. } => {
                self.children(id, state);
                state.is_gone = true;
            }
            Kind::Assign { left, right, .. } => self.assign(*left, *right, state),
            Kind::Local { binding } => self.used(*binding, id, state),
            _ => self.children(id, state),
        }
    }

    fn children(&mut self, id: NodeId, state: &mut State) {
        let mut below = Vec::new();
        self.cx.kind(id).children(&mut |child| below.push(child));
        below.into_iter().for_each(|child| self.visit(child, state));
    }

    fn if_else(&mut self, cond: NodeId, then: NodeId, els: Option<NodeId>, state: &mut State) {
        let mark = state.guards.len();
        self.head(cond, state);
        let mut other = state.clone();
        // A temporary of the head does not live into `else` (edition 2024), or one cannot tell.
        other.guards.truncate(mark);
        self.visit(then, state);
        if let Some(els) = els {
            self.visit(els, &mut other);
        }
        state.guards.truncate(mark);
        state.join(&other);
    }

    /// A condition; what `let` in it keeps alive lives through the body.
    fn head(&mut self, cond: NodeId, state: &mut State) {
        match self.cx.kind(cond) {
            Kind::LetCond { pat, scrut } => {
                self.visit(*scrut, state);
                if !self.bind(*pat, *scrut, *scrut, state) {
                    self.keep_temporary(*scrut, state);
                    self.alias(*pat, *scrut, state);
                }
            }
            Kind::Binary { left, right, .. } => {
                self.head(*left, state);
                self.head(*right, state);
            }
            _ => self.visit(cond, state),
        }
    }

    fn arm(&mut self, arm: NodeId, scrut: NodeId, state: &mut State) {
        let Kind::Arm { pat, guard, body } = self.cx.kind(arm) else { return };
        self.alias(*pat, scrut, state);
        if let Some(guard) = guard {
            self.visit(*guard, state);
        }
        self.visit(*body, state);
    }

    fn branches(
        &mut self,
        arms: &[NodeId],
        state: &mut State,
        mut visit: impl FnMut(&mut Self, NodeId, &mut State),
    ) {
        let before = state.clone();
        let mut joined: Option<State> = None;
        for arm in arms {
            let mut branch = before.clone();
            visit(self, *arm, &mut branch);
            branch.guards.truncate(before.guards.len());
            match &mut joined {
                Some(joined) => joined.join(&branch),
                None => joined = Some(branch),
            }
        }
        if let Some(joined) = joined {
            *state = joined;
        }
    }

    fn select(&mut self, arms: &[NodeId], state: &mut State) {
        for arm in arms {
            if let Kind::SelectArm { fut, .. } = self.cx.kind(*arm) {
                self.visit(*fut, state);
                self.wait(*fut, state);
            }
        }
        self.branches(arms, state, |walk, arm, state| match walk.cx.kind(arm) {
            Kind::SelectArm { body, .. } => walk.visit(*body, state),
            _ => walk.visit(arm, state),
        });
    }

    /// `g = lock.lock()` takes it again.
    fn assign(&mut self, left: NodeId, right: NodeId, state: &mut State) {
        self.visit(right, state);
        if let Kind::Local { binding } = self.cx.kind(left) {
            if let Some((lock, call)) = guard_of(self.cx, right) {
                let old = state.guards.iter_mut().find(|guard| guard.binding == Some(*binding));
                match old {
                    Some(guard) => guard.is_alive = true,
                    None => state.guards.push(Guard {
                        lock,
                        node: left,
                        call,
                        binding: Some(*binding),
                        is_alive: true,
                    }),
                }
            }
            return;
        }
        self.visit(left, state);
    }

    fn used(&mut self, binding: BindingId, id: NodeId, state: &mut State) {
        let gone = match use_of(self.cx, binding, id) {
            Use::Dropped => true,
            // `return g`, `wait(g)`, a field: somebody else has it now. The value of a block is not moved by being looked at.
            Use::Moved => !matches!(
                self.cx.tree.parent(id).map(|id| self.cx.kind(id)),
                Some(Kind::Match { .. } | Kind::LetCond { .. })
            ),
            _ => false,
        };
        if gone {
            for guard in state.guards.iter_mut().filter(|guard| guard.binding == Some(binding)) {
                guard.is_alive = false;
            }
        }
    }

    fn captured(&mut self, id: NodeId, state: &mut State) {
        for node in self.cx.tree.all(id) {
            if let Kind::Local { binding } = self.cx.kind(node)
                && use_of(self.cx, *binding, node) == Use::Moved
            {
                for guard in state.guards.iter_mut().filter(|guard| guard.binding == Some(*binding)) {
                    guard.is_alive = false;
                }
            }
        }
    }

    /// `let g = x.lock();`, `let Ok(g) = x.lock() else ..`. Whether a guard was bound.
    fn bind(&mut self, pat: NodeId, init: NodeId, node: NodeId, state: &mut State) -> bool {
        let Some((lock, call)) = guard_of(self.cx, init) else {
            self.alias(pat, init, state);
            return false;
        };
        let pat = match self.cx.kind(pat) {
            Kind::PatCall { elems, .. } if elems.len() == 1 => elems[0],
            _ => pat,
        };
        let Kind::Bind { binding, .. } = self.cx.kind(pat) else { return false };
        // A name for the future of a lock is no guard.
        let is_awaited = self
            .cx
            .tree
            .binding(*binding)
            .uses
            .iter()
            .any(|used| use_of(self.cx, *binding, *used) == Use::Awaited);
        if !is_awaited {
            state.guards.push(Guard { lock, node, call, binding: Some(*binding), is_alive: true });
        }
        !is_awaited
    }

    /// A guard in the receivers of a head lives as long as the body.
    fn keep_temporary(&mut self, scrut: NodeId, state: &mut State) {
        let mut id = scrut;
        loop {
            if let Some((lock, call)) = guard_of(self.cx, id) {
                state.guards.push(Guard { lock, node: scrut, call, binding: None, is_alive: true });
                return;
            }
            id = match self.cx.kind(id) {
                Kind::Method { recv: base, .. }
                | Kind::Field { base, .. }
                | Kind::Index { base, .. }
                | Kind::Ref { base }
                | Kind::Deref { base }
                | Kind::Try { base } => *base,
                _ => return,
            };
        }
    }

    /// `Some(c) = g.as_mut()`: `c` is what the lock is for.
    fn alias(&mut self, pat: NodeId, init: NodeId, state: &mut State) {
        let Some(n) = self.protects(init, state) else { return };
        for node in self.cx.tree.all(pat) {
            if let Kind::Bind { binding, .. } = self.cx.kind(node) {
                state.aliases.push((*binding, n));
            }
        }
    }

    /// The guard of which `id` is the content itself: through fields, `*`, `&mut`, `as_mut()`.
    fn protects(&self, mut id: NodeId, state: &State) -> Option<usize> {
        loop {
            if let Some((_, call)) = guard_of(self.cx, id)
                && let Some(n) = state.guards.iter().position(|guard| guard.call == call)
            {
                return Some(n);
            }
            id = match self.cx.kind(id) {
                Kind::Local { binding } => {
                    let own = state.guards.iter().position(|guard| guard.binding == Some(*binding));
                    return own
                        .or_else(|| state.aliases.iter().find(|(name, _)| name == binding).map(|(_, n)| *n));
                }
                Kind::Field { base, .. }
                | Kind::Ref { base }
                | Kind::Deref { base }
                | Kind::Try { base }
                | Kind::Await { base } => *base,
                Kind::Method { recv, name, args, .. } => {
                    let is_same = args.is_empty()
                        && matches!(
                            &**name,
                            "as_mut"
                                | "as_ref"
                                | "as_deref_mut"
                                | "as_deref"
                                | "deref_mut"
                                | "deref"
                                | "unwrap"
                                | "by_ref"
                                | "get_mut"
                                | "get_ref"
                                | "take"
                                | "iter_mut"
                                | "split"
                                | "borrow_mut"
                        );
                    if !is_same && !matches!(&**name, "expect" | "ok_or" | "ok_or_else" | "context") {
                        return None;
                    }
                    *recv
                }
                _ => return None,
            };
        }
    }

    /// Control waits at `id`.
    fn wait(&mut self, id: NodeId, state: &mut State) {
        if state.is_gone {
            return;
        }
        let awaited = match self.cx.kind(id) {
            Kind::Await { base } => *base,
            _ => id,
        };
        let own = match self.cx.kind(self.cx.strip(awaited)) {
            Kind::Method { recv, .. } => self.protects(*recv, state),
            _ => self.protects(awaited, state),
        };
        for (n, guard) in state.guards.iter_mut().enumerate().filter(|(_, guard)| guard.is_alive) {
            // The lock's own call, awaited.
            if self.cx.tree.contains(id, guard.call) || self.found.iter().any(|held| held.call == guard.call)
            {
                continue;
            }
            let is_held = match guard.lock {
                Lock::Sync | Lock::Watch => true,
                Lock::Async => own != Some(n) && (self.counts)(id),
            };
            if is_held {
                self.found.push(Held { lock: guard.lock, guard: guard.node, call: guard.call, wait: id });
            }
        }
    }
}

impl State {
    /// After two branches: alive if it is alive in one from which control goes on.
    fn join(&mut self, other: &Self) {
        if other.is_gone {
            return;
        }
        if self.is_gone {
            *self = other.clone();
            return;
        }
        for (guard, theirs) in self.guards.iter_mut().zip(&other.guards) {
            guard.is_alive |= theirs.is_alive;
        }
    }
}

/// If `id` makes a guard: which, and the call that does.
pub(crate) fn guard_of(cx: &Cx<'_>, id: NodeId) -> Option<(Lock, NodeId)> {
    let mut id = id;
    let mut taken = Taken::default();
    let call = loop {
        match cx.kind(id) {
            Kind::Await { base } => {
                taken.is_awaited = true;
                id = *base;
            }
            Kind::Try { base } => {
                taken.is_unwrapped = true;
                id = *base;
            }
            Kind::Method { recv, name, args, .. } => match &**name {
                "unwrap" | "expect" | "unwrap_or_else" | "unwrap_or_default" | "map_err" | "ok" => {
                    taken.is_unwrapped = true;
                    id = *recv;
                }
                "lock" | "read" | "write" | "lock_owned" | "read_owned" | "write_owned"
                | "upgradable_read" | "borrow_mut" | "borrow" | "borrow_and_update"
                    if args.is_empty() =>
                {
                    break (*recv, &**name);
                }
                _ => return None,
            },
            _ => return None,
        }
    };
    let lock = lock_sort(cx, id, call.0, call.1, taken)?;
    Some((lock, id))
}

/// What is done with what `lock` returns.
#[derive(Clone, Copy, Default)]
struct Taken {
    is_awaited: bool,
    is_unwrapped: bool,
}

fn lock_sort(cx: &Cx<'_>, call: NodeId, recv: NodeId, name: &str, taken: Taken) -> Option<Lock> {
    let Taken { is_awaited, is_unwrapped } = taken;
    // Its own `lock` of a type of the workspace may be anything.
    if cx.target(call).is_some() {
        return None;
    }
    let ty = cx.ty(recv);
    let ty = ty.pointee();
    match (ty.known(), name) {
        (Some(Known::WatchReceiver | Known::WatchSender), "borrow" | "borrow_and_update") => {
            return Some(Lock::Watch);
        }
        (_, "borrow" | "borrow_and_update") => return None,
        (Some(Known::Cell), "borrow_mut") => return Some(Lock::Sync),
        (Some(Known::SyncLock), _) => return (!is_awaited).then_some(Lock::Sync),
        (Some(Known::AsyncLock), _) => return is_awaited.then_some(Lock::Async),
        (Some(_), _) => return None,
        (None, _) => {}
    }
    let is_other_type = matches!(ty.path(), Some(path) if !crate::names::is_wrapper(path));
    if is_other_type || is_standard_stream(cx, recv) {
        return None;
    }
    match (is_awaited, name) {
        (true, "borrow_mut") => None,
        (true, _) => Some(Lock::Async),
        // Without `unwrap` only the name speaks, and `read` and `write` are names of much else.
        (false, "lock") => Some(Lock::Sync),
        (false, "read" | "write") => is_unwrapped.then_some(Lock::Sync),
        (false, "borrow_mut") => (!is_unwrapped).then_some(Lock::Sync),
        _ => None,
    }
}

fn is_standard_stream(cx: &Cx<'_>, recv: NodeId) -> bool {
    matches!(cx.called_name(cx.origin(recv)), Some("stdin" | "stdout" | "stderr"))
}
