//! The coarse look at a deadline.

use crate::clock::{Limit, now};
use std::time::Duration;

#[test]
fn a_point_is_surely_ahead_only_while_it_is_well_ahead() {
    let ms = Duration::from_millis;
    for (left, certain) in [
        (ms(0), false),
        (ms(5), false),
        (ms(30), false),
        (ms(1_000), true),
        (Duration::from_secs(24 * 3600), true),
        (Duration::from_secs(30 * 365 * 24 * 3600), true),
    ] {
        assert_eq!(Limit::new(now() + left).is_well_ahead(), certain, "{left:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn near_its_point_the_exact_clock_decides() {
    let at = now() + Duration::from_secs(1);
    let limit = Limit::new(at);
    for (passes, certain) in [(900, true), (60, true), (20, false), (19, false), (1, false), (1_000, false)] {
        tokio::time::advance(Duration::from_millis(passes)).await;
        assert_eq!(limit.has_passed(), now() >= at, "exact to the last millisecond");
        assert_eq!(limit.is_well_ahead(), certain, "{:?} before", at.saturating_duration_since(now()));
    }
}
