//! Rooms and files: a room begins with its page and is small, a file is short, and no test file is forgotten.

use super::source::{Finding, Source, Sources};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use syn::spanned::Spanned;
use syn::{Attribute, Item};

/// A file in `src/`, without its tests. Longer, and it holds two things.
const LINES_MAX: usize = 600;
/// Files of a room beside `mod.rs`. A ninth is a second concept.
const FILES_MAX: usize = 8;

pub(super) fn check(sources: &Sources) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut files_by_room: BTreeMap<&str, usize> = BTreeMap::new();
    for source in &sources.0 {
        findings.extend(check_file(source));
        if let Some((folder, file)) = source.path.rsplit_once('/')
            && source.path.contains("/src/")
            && !source.is_test()
            && file != "mod.rs"
            && !folder.ends_with("/src")
        {
            *files_by_room.entry(folder).or_default() += 1;
        }
    }
    for (room, files) in files_by_room.into_iter().filter(|(_, files)| *files > FILES_MAX) {
        let what =
            format!("{files} files beside `mod.rs`, more than {FILES_MAX}: split the room or drop a concept");
        findings.push(Finding::new(room, 1, what));
    }
    findings.extend(forgotten_tests(sources));
    Ok(findings)
}

fn check_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !source.text.starts_with("//!") {
        findings.push(source.find(1, "begins without `//!`: say what the file is for"));
    }
    if source.path.contains("/src/") && !source.is_test() {
        let lines = lines_without_tests(source);
        if lines > LINES_MAX {
            findings.push(source.find(1, format!("{lines} lines without tests, more than {LINES_MAX}")));
        }
    }
    if source.path.ends_with("/mod.rs") && source.path.contains("/src/") && !source.is_test() {
        let wrong = source.syntax.items.iter().filter(|item| !is_listing(item));
        findings.extend(wrong.map(|item| {
            source.find(item.span().start().line, "an item in `mod.rs`: the room's page only names its files")
        }));
    }
    findings
}

/// `mod name;`, `use ..;`, and a module that holds nothing but these.
fn is_listing(item: &Item) -> bool {
    match item {
        Item::Use(_) => true,
        Item::Mod(module) => module.content.as_ref().is_none_or(|(_, items)| items.iter().all(is_listing)),
        _ => false,
    }
}

fn is_cfg_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
}

fn lines_without_tests(source: &Source) -> usize {
    let tests = source.syntax.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.attrs.iter().any(is_cfg_test) && module.content.is_some() => {
            Some(1 + module.span().end().line - module.span().start().line)
        }
        _ => None,
    });
    source.text.lines().count() - tests.sum::<usize>()
}

/// Files under `tests/it/` that the binary's list does not name: they would never be compiled.
fn forgotten_tests(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.0.iter().filter(|source| source.path.contains("/tests/it/")) {
        let (mut folder, file) = source.path.rsplit_once('/').unwrap_or_default();
        let mut name = file.trim_end_matches(".rs");
        if name == "main" {
            continue;
        }
        if name == "mod" {
            (folder, name) = folder.rsplit_once('/').unwrap_or_default();
        }
        let list = if folder.ends_with("/tests/it") {
            format!("{folder}/main.rs")
        } else {
            format!("{folder}/mod.rs")
        };
        let named: BTreeSet<String> = sources.under(&list).flat_map(modules).collect();
        if !named.contains(name) {
            findings.push(source.find(1, format!("never compiled: {list} does not say `mod {name};`")));
        }
    }
    findings
}

fn modules(source: &Source) -> Vec<String> {
    let name = |item: &Item| if let Item::Mod(module) = item { Some(module.ident.to_string()) } else { None };
    source.syntax.items.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let sources = files.iter().map(|(path, text)| Source::parse(path, text).unwrap()).collect();
        check(&Sources(sources)).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_with_an_item_is_found() {
        let page = "//! Page.\nmod a;\npub use a::A;\n#[cfg(test)]\nmod tests { mod t; }\n";
        assert_eq!(findings(&[("crates/x/src/room/mod.rs", page)]), [""; 0]);
        let page = "//! Page.\nmod a;\nfn f() {}\n";
        assert!(findings(&[("crates/x/src/room/mod.rs", page)])[0].contains("mod.rs:3: an item"));
        assert!(findings(&[("crates/x/src/lib.rs", "fn f() {}")])[0].contains("begins without"));
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_are_not_counted() {
        let lines = |n: usize| "// why\n".repeat(n);
        let short = format!("//! Page.\n{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(599), lines(500));
        assert_eq!(findings(&[("crates/x/src/a.rs", &short)]), [""; 0]);
        let long = format!("//! Page.\n{}", lines(600));
        assert!(findings(&[("crates/x/src/a.rs", &long)])[0].contains("601 lines"));
        assert_eq!(findings(&[("crates/x/src/room/tests/a.rs", &long)]), [""; 0]);
    }

    #[test]
    fn a_full_room_is_found() {
        let paths: Vec<String> = (0..9).map(|n| format!("crates/x/src/room/f{n}.rs")).collect();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "//! Page.")).collect();
        assert_eq!(findings(&files[..8]), [""; 0]);
        assert!(findings(&files)[0].starts_with("crates/x/src/room:1: 9 files"));
    }

    #[test]
    fn a_forgotten_test_file_is_found() {
        let main = ("crates/x/tests/it/main.rs", "//! Page.\nmod a;\nmod b;");
        let page = ("crates/x/tests/it/b/mod.rs", "//! Page.\nmod c;");
        let file = |path| (path, "//! Page.");
        let (a, c) = (file("crates/x/tests/it/a.rs"), file("crates/x/tests/it/b/c.rs"));
        assert_eq!(findings(&[main, a, page, c]), [""; 0]);
        let found =
            findings(&[main, a, page, c, file("crates/x/tests/it/b/d.rs"), file("crates/x/tests/it/e.rs")]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
