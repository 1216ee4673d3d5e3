//! The command line: one definition, from which parsing, help and the reference come.

use crate::cmd::demo::Fault;
use crate::values::{self, RunFor};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// First line: the version. Second: the documents this binary speaks, for whoever reads its JSON.
const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), "\nspeaks tenure.demo/1, tenure.report/1, tenure.lint/1");

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
    Lint(Box<LintArgs>),
    Explain(ExplainArgs),
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

/// What in this source has no owner or no exit path?
///
/// Asks of ordinary Tokio code, from its source alone: who started this task, who stops it, when does it exit, and what
/// event ends this wait? PATHS are files and folders, by default the current one. Ends with 1 if something is found.
///
/// A finding that is meant is suppressed where it stands, with a reason: `// tenure: allow(TN001) why it is meant`.
/// Settings are in `tenure.toml`, table `[lint]`, or in `[workspace.metadata.tenure.lint]` of the manifest.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Try: tenure lint, tenure explain TN001, tenure help lint for all flags")]
pub(crate) struct LintArgs {
    /// Files and folders
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// How findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,

    /// Write them to a file instead of stdout
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub output: Option<PathBuf>,

    /// The least level that ends with 1
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub fail_on: FailOn,

    /// Only these rules, by id or name
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub rules: Vec<String>,

    /// Also the rules that not everybody wants
    #[arg(long)]
    pub pedantic: bool,

    /// Also what is less sure
    #[arg(long, value_enum, value_name = "CONFIDENCE", hide_short_help = true)]
    pub min_confidence: Option<Sure>,

    /// Also code of tests
    #[arg(long, hide_short_help = true)]
    pub tests: bool,

    /// Also examples
    #[arg(long, hide_short_help = true)]
    pub examples: bool,

    /// Also benchmarks
    #[arg(long, hide_short_help = true)]
    pub benches: bool,

    /// Also all of these, and build scripts
    #[arg(long, hide_short_help = true)]
    pub all_contexts: bool,

    /// Also code that says it is generated
    #[arg(long, hide_short_help = true)]
    pub include_generated: bool,

    /// Hide what this file lists
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Write a file that lists what is found now
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,

    /// End with 1 if the baseline lists what is not there any more
    #[arg(long, requires = "baseline", hide_short_help = true)]
    pub strict_baseline: bool,

    /// Apply the fixes that are safe
    #[arg(long)]
    pub fix: bool,

    /// With --fix: change nothing, say how much it would be
    #[arg(long, requires = "fix", hide_short_help = true)]
    pub dry_run: bool,

    /// With --fix: also if the git tree has changes
    #[arg(long, requires = "fix", hide_short_help = true)]
    pub allow_dirty: bool,

    /// The page of a rule
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,

    /// All rules, one line each
    #[arg(long, conflicts_with = "explain")]
    pub list: bool,

    /// Also findings that a comment suppresses
    #[arg(long, hide_short_help = true)]
    pub show_suppressed: bool,

    /// End with 1 if a part could not be read
    #[arg(long, hide_short_help = true)]
    pub deny_not_analysed: bool,

    /// Threads; by default all
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub jobs: Option<NonZeroUsize>,

    /// Lint what comes on stdin
    #[arg(long, conflicts_with_all = ["paths", "fix"], hide_short_help = true)]
    pub stdin: bool,

    /// The path that findings in it are told with
    #[arg(long, value_name = "FILE", requires = "stdin", hide_short_help = true)]
    pub stdin_path: Option<PathBuf>,

    /// How much was read, on stderr
    #[arg(long, hide_short_help = true)]
    pub stats: bool,

    /// How long it took, on stderr
    #[arg(long, hide_short_help = true)]
    pub timings: bool,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As rustc prints warnings
    #[default]
    Human,
    /// One object, tenure.lint/1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

/// The least level that ends with 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Deny,
    #[default]
    Warn,
    Note,
    Never,
}

/// How sure a finding must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sure {
    Low,
    Medium,
    High,
}

impl From<Sure> for tenure_lint::Confidence {
    fn from(sure: Sure) -> Self {
        match sure {
            Sure::Low => Self::Low,
            Sure::Medium => Self::Medium,
            Sure::High => Self::High,
        }
    }
}

/// What does this code mean, and what do I do?
///
/// The page of a lint rule: what it finds, why that leaks, the fix as code, and when to suppress it.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Try: tenure explain TN001")]
pub(crate) struct ExplainArgs {
    /// A rule: TN001, or detached-task
    #[arg(value_name = "ID")]
    pub id: String,
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
        for path in [vec![], vec!["demo"], vec!["lint"], vec!["explain"]] {
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
