//! The linter over sources that lie on disk. They are read before the clock starts; what is timed is text to findings.
use crate::error::BenchError;
use crate::machine;
use ignore::WalkBuilder;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use tenure_lint::{Options, Package, Source, Workspace};

/// Threads that are tried; two is what the target is stated for.
const JOBS: [usize; 2] = [1, 2];

/// Lints the sources in `folder` so often, and prints the best of each number of threads.
pub(crate) fn run(folder: &Path, rounds: u16) -> Result<(), BenchError> {
    let packages = read(folder);
    let lines: usize = packages.values().flatten().map(|(_, text)| text.lines().count()).sum();
    if lines == 0 {
        return Err(BenchError::NoSources(folder.display().to_string()));
    }
    let files: usize = packages.values().map(Vec::len).sum();
    let mut out = std::io::stdout();
    writeln!(out, "{}, load {:.1}", machine::cpu(), machine::load().unwrap_or_default())?;
    for jobs in JOBS {
        let best = (0..rounds).map(|_| timed(&packages, jobs)).fold(f64::INFINITY, f64::min);
        writeln!(
            out,
            "lint  {jobs} jobs  {lines} lines in {files} files  {best:.2} s  {:.0} lines/s  {:.0} lines/s/core  {} MB resident",
            lines as f64 / best,
            lines as f64 / best / jobs as f64,
            machine::resident_bytes()? / 1_000_000
        )?;
    }
    Ok(())
}

/// Files by the folder below the root: of vendored sources, by package.
fn read(folder: &Path) -> BTreeMap<String, Vec<(String, String)>> {
    let mut packages: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for entry in WalkBuilder::new(folder).standard_filters(false).build().flatten() {
        let path = entry.path();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        let Some(text) = is_source.then(|| std::fs::read_to_string(path).ok()).flatten() else { continue };
        let below = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        let package = below.split('/').next().unwrap_or_default().to_owned();
        packages.entry(package).or_default().push((below, text));
    }
    packages
}

/// Seconds for all packages.
fn timed(packages: &BTreeMap<String, Vec<(String, String)>>, jobs: usize) -> f64 {
    let mut options = Options::default();
    options.jobs = jobs;
    let begun = Instant::now();
    for (name, files) in packages {
        let mut workspace = Workspace::new();
        workspace.packages.push(Package::new(name, name));
        for (path, text) in files {
            let mut source = Source::new(path, text);
            source.package = Some(0);
            workspace.sources.push(source);
        }
        drop(workspace.lint(&options));
    }
    begun.elapsed().as_secs_f64()
}
