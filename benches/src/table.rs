//! The lines of one bench as a table.
use crate::growth::Growth;
use crate::line::Line;
use crate::machine::Machine;
use crate::target::{Of, Verdict};
use std::fmt::Write;

const HEADER: [&str; 8] = ["case", "median", "quiet", "ratio", "quiet", "10..90 %", "to", "verdict"];

/// `lines` are of one bench on one runtime.
pub(crate) fn render(lines: &[Line]) -> String {
    let Some(first) = lines.first() else { return String::new() };
    let rows: Vec<[String; 8]> = lines.iter().map(row).collect();
    let mut widths = HEADER.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let again = if first.run > 1 { ", again" } else { "" };
    let each = first.count.map_or_else(|| "per operation".to_owned(), |n| format!("each of {n}"));
    let mut text = format!(
        "{} {}, {} {each}, {} rounds, noise {:.2}{again}\n",
        first.bench, first.rt, first.unit, first.rounds, first.noise
    );
    push(&mut text, &widths, &HEADER.map(str::to_owned));
    for row in &rows {
        push(&mut text, &widths, row);
    }
    text.push('\n');
    text
}

/// What all tables of a run have in common.
pub(crate) fn footer(machine: &Machine) -> String {
    let versions: Vec<String> =
        machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let load = machine.load.map(|l| format!(", load {l:.2} at the start")).unwrap_or_default();
    format!("{}{load}; {}\n", machine.cpu, versions.join(", "))
}

/// A line for each case of a law: what one costs at each size, and by which factor these differ.
pub(crate) fn growth(growths: &[Growth]) -> String {
    let Some(first) = growths.first() else { return String::new() };
    let mut text = format!("{} {}, {} each\n", first.bench, first.rt, first.unit);
    let width = growths.iter().map(|g| g.case.chars().count()).max().unwrap_or_default();
    for g in growths {
        let sizes: Vec<String> =
            g.n.iter().zip(&g.per_item).map(|(n, cost)| format!("{n}: {cost:>7.1}")).collect();
        let limit = g.limit.map(|limit| format!(" (limit {limit})")).unwrap_or_default();
        let verdict = match g.verdict {
            Verdict::None => String::new(),
            verdict => format!("  {} {}{limit}", verdict.name(), g.target),
        };
        let (sizes, what) = (sizes.join("  "), g.limit_of);
        let (value, quiet) = (g.quotient, g.quotient_quiet);
        writeln!(text, "{:<width$}  {sizes}  {what} {value:.2}, quiet {quiet:.2}{verdict}", g.case)
            .expect("a string takes all that is written to it");
    }
    text.push('\n');
    text
}

fn row(line: &Line) -> [String; 8] {
    let is_base = line.case == line.base;
    let compared = |text: String| if is_base { String::new() } else { text };
    [
        line.case.clone(),
        format!("{:.1}", line.median),
        format!("{:.1}", line.quiet),
        compared(format!("{:.3}", line.ratio)),
        compared(format!("{:.3}", line.ratio_quiet)),
        compared(format!("{:.3}..{:.3}", line.lo, line.hi)),
        compared(line.base.clone()),
        verdict(line),
    ]
}

fn verdict(line: &Line) -> String {
    let (Some(id), Some(limit)) = (line.target, line.limit) else { return String::new() };
    if line.verdict == Verdict::None {
        return String::new();
    }
    let goal = line.goal.map(|g| format!(", goal {g}")).unwrap_or_default();
    let seen = match (line.limit_of, line.difference) {
        (Some(Of::Difference), Some(d)) => format!(": {d:+.1} {}", line.unit),
        _ => String::new(),
    };
    format!("{} {id}{seen} (limit {limit}{goal})", line.verdict.name())
}

fn push(text: &mut String, widths: &[usize; 8], row: &[String; 8]) {
    let mut line = String::new();
    for (i, (cell, width)) in row.iter().zip(widths).enumerate() {
        // Names to the left, numbers to the right.
        let written = match i {
            0 | 6 | 7 => write!(line, "{cell:<width$}  "),
            _ => write!(line, "{cell:>width$}  "),
        };
        written.expect("a string takes all that is written to it");
    }
    text.push_str(line.trim_end());
    text.push('\n');
}
