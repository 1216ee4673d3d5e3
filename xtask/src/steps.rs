//! What each step of the gate does, cheapest first.

use crate::{features, loom, repo, tidy, tools};
use anyhow::Result;

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    work: Work,
}

enum Work {
    Cargo(&'static [&'static str]),
    Code(fn() -> Result<()>),
}
use Work::{Cargo, Code};

impl Step {
    const fn new(name: &'static str, what: &'static str, work: Work) -> Self {
        Self { name, what, work }
    }

    pub(crate) fn run(&self) -> Result<()> {
        match self.work {
            Cargo(args) => repo::run(repo::cargo(args)),
            Code(run) => run(),
        }
    }
}

#[rustfmt::skip] // one step a line, so that two changes rarely touch the same one
pub(crate) const STEPS: &[Step] = &[
    Step::new("fmt", "formatting", Cargo(&["fmt", "--all", "--check"])),
    Step::new("tidy", "the house rules that no other tool knows", Code(tidy::check)),
    Step::new("typos", "spelling", Code(typos)),
    Step::new("clippy", "lints, as errors", Cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])),
    Step::new("lint", "tasks and waits without an owner or an exit path", Cargo(&["run", "-q", "-p", "tenure-cli", "--", "lint", "--pedantic"])),
    Step::new("deny", "licences, sources and duplicates of dependencies", Code(deny)),
    Step::new("features", "no feature, each feature, all features", Code(features::check)),
    Step::new("test", "unit, behavior and process tests", Code(test)),
    Step::new("queued", "the behavior tests without inline turns", Code(queued)),
    Step::new("doctest", "the examples in the documentation", Cargo(&["test", "--doc", "--workspace", "--all-features"])),
    Step::new("loom", "every interleaving of the atomics", Code(loom::check)),
    Step::new("docs", "documentation without a warning", Code(docs)),
    Step::new("benches", "every benchmark once", Cargo(&["run", "--release", "-p", "benches", "--", "all", "--quick"])),
    Step::new("reference", "generated documents are up to date", Cargo(&["run", "-q", "-p", "tenure-cli", "--", "generate", "reference", "--check"])),
];

fn typos() -> Result<()> {
    let typos = tools::typos()?;
    repo::run(repo::command(typos, &["--config", "typos.toml"]))
}

/// Advisories are left out: they need a database from the network, and fail without a change of ours.
fn deny() -> Result<()> {
    tools::cargo_tool("deny", "0.20.2")?;
    repo::run(repo::cargo(&["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
}

fn test() -> Result<()> {
    tools::cargo_tool("nextest", "0.9.143")?;
    repo::run(repo::cargo(&["nextest", "run", "--workspace", "--all-features", "--profile", "ci"]))
}

/// The semantics once more, without inline turns (S51a): all behavior tests but those of inline turns themselves.
fn queued() -> Result<()> {
    tools::cargo_tool("nextest", "0.9.143")?;
    let filter = "binary(it) and not test(owner::inline::) and not test(ui::)";
    let mut test = repo::cargo(&["nextest", "run", "-p", "tenure", "--all-features", "--profile", "ci"]);
    test.args(["-E", filter]).env("TENURE_TEST_INLINE", "never");
    repo::run(test)
}

/// Libraries only: the binary `tenure` would overwrite the pages of the library `tenure`.
fn docs() -> Result<()> {
    let mut doc = repo::cargo(&["doc", "--workspace", "--lib", "--no-deps", "--all-features"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    repo::run(doc)
}
