//! How long a restart waits (S22a) and how many count (S21a), away from any clock.

use crate::supervisor::decide::{Dice, Window, delay};
use crate::supervisor::spec::Backoff;
use crate::supervisor::tree::Intensity;
use std::time::Duration;
use tokio::time::Instant;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const EXACT: Backoff = Backoff { first: ms(100), factor: 2.0, max: ms(30_000), jitter: 0.0 };
const SECOND: Backoff = Backoff { first: ms(1000), factor: 2.0, max: ms(30_000), jitter: 0.5 };

#[test]
fn sv_24_jitter_draws_from_the_share_it_names_and_in_the_middle_of_it() {
    for seed in 0..8 {
        let mut dice = Dice::new(seed);
        let draws: Vec<Duration> = (0..1000).map(|_| delay(&SECOND, 0, dice.roll())).collect();
        assert!(draws.iter().all(|drawn| (ms(500)..=ms(1000)).contains(drawn)), "seed {seed}");
        let mean = draws.iter().sum::<Duration>() / 1000;
        assert!((ms(713)..=ms(787)).contains(&mean), "seed {seed}: {mean:?} is not 750 ms, give or take 5 %");
        assert!(draws.iter().any(|drawn| *drawn < ms(550)) && draws.iter().any(|drawn| *drawn > ms(950)));
    }
}

#[test]
fn s22a_the_ends_of_the_share_can_be_drawn() {
    assert_eq!(delay(&SECOND, 0, 0.0), ms(1000));
    assert!(delay(&SECOND, 0, 1.0 - f64::EPSILON) - ms(500) < Duration::from_micros(1));
    let all = Backoff { jitter: 1.0, ..SECOND };
    assert!(delay(&all, 0, 1.0 - f64::EPSILON) < Duration::from_micros(1));
    for jitter in [7.0, f64::INFINITY] {
        assert_eq!(delay(&Backoff { jitter, ..SECOND }, 0, 0.5), ms(500), "a share is at most all");
    }
    for jitter in [-7.0, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(delay(&Backoff { jitter, ..SECOND }, 0, 0.5), ms(1000), "a share is at least nothing");
    }
}

#[test]
fn s22a_the_wait_grows_by_its_factor_up_to_its_longest() {
    let waits: Vec<u128> = (0..10).map(|k| delay(&EXACT, k, 0.9).as_millis()).collect();
    assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
    let odd = Backoff { first: Duration::from_nanos(3), factor: 3.0, ..EXACT };
    assert_eq!(delay(&odd, 2, 0.0), Duration::from_nanos(27), "to the nanosecond");
}

#[test]
fn s22a_no_attempt_is_too_many() {
    for k in [64, 1024, 1 << 20, i32::MAX as u32, u32::MAX] {
        assert_eq!(delay(&EXACT, k, 0.9), ms(30_000), "attempt {k}");
        assert_eq!(delay(&SECOND, k, 0.0), ms(30_000), "attempt {k}");
    }
}

/// No value of the float, which is the user's, makes a wait longer than the longest, or panics.
#[test]
fn s22a_no_factor_makes_a_wait_longer_than_the_longest() {
    let all =
        [0.0, -0.0, -2.0, 0.5, 1.0, 1e300, f64::MIN, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    for factor in all {
        for jitter in [0.0, 0.5] {
            for k in [0, 1, 2, 3, 1000, u32::MAX] {
                let of = Backoff { factor, jitter, ..EXACT };
                assert!(delay(&of, k, 0.5) <= of.max, "{of:?}, attempt {k}");
            }
            let of = Backoff { factor, jitter, ..EXACT };
            assert!(delay(&of, 0, 0.0) == ms(100), "{of:?}: attempt 0 waits the first delay");
        }
    }
    let none = Backoff { factor: 0.0, ..EXACT };
    assert_eq!((delay(&none, 1, 0.0), delay(&none, 2, 0.0)), (ms(0), ms(0)));
    // What is no number, or beyond all, waits the longest, with jitter and without.
    for factor in [f64::NAN, f64::INFINITY] {
        for jitter in [0.0, 0.5] {
            assert_eq!(delay(&Backoff { factor, jitter, ..EXACT }, 1, 0.0), ms(30_000), "{factor}, {jitter}");
        }
    }
}

#[test]
fn s22a_the_longest_wait_bounds_the_first_one_too() {
    let short = Backoff { first: ms(5000), max: ms(1000), ..EXACT };
    assert_eq!((delay(&short, 0, 0.0), delay(&short, 9, 0.0)), (ms(1000), ms(1000)));
    assert_eq!(delay(&Backoff { jitter: 0.5, ..short }, 0, 0.0), ms(1000));
    for jitter in [0.0, 0.5] {
        assert_eq!(delay(&Backoff { jitter, ..Backoff::none() }, 7, 0.9), ms(0));
        let endless = Backoff { first: Duration::MAX, max: Duration::MAX, factor: 2.0, jitter };
        assert!(delay(&endless, 3, 0.9) > ms(1000), "it saturates");
    }
}

fn window(restarts: u32, within: u64) -> Window {
    Window::new(Intensity { restarts, within: ms(within) })
}

#[test]
fn s21a_an_entry_exactly_as_old_as_the_window_counts_and_an_older_one_does_not() {
    let start = Instant::now();
    let mut window = window(1, 10_000);
    assert!(window.add(start));
    assert_eq!(window.held(start + ms(10_000)), 1);
    assert!(!window.add(start + ms(10_000)), "the first one is exactly as old");
    let mut window = self::window(1, 10_000);
    assert!(window.add(start));
    assert_eq!(window.held(start + ms(10_000) + Duration::from_nanos(1)), 0);
    assert!(window.add(start + ms(10_000) + Duration::from_nanos(1)), "it is older by a nanosecond");
}

#[test]
fn s21c_no_restarts_are_too_many_at_the_first() {
    let mut window = window(0, 10_000);
    assert!(!window.add(Instant::now()));
}

/// "Nothing is unbounded": whatever the pace, it holds what it may bear and the one too many.
#[test]
fn s21a_the_window_holds_at_most_one_more_than_it_bears() {
    let start = Instant::now();
    for pace in [0, 1, 999, 1000, 1001] {
        let mut window = window(5, 1000);
        for step in 0..10_000u64 {
            let now = start + ms(pace * step);
            if !window.add(now) {
                assert_eq!(window.held(now), 6);
                window.clear(); // the supervisor has given up
            }
            assert!(window.held(now) <= 6, "{pace}, {step}");
        }
    }
}

/// A clock that was read before another one's answer: an entry from then is not older than now.
#[test]
fn s21a_an_entry_of_the_future_counts() {
    let start = Instant::now();
    let mut window = window(2, 10);
    assert!(window.add(start + ms(5)));
    assert!(window.add(start));
    assert_eq!(window.held(start), 2);
}

#[test]
fn dice_with_one_seed_roll_the_same_and_stay_below_one() {
    let rolls = |seed| {
        let mut dice = Dice::new(seed);
        (0..1000).map(move |_| dice.roll()).collect::<Vec<f64>>()
    };
    assert_eq!(rolls(7), rolls(7));
    assert_ne!(rolls(7), rolls(8));
    assert!(rolls(7).into_iter().all(|roll| (0.0..1.0).contains(&roll)));
}
