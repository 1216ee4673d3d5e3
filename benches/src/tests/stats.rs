//! Order statistics.
use crate::stats::{compare, floor, median, quantile, quiet};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn the_median_of_an_odd_number_of_samples_is_one_of_them() {
    assert!(close(median(&[9.0, 1.0, 5.0]), 5.0));
}

#[test]
fn the_median_of_an_even_number_of_samples_lies_between_the_two_in_the_middle() {
    assert!(close(median(&[4.0, 1.0, 2.0, 100.0]), 3.0));
}

#[test]
fn one_sample_is_every_quantile() {
    for q in [0.0, 0.1, 0.5, 0.9, 1.0] {
        assert!(close(quantile(&[7.0], q), 7.0));
    }
}

#[test]
fn no_samples_have_no_quantile() {
    assert!(median(&[]).is_nan());
}

#[test]
fn deciles_of_zero_to_ten_are_the_numbers() {
    let samples: Vec<f64> = (0..=10).rev().map(f64::from).collect();
    assert!(close(quiet(&samples), 1.0));
    assert!(close(quantile(&samples, 0.9), 9.0));
    assert!(close(quantile(&samples, 0.0), 0.0));
    assert!(close(quantile(&samples, 1.0), 10.0));
}

#[test]
fn a_ratio_is_taken_round_by_round_and_not_between_medians() {
    // The second round was slow for both: each round says one half.
    let (case, base) = ([1.0, 50.0, 2.0], [2.0, 100.0, 4.0]);
    let seen = compare(&case, &base);
    assert!(close(seen.ratio, 0.5) && close(seen.lo, 0.5) && close(seen.hi, 0.5));
    assert!(close(seen.difference, -2.0));
}

#[test]
fn one_disturbed_round_moves_neither_the_ratio_nor_the_quiet_ratio_much() {
    let base = [10.0; 11];
    let mut case = [5.0; 11];
    case[4] = 500.0;
    let seen = compare(&case, &base);
    assert!(close(seen.ratio, 0.5) && close(seen.ratio_quiet, 0.5));
}

#[test]
fn the_noise_floor_is_a_factor_of_at_least_one_whichever_was_faster() {
    assert!(close(floor(&[2.0, 2.0], &[1.0, 1.0]), 2.0));
    assert!(close(floor(&[1.0, 1.0], &[2.0, 2.0]), 2.0));
    assert!(close(floor(&[3.0], &[3.0]), 1.0));
}
