//! The report's text and JSON.
use tenure_wire::{
    Account, AnsweredBy, Cause, EndedBy, ErrorLine, InFlight, MainEnd, OwnerEnd, Report, Stage, Straggler,
};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn stage(stage: &str, at_ms: u64, took_ms: u64, left: u64) -> Stage {
    Stage { stage: stage.to_owned(), at_ms, took_ms, left }
}

/// The program of the command line's page: one upload did not end.
fn forced() -> Report {
    let mailer = |life: u32| ErrorLine {
        path: format!("app/mailer@{life}"),
        site: some("src/mail.rs:12:5"),
        reason: "failed".to_owned(),
        text: some("connection refused"),
    };
    Report {
        pid: 4_711,
        name: "shop".to_owned(),
        version: "1.4.0".to_owned(),
        tenure: "0.1.0".to_owned(),
        cause: Cause { kind: "signal".to_owned(), detail: some("SIGTERM"), path: None },
        signals: 1,
        ran_ms: 3_725_000,
        took_ms: 24_020,
        budget_ms: 25_000,
        stages: vec![
            stage("unready", 0, 0, 115),
            stage("drain", 0, 21_000, 115),
            stage("cancel", 21_000, 3_000, 1),
            stage("abort", 24_000, 20, 1),
            stage("report", 24_020, 1, 0),
        ],
        in_flight: InFlight { at_signal: 31, completed: 30, aborted: 1, ..InFlight::default() },
        main: Some(MainEnd { reason: "shutdown".to_owned(), text: None }),
        stragglers: vec![Straggler {
            id: "77.1".to_owned(),
            path: "app/http/conn-77/upload".to_owned(),
            class: "request".to_owned(),
            site: some("src/up.rs:20:9"),
            rung: "abort".to_owned(),
            reason: "aborted".to_owned(),
            waits: some("tcp 10.0.0.7:51000 at src/up.rs:31:22"),
            since_ms: Some(24_000),
            thread: None,
        }],
        stragglers_total: 1,
        errors: vec![mailer(0), mailer(1), mailer(2)],
        errors_total: 3,
        account: Account {
            started: 8_228,
            ended: 8_228,
            ended_by: EndedBy { normal: 8_112, shutdown: 112, failed: 3, aborted: 1, ..EndedBy::default() },
            accepted: 51_201,
            answered: 51_201,
            answered_by: AnsweredBy { replied: 51_201, ..AnsweredBy::default() },
            ..Account::default()
        },
        exit_code: 3,
        ..Report::default()
    }
}

/// Everything that can be said is said, and all of it is hostile or cut.
fn crowded() -> Report {
    let straggler = Straggler {
        id: "9.1".to_owned(),
        path: "app/\u{1b}[2Jclear".to_owned(),
        class: "blocking".to_owned(),
        rung: "name".to_owned(),
        reason: "leaked".to_owned(),
        since_ms: Some(90_000),
        thread: some("tokio-rt-worker (4712)"),
        ..Straggler::default()
    };
    Report {
        name: "a\u{202E}b".to_owned(),
        version: "2".repeat(100),
        cause: Cause { kind: "task_failed".to_owned(), detail: some("disk\nfull"), path: some("app/writer") },
        signals: 2,
        signals_debounced: 3,
        stopped_before_ready: true,
        ran_ms: 20,
        took_ms: 90_000,
        budget_ms: u64::MAX,
        stages: vec![stage("unready", 0, 5_000, 3)],
        in_flight: InFlight { at_signal: 4, completed: 1, cancelled: 1, aborted: 1, leaked: 1 },
        main: Some(MainEnd { reason: "timed_out".to_owned(), text: None }),
        stragglers: vec![
            straggler.clone(),
            Straggler { waits: some("a lock"), since_ms: None, thread: None, ..straggler.clone() },
            Straggler {
                since_ms: None,
                thread: None,
                rung: "abort".to_owned(),
                reason: "timed_out".to_owned(),
                ..straggler
            },
        ],
        stragglers_total: 1_002,
        owners: vec![
            OwnerEnd { path: "app/store".to_owned(), drained: false, unanswered: 2, rung: some("cancel") },
            OwnerEnd { path: "app/cache".to_owned(), drained: true, ..OwnerEnd::default() },
        ],
        errors: vec![
            ErrorLine {
                path: "app/writer".to_owned(),
                reason: "failed".to_owned(),
                text: some("disk\nfull"),
                site: None,
            },
            ErrorLine { path: "app/top".to_owned(), reason: "gave_up".to_owned(), ..ErrorLine::default() },
        ],
        errors_total: 3,
        systemd_failures: 4,
        account: Account { started: 3, ended: 1, live: 2, leaked: 2, leaked_total: 2, ..Account::default() },
        exit_code: 1,
        ..Report::default()
    }
}

