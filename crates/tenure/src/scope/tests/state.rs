//! The transitions of a scope (S2 to S6, S10), as tables, and a property over random ones.

use crate::error::{Cause, Error, TaskError};
use crate::exit::ExitReason;
use crate::ident::{ScopeState, TaskId, TaskPath};
use crate::scope::state::{Body, Duties, ERRORS_KEPT, FirstError, Ownership, Policy, Settled};
use crate::task::future::HasValue;
use proptest::prelude::*;

const ID: TaskId = TaskId { index: 1, generation: 1 };

fn path() -> TaskPath {
    TaskPath::from("app/scope/task")
}

fn failed(text: &str) -> ExitReason {
    ExitReason::Failed(Error::msg(text))
}

/// A task ends, which had not been named.
fn ends(own: &mut Ownership, reason: &ExitReason) -> Duties {
    let value = if matches!(reason, ExitReason::Normal) { HasValue::Yes } else { HasValue::No };
    own.task_ended(ID, reason, value, false, path)
}

fn running(policy: Policy, tasks: u32) -> Ownership {
    let mut own = Ownership::new(policy, Body::Running);
    (0..tasks).for_each(|_| own.admit_task().unwrap());
    own
}

/// The five states, each with a task where there may be one.
fn states() -> [Ownership; 5] {
    let open = running(Policy::FailFast, 1);
    let mut draining = running(Policy::FailFast, 1);
    draining.drain();
    let mut cancelled = running(Policy::FailFast, 1);
    assert!(cancelled.cancel().is_some());
    let mut leaking = running(Policy::FailFast, 1);
    assert!(leaking.cancel().is_some());
    drop((leaking.task_named(), leaking.ladder_over()));
    let mut ended = running(Policy::FailFast, 0);
    drop(ended.body_done());
    let states = [open, draining, cancelled, leaking, ended];
    let names = [
        ScopeState::Open,
        ScopeState::Draining,
        ScopeState::Cancelled,
        ScopeState::Leaking,
        ScopeState::Ended,
    ];
    assert_eq!(states.each_ref().map(Ownership::state), names);
    states
}

/// S6a.
#[test]
fn tasks_are_accepted_until_the_cancel_and_the_refusal_names_the_state() {
    let admitted = states().map(|mut own| own.admit_task());
    let refused = [ScopeState::Cancelled, ScopeState::Leaking, ScopeState::Ended].map(Err);
    assert_eq!(admitted[..2], [Ok(()), Ok(())]);
    assert_eq!(admitted[2..], refused);
    let scopes = states().map(|mut own| own.admit_scope().is_ok());
    assert_eq!(scopes, [true, true, true, false, false], "the last work of a task may be structured");
}

/// Section 0.3: a state never goes back.
#[test]
fn drain_and_cancel_only_move_a_state_down_and_the_first_cancel_is_the_one() {
    let drained = states().map(|mut own| {
        own.drain();
        own.state()
    });
    assert_eq!(drained[..3], [ScopeState::Draining, ScopeState::Draining, ScopeState::Cancelled]);
    assert_eq!(drained[3..], [ScopeState::Leaking, ScopeState::Ended]);
    let first = states().map(|mut own| own.cancel().is_some());
    assert_eq!(first, [true, true, false, false, false]);
}

/// S2a, b.
#[test]
fn a_scope_ends_when_the_body_is_over_and_the_last_task_has_ended_whichever_is_last() {
    let settled = Some((None, Settled::Ended));
    let mut own = running(Policy::FailFast, 1);
    assert_eq!(own.body_done(), Duties::default());
    assert_eq!(ends(&mut own, &ExitReason::Normal).settled, settled);

    let mut own = running(Policy::FailFast, 1);
    assert_eq!(ends(&mut own, &ExitReason::Normal), Duties::default());
    assert_eq!(own.state(), ScopeState::Open, "its body may start more");
    assert_eq!(own.body_done().settled, settled);
    assert_eq!(own.state(), ScopeState::Ended);
}

/// S1b, S3d.
#[test]
fn a_forgotten_value_ends_only_when_it_is_cancelled() {
    let mut own = Ownership::new(Policy::FailFast, Body::Value);
    own.admit_task().unwrap();
    let duties = ends(&mut own, &ExitReason::Normal);
    assert!(duties.idle && duties.settled.is_none() && own.is_idle_value());
    assert_eq!(own.cancel().and_then(|duties| duties.settled), Some((None, Settled::Ended)));
}

