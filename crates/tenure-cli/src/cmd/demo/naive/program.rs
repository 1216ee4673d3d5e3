//! What one would write: the owner, its clients, and the planted faults as they happen in such a program.

use super::super::fault::{DEADLOCK_EVERY, Fault, Planted, SLOW_BY};
use super::super::measure::{Answer, Back, FIRST_LIFE, Seat};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// Places in the channel to the owner: as many as a mailbox has, so that both programs queue alike.
pub(super) const CHANNEL_PLACES: usize = 256;

/// What a client sends: what to do, and where the answer goes.
pub(super) struct Ask {
    op: Op,
    reply: oneshot::Sender<Option<u64>>,
}

enum Op {
    Get(u64),
    Put(u64, u64),
}

/// Tasks by how they ended. Tokio has no such account, so each task carries a guard.
#[derive(Debug, Default)]
pub(super) struct Ends {
    pub started: AtomicU64,
    pub normal: AtomicU64,
    pub panicked: AtomicU64,
    pub aborted: AtomicU64,
    /// Requests of one owner to the other, which no client's seat counts.
    pub asked_by_owners: AtomicU64,
}

/// Counts its task's end, however it comes.
struct Guard {
    ends: Arc<Ends>,
    returned: bool,
}

impl Guard {
    fn returns(mut self) {
        self.returned = true;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let end = match self.returned {
            true => &self.ends.normal,
            false if std::thread::panicking() => &self.ends.panicked,
            false => &self.ends.aborted,
        };
        end.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "tasks that nobody owns are what this program shows")]
pub(super) fn spawn(ends: &Arc<Ends>, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    ends.started.fetch_add(1, Ordering::Relaxed);
    let guard = Guard { ends: Arc::clone(ends), returned: false };
    let counted = async move {
        task.await;
        guard.returns();
    };
    tokio::spawn(counted).abort_handle()
}

/// The state owner. Returns when the last sender has gone, which in this program never happens before the process ends.
pub(super) async fn store(
    mut asks: mpsc::Receiver<Ask>,
    planted: Arc<Planted>,
    ends: Arc<Ends>,
    mirror: Option<mpsc::Sender<oneshot::Sender<()>>>,
) {
    let mut map = HashMap::new();
    let mut kept = Vec::new();
    let mut turns: u64 = 0;
    while let Some(Ask { op, reply }) = asks.recv().await {
        turns += 1;
        if planted.take(Fault::Panic) {
            planted.panic();
        }
        if planted.take(Fault::Hang) {
            planted.hang();
        }
        if let Some(mirror) = &mirror
            && planted.is_on()
            && turns.is_multiple_of(DEADLOCK_EVERY)
        {
            let (done, wait) = oneshot::channel();
            ends.asked_by_owners.fetch_add(1, Ordering::Relaxed);
            // It waits for this task, and this task for it.
            if mirror.send(done).await.is_ok() {
                wait.await.ok();
            }
        }
        let value = match op {
            Op::Get(key) => map.get(&key).copied(),
            Op::Put(key, value) => map.insert(key, value),
        };
        match planted.fault() {
            Fault::Silent if planted.is_on() => kept.push(reply),
            Fault::Slow if planted.is_on() => {
                spawn(&ends, answer_late(reply, value));
            }
            // The caller may be gone; this program has nobody to tell.
            _ => {
                reply.send(value).ok();
            }
        }
        if planted.take(Fault::Exit) {
            planted.strikes_now();
            return;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a sleep without an exit path, as one would write it")]
async fn answer_late(reply: oneshot::Sender<Option<u64>>, value: Option<u64>) {
    tokio::time::sleep(SLOW_BY).await;
    reply.send(value).ok();
}

/// The second owner: to answer it asks the first, which waits for it.
pub(super) async fn mirror(
    mut asks: mpsc::Receiver<oneshot::Sender<()>>,
    store: mpsc::Sender<Ask>,
    ends: Arc<Ends>,
) {
    while let Some(done) = asks.recv().await {
        let (reply, wait) = oneshot::channel();
        ends.asked_by_owners.fetch_add(1, Ordering::Relaxed);
        if store.send(Ask { op: Op::Get(0), reply }).await.is_err() || wait.await.is_err() {
            return;
        }
        done.send(()).ok();
    }
}

/// Readers get, writers put, in a loop, without a deadline.
pub(super) async fn client(mut seat: Seat, writes: Writes, keys: u64, store: mpsc::Sender<Ask>) {
    loop {
        let key = fastrand::u64(..keys);
        let op = match writes {
            Writes::No => Op::Get(key),
            Writes::Yes => Op::Put(key, fastrand::u64(..)),
        };
        let (reply, wait) = oneshot::channel();
        seat.asks();
        if store.send(Ask { op, reply }).await.is_err() {
            seat.got_error(Answer::SendError, Back::No, || None);
            return;
        }
        seat.accepted();
        match wait.await {
            Ok(_) => seat.got_value(FIRST_LIFE),
            Err(_) => seat.got_error(Answer::RecvError, Back::No, || None),
        }
    }
}

/// Which kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    No,
    Yes,
}
