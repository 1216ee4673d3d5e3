//! No text makes the linter panic, hang or overflow a stack: a part that cannot be read is a note, and the rest goes on.

use proptest::prelude::*;
use std::time::{Duration, Instant};
use tenure_lint::{BYTES_MAX, Options, Report, Source, Workspace};

/// What is found behind the shape, if the shape did no harm.
const BEHIND: &str = "\nfn behind() { std::thread::spawn(|| ()); }\n";
/// A shape of a million is read in less; generous, for a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(30);

fn lint(text: String) -> Report {
    let mut options = Options::default();
    options.prefilters = false;
    options.pedantic = true;
    Workspace::of_text("src/lib.rs", &text).lint(&options)
}

fn ids(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.id).collect()
}

/// Shapes that are tried a million deep.
const DEEPEST: [&str; 8] =
    ["generics", "blocks", "closures", "parentheses", "not", "methods", "sums", "comments"];

/// Every way to nest, as text before, repeated, in the middle, repeated, after.
fn shapes(n: usize) -> Vec<(&'static str, String)> {
    let around =
        |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    let body = |expr: String| format!("fn f() {{ let x = {expr}; }}");
    vec![
        ("generics", format!("fn f(x: {}) {{}}", around("V<", "u8", ">"))),
        ("modules", around("mod m {", "", "}")),
        ("blocks", format!("fn f() {{ {} }}", around("{", "", "}"))),
        ("closures", body(around("|x| ", "1", ""))),
        ("closures without arguments", body(around("|| ", "1", ""))),
        ("moving closures", body(around("move |x| ", "1", ""))),
        ("parentheses", body(around("(", "1", ")"))),
        ("arrays", body(around("[", "1", "]"))),
        ("calls", body(around("f(", "1", ")"))),
        ("not", body(around("!", "true", ""))),
        ("minus", body(around("- ", "1", ""))),
        ("references", body(around("& ", "1", ""))),
        ("derefs", body(around("*", "p", ""))),
        ("methods", body(format!("a{}", ".b()".repeat(n)))),
        ("fields", body(format!("a{}", ".b".repeat(n)))),
        ("awaits", format!("async fn f() {{ let x = a{}; }}", ".await".repeat(n))),
        ("question marks", body(format!("a{}", "?".repeat(n)))),
        ("sums", body(format!("1{}", "+1".repeat(n)))),
        ("or", body(format!("a{}", "||a".repeat(n)))),
        ("assignments", body(format!("{}1", "a=".repeat(n)))),
        ("else if", format!("fn f() {{ if a {{}} {} }}", "else if a {} ".repeat(n))),
        ("function types", format!("type T = {}u8;", "fn() -> ".repeat(n))),
        ("pointer types", format!("type T = {}u8;", "*const ".repeat(n))),
        ("reference types", format!("type T = {}u8;", "&'a ".repeat(n))),
        ("returns", body(around("return ", "1", ""))),
        ("patterns", format!("fn f() {{ let {}y = 1; }}", "x @ ".repeat(n))),
        ("macros", format!("fn f() {{ {} }}", around("vec![", "1", "]"))),
        ("selects", format!("fn f() {{ {} }}", around("select! { x = y => ", "1", " }"))),
        ("async blocks", format!("fn f() {{ {} }}", around("async {", "", "}"))),
        ("statements", format!("fn f() {{ {} }}", "g();".repeat(n))),
        ("items", "fn f() {}\n".repeat(n)),
        ("comments", around("/*", "", "*/")),
        ("casts", body(format!("1{}", " as T".repeat(n)))),
        ("indexes", body(format!("a{}", "[0]".repeat(n)))),
        ("struct literals", body(around("S { a: ", "1", " }"))),
        ("matches", body(around("match a { _ => ", "1", " }"))),
        ("arms", body(format!("match a {{ {} }}", "1 => {} ".repeat(n)))),
        ("alternatives", body(format!("match a {{ 1 {} => {{}} }}", "| 1 ".repeat(n)))),
        ("ranges", body(format!("1{}", "..1".repeat(n)))),
        ("lifetimes of loops", format!("fn f() {{ {} }}", around("'a: loop {", "", "}"))),
    ]
}

#[test]
fn every_shape_is_read_or_noted_at_every_depth() {
    // 10 is code; the others stand at the limits of the scanner, and beyond all.
    for n in [10, 257, 2_001] {
        for (name, text) in shapes(n) {
            // The one limit that is that high.
            if n == 2_001 && name != "else if" {
                continue;
            }
            let report = lint(text + BEHIND);
            assert!(ids(&report).contains(&"TN002"), "{name} at {n}: {:?}", report.findings.first());
            if n == 10 && !["ranges", "patterns", "selects"].contains(&name) {
                assert!(!ids(&report).contains(&"TN900"), "{name} at {n}: {}", report.to_json());
            }
        }
    }
}

#[test]
fn a_million_deep_is_a_note() {
    for (name, text) in shapes(1_000_000) {
        // Each way that a limit is broken once; a debug build takes seconds for a million tokens.
        if !DEEPEST.contains(&name) {
            continue;
        }
        let begun = Instant::now();
        let report = lint(text + BEHIND);
        assert!(begun.elapsed() < LONGEST, "{name} took {:?}", begun.elapsed());
        assert_eq!(ids(&report).contains(&"TN900"), name != "comments", "{name}");
        assert!(ids(&report).contains(&"TN002"), "{name}: what is behind is not read");
    }
}

