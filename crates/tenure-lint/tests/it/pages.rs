//! The pages of the rules: their examples are run, so that they cannot rot.

use crate::read::{found, lint, only};
use tenure_lint::{Group, list};

/// The code of the fences that begin so.
fn fences<'a>(page: &'a str, head: &str) -> Vec<&'a str> {
    page.split(&format!("```rust {head}\n")).skip(1).filter_map(|part| part.split("```").next()).collect()
}

#[test]
fn the_bad_examples_of_a_page_are_found_and_the_good_ones_are_not() {
    for rule in list().iter().filter(|rule| rule.group != Group::Always) {
        for (head, is_bad) in [("bad", true), ("good", false)] {
            let examples = fences(rule.page, head);
            assert!(!examples.is_empty(), "{}: no {head} example", rule.id);
            for example in examples {
                let report = lint(example, &only(rule.id));
                assert_eq!(report.summary.not_analysed, 0, "{}: {example}", rule.id);
                assert_eq!(!found(&report, rule.id).is_empty(), is_bad, "{} {head}:\n{example}", rule.id);
            }
        }
    }
}

#[test]
fn a_page_says_what_why_what_to_do_and_when_it_is_meant() {
    for rule in list() {
        assert!(rule.page.starts_with(&format!("# {} {}\n", rule.id, rule.name)), "{}", rule.id);
        assert!(
            rule.page.contains(rule.group.name()) && rule.page.contains(rule.level.name()),
            "{}",
            rule.id
        );
        let mut parts = vec!["## What\n", "## What to do\n"];
        if rule.group != Group::Always {
            parts.extend(["## Why it leaks\n", "## When it is meant\n"]);
        }
        for part in parts {
            assert!(rule.page.contains(part), "{}: no `{}`", rule.id, part.trim());
        }
    }
}
