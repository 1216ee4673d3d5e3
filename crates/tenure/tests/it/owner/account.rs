//! Planted faults: the checks that end every case can fail (S16b, c, e).

use crate::fixtures::scripted::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tenure::prelude::*;
use tenure::{Account, OwnerStats};

/// The books of an owner that had one request of each outcome.
async fn books(root: &Scope) -> Result<(Account, OwnerStats)> {
    let log = Log::new();
    let owner = root.child(spec("a", Script::new(&log)).capacity(1));
    let ctx = root.ctx();
    owner.call(ctx, Get("")).await?;
    owner.cast(ctx, Get("")).await.expect("it has a place");
    owner.call(ctx, Lose).await.expect_err("it drops the reply");
    let soon = ctx.timeout(ms(1));
    let (busy, late) = tokio::join!(owner.call(ctx, Do("x", vec![Take(5)])), owner.call(&soon, Get("")));
    busy?;
    late.expect_err("its deadline passes in the queue");
    owner.stop(ctx).await?;
    owner.call(ctx, Get("")).await.expect_err("it has ended");
    Ok((root.account(), owner.stats()))
}

type Fault<T> = fn(&mut T);

/// S16b, c: every single number that is off by one is seen.
#[tenure::test(start_paused = true)]
async fn s16c_an_account_with_a_planted_fault_does_not_balance(root: Scope) -> Result {
    let (account, _) = books(&root).await?;
    assert!(account.is_balanced(), "{account:?}");
    let faults: [(&str, Fault<Account>); 16] = [
        ("a task more started", |a| a.started += 1),
        ("a task less ended", |a| a.ended -= 1),
        ("a task more alive", |a| a.live += 1),
        ("an end of no kind", |a| a.ended_by.shutdown -= 1),
        ("an end of two kinds", |a| a.ended_by.failed += 1),
        ("a request more accepted", |a| a.accepted += 1),
        ("a request more answered", |a| a.answered += 1),
        ("a request less answered", |a| a.answered -= 1),
        ("a request queued for ever", |a| a.queued += 1),
        ("a request begun for ever", |a| a.begun += 1),
        ("an answer of no kind", |a| a.answered_by.replied -= 1),
        ("an answer of two kinds", |a| a.answered_by.handled += 1),
        ("a failure of no kind", |a| a.failed_by.unanswered -= 1),
        ("a discard of two kinds", |a| a.discarded_by.died += 1),
        ("a refusal of no kind", |a| a.calls_refused += 1),
        ("more unheard than replied", |a| a.unheard = a.answered_by.replied + 1),
    ];
    for (what, fault) in faults {
        let mut wrong = account;
        fault(&mut wrong);
        assert!(!wrong.is_balanced() && !wrong.is_closed(), "{what}: {wrong:?}");
    }
    Ok(())
}

/// S16e: an account that balances is closed only when nothing is left and nothing leaked.
#[tenure::test(start_paused = true)]
async fn s16e_an_account_with_something_left_balances_and_is_not_closed(root: Scope) -> Result {
    let (mut account, _) = books(&root).await?;
    assert!(!account.is_closed(), "main still runs");
    account.started -= account.live;
    account.live = 0;
    assert!(account.is_closed(), "{account:?}");
    let left: [(&str, Fault<Account>); 4] = [
        ("a task", |a| (a.started, a.live) = (a.started + 1, 1)),
        ("a queued request", |a| (a.accepted, a.queued) = (a.accepted + 1, 1)),
        ("a begun request", |a| (a.accepted, a.begun) = (a.accepted + 1, 1)),
        ("a leaked task", |a| (a.leaked, a.leaked_total) = (1, 1)),
    ];
    for (what, leave) in left {
        let mut open = account;
        leave(&mut open);
        assert!(open.is_balanced() && !open.is_closed(), "{what}: {open:?}");
    }
    Ok(())
}

/// S36d: the check of one owner's sums sees every row.
#[tenure::test(start_paused = true)]
async fn s36d_an_owners_numbers_with_a_planted_fault_do_not_add_up(root: Scope) -> Result {
    let (_, stats) = books(&root).await?;
    sums(&stats);
    let faults: [Fault<OwnerStats>; 12] = [
        |s| s.accepted += 1,
        |s| s.queued += 1,
        |s| s.begun += 1,
        |s| s.replied -= 1,
        |s| s.handled += 1,
        |s| s.failed += 1,
        |s| s.discarded_caller_gone += 1,
        |s| s.discarded_cancelled += 1,
        |s| s.discarded_expired -= 1,
        |s| s.discarded_stopped += 1,
        |s| s.discarded_died += 1,
        |s| s.unheard = s.replied + 1,
    ];
    for (row, fault) in faults.into_iter().enumerate() {
        let mut wrong = stats;
        fault(&mut wrong);
        assert!(catch_unwind(AssertUnwindSafe(|| sums(&wrong))).is_err(), "row {row}: {wrong:?}");
    }
    Ok(())
}
