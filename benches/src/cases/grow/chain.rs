//! A call to the head of a chain of owners, each of which waits for the next: before it blocks it walks along the chain, to
//! see whether it would close a ring.
use crate::bench::{Build, Setup};
use crate::cases::end::waiting::{among, until_all_wait, waits};
use crate::cases::ours::root::{finished, in_root};
use crate::pair::Sampler;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use tenure::prelude::*;
use tenure::{HandleAsync, Turn};
use tokio::sync::Notify;

pub(crate) const CHECK: &[(&str, Build)] = &[("tenure", check)];

/// Tasks that are alive meanwhile: the walk must not depend on them.
const OTHERS: u32 = 100_000;
/// The same in a quick run.
const OTHERS_QUICK: u32 = 2_000;
const CALLS: u32 = 2_000;

/// A member of the chain.
struct Link {
    next: Option<OwnerRef<Link>>,
    end: Arc<Notify>,
}

struct Pass;
impl Request for Pass {
    type Reply = ();
}

impl HandleAsync<Pass> for Link {
    async fn handle(&mut self, Pass: Pass, turn: &mut Turn<Pass>) {
        let Some(next) = &self.next else {
            waits();
            // At the end of the run it does not matter which of the two it was.
            let _let_go = turn.ctx().select(self.end.notified()).await;
            return;
        };
        // tenure: allow(TN107) the next of the chain is another owner of the same type
        next.call(turn.ctx(), Pass).await.expect("the last of the chain answers at the end");
    }
}

/// Nanoseconds of a call that is queued behind so many waits, and withdrawn.
fn check(setup: &Setup<'_>) -> Sampler {
    let others = if setup.effort.quick { OTHERS_QUICK } else { OTHERS };
    among(setup.tasks, u64::from(CALLS), move |links| async move {
        in_root(async |root: &Scope| {
            for _ in 0..others {
                drop(root.spawn("other", async |ctx| {
                    waits();
                    ctx.draining().await;
                    Ok(())
                }));
            }
            let end = Arc::new(Notify::new());
            let link = |next| Link { next, end: Arc::clone(&end) };
            let last = root.own("link", link(None));
            let head = (1..links).fold(last, |next, _| root.own("link", link(Some(next))));
            let to_head = head.clone();
            let mut first = root.spawn("first", async move |ctx| Ok(to_head.call(&ctx, Pass).await?));
            until_all_wait(others + 1).await;
            let calls = root.spawn("calls", async move |ctx| {
                let start = Instant::now();
                poll_fn(|cx| {
                    for _ in 0..CALLS {
                        assert!(pin!(head.call(&ctx, Pass)).poll(cx).is_pending(), "its head is in a turn");
                    }
                    Poll::Ready(())
                })
                .await;
                Ok(start.elapsed())
            });
            let took = finished(calls).await;
            end.notify_one();
            first.join().await.expect("a chain that is let go answers");
            took
        })
        .await?
    })
}