/// S4a, S9: what fails a fail-fast scope, and what does not.
#[test]
fn only_an_abnormal_end_by_itself_fails_the_scope() {
    let gave_up = ExitReason::GaveUp { child: path(), reason: Box::new(ExitReason::Normal) };
    for (reason, fails) in [
        (ExitReason::Normal, false),
        (ExitReason::Shutdown(Cause::ScopeDropped), false),
        (ExitReason::Aborted(Cause::ScopeDropped), false),
        (failed("E"), true),
        (ExitReason::TimedOut { forced: false }, true),
        (ExitReason::TimedOut { forced: true }, true),
        (gave_up, true),
    ] {
        let mut own = running(Policy::FailFast, 2);
        let duties = ends(&mut own, &reason);
        assert_eq!(duties.cancel.is_some(), fails, "{reason}");
        assert_eq!(own.first_error().is_some(), fails, "{reason}");
        if fails {
            assert_eq!(duties.cancel, Some(Cause::Sibling { path: path(), reason: Box::new(reason) }));
        }
    }
    // The scope's own deadline is no failure of a task.
    let mut own = running(Policy::FailFast, 1);
    assert!(own.cancel().is_some());
    assert_eq!(ends(&mut own, &ExitReason::TimedOut { forced: false }).cancel, None);
    assert!(own.first_error().is_none());
}

/// S4b, c.
#[test]
fn the_first_error_stays_16_more_are_kept_and_the_rest_is_counted() {
    let mut own = running(Policy::FailFast, 20);
    for n in 0..20 {
        drop(ends(&mut own, &failed(&n.to_string())));
    }
    assert!(matches!(own.first_error(), Some(FirstError::Task { reason, .. }) if *reason == failed("0")));
    let (later, dropped) = own.take_later_errors();
    assert_eq!((later.len(), dropped), (ERRORS_KEPT, 3));
    assert!(matches!(&later[0], TaskError::Ended { reason, .. } if *reason == failed("1")));
}

/// S4a: the body counts like a task.
#[test]
fn a_body_fails_the_scope_unless_a_task_was_first() {
    let mut own = running(Policy::FailFast, 1);
    assert!(own.body_failed());
    assert!(matches!(own.first_error(), Some(FirstError::Body)));
    drop(ends(&mut own, &failed("later")));
    assert!(matches!(own.first_error(), Some(FirstError::Body)));
    assert_eq!(own.take_later_errors().0.len(), 1);

    let mut own = running(Policy::FailFast, 1);
    drop(ends(&mut own, &failed("first")));
    assert!(!own.body_failed());
    assert!(own.unfinished());
}

/// S4d, S8e.
#[test]
fn each_policy_answers_a_failure_and_a_value_in_its_own_way() {
    let of = |policy, reason: &ExitReason| {
        let mut own = running(policy, 2);
        let duties = ends(&mut own, reason);
        (duties.cancel, duties.fail_root, own.winner().is_some(), own.first_error().is_some())
    };
    assert_eq!(of(Policy::Collect, &failed("E")), (None, None, false, false));
    assert_eq!(of(Policy::Root, &failed("E")), (None, Some(path()), false, false));
    assert_eq!(of(Policy::Race, &failed("E")), (None, None, false, true));
    assert_eq!(of(Policy::Race, &ExitReason::Normal), (Some(Cause::RaceWon(path())), None, true, false));
    for policy in [Policy::FailFast, Policy::Collect, Policy::Root] {
        assert_eq!(of(policy, &ExitReason::Normal), (None, None, false, false));
    }
    // A race is won once.
    let mut own = running(Policy::Race, 2);
    drop(ends(&mut own, &ExitReason::Normal));
    assert_eq!(ends(&mut own, &ExitReason::Normal).cancel, None);
}

/// S3d.
#[test]
fn an_error_in_a_dropped_scope_fails_nobody_and_is_told() {
    for policy in [Policy::FailFast, Policy::Race, Policy::Collect] {
        let mut own = running(policy, 1);
        assert_eq!(own.drop_unjoined(), Some(1));
        let duties = ends(&mut own, &failed("E"));
        assert_eq!((duties.cancel, duties.unheard), (None, Some(failed("E"))));
        assert!(own.first_error().is_none());
    }
    assert_eq!(running(Policy::FailFast, 0).drop_unjoined(), None, "an ordinary end is not counted");
}

/// S10c, S16d.
#[test]
fn a_scope_whose_tasks_are_all_named_is_leaking_and_ends_with_the_last_of_them() {
    let mut own = running(Policy::FailFast, 2);
    drop(own.body_done());
    assert!(own.cancel().is_some());
    assert_eq!(own.task_named().settled, None, "one may still end");
    assert_eq!(own.task_named().settled, Some((None, Settled::Leaking)));
    assert_eq!(own.ladder_over().settled, None, "told once");
    assert_eq!((own.state(), own.tasks_leaked()), (ScopeState::Leaking, 2));

    let late = |own: &mut Ownership| own.task_ended(ID, &ExitReason::Normal, HasValue::Yes, true, path);
    assert_eq!(late(&mut own).settled, None);
    assert_eq!(late(&mut own).settled, Some((Some(Settled::Leaking), Settled::Ended)));
    assert_eq!((own.state(), own.tasks_live(), own.tasks_leaked()), (ScopeState::Ended, 0, 0));
}

