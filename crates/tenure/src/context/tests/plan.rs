//! What signals ask for (S41), at any distance.

use crate::context::plan::{Asked, SIGNAL_DEBOUNCE, Signals};
use proptest::prelude::*;
use std::time::Duration;
use tokio::time::Instant;

/// What each signal asks for that comes so many milliseconds after the one before, and the counts.
fn asked(gaps: &[u64]) -> (Vec<Asked>, Signals) {
    let mut signals = Signals::default();
    let mut now = Instant::now();
    let asked = gaps.iter().map(|gap| {
        now += Duration::from_millis(*gap);
        signals.came(now)
    });
    (asked.collect(), signals)
}

#[test]
fn s41_the_first_stops_the_second_aborts_the_third_ends() {
    use Asked::{Abort, End, Same, Stop};
    for (gaps, wanted) in [
        (&[0, 250, 250, 250][..], &[Stop, Abort, End, End][..]),
        (&[0, 249, 1], &[Stop, Same, Abort]),
        (&[0, 20, 400, 20, 400], &[Stop, Same, Abort, Same, End]),
        (&[0, 0, 0, 0], &[Stop, Same, Same, Same]),
    ] {
        assert_eq!(asked(gaps).0, wanted, "{gaps:?}");
    }
}

proptest! {
    #[test]
    fn s41a_every_signal_is_counted_once(gaps in proptest::collection::vec(0u64..600, 0..20)) {
        let (asked, signals) = asked(&gaps);
        prop_assert_eq!(signals.counted + signals.debounced, gaps.len() as u64);
        prop_assert_eq!(signals.debounced, asked.iter().filter(|asked| **asked == Asked::Same).count() as u64);
        // Whatever came since the one before, a signal that follows a full debounce of silence counts.
        for (asked, gap) in asked.iter().zip(&gaps) {
            prop_assert!(*asked != Asked::Same || Duration::from_millis(*gap) < SIGNAL_DEBOUNCE);
        }
    }
}
