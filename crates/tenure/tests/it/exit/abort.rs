//! Rung 3: the future is dropped (S11).

use crate::fixtures::{Flag, ends_clean, ignores, poll_once, reason_of, settle};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll};
use tenure::prelude::*;
use tenure::{Cause, EventKind, ExitReason, Stop, TaskHandle};

/// Counts its polls, and is never ready.
struct Idle {
    polls: Arc<AtomicU32>,
    _held: crate::fixtures::SetOnDrop,
}

impl Future for Idle {
    type Output = Result;

    fn poll(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Result> {
        self.polls.fetch_add(1, SeqCst);
        Poll::Pending
    }
}

/// S11a, d.
#[tenure::test(start_paused = true)]
async fn ex_02_an_aborted_idle_task_is_not_polled_again_and_has_been_dropped_when_join_resolves(
    root: Scope,
) -> Result {
    let (polls, dropped) = (Arc::new(AtomicU32::new(0)), Flag::default());
    let idle = Idle { polls: Arc::clone(&polls), _held: dropped.on_drop() };
    let mut task = root.spawn("idle", |_| idle);
    settle().await;
    assert_eq!(polls.load(SeqCst), 1);

    task.abort();
    // It returns at once; the future is dropped later, on a thread of the runtime.
    assert!(!dropped.is_set() && !task.is_ended());
    assert!(poll_once(pin!(task.join())).await.is_pending());

    assert!(matches!(reason_of(&mut task).await, ExitReason::Aborted(Cause::Explicit(_))));
    assert!(dropped.is_set());
    assert_eq!(polls.load(SeqCst), 1);
    ends_clean(&root).await;
    Ok(())
}

/// S11a.
#[tenure::test(start_paused = true)]
async fn ex_03_a_value_returned_in_the_poll_of_the_abort_wins(root: Scope) -> Result {
    let itself: Arc<Mutex<Option<TaskHandle<u64>>>> = Arc::default();
    let handle = root.spawn("suicidal", {
        let itself = Arc::clone(&itself);
        async move |_ctx| {
            itself.lock().unwrap().as_ref().expect("it was put there before the first poll").abort();
            Ok(7)
        }
    });
    *itself.lock().unwrap() = Some(handle);
    settle().await;

    let mut handle = itself.lock().unwrap().take().expect("nobody else takes it");
    assert_eq!(handle.join().await?, 7);
    assert_eq!(root.account().ended_by.normal, 1);
    ends_clean(&root).await;
    Ok(())
}

/// S11c.
#[tenure::test(start_paused = true)]
async fn ex_04_a_destructor_that_panics_does_not_stop_the_abort_of_the_others(root: Scope) -> Result {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the destructor");
        }
    }
    let scope = root.ctx().open_scope("scope", Stop { cancel: ms(0), ..Stop::REQUEST });
    let mut tasks = Vec::new();
    for held in [None, Some(Panics), None] {
        tasks.push(scope.spawn("task", async move |_| {
            let _held = held;
            ignores().await
        }));
    }
    settle().await;

    scope.cancel("now"); // a cancel rung of no length: this is the abort
    let report = scope.join().await;

    let mut reasons = Vec::new();
    for task in &mut tasks {
        reasons.push(reason_of(task).await.name());
    }
    assert_eq!(reasons, ["aborted", "panicked", "aborted"]);
    assert_eq!((report.account.started, report.account.ended, report.leaked.len()), (3, 3, 0));
    ends_clean(&root).await;
    Ok(())
}

/// S11e.
#[tenure::test(start_paused = true)]
async fn ex_05_a_task_aborted_before_its_first_poll_is_started_ended_and_never_polled(root: Scope) -> Result {
    let (polls, dropped) = (Arc::new(AtomicU32::new(0)), Flag::default());
    let idle = Idle { polls: Arc::clone(&polls), _held: dropped.on_drop() };
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let mut task = scope.spawn("idle", |_| idle);

    task.abort();

    assert!(matches!(reason_of(&mut task).await, ExitReason::Aborted(_)));
    let account = scope.join().await.account;
    assert_eq!((account.started, account.ended, account.ended_by.aborted), (1, 1, 1));
    assert_eq!(polls.load(SeqCst), 0);
    assert!(dropped.is_set());
    ends_clean(&root).await;
    Ok(())
}

/// S11c.
#[tenure::test(start_paused = true)]
async fn ex_28_a_second_panic_in_the_drop_after_a_panic_in_a_poll_is_secondary(root: Scope) -> Result {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("the second");
        }
    }
    struct Twice(Panics);
    impl Future for Twice {
        type Output = Result;
        fn poll(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Result> {
            let Self(_held) = &*self;
            panic!("the first")
        }
    }
    let mut events = root.events();
    let scope = root.ctx().open_scope("scope", Stop::REQUEST);
    let mut task = scope.spawn("twice", |_| Twice(Panics));

    let reason = reason_of(&mut task).await;
    drop(scope.join().await);

    let ExitReason::Panicked(panic) = reason else { panic!("{reason}") };
    assert_eq!(panic.message, "the first");
    let (events, _) = events.read();
    let secondary: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::SecondaryPanic { message, .. } => Some((event.path.as_str(), message.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(secondary, [("app/scope/twice", "the second")]);
    ends_clean(&root).await;
    Ok(())
}

/// S11f; that it is there in a build whose panics abort is shown with a process of its own.
#[tenure::test(start_paused = true)]
async fn ex_27_a_build_whose_panics_unwind_has_no_event_of_it(root: Scope) -> Result {
    let (events, _) = root.events().read();
    assert!(events.iter().all(|event| event.kind != EventKind::PanicAbort));
    ends_clean(&root).await;
    Ok(())
}
