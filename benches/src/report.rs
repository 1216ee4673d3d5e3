//! A run that lies on disk: the table of the README on stdout, and the pictures of `docs/`.
use crate::error::BenchError;
use crate::machine::Machine;
use crate::peers::{self, Row};
use crate::plot::{Plot, Series};
use crate::table;
use serde::Deserialize;
use std::io::{self, Write};
use std::path::Path;

/// What the pictures need of a line about growth.
#[derive(Debug, Deserialize)]
struct Growth {
    bench: String,
    case: String,
    n: Vec<u32>,
    per_item: Vec<f64>,
}

/// Reads the lines of `results`, prints the table of the peers, and draws into `plots`.
pub(crate) fn run(results: &Path, plots: &Path) -> Result<(), BenchError> {
    let text = std::fs::read_to_string(results)
        .map_err(|why| BenchError::NoRun { file: results.display().to_string(), why })?;
    let (rows, growths) = read(&text);
    if rows.iter().any(|row| row.rounds == 1) {
        return Err(BenchError::OneRound(results.display().to_string()));
    }
    let machine: Option<Machine> = text.lines().find_map(|line| serde_json::from_str(line).ok());
    let footer = machine.map(|machine| format!("\n{}", table::footer(&machine))).unwrap_or_default();
    io::stdout().write_all((peers::table(&rows) + &footer).as_bytes())?;
    callers(&rows).draw(&plots.join("bench-callers.svg"))?;
    tasks(&growths).draw(&plots.join("bench-tasks.svg"))
}

/// Lines of either kind; others are of another schema and none of ours.
fn read(text: &str) -> (Vec<Row>, Vec<Growth>) {
    let rows = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let growths = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    (rows, growths)
}

/// The time of a call by the number of callers.
fn callers(rows: &[Row]) -> Plot {
    let mut series: Vec<Series> = Vec::new();
    for row in rows.iter().filter(|r| r.rt == "mt2" && r.run == 1) {
        let Some(callers) = row.bench.strip_prefix("call/").and_then(|n| n.parse().ok()) else { continue };
        let point = (callers, row.median);
        match series.iter_mut().find(|s| s.name == row.case) {
            // A line for each base: the first is the table's.
            Some(known) if known.points.contains(&point) => {}
            Some(known) => known.points.push(point),
            None => series.push(Series { name: row.case.clone(), points: vec![point] }),
        }
    }
    Plot { title: "request and reply, 2 workers", x: "callers", y: "ns per call", series }
}

/// What is drawn of the laws: what each task costs among how many.
const LAWS: [(&str, &str); 3] =
    [("growth/G1", "spawn and join"), ("growth/G3", "cancel"), ("growth/G4", "clean stop")];

fn tasks(growths: &[Growth]) -> Plot {
    let mut series: Vec<Series> = Vec::new();
    for growth in growths {
        let Some((_, what)) = LAWS.iter().find(|(bench, _)| *bench == growth.bench) else { continue };
        let name = format!("{}, {what}", growth.case);
        // A second run of what missed is not drawn again.
        if series.iter().all(|s| s.name != name) {
            let points =
                growth.n.iter().map(|n| f64::from(*n)).zip(growth.per_item.iter().copied()).collect();
            series.push(Series { name, points });
        }
    }
    Plot { title: "cost of a task among many", x: "tasks", y: "ns per task", series }
}
