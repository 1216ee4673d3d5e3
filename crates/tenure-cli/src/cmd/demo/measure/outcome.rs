//! Everything one run showed.

use super::answer::Answer;
use super::books::Books;
use super::spread::Percentiles;
use super::tally::{FIRST_LIFE, Row, Tally};
use crate::exit::Exit;
use std::collections::BTreeMap;
use std::time::Duration;
use tenure_wire::Report;

/// What is judged and told, whichever program ran.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub reads: u64,
    pub writes: u64,
    pub books: Books,
    pub rows: BTreeMap<Answer, Row>,
    /// From the fault to the first answer after it, over callers.
    pub first_after_fault: Option<Percentiles>,
    /// Callers that waited still when all deadlines and a second had passed.
    pub blocked_forever: u64,
    /// Tasks cut off by the end of the process.
    pub killed_unfinished: u64,
    /// First request to the drain of the clients.
    pub asked_for: Duration,
    /// First request to the last task's end.
    pub elapsed: Duration,
    pub struck: Option<Duration>,
    pub served_again: Option<Duration>,
    /// Clients that got an error of whatever kind.
    pub told_callers: u64,
    /// Which life of `app/store` was the last; `None`: the program has no such thing.
    pub incarnation: Option<u32>,
    /// From the fault to the first value of a later life.
    pub recovered: Option<Duration>,
    /// Clients that got a value of a later life.
    pub recovered_callers: u64,
    /// The signal that ended the run before its time.
    pub interrupted: Option<&'static str>,
    /// What the first error of a kind said beyond its kind.
    pub said: BTreeMap<Answer, String>,
    /// What the roots' reports say beyond the planted failure, and why.
    pub exit: Exit,
    pub trouble: Option<String>,
    /// The report of the root `demo`; `None`: the program has none.
    pub shutdown: Option<Report>,
}

impl Outcome {
    /// What the tally holds, the rest to be filled in.
    pub(crate) fn of(tally: &Tally, books: Books) -> Self {
        let (reads, writes) = tally.values();
        Self {
            reads,
            writes,
            books,
            rows: tally.rows(),
            first_after_fault: tally.first_after_fault(),
            blocked_forever: 0,
            killed_unfinished: 0,
            asked_for: Duration::ZERO,
            elapsed: Duration::ZERO,
            struck: tally.struck(),
            served_again: tally.served_again(),
            told_callers: tally.told_callers(),
            incarnation: None,
            recovered: tally.recovered().map(|at| at.saturating_sub(tally.struck().unwrap_or_default())),
            recovered_callers: tally.recovered_callers(),
            interrupted: None,
            said: tally.said(),
            exit: Exit::Good,
            trouble: None,
            shutdown: None,
        }
    }

    pub(crate) fn errors(&self, answer: Answer) -> u64 {
        self.rows.get(&answer).map_or(0, |row| row.errors)
    }

    /// How often `app/store` was made again.
    pub(crate) fn restarts(&self) -> Option<u32> {
        self.incarnation.map(|life| life.saturating_sub(FIRST_LIFE))
    }

    /// Values per second while clients asked.
    pub(crate) fn requests_per_s(&self) -> u64 {
        let ms = self.asked_for.as_millis().max(1);
        let per_s = u128::from(self.reads + self.writes) * 1000 / ms;
        u64::try_from(per_s).unwrap_or(u64::MAX)
    }
}