/// P2.
#[test]
fn a_scope_waits_for_its_children_and_leaks_with_them() {
    let mut own = running(Policy::FailFast, 0);
    own.admit_scope().unwrap();
    own.admit_scope().unwrap();
    let duties = own.body_done();
    assert!(duties.sweep && duties.settled.is_none() && own.waits_for_scopes());
    assert_eq!(own.child_settled(None, Settled::Ended).settled, None);
    assert_eq!(own.child_settled(None, Settled::Leaking).settled, Some((None, Settled::Leaking)));
    let duties = own.child_settled(Some(Settled::Leaking), Settled::Ended);
    assert_eq!(duties.settled, Some((Some(Settled::Leaking), Settled::Ended)));
    assert!(own.is_empty());
}

/// A random transition.
#[derive(Clone, Copy, Debug)]
enum Act {
    AdmitTask,
    AdmitScope,
    Drain,
    Cancel,
    EndTask { fails: bool },
    NameTask,
    LadderOver,
    BodyDone,
    ChildEnds,
    ChildLeaks,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::AdmitTask),
        2 => Just(Act::AdmitScope),
        1 => Just(Act::Drain),
        1 => Just(Act::Cancel),
        4 => any::<bool>().prop_map(|fails| Act::EndTask { fails }),
        1 => Just(Act::NameTask),
        1 => Just(Act::LadderOver),
        1 => Just(Act::BodyDone),
        2 => Just(Act::ChildEnds),
        1 => Just(Act::ChildLeaks),
    ]
}

proptest! {
    /// Section 0.3, S2, S16b: whatever happens in whatever order, what is counted is what there is.
    #[test]
    fn counts_and_states_hold_over_any_transitions(acts in prop::collection::vec(act(), 0..60)) {
        let mut own = Ownership::new(Policy::FailFast, Body::Running);
        // Tasks not named, named; scopes not leaking, leaking.
        let (mut tasks, mut named, mut scopes, mut leaking) = (0u32, 0u32, 0u32, 0u32);
        let mut told = Vec::new();
        let mut before = own.state();
        for act in acts {
            let duties = match act {
                Act::AdmitTask => { tasks += u32::from(own.admit_task().is_ok()); None }
                Act::AdmitScope => { scopes += u32::from(own.admit_scope().is_ok()); None }
                Act::Drain => { own.drain(); None }
                Act::Cancel => own.cancel(),
                Act::EndTask { fails } if tasks > 0 => {
                    tasks -= 1;
                    Some(ends(&mut own, &if fails { failed("E") } else { ExitReason::Normal }))
                }
                Act::EndTask { .. } if named > 0 => {
                    named -= 1;
                    Some(own.task_ended(ID, &ExitReason::Normal, HasValue::Yes, true, path))
                }
                Act::NameTask if tasks > 0 && own.state() >= ScopeState::Cancelled => {
                    (tasks, named) = (tasks - 1, named + 1);
                    Some(own.task_named())
                }
                // Rung 4 names what lives before it is over.
                Act::LadderOver if tasks == 0 => Some(own.ladder_over()),
                Act::BodyDone => Some(own.body_done()),
                Act::ChildEnds if scopes > 0 => {
                    scopes -= 1;
                    Some(own.child_settled(None, Settled::Ended))
                }
                Act::ChildEnds if leaking > 0 => {
                    leaking -= 1;
                    Some(own.child_settled(Some(Settled::Leaking), Settled::Ended))
                }
                Act::ChildLeaks if scopes > 0 => {
                    (scopes, leaking) = (scopes - 1, leaking + 1);
                    Some(own.child_settled(None, Settled::Leaking))
                }
                _ => None,
            };
            told.extend(duties.and_then(|duties| duties.settled).map(|(_, now)| now));
            prop_assert_eq!((own.tasks_live(), own.tasks_leaked()), (tasks + named, named));
            prop_assert_eq!(own.is_empty(), tasks + named + scopes + leaking == 0);
            prop_assert!(own.state() >= before, "a state never goes back");
            before = own.state();
            if own.state() == ScopeState::Ended {
                prop_assert!(own.is_empty() && own.is_settled());
            }
        }
        let ended = told.iter().filter(|now| **now == Settled::Ended).count();
        prop_assert!(ended <= 1, "the end is told once");
        prop_assert_eq!(ended == 1, own.state() == ScopeState::Ended);
    }
}
