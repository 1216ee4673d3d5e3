//! The one decision: was every promise kept? Pure: no clock, no task, no output.

use super::super::fault::Fault;
use super::super::plan::{DEMO_CALL_TIMEOUT, Plan, Program};
use super::answer::Answer;
use super::outcome::Outcome;
use crate::exit::Exit;
use tenure_wire::text::thousands;

/// Fewer clients than this are no excuse: an owner that cannot serve them within a second is ill, not overloaded.
const OVERLOAD_FROM: u64 = 100_000;

/// The decision, and the code that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// `None`: clean. Else the first promise that was not kept, in one sentence.
    pub failed: Option<String>,
    pub exit: Exit,
}

impl Verdict {
    /// As in JSON.
    pub(crate) fn text(&self) -> &str {
        self.failed.as_deref().unwrap_or("clean")
    }
}

/// Judges what was seen against what was planted. The promises are asked for in the order of the reference.
pub(crate) fn judge(plan: &Plan, seen: &Outcome) -> Verdict {
    let failed = unbalanced(plan, seen)
        .or_else(|| left_behind(seen))
        .or_else(|| unexplained(plan, seen))
        .or_else(|| forced(plan.program, seen))
        .or_else(|| not_seen(plan, seen))
        .or_else(|| not_healed(plan, seen));
    let own = if failed.is_some() { Exit::NotClean } else { Exit::Good };
    Verdict { failed: failed.or_else(|| seen.trouble.clone()), exit: own.or_worse(seen.exit) }
}

fn unbalanced(plan: &Plan, seen: &Outcome) -> Option<String> {
    let ((started, ended), (accepted, answered)) = (seen.books.tasks(), seen.books.requests());
    if started != ended {
        let left = many(started.saturating_sub(ended), "task");
        return Some(match plan.program {
            Program::Owned | Program::Supervised => format!("{left} had not ended at the end"),
            Program::Naive => format!("{left} had not ended when main returned"),
        });
    }
    let left = || many(accepted.saturating_sub(answered), "accepted request");
    (accepted != answered).then(|| format!("{} got no answer", left()))
}

fn left_behind(seen: &Outcome) -> Option<String> {
    match (seen.books.leaked(), seen.blocked_forever) {
        (Some(n), _) if n > 0 => Some(format!("{} leaked", many(n, "task"))),
        (_, n) if n > 0 => Some(format!("{} waited for ever", many(n, "caller"))),
        _ => None,
    }
}

/// `1 task`, `7 tasks`.
fn many(n: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(n), if n == 1 { "" } else { "s" })
}

fn unexplained(plan: &Plan, seen: &Outcome) -> Option<String> {
    let overloaded = is_overloaded(plan, seen);
    let by_fault = |answer| match plan.program {
        Program::Supervised => plan.fault.explains_supervised(answer),
        Program::Owned | Program::Naive => plan.fault.explains(answer),
    };
    for (answer, row) in &seen.rows {
        let by_load = overloaded && matches!(answer, Answer::Full | Answer::LateQueued | Answer::LateBegun);
        if !by_fault(*answer) && !by_load {
            let why = match plan.fault {
                _ if is_cut_short(*answer) && seen.interrupted.is_some() => {
                    "the shutdown was cut short before their answers came".to_owned()
                }
                Fault::None => "nothing was planted".to_owned(),
                fault => format!("fault {} does not explain it", fault.name()),
            };
            return Some(format!("{} got {}, and {why}", many(row.callers, "caller"), answer.label()));
        }
        if row.not_handed_back > 0 {
            let lost = many(row.not_handed_back, "request");
            return Some(format!("{lost}, never begun, did not come back with {}", answer.label()));
        }
    }
    None
}

/// What a caller is told when the budget of the shutdown ends before its answer comes: of its own end, or of the owner's.
fn is_cut_short(answer: Answer) -> bool {
    answer == Answer::Cancelled || answer.is_a_stop()
}

