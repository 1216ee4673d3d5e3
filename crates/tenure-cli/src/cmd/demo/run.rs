//! One run, from the arguments to the exit code.

use super::fault::keep_the_planted_panic_quiet;
use super::measure::{Outcome, Tally, Verdict, judge};
use super::plan::{Plan, Program};
use super::progress::Progress;
use super::report::{Text, json};
use super::{memory, naive, owned};
use crate::args::DemoArgs;
use crate::env::{Form, ReportTo, Settings};
use crate::exit::Exit;
use crate::render::{Columns, Complaint, Look, fold};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tenure_wire::Report;
use tokio::runtime::Runtime;

/// One worker may be blocked by the planted hang; then another must go on.
const WORKERS_MIN: usize = 2;
/// How much further in a line of the report goes on that is too long for the terminal.
const REPORT_HANG: usize = 4;
/// How long the end waits for threads that do not come back. What they hold was already counted.
const THREADS_WITHIN: Duration = Duration::from_millis(100);

/// Runs the demo; an error was found before anything was started.
pub(crate) fn run(args: &DemoArgs, settings: &Settings, look: &Look) -> Result<Exit, Complaint> {
    let plan = Plan::new(args)?;
    memory::check(&plan, memory::available())?;
    let clients = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let tally = Arc::new(Tally::new(clients(plan.readers), clients(plan.writers)));
    keep_the_planted_panic_quiet();
    let runtime = runtime().map_err(|e| cannot_start(&e))?;
    let mut progress = Progress::new(&plan, look.clone(), Arc::clone(&tally));

    let mut outcome = match plan.program {
        Program::Owned | Program::Supervised => {
            runtime.block_on(owned::run(&plan, settings, tally, &mut progress))
        }
        Program::Naive => {
            runtime.block_on(naive::run(&plan, tally, &mut progress)).map_err(|e| cannot_start(&e))?
        }
    };
    runtime.shutdown_timeout(THREADS_WITHIN);

    let verdict = judge(&plan, &outcome);
    if let Some(report) = &mut outcome.shutdown {
        // The root knows its own end only; the process ends with the verdict.
        report.exit_code = verdict.exit.code();
        tell_report(report, settings, look);
    }
    Ok(tell(args, &plan, &outcome, &verdict, look))
}

fn runtime() -> io::Result<Runtime> {
    let threads = std::thread::available_parallelism().map_or(WORKERS_MIN, usize::from);
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads.max(WORKERS_MIN)).enable_all().build()
}

fn cannot_start(e: &io::Error) -> Complaint {
    Complaint {
        what: "the system refuses a thread or a signal handler".into(),
        why: e.to_string(),
        hint: "ulimit -a".into(),
        exit: Exit::Failed,
    }
}

/// The answer on stdout. If nobody reads it any more, the demo has still stopped by its plan, and its code stands.
fn tell(args: &DemoArgs, plan: &Plan, outcome: &Outcome, verdict: &Verdict, look: &Look) -> Exit {
    let text = if args.json {
        // Integers and strings: nothing in it can fail to be written.
        json(plan, outcome, verdict).unwrap_or_default() + "\n"
    } else {
        Text { plan, seen: outcome, verdict, look }.to_string()
    };
    let mut stdout = look.stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            look.note(&format!("the result could not be written: {e}"));
            verdict.exit.or_worse(Exit::Failed)
        }
        _ => verdict.exit,
    }
}

/// The report for a terminal of this width: what does not fit a line goes on a little further in.
fn folded(report: &str, dot: &str, width: usize) -> String {
    let facts = format!(" {dot} ");
    let lines = report.trim_end().lines().map(|line| {
        let text = line.trim_start();
        let from = line.len() - text.len();
        let between = if text.contains(&facts) { (facts.as_str(), "") } else { ("; ", ";") };
        let parts: Vec<String> = text.split(between.0).map(str::to_owned).collect();
        let columns = Columns { from, hang: from + REPORT_HANG, width: Some(width) };
        format!("{:from$}{}", "", fold(&parts, between, columns))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The report of the shutdown, where `TENURE_REPORT` sends it.
fn tell_report(report: &Report, settings: &Settings, look: &Look) {
    let formed = |form| match form {
        Form::Text => look.glyphs.only(report.to_string()),
        Form::Json => report.to_json(),
    };
    let written = match &settings.report {
        ReportTo::Nowhere => Ok(()),
        ReportTo::Stderr(Form::Text) if look.live => {
            writeln!(look.stderr(), "{}", folded(&formed(Form::Text), look.glyphs.dot, look.live_width()))
        }
        ReportTo::Stderr(form) => writeln!(look.stderr(), "{}", formed(*form).trim_end()),
        ReportTo::File(form, path) => std::fs::write(path, formed(*form).trim_end().to_owned() + "\n"),
    };
    if let Err(e) = written {
        let to = match &settings.report {
            ReportTo::File(_, path) => format!(" to `{}`", path.display()),
            _ => String::new(),
        };
        look.note(&format!("the report could not be written{to}: {e}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x5_a_report_that_is_too_wide_goes_on_further_in_and_keeps_what_belongs_together() {
        let report = "tenure: demo stopped; took 3 ms of 25 s; exit code 0\n  tasks: 7 = 7 · requests: 9 = 9 · leaked 0\n";
        assert_eq!(folded(report, "·", 60), report.trim_end());
        assert_eq!(
            folded(report, "·", 36),
            "tenure: demo stopped;\n    took 3 ms of 25 s; exit code 0\n  tasks: 7 = 7 · requests: 9 = 9\n      leaked 0"
        );
    }
}
