//! The states of owners and requests (S33 to S38), as tables.

use crate::error::CallErrorKind;
use crate::owner::lifecycle::{Heard, Phase, Stage, Withdrawn};

const PHASES: [Phase; 5] = [Phase::Starting, Phase::Up, Phase::Draining, Phase::Cut, Phase::Closed];

/// S27d, S38b.
#[test]
fn an_owner_admits_until_it_was_asked_to_stop() {
    assert_eq!(PHASES.map(Phase::admits), [true, true, false, false, false]);
}

#[test]
fn a_phase_only_moves_down() {
    for (i, from) in PHASES.into_iter().enumerate() {
        for (j, to) in PHASES.into_iter().enumerate() {
            let mut phase = from;
            assert_eq!(phase.advance(to), j > i, "{from:?} to {to:?}");
            assert_eq!(phase, from.max(to));
        }
    }
}

/// What was sent: it cannot be copied, so it is in one place.
#[derive(Debug, PartialEq, Eq)]
struct P;

type S = Stage<P, u32>;

fn stages() -> [S; 7] {
    [
        S::Waiting(P),
        S::Queued(P),
        S::Begun,
        S::Gone,
        S::Done(Ok(7)),
        S::Done(Err(CallErrorKind::Unanswered)),
        S::Over,
    ]
}

fn name(stage: &S) -> &'static str {
    match stage {
        S::Waiting(P) => "waiting",
        S::Queued(P) => "queued",
        S::Begun => "begun",
        S::Gone => "gone",
        S::Done(Ok(_)) => "answered",
        S::Done(Err(_)) => "failed",
        S::Over => "over",
    }
}

/// Where each stage goes by a step, in the order of [`stages`], and what the step said.
fn table<T>(step: impl Fn(&mut S) -> T) -> [(&'static str, T); 7] {
    stages().map(|mut stage| {
        let said = step(&mut stage);
        (name(&stage), said)
    })
}

/// S39b: also one that was refused while it waited, before its caller looked.
#[test]
fn only_a_waiting_request_is_admitted_and_no_answer_is_lost_by_it() {
    let to = table(S::admit).map(|(to, ())| to);
    assert_eq!(to, ["queued", "queued", "begun", "gone", "answered", "failed", "over"]);
}

/// S33c.
#[test]
fn only_a_queued_request_is_begun_and_once() {
    let to = table(|stage| stage.begin().is_some());
    assert_eq!(to.map(|(_, begun)| begun), [false, true, false, false, false, false, false]);
    assert_eq!(to.map(|(to, _)| to), ["waiting", "begun", "begun", "gone", "answered", "failed", "over"]);
}

/// S35: the request comes back exactly if it was not begun.
#[test]
fn only_what_was_not_begun_is_refused_and_comes_back() {
    let to = table(|stage| stage.refuse(|request| CallErrorKind::Stopped { request: Some(request) }));
    assert_eq!(to.map(|(_, refused)| refused), [true, true, false, false, false, false, false]);
    assert_eq!(to.map(|(to, _)| to), ["failed", "failed", "begun", "gone", "answered", "failed", "over"]);
}

/// S34a, S35b.
#[test]
fn a_caller_that_goes_takes_back_what_was_not_begun_and_leaves_a_turn_alone() {
    let to = table(|stage| match stage.withdraw() {
        Withdrawn::NotAccepted(P) => "not accepted",
        Withdrawn::NotBegun(P) => "not begun",
        Withdrawn::Begun => "begun",
        Withdrawn::Done(Ok(7)) => "the reply",
        Withdrawn::Done(_) => "the error",
        Withdrawn::Nothing => "nothing",
    });
    let said = ["not accepted", "not begun", "begun", "nothing", "the reply", "the error", "nothing"];
    assert_eq!(to.map(|(_, said)| said), said);
    assert_eq!(to.map(|(to, _)| to), ["over", "over", "gone", "gone", "over", "over", "over"]);
}

/// S34c.
#[test]
fn a_reply_is_heard_if_somebody_waits_and_comes_back_otherwise() {
    let to = table(|stage| match stage.answer(9) {
        Heard::Yes => true,
        Heard::No(9) | Heard::Late(9) => false,
        Heard::No(_) | Heard::Late(_) => panic!("another reply"),
    });
    assert_eq!(to.map(|(_, heard)| heard), [false, false, true, false, false, false, false]);
    let to = to.map(|(to, _)| to);
    assert_eq!(to[2], "answered");
    assert_eq!(
        [to[0], to[1], to[4], to[5]],
        ["waiting", "queued", "answered", "failed"],
        "an answer never moves these"
    );
}

/// S36c: exactly one of an answer and a failure.
#[test]
fn a_turn_fails_only_what_is_unanswered() {
    let to = table(|stage| stage.fail(CallErrorKind::Unanswered));
    assert_eq!(to.map(|(_, failed)| failed), [false, false, true, true, false, false, false]);
    assert_eq!(to.map(|(to, _)| to)[2], "failed");
    assert_eq!(stages().map(|stage| stage.is_unanswered()), [false, false, true, true, false, false, false]);
}

#[test]
fn an_answer_is_taken_once() {
    let mut stage = S::Done(Ok(7));
    assert!(matches!(stage.take_answer(), Some(Ok(7))));
    assert!(stage.take_answer().is_none());
    let to = table(|stage| stage.take_answer().is_some());
    assert_eq!(to.map(|(_, taken)| taken), [false, false, false, false, true, true, false]);
    assert_eq!(to.map(|(to, _)| to)[..4], ["waiting", "queued", "begun", "gone"]);
}
