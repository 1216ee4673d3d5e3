//! The shutdown report, `tenure.report/1` (S45): what ended how, and who had to be ended by force.
//!
//! The text form leaves out what there is nothing to say about; its last line is always the account (S16e).

use crate::Account;
use crate::text::{self, thousands};
use std::fmt;

#[cfg(feature = "serde")]
use crate::text::json;

/// The schema of [`Report`].
pub const REPORT_SCHEMA: &str = "tenure.report/1";

/// Always [`REPORT_SCHEMA`]: a report cannot claim another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportSchema;

#[cfg(feature = "serde")]
impl serde::Serialize for ReportSchema {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(REPORT_SCHEMA)
    }
}

/// How a program ended. Names of kinds, stages, rungs, classes and reasons are in `snake_case`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Report {
    /// The schema's name and version.
    pub schema: ReportSchema,
    /// The process.
    pub pid: u32,
    /// The program.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub name: String,
    /// The program's version.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub version: String,
    /// The library's version.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub tenure: String,
    /// Why the shutdown began.
    pub cause: Cause,
    /// Signals that counted.
    pub signals: u64,
    /// Signals so soon after one that counted that they were the same request.
    pub signals_debounced: u64,
    /// Whether the stop came before the root was ready.
    pub stopped_before_ready: bool,
    /// From the start to the stop request.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::number"))]
    pub ran_ms: u64,
    /// From the stop request to the end.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::number"))]
    pub took_ms: u64,
    /// What the shutdown might have taken.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::number"))]
    pub budget_ms: u64,
    /// The stages that were entered, in order.
    pub stages: Vec<Stage>,
    /// What became of the request scopes that were open at the stop request.
    pub in_flight: InFlight,
    /// What main's body gave; `None` if it had not ended.
    pub main: Option<MainEnd>,
    /// Tasks that did not end by themselves; the first 100.
    pub stragglers: Vec<Straggler>,
    /// How many there were.
    pub stragglers_total: u64,
    /// Owners that did not simply drain.
    pub owners: Vec<OwnerEnd>,
    /// Errors of tasks; the first 16.
    pub errors: Vec<ErrorLine>,
    /// How many there were.
    pub errors_total: u64,
    /// Leaks proven at the end.
    pub leaks: Vec<Leak>,
    /// Every task and every request.
    pub account: Account,
    /// Messages that systemd could not be sent.
    pub systemd_failures: u64,
    /// No straggler, a balanced account, nothing leaked.
    pub clean: bool,
    /// What the process ended with.
    pub exit_code: u8,
}

/// Why a shutdown began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Cause {
    /// `signal`, `main_returned`, `task_failed`, `gave_up` or `asked`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub kind: String,
    /// The signal's name, or the reason that was given.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::prose"))]
    pub detail: Option<String>,
    /// The task or supervisor it came from.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::path"))]
    pub path: Option<String>,
}

/// One stage of the shutdown (S43).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Stage {
    /// `unready`, `drain`, `cancel`, `abort` or `report`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub stage: String,
    /// When it began, from the stop request.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::number"))]
    pub at_ms: u64,
    /// How long it lasted.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::number"))]
    pub took_ms: u64,
    /// Tasks that were live when it began.
    pub left: u64,
}

/// Open request scopes at the stop request, and what became of them (S44b).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct InFlight {
    /// How many were open.
    pub at_signal: u64,
    /// Ended by themselves.
    pub completed: u64,
    /// Ended when they were cancelled.
    pub cancelled: u64,
    /// Were ended by force.
    pub aborted: u64,
    /// Had not ended at the end.
    pub leaked: u64,
}

/// What main's body gave (S50).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MainEnd {
    /// The name of the exit reason.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub reason: String,
    /// The error or panic.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::prose"))]
    pub text: Option<String>,
}

/// A task that did not end by itself (S45a).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Straggler {
    /// `"<slot>.<generation>"`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub id: String,
    /// The task.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::path"))]
    pub path: String,
    /// `request`, `service` or `blocking`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub class: String,
    /// Where it was started.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::site"))]
    pub site: Option<String>,
    /// `abort` or `name`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub rung: String,
    /// The name of its exit reason; `leaked` if it had not ended.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub reason: String,
    /// What it waited for, to follow "waited for": `a reply of app/store at src/up.rs:31:22`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::prose"))]
    pub waits: Option<String>,
    /// For how long it had waited; without `waits`, for how long it had been in its code or a destructor.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::number"))]
    pub since_ms: Option<u64>,
    /// The thread of a blocking closure.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub thread: Option<String>,
}

/// An owner that did not simply drain (S38f).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OwnerEnd {
    /// The owner.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::path"))]
    pub path: String,
    /// Whether every request it had accepted was answered by a turn.
    pub drained: bool,
    /// Requests that were not.
    pub unanswered: u64,
    /// The rung that cut it short.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub rung: Option<String>,
}

