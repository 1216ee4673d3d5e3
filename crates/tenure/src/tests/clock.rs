//! The coarse look at a deadline.

use crate::clock::{Ahead, now};
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
        assert_eq!(Ahead::of(now() + left).is_certain(), certain, "{left:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_certain_no_more_when_the_point_has_come_near() {
    let at = now() + Duration::from_secs(1);
    let ahead = Ahead::of(at);
    for (passes, certain) in [(900, true), (60, true), (20, false), (20, false), (1_000, false)] {
        tokio::time::advance(Duration::from_millis(passes)).await;
        assert_eq!(ahead.is_certain(), certain, "{:?} before", at.saturating_duration_since(now()));
    }
}
