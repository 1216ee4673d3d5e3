//! What was asked, checked: rules that exist, flags that go together.

use crate::args::LintArgs;
use crate::exit::Exit;
use crate::render::Complaint;
use std::num::NonZeroUsize;
use tenure_lint::{Context, Options, Rule, find, list};

/// What is asked of the linter itself.
pub(super) fn options(args: &LintArgs) -> Result<Options, Complaint> {
    let mut options = Options::default();
    options.pedantic = args.pedantic;
    options.min_confidence = args.min_confidence.map(Into::into);
    options.includes_generated = args.include_generated;
    options.jobs = args.jobs.map_or_else(cores, NonZeroUsize::get);
    for name in &args.rules {
        options.rules.push(rule(name, "tenure lint --rules TN001", Exit::Usage)?.id);
    }
    let all = args.all_contexts;
    for (asked, context) in [
        (args.tests || all, Context::Test),
        (args.examples || all, Context::Example),
        (args.benches || all, Context::Bench),
        (all, Context::Build),
    ] {
        if asked {
            options.contexts.push(context);
        }
    }
    Ok(options)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The rule of this id or name.
pub(super) fn rule(name: &str, hint: &str, exit: Exit) -> Result<&'static Rule, Complaint> {
    find(name.trim()).ok_or_else(|| {
        let ids: Vec<&str> = list().iter().map(|rule| rule.id).collect();
        Complaint {
            what: format!("there is no rule `{name}`"),
            why: format!("the rules are {}", ids.join(", ")),
            hint: hint.to_owned(),
            exit,
        }
    })
}