#[test]
fn a_broken_item_is_noted_and_the_rest_is_read() {
    let report =
        lint(format!("fn a() {{ let = ; }}\nfn b( {{}}) {{ }}{BEHIND}fn c() {{ tokio::spawn(x()); }}"));
    assert_eq!(ids(&report), ["TN900", "TN900", "TN002", "TN001"]);
    assert_eq!(report.findings[0].start.line, 1);
    assert_eq!(report.summary.not_analysed, 1);
}

#[test]
fn what_is_no_text_or_too_large_or_unbalanced_is_a_note() {
    let note = |source: Source| {
        let mut workspace = Workspace::new();
        workspace.sources.push(source);
        workspace.sources.push(Source::new("src/z.rs", BEHIND));
        let report = workspace.lint(&Options::default());
        assert_eq!(ids(&report), ["TN900", "TN002"]);
        report.findings[0].message.clone()
    };
    assert!(
        note(Source::from_bytes("src/a.rs", vec![b'f', 0xff, 0xfe])).contains("not UTF-8 from byte 1 on")
    );
    assert!(note(Source::from_bytes("src/a.rs", vec![b' '; BYTES_MAX + 1])).contains("larger than 8 MiB"));
    for lost in ["fn tokio() {", "fn tokio() }", "async (]"] {
        assert!(note(Source::new("src/a.rs", lost)).contains("no partner"), "{lost}");
    }
}

#[test]
fn a_file_of_8_mib_is_read() {
    let line = format!("async fn f() {{ g().await; }} // {}\n", "long ".repeat(800));
    let text = line.repeat((BYTES_MAX - BEHIND.len()) / line.len());
    let report = lint(text + BEHIND);
    assert_eq!(ids(&report), ["TN002"]);
}

#[test]
fn places_are_right_behind_marks_tabs_crlf_and_wide_letters() {
    let text = "\u{feff}// ü\r\nfn f() {\r\n\tlet x = \"\u{1f980}\"; std::thread::spawn(g);\r\n}\r\n";
    let report = lint(text.to_owned());
    let place = report.findings[0].start;
    assert_eq!((place.line, place.col), (3, 15));
    assert!(text[place.byte as usize..].starts_with("std::thread::spawn"));
    let human = report.to_human(tenure_lint::Shown::default());
    assert!(human.contains("src/lib.rs:3:15"), "{human}");
}

/// Every span lies in its file, on the boundaries of characters, and every form can be written.
fn holds(text: &str, report: &Report) {
    assert_eq!(report.summary.bugs, 0, "{text:?}");
    for finding in &report.findings {
        let spans =
            finding.labels.iter().map(|label| (label.start, label.end)).chain([(finding.start, finding.end)]);
        for (start, end) in spans {
            assert!(text.get(start.byte as usize..end.byte as usize).is_some(), "{finding:?}\n{text}");
        }
    }
    let written = [report.to_human(tenure_lint::Shown::default()), report.to_json(), report.to_github()];
    assert!(written.iter().all(|text| text.len() < 10_000_000));
}

/// Words of Rust, in no order.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "fn f() {",
        "}",
        "{",
        "(",
        ")",
        "async",
        "move",
        "|x|",
        "tokio::spawn(",
        "loop {",
        ".await",
        ";",
        "let g = m.lock().unwrap();",
        "select! {",
        "=>",
        ",",
        "if",
        "else",
        "match",
        "x",
        "_",
        "'a",
        "'",
        "\"",
        "/*",
        "*/",
        "//",
        "\n",
        "r#\"",
        "#",
        "\u{feff}",
        "é",
        "struct S { t: JoinHandle<()> }",
        "impl Drop for S",
        "<",
        ">",
        "::",
        "while let Some(x) = rx.recv().await {",
        "use a::{b, c};",
        "// tenure: allow(TN001) a b c\n",
        "std::thread::spawn(f);",
        "return",
        "break",
        "?",
        "&",
        "!",
        "..",
        "=",
        "\r\n",
        "\t",
        "\\",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        holds(&text, &lint(text.clone()));
        let mut workspace = Workspace::new();
        workspace.sources.push(Source::from_bytes("src/lib.rs", bytes));
        prop_assert_eq!(workspace.lint(&Options::default()).summary.bugs, 0);
    }

    #[test]
    fn no_words_break_it(text in words()) {
        holds(&text, &lint(text.clone()));
    }

    /// A part cut out of real cases, or doubled: nearly Rust.
    #[test]
    fn no_cut_of_a_case_breaks_it(n in 0usize..100, from in 0usize..4000, len in 0usize..200, doubled in any::<bool>()) {
        let mut paths: Vec<_> = std::fs::read_dir(crate::read::folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let text = std::fs::read_to_string(&paths[n % paths.len()]).unwrap();
        let cut = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (a, b) = (cut(from), cut(from + len));
        let text = if doubled { format!("{}{}", &text[..b], &text[a..]) } else { format!("{}{}", &text[..a], &text[b..]) };
        holds(&text, &lint(text.clone()));
    }
}
