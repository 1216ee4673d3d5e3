//! What can be measured: the benches, their cases, and how much work each does.
use crate::cases::ask::{cases as ask, cast};
use crate::cases::end::{cancel, stop};
use crate::cases::ours::{ask as ours, look};
use crate::cases::program::process;
use crate::cases::restart::cases as restart;
use crate::cases::{context, memory, poll, spawn};
use crate::law::{Cost, Law};
use crate::pair::{Rounds, Sampler};
use crate::rt::Rt;
use crate::target::Target;
use std::path::Path;
use std::time::Duration;
use tenure::Scope;

/// One bench. Its name is what is asked for and what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// Request and reply of so many concurrent callers.
    Call(u32),
    /// Each call of one caller alone: the middle one, and one in a hundred.
    LatencyP50,
    LatencyP99,
    /// The article's program: an owner, readers and writers, each with so many requests.
    Program,
    /// Request and reply of a hundred callers, in turns that look so many more keys up.
    Turn(u32),
    /// The same in turns that yield.
    AsyncTurn,
    /// A request without a reply, to an owner that waits and to one in a turn.
    CastIdle,
    CastBusy,
    /// Request and reply with a limit.
    CallDeadline,
    /// Long turns on one owner, and on the parts of one state.
    Shard,
    /// Turns that share a cost, one by one and several in one.
    Batch,
    /// Spawn and join of an empty task.
    Spawn,
    /// From a panic in a turn to the first reply of the next life.
    Restart,
    /// What each poll costs: a yield, a wake of another task, the beginning of a wait.
    PollYield,
    PollWake,
    PollEdge,
    /// A context of one's own, and whether it is over.
    ContextChild,
    ContextIsCancelled,
    /// From the request to cancel to the end of the last of so many tasks.
    Cancel(u32),
    /// A look at so many tasks.
    Snapshot(u32),
    /// From the request to stop to the end of the last of so many tasks.
    Stop(u32),
    /// From SIGTERM to the end of a whole program.
    StopProgram,
    /// Resident bytes of an idle task.
    MemoryTasks,
    /// Resident bytes of a task that waits for cancellation.
    MemoryWaits,
    /// Resident bytes of an idle owner.
    MemoryOwners,
    /// Resident bytes of an idle task by the size of what it captured.
    MemorySize,
    /// A law of growth, by its number.
    Growth(&'static str),
}

/// Every bench and its name, in the order they are measured. What stands before the `/` is a family, and asked for as one.
const NAMES: &[(Bench, &str)] = &[
    (Bench::Call(1), "call/1"),
    (Bench::Call(10), "call/10"),
    (Bench::Call(100), "call/100"),
    (Bench::Call(1000), "call/1000"),
    (Bench::LatencyP50, "latency/p50"),
    (Bench::LatencyP99, "latency/p99"),
    (Bench::Program, "program"),
    (Bench::Turn(0), "turn/0"),
    (Bench::Turn(20), "turn/20"),
    (Bench::Turn(200), "turn/200"),
    (Bench::Turn(2000), "turn/2000"),
    (Bench::AsyncTurn, "async-turn"),
    (Bench::CastIdle, "cast/idle"),
    (Bench::CastBusy, "cast/busy"),
    (Bench::CallDeadline, "call-deadline"),
    (Bench::Shard, "shard/8"),
    (Bench::Batch, "batch/64"),
    (Bench::Spawn, "spawn"),
    (Bench::PollYield, "poll/yield"),
    (Bench::PollWake, "poll/wake"),
    (Bench::PollEdge, "poll/edge"),
    (Bench::ContextChild, "context/child"),
    (Bench::ContextIsCancelled, "context/is-cancelled"),
    (Bench::Cancel(10_000), "cancel/10000"),
    (Bench::Cancel(100_000), "cancel/100000"),
    (Bench::Cancel(1_000_000), "cancel/1000000"),
    (Bench::Snapshot(1_000_000), "snapshot/1000000"),
    (Bench::Restart, "restart"),
    (Bench::Stop(10_000), "stop/10000"),
    (Bench::Stop(100_000), "stop/100000"),
    (Bench::Stop(1_000_000), "stop/1000000"),
    (Bench::StopProgram, "stop/program"),
    (Bench::MemoryTasks, "memory/1000000"),
    (Bench::MemoryWaits, "memory/waits"),
    (Bench::MemoryOwners, "memory/100000"),
    (Bench::MemorySize, "memory/size"),
    (Bench::Growth("G1"), "growth/G1"),
    (Bench::Growth("G2"), "growth/G2"),
    (Bench::Growth("G3"), "growth/G3"),
    (Bench::Growth("G4"), "growth/G4"),
    (Bench::Growth("G5"), "growth/G5"),
    (Bench::Growth("G6"), "growth/G6"),
    (Bench::Growth("G7"), "growth/G7"),
    (Bench::Growth("G8"), "growth/G8"),
    (Bench::Growth("G9"), "growth/G9"),
    (Bench::Growth("G10"), "growth/G10"),
    (Bench::Growth("G10-memory"), "growth/G10-memory"),
    (Bench::Growth("G11"), "growth/G11"),
    (Bench::Growth("G12"), "growth/G12"),
];

