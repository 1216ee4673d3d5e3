//! One run, from the arguments to the exit code.

use super::discover::discover;
use super::groups::groups;
use super::{ask, fixes, work};
use crate::args::{FailOn, Format, LintArgs};
use crate::exit::Exit;
use crate::render::{Complaint, Look};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tenure_lint::{Baseline, Level, Report, Shown, Source, Workspace, list};

/// Lints; an error was found before anything was.
pub(crate) fn run(args: &LintArgs, look: &Look) -> Result<Exit, Complaint> {
    if let Some(id) = &args.explain {
        return explain(id, look);
    }
    if args.list {
        return listing(args, look);
    }
    let options = ask::options(args)?;
    let known = args.baseline.as_deref().map(read_baseline).transpose()?;
    let begun = Instant::now();
    let mut report = if args.stdin {
        of_stdin(args)?.lint(&options)
    } else {
        let found = discover(&args.paths)?;
        work::lint(groups(&found)?, &options, look)
    };
    let took = begun.elapsed();

    if let Some(path) = &args.write_baseline {
        let baseline = Baseline::of(&report);
        fixes::replace(path, &baseline.to_json()).map_err(|e| cannot("write", path, &e))?;
        look.note(&format!("{} written to `{}`", counted(report.live().count(), "finding"), path.display()));
        return Ok(Exit::Good);
    }
    let stale = known.map(|known| known.apply(&mut report)).unwrap_or_default();
    for gone in &stale {
        look.note(&format!(
            "the baseline has {} of `{}` in {} that is not there any more",
            gone.id, gone.function, gone.path
        ));
    }
    if args.fix {
        let changed = fixes::apply(&report, args)?;
        let would = if args.dry_run { "would be " } else { "" };
        look.note(&format!(
            "{} {would}applied in {}",
            counted(changed.fixes, "fix"),
            counted(changed.files, "file")
        ));
    }
    if args.timings || args.stats {
        let lines = report.summary.lines;
        let rate = lines as f64 / took.as_secs_f64().max(1e-9);
        look.note(&format!(
            "{lines} lines in {} ({} parsed), {:.2} s, {rate:.0} lines/s",
            counted(report.summary.files, "file"),
            report.summary.parsed,
            took.as_secs_f64()
        ));
    }
    Ok(match write(args, &report, look)? {
        Told::All => code(args, &report, !stale.is_empty()),
        Told::Enough => Exit::Good,
    })
}

fn counted(n: usize, word: &str) -> String {
    match (n, word) {
        (1, word) => format!("1 {word}"),
        (n, "fix") => format!("{n} fixes"),
        (n, word) => format!("{n} {word}s"),
    }
}

fn code(args: &LintArgs, report: &Report, has_stale: bool) -> Exit {
    if report.summary.bugs > 0 {
        return Exit::Usage;
    }
    let least = match args.fail_on {
        FailOn::Deny => Some(Level::Deny),
        FailOn::Warn => Some(Level::Warn),
        FailOn::Note => Some(Level::Note),
        FailOn::Never => None,
    };
    let is_bad = least.is_some_and(|least| report.worst().is_some_and(|worst| worst >= least));
    let is_partial = args.deny_not_analysed && report.summary.not_analysed > 0;
    if is_bad || is_partial || (args.strict_baseline && has_stale) { Exit::Failed } else { Exit::Good }
}

/// Whether the answer was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    All,
    /// Whoever reads stdout has seen enough: the command ends quietly, with 0.
    Enough,
}

/// The answer, on stdout or in a file.
fn write(args: &LintArgs, report: &Report, look: &Look) -> Result<Told, Complaint> {
    let mut shown = Shown::default();
    shown.suppressed = args.show_suppressed;
    // The stream takes colours away where they are not wanted.
    shown.color = args.output.is_none();
    let text = match args.format {
        Format::Human => report.to_human(shown),
        Format::Json => report.to_json() + "\n",
        Format::Sarif => report.to_sarif() + "\n",
        Format::Github => report.to_github(),
    };
    if let Some(path) = &args.output {
        fixes::replace(path, &text).map_err(|e| cannot("write", path, &e))?;
        return Ok(Told::All);
    }
    tell(&text, look)
}

fn say(text: &str, look: &Look) -> Result<Exit, Complaint> {
    tell(text, look).map(|_| Exit::Good)
}

fn tell(text: &str, look: &Look) -> Result<Told, Complaint> {
    let mut stdout = look.stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(Told::Enough),
        Err(e) => Err(cannot("write", Path::new("stdout"), &e)),
        Ok(()) => Ok(Told::All),
    }
}

/// One file, as an editor has it.
fn of_stdin(args: &LintArgs) -> Result<Workspace, Complaint> {
    let path = args.stdin_path.clone().unwrap_or_else(|| PathBuf::from("stdin.rs"));
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|e| cannot("read", Path::new("stdin"), &e))?;
    let mut workspace = Workspace::new();
    workspace.sources.push(Source::from_bytes(&path.to_string_lossy(), bytes));
    Ok(workspace)
}

fn read_baseline(path: &Path) -> Result<Baseline, Complaint> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot("read", path, &e))?;
    Baseline::from_json(&text).map_err(|e| Complaint {
        what: format!("`{}` is no baseline", path.display()),
        why: e.to_string(),
        hint: format!("tenure lint --write-baseline {}", path.display()),
        exit: Exit::Usage,
    })
}

/// The page of a rule.
pub(crate) fn explain(id: &str, look: &Look) -> Result<Exit, Complaint> {
    let rule = ask::rule(id, "tenure lint --list", Exit::NotFound)?;
    say(rule.page, look)
}

fn listing(args: &LintArgs, look: &Look) -> Result<Exit, Complaint> {
    let text = match args.format {
        Format::Json => tenure_lint::list_json() + "\n",
        _ => {
            let row = |rule: &tenure_lint::Rule| {
                format!(
                    "{}  {:<25} {:<9} {:<5} {}\n",
                    rule.id,
                    rule.name,
                    rule.group.name(),
                    rule.level.name(),
                    rule.line
                )
            };
            list().iter().map(row).collect()
        }
    };
    say(&text, look)
}

fn cannot(verb: &str, path: &Path, e: &io::Error) -> Complaint {
    Complaint {
        what: format!("cannot {verb} `{}`", path.display()),
        why: e.to_string(),
        hint: "tenure lint --help".into(),
        exit: Exit::Usage,
    }
}
