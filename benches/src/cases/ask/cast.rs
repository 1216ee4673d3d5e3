//! Requests without a reply: to an owner that has nothing else to do, and to one that is in a turn.
//!
//! A sample is a few hundred requests, fewer than the mailbox has places, so none is refused. An idle owner's are counted to
//! the end of the last turn: what the sender does not do, somebody else does. A busy owner's are counted until they are in
//! the mailbox.
use super::client::MAILBOX;
use crate::bench::{Build, Setup};
use crate::cases::bare;
use crate::cases::ours::cast as ours;
use crate::cases::store::{Store, key};
use crate::pair::{Sampler, timed};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot};

pub(crate) const IDLE: &[(&str, Build)] =
    &[("mpsc-try-send", to_idle), ("tenure", ours::to_idle), ("tenure-try-cast", ours::tried)];
pub(crate) const BUSY: &[(&str, Build)] = &[("mpsc-try-send", to_busy), ("tenure", ours::to_busy)];

/// Requests of one go.
pub(crate) const CASTS: u16 = 500;
const _: () = assert!(CASTS < MAILBOX, "a cast that is refused costs something else");

enum Ask {
    Put(u64, u64),
    /// Says when all before it have been done.
    Sync(oneshot::Sender<()>),
    /// A turn that lasts until it is told to end; says when it has begun.
    Hold(oneshot::Sender<()>, Arc<Notify>),
}

fn owner() -> mpsc::Sender<Ask> {
    let (requests, mut inbox) = mpsc::channel(usize::from(MAILBOX));
    bare::spawn(async move {
        let mut store = Store::new(0);
        while let Some(ask) = inbox.recv().await {
            match ask {
                Ask::Put(key, value) => {
                    black_box(store.put(key, value));
                }
                Ask::Sync(done) => {
                    let _gone = done.send(());
                }
                Ask::Hold(begun, end) => {
                    let _gone = begun.send(());
                    end.notified().await;
                }
            }
        }
    });
    requests
}

fn cast_all(requests: &mpsc::Sender<Ask>) {
    for (key, value) in puts() {
        let sent = requests.try_send(Ask::Put(key, value));
        assert!(sent.is_ok(), "there is a place for each");
    }
}

async fn sync(requests: &mpsc::Sender<Ask>) {
    let (done, is_done) = oneshot::channel();
    let sent = requests.send(Ask::Sync(done)).await;
    assert!(sent.is_ok(), "the owner lives as long as its senders");
    is_done.await.expect("the owner answers all");
}

fn to_idle(setup: &Setup<'_>) -> Sampler {
    let requests = owner();
    timed(setup.effort.batch, u64::from(CASTS), move |n| {
        let requests = requests.clone();
        bare::clocked("mpsc-try-send", async move {
            for _ in 0..n {
                cast_all(&requests);
                sync(&requests).await;
            }
        })
    })
}

fn to_busy(setup: &Setup<'_>) -> Sampler {
    let requests = owner();
    timed(setup.effort.batch, u64::from(CASTS), move |n| {
        let requests = requests.clone();
        bare::timed_inside("mpsc-try-send", async move {
            let mut took = Duration::ZERO;
            for _ in 0..n {
                let ((begun, has_begun), end) = (oneshot::channel(), Arc::new(Notify::new()));
                let sent = requests.send(Ask::Hold(begun, Arc::clone(&end))).await;
                assert!(sent.is_ok(), "the owner lives as long as its senders");
                has_begun.await.expect("the owner answers all");
                let start = Instant::now();
                cast_all(&requests);
                took += start.elapsed();
                end.notify_one();
                sync(&requests).await;
            }
            took
        })
    })
}

/// The keys of one go.
pub(crate) fn puts() -> impl Iterator<Item = (u64, u64)> {
    (0..u64::from(CASTS)).map(|i| (key(i), i))
}
