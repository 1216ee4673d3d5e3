//! Versions as they are printed.
use crate::machine::{pinned, resident_bytes, versions};

#[test]
fn every_peer_is_pinned_and_printed() {
    let names: Vec<String> = versions().into_keys().collect();
    assert_eq!(names, ["actix", "kameo", "parking_lot", "ractor", "tenure", "tokio", "tokio-util"]);
}

#[test]
fn only_pinned_dependencies_are_peers() {
    let manifest = "[package]\nversion = \"=9\"\n[dependencies.a]\nversion = \"=1.2.3\"\n[dependencies.b]\nversion = \"1\"\n";
    let pinned: Vec<_> = pinned(manifest).into_iter().collect();
    assert_eq!(pinned, [("a".to_owned(), "1.2.3".to_owned())]);
}

#[test]
fn this_process_takes_more_memory_than_none() {
    assert!(resident_bytes().unwrap() > 0);
}
