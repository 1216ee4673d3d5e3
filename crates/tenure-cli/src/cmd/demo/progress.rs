//! The line a person sees while the demo runs. Only on a terminal: what is piped stays empty.

use super::measure::Tally;
use super::plan::Plan;
use crate::render::{BOLD, DIM, GOOD, Look, WARN, chosen};
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tenure_wire::text::thousands;

/// Ten times a second: fast enough to look live, slow enough to read.
const TICK: Duration = Duration::from_millis(100);
/// Cells of the bar: with it, and seven digits each of reads and writes, the line fits 80 columns.
const BAR_CELLS: usize = 10;
/// Columns between two parts of the line.
const GAP: usize = 2;

/// Draws, or does not.
#[derive(Debug)]
pub(crate) struct Progress {
    look: Look,
    tally: Arc<Tally>,
    fault: &'static str,
    /// `None`: until a signal.
    stop_at: Option<Duration>,
    /// What happened last, once it is no more the fault.
    last: Option<&'static str>,
}

impl Progress {
    pub(crate) fn new(plan: &Plan, look: Look, tally: Arc<Tally>) -> Self {
        Self { look, tally, fault: plan.fault.name(), stop_at: plan.stop_at(), last: None }
    }

    /// From now on this is what happened last.
    pub(crate) fn says(&mut self, last: &'static str) {
        self.last = Some(last);
    }

    /// Draws until `done` is ready. The number of live tasks is asked for at each tick.
    pub(crate) async fn during<F: Future>(&mut self, done: F, live_tasks: impl Fn() -> u64) -> F::Output {
        let mut done = pin!(done);
        loop {
            match tokio::time::timeout(TICK, &mut done).await {
                Ok(output) => return output,
                Err(_) => self.draw(live_tasks()),
            }
        }
    }

    /// Takes the line away, so that what follows begins at the margin.
    pub(crate) fn clear(&self) {
        if self.look.live {
            self.put("\r\x1b[2K");
        }
    }

    fn draw(&self, live_tasks: u64) {
        if !self.look.live {
            return;
        }
        // One column is left free: a full line would wrap, and the next redraw would start on the wrong one.
        let line =
            fitted(self.cells(live_tasks), self.look.live_width().saturating_sub(1), self.look.glyphs.cut);
        self.put(&format!("\r\x1b[2K{line}"));
    }

    fn put(&self, text: &str) {
        let mut stderr = self.look.stderr();
        // A line of progress that cannot be written is not worth a word.
        stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).ok();
    }

    /// What the line says, part by part, each with its style.
    fn cells(&self, live_tasks: u64) -> Vec<(anstyle::Style, String)> {
        let elapsed = self.tally.elapsed();
        let (reads, writes) = self.tally.values();
        let mut cells = Vec::new();
        if let Some(stop_at) = self.stop_at {
            cells.push((DIM, self.bar(elapsed, stop_at)));
        }
        cells.push((BOLD, format!("{:.1} s", elapsed.as_secs_f64())));
        cells.push((BOLD, format!("reads {}", thousands(reads))));
        cells.push((BOLD, format!("writes {}", thousands(writes))));
        cells.push((DIM, format!("live {}", thousands(live_tasks))));
        match (self.last, self.tally.recovered(), self.tally.struck()) {
            (Some(last), ..) => cells.push((WARN, last.to_owned())),
            (None, Some(at), _) => cells.push((GOOD, format!("restarted at {}", chosen(at)))),
            (None, None, Some(at)) => cells.push((WARN, format!("{} at {}", self.fault, chosen(at)))),
            (None, None, None) => {}
        }
        cells
    }

    fn bar(&self, elapsed: Duration, stop_at: Duration) -> String {
        let share = elapsed.as_millis() * BAR_CELLS as u128 / stop_at.as_millis().max(1);
        let full = usize::try_from(share).unwrap_or(BAR_CELLS).min(BAR_CELLS);
        self.look.glyphs.full.repeat(full) + &self.look.glyphs.empty.repeat(BAR_CELLS - full)
    }
}

/// The parts in one line of at most `width` columns.
fn fitted(cells: Vec<(anstyle::Style, String)>, width: usize, cut: &str) -> String {
    let mut line = String::new();
    let mut left = width;
    for (i, (style, text)) in cells.into_iter().enumerate() {
        let gap = if i == 0 { 0 } else { GAP };
        let needed = gap + text.chars().count();
        if needed > left {
            if left >= cut.chars().count() {
                line.push_str(cut);
            }
            break;
        }
        line.push_str(&format!("{:gap$}{style}{text}{style:#}", ""));
        left -= needed;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x5_the_line_never_exceeds_its_width() {
        let cells = || {
            vec![
                (BOLD, "12.3 s".to_owned()),
                (DIM, "reads 1,000,000".to_owned()),
                (WARN, "draining".to_owned()),
            ]
        };
        for width in 0..60 {
            let line = fitted(cells(), width, "...");
            let plain = anstream::adapter::strip_str(&line).to_string();
            assert!(plain.chars().count() <= width, "{width}: {plain:?}");
        }
        assert!(fitted(cells(), 40, "...").contains("draining"));
    }
}
