//! The account of tasks (S16).

use crate::fixtures::{ends_clean, ignores, settle};
use tenure::prelude::*;
use tenure::{Stop, TaskError};

/// S16b, f.
#[tenure::test(start_paused = true)]
async fn ex_16_every_started_task_has_one_reason_and_the_refused_are_in_neither_side(root: Scope) -> Result {
    let mut refused = 0;
    for _ in 0..20 {
        // A scope each: a failure cancels its siblings.
        let open = |name| root.ctx().open_scope(name, Stop::REQUEST);
        let (normal, fails, panics, aborted, closed) =
            (open("normal"), open("fails"), open("panics"), open("aborted"), open("closed"));
        normal.spawn("task", async |_| Ok(()));
        fails.spawn("task", async |_| Err::<(), _>(Error::msg("E")));
        panics.spawn("task", async |_| -> Result { panic!("boom") });
        aborted.spawn("task", async |_| ignores().await).abort();
        closed.cancel("closed");
        let mut handle = closed.spawn("task", async |_| Ok(()));
        refused += u64::from(matches!(handle.join().await, Err(TaskError::Refused { .. })));
        settle().await;
        for scope in [normal, fails, panics, aborted, closed] {
            drop(scope.join().await);
        }
    }

    let account = root.account();
    assert_eq!((account.started, account.ended, account.live), (81, 80, 1)); // main lives
    let by = account.ended_by;
    assert_eq!((by.normal, by.failed, by.panicked, by.aborted, by.sum()), (20, 20, 20, 20, 80));
    assert_eq!((account.spawns_refused, refused), (20, 20));
    ends_clean(&root).await;
    Ok(())
}
