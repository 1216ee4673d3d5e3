//! What a rule is, and what it finds: a [`Problem`], and all of them as the [`Health`] of a root.

use crate::ident::{TaskId, TaskPath};
use crate::task::future::Site;
use std::fmt;
use std::time::Duration;

/// Problems that a look tells. What is more is counted; the worst come first, so what is left out is not the worst.
pub const PROBLEMS_MAX: usize = 256;

/// Problems of one kind that are shown one by one in text; the others are summed up.
const SHOWN_OF_A_KIND: usize = 3;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; the health does not change.
    Info,
    /// The health is degraded.
    Warning,
    /// The health is failing.
    Critical,
}

impl Severity {
    /// Its name, as it stands in JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubjectKind {
    /// A task.
    Task,
    /// A state owner.
    Owner,
    /// A scope.
    Scope,
    /// A supervisor.
    Supervisor,
    /// The root, and with it the runtime.
    Root,
}

impl SubjectKind {
    /// Its name, as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Owner => "owner",
            Self::Scope => "scope",
            Self::Supervisor => "supervisor",
            Self::Root => "root",
        }
    }
}

/// Whom or what a problem is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its task's record, where it has one.
    pub id: Option<TaskId>,
    /// Where it stands in the tree of owners.
    pub path: TaskPath,
}

/// Something that can be in trouble, as a look saw it.
pub(crate) trait Seen {
    /// `None` if it has ended since.
    fn subject(&self) -> Option<Subject>;
    /// Where to look in the source: of a wait the wait's, else where it was started.
    fn site(&self) -> Option<Site>;
}

/// How badly something is in trouble, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) severity: Severity,
    pub(crate) since: Duration,
}

impl Trouble {
    pub(crate) fn warning(since: Duration) -> Self {
        Self { severity: Severity::Warning, since }
    }

    pub(crate) fn critical(since: Duration) -> Self {
        Self { severity: Severity::Critical, since }
    }
}

/// A kind of problem: what is the same for all that have it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Never reused.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    /// To follow a count: "owners have been in one turn for too long".
    pub(crate) summary: &'static str,
    /// One sentence: what to do now.
    pub(crate) help: &'static str,
    /// The rule of the linter that finds the same fault in source.
    pub(crate) lint: Option<&'static str>,
}

/// One way in which the system, not the process, is unwell. `S` is what the rule looks at: a task, an owner, a scope.
///
/// A rule decides and words; it looks nothing up but in what it is given, and runs no user code (H1).
pub(crate) trait Rule<S: Seen + ?Sized>: fmt::Debug {
    fn kind(&self) -> &'static Kind;
    /// Is `subject` in trouble now?
    fn check(&self, subject: &S) -> Option<Trouble>;
    /// This case, as a sentence with its numbers: "`app/store` has been in one turn for 4.2s".
    fn sentence(&self, subject: &S) -> String;
    /// What causes it, as far as that is known.
    fn why(&self, subject: &S) -> String;

    /// What to do now.
    fn help(&self) -> &'static str {
        self.kind().help
    }

    /// This case as a problem, if it is one.
    fn judge(&self, seen: &S) -> Option<Problem> {
        let Trouble { severity, since } = self.check(seen)?;
        Some(Problem {
            code: self.kind().code,
            name: self.kind().name,
            severity,
            subject: seen.subject()?,
            site: seen.site(),
            since,
            what: self.sentence(seen),
            why: self.why(seen),
            help: self.help(),
            summary: self.kind().summary,
            lint: self.kind().lint,
        })
    }
}

/// One way in which the system is unwell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// `TPnnn`; never reused, and the name of its page ([`Problem::page`]).
    pub code: &'static str,
    /// The code as a word: `turn_over_bound`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whom it is about.
    pub subject: Subject,
    /// Where to look in the source: the wait's site, else where the subject was started.
    pub site: Option<Site>,
    /// For how long.
    pub since: Duration,
    /// What is wrong: one sentence with its numbers.
    pub what: String,
    /// What causes it, as far as that is known: one sentence.
    pub why: String,
    /// What to do now: one sentence.
    pub help: &'static str,
    /// The kind of problem, to follow a count.
    pub summary: &'static str,
    /// The rule of the linter that finds the same fault in source, `TNnnn`.
    pub lint: Option<&'static str>,
}

