//! When a batch pays: lines appended to a file that is flushed to the disk before anybody is told, one by one and in batches.
//!
//! `cargo run --release -p tenure --example batch`
#![expect(clippy::print_stdout, reason = "an example shows what it prints")]

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{Batch, HandleAsync, HandleBatch, Turn};

const LINES: u64 = 200;

/// A log whose reply means: it is on the disk.
struct Log {
    file: Option<File>,
    lines: u64,
    flushes: u64,
}

struct Append(String);

impl Request for Append {
    type Reply = Result<u64>;
}

/// The same, one flush for each line.
struct AppendAlone(String);

impl Request for AppendAlone {
    type Reply = Result<u64>;
}

impl Log {
    /// On a thread that may block, owned by the turn.
    async fn write<R: Request>(&mut self, lines: String, turn: &Turn<R>) -> Result<u64> {
        let Some(mut file) = self.file.take() else {
            return Err(tenure::Error::msg("an earlier write failed"));
        };
        let written = turn.ctx().scope("flush", async move |scope| {
            let mut flush = scope.blocking("flush", move |_| {
                file.write_all(lines.as_bytes())?;
                file.sync_data()?;
                Ok(file)
            });
            Ok(flush.join().await?)
        });
        self.file = Some(written.await?);
        self.flushes += 1;
        Ok(self.flushes)
    }
}

impl HandleAsync<AppendAlone> for Log {
    async fn handle(&mut self, AppendAlone(line): AppendAlone, turn: &mut Turn<AppendAlone>) -> Result<u64> {
        self.lines += 1;
        self.write(line, turn).await
    }
}

impl HandleBatch<Append> for Log {
    const BATCH: Batch = Batch { max_items: 64, max_delay: ms(1) };

    async fn handle(&mut self, batch: Vec<(Append, Turn<Append>)>) {
        let mut text = String::new();
        for (Append(line), _) in &batch {
            text += line;
            self.lines += 1;
        }
        let Some((_, first)) = batch.first() else { return };
        let written = self.write(text, first).await;
        for (_, turn) in batch {
            turn.answer(written.clone());
        }
    }
}

/// So many callers at once; how long a line took on average.
async fn run(ctx: &Context, log: &OwnerRef<Log>, callers: u64, alone: bool) -> Result<Duration> {
    let begun = Instant::now();
    let lines = LINES / callers;
    ctx.scope("callers", async |scope| {
        for caller in 0..callers {
            let log = log.clone();
            scope.spawn("caller", async move |ctx: Context| {
                for n in 0..lines {
                    let line = format!("line {n} of caller {caller}\n");
                    if alone {
                        log.call(&ctx, AppendAlone(line)).await??;
                    } else {
                        log.call(&ctx, Append(line)).await??;
                    }
                }
                Ok(())
            });
        }
        Ok(())
    })
    .await?;
    Ok(begun.elapsed() / u32::try_from(lines * callers)?)
}

#[tenure::main]
async fn main(root: Scope) -> Result {
    let path = std::env::temp_dir().join(format!("tenure-batch-{}.log", std::process::id()));
    let file = File::create(&path)?;
    let log = root.own("log", Log { file: Some(file), lines: 0, flushes: 0 });
    println!("callers   one by one   in batches   ratio   lines a flush");
    for callers in [1, 8, 50] {
        let alone = run(root.ctx(), &log, callers, true).await?;
        let before = log.with(root.ctx(), |log| (log.lines, log.flushes)).await?;
        let batched = run(root.ctx(), &log, callers, false).await?;
        let after = log.with(root.ctx(), |log| (log.lines, log.flushes)).await?;
        let ratio = batched.as_secs_f64() / alone.as_secs_f64();
        let (lines, flushes) = (after.0 - before.0, after.1 - before.1);
        println!(
            "{callers:>7}   {alone:>10.1?}   {batched:>10.1?}   {ratio:>5.2}   {:>13.1}",
            per(lines, flushes)
        );
    }
    std::fs::remove_file(&path)?;
    Ok(())
}

fn per(lines: u64, flushes: u64) -> f64 {
    f64::from(u32::try_from(lines).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(flushes).unwrap_or(1).max(1))
}
