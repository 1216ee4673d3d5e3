//! The `TENURE_*` variables. All of them are read once, before anything is started.

use crate::exit::Exit;
use crate::render::Complaint;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tenure::__private::VARIABLES;

/// What the reference says about those that the demo reads.
pub(crate) const MEANINGS: [(&str, &str); 5] = [
    (
        "TENURE_REPORT",
        "the report of the shutdown on stderr: `text` (default), `json` (one line, `tenure.report/1`), `off`; `text:PATH`, `json:PATH` write it to a file",
    ),
    ("TENURE_GRACE", "whole budget of the shutdown, in seconds (default 25)"),
    ("TENURE_READINESS_DELAY", "how long the shutdown waits before it drains, in seconds (default 0)"),
    (
        "NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
        "set by systemd, which is told: ready, stopping, how far, alive",
    ),
    ("NO_COLOR, CLICOLOR_FORCE, TERM, COLUMNS", "colour and width, where --color is auto"),
];

/// What the variables ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub report: ReportTo,
    pub grace: Option<Duration>,
    pub readiness_delay: Option<Duration>,
    /// Variables that no tenure program knows.
    pub unknown: Vec<String>,
}

/// Where the report of the shutdown goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReportTo {
    Nowhere,
    Stderr(Form),
    File(Form, PathBuf),
}

impl Default for ReportTo {
    fn default() -> Self {
        Self::Stderr(Form::Text)
    }
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
}

impl Settings {
    /// Reads them; a value that cannot be used ends the program before it began.
    pub(crate) fn read(vars: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, Complaint> {
        let mut settings = Self::default();
        for (name, value) in vars {
            let Some(name) = name.to_str().filter(|name| name.starts_with("TENURE_")) else { continue };
            match name {
                "TENURE_REPORT" => settings.report = report_to(&value)?,
                "TENURE_GRACE" => settings.grace = Some(seconds(name, &value)?),
                "TENURE_READINESS_DELAY" => settings.readiness_delay = Some(seconds(name, &value)?),
                _ if VARIABLES.contains(&name) => {}
                _ => settings.unknown.push(name.to_owned()),
            }
        }
        settings.unknown.sort_unstable();
        Ok(settings)
    }
}

fn report_to(value: &OsString) -> Result<ReportTo, Complaint> {
    let text = value.to_string_lossy();
    match text.split_once(':') {
        None if text == "text" => Ok(ReportTo::Stderr(Form::Text)),
        None if text == "json" => Ok(ReportTo::Stderr(Form::Json)),
        None if text == "off" => Ok(ReportTo::Nowhere),
        Some(("text", path)) if !path.is_empty() => Ok(ReportTo::File(Form::Text, path.into())),
        Some(("json", path)) if !path.is_empty() => Ok(ReportTo::File(Form::Json, path.into())),
        _ => Err(Complaint {
            what: format!("TENURE_REPORT: unknown value `{text}`"),
            why: "it is one of text, json, off, text:PATH, json:PATH".into(),
            hint: "TENURE_REPORT=text tenure demo".into(),
            exit: Exit::Failed,
        }),
    }
}

fn seconds(name: &str, value: &OsString) -> Result<Duration, Complaint> {
    let text = value.to_string_lossy();
    text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok()).ok_or_else(|| Complaint {
        what: format!("{name}: `{text}` is no number of seconds"),
        why: "it is a number without a unit, such as 25 or 0.5".into(),
        hint: format!("{name}=25 tenure demo"),
        exit: Exit::Failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Settings, Complaint> {
        Settings::read(vars.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn s47_the_report_goes_where_it_is_asked_to() {
        let report = |value| read(&[("TENURE_REPORT", value)]).unwrap().report;
        assert_eq!(read(&[]).unwrap().report, ReportTo::Stderr(Form::Text));
        assert_eq!(report("text"), ReportTo::Stderr(Form::Text));
        assert_eq!(report("json"), ReportTo::Stderr(Form::Json));
        assert_eq!(report("off"), ReportTo::Nowhere);
        assert_eq!(report("json:/a:b"), ReportTo::File(Form::Json, "/a:b".into()));
        for bad in ["", "yes", "JSON", "text:", "xml:/a"] {
            let e = read(&[("TENURE_REPORT", bad)]).unwrap_err();
            assert_eq!(e.exit, Exit::Failed, "{bad}");
        }
    }

    #[test]
    fn s47_times_are_seconds_and_a_bad_one_is_1() {
        let settings = read(&[("TENURE_GRACE", "0.5"), ("TENURE_READINESS_DELAY", "0")]).unwrap();
        assert_eq!(
            (settings.grace, settings.readiness_delay),
            (Some(Duration::from_millis(500)), Some(Duration::ZERO))
        );
        for bad in ["", "25s", "-1", "NaN", "inf", "1e300"] {
            let e = read(&[("TENURE_GRACE", bad)]).unwrap_err();
            assert_eq!((e.exit, e.what.starts_with("TENURE_GRACE")), (Exit::Failed, true), "{bad}");
        }
    }

    #[test]
    fn an_unknown_variable_is_told_and_one_of_another_program_is_not() {
        let settings =
            read(&[("TENURE_REPROT", "json"), ("TENURE_TARGET", "9"), ("HOME", "/"), ("TENURE", "x")])
                .unwrap();
        assert_eq!(settings.unknown, ["TENURE_REPROT"]);
    }
}
