//! The variables a program obeys (S47).

use crate::shutdown::program::{Form, ReportTo, Settings, unknown};
use std::time::Duration;

fn read(vars: &[(&str, &str)]) -> Result<Settings, String> {
    Settings::read(|name| vars.iter().find(|(there, _)| *there == name).map(|(_, value)| value.into()))
}

#[test]
fn s47_times_are_seconds_and_what_is_not_set_changes_nothing() {
    let settings = read(&[("TENURE_GRACE", "0.5"), ("TENURE_READINESS_DELAY", "0")]);
    let settings = settings.expect("both are numbers");
    assert_eq!(settings.grace, Some(Duration::from_millis(500)));
    assert_eq!(settings.readiness_delay, Some(Duration::ZERO));
    let settings = read(&[]).expect("nothing is set");
    assert_eq!((settings.grace, settings.readiness_delay), (None, None));
}

#[test]
fn s47_what_is_no_time_is_refused_by_name_with_what_to_type() {
    for bad in ["", "abc", "25s", "-1", "NaN", "inf", "1e300", " 25"] {
        for name in ["TENURE_GRACE", "TENURE_READINESS_DELAY"] {
            let why = read(&[(name, bad)]).expect_err(bad);
            assert!(why.starts_with(&format!("{name}: `{bad}` is no number of seconds\n")), "{why}");
            assert!(why.ends_with(&format!("\n  try: {name}=25")), "{why}");
        }
    }
}

#[test]
fn s45a_the_report_goes_where_it_is_asked_to() {
    let report = |value| read(&[("TENURE_REPORT", value)]).map(|settings| settings.report);
    let to = |form, path: Option<&str>| Ok(ReportTo { form, path: path.map(str::to_owned) });
    assert_eq!(read(&[]).map(|settings| settings.report), to(Form::Text, None));
    assert_eq!(report("json"), to(Form::Json, None));
    assert_eq!(report("off"), to(Form::Off, None));
    assert_eq!(report("text:/a:b"), to(Form::Text, Some("/a:b")));
    for bad in ["", "loud", "JSON", "text:", "off:/a", "xml:/a"] {
        let why = report(bad).expect_err(bad);
        assert!(why.starts_with("TENURE_REPORT: unknown value"), "{why}");
    }
}

#[test]
fn an_unknown_variable_is_told_and_one_of_another_program_is_not() {
    let names = ["TENURE_REPROT", "TENURE_TARGET", "HOME", "TENURE", "TENURE_GRCE"];
    assert_eq!(unknown(names.into_iter().map(Into::into)), ["TENURE_GRCE", "TENURE_REPROT"]);
}
