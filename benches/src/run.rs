//! Does what was asked: measures, judges, prints, and measures again what missed.
use crate::bench::{AGAIN, Bench, CaseName};
use crate::cases::program::process;
use crate::cases::restart::cases as restart;
use crate::cases::{memory, ours::root as ours, spawn};
use crate::cli::{Output, Plan, Repeat};
use crate::error::BenchError;
use crate::growth::{self, Growth};
use crate::line::{self, Line};
use crate::pair::{self, Sampler};
use crate::progress::Progress;
use crate::rt::Rt;
use crate::target::{Target, Verdict};
use crate::{machine, say, stats, table};
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

pub(crate) fn run(plan: &Plan) -> Result<Outcome, BenchError> {
    if plan.benches.contains(&Bench::Restart) {
        restart::silence();
    }
    let first = measure_all(plan, &tables(plan), 1)?;
    let missed: Vec<(Bench, Rt)> = tables(plan).into_iter().filter(|t| has_missed(&first, *t)).collect();
    if plan.repeat == Repeat::Never || missed.is_empty() {
        return Ok(Outcome::Good);
    }
    say("a hard target was missed: once more, to see whether it was the machine");
    let second = measure_all(plan, &missed, 2)?;
    let is_missed = |l: &&Line| l.verdict == Verdict::Missed;
    let key = |l: &Line| (l.bench, l.rt, l.case.clone(), l.base.clone());
    let once: Vec<_> = first.iter().filter(is_missed).map(key).collect();
    let twice = second.iter().filter(is_missed).any(|l| once.contains(&key(l)));
    Ok(if twice { Outcome::Missed } else { Outcome::Good })
}

/// Each bench with each runtime it is to be measured on.
fn tables(plan: &Plan) -> Vec<(Bench, Rt)> {
    plan.benches.iter().flat_map(|b| b.runtimes(plan.rt).into_iter().map(|rt| (*b, rt))).collect()
}

fn has_missed(lines: &[Line], (bench, rt): (Bench, Rt)) -> bool {
    lines.iter().any(|l| l.bench == bench.name() && l.rt == rt.name() && l.verdict == Verdict::Missed)
}

fn measure_all(plan: &Plan, tables: &[(Bench, Rt)], run: u8) -> Result<Vec<Line>, BenchError> {
    let (versions, cpu, load) = (machine::versions(), machine::cpu(), machine::load());
    let estimate = |b: Bench| b.estimate(plan.chosen(b).len(), &plan.effort);
    let mut progress = Progress::new(tables.iter().map(|t| estimate(t.0)).sum::<Duration>());
    let mut all = Vec::new();
    for &(bench, rt) in tables {
        let cases = plan.chosen(bench);
        progress.begin(bench, rt, cases.len(), estimate(bench));
        let samples = measure(plan, bench, rt, &cases, &mut progress)?;
        progress.clear();
        let mut lines = lines(plan, bench, rt, &cases, &samples);
        for line in &mut lines {
            line.run = run;
            line.versions.clone_from(&versions);
            line.cpu.clone_from(&cpu);
            line.load = load;
        }
        print(plan.output, &lines)?;
        all.append(&mut lines);
    }
    print_growth(plan, &growth::of(&all, plan.effort.quick))?;
    if let (Output::Table, Some(line)) = (plan.output, all.last()) {
        io::stdout().write_all(table::footer(line).as_bytes())?;
    }
    Ok(all)
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

fn print_growth(plan: &Plan, growths: &[Growth]) -> Result<(), BenchError> {
    let mut out = io::stdout().lock();
    match plan.output {
        Output::Table => out.write_all(table::growth(growths).as_bytes())?,
        Output::Json => {
            for growth in growths {
                serde_json::to_writer(&mut out, growth).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(())
}

fn print(output: Output, lines: &[Line]) -> Result<(), BenchError> {
    let mut out = io::stdout().lock();
    match output {
        Output::Table => out.write_all(table::render(lines).as_bytes())?,
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
