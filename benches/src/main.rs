//! `tenure-bench`: what tenure costs beside what people write by hand, as ratios measured in the same run.
//!
//! Reading order: `cli` (what may be asked), `bench` (what there is), `run` (does it), `pair` (the harness of paired
//! rounds), `cases/` (the code that is timed), `stats`, `target` (figures and verdicts), `law`, `growth` (a cost at several sizes), `line`, `table`,
//! `peers` (what is printed); apart from these `report`, `plot` (a run that lies on disk, as table and pictures) and `lint` (the
//! linter over sources on disk).
mod bench;
mod cases;
mod cli;
mod error;
mod growth;
mod law;
mod line;
mod lint;
mod machine;
mod pair;
mod peers;
mod plot;
mod progress;
mod report;
mod rt;
mod run;
mod stats;
mod table;
mod target;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::process::ExitCode;

/// `cli.md` 2.1: the answer is bad; here, a hard target was missed twice.
const EXIT_MISSED: u8 = 1;
/// `cli.md` 2.1: wrong usage.
const EXIT_USAGE: u8 = 2;
/// `cli.md` 2.1: not known; here, something could not be measured.
const EXIT_UNKNOWN: u8 = 8;

fn main() -> ExitCode {
    let asked = match cli::parse(std::env::args_os()) {
        Ok(asked) => asked,
        Err(refusal) => refusal.exit(),
    };
    let asked = match asked {
        cli::Asked::Child(kind) => return finish(cases::child::run(&kind).map(|()| ExitCode::SUCCESS)),
        cli::Asked::Lint { sources, rounds } => {
            return finish(lint::run(&sources, rounds).map(|()| ExitCode::SUCCESS));
        }
        cli::Asked::Report { results, plots } => {
            return finish(report::run(&results, &plots).map(|()| ExitCode::SUCCESS));
        }
        cli::Asked::Program(program, rt) => {
            return finish(cases::program::process::run(program, rt).map(|()| ExitCode::SUCCESS));
        }
        cli::Asked::Bench(asked) => asked,
    };
    if cfg!(debug_assertions) {
        let args: Vec<String> = std::env::args().skip(1).collect();
        say(&format!(
            "error: this is a debug build, whose figures mean nothing\n\n  run: cargo run --release -p benches -- {}",
            args.join(" ")
        ));
        return ExitCode::from(EXIT_USAGE);
    }
    finish(run::run(&asked).map(|outcome| match outcome {
        run::Outcome::Good => ExitCode::SUCCESS,
        run::Outcome::Missed => ExitCode::from(EXIT_MISSED),
    }))
}

fn finish(result: Result<ExitCode, error::BenchError>) -> ExitCode {
    match result {
        Ok(code) => code,
        // Whoever read our output has seen enough (`| head`).
        Err(error::BenchError::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(e) => {
            say(&format!("error: {e}"));
            ExitCode::from(EXIT_UNKNOWN)
        }
    }
}

/// One message on stderr. If stderr is gone there is nobody left to tell.
fn say(text: &str) {
    let told = writeln!(io::stderr(), "{text}");
    drop(told);
}
