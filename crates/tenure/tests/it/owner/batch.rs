//! Several requests in one turn (S52).

use crate::fixtures::scripted::*;
use std::pin::pin;
use tenure::prelude::*;
use tenure::{Batch, ChildSpec, ExitReason, HandleBatch, Restart, Turn};

/// Notes each batch.
struct Disk {
    log: Log,
    /// Panics after the first answer of a batch that holds this one.
    bomb: Option<u32>,
    takes: u64,
}

impl Disk {
    fn new(log: &Log) -> Self {
        Self { log: log.clone(), bomb: None, takes: 0 }
    }
}

#[derive(Clone, Debug)]
struct Append(u32);

impl Request for Append {
    type Reply = u32;
}

impl HandleBatch<Append> for Disk {
    const BATCH: Batch = Batch { max_items: 3, max_delay: ms(10) };

    async fn handle(&mut self, batch: Vec<(Append, Turn<Append>)>) {
        let numbers: Vec<_> = batch.iter().map(|(Append(number), _)| *number).collect();
        self.log.note(format!("{numbers:?}"));
        pass(self.takes).await;
        for (Append(number), turn) in batch {
            turn.answer(number * 10);
            assert!(!self.bomb.is_some_and(|bomb| numbers.contains(&bomb)), "planted");
        }
    }
}

fn disk(root: &Scope, log: &Log) -> OwnerRef<Disk> {
    root.child(ChildSpec::own("disk", Disk::new(log)).restart(Restart::Temporary))
}

/// Nothing is left of it, and its sums are right.
async fn over(root: &Scope, disk: &OwnerRef<Disk>) -> Result {
    disk.request_stop();
    settle().await;
    sums(&disk.stats());
    crate::fixtures::ends_clean(root).await;
    Ok(())
}

/// S52.
#[tenure::test(start_paused = true)]
async fn ow_39_a_batch_begins_when_it_is_full_or_its_first_has_waited(root: Scope) -> Result {
    let log = Log::new();
    let disk = disk(&root, &log);
    let ctx = root.ctx();
    let (a, b, c, d, e) = tokio::join!(
        disk.call(ctx, Append(1)),
        disk.call(ctx, Append(2)),
        disk.call(ctx, Append(3)),
        disk.call(ctx, Append(4)),
        disk.call(ctx, Append(5)),
    );
    assert_eq!([a?, b?, c?, d?, e?], [10, 20, 30, 40, 50], "each has its own reply");
    log.expect(&[(0, "[1, 2, 3]"), (10, "[4, 5]")]);
    over(&root, &disk).await
}

/// S52, S34.
#[tenure::test(start_paused = true)]
async fn ow_40_who_has_gone_before_the_batch_begins_is_not_in_it(root: Scope) -> Result {
    let log = Log::new();
    let disk = disk(&root, &log);
    let ctx = root.ctx();
    let ends_soon = ctx.timeout(ms(3));
    let (first, gone, expired, last) = tokio::join!(
        disk.call(ctx, Append(1)),
        async {
            let mut call = pin!(disk.call(ctx, Append(2)));
            assert!(crate::fixtures::poll_once(call.as_mut()).await.is_pending());
        }, // and is dropped
        disk.call(&ends_soon, Append(3)),
        async {
            pass(5).await;
            disk.call(ctx, Append(4)).await
        },
    );
    let () = gone;
    assert!(matches!(expired.expect_err("it was late").kind, CallErrorKind::DeadlineExceeded { .. }));
    assert_eq!((first?, last?), (10, 40));
    log.expect(&[(10, "[1, 4]")]);
    let stats = disk.stats();
    assert_eq!((stats.replied, stats.discarded_caller_gone, stats.discarded_expired), (2, 1, 1));
    over(&root, &disk).await
}

/// S52.
#[tenure::test(start_paused = true)]
async fn ow_41_a_panic_answers_every_turn_of_the_batch_that_was_not_answered(root: Scope) -> Result {
    let log = Log::new();
    let disk = disk(&root, &log);
    let ctx = root.ctx();
    disk.with(ctx, |disk| disk.bomb = Some(2)).await?;
    let (a, b, c) =
        tokio::join!(disk.call(ctx, Append(1)), disk.call(ctx, Append(2)), disk.call(ctx, Append(3)),);
    log.expect(&[(0, "[1, 2, 3]")]); // full, though no fourth came
    assert_eq!(a?, 10);
    for error in [b.expect_err("it panicked"), c.expect_err("it panicked")] {
        assert!(
            matches!(&error.kind, CallErrorKind::Panicked { message, .. } if message == "planted"),
            "{error:?}"
        );
    }
    assert!(matches!(disk.stop(ctx).await?.reason, ExitReason::Panicked(_)));
    let stats = disk.stats();
    assert_eq!((stats.replied, stats.failed), (2, 2), "the closure's, and one of the batch");
    over(&root, &disk).await
}