/// An error of a task (S4, S44c).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ErrorLine {
    /// The task; `app/mailer@2` for the second life of a child.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::path"))]
    pub path: String,
    /// Where it was started.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::site"))]
    pub site: Option<String>,
    /// The name of its exit reason.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::name"))]
    pub reason: String,
    /// The error or panic.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::prose"))]
    pub text: Option<String>,
}

/// A proven leak. It has no value yet: nothing can prove one before the proof is built, and `leaks` is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Leak {}

#[cfg(feature = "serde")]
impl Report {
    /// The report as one line of JSON.
    pub fn to_json(&self) -> String {
        json::line(self)
    }
}

/// What is said at the left edge of a line about one thing; all texts begin in one column.
struct Label<'a>(&'a str);
impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:<11}", self.0)
    }
}

/// Several lines, without a line break at the end.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_headline(f)?;
        self.write_signals(f)?;
        self.write_stages(f)?;
        self.write_in_flight(f)?;
        self.write_ended(f)?;
        self.write_main(f)?;
        self.write_stragglers(f)?;
        self.write_owners(f)?;
        self.write_errors(f)?;
        self.write_systemd(f)?;
        write!(f, "  {}", self.account)
    }
}

impl Report {
    fn write_headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = text::name(&self.name);
        // A root in a foreign runtime has a name, and no version.
        let version =
            if self.version.is_empty() { String::new() } else { format!(" {}", text::name(&self.version)) };
        let ran = text::duration(self.ran_ms);
        write!(f, "tenure: {name}{version} stopped by ")?;
        // A main that returns is a program that is done; one that fails is another thing.
        match (self.cause.kind.as_str(), self.main.as_ref().map(|main| main.reason.as_str())) {
            ("main_returned", Some("failed" | "gave_up" | "timed_out")) => {
                f.write_str("the failure of main")?
            }
            ("main_returned", Some("panicked")) => f.write_str("the panic of main")?,
            _ => write!(f, "{}", self.cause)?,
        }
        write!(f, " after {ran}; ")?;
        let (took, budget) = (text::duration_fine(self.took_ms), text::duration_chosen(self.budget_ms));
        writeln!(f, "took {took} of {budget}; exit code {}", self.exit_code)
    }

    fn write_signals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stopped_before_ready {
            writeln!(f, "  stopped before it was ready")?;
        }
        match (self.signals, self.signals_debounced) {
            (0 | 1, 0) => Ok(()),
            (counted, 0) => writeln!(f, "{}{counted}", Label("signals")),
            (counted, same) => {
                writeln!(f, "{}{counted}, and {same} too soon after another to count", Label("signals"))
            }
        }
    }

    /// A stage that took no time did nothing; the report's own time is not the program's.
    fn write_stages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.stages.iter().filter(|s| s.took_ms > 0 && s.stage != "report");
        let told: Vec<String> =
            told.map(|s| format!("{} {}", text::name(&s.stage), text::duration(s.took_ms))).collect();
        if told.is_empty() { Ok(()) } else { writeln!(f, "  {}", told.join(" · ")) }
    }

    fn write_in_flight(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InFlight { at_signal, completed, cancelled, aborted, leaked } = self.in_flight;
        if at_signal == 0 {
            return Ok(());
        }
        let moment = if self.cause.kind == "signal" { "signal" } else { "stop" };
        let became =
            [("completed", completed), ("cancelled", cancelled), ("aborted", aborted), ("leaked", leaked)];
        let became = counts(&became).join(", ");
        writeln!(f, "  in flight at the {moment} {}: {became}", thousands(at_signal))
    }

    fn write_ended(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = counts(&self.account.ended_by.counts());
        if ended.is_empty() { Ok(()) } else { writeln!(f, "{}{}", Label("ended"), ended.join(" · ")) }
    }

    /// Main's bad end, unless a line about errors says the same.
    fn write_main(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(MainEnd { reason, text }) = &self.main else { return Ok(()) };
        let told = self.errors.iter().any(|e| e.reason == *reason && e.text == *text);
        if told || reason == "normal" || reason == "shutdown" {
            return Ok(());
        }
        write!(f, "{}{}", Label("main"), end(reason))?;
        writeln!(f, "{}", Quoted(text.as_deref()))
    }

    /// A hundred clients that waited for one owner are one line, named after the first: who waited longest is told.
    fn write_stragglers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(&Straggler, u64, Option<u64>)> = Vec::new();
        for s in &self.stragglers {
            match groups.iter_mut().find(|(known, ..)| known.is_alike(s)) {
                Some(group) => *group = (group.0, group.1 + 1, group.2.max(s.since_ms)),
                None => groups.push((s, 0, s.since_ms)),
            }
        }
        for (s, alike, since_ms) in groups {
            s.write(f, alike, since_ms)?;
        }
        write_more(f, self.stragglers_total, self.stragglers.len())
    }

    fn write_owners(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for owner in self.owners.iter().filter(|owner| !owner.drained) {
            write!(f, "{}{}", Label("cut short"), text::path(&owner.path))?;
            if let Some(rung) = &owner.rung {
                write!(f, "   by {}", spaced(rung))?;
            }
            writeln!(f, "   {} unanswered", thousands(owner.unanswered))?;
        }
        Ok(())
    }

    /// Why a service manager may have ended a program that did nothing wrong.
    fn write_systemd(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.systemd_failures {
            0 => Ok(()),
            1 => writeln!(f, "{}1 message could not be sent", Label("systemd")),
            more => writeln!(f, "{}{} messages could not be sent", Label("systemd"), thousands(more)),
        }
    }

    /// The lives of one child that ended alike are one line, named after the last.
    fn write_errors(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(&ErrorLine, u64)> = Vec::new();
        for error in &self.errors {
            match groups.iter_mut().find(|(known, _)| known.is_alike(error)) {
                Some(group) => *group = (error, group.1 + 1),
                None => groups.push((error, 1)),
            }
        }
        for (error, times) in groups {
            write!(f, "{}{}", Label(&spaced(&error.reason)), text::path(&error.path))?;
            if let Some(site) = &error.site {
                write!(f, "   {}", text::site(site))?;
            }
            write!(f, "{}", Quoted(error.text.as_deref()))?;
            if times > 1 {
                write!(f, " ({times} times)")?;
            }
            writeln!(f)?;
        }
        write_more(f, self.errors_total, self.errors.len())
    }
}

