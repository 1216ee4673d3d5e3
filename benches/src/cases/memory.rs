//! Resident bytes of what is alive and idle.
//!
//! Each kind is measured in a process of its own, so that no kind finds memory another has left behind, and by resident
//! bytes over many, so that rounding, tables and queues are counted too.
use crate::bench::{Bench, Effort};
use crate::error::BenchError;
use crate::pair::Sampler;
use crate::rt::Rt;
use clap::ValueEnum;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// What is alive in a child process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    TokioSpawn,
    TokioSpawnAgain,
    Tenure,
    JoinSet,
    TaskTracker,
    TrackerChild,
    /// Tasks that wait for cancellation: with a token of its own each, with the same, with a context.
    WaitsChild,
    WaitsShared,
    WaitsTenure,
    OwnerByHand,
    OwnerTenure,
    OwnerRactor,
    OwnerKameo,
    /// Nothing any more: so many tasks have ended, or an owner has been restarted so often. Its bytes are the process's.
    Ended,
    Restarted,
}

pub(crate) const TASKS: &[Kind] = &[
    Kind::TokioSpawn,
    Kind::TokioSpawnAgain,
    Kind::Tenure,
    Kind::JoinSet,
    Kind::TaskTracker,
    Kind::TrackerChild,
];
pub(crate) const WAITS: &[Kind] = &[Kind::WaitsChild, Kind::WaitsTenure, Kind::WaitsShared];
/// Actors are owners.
pub(crate) const OWNERS: &[Kind] =
    &[Kind::OwnerByHand, Kind::OwnerTenure, Kind::OwnerRactor, Kind::OwnerKameo];

/// Bytes a task has captured, unless the bench is about just that.
const CAPTURED: u16 = 48;

/// Captured bytes in `memory/size`. Tokio rounds a task up to 128, so a wrapper's few bytes may cost many or nothing.
pub(crate) fn sizes() -> impl Iterator<Item = u16> {
    (0..=256).step_by(16)
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TokioSpawn => "tokio-spawn",
            Self::TokioSpawnAgain => "tokio-spawn-again",
            Self::Tenure => "tenure",
            Self::JoinSet => "JoinSet",
            Self::TaskTracker => "TaskTracker",
            Self::TrackerChild => "TaskTracker+child",
            Self::WaitsChild => "waits-child-token",
            Self::WaitsShared => "waits-shared-token",
            Self::WaitsTenure => "waits-tenure",
            Self::OwnerByHand => "owner-by-hand",
            Self::OwnerTenure => "owner-tenure",
            Self::OwnerRactor => "owner-ractor",
            Self::OwnerKameo => "owner-kameo",
            Self::Ended => "tenure-ended",
            Self::Restarted => "tenure-restarted",
        }
    }

    /// Kind and captured bytes of a case of `bench`.
    fn of(bench: Bench, case: &str) -> (Self, u16) {
        if bench == Bench::MemorySize {
            let mut parts = case.split('-').skip(1);
            let bytes = parts.next().and_then(|n| n.parse().ok()).expect("`size-<bytes>-<kind>`");
            let kind = if parts.next() == Some("tenure") { Self::Tenure } else { Self::TokioSpawn };
            return (kind, bytes);
        }
        let kind = TASKS.iter().chain(WAITS).chain(OWNERS).find(|k| k.name() == case);
        (*kind.expect("the cases of the bench are these kinds"), CAPTURED)
    }
}

/// A child process that has not spoken by now never will: a million tasks take it two seconds.
const CHILD_TIME_MAX: Duration = Duration::from_secs(120);

/// Measures `case` in a child process.
pub(crate) fn sampler(bench: Bench, case: &str, rt: Rt, effort: &Effort) -> Sampler {
    let (kind, bytes) = Kind::of(bench, case);
    in_child(case, kind, bytes, effort.count(bench), rt, effort)
}

/// Measures so many of `kind` in a child process.
pub(crate) fn sized(kind: Kind, count: u32, rt: Rt, effort: &Effort) -> Sampler {
    in_child(kind.name(), kind, CAPTURED, count, rt, effort)
}

fn in_child(case: &str, kind: Kind, bytes: u16, count: u32, rt: Rt, effort: &Effort) -> Sampler {
    let args = [
        "--child".to_owned(),
        kind.to_possible_value().expect("no kind is hidden").get_name().to_owned(),
        format!("--count={count}"),
        format!("--bytes={bytes}"),
        format!("--settle-ms={}", effort.settle.as_millis()),
        format!("--rt={}", rt.name()),
    ];
    let case = case.to_owned();
    Box::new(move || {
        let (args, case) = (args.clone(), case.clone());
        Box::pin(async move {
            let asked = tokio::time::timeout(CHILD_TIME_MAX, ask(&args)).await;
            let answer = asked.unwrap_or_else(|_| Err(format!("silent for {CHILD_TIME_MAX:?}")));
            answer.map_err(|why| BenchError::Child { kind: case, why })
        })
    })
}

/// Starts the child, reads the one figure it prints, and ends it: tidying up a million tasks is not what is measured.
async fn ask(args: &[String]) -> Result<f64, String> {
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut child = Command::new(exe)
        .args(args)
        // Held open: a child whose parent has died reads its end and goes.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| e.to_string())?;
    let stdout = child.stdout.take().expect("stdout is piped");
    let line = BufReader::new(stdout).lines().next_line().await.map_err(|e| e.to_string())?;
    let Some(line) = line else {
        let status = child.wait().await.map_err(|e| e.to_string())?;
        return Err(format!("it ended first: {status}"));
    };
    child.kill().await.map_err(|e| e.to_string())?;
    line.parse().map_err(|_| format!("`{line}` is no number"))
}
