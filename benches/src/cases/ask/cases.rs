//! The benches of request and reply, and their cases.
use super::client::{Bare, WithTimeout, calls, latency, program};
use super::{actix, by_hand, go, kameo, ractor};
use crate::bench::Build;
use crate::cases::ours::ask as ours;

pub(crate) const CALL: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| calls(s, by_hand::channel(s))),
    ("tenure", |s| calls(s, ours::typed(s))),
    ("tenure-with", |s| calls(s, ours::by_closure(s))),
    ("parking_lot", |s| calls(s, by_hand::parking_lot(s))),
    ("tokio-mutex", |s| calls(s, by_hand::tokio_mutex(s))),
    ("ractor", |s| calls(s, ractor::owner(s))),
    ("kameo", |s| calls(s, kameo::owner(s))),
    ("actix", |s| calls(s, actix::owner(s))),
];

const P50: f64 = 0.5;
const P99: f64 = 0.99;

pub(crate) const LATENCY_P50: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| latency(s, by_hand::channel(s), P50)),
    ("tenure", |s| latency(s, ours::typed(s), P50)),
    ("parking_lot", |s| latency(s, by_hand::parking_lot(s), P50)),
    ("tokio-mutex", |s| latency(s, by_hand::tokio_mutex(s), P50)),
    ("ractor", |s| latency(s, ractor::owner(s), P50)),
    ("kameo", |s| latency(s, kameo::owner(s), P50)),
    ("actix", |s| latency(s, actix::owner(s), P50)),
];

pub(crate) const LATENCY_P99: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| latency(s, by_hand::channel(s), P99)),
    ("tenure", |s| latency(s, ours::typed(s), P99)),
    ("parking_lot", |s| latency(s, by_hand::parking_lot(s), P99)),
    ("tokio-mutex", |s| latency(s, by_hand::tokio_mutex(s), P99)),
    ("ractor", |s| latency(s, ractor::owner(s), P99)),
    ("kameo", |s| latency(s, kameo::owner(s), P99)),
    ("actix", |s| latency(s, actix::owner(s), P99)),
];

/// Its name ends a case that is there only if the program was named.
pub(crate) const GO: &str = "go";

pub(crate) const PROGRAM: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| program(s, by_hand::channel(s))),
    ("tenure", |s| program(s, ours::typed(s))),
    ("parking_lot", |s| program(s, by_hand::parking_lot(s))),
    ("tokio-mutex", |s| program(s, by_hand::tokio_mutex(s))),
    ("ractor", |s| program(s, ractor::owner(s))),
    ("kameo", |s| program(s, kameo::owner(s))),
    ("actix", |s| program(s, actix::owner(s))),
    (GO, go::program),
];

/// The store's turns are as long as the bench's name says.
pub(crate) const TURN: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| calls(s, by_hand::channel(s))),
    ("tenure", |s| calls(s, ours::typed(s))),
    ("parking_lot", |s| calls(s, by_hand::parking_lot(s))),
    ("tokio-mutex", |s| calls(s, by_hand::tokio_mutex(s))),
];

/// A turn that yields once, so that it runs on the owner's task. A blocking mutex cannot be held over that.
pub(crate) const ASYNC_TURN: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| calls(s, by_hand::channel_that_yields(s))),
    ("tenure", |s| calls(s, ours::that_yields(s))),
    ("tokio-mutex", |s| calls(s, by_hand::tokio_mutex_that_yields(s))),
];

/// Long turns on one owner and on the parts of one state.
pub(crate) const SHARD: &[(&str, Build)] = &[
    ("one-owner", |s| calls(s, ours::parts(s, 1))),
    ("tenure", |s| calls(s, ours::parts(s, 8))),
    ("parking_lot", |s| calls(s, by_hand::parking_lot(s))),
];

/// Turns that commit, one by one and several in one.
pub(crate) const BATCH: &[(&str, Build)] = &[
    ("one-by-one", |s| calls(s, ours::commits::<false>(s))),
    ("tenure", |s| calls(s, ours::commits::<true>(s))),
];

/// A call that has a limit. tenure's is in the context, made once for many calls, or for each, as the others' is.
pub(crate) const CALL_DEADLINE: &[(&str, Build)] = &[
    ("mpsc-oneshot", |s| calls(s, limited(by_hand::channel(s)))),
    ("tenure", |s| calls(s, ours::under_a_deadline(s))),
    ("tenure-each", |s| calls(s, ours::with_a_timeout_each(s))),
    ("tenure-no-deadline", |s| calls(s, ours::typed(s))),
    ("tokio-mutex", |s| calls(s, limited(by_hand::tokio_mutex(s)))),
];

fn limited<C>(team: Bare<C>) -> Bare<WithTimeout<C>> {
    Bare { case: team.case, client: WithTimeout(team.client) }
}
