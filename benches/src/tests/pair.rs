//! The order of the rounds, and how a batch is fitted.
use crate::pair::{Rounds, Sampler, measure, timed};
use crate::rt::Rt;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

#[test]
fn each_round_runs_every_case_once_and_starts_with_another() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let sampler = |i: u8| -> Sampler {
        let seen = Rc::clone(&seen);
        Box::new(move || {
            seen.borrow_mut().push(i);
            Box::pin(async move { Ok(f64::from(i)) })
        })
    };
    let samplers = [sampler(0), sampler(1), sampler(2)];
    let rounds = Rounds { discarded: 1, kept: 3 };
    let kept = Rt::Ct.build().unwrap().block_on(measure(&samplers, rounds, |_, _| ())).unwrap();
    assert_eq!(*seen.borrow(), [0, 1, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2]);
    assert_eq!(kept.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
}

#[test]
fn a_batch_grows_until_it_is_long_enough_and_then_stays() {
    let sizes = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&sizes);
    // 1 us per unit of three operations; a batch is to last about 9 us.
    let sampler = timed(Duration::from_micros(9), 3, move |n| {
        seen.borrow_mut().push(n);
        async move { Ok(Duration::from_micros(n)) }
    });
    let rt = Rt::Ct.build().unwrap();
    let first = rt.block_on(sampler()).unwrap();
    let second = rt.block_on(sampler()).unwrap();
    // Fitted, confirmed twice, and two samples.
    assert_eq!(*sizes.borrow(), [1, 2, 4, 8, 8, 8, 8, 8]);
    assert!((first - 1000.0 / 3.0).abs() < 1e-9 && (second - first).abs() < 1e-9);
}

#[test]
fn a_batch_that_was_disturbed_while_it_was_fitted_is_not_short_for_good() {
    let calls = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&calls);
    // The first look at a batch of 2 is preempted.
    let sampler = timed(Duration::from_micros(9), 1, move |n| {
        let is_disturbed = n == 2 && !seen.borrow().contains(&2);
        seen.borrow_mut().push(n);
        async move { Ok(Duration::from_micros(if is_disturbed { 5_000 } else { n })) }
    });
    Rt::Ct.build().unwrap().block_on(sampler()).unwrap();
    assert_eq!(*calls.borrow(), [1, 2, 2, 4, 8, 8, 8, 8]);
}

#[test]
fn progress_is_told_before_each_case() {
    let told = Cell::new(0);
    let samplers: Vec<Sampler> = vec![Box::new(|| Box::pin(async { Ok(1.0) }))];
    let rounds = Rounds { discarded: 1, kept: 2 };
    let measured = measure(&samplers, rounds, |_, _| told.set(told.get() + 1));
    Rt::Ct.build().unwrap().block_on(measured).unwrap();
    assert_eq!(told.get(), 3);
}
