//! A child process with an empty environment, its end, and a limit on how long it may take.

use crate::program::tenure;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// No run here asks for more than a few seconds. A child that takes this long is stuck, and that is a failure.
const LONGEST: Duration = Duration::from_secs(60);

/// `tenure` with these arguments and nothing of the caller's environment.
pub(crate) fn command(args: &[&str]) -> Command {
    program(tenure(), args)
}

/// The same for any program.
pub(crate) fn program(path: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(args).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn run(args: &[&str]) -> Ended {
    Running::start(command(args)).end()
}

/// How a child ended, and all it wrote.
#[derive(Debug)]
pub(crate) struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Ended {
    /// The exit code. A child that died by a signal has none, and fails here with what it wrote.
    #[track_caller]
    pub(crate) fn code(&self) -> i32 {
        match self.status.code() {
            Some(code) => code,
            None => panic!("died by signal {:?}: {self:#?}", self.status.signal()),
        }
    }

    /// Stdout, which must be exactly one JSON object on one line.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let line = self.stdout.strip_suffix('\n').unwrap_or_else(|| panic!("no line on stdout: {self:#?}"));
        assert!(!line.contains('\n'), "more than one line on stdout: {self:#?}");
        let value: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|e| panic!("stdout is no JSON: {e}: {self:#?}"));
        assert!(value.is_object(), "{value}");
        value
    }
}

/// A child that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    begun: Instant,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self { child: command.spawn().expect("the built program can be started"), begun: Instant::now() }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until the child handles `signal`: sooner, it would die of it.
    pub(crate) fn handles(&self, signal: Signal) -> &Self {
        let path = format!("/proc/{}/status", self.child.id());
        self.wait_for(&format!("a handler for {signal:?}"), || {
            let status = std::fs::read_to_string(&path).unwrap_or_default();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
            let caught = caught.and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0);
            caught >> (signal.as_raw() - 1) & 1 == 1
        });
        self
    }

    /// Sends `signal`, `after` the one before.
    pub(crate) fn send(&self, after: Duration, signal: Signal) -> &Self {
        pause(after);
        kill_process(self.pid(), signal).expect("the child has not been waited for, so its pid is its own");
        self
    }

    pub(crate) fn take_stdout(&mut self) -> std::process::ChildStdout {
        self.child.stdout.take().expect("stdout is a pipe")
    }

    /// Reads both streams to their ends, and waits for the child's.
    pub(crate) fn end(mut self) -> Ended {
        let (out, err) = (self.child.stdout.take(), self.child.stderr.take());
        std::thread::scope(|threads| {
            let stdout = threads.spawn(|| read(out));
            let stderr = threads.spawn(|| read(err));
            let begun = self.begun;
            let status = loop {
                match self.child.try_wait().expect("the child is ours") {
                    None if begun.elapsed() < LONGEST => pause(Duration::from_millis(5)),
                    status => break status,
                }
            };
            if status.is_none() {
                self.child.kill().expect("the child is ours");
            }
            let took = begun.elapsed();
            let [stdout, stderr] =
                [stdout, stderr].map(|thread| thread.join().expect("reading does not panic"));
            let Some(status) = status else {
                panic!("the child did not end within {LONGEST:?}\nstdout:\n{stdout}\nstderr:\n{stderr}");
            };
            Ended { status, stdout, stderr, took }
        })
    }

    #[track_caller]
    fn wait_for(&self, what: &str, mut is_there: impl FnMut() -> bool) {
        while !is_there() {
            assert!(self.begun.elapsed() < LONGEST, "no {what} within {LONGEST:?}");
            pause(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    /// A test that fails leaves no process behind.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

fn read(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
    }
    String::from_utf8(bytes).expect("tenure writes UTF-8")
}

/// Real processes live in real time.
#[expect(clippy::disallowed_methods, reason = "this thread has nothing else to do, and there is no runtime")]
pub(crate) fn pause(d: Duration) {
    std::thread::sleep(d);
}
