//! Arrows between the modules of `tenure` point downwards: a module uses its own level and what is below.

use super::source::{Finding, Source, Sources};
use anyhow::Result;
use std::collections::BTreeMap;
use syn::{Item, UseTree, Visibility};

const HOME: &str = "crates/tenure/src/";

/// From below to above. `raw` stands with `record`: it is the record's unsafe half and knows its slots.
const LEVELS: [&[&str]; 12] = [
    &["sync", "clock", "rt", "ident", "exit", "error", "account"],
    &["raw", "record"],
    &["context"],
    &["task"],
    &["scope"],
    &["owner"],
    &["supervisor"],
    &["shards"],
    &["health"],
    &["shutdown"],
    &["testing"],
    &["__private"],
];

/// Arrows upwards, each with its reason: file, module above, why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("owner/owner.rs", "supervisor", "`Db::child(..)` is how a child of an owner's type is written"),
    ("raw.rs", "context", "a context is lent to an inline turn, and all that is unsafe stands in one file"),
];

fn is_excepted(path: &str, used: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, above, _)| path == format!("{HOME}{file}") && used == *above)
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

pub(super) fn check(sources: &Sources) -> Result<Vec<Finding>> {
    let lib = sources.under(HOME).find(|source| source.path == format!("{HOME}lib.rs"));
    let names = lib.map(reexports).unwrap_or_default();
    let mut findings = Vec::new();
    for source in
        sources.under(HOME).filter(|source| !source.is_test() && source.path != format!("{HOME}lib.rs"))
    {
        findings.extend(check_file(source, &names));
    }
    Ok(findings)
}

/// Which module a name at the crate's root comes from: `use crate::Scope` is `use crate::scope::Scope`.
fn reexports(lib: &Source) -> BTreeMap<String, String> {
    fn walk(tree: &UseTree, module: Option<&str>, names: &mut BTreeMap<String, String>) {
        let mut named = |name: String| {
            if let Some(module) = module {
                names.insert(name, module.to_owned());
            }
        };
        match tree {
            UseTree::Path(path) if module.is_none() => match path.ident.to_string().as_str() {
                "crate" | "self" => walk(&path.tree, None, names),
                first => walk(&path.tree, Some(first), names),
            },
            UseTree::Path(path) => walk(&path.tree, module, names),
            UseTree::Name(name) => named(name.ident.to_string()),
            UseTree::Rename(rename) => named(rename.rename.to_string()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, module, names)),
            UseTree::Glob(_) => {}
        }
    }
    let mut names = BTreeMap::new();
    for item in &lib.syntax.items {
        if let Item::Use(item) = item
            && !matches!(item.vis, Visibility::Inherited)
        {
            walk(&item.tree, None, &mut names);
        }
    }
    names
}

fn check_file(source: &Source, names: &BTreeMap<String, String>) -> Vec<Finding> {
    let module =
        source.path.trim_start_matches(HOME).split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some(own) = level(module) else {
        let what = format!(
            "`{module}` has no place in the order of modules: give it one in xtask/src/tidy/arrows.rs"
        );
        return vec![source.find(1, what)];
    };
    let used = used_modules(source);
    let too_high = used.into_iter().filter_map(|(used, line)| {
        let used = names.get(&used).unwrap_or(&used);
        (level(used)? > own && !is_excepted(&source.path, used))
            .then(|| source.find(line, format!("`{module}` uses `{used}`, which is above it")))
    });
    too_high.collect()
}

/// The name after each `crate::`, also of every part of `crate::{a, b::c}`.
fn used_modules(source: &Source) -> Vec<(String, usize)> {
    let words: Vec<&str> = source.words.iter().map(|word| word.text.as_str()).collect();
    let mut used = Vec::new();
    for at in 0..words.len() {
        let [":", ":", next, ..] = words.get(at + 1..).unwrap_or_default() else { continue };
        if words[at] != "crate" {
            continue;
        }
        if *next != "{" {
            used.push(at + 3);
            continue;
        }
        let (mut depth, mut is_first) = (0, true);
        for (inner, word) in words.iter().enumerate().skip(at + 3) {
            match *word {
                "{" => depth += 1,
                "}" if depth == 1 => break,
                "}" => depth -= 1,
                "," if depth == 1 => is_first = true,
                _ if depth == 1 && is_first => {
                    used.push(inner);
                    is_first = false;
                }
                _ => {}
            }
        }
    }
    used.into_iter().map(|at| (words[at].to_owned(), source.words[at].line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let lib = Source::parse("lib.rs", "pub use scope::{Scope, Stop as End}; pub use crate::sync::Lock;")
            .unwrap();
        let source = Source::parse(path, text).unwrap();
        check_file(&source, &reexports(&lib)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_upwards_is_found_however_it_is_written() {
        let path = "crates/tenure/src/context/cancel.rs";
        for upwards in [
            "use crate::scope::Scope;",
            "use crate::{sync::{Lock, Mutex}, scope};",
            "use crate::Scope;",
            "use crate::{Lock, End};",
            "fn f() { crate::owner::make() }",
        ] {
            assert_eq!(findings(path, upwards).len(), 1, "{upwards}");
        }
        for downwards in
            ["use crate::record::Slot;", "use crate::{Lock, context::Cause};", "use super::owner;"]
        {
            assert_eq!(findings(path, downwards), [""; 0], "{downwards}");
        }
        assert_eq!(
            findings(path, "\nuse crate::task::Task;"),
            ["crates/tenure/src/context/cancel.rs:2: `context` uses `task`, which is above it"]
        );
    }

    #[test]
    fn a_module_without_a_level_is_found() {
        assert!(findings("crates/tenure/src/misc.rs", "")[0].contains("no place in the order"));
    }
}