#[track_caller]
fn assert_golden(made: &str, golden: &str) {
    assert_eq!(made, golden.trim_end_matches('\n'), "\nmade:\n{made}");
}

#[test]
fn s45_the_text_names_who_had_to_be_ended_by_force() {
    assert_golden(&forced().to_string(), include_str!("../golden/report-forced.txt"));
}

#[test]
fn s45_the_text_says_all_there_is_and_nothing_hostile() {
    let text = crowded().to_string();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert_golden(&text, include_str!("../golden/report-crowded.txt"));
}

#[test]
fn s16e_a_report_with_nothing_to_say_is_its_headline_and_the_account() {
    let report = Report {
        name: "shop".to_owned(),
        version: "1.4.0".to_owned(),
        cause: Cause { kind: "main_returned".to_owned(), ..Cause::default() },
        ran_ms: 1_234,
        budget_ms: 25_000,
        main: Some(MainEnd { reason: "normal".to_owned(), text: None }),
        clean: true,
        ..Report::default()
    };
    let wanted = "tenure: shop 1.4.0 stopped by the return of main after 1.2 s; took 0 ms of 25 s; exit code 0\n  \
                  tasks: started 0 = ended 0 · requests: accepted 0 = answered 0 · leaked 0";
    assert_eq!(report.to_string(), wanted);
}

#[test]
fn s45a_stragglers_that_are_alike_are_one_line_with_the_longest_wait() {
    let client = |number: u64, waits: &str| Straggler {
        path: format!("app/client#{number}"),
        class: "request".to_owned(),
        reason: "aborted".to_owned(),
        waits: some(waits),
        since_ms: Some(number * 1_000),
        ..Straggler::default()
    };
    let all = (1..=90)
        .map(|number| client(number, if number == 50 { "a timer" } else { "the reply of `app/store`" }));
    let report = Report { stragglers: all.collect(), stragglers_total: 112, ..Report::default() };
    let text = report.to_string();
    let told: Vec<&str> = text.lines().filter(|line| !line.contains("tasks:")).skip(1).collect();
    let wanted = [
        "  straggler  app/client#1 and 88 alike   request   aborted",
        "             waited for the reply of `app/store`, for 1m30s",
        "  straggler  app/client#50   request   aborted",
        "             waited for a timer, for 50.0 s",
        "             … and 22 more",
    ];
    assert_eq!(told, wanted, "{text}");
}

#[test]
fn s50_a_main_that_failed_is_not_one_that_returned() {
    for (reason, wanted) in [
        ("normal", "the return of main"),
        ("shutdown", "the return of main"),
        ("failed", "the failure of main"),
        ("panicked", "the panic of main"),
    ] {
        let report = Report {
            name: "shop".to_owned(),
            cause: Cause { kind: "main_returned".to_owned(), ..Cause::default() },
            main: Some(MainEnd { reason: reason.to_owned(), text: None }),
            ..Report::default()
        };
        let text = report.to_string();
        assert!(text.starts_with(&format!("tenure: shop stopped by {wanted} after 0 ms")), "{text}");
    }
}

#[test]
fn every_cause_can_follow_stopped_by() {
    let cause = |kind: &str, detail: Option<String>, path: Option<String>| {
        Cause { kind: kind.to_owned(), detail, path }.to_string()
    };
    assert_eq!(cause("signal", some("SIGINT"), None), "SIGINT");
    assert_eq!(cause("main_returned", None, None), "the return of main");
    assert_eq!(cause("task_failed", None, some("app/w")), "the failure of app/w");
    assert_eq!(cause("gave_up", None, some("app/db")), "app/db giving up");
    assert_eq!(cause("asked", some("new version"), None), "request (new version)");
    assert_eq!(cause("power_lost", None, None), "power lost");
    assert_eq!(Cause::default().to_string(), "an unknown cause");
}

#[cfg(feature = "serde")]
#[test]
fn s45_the_json_has_every_key_on_one_line() {
    assert_golden(&forced().to_json(), include_str!("../golden/report-forced.json"));
    assert_golden(&crowded().to_json(), include_str!("../golden/report-crowded.json"));
    assert_golden(&Report::default().to_json(), include_str!("../golden/report-empty.json"));
}