impl Straggler {
    fn is_alike(&self, other: &Self) -> bool {
        self.class == other.class
            && self.site == other.site
            && self.reason == other.reason
            && self.waits == other.waits
            && self.since_ms.is_some() == other.since_ms.is_some()
            && (&self.thread, &other.thread) == (&None, &None)
    }

    /// With how many are like it, and the longest time among them.
    fn write(&self, f: &mut fmt::Formatter<'_>, alike: u64, since_ms: Option<u64>) -> fmt::Result {
        write!(f, "{}{}", Label("straggler"), text::path(&self.path))?;
        if alike > 0 {
            write!(f, " and {} alike", thousands(alike))?;
        }
        write!(f, "   {}", text::name(&self.class))?;
        if let Some(site) = &self.site {
            write!(f, "   started at {}", text::site(site))?;
        }
        if let Some(thread) = &self.thread {
            write!(f, "   thread {}", text::name(thread))?;
        }
        writeln!(f, "   {}", end(&self.reason))?;
        let (below, time) = (Label(""), since_ms.map(text::duration));
        match (self.waits.as_deref().map(text::prose), time) {
            (Some(waits), Some(time)) => writeln!(f, "{below}waited for {waits}, for {time}"),
            (Some(waits), None) => writeln!(f, "{below}waited for {waits}"),
            // Its thread is in its code, or in a destructor.
            (None, Some(time)) => writeln!(f, "{below}has been running for {time}"),
            (None, None) => writeln!(f, "{below}was in no wait that tenure knows"),
        }
    }
}

impl ErrorLine {
    fn is_alike(&self, other: &Self) -> bool {
        fn task(path: &str) -> &str {
            path.rsplit_once('@').map_or(path, |(task, _life)| task)
        }
        task(&self.path) == task(&other.path)
            && self.site == other.site
            && self.reason == other.reason
            && self.text == other.text
    }
}

/// To follow "stopped by".
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail.as_deref().map(text::prose);
        let path = self.path.as_deref().map(text::path);
        match (self.kind.as_str(), path) {
            ("signal", _) => return f.write_str(detail.as_deref().unwrap_or("a signal")),
            ("main_returned", _) => f.write_str("the return of main")?,
            ("task_failed", Some(path)) => write!(f, "the failure of {path}")?,
            ("task_failed", None) => f.write_str("the failure of a task")?,
            ("gave_up", Some(path)) => write!(f, "{path} giving up")?,
            ("gave_up", None) => f.write_str("a supervisor giving up")?,
            ("asked", _) => f.write_str("request")?,
            ("", _) => f.write_str("an unknown cause")?,
            (other, _) => f.write_str(&spaced(other))?,
        }
        match detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

/// A text of a user, in quotes, after the space that sets it apart; nothing if there is none.
struct Quoted<'a>(Option<&'a str>);
impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => write!(f, "   \"{}\"", text::prose(text)),
            None => Ok(()),
        }
    }
}

/// How a task ended. What has no reason yet is the one to look at: it holds whatever it held.
fn end(reason: &str) -> String {
    if reason == "leaked" { "still runs".to_owned() } else { spaced(reason) }
}

/// `timed_out` as people write it.
fn spaced(name: &str) -> String {
    text::name(name).replace('_', " ")
}

/// `completed 30` and so on; what is 0 is left out.
fn counts(named: &[(&str, u64)]) -> Vec<String> {
    named.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {}", thousands(*n))).collect()
}

fn write_more(f: &mut fmt::Formatter<'_>, total: u64, told: usize) -> fmt::Result {
    match total.saturating_sub(told as u64) {
        0 => Ok(()),
        more => writeln!(f, "{}… and {} more", Label(""), thousands(more)),
    }
}
