//! `tenure lint` as a process: files, codes, streams.

use crate::child::{Ended, Running, command, run};
use std::path::{Path, PathBuf};

const BAD: &str = "fn main() {\n    std::thread::spawn(f);\n}\n";
const GOOD: &str = "fn main() {\n    std::thread::spawn(f).join().unwrap();\n}\n";

/// A package of its own for one test.
fn package(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint").join(name);
    std::fs::remove_dir_all(&folder).ok();
    let manifest = ("Cargo.toml", "[package]\nname = \"p\"\n[workspace]\n");
    for (path, text) in files.iter().chain([&manifest]) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the folder"))
            .expect("the folder can be written");
        std::fs::write(path, text).expect("the folder can be written");
    }
    folder
}

fn lint(folder: &Path, more: &[&str]) -> Ended {
    let folder = folder.to_str().expect("it is UTF-8");
    let args: Vec<&str> = ["lint", folder].iter().chain(more).copied().collect();
    run(&args)
}

#[test]
fn what_is_found_is_1_and_nothing_is_0() {
    let bad = lint(&package("bad", &[("src/main.rs", BAD)]), &[]);
    assert_eq!((bad.code(), bad.stderr.as_str()), (1, ""));
    assert!(bad.stdout.starts_with("warning[TN002]: detached thread"), "{bad:#?}");
    assert!(!bad.stdout.contains('\u{1b}'), "no colour in a pipe: {bad:#?}");
    let good = lint(&package("good", &[("src/main.rs", GOOD)]), &[]);
    assert_eq!(
        (good.code(), good.stdout.as_str()),
        (0, "0 findings (0 deny, 0 warn, 0 note) in 0 files, 0 suppressed\n")
    );
}

#[test]
fn fail_on_decides_what_counts() {
    let folder = package("fail-on", &[("src/main.rs", BAD)]);
    for (level, code) in [("note", 1), ("warn", 1), ("deny", 0), ("never", 0)] {
        assert_eq!(lint(&folder, &["--fail-on", level]).code(), code, "{level}");
    }
}

#[test]
fn json_is_one_document_and_sarif_too() {
    let folder = package("forms", &[("src/main.rs", BAD)]);
    let json = lint(&folder, &["--format", "json"]).json();
    assert_eq!(json["schema"], "tenure.lint/1");
    assert_eq!(json["findings"][0]["id"], "TN002");
    assert_eq!(json["findings"][0]["package"], "p");
    let sarif = lint(&folder, &["--format", "sarif"]).json();
    assert_eq!(sarif["version"], "2.1.0");
    let github = lint(&folder, &["--format", "github"]);
    assert!(github.stdout.starts_with("::warning file="), "{github:#?}");
}

#[test]
fn a_path_that_cannot_be_read_a_rule_and_a_key_that_do_not_exist_are_2() {
    let gone = run(&["lint", "/nowhere/at/all"]);
    assert_eq!((gone.code(), gone.stdout.as_str()), (2, ""));
    assert!(gone.stderr.starts_with("error: cannot read `/nowhere/at/all`\n"), "{gone:#?}");
    let rule = run(&["lint", "--rules", "TN999"]);
    assert_eq!(rule.code(), 2);
    assert!(rule.stderr.starts_with("error: there is no rule `TN999`\n  the rules are TN001, "), "{rule:#?}");
    let key =
        lint(&package("key", &[("src/main.rs", BAD), ("tenure.toml", "[lint]\npedantc = true\n")]), &[]);
    assert_eq!((key.code(), key.stdout.as_str()), (2, ""));
    assert!(key.stderr.contains("tenure.toml` cannot be used") && key.stderr.contains("pedantc"), "{key:#?}");
}

#[test]
fn a_configuration_above_counts_with_its_own_paths() {
    let config = "[lint.paths.\"src/**\"]\nTN002 = { level = \"allow\", reason = \"a tool\" }\n";
    let folder = package("config", &[("src/main.rs", BAD), ("tenure.toml", config)]);
    assert_eq!(lint(&folder, &[]).code(), 0);
    let manifest = "[package]\nname = \"p\"\n[workspace.metadata.tenure.lint.rules]\nTN002 = \"allow\"\n";
    let folder = package("further/manifest", &[("src/main.rs", BAD)]);
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(folder.join("../tenure.toml"), "[lint.rules]\nTN002 = \"deny\"\n").unwrap();
    assert_eq!(lint(&folder, &[]).code(), 0, "the nearer one wins");
}

#[test]
fn a_page_is_an_answer_and_an_unknown_code_is_6() {
    for args in [["explain", "TN001"], ["explain", "detached-task"]] {
        let page = run(&args);
        assert_eq!((page.code(), page.stderr.as_str()), (0, ""));
        assert!(page.stdout.starts_with("# TN001 detached-task\n"), "{page:#?}");
    }
    assert_eq!(run(&["lint", "--explain", "TN001"]).stdout, run(&["explain", "TN001"]).stdout);
    let unknown = run(&["explain", "TN999"]);
    assert_eq!((unknown.code(), unknown.stdout.as_str()), (6, ""));
    let list = run(&["lint", "--list"]);
    assert!(
        list.stdout.starts_with("TN001  detached-task") && list.stdout.lines().count() == 28,
        "{list:#?}"
    );
}

