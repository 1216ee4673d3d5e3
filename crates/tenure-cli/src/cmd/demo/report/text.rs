//! What a person reads, in this order: what was planted, what callers got, what ended, the account, the verdict.

use super::super::fault::{DEADLOCK_EVERY, Fault, HANG_FOR, PLANTED, SLOW_BY};
use super::super::measure::{Answer, Books, Outcome, Row, Verdict, is_overloaded};
use super::super::plan::{Plan, Program, RESTART_AFTER, STOPPED_RETRY};
use crate::render::{BAD, BOLD, Columns, DIM, GOOD, Look, Table, WARN, chosen, fold, span};
use std::fmt;
use tenure_wire::text::{prose, thousands};

/// The whole result. Styles are in it; the stream strips them where they are not wanted.
pub(crate) struct Text<'a> {
    pub plan: &'a Plan,
    pub seen: &'a Outcome,
    pub verdict: &'a Verdict,
    pub look: &'a Look,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, seen, verdict, look } = *self;
        let headline: Vec<String> = plan.headline().split("; ").map(str::to_owned).collect();
        writeln!(f, "{BOLD}demo:{BOLD:#} {}", joined(&headline, ("; ", ";"), "demo: ".len(), look.width))?;
        let [reads, writes, per_s] = [seen.reads, seen.writes, seen.requests_per_s()].map(thousands);
        writeln!(
            f,
            "  reads {BOLD}{reads}{BOLD:#}   writes {BOLD}{writes}{BOLD:#}   requests/s {BOLD}{per_s}{BOLD:#}"
        )?;
        if let Some(signal) = seen.interrupted {
            writeln!(f, "  {WARN}{signal} after {}{WARN:#}: the result so far", span(seen.asked_for))?;
        }
        let event: Vec<String> = event(plan, seen).iter().map(|part| prose(part).into_owned()).collect();
        if !event.is_empty() {
            writeln!(f, "  {WARN}{}{WARN:#}", joined(&event, ("; ", ";"), 2, look.width))?;
        }
        write!(f, "{}{}", answers(plan, seen, look.width), left_behind(plan, seen, look.width))?;
        if plan.program == Program::Supervised {
            let between = &format!(" {} ", look.glyphs.dot);
            if seen.struck.is_some() {
                line(f, "callers", &callers(plan, seen), (between, ""), look.width)?;
            }
            line(f, "restart", &restart(plan, seen), ("; ", ";"), look.width)?;
        }
        line(f, "account", &account(&seen.books), (&format!(" {} ", look.glyphs.dot), ""), look.width)?;
        let verdict = match &verdict.failed {
            None => format!("{GOOD}clean{GOOD:#}: {}", praise(plan, seen)),
            Some(what) => format!("{BAD}not clean{BAD:#}: {}", prose(what)),
        };
        let compare = format!("{DIM}(compare: {}){DIM:#}", plan.other_program());
        line(f, "verdict", &[verdict, compare], (" ", ""), look.width)
    }
}

/// A labelled line.
fn line(
    f: &mut fmt::Formatter<'_>,
    label: &str,
    parts: &[String],
    between: (&str, &str),
    width: Option<usize>,
) -> fmt::Result {
    let indent = "  ".len() + label.len() + "   ".len();
    writeln!(f, "  {DIM}{label}{DIM:#}   {}", joined(parts, between, indent, width))
}

/// The parts from column `indent` on.
fn joined(parts: &[String], between: (&str, &str), indent: usize, width: Option<usize>) -> String {
    fold(parts, between, Columns { from: indent, hang: indent, width })
}

/// What a clean run shows. Plain Tokio can end clean, too; then it says what is missing all the same.
fn praise(plan: &Plan, seen: &Outcome) -> &'static str {
    match plan.program {
        Program::Owned | Program::Supervised if !seen.rows.is_empty() && is_overloaded(plan, seen) => {
            "so many callers cannot be served within 1 s, and they were told"
        }
        Program::Owned | Program::Supervised => "nobody was blocked for ever",
        Program::Naive => "nobody was blocked for ever; nobody was told why, either",
    }
}

/// What the fault did to the owner, and what followed.
fn event(plan: &Plan, seen: &Outcome) -> Vec<String> {
    let Some(struck) = seen.struck else {
        let not_reached = format!("fault {} was not reached", plan.fault.name());
        return if plan.fault == Fault::None { Vec::new() } else { vec![not_reached] };
    };
    let at = span(struck);
    let (what, then) = match plan.program {
        Program::Owned | Program::Supervised => owned_event(plan, seen, &at),
        Program::Naive => naive_event(plan.fault, &at),
    };
    let again = match (plan.fault, seen.served_again) {
        (Fault::Hang, Some(again)) => {
            Some(format!("it served again after {}", span(again.saturating_sub(struck))))
        }
        (Fault::Hang, None) => Some("it did not serve again".to_owned()),
        _ => None,
    };
    [Some(what), then.map(str::to_owned), again].into_iter().flatten().collect()
}

