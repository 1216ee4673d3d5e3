//! The walk over wait edges that finds rings before they block (S40).
//!
//! Whoever is about to wait publishes its edge first and walks then, both sequentially consistent; so of waits that
//! close a ring at the same time at least one sees the others (S40e). A call that would close one is refused. A join is
//! not: the ring's queued call is ended in its place, and only a ring of joins alone refuses the last (S40i).

use crate::ident::{Class, TaskId, TaskPath};
use crate::record::Record;
use crate::record::slab::RecordRef;
use crate::record::wait::{self, EdgeTarget};
use crate::scope::core::{path_of, scope_at};
use crate::sync::lock_static;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Mutex, Weak};

/// Tasks and scopes a walk looks at, at most. Beyond it a ring is not seen: its calls end at their deadline.
///
/// A ring of owners is as long as a chain of calls; only a join of a scope in which more tasks than this wait for others
/// comes near.
const WALK_MAX: usize = 65_536;

/// An owner, as far as rings are concerned.
pub(crate) trait Refuse: Send + Sync {
    /// Ends a call of `caller` that is accepted and not begun, or waits for a place. False if there is none.
    fn refuse_call_of(&self, caller: TaskId, cycle: &[TaskPath]) -> bool;
    /// Whom it waits for beside its edges: a supervisor in a phase, for the child whose turn it is (S40h).
    fn waits_for(&self) -> Option<TaskId> {
        None
    }
}

/// Owners by the slot of their task. Bounded by the live owners.
static OWNERS: Mutex<Option<FxHashMap<TaskId, Weak<dyn Refuse>>>> = Mutex::new(None);

pub(crate) fn add_owner(task: TaskId, owner: Weak<dyn Refuse>) {
    lock_static(&OWNERS).get_or_insert_default().insert(task, owner);
}

pub(crate) fn remove_owner(task: TaskId) {
    let gone = lock_static(&OWNERS).as_mut().and_then(|owners| owners.remove(&task));
    drop(gone);
}

#[derive(Clone, Copy)]
struct Step {
    node: EdgeTarget,
    /// Index of the step that led here.
    from: usize,
}

const START: usize = usize::MAX;

/// The ring that a wait of `waiter` on `target` closes: the tasks from `waiter` to itself, both included.
pub(crate) fn find(waiter: TaskId, target: EdgeTarget) -> Option<Vec<TaskId>> {
    if waits_for_nobody(waiter, target) {
        return None; // the common case: an idle owner, or one whose turn runs
    }
    find_through(waiter, target)
}

/// The same where the target is a supervisor, which may wait without an edge.
pub(crate) fn find_through(waiter: TaskId, target: EdgeTarget) -> Option<Vec<TaskId>> {
    let mut steps = vec![Step { node: target, from: START }];
    let mut seen: FxHashSet<EdgeTarget> = FxHashSet::default();
    let mut at = 0;
    while at < steps.len() && at < WALK_MAX {
        let node = steps[at].node;
        if let EdgeTarget::Task { index, generation } = node
            && index == waiter.index
            && wait::same_generation(waiter.generation, generation)
        {
            return Some(ring(waiter, &steps, at));
        }
        if seen.insert(node) {
            follow(node, waiter, |node| steps.push(Step { node, from: at }));
        }
        at += 1;
    }
    None
}

/// Whether the walk ends at its first step. Not for the waiter itself: that is a ring of one.
fn waits_for_nobody(waiter: TaskId, target: EdgeTarget) -> bool {
    match target {
        EdgeTarget::Task { index, .. } if index != waiter.index => wait::has_no_target(Record::at(index)),
        EdgeTarget::Task { .. } | EdgeTarget::Scope { .. } => false,
    }
}

/// Whether a member of a scope leads nowhere, so that a join of many tasks need not keep each of them as a step. Not for
/// a service: it may be a supervisor, which waits without an edge.
fn is_dead_end(member: TaskId, waiter: TaskId) -> bool {
    let record = Record::at(member.index);
    record.slot.word.read().class() != Class::Service && waits_for_nobody(waiter, target_of(member))
}

/// Whom a task waits for; for a scope, whose end it waits for.
fn follow(node: EdgeTarget, waiter: TaskId, mut push: impl FnMut(EdgeTarget)) {
    match node {
        EdgeTarget::Task { .. } => {
            if let Some(task) = node.task() {
                wait::edges(task.record())
                    .into_iter()
                    .filter_map(|(edge, _)| edge.target())
                    .for_each(&mut push);
                let known =
                    lock_static(&OWNERS).as_ref().and_then(|all| all.get(&task.record().id()).cloned());
                let waits_for = known.and_then(|known| known.upgrade()).and_then(|known| known.waits_for());
                waits_for.map(target_of).into_iter().for_each(push);
            }
        }
        EdgeTarget::Scope { index, generation } => {
            let Some(scope) = scope_at(index, Some(generation)) else { return };
            let (tasks, children) = scope.members();
            tasks.into_iter().filter(|id| !is_dead_end(*id, waiter)).for_each(|id| push(target_of(id)));
            for child in children {
                let (index, generation) = child.number();
                push(EdgeTarget::Scope { index, generation: wait::kept_generation(generation) });
            }
        }
    }
}

/// A task as a node of the walk.
pub(crate) fn target_of(id: TaskId) -> EdgeTarget {
    EdgeTarget::Task { index: id.index, generation: wait::kept_generation(id.generation) }
}

fn ring(waiter: TaskId, steps: &[Step], mut at: usize) -> Vec<TaskId> {
    let mut back = Vec::new();
    loop {
        if let EdgeTarget::Task { index, .. } = steps[at].node
            && let Some(task) = RecordRef::at(index)
        {
            back.push(task.record().id());
        }
        if steps[at].from == START {
            break;
        }
        at = steps[at].from;
    }
    back.push(waiter);
    back.reverse();
    back
}

/// A ring as people read it.
pub(crate) fn paths(ring: &[TaskId]) -> Vec<TaskPath> {
    ring.iter().filter_map(|id| path_of(*id)).collect()
}

/// For a join that closes a ring: ends a queued call of it. The ring as an error if there is none (S40i).
pub(crate) fn resolve_join(waiter: TaskId, target: EdgeTarget) -> Result<(), Vec<TaskPath>> {
    let Some(ring) = find(waiter, target) else { return Ok(()) };
    for pair in ring.windows(2) {
        let [caller, callee] = pair else { continue };
        let owner = lock_static(&OWNERS).as_ref().and_then(|owners| owners.get(callee).cloned());
        let Some(owner) = owner.and_then(|owner| owner.upgrade()) else { continue };
        // From the refused caller round to itself.
        let at = ring.iter().position(|id| id == caller).unwrap_or(0);
        let mut from_caller: Vec<TaskId> = ring[..ring.len() - 1].to_vec();
        from_caller.rotate_left(at);
        from_caller.push(*caller);
        if owner.refuse_call_of(*caller, &paths(&from_caller)) {
            return Ok(());
        }
    }
    Err(paths(&ring))
}