/// Callers of the benches that are about the length of turns: enough that they queue.
const CALLERS_OF_TURNS: u32 = 100;
/// Turns of about 5 us.
const LOOKUPS_OF_SHARDS: u32 = 200;

impl Bench {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(bench, _)| *bench)
    }

    /// Names that stand for several benches.
    pub(crate) fn families() -> Vec<&'static str> {
        let mut families = vec![ALL, PEERS];
        families.extend(NAMES.iter().filter_map(|(_, name)| Some(name.split_once('/')?.0)));
        families.dedup();
        families
    }

    pub(crate) fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(bench, _)| *bench == self);
        named.expect("every bench stands in the table").1
    }

    /// Is this bench meant by `asked`, its own name or a family's?
    pub(crate) fn is_meant_by(self, asked: &str) -> bool {
        let is_family = || self.name().split_once('/').is_some_and(|(f, _)| f == asked);
        asked == ALL || asked == self.name() || is_family() || (asked == PEERS && self.is_of_peers())
    }

    /// Is it in the table that the README shows?
    pub(crate) fn is_of_peers(self) -> bool {
        match self {
            Self::Call(callers) => callers == 1 || callers == 100,
            Self::Stop(tasks) => tasks == 100_000,
            Self::Program | Self::Spawn | Self::MemoryTasks | Self::MemoryOwners | Self::Restart => true,
            _ => false,
        }
    }

    /// The law it measures, if it is one.
    pub(crate) fn law(self) -> Option<&'static Law> {
        if let Self::Growth(id) = self { Some(Law::of(id)) } else { None }
    }

    pub(crate) fn is_memory(self) -> bool {
        matches!(self, Self::MemoryTasks | Self::MemoryWaits | Self::MemoryOwners | Self::MemorySize)
    }

    /// Is each sample a process of its own?
    pub(crate) fn is_process(self) -> bool {
        self.is_memory() || self == Self::StopProgram
    }

    pub(crate) fn unit(self) -> &'static str {
        if self.is_memory() { "B" } else { "ns" }
    }

    /// The runtimes it is measured on if none is asked for. Where a task lies in memory is the same on both, and a
    /// service that is stopped has workers.
    pub(crate) fn runtimes(self, asked: Option<Rt>) -> Vec<Rt> {
        match asked {
            Some(rt) => vec![rt],
            None if self.law().is_some() => self.law().map(|law| law.rt).into_iter().collect(),
            None if self.is_process() || self.ends_tasks() => vec![Rt::Mt2],
            None => Rt::ALL.to_vec(),
        }
    }

    /// Does each sample make as many tasks as its name says, and end them?
    fn ends_tasks(self) -> bool {
        matches!(self, Self::Stop(_) | Self::Cancel(_) | Self::Snapshot(_))
    }

    fn callers(self) -> u32 {
        match self {
            Self::Call(callers) => callers,
            Self::Turn(_) | Self::AsyncTurn | Self::Shard => CALLERS_OF_TURNS,
            Self::Batch => ours::BATCH,
            _ => 1,
        }
    }

    /// What its cases are built from.
    pub(crate) fn setup<'a>(
        self,
        root: &'a Scope,
        rt: Rt,
        go: Option<&'a Path>,
        effort: Effort,
    ) -> Setup<'a> {
        let more = match self {
            Self::Turn(lookups) => lookups,
            Self::Shard => LOOKUPS_OF_SHARDS,
            _ => 0,
        };
        Setup { root, rt, callers: self.callers(), more, tasks: effort.count(self), go, effort }
    }

    /// The cases that are measured in this process.
    fn timed(self) -> &'static [(&'static str, Build)] {
        match self {
            Self::Growth(id) => match Law::of(id).cost {
                Cost::Timed(cases) => cases,
                Cost::Resident(_) => &[],
            },
            Self::Call(_) => ask::CALL,
            Self::LatencyP50 => ask::LATENCY_P50,
            Self::LatencyP99 => ask::LATENCY_P99,
            Self::Program => ask::PROGRAM,
            Self::Turn(_) => ask::TURN,
            Self::AsyncTurn => ask::ASYNC_TURN,
            Self::CastIdle => cast::IDLE,
            Self::CastBusy => cast::BUSY,
            Self::CallDeadline => ask::CALL_DEADLINE,
            Self::Shard => ask::SHARD,
            Self::Batch => ask::BATCH,
            Self::Spawn => spawn::CASES,
            Self::Restart => restart::CASES,
            Self::PollYield => poll::YIELD,
            Self::PollWake => poll::WAKE,
            Self::PollEdge => poll::EDGE,
            Self::ContextChild => context::CHILD,
            Self::ContextIsCancelled => context::IS_CANCELLED,
            Self::Cancel(_) => cancel::CASES,
            Self::Snapshot(_) => look::SNAPSHOT,
            Self::Stop(1_000_000) => stop::CASES_OF_TASKS,
            Self::Stop(_) => stop::CASES,
            Self::StopProgram
            | Self::MemoryTasks
            | Self::MemoryWaits
            | Self::MemoryOwners
            | Self::MemorySize => &[],
        }
    }

    pub(crate) fn build(self, case: &str, setup: &Setup<'_>) -> Sampler {
        let (_, build) =
            self.timed().iter().find(|(name, _)| *name == case).expect("`cases` names what is here");
        build(setup)
    }

    /// Case and base, by name. The first is the base of the table.
    pub(crate) fn cases(self) -> Vec<CaseName> {
        match self {
            Self::StopProgram => CaseName::under_first(process::CASES.iter().map(|p| p.name())),
            Self::MemoryTasks => CaseName::under_first(memory::TASKS.iter().map(|k| k.name())),
            Self::MemoryWaits => CaseName::under_first(memory::WAITS.iter().map(|k| k.name())),
            Self::MemoryOwners => CaseName::under_first(memory::OWNERS.iter().map(|k| k.name())),
            Self::MemorySize => memory::sizes()
                .flat_map(|bytes| {
                    let base = format!("size-{bytes}-tokio");
                    [
                        CaseName { case: base.clone(), base: base.clone() },
                        CaseName { case: format!("size-{bytes}-tenure"), base },
                    ]
                })
                .collect(),
            Self::Growth(id) => {
                let law = Law::of(id);
                let base = |case| law.base().unwrap_or(case).to_owned();
                law.cases().into_iter().map(|c| CaseName { case: c.to_owned(), base: base(c) }).collect()
            }
            _ => CaseName::under_first(self.timed().iter().map(|c| c.0)),
        }
    }

    /// The cases to measure if only those in `only` are wanted: also what they are compared with. Go's is there only if its
    /// program is.
    pub(crate) fn chosen(self, only: &[String], has_go: bool) -> Vec<CaseName> {
        let mut all = self.cases();
        all.retain(|c| has_go || c.case != ask::GO);
        if only.is_empty() {
            return all;
        }
        let mut names: Vec<&str> = Vec::new();
        for c in all.iter().filter(|c| only.contains(&c.case)) {
            names.extend(all.iter().map(|c| c.case.as_str()).filter(|c| c.ends_with(AGAIN)));
            names.extend([c.case.as_str(), c.base.as_str()]);
            names.extend(Target::for_case(self.name(), &c.case).iter().map(|t| t.base));
        }
        all.iter().filter(|c| names.contains(&c.case.as_str())).cloned().collect()
    }

    /// About how long it takes, for the time left.
    pub(crate) fn estimate(self, cases: usize, effort: &Effort) -> Duration {
        let rounds = effort.rounds(self);
        let sample = if let Some(law) = self.law() {
            // Of all sizes; a task more takes a microsecond, a process its time to settle.
            let each = if law.unit == "B" { effort.settle } else { Duration::ZERO };
            law.sizes(effort).iter().map(|n| each + Duration::from_nanos(1_500) * *n).sum()
        } else if self.is_memory() {
            effort.settle + Duration::from_nanos(2_000) * effort.count(self)
        } else if self.ends_tasks() {
            // They are spawned as well as ended.
            Duration::from_nanos(2_500) * effort.count(self)
        } else if self == Self::StopProgram {
            Duration::from_millis(100)
        } else if self == Self::Program && !effort.quick {
            Duration::from_millis(60)
        } else {
            effort.batch * 2
        };
        let samples = (rounds.kept + rounds.discarded) * (cases + 2);
        sample * u32::try_from(samples).unwrap_or(u32::MAX)
    }
}

