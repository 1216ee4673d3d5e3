//! Rules on subjects made by hand, the order in which problems are told, and what is published.

use crate::health::options::HealthOptions;
use crate::health::rule::{
    Health, HealthStatus, PROBLEMS_MAX, Problem, Rule, Severity, Subject, SubjectKind,
};
use crate::health::rules::{GaveUp, MailboxFull, RestartIntensity};
use crate::health::watch::Watch;
use crate::ident::TaskPath;
use crate::scope::snapshot::{Importance, OwnerSeen, Supervises, SupervisorNote, Watched};
use std::sync::{Arc, Weak};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn note() -> SupervisorNote {
    SupervisorNote {
        path: TaskPath::from("app/pool"),
        in_backoff: Vec::new(),
        window: 0,
        restarts_max: 5,
        window_age: Duration::ZERO,
        isolated: Vec::new(),
        gave_up: None,
    }
}

fn child(name: &str, since: u32) -> (TaskPath, Duration) {
    (TaskPath::from(name), MS * since)
}

/// S32b.
#[test]
fn tp006_a_child_in_backoff_or_more_than_half_a_window_is_a_warning() {
    assert_eq!(RestartIntensity.judge(&note()), None);
    assert_eq!(RestartIntensity.judge(&SupervisorNote { window: 2, ..note() }), None, "two of five");
    assert_eq!(RestartIntensity.judge(&SupervisorNote { restarts_max: 0, ..note() }), None, "none of none");
    let half = SupervisorNote { window: 3, window_age: MS * 70, ..note() };
    let problem = RestartIntensity.judge(&half).expect("three of five");
    assert_eq!((problem.severity, problem.since), (Severity::Warning, MS * 70));
    let in_backoff = vec![child("app/pool/a", 5), child("app/pool/b", 9)];
    let problem =
        RestartIntensity.judge(&SupervisorNote { window: 1, in_backoff, ..note() }).expect("two wait");
    assert_eq!((problem.code, problem.since), ("TP006", MS * 9));
    assert_eq!(problem.what, "`app/pool` has 1 restart in its window; at more than 5 it gives up.");
    assert_eq!(problem.why, "Waiting to be started again: `app/pool/a`, `app/pool/b`.");
}

/// S32b.
#[test]
fn tp007_a_supervisor_that_gave_up_or_isolated_a_child_is_critical() {
    assert_eq!(GaveUp.judge(&SupervisorNote { window: 5, ..note() }), None);
    let isolated = vec![child("app/pool/a", 5)];
    let problem = GaveUp.judge(&SupervisorNote { isolated, ..note() }).expect("one is isolated");
    assert_eq!((problem.code, problem.severity, problem.since), ("TP007", Severity::Critical, MS * 5));
    assert_eq!(problem.what, "`app/pool` keeps `app/pool/a` down.");
    let problem = GaveUp.judge(&SupervisorNote { gave_up: Some(MS), ..note() }).expect("it gave up");
    assert_eq!(problem.what, "`app/pool` has given up.");
}

#[test]
fn supervisors_are_asked_as_long_as_they_live() {
    struct Pool;
    impl Supervises for Pool {
        fn note(&self) -> SupervisorNote {
            note()
        }
    }
    let watched = Watched::default();
    let pool = Arc::new(Pool);
    watched.add_supervisor(Arc::downgrade(&pool) as Weak<dyn Supervises>);
    assert_eq!(watched.supervisors().len(), 1);
    drop(pool);
    assert_eq!(watched.supervisors().len(), 0);
}

#[test]
fn tp005_on_an_owner_that_matters_is_critical() {
    let owner = OwnerSeen {
        path: TaskPath::from("app/a"),
        task: None,
        importance: Importance::Critical,
        turn: None,
        turn_bound: None,
        full: Some(MS * 1_000),
        capacity: 1,
        waiting: 1,
        oldest: None,
        calls_ended: 0,
        calls_expired: 0,
        down: None,
    };
    let rule = MailboxFull { after: MS * 1_000 };
    assert_eq!(rule.judge(&owner).map(|problem| problem.severity), Some(Severity::Critical));
    let plain = OwnerSeen { importance: Importance::Plain, ..owner };
    assert_eq!(rule.judge(&plain).map(|problem| problem.severity), Some(Severity::Warning));
}

