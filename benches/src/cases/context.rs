//! A context of one's own, and the question whether it is over, beside a token's.
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::ours::context as ours;
use crate::pair::{Sampler, timed};
use std::hint::black_box;
use tokio_util::sync::CancellationToken;

/// What is made can be cancelled alone, and is dropped. A limit, and another hold on the same, are less than that.
pub(crate) const CHILD: &[(&str, Build)] = &[
    ("child-token", |s| by_token("child-token", s, |token| drop(black_box(token.child_token())))),
    ("tenure", ours::child),
    ("tenure-timeout", ours::timeout),
    ("tenure-clone", ours::clone),
    ("token-clone", |s| by_token("token-clone", s, |token| drop(black_box(token.clone())))),
];

pub(crate) const IS_CANCELLED: &[(&str, Build)] = &[
    ("token", |s| {
        by_token("token", s, |token| {
            black_box(black_box(token).is_cancelled());
        })
    }),
    ("tenure", ours::is_cancelled),
];

fn by_token(case: &'static str, setup: &Setup<'_>, act: fn(&CancellationToken)) -> Sampler {
    timed(setup.effort.batch, 1, move |n| {
        bare::clocked(case, async move {
            let token = CancellationToken::new();
            for _ in 0..n {
                act(&token);
            }
        })
    })
}
