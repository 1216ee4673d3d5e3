//! What is said about findings: forms, suppressions, configuration, baseline, fixes.

use crate::read::lint_in;
use tenure_lint::{Baseline, Config, Level, Options, Report, Shown, Source, Workspace, fix, list};

const TEXT: &str = "async fn f(l: L) {\n    tokio::spawn(g());\n}\n";

fn lint(text: &str) -> Report {
    lint_in(text, &Options::default(), &["tokio"])
}

fn ids(report: &Report) -> Vec<&'static str> {
    report.live().map(|finding| finding.id).collect()
}

#[test]
fn the_human_form_is_that_of_rustc() {
    let wanted = "warning[TN001]: detached task: nobody joins, stops or sees the failure of this task\n \
                  --> src/main.rs:2:5\n  \
                  |\n\
                  2 |     tokio::spawn(g());\n  \
                  |     ^^^^^^^^^^^^ its JoinHandle is dropped here\n  \
                  |\n";
    let human = lint(TEXT).to_human(Shown::default());
    assert!(human.starts_with(wanted), "{human}");
    assert!(
        human.contains("= help: keep the handle") && human.contains("= explain: tenure explain TN001"),
        "{human}"
    );
    assert!(human.ends_with("\n1 finding (0 deny, 1 warn, 0 note) in 1 file, 0 suppressed\n"), "{human}");
    assert_eq!(
        lint("fn f() {}").to_human(Shown::default()),
        "0 findings (0 deny, 0 warn, 0 note) in 0 files, 0 suppressed\n"
    );
}

#[test]
fn a_long_line_is_cut_around_what_is_pointed_at() {
    let text = format!(
        "async fn f() {{ let x = \"{}\"; tokio::spawn(g()); let y = \"{}\"; }}",
        "a".repeat(900),
        "b".repeat(900)
    );
    let human = lint(&text).to_human(Shown::default());
    assert!(human.lines().all(|line| line.chars().count() < 300), "{human}");
    assert!(human.contains("tokio::spawn"), "{human}");
}

#[test]
fn the_json_has_its_fields_in_their_order() {
    let json = lint(TEXT).to_json();
    let head = format!(
        "{{\"schema\":\"tenure.lint/1\",\"tool\":{{\"name\":\"tenure\",\"version\":\"{}\"}},\"summary\":{{\"files\":1,\"parsed\":1,\
         \"not_analysed\":0,\"lines\":3,\"deny\":0,\"warn\":1,\"note\":0,\"suppressed\":0,\"baselined\":0}},\"findings\":[{{\"id\":\"TN001\",\
         \"name\":\"detached-task\",\"level\":\"warn\",\"confidence\":\"high\",\"context\":\"prod\",\"package\":\"case\",\
         \"path\":\"src/main.rs\",\"start\":{{\"line\":2,\"col\":5,\"byte\":23}},\"end\":{{\"line\":2,\"col\":17,\"byte\":35}},\
         \"function\":\"f\",\"message\":\"",
        env!("CARGO_PKG_VERSION")
    );
    assert!(json.starts_with(&head), "{json}");
    assert!(json.ends_with("\"suppressed\":null,\"fix\":null}]}"), "{json}");
}

#[test]
fn a_workflow_command_has_nothing_that_ends_it() {
    let mut workspace = Workspace::new();
    workspace.sources.push(Source::new("src/a,b:c%.rs", TEXT));
    let line = workspace.lint(&Options::default()).to_github();
    assert!(line.starts_with("::warning file=src/a%2Cb%3Ac%25.rs,line=2,col=5,endLine=2,endColumn=17,title=TN001 detached-task::"), "{line}");
    assert_eq!(line.matches('\n').count(), 1);
    assert!(line.contains("%0Ahelp: "), "{line}");
}