fn problem(code: &'static str, severity: Severity, path: &str, since: u32) -> Problem {
    let subject = Subject { kind: SubjectKind::Owner, id: None, path: TaskPath::from(path) };
    let (what, why) = (format!("`{path}` is unwell."), "Nobody knows.".to_owned());
    let (name, help, summary) = ("unwell", "wait", "are unwell");
    Problem {
        code,
        name,
        severity,
        subject,
        site: None,
        since: MS * since,
        what,
        why,
        help,
        summary,
        lint: None,
    }
}

#[test]
fn the_worst_problem_is_told_first_then_the_oldest() {
    use Severity::{Critical, Info, Warning};
    let health = Health::of(
        vec![
            problem("TP016", Info, "i", 99),
            problem("TP004", Warning, "b", 5),
            problem("TP004", Warning, "a", 5),
            problem("TP007", Critical, "new", 1),
            problem("TP004", Critical, "old", 2),
            problem("TP005", Warning, "older", 7),
        ],
        true,
        Duration::ZERO,
    );
    let order: Vec<_> = health.problems.iter().map(|there| there.subject.path.as_str()).collect();
    assert_eq!(order, ["old", "new", "older", "a", "b", "i"]);
    assert_eq!((health.status, health.ready), (HealthStatus::Failing, false));
}

#[test]
fn only_problems_that_keep_it_from_serving_take_readiness_away() {
    let of = |problem| Health::of(vec![problem], true, Duration::ZERO);
    assert!(of(problem("TP004", Severity::Critical, "a", 1)).ready);
    assert!(of(problem("TP012", Severity::Warning, "a", 1)).ready);
    assert!(!of(problem("TP012", Severity::Critical, "a", 1)).ready);
    assert!(!Health::of(Vec::new(), false, Duration::ZERO).ready, "it did not say so");
    let info = of(problem("TP016", Severity::Info, "a", 1));
    assert_eq!(info.status, HealthStatus::Ok, "info changes nothing");
}

#[test]
fn many_problems_of_a_kind_are_summed_up_and_what_is_not_listed_is_counted() {
    let many = (0..300).map(|n| problem("TP004", Severity::Warning, &format!("app/{n:03}"), 1)).collect();
    let health = Health::of(many, true, Duration::ZERO);
    assert_eq!((health.problems.len(), health.problems_total), (PROBLEMS_MAX, 300));
    assert_eq!(
        health.to_string(),
        "degraded: 0 critical, 256 warnings, 44 more not listed
WARN TP004 unwell  app/000  1ms
     `app/000` is unwell. Nobody knows.
     do: wait
WARN TP004 unwell  app/001  1ms
     `app/001` is unwell. Nobody knows.
     do: wait
WARN TP004 unwell  app/002  1ms
     `app/002` is unwell. Nobody knows.
     do: wait
     253 more are unwell"
    );
}

#[test]
fn a_published_problem_is_taken_back_when_it_was_missed_three_times_running() {
    let watch = Watch::new(HealthOptions::DEFAULT);
    let seen = || vec![problem("TP004", Severity::Warning, "a", 1)];
    let is_told = |found| {
        watch.publish_found(found, true, Duration::ZERO);
        watch.last().expect("published").problem("TP004").is_some()
    };
    assert!(is_told(seen()));
    assert!(is_told(Vec::new()));
    assert!(is_told(Vec::new()));
    assert!(is_told(seen()), "it is back: the count begins anew");
    assert!(is_told(Vec::new()));
    assert!(is_told(Vec::new()));
    assert!(!is_told(Vec::new()));
}

/// Every rule's code has a page.
#[test]
fn every_problem_that_can_be_told_has_a_page() {
    let codes = [
        "TP003", "TP004", "TP005", "TP006", "TP007", "TP008", "TP012", "TP013", "TP014", "TP017", "TP018",
        "TP021", "TP022",
    ];
    for code in codes {
        let page =
            problem(code, Severity::Warning, "a", 1).page().unwrap_or_else(|| panic!("{code} has no page"));
        assert!(page.starts_with(&format!("# {code} ")));
    }
}
