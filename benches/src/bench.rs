//! What can be measured: the benches, their cases, and how much work each does.
use crate::cases::program::process;
use crate::cases::restart::cases as restart;
use crate::cases::{call, memory, spawn, stop};
use crate::pair::{Rounds, Sampler};
use crate::rt::Rt;
use crate::target::Target;
use std::time::Duration;
use tenure::Scope;

/// One bench. Its name is what is asked for and what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// Request and reply of so many concurrent callers.
    Call(u32),
    /// Spawn and join of an empty task.
    Spawn,
    /// From a panic in a turn to the first reply of the next life.
    Restart,
    /// From the request to stop to the end of the last of so many tasks.
    Stop(u32),
    /// From SIGTERM to the end of a whole program.
    StopProgram,
    /// Resident bytes of an idle task.
    MemoryTasks,
    /// Resident bytes of an idle owner.
    MemoryOwners,
    /// Resident bytes of an idle task by the size of what it captured.
    MemorySize,
}

impl Bench {
    pub(crate) const ALL: [Self; 13] = [
        Self::Call(1),
        Self::Call(10),
        Self::Call(100),
        Self::Call(1000),
        Self::Spawn,
        Self::Restart,
        Self::Stop(10_000),
        Self::Stop(100_000),
        Self::Stop(1_000_000),
        Self::StopProgram,
        Self::MemoryTasks,
        Self::MemoryOwners,
        Self::MemorySize,
    ];
    /// Names that stand for several benches.
    pub(crate) const FAMILIES: [&str; 4] = ["all", "call", "stop", "memory"];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Call(1) => "call/1",
            Self::Call(10) => "call/10",
            Self::Call(100) => "call/100",
            Self::Call(_) => "call/1000",
            Self::Spawn => "spawn",
            Self::Restart => "restart",
            Self::Stop(10_000) => "stop/10000",
            Self::Stop(100_000) => "stop/100000",
            Self::Stop(_) => "stop/1000000",
            Self::StopProgram => "stop/program",
            Self::MemoryTasks => "memory/1000000",
            Self::MemoryOwners => "memory/100000",
            Self::MemorySize => "memory/size",
        }
    }

    /// Is this bench meant by `asked`, its own name or a family's?
    pub(crate) fn is_meant_by(self, asked: &str) -> bool {
        asked == "all" || asked == self.name() || self.name().split_once('/').is_some_and(|(f, _)| f == asked)
    }

    pub(crate) fn is_memory(self) -> bool {
        matches!(self, Self::MemoryTasks | Self::MemoryOwners | Self::MemorySize)
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
            None if self.is_process() || matches!(self, Self::Stop(_)) => vec![Rt::Mt2],
            None => Rt::ALL.to_vec(),
        }
    }

    /// Case and base, by name. The first is the base of the table.
    pub(crate) fn cases(self) -> Vec<CaseName> {
        match self {
            Self::Call(_) => CaseName::under_first(call::CASES.iter().map(|c| c.0)),
            Self::Spawn => CaseName::under_first(spawn::CASES.iter().map(|c| c.0)),
            Self::Restart => CaseName::under_first(restart::CASES.iter().map(|c| c.0)),
            Self::Stop(_) => CaseName::under_first(stop::CASES.iter().map(|c| c.0)),
            Self::StopProgram => CaseName::under_first(process::CASES.iter().map(|p| p.name())),
            Self::MemoryTasks => CaseName::under_first(memory::TASKS.iter().map(|k| k.name())),
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
        }
    }

    /// The cases to measure if only those in `only` are wanted: also what they are compared with.
    pub(crate) fn chosen(self, only: &[String]) -> Vec<CaseName> {
        let all = self.cases();
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
        let sample = if self.is_memory() {
            effort.settle + Duration::from_nanos(2_000) * effort.count(self)
        } else if let Self::Stop(_) = self {
            // They are spawned as well as stopped.
            Duration::from_nanos(2_500) * effort.count(self)
        } else if self == Self::StopProgram {
            Duration::from_millis(100)
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
/// A million tasks take seconds to build for each stop.
const ROUNDS_STOP_MILLION: usize = 7;

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
        let discarded = usize::from(!bench.is_process() && !self.quick);
        let kept = match self.asked {
            Some(asked) => asked,
            None if self.quick => 1,
            None if bench.is_memory() => ROUNDS_MEMORY,
            None if bench == Bench::Stop(1_000_000) => ROUNDS_STOP_MILLION,
            None => ROUNDS,
        };
        Rounds { discarded, kept }
    }

    /// Things alive at once, in a bench whose name says how many.
    pub(crate) fn count(&self, bench: Bench) -> u32 {
        let full = match bench {
            Bench::MemoryTasks => 1_000_000,
            Bench::MemoryOwners => 100_000,
            // 34 processes: fewer tasks each, still a hundred times what the runtime itself takes.
            Bench::MemorySize => 250_000,
            Bench::Stop(tasks) => tasks,
            Bench::Call(_) | Bench::Spawn | Bench::Restart | Bench::StopProgram => 0,
        };
        if self.quick { full / 50 } else { full }
    }
}

/// What a timed case is built from.
pub(crate) struct Setup<'a> {
    pub(crate) root: &'a Scope,
    pub(crate) callers: u32,
    /// Tasks that are stopped.
    pub(crate) tasks: u32,
    pub(crate) effort: Effort,
}

/// Builds a timed case.
pub(crate) type Build = fn(&Setup<'_>) -> Sampler;