/// A case and what it is compared with in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaseName {
    pub(crate) case: String,
    pub(crate) base: String,
}

impl CaseName {
    fn under_first<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let names: Vec<&str> = names.collect();
        names.iter().map(|n| Self { case: (*n).to_owned(), base: names[0].to_owned() }).collect()
    }
}

/// The benches of the README's table.
pub(crate) const PEERS: &str = "peers";

/// Every bench there is.
pub(crate) const ALL: &str = "all";

/// Ends the name of a case that runs the code of another once more, for the noise floor.
pub(crate) const AGAIN: &str = "-again";

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Everything once and small: shows that it runs, not how fast.
    pub(crate) quick: bool,
    /// `--rounds`.
    pub(crate) asked: Option<usize>,
    /// Length of a timed batch.
    pub(crate) batch: Duration,
    /// How long memory is left alone before it is read.
    pub(crate) settle: Duration,
}

/// Enough that a decile is a sample or two, and odd, so that the median is one.
const ROUNDS: usize = 21;
/// Resident bytes hardly vary: three show whether they did.
const ROUNDS_MEMORY: usize = 3;
/// A law is judged by medians and quiet rounds of few but long samples.
const ROUNDS_GROWTH: usize = 5;
/// Many tasks take seconds to build for each end.
const ROUNDS_ENDS: [(u32, usize); 2] = [(100_000, 11), (1_000_000, 7)];

