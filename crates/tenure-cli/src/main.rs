//! The command `tenure`: parse, run one command, end with its code. Nothing else decides how the process ends.
//!
//! | file or room | is |
//! |---|---|
//! | `args`, `values` | the command line: its definition, and what a value may look like |
//! | `usage` | a mistake on it, told in three lines |
//! | `env` | the `TENURE_*` variables |
//! | `exit` | every exit code |
//! | `cmd` | the commands |
//! | `render` | how text looks |
#![forbid(unsafe_code)]

mod args;
mod cmd;
mod env;
mod exit;
mod render;
mod usage;
mod values;

use args::{Cli, Command, LookArgs, When};
use clap::{CommandFactory, Parser};
use env::Settings;
use exit::Exit;
use render::{Complaint, Environment, Look};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(cli) => {
            let look = Look::new(cli.look, Environment::of_process());
            run(&cli, &look).unwrap_or_else(|complaint| complain(&complaint, &look))
        }
        Err(error) => answer(&error),
    };
    exit.into()
}

fn run(cli: &Cli, look: &Look) -> Result<Exit, Complaint> {
    match &cli.command {
        None => Ok(overview(look)),
        Some(Command::Generate(args)) => cmd::generate::run(&args.what, look),
        Some(Command::Lint(args)) => cmd::lint::run(args, look),
        Some(Command::Explain(args)) => cmd::lint::explain(&args.id, look),
        Some(Command::Demo(args)) => {
            let settings = Settings::read(std::env::vars_os())?;
            for name in &settings.unknown {
                look.note(&format!("{name} is no variable of tenure; it is ignored"));
            }
            cmd::demo::run(args, &settings, look)
        }
    }
}

/// Help and version are answers; all else that the parser returns is a mistake.
fn answer(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // If nobody reads it any more, there is nobody to tell.
        error.print().ok();
        return Exit::Good;
    }
    let argv: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let mut root = Cli::command();
    root.build();
    let look = Look::new(LookArgs { color: When::Auto, ascii: false }, Environment::of_process());
    complain(&usage::complaint(error, &argv, &root), &look)
}

fn complain(complaint: &Complaint, look: &Look) -> Exit {
    // If stderr is gone the code must say it alone.
    complaint.write(&mut look.stderr()).ok();
    complaint.exit
}

/// `tenure` alone: what there is, and where to begin. On stderr, since it is no answer.
fn overview(look: &Look) -> Exit {
    let mut root = Cli::command();
    root.build();
    let mut text = String::new();
    for command in root.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("  tenure {:<10} {about}\n", command.get_name()));
    }
    text.push_str("try first: tenure demo, tenure demo --fault panic, tenure lint\n");
    // As above.
    look.stderr().write_all(text.as_bytes()).ok();
    Exit::Usage
}
