//! What is being done, on stderr. On a terminal one line that changes; elsewhere a line per bench.
use crate::bench::Bench;
use crate::rt::Rt;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// A terminal line is not rewritten more often: drawing it must not become the load that is measured.
const REDRAW_MIN: Duration = Duration::from_millis(200);

/// The progress of a run.
#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    /// Estimated time of the benches not begun yet.
    ahead: Duration,
    bench: String,
    begun: Instant,
    drawn: Instant,
}

impl Progress {
    pub(crate) fn new(ahead: Duration) -> Self {
        let now = Instant::now();
        Self { is_terminal: io::stderr().is_terminal(), ahead, bench: String::new(), begun: now, drawn: now }
    }

    /// A bench that is estimated to take `estimate` begins.
    pub(crate) fn begin(&mut self, bench: Bench, rt: Rt, cases: usize, estimate: Duration) {
        self.bench = format!("{} {}", bench.name(), rt.name());
        self.begun = Instant::now();
        if !self.is_terminal {
            let left = self.ahead.as_secs_f64().ceil();
            self.write(&format!("{}: {cases} cases, about {left} s left in all\n", self.bench));
        }
        self.ahead = self.ahead.saturating_sub(estimate);
    }

    /// A case of round `round` of `rounds` is about to run.
    pub(crate) fn case(&mut self, round: usize, rounds: usize, case: &str) {
        if !self.is_terminal || self.drawn.elapsed() < REDRAW_MIN {
            return;
        }
        self.drawn = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "rounds are counted in dozens")]
        let here = self.begun.elapsed().as_secs_f64() * (rounds - round) as f64 / round.max(1) as f64;
        let left = (here + self.ahead.as_secs_f64()).ceil();
        self.write(&format!(
            "\r\x1b[K{}: round {} of {rounds}, {case}, about {left} s left",
            self.bench,
            round + 1
        ));
    }

    /// Leaves the line empty for what is printed next.
    pub(crate) fn clear(&self) {
        if self.is_terminal {
            self.write("\r\x1b[K");
        }
    }

    fn write(&self, text: &str) {
        // Nobody to tell if stderr is gone; the figures go to stdout.
        let told = io::stderr().write_all(text.as_bytes());
        drop(told);
    }
}
