//! A run that lies on disk, shown.
use crate::plot::{Plot, Series};
use crate::report;
use std::fs;
use std::path::PathBuf;

/// A folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tenure-bench-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_run_becomes_two_pictures_that_name_its_cases() {
    let folder = folder("report");
    let results = folder.join("run.jsonl");
    let call = |callers: u32, case: &str, median: f64| {
        format!(
            r#"{{"bench":"call/{callers}","rt":"mt2","case":"{case}","base":"mpsc-oneshot","unit":"ns","median":{median},"ratio":1.0,"run":1,"rounds":21}}"#
        )
    };
    let growth =
        r#"{"bench":"growth/G1","rt":"ct","case":"tenure","n":[10000,100000],"per_item":[500.0,600.0]}"#;
    let lines =
        [call(1, "tenure", 60.0), call(100, "tenure", 80.0), call(1, "kameo", 600.0), growth.to_owned()];
    fs::write(&results, lines.join("\n")).unwrap();
    report::run(&results, &folder).unwrap();
    let callers = fs::read_to_string(folder.join("bench-callers.svg")).unwrap();
    assert!(callers.contains("tenure") && callers.contains("kameo") && callers.contains("callers"));
    let tasks = fs::read_to_string(folder.join("bench-tasks.svg")).unwrap();
    assert!(tasks.contains("tenure, spawn and join"));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_quick_run_is_not_shown() {
    let folder = folder("quick");
    let results = folder.join("run.jsonl");
    let line = r#"{"bench":"call/1","rt":"mt2","case":"tenure","base":"tenure","unit":"ns","median":60.0,"ratio":1.0,"run":1,"rounds":1}"#;
    fs::write(&results, line).unwrap();
    let error = report::run(&results, &folder).unwrap_err().to_string();
    assert!(error.contains("--quick"), "{error}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn nothing_to_draw_is_no_picture_and_no_error() {
    let folder = folder("empty");
    let file = folder.join("none.svg");
    Plot { title: "none", x: "x", y: "y", series: Vec::<Series>::new() }.draw(&file).unwrap();
    assert!(!file.exists());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_run_that_is_not_there_is_an_error_that_says_so() {
    let error = report::run("no/such/run.jsonl".as_ref(), "docs".as_ref()).unwrap_err().to_string();
    assert!(error.contains("no/such/run.jsonl"), "{error}");
}