/// More callers than this owner can serve within the deadline of one call. Then some are told so, in time and with their
/// request if it was not begun: a promise kept, not one broken. The rate is that of the time before the fault, rounded up.
pub(crate) fn is_overloaded(plan: &Plan, seen: &Outcome) -> bool {
    let served_ms = seen.struck.unwrap_or(seen.asked_for).as_millis().max(1);
    let in_one_deadline = u128::from(seen.reads + seen.writes) * DEMO_CALL_TIMEOUT.as_millis() / served_ms;
    plan.clients() >= OVERLOAD_FROM && u128::from(plan.clients()) > in_one_deadline
}

/// Without tenure an abort is the only way to stop a task, so there it is the planted stop itself.
fn forced(program: Program, seen: &Outcome) -> Option<String> {
    let n = seen.books.aborted();
    (n > 0 && program != Program::Naive).then(|| format!("{} had to be aborted", many(n, "task")))
}

/// Was the planted trouble there? A run that was interrupted is not held to it.
fn not_seen(plan: &Plan, seen: &Outcome) -> Option<String> {
    if seen.interrupted.is_some() || plan.program == Program::Naive {
        return None;
    }
    let some = |answers: &[Answer]| answers.iter().any(|answer| seen.errors(*answer) > 0);
    let restarted = seen.restarts() > Some(0);
    let (wanted, there) = match plan.fault {
        Fault::None => return None,
        Fault::Panic => ("one and only caller told Panicked", seen.errors(Answer::Panicked) == 1),
        // Its own caller has its value, and whoever asked when it had ended is served: only the restart shows.
        Fault::Exit | Fault::Stop if plan.program == Program::Supervised => {
            ("restart of app/store", restarted)
        }
        Fault::Exit => ("callers told Died(Failed) or Closed", some(&[Answer::DiedFailed, Answer::Closed])),
        Fault::Stop => ("callers told Stopped or Closed", some(&[Answer::Stopped, Answer::Closed])),
        Fault::Deadlock => ("a call refused with Deadlock", some(&[Answer::Deadlock])),
        Fault::Silent | Fault::Slow => ("callers told DeadlineExceeded", some(&[Answer::LateBegun])),
        Fault::Hang => ("one caller whose begun turn ran out of time", seen.errors(Answer::LateBegun) == 1),
    };
    if !there {
        return Some(format!("fault {} was planted and not seen: no {wanted}", plan.fault.name()));
    }
    // A hang that ends must end in service: a value for a call that was made meanwhile.
    (plan.fault == Fault::Hang && seen.served_again.is_none())
        .then(|| "the owner did not serve again after the hang".to_owned())
}