fn owned_event(plan: &Plan, seen: &Outcome, at: &str) -> (String, Option<&'static str>) {
    let down = match (plan.program, seen.restarts()) {
        (Program::Supervised, Some(1..)) => Some("supervised: it was made again"),
        (Program::Supervised, _) => Some("supervised: the run ended before it was made again"),
        _ => Some("not supervised: it stays down"),
    };
    match plan.fault {
        Fault::None => (String::new(), None),
        Fault::Panic => {
            let how = seen.said.get(&Answer::Panicked).map_or("panicked", String::as_str);
            (format!("the owner app/store {how}"), down)
        }
        Fault::Exit => (format!("the owner app/store ended itself at {at}: \"{PLANTED}\""), down),
        Fault::Stop => {
            let served = match (plan.program, seen.restarts()) {
                (Program::Supervised, Some(1..)) => {
                    "it served what it had accepted, ended, and was made again"
                }
                _ => "it served what it had accepted, and ended",
            };
            (format!("the owner app/store was asked to stop at {at}"), Some(served))
        }
        Fault::Deadlock => {
            let ring = "called app/mirror, whose turn called app/store";
            (format!("every {DEADLOCK_EVERY}th turn of app/store {ring}"), None)
        }
        Fault::Silent => (format!("from {at} on app/store kept every reply and answered none"), None),
        Fault::Slow => (format!("from {at} on each answer left {} after its turn", chosen(SLOW_BY)), None),
        Fault::Hang => {
            (format!("one turn of app/store blocked its thread for {} from {at} on", chosen(HANG_FOR)), None)
        }
    }
}

fn naive_event(fault: Fault, at: &str) -> (String, Option<&'static str>) {
    const CLOSED: Option<&str> = Some("its channel is closed, and nobody is told why");
    match fault {
        Fault::None => (String::new(), None),
        Fault::Panic => (format!("the owner task panicked at {at}"), CLOSED),
        Fault::Exit => (format!("the owner task returned at {at}"), CLOSED),
        Fault::Stop => {
            (format!("the owner task was aborted at {at}"), Some("there is no way to ask it to stop"))
        }
        Fault::Deadlock => {
            let called = "the owner task called a second one, which called the first";
            (called.to_owned(), Some("both wait for ever"))
        }
        Fault::Silent => (format!("from {at} on the owner task kept every reply and answered none"), None),
        Fault::Slow => (format!("from {at} on each answer left {} after its turn", chosen(SLOW_BY)), None),
        Fault::Hang => (
            format!("one turn of the owner task blocked its thread for {} from {at} on", chosen(HANG_FOR)),
            None,
        ),
    }
}

/// A row for each kind of error.
fn answers(plan: &Plan, seen: &Outcome, width: Option<usize>) -> String {
    let mut table = Table::new(4, ["answer", "callers", "p50", "p99", "max", "after the fault"]);
    for (answer, row) in &seen.rows {
        let [p50, p99, max] = match row.after_fault.percentiles() {
            Some(p) => [p.p50, p.p99, p.max].map(span),
            None => ["-"; 3].map(str::to_owned),
        };
        table.row([
            answer.label().to_owned(),
            thousands(row.callers),
            p50,
            p99,
            max,
            remark(*answer, row, plan, seen),
        ]);
    }
    if table.is_empty() { String::new() } else { table.render(width) }
}

/// What the callers of a supervised owner saw of the fault.
fn callers(plan: &Plan, seen: &Outcome) -> Vec<String> {
    let of = |n| format!("{} of {}", thousands(n), thousands(plan.clients()));
    let mut parts = vec![format!("{} saw an error", of(seen.told_callers))];
    if let (Some(life @ 2..), Some(recovered)) = (seen.incarnation, seen.recovered) {
        parts.push(format!("{} served by incarnation {life}", of(seen.recovered_callers)));
        parts.push(format!("first success {} after the fault", span(recovered)));
    }
    parts
}

/// What was restarted, and what became of those who waited.
fn restart(plan: &Plan, seen: &Outcome) -> Vec<String> {
    match seen.restarts() {
        Some(n @ 1..) => vec![
            format!("app/store {}, {} after its end", times(n.into()), chosen(RESTART_AFTER)),
            "its queue was kept".to_owned(),
        ],
        _ if seen.struck.is_some() && plan.fault.ends_the_owner() => {
            vec!["none: the run ended before".to_owned()]
        }
        _ => vec!["none: app/store did not end".to_owned()],
    }
}