impl Problem {
    /// The page of its code, in Markdown: what it means, why it hurts, what to do.
    pub fn page(&self) -> Option<&'static str> {
        tenure_wire::problems::page(self.code)
    }

    /// Severity, then the older, then the path: the same state is told in the same order.
    pub(crate) fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        let key = |p: &Self| (p.code, p.subject.kind, p.subject.id.map(|id| (id.index, id.generation)));
        (b.severity.cmp(&a.severity))
            .then_with(|| b.since.cmp(&a.since))
            .then_with(|| a.subject.path.cmp(&b.subject.path))
            .then_with(|| key(a).cmp(&key(b)))
    }
}

impl fmt::Display for Problem {
    /// Three lines: who since when, what and why, what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, name, subject, what, why, help, .. } = self;
        let severity = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARN",
            Severity::Critical => "CRIT",
        };
        write!(f, "{severity} {code} {name}  {}", subject.path)?;
        if let Some(site) = self.site {
            write!(f, "  {site}")?;
        }
        write!(f, "  {}\n     {what} {why}\n     do: {help}", Age(self.since))
    }
}

/// How well a root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "green, yellow, red")]
pub enum HealthStatus {
    /// No problem; shown green.
    Ok,
    /// The worst problem is a warning; shown yellow.
    Degraded,
    /// At least one problem is critical; shown red.
    Failing,
}

impl HealthStatus {
    /// Its name, as it stands in JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }
}

/// The health of a root: its problems, the worst first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// By the worst problem.
    pub status: HealthStatus,
    /// Whether new work should be sent here: [`Scope::is_ready`](crate::Scope::is_ready) says so, and there is none of the
    /// problems that no request can be served under (a critical TP005, TP007 or TP012).
    pub ready: bool,
    /// At most [`PROBLEMS_MAX`]: critical ones first, of these the oldest.
    pub problems: Vec<Problem>,
    /// All of them.
    pub problems_total: usize,
    /// For how long the runtime has run nothing that was waiting to run; zero if it does.
    pub stalled: Duration,
}

/// Problems under which no request can be served, if critical.
const NOT_READY: [&str; 4] = ["TP002", "TP005", "TP007", "TP012"];

impl Health {
    pub(crate) fn of(mut problems: Vec<Problem>, says_ready: bool, stalled: Duration) -> Self {
        problems.sort_by(Problem::order);
        let status = match problems.first().map(|worst| worst.severity) {
            Some(Severity::Critical) => HealthStatus::Failing,
            Some(Severity::Warning) => HealthStatus::Degraded,
            Some(Severity::Info) | None => HealthStatus::Ok,
        };
        let is_in_the_way =
            |problem: &Problem| problem.severity == Severity::Critical && NOT_READY.contains(&problem.code);
        let ready = says_ready && !problems.iter().any(is_in_the_way);
        let problems_total = problems.len();
        problems.truncate(PROBLEMS_MAX);
        Self { status, ready, problems, problems_total, stalled }
    }

    /// The first problem of a code.
    pub fn problem(&self, code: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.code == code)
    }
}

impl fmt::Display for Health {
    /// The status, then the problems; of many of a kind the first few, and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |severity| self.problems.iter().filter(|there| there.severity == severity).count();
        let (critical, warnings) = (count(Severity::Critical), count(Severity::Warning));
        let warnings = Many(warnings, "warning", "warnings");
        write!(f, "{}: {critical} critical, {warnings}", self.status.name())?;
        let left_out = self.problems_total - self.problems.len();
        if left_out > 0 {
            write!(f, ", {left_out} more not listed")?;
        }
        for (at, problem) in self.problems.iter().enumerate() {
            let same = |there: &&Problem| (there.code, there.severity) == (problem.code, problem.severity);
            let before = self.problems[..at].iter().filter(same).count();
            if before < SHOWN_OF_A_KIND {
                write!(f, "\n{problem}")?;
            } else if before == SHOWN_OF_A_KIND {
                let more = self.problems.iter().filter(same).count() - SHOWN_OF_A_KIND;
                write!(f, "\n     {more} more {}", problem.summary)?;
            }
        }
        Ok(())
    }
}

/// A number and what it counts, one or more of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Many(pub(crate) usize, pub(crate) &'static str, pub(crate) &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(n, one, more) = *self;
        write!(f, "{n} {}", if n == 1 { one } else { more })
    }
}

/// A duration as people read it: `312ms`, `4.2s`, `1h05m`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Age(pub(crate) Duration);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0.as_secs(), self.0.subsec_millis());
        match seconds {
            0 => write!(f, "{millis}ms"),
            1..60 => write!(f, "{seconds}.{}s", millis / 100),
            60..3600 => write!(f, "{}m{:02}s", seconds / 60, seconds % 60),
            _ => write!(f, "{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        }
    }
}
