//! The command line: one definition, from which parsing, help and the reference come.

use crate::cmd::demo::Fault;
use crate::values::{self, RunFor};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// First line: the version. Second: the documents this binary speaks, for whoever reads its JSON.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nspeaks tenure.demo/1, tenure.report/1");

/// Every task has an owner, every wait has an exit path
#[derive(Debug, Parser)]
#[command(name = "tenure", version = VERSION, disable_help_flag = true, args_override_self = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub look: LookArgs,

    /// Print help
    #[arg(short = 'h', long, global = true, action = ArgAction::HelpShort, display_order = 100)]
    help: Option<bool>,
}

/// How text looks; the same for every command.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LookArgs {
    /// When to colour
    ///
    /// `auto` colours on a terminal. NO_COLOR turns it off, CLICOLOR_FORCE turns it on.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", display_order = 90)]
    pub color: When,

    /// Draw with ASCII only
    #[arg(long, global = true, display_order = 91)]
    pub ascii: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(DemoArgs),
    #[command(hide = true)]
    Generate(GenerateArgs),
}

/// Does it hold when things break?
///
/// Runs one state owner with readers and writers, breaks it in the way you choose, and proves with an account that
/// nothing was lost and nobody was blocked for ever. Ctrl-C or SIGTERM at any time ends it with the result so far.
///
/// The answer is on stdout; progress (on a terminal) and the report of the shutdown are on stderr. The report obeys
/// TENURE_REPORT: text, json, off, text:PATH or json:PATH. TENURE_GRACE is the budget of the shutdown in seconds.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Try: tenure demo --fault panic")]
pub(crate) struct DemoArgs {
    /// Clients that read, in a loop
    ///
    /// Counts are written 1000, 1_000, 1k or 1M.
    #[arg(long, value_name = "N", default_value = "100", value_parser = values::count, allow_hyphen_values = true)]
    pub readers: u64,

    /// Clients that write, in a loop
    #[arg(long, value_name = "N", default_value = "10", value_parser = values::count, allow_hyphen_values = true)]
    pub writers: u64,

    /// Keys they read and write
    #[arg(long, value_name = "N", default_value = "5", value_parser = values::count_from_one, allow_hyphen_values = true)]
    pub keys: u64,

    /// How long they ask: 250ms, 1s, 2m, forever
    ///
    /// From the first request to the stop request. With the faults silent, slow and hang it lasts at least until the
    /// end of the fault can be seen: 1.5, 2.5 and 3.5 s after it; where a supervised owner ends by the fault, 0.2 s
    /// after it. `forever` is until a signal.
    #[arg(long = "for", value_name = "TIME", default_value = "1s", value_parser = values::run_for, allow_hyphen_values = true)]
    pub run_for: RunFor,

    /// What breaks, at half of --for
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub fault: Fault,

    /// The owner is made again when it ends
    ///
    /// It is a permanent child: it comes back 100 ms after its end, its callers keep their reference, and what they had
    /// queued is kept. A client that is told `Stopped` asks again 1 ms later. Not with --naive.
    #[arg(long)]
    pub supervised: bool,

    /// The same in plain Tokio, counted honestly
    ///
    /// The article's own program: an mpsc channel to the owner, a oneshot for each reply, a sleep for a shutdown.
    #[arg(long)]
    pub naive: bool,

    /// One JSON object (tenure.demo/1) on stdout
    #[arg(long)]
    pub json: bool,
}

/// Documents made from this definition
#[derive(Clone, Debug, Args)]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    pub what: Generate,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Generate {
    /// Write the reference of the command line, cli-reference.md
    Reference {
        /// Where to write it
        #[arg(default_value = "docs")]
        dir: PathBuf,
        /// Write nothing; end with 1 if the file is not what would be written
        #[arg(long)]
        check: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_those_of_the_article() {
        let cli = Cli::try_parse_from(["tenure", "demo"]).unwrap();
        let Some(Command::Demo(demo)) = cli.command else { panic!("{cli:?}") };
        assert_eq!((demo.readers, demo.writers, demo.keys), (100, 10, 5));
        assert_eq!(demo.run_for, RunFor::Limited(std::time::Duration::from_secs(1)));
        assert_eq!(demo.fault, Fault::None);
    }

    #[test]
    fn help_fits_24_lines_of_80_columns() {
        for path in [vec![], vec!["demo"]] {
            let mut argv = vec!["tenure"];
            argv.extend(&path);
            argv.push("--help");
            let help = Cli::try_parse_from(&argv).unwrap_err().to_string();
            assert!(help.lines().count() <= 24, "{} lines:\n{help}", help.lines().count());
        }
    }

    #[test]
    fn the_last_of_a_flag_given_twice_counts() {
        let cli = Cli::try_parse_from(["tenure", "demo", "--readers", "1", "--readers", "2"]).unwrap();
        let Some(Command::Demo(demo)) = cli.command else { panic!("{cli:?}") };
        assert_eq!(demo.readers, 2);
    }
}
