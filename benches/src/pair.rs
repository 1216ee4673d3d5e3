//! Paired, interleaved rounds.
//!
//! A round runs every case once, and each round starts with another case, so that a disturbance hits all cases alike
//! and a case's ratio can be taken to the base of its own round. The first rounds are thrown away: they fill caches,
//! and a timed case finds in them how much work makes a batch.
use crate::error::BenchError;
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// One measurement: cost of one operation, in the unit of the bench.
pub(crate) type Sample = Pin<Box<dyn Future<Output = Result<f64, BenchError>>>>;
/// Measures a case once.
pub(crate) type Sampler = Box<dyn Fn() -> Sample>;

/// How many rounds are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    pub(crate) discarded: usize,
    pub(crate) kept: usize,
}

/// The kept samples of each sampler, in the order of the rounds.
pub(crate) async fn measure(
    samplers: &[Sampler],
    rounds: Rounds,
    mut before: impl FnMut(usize, usize),
) -> Result<Vec<Vec<f64>>, BenchError> {
    let mut kept = vec![Vec::with_capacity(rounds.kept); samplers.len()];
    for round in 0..rounds.discarded + rounds.kept {
        for turn in 0..samplers.len() {
            let case = (round + turn) % samplers.len();
            before(round, case);
            let sample = samplers[case]().await?;
            if round >= rounds.discarded {
                kept[case].push(sample);
            }
        }
    }
    Ok(kept)
}

/// A sampler of nanoseconds per operation: `batch(n)` does `n` times `ops` operations and says how long it took.
///
/// `n` is found at the first sample, so that a batch lasts about `length`, and then stays.
pub(crate) fn timed<F, Fut>(length: Duration, ops: u64, batch: F) -> Sampler
where
    F: Fn(u64) -> Fut + 'static,
    Fut: Future<Output = Result<Duration, BenchError>> + 'static,
{
    let (batch, fitted) = (Rc::new(batch), Rc::new(Cell::new(None)));
    Box::new(move || {
        let (batch, fitted) = (Rc::clone(&batch), Rc::clone(&fitted));
        Box::pin(async move {
            let n = match fitted.get() {
                Some(n) => n,
                None => fit(length, &*batch).await?,
            };
            fitted.set(Some(n));
            let elapsed = batch(n).await?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Ok(elapsed.as_nanos() as f64 / (n * ops) as f64)
        })
    })
}

/// A batch that looks long enough is run again so often: a disturbance must not make it too short for good.
const CONFIRMED: usize = 2;

async fn fit<F, Fut>(length: Duration, batch: &F) -> Result<u64, BenchError>
where
    F: Fn(u64) -> Fut,
    Fut: Future<Output = Result<Duration, BenchError>>,
{
    let (mut n, long_enough) = (1, length * 2 / 3);
    'longer: loop {
        for _ in 0..=CONFIRMED {
            if batch(n).await? < long_enough {
                n *= 2;
                continue 'longer;
            }
            // As in a quick run.
            if length.is_zero() {
                break;
            }
        }
        return Ok(n);
    }
}