/// A supervised owner is made again once if the fault ends it, else never; and then it serves.
fn not_healed(plan: &Plan, seen: &Outcome) -> Option<String> {
    let restarts = seen.restarts().filter(|_| plan.program == Program::Supervised)?;
    let wanted = u32::from(plan.fault.ends_the_owner());
    if restarts > wanted {
        let times = many(restarts.into(), "restart");
        return Some(format!("{times} of app/store, and the fault explains {wanted}"));
    }
    if seen.interrupted.is_some() || wanted == 0 {
        return None;
    }
    if restarts == 0 {
        return Some("app/store ended and was not restarted".to_owned());
    }
    seen.recovered.is_none().then(|| "the restarted app/store served nobody".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::answer::Back;
    use super::super::books::{Books, Counted};
    use super::super::tally::Tally;
    use super::*;
    use crate::values::RunFor;
    use std::sync::Arc;
    use std::time::Duration;
    use tenure_wire::Account;

    fn plan(fault: Fault) -> Plan {
        let run_for = RunFor::Limited(Duration::from_secs(1));
        Plan { readers: 1, writers: 1, keys: 5, run_for, fault, program: Program::Owned }
    }

    fn closed() -> Account {
        let mut account = Account::default();
        (account.started, account.ended, account.accepted, account.answered) = (5, 5, 100, 100);
        account
    }

    /// A run in which callers got these errors, each with its request where one is due.
    fn seen(account: Account, errors: &[Answer]) -> Outcome {
        let tally = Arc::new(Tally::new(1, 1));
        tally.fault_strikes_now();
        let mut seat = tally.seat(0);
        for answer in errors {
            seat.asks();
            seat.got_error(*answer, if answer.hands_back() { Back::Yes } else { Back::No }, || None);
        }
        Outcome::of(&tally, Books::Tenure(account))
    }

    fn verdict(fault: Fault, seen: &Outcome) -> (String, u8) {
        let verdict = judge(&plan(fault), seen);
        (verdict.text().to_owned(), verdict.exit.code())
    }

    #[test]
    fn each_fault_with_what_it_explains_is_clean() {
        use Answer as A;
        for (fault, errors) in [
            (Fault::None, &[][..]),
            (Fault::Panic, &[A::Panicked, A::DiedPanicked, A::Closed]),
            (Fault::Exit, &[A::DiedFailed, A::Closed]),
            (Fault::Stop, &[A::Stopped, A::Closed]),
            (Fault::Deadlock, &[A::Deadlock, A::Deadlock]),
            (Fault::Silent, &[A::LateBegun, A::StoppedBegun]),
            (Fault::Slow, &[A::LateBegun]),
        ] {
            assert_eq!(verdict(fault, &seen(closed(), errors)), ("clean".into(), 0), "{fault:?}");
        }
        let mut hang = seen(closed(), &[A::LateBegun, A::LateQueued, A::Full]);
        assert_eq!(verdict(Fault::Hang, &hang).0, "the owner did not serve again after the hang");
        hang.served_again = Some(Duration::from_secs(3));
        assert_eq!(verdict(Fault::Hang, &hang), ("clean".into(), 0));
    }

    /// The same, with the owner under a supervisor.
    fn supervised(fault: Fault, incarnation: u32, errors: &[Answer]) -> Outcome {
        let mut seen = seen(closed(), errors);
        seen.incarnation = Some(incarnation);
        seen.recovered = (incarnation > 1).then_some(Duration::from_millis(100));
        seen.served_again = Some(Duration::from_secs(3));
        assert_eq!(fault.ends_the_owner(), incarnation > 1, "{fault:?}");
        seen
    }

    fn supervised_verdict(fault: Fault, seen: &Outcome) -> (String, u8) {
        let verdict = judge(&Plan { program: Program::Supervised, ..plan(fault) }, seen);
        (verdict.text().to_owned(), verdict.exit.code())
    }

    #[test]
    fn each_fault_with_what_a_supervised_owner_tells_is_clean() {
        use Answer as A;
        for (fault, incarnation, errors) in [
            (Fault::None, 1, &[][..]),
            (Fault::Panic, 2, &[A::Panicked]),
            (Fault::Exit, 2, &[]),
            (Fault::Stop, 2, &[A::Stopped, A::Stopped]),
            (Fault::Stop, 2, &[]),
            (Fault::Deadlock, 1, &[A::Deadlock]),
            (Fault::Silent, 1, &[A::LateBegun, A::StoppedBegun]),
            (Fault::Slow, 1, &[A::LateBegun]),
            (Fault::Hang, 1, &[A::LateBegun, A::LateQueued, A::Full]),
        ] {
            let seen = supervised(fault, incarnation, errors);
            assert_eq!(supervised_verdict(fault, &seen), ("clean".into(), 0), "{fault:?}");
        }
    }

    #[test]
    fn an_owner_that_comes_back_lets_nobody_down_for_good() {
        use Answer as A;
        for (fault, planted, told) in [
            (Fault::Panic, &[A::Panicked][..], A::DiedPanicked),
            (Fault::Panic, &[A::Panicked], A::Closed),
            (Fault::Exit, &[], A::DiedFailed),
            (Fault::Exit, &[], A::Closed),
            (Fault::Stop, &[], A::Closed),
        ] {
            let errors: Vec<Answer> = planted.iter().copied().chain([told]).collect();
            let (text, code) = supervised_verdict(fault, &supervised(fault, 2, &errors));
            assert_eq!(code, 3, "{fault:?} {told:?}");
            assert!(text.contains(told.label()) && text.contains("does not explain it"), "{text}");
        }
    }

    #[test]
    fn a_supervised_owner_that_does_not_come_back_once_and_serve_is_3() {
        let panicked = |incarnation| {
            let mut seen = supervised(Fault::Panic, 2, &[Answer::Panicked]);
            seen.incarnation = Some(incarnation);
            seen
        };
        let mut mute = panicked(2);
        mute.recovered = None;
        for (seen, text) in [
            (panicked(1), "app/store ended and was not restarted"),
            (panicked(3), "2 restarts of app/store, and the fault explains 1"),
            (mute, "the restarted app/store served nobody"),
        ] {
            assert_eq!(supervised_verdict(Fault::Panic, &seen), (text.into(), 3));
        }
        let mut unasked = supervised(Fault::None, 1, &[]);
        unasked.incarnation = Some(2);
        assert_eq!(
            supervised_verdict(Fault::None, &unasked),
            ("1 restart of app/store, and the fault explains 0".into(), 3)
        );
        for fault in [Fault::Exit, Fault::Stop] {
            let mut seen = supervised(fault, 2, &[]);
            seen.incarnation = Some(1);
            let text = format!("fault {} was planted and not seen: no restart of app/store", fault.name());
            assert_eq!(supervised_verdict(fault, &seen), (text, 3));
            seen.interrupted = Some("SIGTERM");
            assert_eq!(supervised_verdict(fault, &seen), ("clean".into(), 0), "a signal may come first");
        }
    }

    #[test]
    fn any_error_without_a_fault_is_3() {
        for answer in Answer::ALL {
            let (text, code) = verdict(Fault::None, &seen(closed(), &[answer]));
            assert_eq!(code, 3, "{answer:?}: {text}");
            assert!(text.contains(answer.label()) && text.contains("nothing was planted"), "{text}");
        }
    }

    #[test]
    fn an_error_that_the_fault_does_not_explain_is_3() {
        let (text, code) = verdict(Fault::Panic, &seen(closed(), &[Answer::Panicked, Answer::LateQueued]));
        assert!(
            text.starts_with("1 caller got DeadlineExceeded(queued), and fault panic does not explain it"),
            "{text}"
        );
        assert_eq!(code, 3);
    }

    #[test]
    fn callers_who_were_cut_off_by_the_end_of_the_shutdown_are_3_and_told_so() {
        for answer in [Answer::Cancelled, Answer::Stopped] {
            let mut cut = seen(closed(), &[answer]);
            cut.interrupted = Some("SIGTERM");
            let text = format!(
                "1 caller got {}, and the shutdown was cut short before their answers came",
                answer.label()
            );
            assert_eq!(verdict(Fault::Panic, &cut), (text, 3));
        }
    }

    #[test]
    fn more_callers_than_can_be_served_are_told_so_which_is_no_failure() {
        let tally = Arc::new(Tally::new(1, 1));
        for (index, answer) in [Answer::Full, Answer::LateQueued].into_iter().enumerate() {
            let mut seat = tally.seat(index);
            seat.asks();
            seat.got_error(answer, Back::Yes, || None);
        }
        let mut seen = Outcome::of(&tally, Books::Tenure(closed()));
        (seen.reads, seen.asked_for) = (1_000, Duration::from_secs(1));
        let with = |readers| Plan { readers, ..plan(Fault::None) };
        assert_eq!(judge(&with(200_000), &seen).exit, Exit::Good);
        assert_eq!(judge(&with(2_000), &seen).exit, Exit::NotClean, "so few must be served");
        seen.reads = 300_000;
        assert_eq!(judge(&with(200_000), &seen).exit, Exit::NotClean, "so many could have been served");
    }

    #[test]
    fn an_open_account_is_3_and_names_the_side_that_is_open() {
        let mut account = closed();
        account.ended = 4;
        assert_eq!(verdict(Fault::None, &seen(account, &[])), ("1 task had not ended at the end".into(), 3));
        let mut account = closed();
        account.answered = 98;
        assert_eq!(
            verdict(Fault::None, &seen(account, &[])),
            ("2 accepted requests got no answer".into(), 3)
        );
    }

    #[test]
    fn a_leak_a_blocked_caller_and_an_abort_are_3() {
        let mut account = closed();
        account.leaked = 1;
        assert_eq!(verdict(Fault::None, &seen(account, &[])), ("1 task leaked".into(), 3));
        let mut blocked = seen(closed(), &[]);
        blocked.blocked_forever = 7;
        assert_eq!(verdict(Fault::None, &blocked), ("7 callers waited for ever".into(), 3));
        let mut account = closed();
        account.ended_by.aborted = 2;
        assert_eq!(verdict(Fault::None, &seen(account, &[])), ("2 tasks had to be aborted".into(), 3));
    }

    #[test]
    fn a_request_that_was_never_begun_and_did_not_come_back_is_3() {
        let tally = Arc::new(Tally::new(1, 0));
        let mut seat = tally.seat(0);
        seat.asks();
        seat.got_error(Answer::Closed, Back::No, || None);
        let seen = Outcome::of(&tally, Books::Tenure(closed()));
        let (text, code) = verdict(Fault::Stop, &seen);
        assert_eq!((text.as_str(), code), ("1 request, never begun, did not come back with Closed", 3));
    }

    #[test]
    fn a_planted_trouble_that_was_not_seen_is_3_unless_the_run_was_interrupted() {
        for fault in
            [Fault::Panic, Fault::Exit, Fault::Stop, Fault::Deadlock, Fault::Silent, Fault::Slow, Fault::Hang]
        {
            let mut quiet = seen(closed(), &[]);
            let (text, code) = verdict(fault, &quiet);
            assert!(text.starts_with(&format!("fault {} was planted and not seen", fault.name())), "{text}");
            assert_eq!(code, 3);
            quiet.interrupted = Some("SIGTERM");
            assert_eq!(verdict(fault, &quiet), ("clean".into(), 0), "{fault:?}");
        }
    }

    #[test]
    fn two_panics_are_not_the_one_that_was_planted() {
        let (text, code) = verdict(Fault::Panic, &seen(closed(), &[Answer::Panicked, Answer::Panicked]));
        assert_eq!(
            (text.as_str(), code),
            ("fault panic was planted and not seen: no one and only caller told Panicked", 3)
        );
    }

    #[test]
    fn a_root_that_failed_is_1_and_a_bug_is_101_whatever_the_account_says() {
        let mut failed = seen(closed(), &[]);
        failed.exit = Exit::Failed;
        failed.trouble = Some("main failed".into());
        assert_eq!(verdict(Fault::None, &failed), ("main failed".into(), 1));
        failed.exit = Exit::Bug;
        failed.blocked_forever = 1;
        assert_eq!(verdict(Fault::None, &failed).1, 101);
    }

    #[test]
    fn plain_tokio_is_3_as_soon_as_a_task_had_not_ended_and_0_if_all_were_told() {
        let naive = |fault| Plan { program: Program::Naive, ..plan(fault) };
        let tally = Arc::new(Tally::new(1, 0));
        let counted = Counted { started: 3, ended: 1, ..Counted::default() };
        let cut = Outcome::of(&tally, Books::Counted(counted));
        let verdict = judge(&naive(Fault::None), &cut);
        assert_eq!(
            (verdict.text(), verdict.exit),
            ("2 tasks had not ended when main returned", Exit::NotClean)
        );
        let counted = Counted { started: 3, ended: 3, ..Counted::default() };
        let told = Outcome::of(&tally, Books::Counted(counted));
        assert_eq!(judge(&naive(Fault::Panic), &told).exit, Exit::Good);
    }
}
