//! The benches that the README shows, in one table: what each costs by hand, and the others as ratios to that.
use crate::bench::Bench;
use crate::line::Line;
use crate::rt::Rt;
use serde::Deserialize;
use std::fmt::Write;

/// What the table needs of a line; so a run that lies on disk can be shown as well as one in memory.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) bench: String,
    pub(crate) rt: String,
    pub(crate) case: String,
    pub(crate) base: String,
    pub(crate) unit: String,
    pub(crate) median: f64,
    pub(crate) ratio: f64,
    /// 2 if a missed target was measured again: the first run is what is shown.
    pub(crate) run: u8,
    pub(crate) rounds: usize,
}

impl From<&Line> for Row {
    fn from(line: &Line) -> Self {
        Self {
            bench: line.bench.to_owned(),
            rt: line.rt.to_owned(),
            case: line.case.clone(),
            base: line.base.clone(),
            unit: line.unit.to_owned(),
            median: line.median,
            ratio: line.ratio,
            run: line.run,
            rounds: line.rounds,
        }
    }
}

const HEADER: &str = "| what | by hand | tenure | others |\n|---|---|---|---|\n";

/// The table, in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = HEADER.to_owned();
    for bench in Bench::all().filter(|bench| bench.is_of_peers()) {
        for rt in Rt::ALL {
            let own = |r: &&Row| r.bench == bench.name() && r.rt == rt.name() && r.run == 1;
            let of_bench: Vec<&Row> = rows.iter().filter(own).collect();
            if let Some(base) = of_bench.iter().find(|r| r.case == r.base) {
                text.push_str(&line(bench, rt, base, &of_bench));
            }
        }
    }
    text
}

fn line(bench: Bench, rt: Rt, base: &Row, rows: &[&Row]) -> String {
    let (mut ours, mut others) = (String::from("-"), Vec::new());
    // What is compared with another than the table's base is there a second time, for its target.
    for row in rows.iter().filter(|r| r.base == base.case && r.case != base.case) {
        match row.case.as_str() {
            "tenure" | "owner-tenure" => ours = format!("**{:.2}**", row.ratio),
            case if case.ends_with(crate::bench::AGAIN) => {}
            case => others.push(format!("{} {:.2}", case.trim_start_matches("owner-"), row.ratio)),
        }
    }
    let mut text = String::new();
    let (what, base_name) = (title(bench), base.case.trim_start_matches("owner-"));
    let cost = format!("{base_name}: {} {}", cost(base.median), base.unit);
    writeln!(text, "| {what}, {} | {cost} | {ours} | {} |", runtime(rt), others.join(" · "))
        .expect("a string takes all that is written to it");
    text
}

fn runtime(rt: Rt) -> &'static str {
    match rt {
        Rt::Mt2 => "2 workers",
        Rt::Ct => "current_thread",
    }
}

/// Of a figure its first three digits.
fn cost(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn title(bench: Bench) -> &'static str {
    match bench {
        Bench::Call(1) => "a call, 1 caller",
        Bench::Call(_) => "a call, 100 callers",
        Bench::Program => "the article's program, a request",
        Bench::Spawn => "spawn and join of an empty task",
        Bench::MemoryTasks => "memory of an idle task, of 1 000 000",
        Bench::MemoryOwners => "memory of an idle owner of a `u64`, of 100 000",
        Bench::Stop(_) => "a clean stop, each of 100 000 tasks",
        Bench::Restart => "a restart, from the panic to the next reply",
        _ => bench.name(),
    }
}
