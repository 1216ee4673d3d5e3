//! Every problem has a page with the same three parts, and every page a problem.
use std::collections::BTreeSet;
use tenure_wire::problems::{PAGES, page};

#[test]
fn every_page_names_its_code_and_says_what_why_and_what_to_do() {
    for there in PAGES {
        assert!(there.text.starts_with(&format!("# {} {}\n", there.code, there.name)), "{}", there.code);
        let at: Vec<_> = ["Severity: ", "## What it means", "## Why it hurts", "## What to do"]
            .iter()
            .map(|part| there.text.find(part).unwrap_or_else(|| panic!("{} lacks {part}", there.code)))
            .collect();
        assert!(at.is_sorted(), "{}: its parts stand in another order", there.code);
        assert_eq!(page(there.code), Some(there.text));
    }
    assert_eq!(page("TP000"), None);
}

#[test]
fn no_page_is_forgotten_and_no_code_is_there_twice() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/problems");
    let files = std::fs::read_dir(folder).expect("the pages are here").map(|entry| {
        let name = entry.expect("it can be read").file_name();
        name.to_string_lossy().trim_end_matches(".md").to_owned()
    });
    let listed: BTreeSet<String> = PAGES.iter().map(|page| page.code.to_owned()).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), listed);
    assert_eq!(listed.len(), PAGES.len());
}
