//! The command line.
use crate::bench::{Bench, CaseName, Effort, PEERS};
use crate::cases::child::Child;
use crate::cases::memory::Kind;
use crate::cases::program::process::Program;
use crate::rt::Rt;
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Measures tenure beside what people write by hand, in one run, and says how they compare.
#[derive(Parser, Debug)]
#[command(name = "tenure-bench", version)]
struct Args {
    /// What to measure: a bench, a family of benches, or `all`
    #[arg(value_name = "BENCH", value_delimiter = ',', value_parser = bench_names(), required_unless_present_any = ["child", "program"])]
    benches: Vec<String>,
    /// One JSON object a line (`tenure.bench/1`) instead of a table
    #[arg(long)]
    json: bool,
    /// Rounds that count [default: 21; memory: 3; stop/1000000: 7]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Everything once and small, without verdicts: shows that it runs, not how fast
    #[arg(long)]
    quick: bool,
    /// Run again what missed a hard target; exit 1 if it misses twice
    #[arg(long, conflicts_with = "quick")]
    check: bool,
    /// Only these cases, and what they are compared with
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    only: Vec<String>,
    /// For `program`: the article's program in Go, built from `benches/go`
    #[arg(long, value_name = "PATH")]
    go: Option<PathBuf>,
    /// For `lint`: the folder whose sources are linted
    #[arg(long, value_name = "DIR")]
    sources: Option<PathBuf>,
    /// For `report`: the lines of a run
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// For `report`: the folder for the pictures
    #[arg(long, value_name = "DIR", default_value = "docs")]
    plots: PathBuf,
    /// Only this runtime [default: both; memory, stop: mt2]
    #[arg(long, value_enum)]
    rt: Option<Rt>,

    /// What this process is to hold in memory, if it is a child
    #[arg(long, hide = true, value_enum)]
    child: Option<Kind>,
    #[arg(long, hide = true, default_value_t = 1)]
    count: u32,
    #[arg(long, hide = true, default_value_t = 0)]
    bytes: u16,
    #[arg(long, hide = true, default_value_t = 0)]
    settle_ms: u64,
    /// What this process is to be, to its end by SIGTERM
    #[arg(long, hide = true, value_enum)]
    program: Option<Program>,
}

/// What this process is to do.
#[derive(Debug)]
pub(crate) enum Asked {
    Bench(Plan),
    /// Hold something in memory, for a parent that measures.
    Child(Child),
    /// Lint these sources so often, and say how fast.
    Lint {
        sources: PathBuf,
        rounds: u16,
    },
    /// Show a run that lies on disk.
    Report {
        results: PathBuf,
        plots: PathBuf,
    },
    /// Be a program that is stopped from outside.
    Program(Program, Rt),
}

/// Of a lint the best counts: what else the machine does only makes it slower.
const LINT_ROUNDS: u16 = 5;
/// Asked for by its name alone: it needs sources, and has no rival in the same process.
const LINT: &str = "lint";
/// The same: it measures nothing.
const REPORT: &str = "report";

/// What is to be measured, and how it is shown.
#[derive(Debug)]
pub(crate) struct Plan {
    /// In the order of [`Bench::all`], each once.
    pub(crate) benches: Vec<Bench>,
    /// Empty: all cases.
    pub(crate) only: Vec<String>,
    pub(crate) go: Option<PathBuf>,
    pub(crate) rt: Option<Rt>,
    pub(crate) effort: Effort,
    pub(crate) output: Output,
    pub(crate) repeat: Repeat,
    /// The table of the README is wanted.
    pub(crate) peers: bool,
}

impl Plan {
    /// The cases of a bench that are to be measured.
    pub(crate) fn chosen(&self, bench: Bench) -> Vec<CaseName> {
        bench.chosen(&self.only, self.go.is_some())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Table,
    Json,
}

/// What happens to a missed target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It is shown.
    Never,
    /// It is measured again; missed twice is a failure.
    Missed,
}

fn bench_names() -> PossibleValuesParser {
    Bench::families().into_iter().chain(Bench::all().map(Bench::name)).chain([LINT, REPORT]).into()
}

/// Reads the command line.
///
/// # Errors
/// What was wrong and what exists, or the help that was asked for; its `exit` has the right code (2, or 0).
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Asked, clap::Error> {
    let args = Args::try_parse_from(args)?;
    if let Some(kind) = args.child {
        return Ok(Asked::Child(Child {
            kind,
            count: args.count,
            bytes: args.bytes,
            settle: Duration::from_millis(args.settle_ms),
            rt: args.rt.unwrap_or(Rt::Mt2),
        }));
    }
    if args.benches.iter().any(|asked| asked == LINT) {
        let sources = args.sources.ok_or_else(|| {
            Args::command().error(ErrorKind::MissingRequiredArgument, "`lint` needs sources: --sources DIR")
        })?;
        return Ok(Asked::Lint { sources, rounds: args.rounds.unwrap_or(LINT_ROUNDS) });
    }
    if args.benches.iter().any(|asked| asked == REPORT) {
        let results = args.results.ok_or_else(|| {
            Args::command().error(ErrorKind::MissingRequiredArgument, "`report` needs a run: --results FILE")
        })?;
        return Ok(Asked::Report { results, plots: args.plots });
    }
    if let Some(program) = args.program {
        return Ok(Asked::Program(program, args.rt.unwrap_or(Rt::Mt2)));
    }
    let is_meant = |b: &Bench| args.benches.iter().any(|asked| b.is_meant_by(asked));
    let benches: Vec<Bench> = Bench::all().filter(is_meant).collect();
    check_cases(&args.only, &benches)?;
    if let Some(go) = args.go.as_ref().filter(|go| !go.is_file()) {
        let message =
            format!("no program `{}`: build it with `go build -o PATH benches/go/main.go`", go.display());
        return Err(Args::command().error(ErrorKind::ValueValidation, message));
    }
    let rounds = args.rounds.map(usize::from);
    let mut plan = Plan {
        peers: args.benches.iter().any(|asked| asked == PEERS),
        benches,
        only: args.only,
        go: args.go,
        rt: args.rt,
        effort: if args.quick { Effort::quick(rounds) } else { Effort::full(rounds) },
        output: if args.json { Output::Json } else { Output::Table },
        repeat: if args.check { Repeat::Missed } else { Repeat::Never },
    };
    // `--only` may leave a bench without cases.
    let emptied = |b: &Bench| plan.chosen(*b).is_empty();
    let benches = plan.benches.iter().copied().filter(|b| !emptied(b)).collect();
    plan.benches = benches;
    Ok(Asked::Bench(plan))
}

fn check_cases(only: &[String], benches: &[Bench]) -> Result<(), clap::Error> {
    let mut known: Vec<String> = Vec::new();
    for case in benches.iter().flat_map(|b| b.cases()) {
        if !known.contains(&case.case) {
            known.push(case.case);
        }
    }
    match only.iter().find(|case| !known.contains(case)) {
        None => Ok(()),
        Some(case) => {
            let message = format!("no case `{case}` in what is asked for\n\n  cases: {}", known.join(", "));
            Err(Args::command().error(ErrorKind::InvalidValue, message))
        }
    }
}
