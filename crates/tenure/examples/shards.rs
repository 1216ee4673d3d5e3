//! When shards pay: the same work on one owner and on eight shards, for turns of several lengths.
//!
//! `cargo run --release -p tenure --example shards`
#![expect(clippy::print_stdout, reason = "an example shows what it prints")]

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{Handle, Shards, Turn};

const CALLERS: u64 = 100;
const SHARDS: u32 = 8;

/// Counts words; each turn also does so many steps of work.
#[derive(Default)]
struct Words(HashMap<u64, u64>);

#[derive(Clone, Copy)]
struct Count {
    word: u64,
    steps: u32,
}

impl Request for Count {
    type Reply = u64;
}

impl Handle<Count> for Words {
    fn handle(&mut self, Count { word, steps }: Count, _: &mut Turn<Count>) -> u64 {
        work(steps);
        let count = self.0.entry(word).or_default();
        *count += 1;
        *count
    }
}

fn work(steps: u32) {
    (0..steps).for_each(|step| _ = black_box(step));
}

/// Steps of work in a microsecond, by the fastest of some tries.
fn steps_per_micro() -> u32 {
    let tried = (0..20).map(|_| {
        let begun = Instant::now();
        work(100_000);
        begun.elapsed()
    });
    let fastest = tried.min().unwrap_or_default().as_micros().max(1);
    u32::try_from(100_000 / fastest).unwrap_or(1)
}

/// All callers at once, each with words of its own; how long one call took on average.
async fn run(ctx: &Context, words: &Shards<Words>, calls: u64, steps: u32) -> Result<Duration> {
    let begun = Instant::now();
    ctx.scope("callers", async |scope| {
        for caller in 0..CALLERS {
            let words = words.clone();
            scope.spawn("caller", async move |ctx: Context| {
                for n in 0..calls {
                    let word = caller * calls + n;
                    words.call(&ctx, &word, Count { word, steps }).await?;
                }
                Ok(())
            });
        }
        Ok(())
    })
    .await?;
    Ok(begun.elapsed() / u32::try_from(CALLERS * calls)?)
}

#[tenure::main]
async fn main(root: Scope) -> Result {
    let one = root.shards("one", 1, |_| Words::default());
    let eight = root.shards("eight", SHARDS, |_| Words::default());
    println!("a turn of    one owner   {SHARDS} shards   ratio   ({CALLERS} callers, {} cores)", cores());
    let per_micro = steps_per_micro();
    for micros in [0, 1, 5, 50] {
        let (steps, calls) = (per_micro * micros, u64::from(1000 / (micros + 1) + 10));
        let [mut alone, mut apart] = [Duration::MAX; 2];
        for _ in 0..5 {
            alone = alone.min(run(root.ctx(), &one, calls, steps).await?);
            apart = apart.min(run(root.ctx(), &eight, calls, steps).await?);
        }
        let ratio = apart.as_secs_f64() / alone.as_secs_f64();
        println!("{:>9}    {alone:>9.2?}   {apart:>8.2?}   {ratio:>5.2}", format!("{micros} us"));
    }
    let spread: Vec<u64> = eight.iter().map(|shard| shard.stats().accepted).collect();
    println!("calls by shard: {spread:?}");
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