/// What a program without owners leaves behind when its main returns.
fn left_behind(plan: &Plan, seen: &Outcome, width: Option<usize>) -> String {
    let (accepted, answered) = seen.books.requests();
    let remains = [
        ("blocked for ever", seen.blocked_forever, "callers; no answer can come any more"),
        ("killed unfinished", seen.killed_unfinished, "tasks cut off when main returned"),
        ("unanswered", accepted - answered, "requests in the owner's channel or hands"),
    ];
    let mut table = Table::new(4, ["left behind", "count", ""]);
    for (what, n, why) in remains.into_iter().filter(|(_, n, _)| *n > 0) {
        table.row([what.to_owned(), thousands(n), why.to_owned()]);
    }
    if table.is_empty() || plan.program != Program::Naive { String::new() } else { table.render(width) }
}

/// What this answer tells its caller.
fn remark(answer: Answer, row: &Row, plan: &Plan, seen: &Outcome) -> String {
    let handed_back = match row.not_handed_back {
        0 => "request handed back".to_owned(),
        lost => format!("request handed back, but for {}", thousands(lost)),
    };
    let meaning = match answer {
        Answer::Panicked => "told that its own turn panicked".to_owned(),
        Answer::Stopped if plan.program == Program::Supervised => {
            format!("{handed_back}, asked again {} later", chosen(STOPPED_RETRY))
        }
        Answer::DiedPanicked | Answer::DiedFailed | Answer::Stopped => handed_back,
        Answer::Closed => "told at the next call, request handed back".to_owned(),
        Answer::Full => format!("no place within its deadline, {handed_back}"),
        Answer::Deadlock => {
            let cycle = seen.said.get(&answer).map_or("", String::as_str);
            format!("{} refused before it blocked: {cycle}", times(row.errors))
        }
        Answer::LateBegun => "at the deadline; told that its turn had begun".to_owned(),
        Answer::LateQueued => format!("at the deadline; never begun, {handed_back}"),
        Answer::StoppedBegun => "its turn had begun; the owner was stopped".to_owned(),
        Answer::RecvError => {
            "told at once, as Tokio does well; but not why, and the request is gone".to_owned()
        }
        Answer::SendError => "told at the next call, as Tokio does well; but not why".to_owned(),
        Answer::Cancelled => "its own context was cancelled".to_owned(),
        Answer::DiedOtherwise | Answer::Unanswered | Answer::LateUnknown | Answer::Unknown => {
            seen.said.get(&answer).cloned().unwrap_or_default()
        }
    };
    let more = match answer {
        Answer::Deadlock => String::new(),
        _ if row.errors > row.callers => format!(" ({} in all)", thousands(row.errors)),
        _ => String::new(),
    };
    prose(&format!("{meaning}{more}")).into_owned()
}

fn times(n: u64) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{} times", thousands(n)),
    }
}

