//! Names of one scope (S1d).

use crate::record::names::Names;

/// S1d.
#[test]
fn a_name_used_again_gets_a_suffix_also_when_the_first_user_has_ended() {
    let mut names = Names::default();
    let first = names.acquire("fetch");
    let other = names.acquire("store");
    let second = names.acquire("fetch");
    assert_eq!((first.suffix, other.suffix, second.suffix), (1, 1, 2));
    assert_eq!((first.number, &*second.text), (second.number, "fetch"));
    names.release(first.number);
    names.release(second.number);
    assert_eq!(names.acquire("fetch").suffix, 3);
    assert_eq!(names.text(first.number), Some("fetch"));
}

#[test]
fn ended_names_beyond_the_bound_are_forgotten_and_live_ones_never() {
    let mut names = Names::default();
    let live = names.acquire("live");
    for n in 0..3_000 {
        let name = names.acquire(&format!("conn-{n}"));
        assert_eq!(name.suffix, 1);
        names.release(name.number);
    }
    assert_eq!(names.text(live.number), Some("live"));
    assert_eq!(names.acquire("live").suffix, 2);
    // Those that were kept still count; the others begin anew.
    assert_eq!(names.acquire("conn-0").suffix, 2);
    assert_eq!(names.acquire("conn-2999").suffix, 1);
}

#[test]
fn a_number_that_is_not_there_has_no_text_and_its_release_does_nothing() {
    let mut names = Names::default();
    names.release(7);
    assert_eq!(names.text(7), None);
}
