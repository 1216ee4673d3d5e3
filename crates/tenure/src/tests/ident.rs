//! Names and paths (S1d), also hostile ones.

use crate::ident::{NAME_BYTES_MAX, PATH_BYTES_MAX, Rung, ScopeState, TaskPath, clean_name};
use proptest::prelude::*;

/// S1d.
#[test]
fn a_path_is_the_names_from_the_root_and_a_suffix_from_the_second_use_on() {
    let root = TaskPath::root("app");
    assert_eq!(root.as_str(), "app");
    assert_eq!(root.child("fetch", 1).as_str(), "app/fetch");
    assert_eq!(root.child("fetch", 2).child("row", 1).as_str(), "app/fetch#2/row");
}

#[test]
fn a_name_that_reads_well_is_kept_as_it_is() {
    for name in ["store", "conn 7", "größe", "写入", "a/b", &"x".repeat(NAME_BYTES_MAX)] {
        assert_eq!(clean_name(name), name);
    }
    assert_eq!(clean_name(""), "unnamed");
    assert_eq!(TaskPath::root("").as_str(), "unnamed");
}

#[test]
fn what_would_lie_to_a_reader_is_replaced() {
    for (name, clean) in [
        ("a\nb", "a\u{fffd}b"),
        ("\u{1b}[31mred", "\u{fffd}[31mred"),
        ("\0", "\u{fffd}"),
        ("txt.\u{202e}exe", "txt.\u{fffd}exe"),
        ("\u{2066}x\u{2069}", "\u{fffd}x\u{fffd}"),
        ("line\u{2028}end", "line\u{fffd}end"),
    ] {
        assert_eq!(clean_name(name), clean);
    }
}

#[test]
fn a_name_of_a_megabyte_is_cut_to_its_beginning() {
    let long = "x".repeat(1 << 20);
    let clean = clean_name(&long);
    assert_eq!(clean.len(), NAME_BYTES_MAX);
    assert!(clean.starts_with("xxx") && clean.ends_with('…'));
    // A character is never cut in the middle.
    let wide = "写".repeat(1 << 18);
    assert!(clean_name(&wide).len() <= NAME_BYTES_MAX);
}

#[test]
fn a_path_of_a_thousand_scopes_is_cut() {
    let deep = (0..1_000).fold(TaskPath::root("app"), |path, _| path.child("scope", 1));
    assert!(deep.as_str().len() <= PATH_BYTES_MAX);
    assert!(deep.as_str().starts_with("app/scope/") && deep.as_str().ends_with('…'));
    assert!(TaskPath::from("写".repeat(1_000).as_str()).as_str().len() <= PATH_BYTES_MAX);
}

proptest! {
    #[test]
    fn every_name_comes_out_short_printable_and_not_empty(name in any::<String>(), repeat in 1usize..50) {
        let name = name.repeat(repeat);
        let clean = clean_name(&name);
        prop_assert!(!clean.is_empty() && clean.len() <= NAME_BYTES_MAX);
        prop_assert!(!clean.chars().any(char::is_control));
        prop_assert!(clean_name(&clean) == clean, "clean once is clean");
    }
}

/// Sections 0.2 and 0.3: their order is the order of time.
#[test]
fn rungs_and_states_are_in_the_order_in_which_they_come() {
    assert!(Rung::Drain < Rung::Cancel && Rung::Cancel < Rung::Abort && Rung::Abort < Rung::Name);
    let states = [
        ScopeState::Open,
        ScopeState::Draining,
        ScopeState::Cancelled,
        ScopeState::Leaking,
        ScopeState::Ended,
    ];
    assert!(states.is_sorted());
    assert_eq!(states.map(|state| state.to_string()), ["open", "draining", "cancelled", "leaking", "ended"]);
}
