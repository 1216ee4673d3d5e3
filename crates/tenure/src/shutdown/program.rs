//! What `#[tenure::main]` and `#[tenure::test]` expand to: the runtime, main on it, the report, the exit code.

use crate::error::Result;
#[cfg(feature = "test-util")]
use crate::owner::Inline;
use crate::scope::Scope;
use crate::shutdown::drive::{Driver, MainTask};
use crate::shutdown::report::ShutdownReport;
use crate::shutdown::root::{Builder, Signals};
use std::ffi::{OsStr, OsString};
use std::future::Future;
use std::io::Write;
use std::panic::Location;
use std::process::ExitCode;
use std::time::Duration;

/// Longest wait for threads of the runtime that tenure does not own, once everything it owns has ended.
const RUNTIME_SHUTDOWN_MAX: Duration = Duration::from_secs(1);

/// Every variable that means something to some program on tenure. Another `TENURE_*` is a slip of the finger, and is told.
pub const VARIABLES: [&str; 9] = [
    "TENURE_REPORT",
    "TENURE_GRACE",
    "TENURE_READINESS_DELAY",
    "TENURE_PROBES",
    "TENURE_INSPECT",
    "TENURE_INSPECT_TOKEN_FILE",
    "TENURE_TARGET",
    "TENURE_RESTATE_SERVER",
    "TENURE_SKIP_ENGINE",
];

/// A program under `#[tenure::main]`.
#[doc(hidden)]
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by the macro alone")]
pub struct Program {
    pub name: &'static str,
    pub version: &'static str,
    pub builder: Builder,
    pub worker_threads: Option<usize>,
    pub current_thread: bool,
}

impl Program {
    /// The plan runs on a thread of its own, beside the program: also a runtime whose threads all hang is stopped within its
    /// grace, reported and ended (S43d).
    #[track_caller]
    pub fn run<F, Fut>(self, main: F) -> ExitCode
    where
        F: FnOnce(Scope) -> Fut + Send + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        let site = Location::caller();
        // The first of all, while this is the only thread: children shall not inherit the way to systemd.
        #[cfg(feature = "systemd")]
        let builder = self.builder.clone().systemd();
        #[cfg(not(feature = "systemd"))]
        let builder = self.builder.clone();
        let Settings { report: output, grace, readiness_delay } = match Settings::read(std::env::var_os) {
            Ok(settings) => settings,
            Err(why) => return refuse(&why),
        };
        for name in unknown(std::env::vars_os().map(|(name, _)| name)) {
            drop(writeln!(std::io::stderr(), "note: {name} is no variable of tenure; it is ignored"));
        }
        let grace = grace.unwrap_or(builder.grace);
        let delay = readiness_delay.unwrap_or(builder.readiness_delay);
        let mut builder = builder.grace(grace).readiness_delay(delay);
        builder.program = (self.name, self.version);
        builder.signals = Signals::UntilExit;
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let (runtime, clock) = match self.runtime().and_then(|runtime| Ok((runtime, clock?))) {
            Ok(runtimes) => runtimes,
            Err(error) => return refuse(&format!("the runtime could not be made: {error}")),
        };
        let handle = runtime.handle().clone();
        let (tell, told) = tokio::sync::oneshot::channel();
        let plan = move || {
            let report = clock.block_on(async {
                match Driver::new(builder, site, MainTask::Spawned, Some(handle)) {
                    Ok(driver) => driver.run_spawned(main).await,
                    Err(report) => *report,
                }
            });
            output.write(&report);
            let end = End::of(&report);
            tell.send(end).ok();
            end.come();
        };
        if let Err(error) = crate::rt::start_thread("tenure-plan", None, plan) {
            return refuse(&format!("the plan's thread could not be made: {error}"));
        }
        // Drives the runtime, if it has no threads of its own. A plan that panics tells nothing: a bug of ours.
        let Ok(end) = runtime.block_on(told) else { return ExitCode::from(101) };
        runtime.shutdown_timeout(end.within);
        ExitCode::from(end.code)
    }

    fn runtime(&self) -> std::io::Result<tokio::runtime::Runtime> {
        let mut builder = if self.current_thread {
            tokio::runtime::Builder::new_current_thread()
        } else {
            tokio::runtime::Builder::new_multi_thread()
        };
        if let Some(workers) = self.worker_threads.filter(|_| !self.current_thread) {
            builder.worker_threads(workers);
        }
        builder.enable_all().build()
    }
}

/// How the process ends, and how long it may take to.
#[derive(Clone, Copy)]
struct End {
    code: u8,
    within: Duration,
}

impl End {
    fn of(report: &ShutdownReport) -> Self {
        let left = report.grace.saturating_sub(report.took).min(RUNTIME_SHUTDOWN_MAX);
        // A thread that cannot be ended was named; it must not keep the process alive (S15d).
        let within = if report.account.live > 0 { Duration::ZERO } else { left };
        Self { code: report.exit_code, within }
    }

    /// The main thread ends the process, with the same code, unless it hangs.
    fn come(self) {
        std::thread::park_timeout(self.within);
        #[expect(clippy::disallowed_methods, reason = "S15d: every drop that could still come hangs")]
        std::process::exit(self.code.into())
    }
}

fn refuse(why: &str) -> ExitCode {
    drop(writeln!(std::io::stderr(), "error: {why}"));
    ExitCode::from(1)
}