/// S52: consecutive in the queue, and of one type.
#[tenure::test(start_paused = true)]
async fn s52_a_request_of_another_kind_ends_the_wait_and_keeps_its_place(root: Scope) -> Result {
    let log = Log::new();
    let disk = disk(&root, &log);
    let ctx = root.ctx();
    let (a, between, b) = tokio::join!(
        disk.call(ctx, Append(1)),
        disk.with(ctx, |disk| disk.log.note("between")),
        disk.call(ctx, Append(2)),
    );
    between?;
    assert_eq!((a?, b?), (10, 20));
    log.expect(&[(0, "[1]"), (0, "between"), (10, "[2]")]);

    let (c, between) = tokio::join!(disk.call(ctx, Append(3)), async {
        pass(4).await; // it waits for more by now
        disk.with(ctx, |disk| disk.log.note("between")).await
    });
    between?;
    assert_eq!(c?, 30);
    log.expect(&[(0, "[1]"), (0, "between"), (10, "[2]"), (14, "[3]"), (14, "between")]);
    over(&root, &disk).await
}

/// S52: a stop request ends the wait at once, and what is queued is served (S38b).
#[tenure::test(start_paused = true)]
async fn s52_a_stop_ends_the_wait_for_more(root: Scope) -> Result {
    let log = Log::new();
    let disk = disk(&root, &log);
    let ctx = root.ctx();
    let (a, stopped) = tokio::join!(disk.call(ctx, Append(1)), async {
        pass(4).await;
        disk.stop(ctx).await
    });
    assert_eq!(a?, 10);
    assert!(stopped?.reason.is_expected());
    log.expect(&[(4, "[1]")]);
    over(&root, &disk).await
}

/// S52: the delay counts from the first of the batch, also while the owner is busy with another.
#[tenure::test(start_paused = true)]
async fn s52_what_has_waited_for_its_turn_waits_no_more_for_others(root: Scope) -> Result {
    let log = Log::new();
    let disk = disk(&root, &log);
    let ctx = root.ctx();
    disk.with(ctx, |disk| disk.takes = 30).await?;
    let (a, b) = tokio::join!(disk.call(ctx, Append(1)), async {
        pass(15).await;
        disk.cast(ctx, Append(2)).await?; // casts may be in a batch, too
        disk.cast_with(ctx, Append(3)).await?;
        disk.call(ctx, Append(4)).await
    });
    assert_eq!((a?, b?), (10, 40));
    log.expect(&[(10, "[1]"), (40, "[2, 3, 4]")]);
    assert_eq!(disk.stats().handled, 2);
    over(&root, &disk).await
}

/// O2: casts whose batch is dropped by force are counted, like the calls in it.
#[tenure::test(start_paused = true)]
async fn s52_a_batch_that_is_cut_down_leaves_nobody_without_an_outcome(root: Scope) -> Result {
    let log = Log::new();
    let spec = ChildSpec::own("disk", Disk::new(&log)).restart(Restart::Temporary);
    let disk = root.child(spec.shutdown(tenure::Shutdown::Brutal));
    let ctx = root.ctx();
    disk.with(ctx, |disk| disk.takes = 1_000).await?;
    disk.cast(ctx, Append(1)).await?;
    disk.cast(ctx, Append(2)).await?;
    let (answer, stopped) = tokio::join!(disk.call(ctx, Append(3)), async {
        pass(20).await;
        disk.stop(ctx).await
    });
    assert!(matches!(answer.expect_err("it was aborted").kind, CallErrorKind::Died { .. }));
    assert!(matches!(stopped?.reason, ExitReason::Aborted(_)));
    let stats = disk.stats();
    assert_eq!((stats.failed, stats.begun, stats.queued), (3, 0, 0), "{stats:?}");
    over(&root, &disk).await
}