#[cfg(feature = "sarif")]
#[test]
fn the_sarif_is_valid_and_has_what_a_service_asks_for() {
    let mut schema: serde_json::Value = serde_json::from_str(include_str!("../sarif-2.1.0.json")).unwrap();
    // The official schema has one pattern with a bracket too many; what it is for, a language, is not written here.
    for holder in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][holder]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = format!(
        "{TEXT}async fn h() {{\n    // tenure: allow(TN001) it may be lost\n    tokio::spawn(g());\n}}\n"
    );
    for text in [text.as_str(), "fn f() {}", "fn tokio() {"] {
        let sarif: serde_json::Value = serde_json::from_str(&lint(text).to_sarif()).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&sarif).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{sarif}");
        let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), list().len(), "all rules, on a clean run too");
        assert!(
            rules
                .iter()
                .all(|rule| rule["helpUri"].is_string() && rule["defaultConfiguration"]["level"].is_string())
        );
    }
    let sarif: serde_json::Value = serde_json::from_str(&lint(&text).to_sarif()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "the suppressed too");
    let (live, suppressed) = (&results[0], &results[1]);
    assert_eq!(live["ruleId"], "TN001");
    assert_eq!(live["ruleIndex"], 0);
    assert_eq!(live["level"], "warning");
    assert_eq!(live["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    assert_eq!(live["partialFingerprints"]["tenureLint/v1"].as_str().unwrap().len(), 16);
    assert_eq!(live["partialFingerprints"].as_object().unwrap().len(), 1, "GitHub's own is not ours to set");
    assert_eq!(live["baselineState"], "new");
    assert_eq!(suppressed["suppressions"][0]["kind"], "inSource");
    assert_eq!(suppressed["suppressions"][0]["justification"], "it may be lost");
}

#[test]
fn a_suppression_covers_its_statement_item_line_or_file() {
    let covered = [
        "async fn f() {\n    // tenure: allow(TN001) it may be lost\n    tokio::spawn(async {\n        tokio::spawn(g());\n    });\n}",
        "async fn f() {\n    tokio::spawn(g()); // tenure: allow(TN001) it may be lost\n}",
        "// tenure: allow(TN001) nothing here matters\n#[inline]\nasync fn f() {\n    tokio::spawn(g());\n}",
        "// tenure: allow(detached-task, TN007) nothing here matters\nmod m {\n    async fn f() { tokio::spawn(g()); let c = flume::unbounded(); }\n}",
        "//! A file.\n// tenure: allow-file(TN001) a demo of what not to do\nuse a::b;\nasync fn f() { tokio::spawn(g()); }",
        "async fn f() {\n    tokio::select! {\n        // tenure: allow(TN001) -- it may be lost\n        _ = a() => { tokio::spawn(g()); }\n    }\n}",
        "async fn f() {\n    // tenure: allow(TN001): it may be lost\n    // another comment\n    #[cfg(unix)]\n    tokio::spawn(g());\n}",
    ];
    for text in covered {
        let report = lint(text);
        assert!(ids(&report).is_empty(), "{text}\n{}", report.to_json());
        assert!(report.summary.suppressed > 0, "{text}");
    }
    let next = lint(
        "async fn f() {\n    // tenure: allow(TN001) it may be lost\n    tokio::spawn(g());\n    tokio::spawn(g());\n}",
    );
    assert_eq!(ids(&next), ["TN001"], "the statement after it is not covered");
    assert_eq!(next.live().next().unwrap().start.line, 4);
}

#[test]
fn a_suppression_without_a_reason_or_of_no_rule_has_no_effect() {
    for said in [
        "allow(TN001)",
        "allow(TN001) because",
        "allow(TN999) it may be lost",
        "allow(TN902) it may be lost",
        "permit(TN001) x y z",
        "allow(TN001 x y z",
    ] {
        let report = lint(&format!("async fn f() {{\n    // tenure: {said}\n    tokio::spawn(g());\n}}"));
        assert_eq!(ids(&report), ["TN901", "TN001"], "{said}");
    }
    let late =
        lint("fn a() {}\n// tenure: allow-file(TN001) it may be lost\nasync fn f() { tokio::spawn(g()); }");
    assert_eq!(ids(&late), ["TN901", "TN001"]);
    let unused = lint("async fn f() {\n    // tenure: allow(TN007) it may be lost\n    g().await;\n}");
    assert_eq!(ids(&unused), ["TN902"]);
    // A rule that is not asked for is not unused.
    let pedantic = lint(
        "async fn f(h: H) {\n    // tenure: allow(TN014) both are good\n    let _ = tokio::time::timeout(D, h).await;\n}",
    );
    assert_eq!(ids(&pedantic), [""; 0]);
}

#[test]
fn a_fix_is_applied_and_parses() {
    let text = "async fn f() {\n    let (tx, mut rx) = tokio::sync::mpsc::channel::<u8>(1);\n    start(tx.clone());\n    while let Some(x) = rx.recv().await {\n        out(x);\n    }\n}\n// tenure: allow(TN007) not here any more\nfn g() {}\n";
    let report = lint(text);
    assert_eq!(ids(&report), ["TN009", "TN902"]);
    let fixed = fix(text, &report.findings).unwrap();
    assert_eq!(fixed.count, 2);
    assert!(fixed.text.contains("    drop(tx);\n    while let Some(x)"), "{}", fixed.text);
    assert!(fixed.text.ends_with("}\nfn g() {}\n"), "{}", fixed.text);
    assert!(lint(&fixed.text).findings.is_empty());
    assert!(fix(TEXT, &lint(TEXT).findings).is_none(), "who owns a task is not the linter's to choose");
}

#[test]
fn a_baseline_hides_what_it_lists_wherever_the_lines_are() {
    let mut report = lint(TEXT);
    let baseline = Baseline::of(&report);
    let read = Baseline::from_json(&baseline.to_json()).unwrap();
    assert_eq!(read, baseline);
    assert!(read.apply(&mut report).is_empty());
    assert_eq!((report.live().count(), report.summary.baselined), (0, 1));

    let moved = TEXT
        .replace("async fn f", "fn other() {}\n\n\nasync fn f")
        .replace("tokio::spawn(g());", "tokio::spawn( g() );\n    tokio::spawn(h());");
    let mut report = lint(&moved);
    assert!(read.apply(&mut report).is_empty());
    assert_eq!(report.live().count(), 1, "only what is new");

    let mut clean = lint("fn f() {}");
    let stale = read.apply(&mut clean);
    assert_eq!((stale.len(), stale[0].id.as_str(), stale[0].count), (1, "TN001", 1));
    assert!(Baseline::from_json("[{\"id\":1}]").is_err());
}

#[test]
fn a_configuration_turns_rules_off_and_names_what_it_does_not_know() {
    let with = |config: &str, text: &str| {
        let mut workspace = Workspace::of_text("crates/cli/src/a.rs", text);
        workspace.config = Config::from_toml(config).unwrap();
        workspace.lint(&Options::default())
    };
    assert_eq!(ids(&with("[lint.rules]\nTN001 = \"allow\"", TEXT)), [""; 0]);
    assert_eq!(with("[lint.rules]\nTN001 = { level = \"deny\" }", TEXT).worst(), Some(Level::Deny));
    let per_path =
        "[lint.paths.\"crates/cli/**\"]\ndetached-task = { level = \"allow\", reason = \"a tool\" }";
    assert_eq!(ids(&with(per_path, TEXT)), [""; 0]);
    assert_eq!(ids(&with("[lint.paths.\"crates/other/**\"]\nTN001 = \"allow\"", TEXT)), ["TN001"]);
    let wrapper = "fn f() { mycrate::rt::spawn(x()); }";
    assert_eq!(ids(&with("", &format!("async fn g() {{}} {wrapper}"))), [""; 0]);
    assert_eq!(
        ids(&with(
            "[lint]\nspawn-functions = [\"mycrate::rt::spawn\"]",
            &format!("async fn g() {{}} {wrapper}")
        )),
        ["TN001"]
    );
    let tests = "#[test]\nfn t() { std::thread::spawn(f); }";
    assert_eq!(ids(&with("", tests)), [""; 0]);
    assert_eq!(ids(&with("[lint.rules]\nTN002 = { tests = true }", tests)), ["TN002"]);

    for (config, named) in [
        ("[lint]\npedantc = true", "pedantc"),
        ("[lint.rules]\nTN999 = \"allow\"", "TN999"),
        ("[lint.rules]\nTN001 = \"maybe\"", "TN001"),
        ("[lnt]", "lnt"),
        ("[lint.rules]\nTN001 = { lvl = \"allow\" }", "TN001"),
    ] {
        let error = Config::from_toml(config).unwrap_err().to_string();
        assert!(error.contains(named), "{config}: {error}");
    }
    assert!(Config::from_manifest("[package]\nname = \"x\"").unwrap().is_none());
    let manifest = "[workspace.metadata.tenure.lint]\npedantic = true";
    assert!(Config::from_manifest(manifest).unwrap().unwrap().pedantic);
}

#[test]
fn the_result_does_not_depend_on_threads_or_on_the_order_of_files() {
    let lint = |jobs: usize, turned: bool| {
        let mut workspace = Workspace::new();
        for n in 0..20 {
            workspace.sources.push(Source::new(
                &format!("src/f{n}.rs"),
                &TEXT.repeat(n + 1).replace("async fn f", &format!("async fn f{n}")),
            ));
        }
        if turned {
            workspace.sources.reverse();
        }
        let mut options = Options::default();
        options.jobs = jobs;
        workspace.lint(&options).to_json()
    };
    let wanted = lint(1, false);
    for jobs in 1..8 {
        assert_eq!(lint(jobs, jobs % 2 == 0), wanted, "{jobs} jobs");
    }
}

#[test]
fn code_of_tests_is_left_out_but_for_rules_that_are_about_it() {
    let report = lint(
        "#[cfg(test)]\nmod tests {\n    #[tokio::test]\n    async fn t() { tokio::spawn(g()); tokio::time::sleep(D).await; x().await; }\n}",
    );
    assert_eq!(ids(&report), ["TN005"]);
    let mut workspace = Workspace::new();
    workspace.sources.push(Source::new("src/lib.rs", "#[cfg(test)]\nmod checks;"));
    workspace.sources.push(Source::new("src/checks.rs", TEXT));
    assert_eq!(
        ids(&workspace.lint(&Options::default())),
        [""; 0],
        "a file that is a test because its parent says so"
    );
}

#[test]
fn generated_files_are_left_out() {
    let text = format!("// @generated by x\n{TEXT}");
    assert_eq!(ids(&lint(&text)), [""; 0]);
    let mut options = Options::default();
    options.includes_generated = true;
    assert_eq!(ids(&lint_in(&text, &options, &[])), ["TN001"]);
}

#[test]
fn one_file_finds_what_another_defines() {
    let mut workspace = Workspace::new();
    workspace.sources.push(Source::new("src/lib.rs", "pub mod rt;\npub mod app;"));
    workspace.sources.push(Source::new("src/rt.rs", "pub static RT: std::sync::LazyLock<tokio::runtime::Runtime> = x();\npub fn start() -> tokio::task::JoinHandle<()> { RT.spawn(run()) }"));
    workspace.sources.push(Source::new(
        "src/app.rs",
        "use crate::rt::{self, RT};\nfn f() { rt::start(); }\nfn g() { RT.spawn(run()); }",
    ));
    let report = workspace.lint(&Options::default());
    let seen: Vec<_> = report.live().map(|f| (f.id, f.path.as_str(), f.start.line)).collect();
    assert_eq!(seen, [("TN001", "src/app.rs", 2), ("TN001", "src/app.rs", 3)]);
}
