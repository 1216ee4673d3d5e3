//! Does what was asked: measures, judges, prints, and measures again what missed.
use crate::bench::{AGAIN, Bench, CaseName, Setup};
use crate::cases::program::process;
use crate::cases::restart::cases as restart;
use crate::cases::{memory, ours::root as ours, spawn};
use crate::cli::{Output, Plan, Repeat};
use crate::error::BenchError;
use crate::growth::{self, Growth};
use crate::law::{Cost, Law};
use crate::line::{self, Line};
use crate::machine::Machine;
use crate::pair::{self, Sampler};
use crate::progress::Progress;
use crate::rt::Rt;
use crate::target::{Target, Verdict};
use crate::{peers, say, stats, table};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;
use tenure::Scope;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Good,
    /// A hard target was missed twice.
    Missed,
}

/// What missed a hard target.
#[derive(Clone, Debug, PartialEq)]
struct Missed {
    bench: Bench,
    rt: Rt,
    case: String,
    base: String,
}

pub(crate) fn run(plan: &Plan) -> Result<Outcome, BenchError> {
    // Of a restart in this process; a child process does it for itself.
    if plan.benches.iter().any(|b| matches!(b, Bench::Restart | Bench::Growth("G10"))) {
        restart::silence();
    }
    let first = measure_all(plan, &tables(plan), 1)?;
    if plan.repeat == Repeat::Never || first.is_empty() {
        return Ok(Outcome::Good);
    }
    say("a hard target was missed: once more, to see whether it was the machine");
    let is_missed = |t: &(Bench, Rt)| first.iter().any(|missed| (missed.bench, missed.rt) == *t);
    let again: Vec<(Bench, Rt)> = tables(plan).into_iter().filter(is_missed).collect();
    let second = measure_all(plan, &again, 2)?;
    let twice = second.iter().any(|missed| first.contains(missed));
    Ok(if twice { Outcome::Missed } else { Outcome::Good })
}

/// Each bench with each runtime it is to be measured on.
fn tables(plan: &Plan) -> Vec<(Bench, Rt)> {
    plan.benches.iter().flat_map(|b| b.runtimes(plan.rt).into_iter().map(|rt| (*b, rt))).collect()
}

/// Measures and prints, and gives what missed.
fn measure_all(plan: &Plan, tables: &[(Bench, Rt)], run: u8) -> Result<Vec<Missed>, BenchError> {
    let machine = Machine::now();
    let estimate = |b: Bench| b.estimate(plan.chosen(b).len(), &plan.effort);
    let mut progress = Progress::new(tables.iter().map(|t| estimate(t.0)).sum::<Duration>());
    let (mut missed, mut peers) = (Vec::new(), Vec::new());
    for &(bench, rt) in tables {
        let cases = plan.chosen(bench);
        progress.begin(bench, rt, cases.len(), estimate(bench));
        let miss =
            |case: &str, base: &str| Missed { bench, rt, case: case.to_owned(), base: base.to_owned() };
        if let Some(law) = bench.law() {
            let growths = measure_law(plan, (bench, law), rt, &cases, &mut progress)?;
            progress.clear();
            print(plan.output, &growths, table::growth)?;
            let are_missed = growths.iter().filter(|g| g.verdict == Verdict::Missed);
            missed.extend(are_missed.map(|g| miss(&g.case, "")));
            continue;
        }
        let samples = measure(plan, bench, rt, &cases, &mut progress)?;
        progress.clear();
        let mut lines = lines(plan, bench, rt, &cases, &samples);
        for line in &mut lines {
            line.run = run;
            line.versions.clone_from(&machine.versions);
            line.cpu.clone_from(&machine.cpu);
            line.load = machine.load;
        }
        print(plan.output, &lines, table::render)?;
        let are_missed = lines.iter().filter(|l| l.verdict == Verdict::Missed);
        missed.extend(are_missed.map(|l| miss(&l.case, &l.base)));
        peers.extend(lines.iter().map(peers::Row::from));
    }
    if plan.output == Output::Table {
        let table = if plan.peers { peers::table(&peers) + "\n" } else { String::new() };
        io::stdout().write_all((table + &table::footer(&machine)).as_bytes())?;
    }
    Ok(missed)
}

/// Every case of a law at every size, in rounds.
fn measure_law(
    plan: &Plan,
    (bench, law): (Bench, &Law),
    rt: Rt,
    cases: &[CaseName],
    progress: &mut Progress,
) -> Result<Vec<Growth>, BenchError> {
    let (rounds, sizes) = (plan.effort.rounds(bench), law.sizes(&plan.effort));
    let each: Vec<(&str, u32)> =
        cases.iter().flat_map(|c| sizes.iter().map(|n| (c.case.as_str(), *n))).collect();
    let before = |round, at: usize| {
        let (case, n) = each[at];
        progress.case(round, rounds.kept + rounds.discarded, &format!("{case} of {n}"));
    };
    let mut samples = match law.cost {
        Cost::Resident(kinds) => {
            let kind =
                |case: &str| *kinds.iter().find(|k| k.name() == case).expect("cases are the law's kinds");
            let sampler = |(case, n): &(&str, u32)| memory::sized(kind(case), *n, rt, &plan.effort);
            let samplers: Vec<_> = each.iter().map(sampler).collect();
            Rt::Ct.build()?.block_on(pair::measure(&samplers, rounds, before))?
        }
        Cost::Timed(_) => {
            let measured = async |root: &Scope| {
                let setup = |tasks| Setup { tasks, ..bench.setup(root, rt, None, plan.effort) };
                let samplers: Vec<_> = each.iter().map(|(case, n)| bench.build(case, &setup(*n))).collect();
                pair::measure(&samplers, rounds, before).await
            };
            rt.build()?.block_on(ours::in_root(measured))??
        }
    };
    let mut rest = samples.drain(..);
    let measured: Vec<(&str, growth::Samples)> =
        cases.iter().map(|c| (c.case.as_str(), rest.by_ref().take(sizes.len()).collect())).collect();
    Ok(growth::judge(law, bench.name(), rt, &plan.effort, &measured))
}

