//! What `#[tenure::main]` and `#[tenure::test]` expand to: the runtime, main on it, the report, the exit code.

use crate::error::Result;
use crate::scope::Scope;
use crate::shutdown::drive::{Driver, MainTask};
use crate::shutdown::report::ShutdownReport;
use crate::shutdown::root::{Builder, Signals};
use std::future::Future;
use std::io::Write;
use std::panic::Location;
use std::process::ExitCode;
use std::time::Duration;

/// Longest wait for threads of the runtime that tenure does not own, once everything it owns has ended.
const RUNTIME_SHUTDOWN_MAX: Duration = Duration::from_secs(1);

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
    #[track_caller]
    pub fn run<F, Fut>(self, main: F) -> ExitCode
    where
        F: FnOnce(Scope) -> Fut,
        Fut: Future<Output = Result> + Send + 'static,
    {
        let site = Location::caller();
        let output = match ReportTo::from_env() {
            Ok(output) => output,
            Err(why) => return refuse(&why),
        };
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(error) => return refuse(&format!("the runtime could not be made: {error}")),
        };
        let mut builder = self.builder;
        builder.program = (self.name, self.version);
        builder.signals = Signals::Installed;
        let report = runtime.block_on(async {
            match Driver::new(builder, site, MainTask::Spawned) {
                Ok(driver) => driver.run_spawned(main).await,
                Err(report) => *report,
            }
        });
        output.write(&report);
        let left = report.grace.saturating_sub(report.took).min(RUNTIME_SHUTDOWN_MAX);
        // A thread that cannot be ended was named; it must not keep the process alive (S15d).
        runtime.shutdown_timeout(if report.account.live > 0 { Duration::ZERO } else { left });
        ExitCode::from(report.exit_code)
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

fn refuse(why: &str) -> ExitCode {
    drop(writeln!(std::io::stderr(), "error: {why}"));
    ExitCode::from(1)
}

/// Where the report goes: `TENURE_REPORT`.
#[derive(Debug, PartialEq, Eq)]
struct ReportTo {
    form: Form,
    /// A file instead of stderr.
    path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Off,
    Text,
    Json,
}

impl ReportTo {
    fn from_env() -> std::result::Result<Self, String> {
        match std::env::var("TENURE_REPORT") {
            Ok(value) => Self::parse(&value),
            Err(std::env::VarError::NotPresent) => Self::parse("text"),
            Err(std::env::VarError::NotUnicode(value)) => Self::parse(&value.to_string_lossy()),
        }
    }

    fn parse(value: &str) -> std::result::Result<Self, String> {
        let (form, path) = match value.split_once(':') {
            Some((form, path)) if !path.is_empty() => (form, Some(path.to_owned())),
            Some(_) | None => (value, None),
        };
        let form = match (form, &path) {
            ("text", _) => Form::Text,
            ("json", _) => Form::Json,
            ("off", None) => Form::Off,
            _ => {
                return Err(format!(
                    "TENURE_REPORT is `{value}`\n  why: it must be text, json, off, text:PATH or json:PATH\n  try: TENURE_REPORT=json"
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
        let root = Builder::new().name(self.root.unwrap_or("app"));
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