/// Both equations and the leaks. `>` where the second side is short of the first.
fn account(books: &Books) -> [String; 3] {
    let equation = |(whole, part): (u64, u64), first: &str, second: &str| {
        let sign = if whole == part { "=" } else { ">" };
        format!("{first} {} {sign} {second} {}", thousands(whole), thousands(part))
    };
    let leaked = books.leaked().map_or("unknown".to_owned(), thousands);
    [
        format!("tasks: {}", equation(books.tasks(), "started", "ended")),
        format!("requests: {}", equation(books.requests(), "accepted", "answered")),
        format!("leaked {leaked}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::super::measure::{Back, Counted, Tally, judge};
    use super::*;
    use crate::args::{LookArgs, When};
    use crate::render::Environment;
    use crate::values::RunFor;
    use std::sync::Arc;
    use std::time::Duration;

    fn look() -> Look {
        Look::new(LookArgs { color: When::Never, ascii: false }, Environment::default())
    }

    fn plan(fault: Fault, program: Program) -> Plan {
        let run_for = RunFor::Limited(Duration::from_secs(1));
        Plan { readers: 100, writers: 10, keys: 5, run_for, fault, program }
    }

    fn plain(plan: &Plan, seen: &Outcome) -> String {
        let verdict = judge(plan, seen);
        let text = Text { plan, seen, verdict: &verdict, look: &look() }.to_string();
        anstream::adapter::strip_str(&text).to_string()
    }

    fn account() -> tenure_wire::Account {
        let mut account = tenure_wire::Account::default();
        (account.started, account.ended, account.accepted, account.answered) = (113, 113, 893_821, 893_821);
        account
    }

    #[test]
    fn a_run_without_a_fault_is_five_lines_at_most() {
        let tally = Arc::new(Tally::new(100, 10));
        let seen = Outcome::of(&tally, Books::Tenure(account()));
        let text = plain(&plan(Fault::None, Program::Owned), &seen);
        assert_eq!(
            text,
            "demo: 1 owner, 100 readers, 10 writers, 5 keys, 1 s\n  \
             reads 0   writes 0   requests/s 0\n  \
             account   tasks: started 113 = ended 113 · requests: accepted 893,821 = answered 893,821 · leaked 0\n  \
             verdict   clean: nobody was blocked for ever (compare: tenure demo --naive)\n"
        );
    }

    #[test]
    fn a_panic_is_told_with_its_place_and_a_row_for_each_answer() {
        let tally = Arc::new(Tally::new(100, 10));
        tally.fault_strikes_now();
        let errors =
            [(Answer::Panicked, Back::No), (Answer::DiedPanicked, Back::Yes), (Answer::Closed, Back::Yes)];
        for (index, (answer, back)) in errors.into_iter().enumerate() {
            let mut seat = tally.seat(index);
            seat.asks();
            seat.got_error(answer, back, || Some("panicked at src/fault.rs:1:2 \"planted\"".into()));
        }
        let text = plain(&plan(Fault::Panic, Program::Owned), &Outcome::of(&tally, Books::Tenure(account())));
        for part in [
            "fault: panic at 500 ms\n",
            "  the owner app/store panicked at src/fault.rs:1:2 \"planted\"; not supervised: it stays down\n",
            "    answer           callers",
            "    Panicked               1",
            "request handed back\n",
            "verdict   clean",
            "(compare: tenure demo --fault panic --naive)\n",
        ] {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }

    /// A run of 110 supervised callers in which one got the panic and two were served by the next life.
    fn restarted() -> Outcome {
        let tally = Arc::new(Tally::new(100, 10));
        tally.fault_strikes_now();
        let (mut one, mut other) = (tally.seat(0), tally.seat(1));
        one.asks();
        one.got_error(Answer::Panicked, Back::No, || Some("panicked \"planted\"".into()));
        for seat in [&mut one, &mut other] {
            seat.asks();
            seat.got_value(2);
        }
        let mut seen = Outcome::of(&tally, Books::Tenure(account()));
        (seen.incarnation, seen.recovered) = (Some(2), Some(Duration::from_millis(103)));
        seen
    }

    #[test]
    fn a_restart_is_told_from_the_callers_side() {
        let text = plain(&plan(Fault::Panic, Program::Supervised), &restarted());
        for part in [
            "fault: panic at 500 ms; supervised\n",
            "panicked \"planted\"; supervised: it was made again\n",
            "  callers   1 of 110 saw an error · 2 of 110 served by incarnation 2 · first success 103 ms after the fault\n",
            "  restart   app/store once, 100 ms after its end; its queue was kept\n",
            "verdict   clean",
            "(compare: tenure demo --fault panic)\n",
        ] {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }

    #[test]
    fn a_supervisor_that_had_nothing_to_do_or_no_time_says_so() {
        let mut seen = restarted();
        (seen.incarnation, seen.recovered) = (Some(1), None);
        let text = plain(&plan(Fault::Panic, Program::Supervised), &seen);
        assert!(text.contains("supervised: the run ended before it was made again\n"), "{text}");
        assert!(text.contains("  restart   none: the run ended before\n"), "{text}");
        let text = plain(&plan(Fault::Hang, Program::Supervised), &seen);
        assert!(text.contains("  restart   none: app/store did not end\n"), "{text}");
        let text = plain(&plan(Fault::Panic, Program::Owned), &seen);
        assert!(!text.contains("saw an error") && !text.contains("restart   "), "{text}");
    }

    #[test]
    fn what_plain_tokio_leaves_behind_has_rows_of_its_own() {
        let tally = Arc::new(Tally::new(100, 10));
        let counted = Counted { started: 111, ended: 0, accepted: 500, answered: 390, ..Counted::default() };
        let mut seen = Outcome::of(&tally, Books::Counted(counted));
        (seen.blocked_forever, seen.killed_unfinished) = (110, 111);
        let text = plain(&plan(Fault::Silent, Program::Naive), &seen);
        for part in [
            "blocked for ever      110   callers",
            "killed unfinished     111   tasks",
            "unanswered            110   requests",
            "tasks: started 111 > ended 0 · requests: accepted 500 > answered 390 · leaked unknown",
            "verdict   not clean: 111 tasks had not ended when main returned (compare: tenure demo --fault silent)",
        ] {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }

    #[test]
    fn x7_a_hostile_panic_text_cannot_move_the_cursor() {
        let tally = Arc::new(Tally::new(1, 0));
        tally.fault_strikes_now();
        let mut seat = tally.seat(0);
        seat.asks();
        seat.got_error(Answer::Panicked, Back::No, || Some("panicked \"\x1b[2J\r\n\"".into()));
        let text = plain(&plan(Fault::Panic, Program::Owned), &Outcome::of(&tally, Books::Tenure(account())));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
}