/// The variables a program obeys. All are read before anything is started: one that cannot be used is an error then, not
/// when the program is to stop (S47).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) report: ReportTo,
    /// Instead of the program's own.
    pub(super) grace: Option<Duration>,
    /// Likewise.
    pub(super) readiness_delay: Option<Duration>,
}

impl Settings {
    pub(super) fn read(var: impl Fn(&'static str) -> Option<OsString>) -> std::result::Result<Self, String> {
        Ok(Self {
            report: ReportTo::parse(&var("TENURE_REPORT").unwrap_or_else(|| "text".into()))?,
            grace: seconds("TENURE_GRACE", &var)?,
            readiness_delay: seconds("TENURE_READINESS_DELAY", &var)?,
        })
    }
}

/// Those that nobody will obey, in order.
pub(super) fn unknown(names: impl Iterator<Item = OsString>) -> Vec<String> {
    let ours = names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with("TENURE_"));
    let mut unknown: Vec<String> = ours.filter(|name| !VARIABLES.contains(&name.as_str())).collect();
    unknown.sort_unstable();
    unknown
}

fn seconds(
    name: &'static str,
    var: impl Fn(&'static str) -> Option<OsString>,
) -> std::result::Result<Option<Duration>, String> {
    let Some(value) = var(name) else { return Ok(None) };
    let number = value.to_str().and_then(|text| text.parse().ok());
    match number.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(format!(
            "{name}: `{}` is no number of seconds\n  it is a number without a unit, such as 25 or 0.5\n  try: {name}=25",
            value.to_string_lossy()
        )),
    }
}

/// Where the report goes: `TENURE_REPORT`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReportTo {
    pub(super) form: Form,
    /// A file instead of stderr.
    pub(super) path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Off,
    Text,
    Json,
}

impl ReportTo {
    fn parse(value: &OsStr) -> std::result::Result<Self, String> {
        let value = value.to_string_lossy();
        let (form, path) = match value.split_once(':') {
            Some((form, path)) if !path.is_empty() => (form, Some(path.to_owned())),
            Some(_) | None => (&*value, None),
        };
        let form = match (form, &path) {
            ("text", _) => Form::Text,
            ("json", _) => Form::Json,
            ("off", None) => Form::Off,
            _ => {
                return Err(format!(
                    "TENURE_REPORT: unknown value `{value}`\n  it is one of text, json, off, text:PATH, json:PATH\n  try: TENURE_REPORT=json"
                ));
            }
        };
        Ok(Self { form, path })
    }

    fn write(&self, report: &ShutdownReport) {
        let text = match self.form {
            Form::Off => return,
            Form::Text => report.to_string(),
            Form::Json => report.to_json(),
        };
        let written = match &self.path {
            None => writeln!(std::io::stderr(), "{text}"),
            Some(path) => std::fs::write(path, format!("{text}\n")),
        };
        if let (Err(error), Some(path)) = (written, &self.path) {
            // The report is not lost because a file cannot be written.
            drop(writeln!(
                std::io::stderr(),
                "error: the report could not be written to {path}: {error}\n{text}"
            ));
        }
    }
}

/// A test under `#[tenure::test]`.
#[doc(hidden)]
#[cfg(feature = "test-util")]
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by the macro alone")]
pub struct Test {
    pub start_paused: bool,
    pub worker_threads: Option<usize>,
    pub root: Option<&'static str>,
}

#[cfg(feature = "test-util")]
impl Test {
    /// Runs the test under a root of its own.
    ///
    /// # Panics
    /// If the test failed or its root did not end clean: that fails it.
    #[track_caller]
    pub fn run<F, Fut>(self, test: F)
    where
        F: FnOnce(Scope) -> Fut,
        Fut: Future<Output = Result>,
    {
        let mut builder = match self.worker_threads {
            None => tokio::runtime::Builder::new_current_thread(),
            Some(workers) => {
                let mut builder = tokio::runtime::Builder::new_multi_thread();
                builder.worker_threads(workers);
                builder
            }
        };
        let runtime = builder.enable_all().start_paused(self.start_paused).build();
        let runtime = runtime.unwrap_or_else(|error| panic!("the test's runtime could not be made: {error}"));
        // The same tests must pass without inline turns (S51a).
        let inline = match std::env::var("TENURE_TEST_INLINE").as_deref() {
            Err(_) | Ok("allowed") => Inline::Allowed,
            Ok("never") => Inline::Never,
            Ok(other) => panic!("TENURE_TEST_INLINE is `{other}`: write `allowed` or `never`"),
        };
        let root = Builder::new().name(self.root.unwrap_or("app")).inline(inline);
        let report = runtime.block_on(root.run(async |scope| test(scope).await));
        runtime.shutdown_timeout(RUNTIME_SHUTDOWN_MAX);
        if let crate::exit::ExitReason::Panicked(panic) = report.main {
            panic.resume(); // an assertion of the test
        }
        assert!(report.exit_code == 0, "the test's root did not end clean:\n{report}");
    }
}

#[cfg(feature = "test-util")]
impl Scope {
    /// Waits until nothing runs under this root but the caller, then asserts that the account balances and nothing leaked.
    ///
    /// # Panics
    /// If it does not.
    pub async fn assert_account_closed(&self) {
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
        let account = self.account();
        assert!(account.is_balanced(), "the account does not balance: {account}");
        assert!(account.leaked == 0, "tasks leaked: {account}");
    }
}
