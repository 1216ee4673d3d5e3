//! Every rule against its table of cases.

use crate::read::{cases, expected, folder, found, lint, lint_in, only};
use tenure_lint::{Group, Options, list};

/// Cases of each sort that a rule for any code has at least.
const CASES_MIN: usize = 20;
/// The same for code that uses tenure: its names are exact, so there is less to get wrong.
const CASES_OWN_MIN: usize = 8;

#[test]
fn each_rule_finds_what_its_cases_mark_and_nothing_else() {
    let mut wrong = Vec::new();
    for rule in list().iter().filter(|rule| rule.group != Group::Always) {
        for sort in ["bad", "good"] {
            let path = folder().join(format!("{}.{sort}.case", rule.id.to_lowercase()));
            let cases = cases(&path);
            let least = if rule.group == Group::Tenure { CASES_OWN_MIN } else { CASES_MIN };
            if cases.len() < least {
                wrong.push(format!("{} has {} {sort} cases, fewer than {least}", rule.id, cases.len()));
            }
            for case in cases {
                let wanted = expected(&case.text, rule.id);
                assert_eq!(
                    wanted.is_empty(),
                    sort == "good",
                    "{}: {}: marks are for bad cases",
                    rule.id,
                    case.title
                );
                let report = lint(&case.text, &only(rule.id));
                assert_eq!(
                    report.summary.not_analysed,
                    0,
                    "{}: {} cannot be read:\n{}",
                    rule.id,
                    case.title,
                    report.to_json()
                );
                let seen = found(&report, rule.id);
                if seen != wanted {
                    wrong.push(format!(
                        "{} {sort}: {}: found {seen:?}, wanted {wanted:?}\n{}",
                        rule.id, case.title, case.text
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_fifteen_line_program_with_nine_problems_has_ten_findings_and_no_other() {
    let text = std::fs::read_to_string(folder().join("program.case")).unwrap();
    let report = lint_in(&text, &Options::default(), &["tokio"]);
    let mut wrong = Vec::new();
    for rule in list() {
        let (seen, wanted) = (found(&report, rule.id), expected(&text, rule.id));
        if seen != wanted {
            wrong.push(format!("{}: found {seen:?}, wanted {wanted:?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(report.live().count(), 10);
}

/// The same fault in another dress is the same finding.
#[test]
fn a_finding_does_not_depend_on_the_dress_of_the_code() {
    let mut wrong = Vec::new();
    for rule in list().iter().filter(|rule| rule.group != Group::Always) {
        let path = folder().join(format!("{}.bad.case", rule.id.to_lowercase()));
        for case in cases(&path) {
            let wanted = expected(&case.text, rule.id).len();
            let dresses = [
                ("more white space", case.text.replace("{ ", "{   ").replace("; ", ";  ")),
                ("CRLF", case.text.replace('\n', "\r\n")),
                ("a mark", format!("\u{feff}{}", case.text)),
                ("other code", format!("{}\npub fn other(x: u8) -> u8 {{ x + 1 }}\n", case.text)),
                ("comments", case.text.replace("{ ", "{ /* ünïcode \u{1f980} */ ")),
            ];
            for (name, text) in dresses {
                let seen = found(&lint(&text, &only(rule.id)), rule.id).len();
                if seen != wanted {
                    wrong.push(format!(
                        "{}: {} with {name}: found {seen}, wanted {wanted}",
                        rule.id, case.title
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn leaving_out_files_without_a_word_that_matters_changes_nothing() {
    let mut options = Options::default();
    options.pedantic = true;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        for case in cases(&path) {
            let quick = lint(&case.text, &options);
            let mut thorough = options.clone();
            thorough.prefilters = false;
            assert_eq!(
                quick.findings,
                lint(&case.text, &thorough).findings,
                "{}: {}",
                path.display(),
                case.title
            );
        }
    }
}
