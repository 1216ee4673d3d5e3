//! The repository's own commands, in its own language: nothing to install before the first one.
//!
//! `cargo xtask` lists the steps of the gate with their last durations, `cargo xtask ci` runs them all, `cargo xtask STEP` one.
//! `cargo xtask guard` and `cargo xtask bench` measure, and are no part of the gate.
//! Files, in reading order: `ci` (running steps in order), `steps` (what each does), `tools` (what is installed when missing),
//! `loom` and `features` (the two steps that are more than a command), `times` (how long they last took), `tidy` (the checks of
//! the sources; also plain tests), `guard` (instructions, with limits), `bench` (a whole measurement, and what is shown of it).
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's output is its purpose")]

mod bench;
mod ci;
mod features;
mod guard;
mod loom;
mod repo;
mod steps;
mod tidy;
mod times;
mod tools;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        [] => ci::list(),
        ["ci"] => ci::run(ci::Range::All),
        ["guard"] => guard::check(),
        ["bench"] => bench::run(),
        ["bench", "--results", file] => bench::show(file.as_ref()),
        ["ci", "--only", step] | [step] => ci::run(ci::Range::Only(step)),
        ["ci", "--from", step] => ci::run(ci::Range::From(step)),
        _ => Err(anyhow::anyhow!(
            "usage: cargo xtask [ci [--only STEP | --from STEP] | STEP | guard | bench [--results FILE]]"
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
