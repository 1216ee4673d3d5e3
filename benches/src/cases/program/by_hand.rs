//! The program on plain Tokio: a channel to the owner, a oneshot for each reply, and two ways to end.
use super::process::{KEYS, READERS, REPLY_MAX, WRITERS, runs};
use crate::cases::ask::client::MAILBOX;
use crate::cases::bare;
use crate::error::BenchError;
use std::collections::HashMap;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

struct Ask {
    op: Op,
    reply: oneshot::Sender<Option<u64>>,
}

enum Op {
    Get(u64),
    Put(u64, u64),
}

/// Ends when its last client has gone: all that was asked is answered.
async fn serve(mut asks: mpsc::Receiver<Ask>) {
    let mut store = HashMap::new();
    while let Some(Ask { op, reply }) = asks.recv().await {
        let value = match op {
            Op::Get(key) => store.get(&key).copied(),
            Op::Put(key, value) => store.insert(key, value),
        };
        // A client that has gone does not want its reply.
        let _gone = reply.send(value);
    }
}

/// Ends when it is asked to, or when nobody answers any more.
async fn client(id: u64, store: mpsc::Sender<Ask>, token: CancellationToken) -> Option<()> {
    let key = id % KEYS;
    while !token.is_cancelled() {
        let op = if id < READERS { Op::Get(key) } else { Op::Put(key, id) };
        let (reply, answer) = oneshot::channel();
        let asked = async {
            store.send(Ask { op, reply }).await.ok()?;
            answer.await.ok()
        };
        timeout(REPLY_MAX, asked).await.ok()??;
    }
    Some(())
}

/// Asks the clients to stop, waits for them, and then for the owner.
pub(crate) async fn run() -> Result<(), BenchError> {
    let mut term = signal(SignalKind::terminate())?;
    let (store, asks) = mpsc::channel(usize::from(MAILBOX));
    let owner = bare::spawn(serve(asks));
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for id in 0..READERS + WRITERS {
        tracker.spawn(client(id, store.clone(), token.clone()));
    }
    drop(store);
    runs()?;
    term.recv().await;
    token.cancel();
    tracker.close();
    tracker.wait().await;
    owner.await.map_err(|e| BenchError::Batch { case: "by-hand".to_owned(), why: e.to_string() })
}

/// Returns at the signal: the runtime drops the rest where it stands.
pub(crate) async fn run_naive() -> Result<(), BenchError> {
    let mut term = signal(SignalKind::terminate())?;
    let (store, asks) = mpsc::channel(usize::from(MAILBOX));
    bare::spawn(serve(asks));
    for id in 0..READERS + WRITERS {
        bare::spawn(client(id, store.clone(), CancellationToken::new()));
    }
    runs()?;
    term.recv().await;
    Ok(())
}