/// The samples of each case, and after them those of two of the same code, unless a case is there twice anyway: the noise
/// floor of these very rounds.
fn measure(
    plan: &Plan,
    bench: Bench,
    rt: Rt,
    cases: &[CaseName],
    progress: &mut Progress,
) -> Result<Vec<Vec<f64>>, BenchError> {
    let rounds = plan.effort.rounds(bench);
    let before = |round, case: usize| {
        let name = cases.get(case).map_or("noise floor", |c| &c.case);
        progress.case(round, rounds.kept + rounds.discarded, name);
    };
    if bench.is_process() {
        // A runtime to wait on a child process with; `rt` is the child's.
        let floor = vec![&cases[0].case; if repeated(cases).is_some() { 0 } else { 2 }];
        let names = cases.iter().map(|c| &c.case).chain(floor);
        let sampler = |case: &String| match bench {
            Bench::StopProgram => process::sampler(case, rt, &plan.effort),
            _ => memory::sampler(bench, case, rt, &plan.effort),
        };
        let samplers: Vec<_> = names.map(sampler).collect();
        return Rt::Ct.build()?.block_on(pair::measure(&samplers, rounds, before));
    }
    let measured = async |root: &Scope| {
        let setup = bench.setup(root, rt, plan.go.as_deref(), plan.effort);
        let mut samplers: Vec<Sampler> = cases.iter().map(|c| bench.build(&c.case, &setup)).collect();
        if repeated(cases).is_none() {
            samplers.extend([spawn::tokio_spawn(&setup), spawn::tokio_spawn(&setup)]);
        }
        pair::measure(&samplers, rounds, before).await
    };
    rt.build()?.block_on(ours::in_root(measured))?
}

/// A case and the place of its repetition.
fn repeated(cases: &[CaseName]) -> Option<(usize, usize)> {
    cases.iter().enumerate().find_map(|(again, c)| {
        let name = c.case.strip_suffix(AGAIN)?;
        Some((cases.iter().position(|c| c.case == name)?, again))
    })
}

/// A line for each case against its base, and one more for each target that has another base.
fn lines(plan: &Plan, bench: Bench, rt: Rt, cases: &[CaseName], samples: &[Vec<f64>]) -> Vec<Line> {
    let (first, again) = repeated(cases).unwrap_or((cases.len(), cases.len() + 1));
    let noise = stats::floor(&samples[again], &samples[first]);
    let of = |name: &str| cases.iter().position(|c| c.case == name).map(|i| &samples[i]);
    let mut lines = Vec::new();
    for (case, own) in cases.iter().zip(samples) {
        let mut targets =
            if plan.effort.quick { Vec::new() } else { Target::for_case(bench.name(), &case.case) };
        targets.retain(|t| t.rt.is_none_or(|only| only == rt));
        let in_table = targets.iter().find(|t| t.base == case.base).copied();
        let others = targets.iter().filter(|t| t.base != case.base).map(|t| (t.base, Some(*t)));
        for (base, target) in [(case.base.as_str(), in_table)].into_iter().chain(others) {
            // Not there: Go's program, unless it was named.
            let Some(base_samples) = of(base) else { continue };
            let line = compared(bench, &case.case, own, base, base_samples, target, noise);
            let count = Some(plan.effort.count(bench)).filter(|count| *count > 0);
            lines.push(Line { count, rt: rt.name(), ..line });
        }
    }
    lines
}

fn compared(
    bench: Bench,
    case: &str,
    own: &[f64],
    base: &str,
    base_samples: &[f64],
    target: Option<&Target>,
    noise: f64,
) -> Line {
    let seen = stats::compare(own, base_samples);
    Line {
        schema: line::SCHEMA,
        bench: bench.name(),
        rt: "",
        case: case.to_owned(),
        unit: bench.unit(),
        median: line::cost(stats::median(own)),
        quiet: line::cost(stats::quiet(own)),
        base: base.to_owned(),
        ratio: line::ratio(seen.ratio),
        ratio_quiet: line::ratio(seen.ratio_quiet),
        lo: line::ratio(seen.lo),
        hi: line::ratio(seen.hi),
        rounds: own.len(),
        noise: line::ratio(noise),
        target: target.map(|t| t.id),
        limit: target.map(|t| t.limit),
        goal: target.and_then(|t| t.goal),
        verdict: target.map_or(Verdict::None, |t| t.judge(&seen, noise)),
        versions: BTreeMap::new(),
        cpu: String::new(),
        load: None,
        run: 1,
        limit_of: target.map(|t| t.of),
        difference: bench.is_memory().then(|| line::cost(seen.difference)),
        count: None,
    }
}

/// One object a line, or the table of all of them.
fn print<L: Serialize>(output: Output, lines: &[L], table: fn(&[L]) -> String) -> Result<(), BenchError> {
    let mut out = io::stdout().lock();
    match output {
        Output::Table => out.write_all(table(lines).as_bytes())?,
        Output::Json => {
            for line in lines {
                serde_json::to_writer(&mut out, line).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
