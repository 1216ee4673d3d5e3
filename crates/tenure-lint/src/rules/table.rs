//! Every rule: its name, level, group and page. There is no other list of them.

use super::{Sink, owned, process, tasks, waits};
use crate::finding::{Confidence, Level};
use crate::names::Cx;

/// When a rule is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new group is a new rule for when a rule is on: a reader must decide"
)]
pub enum Group {
    /// Always, unless it is turned off.
    Default,
    /// If it is asked for.
    Pedantic,
    /// Where the package depends on `tenure`.
    Tenure,
    /// Always; it cannot be turned off.
    Always,
}

impl Group {
    /// As it is listed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pedantic => "pedantic",
            Self::Tenure => "tenure",
            Self::Always => "always",
        }
    }
}

/// One rule.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Rule {
    /// `TN001`.
    pub id: &'static str,
    /// `detached-task`.
    pub name: &'static str,
    /// When it is on.
    pub group: Group,
    /// How bad a finding is.
    pub level: Level,
    /// How sure a finding is, unless it says otherwise.
    pub confidence: Confidence,
    /// What it finds.
    pub line: &'static str,
    /// The page: what, why it leaks, the fix as code, when to suppress.
    pub page: &'static str,
    /// It covers tests by itself.
    pub(crate) covers_tests: bool,
    pub(crate) check: Option<fn(&Cx<'_>, &mut Sink)>,
}

macro_rules! rule {
    ($id:literal, $name:literal, $group:ident, $level:ident, $confidence:ident, $tests:literal, $check:expr, $line:literal) => {
        Rule {
            id: concat!("TN", $id),
            name: $name,
            group: Group::$group,
            level: Level::$level,
            confidence: Confidence::$confidence,
            line: $line,
            page: include_str!(concat!("../../rules/tn", $id, ".md")),
            covers_tests: $tests,
            check: $check,
        }
    };
}

/// All, in the order of their ids.
#[rustfmt::skip] // one rule a line
static RULES: [Rule; 28] = [
    rule!("001", "detached-task", Default, Warn, High, false, Some(tasks::tn001::check), "a task whose handle is dropped: nobody joins, stops or sees the failure of it"),
    rule!("002", "detached-thread", Default, Warn, High, false, Some(tasks::tn002::check), "a thread whose handle is dropped: it is cut off at exit"),
    rule!("003", "parked-handle", Default, Warn, Medium, false, Some(tasks::tn003::check), "a field that keeps a handle which nothing reads: dropping it detaches the task"),
    rule!("004", "unbounded-spawn", Default, Warn, Medium, false, Some(tasks::tn004::check), "a task for each event with no limit: a burst becomes memory"),
    rule!("005", "sleep-for-lifecycle", Default, Warn, Medium, true, Some(waits::tn005::check), "a sleep where the event of a start or an end should be awaited"),
    rule!("006", "sleep-poll", Default, Warn, High, true, Some(waits::tn006::check), "a loop that sleeps until something is so, instead of waiting for it"),
    rule!("007", "unbounded-channel", Default, Warn, High, false, Some(process::tn007::check), "a channel without a bound: a slow receiver becomes memory"),
    rule!("008", "endless-loop", Default, Warn, High, false, Some(waits::tn008::check), "a loop that nothing ends, in a future that nobody can drop"),
    rule!("009", "self-held-sender", Default, Deny, High, true, Some(waits::tn009::check), "a receive loop whose own function still holds a sender: it never ends"),
    rule!("010", "lock-held-across-wait", Default, Warn, Medium, false, Some(waits::tn010::check), "a guard that is alive while something else is waited for"),
    rule!("011", "blocking-in-async", Default, Warn, High, false, Some(process::tn011::check), "a call that blocks the thread where a task is polled"),
    rule!("012", "exit-in-async", Default, Warn, High, false, Some(process::tn012::check), "the process is ended under running tasks"),
    rule!("013", "swallowed-join-error", Default, Warn, Medium, false, Some(tasks::tn013::check), "the result of a join is thrown away: a panic is lost"),
    rule!("014", "ignored-timeout", Pedantic, Note, High, false, Some(process::tn014::check), "the result of a timeout is thrown away: done and given up look the same"),
    rule!("015", "unreaped-task-set", Default, Warn, Medium, false, Some(tasks::tn015::check), "a set of tasks whose results nobody takes: they pile up, and panics are unseen"),
    rule!("016", "tracker-never-closed", Pedantic, Deny, Medium, false, Some(tasks::tn016::check), "a tracker that is waited for and never closed: the wait never ends"),
    rule!("017", "ctrl-c-only", Pedantic, Note, High, false, Some(process::tn017::check), "Ctrl-C is handled and SIGTERM is not: supervisors stop with SIGTERM"),
    rule!("018", "cancel-unsafe-select-arm", Pedantic, Note, Medium, false, Some(waits::tn018::check), "an arm of a select in a loop loses work each time another arm wins"),
    rule!("101", "raw-spawn", Tenure, Deny, High, true, Some(owned::tn101::check), "a task beside tenure: use a scope"),
    rule!("102", "wait-without-ctx", Tenure, Deny, High, true, Some(owned::tn102::check), "a wait that the context at hand does not end"),
    rule!("103", "raw-sleep", Tenure, Warn, High, true, Some(owned::tn103::check), "a sleep that the context at hand does not end"),
    rule!("104", "lost-context", Tenure, Warn, High, true, Some(owned::tn104::check), "a context that is given and not passed on"),
    rule!("105", "parked-context", Tenure, Warn, High, true, Some(owned::tn105::check), "a context kept in a field: it outlives its request"),
    rule!("106", "ignored-outcome", Tenure, Deny, High, true, Some(owned::tn106::check), "the outcome of a call, a stop or a run is thrown away"),
    rule!("107", "blocking-turn", Tenure, Deny, High, true, Some(owned::tn107::check), "a turn that blocks its owner's thread, or calls its own owner"),
    rule!("900", "not-analysed", Always, Note, High, true, None, "a file, or a part of it, that could not be read"),
    rule!("901", "bad-suppression", Always, Warn, High, true, None, "a suppression without a reason, or of a rule that does not exist"),
    rule!("902", "unused-suppression", Always, Warn, High, true, None, "a suppression that suppresses nothing"),
];

pub(crate) const NOT_ANALYSED: &str = "TN900";
pub(crate) const BAD_SUPPRESSION: &str = "TN901";
pub(crate) const UNUSED_SUPPRESSION: &str = "TN902";

/// All rules, in the order of their ids.
#[must_use]
pub fn list() -> &'static [Rule] {
    &RULES
}

/// The rule with this id or name, in any case.
#[must_use]
pub fn find(id_or_name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.id.eq_ignore_ascii_case(id_or_name) || rule.name.eq_ignore_ascii_case(id_or_name))
}