#[test]
fn a_baseline_hides_what_it_lists() {
    let folder = package("baseline", &[("src/main.rs", BAD)]);
    let file = folder.join("baseline.json");
    let file = file.to_str().unwrap();
    assert_eq!(lint(&folder, &["--write-baseline", file]).code(), 0);
    assert_eq!(lint(&folder, &["--baseline", file]).code(), 0);
    std::fs::write(folder.join("src/main.rs"), format!("{BAD}fn g() {{ std::thread::spawn(h); }}\n"))
        .unwrap();
    assert_eq!(lint(&folder, &["--baseline", file]).code(), 1, "what is new is found");
    std::fs::write(folder.join("src/main.rs"), GOOD).unwrap();
    let stale = lint(&folder, &["--baseline", file]);
    assert_eq!(stale.code(), 0);
    assert!(stale.stderr.contains("is not there any more"), "{stale:#?}");
    assert_eq!(lint(&folder, &["--baseline", file, "--strict-baseline"]).code(), 1);
}

#[test]
fn a_fix_is_written_whole_or_not_at_all() {
    let text = "async fn f() {\n    let (tx, mut rx) = tokio::sync::mpsc::channel::<u8>(1);\n    while let Some(x) = rx.recv().await {\n        out(x);\n    }\n}\n";
    let folder = package("fix", &[("src/main.rs", text)]);
    let dry = lint(&folder, &["--fix", "--dry-run"]);
    assert!(dry.stderr.contains("1 fix would be applied in 1 file"), "{dry:#?}");
    assert_eq!(std::fs::read_to_string(folder.join("src/main.rs")).unwrap(), text);
    let fixed = lint(&folder, &["--fix", "--allow-dirty"]);
    assert!(fixed.stderr.contains("1 fix applied in 1 file"), "{fixed:#?}");
    assert!(
        std::fs::read_to_string(folder.join("src/main.rs")).unwrap().contains("    drop(tx);\n    while")
    );
    assert_eq!(lint(&folder, &[]).code(), 0);
}

#[test]
fn only_the_named_file_is_reported_and_the_package_is_read() {
    let files = [
        ("src/main.rs", "mod rt;\nfn main() {\n    rt::start();\n}\n"),
        (
            "src/rt.rs",
            "pub fn start() -> tokio::task::JoinHandle<()> { tokio::spawn(run()) }\nfn g() { std::thread::spawn(h); }\n",
        ),
    ];
    let folder = package("named", &files);
    let json = run(&["lint", folder.join("src/main.rs").to_str().unwrap(), "--format", "json"]).json();
    let seen: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(seen, ["TN001"], "{json}");
}

#[test]
fn ignored_and_foreign_folders_and_tests_are_left_out() {
    let files = [
        ("src/main.rs", GOOD),
        ("target/debug/build/x.rs", BAD),
        ("vendor/x/src/lib.rs", BAD),
        ("cache/CACHEDIR.TAG", ""),
        ("cache/a.rs", BAD),
        ("tests/it.rs", BAD),
        (".hidden/a.rs", BAD),
        ("skipped/a.rs", BAD),
        (".ignore", "skipped\n"),
    ];
    let folder = package("ignored", &files);
    assert_eq!(lint(&folder, &[]).code(), 0);
    let with = lint(&folder, &["--tests", "--format", "json"]).json();
    assert_eq!(with["findings"][0]["context"], "test");
    assert_eq!(with["summary"]["warn"], 1, "{with}");
}

#[test]
fn a_broken_file_is_a_note_and_fails_only_if_asked() {
    let folder = package("broken", &[("src/main.rs", "fn f( { tokio"), ("src/a.rs", GOOD)]);
    let json = lint(&folder, &["--format", "json"]);
    assert_eq!(json.code(), 0);
    assert_eq!(json.json()["findings"][0]["id"], "TN900");
    assert_eq!(lint(&folder, &["--deny-not-analysed"]).code(), 1);
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() {
    let files: Vec<(String, &str)> = (0..30).map(|n| (format!("src/f{n}.rs"), BAD)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let folder = package("threads", &files);
    let wanted = lint(&folder, &["--jobs", "1"]).stdout;
    for jobs in ["2", "3", "8"] {
        assert_eq!(lint(&folder, &["--jobs", jobs]).stdout, wanted, "{jobs}");
    }
}

#[test]
fn the_hook_and_the_action_call_what_there_is() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let hook = std::fs::read_to_string(format!("{root}/.pre-commit-hooks.yaml")).unwrap();
    let action = std::fs::read_to_string(format!("{root}/docs/tenure-lint.yml")).unwrap();
    for line in hook.lines().chain(action.lines()).filter(|line| line.contains("tenure lint")) {
        let words: Vec<&str> = line.split("tenure lint").nth(1).unwrap().split_whitespace().collect();
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(run(&["help", "lint"]).stdout.contains(flag), "{flag} in `{line}`");
        }
    }
    for field in ["id: tenure-lint", "types: [rust]", "entry: tenure lint"] {
        assert!(hook.contains(field), "{field}");
    }
    assert!(action.contains("upload-sarif"), "{action}");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly_with_0() {
    // More than a pipe holds.
    let folder = package("pipe", &[("src/main.rs", &BAD.repeat(2_000))]);
    let mut running = Running::start(command(&["lint", folder.to_str().expect("it is UTF-8")]));
    drop(running.take_stdout());
    let ended = running.end();
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
}