impl Effort {
    pub(crate) fn full(asked: Option<usize>) -> Self {
        // 2 to 10 ms: most batches then fit between two preemptions.
        let batch = Duration::from_millis(4);
        Self { quick: false, asked, batch, settle: Duration::from_secs(1) }
    }

    pub(crate) fn quick(asked: Option<usize>) -> Self {
        Self { quick: true, asked, batch: Duration::ZERO, settle: Duration::from_millis(50) }
    }

    pub(crate) fn rounds(&self, bench: Bench) -> Rounds {
        // A child process has no caches to fill.
        let is_process = bench.is_process() || bench.law().is_some_and(|law| law.unit == "B");
        let discarded = usize::from(!is_process && !self.quick);
        let kept = match self.asked {
            Some(asked) => asked,
            None if self.quick => 1,
            None if bench.law().is_some_and(|law| law.unit == "B") => ROUNDS_MEMORY,
            None if bench.law().is_some() => ROUNDS_GROWTH,
            None if bench.is_memory() => ROUNDS_MEMORY,
            None if bench.ends_tasks() => {
                let many = ROUNDS_ENDS.iter().find(|(tasks, _)| self.count(bench) == *tasks);
                many.map_or(ROUNDS, |(_, rounds)| *rounds)
            }
            None => ROUNDS,
        };
        Rounds { discarded, kept }
    }

    /// Things alive at once, in a bench whose name says how many.
    pub(crate) fn count(&self, bench: Bench) -> u32 {
        let full = match bench {
            Bench::MemoryTasks | Bench::MemoryWaits => 1_000_000,
            Bench::MemoryOwners => 100_000,
            // 34 processes: fewer tasks each, still a hundred times what the runtime itself takes.
            Bench::MemorySize => 250_000,
            Bench::Stop(tasks) | Bench::Cancel(tasks) | Bench::Snapshot(tasks) => tasks,
            _ => 0,
        };
        if self.quick { full / 50 } else { full }
    }
}

/// What a timed case is built from.
pub(crate) struct Setup<'a> {
    pub(crate) root: &'a Scope,
    pub(crate) rt: Rt,
    pub(crate) callers: u32,
    /// Keys that a turn looks up beside the one that is asked for.
    pub(crate) more: u32,
    /// Tasks that are stopped.
    pub(crate) tasks: u32,
    /// Go's program, if it was built.
    pub(crate) go: Option<&'a Path>,
    pub(crate) effort: Effort,
}

/// Builds a timed case.
pub(crate) type Build = fn(&Setup<'_>) -> Sampler;
