//! A process that runs the program, and the time from its SIGTERM to its end.
use crate::bench::Effort;
use crate::cases::bare;
use crate::cases::program::{by_hand, ours};
use crate::error::BenchError;
use crate::pair::Sampler;
use crate::rt::Rt;
use clap::ValueEnum;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{self, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Clients of the article: a hundred that read and ten that write.
pub(super) const READERS: u64 = 100;
pub(super) const WRITERS: u64 = 10;
/// Keys they read and write.
pub(super) const KEYS: u64 = 5;
/// What a client waits for a reply at most.
pub(super) const REPLY_MAX: Duration = Duration::from_secs(1);

/// Who runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    /// Clients are asked to stop and waited for, then the owner.
    ByHand,
    ByHandAgain,
    Tenure,
    /// Main returns at the signal, and whoever waits is cut off: the least a stop can cost.
    Naive,
}

pub(crate) const CASES: &[Program] =
    &[Program::ByHand, Program::ByHandAgain, Program::Tenure, Program::Naive];

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::ByHandAgain => "by-hand-again",
            Self::Tenure => "tenure",
            Self::Naive => "naive",
        }
    }
}

/// Is this process, to its end by SIGTERM.
pub(crate) fn run(program: Program, rt: Rt) -> Result<(), BenchError> {
    rt.build()?.block_on(async {
        match program {
            Program::ByHand | Program::ByHandAgain => by_hand::run().await,
            Program::Tenure => ours::run().await,
            Program::Naive => by_hand::run_naive().await,
        }
    })
}

/// Says that the clients ask and that SIGTERM is handled: sooner, the process would die of it.
pub(super) fn runs() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"runs\n")?;
    out.flush()
}

/// How long the clients ask before the signal comes.
const RUNS_FOR: Duration = Duration::from_millis(50);
/// A process that has not ended by now hangs: no reply takes longer than a second.
const PROCESS_TIME_MAX: Duration = Duration::from_secs(30);

/// Nanoseconds from SIGTERM to the end of a process that runs `case`.
pub(crate) fn sampler(case: &str, rt: Rt, effort: &Effort) -> Sampler {
    let program =
        *CASES.iter().find(|p| p.name() == case).expect("the cases of the bench are these programs");
    let runs_for = if effort.quick { Duration::ZERO } else { RUNS_FOR };
    Box::new(move || {
        Box::pin(async move {
            let stopped = tokio::time::timeout(PROCESS_TIME_MAX, stopped(program, rt, runs_for)).await;
            let answer =
                stopped.unwrap_or_else(|_| Err(format!("it did not end within {PROCESS_TIME_MAX:?}")));
            answer.map_err(|why| BenchError::Child { kind: program.name().to_owned(), why })
        })
    })
}

async fn stopped(program: Program, rt: Rt, runs_for: Duration) -> Result<f64, String> {
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    let value = program.to_possible_value().expect("no program is hidden");
    let mut child = Command::new(exe)
        .args(["--program", value.get_name(), &format!("--rt={}", rt.name())])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| e.to_string())?;
    let stdout = child.stdout.take().expect("stdout is piped");
    let said = BufReader::new(stdout).lines().next_line().await.map_err(|e| e.to_string())?;
    if said.is_none() {
        let status = child.wait().await.map_err(|e| e.to_string())?;
        return Err(format!("it ended first: {status}"));
    }
    bare::sleep(runs_for).await;
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it was not waited for yet");
    let start = Instant::now();
    kill_process(pid, Signal::TERM).map_err(|e| e.to_string())?;
    let status = child.wait().await.map_err(|e| e.to_string())?;
    let took = start.elapsed();
    if !status.success() {
        return Err(format!("not a clean end: {status}"));
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    Ok(took.as_nanos() as f64)
}
