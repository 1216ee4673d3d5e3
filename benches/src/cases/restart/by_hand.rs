//! A restart by hand: a task joins the owner, starts the next one, and puts its sender where callers look for it.
use super::cases::{Entries, die, sampler};
use crate::bench::Setup;
use crate::cases::ask::client::MAILBOX;
use crate::cases::bare;
use crate::cases::store::key;
use crate::pair::Sampler;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

enum Message {
    Get { key: u64, reply: oneshot::Sender<Option<u64>> },
    Die,
}

pub(super) fn restart(setup: &Setup<'_>) -> Sampler {
    sampler("by-hand", setup, restarts)
}

async fn serve(mut inbox: mpsc::Receiver<Message>, entries: Entries) {
    while let Some(message) = inbox.recv().await {
        match message {
            Message::Get { key, reply } => {
                // A caller that has gone does not want its reply.
                let _gone = reply.send(entries.get(&key).copied());
            }
            Message::Die => die(),
        }
    }
}

async fn restarts(entries: Entries, n: u64) -> Duration {
    let (first, inbox) = mpsc::channel(usize::from(MAILBOX));
    let (current, mut seen) = watch::channel(first);
    let supervisor = bare::spawn(async move {
        let mut inbox = inbox;
        while bare::spawn(serve(inbox, Arc::clone(&entries))).await.is_err() {
            let (next, its_inbox) = mpsc::channel(usize::from(MAILBOX));
            current.send_replace(next);
            inbox = its_inbox;
        }
    });
    let start = Instant::now();
    for i in 0..n {
        let requests = seen.borrow().clone();
        requests.send(Message::Die).await.expect("the one that answered last still lives");
        while let Err(Dead) = get(&mut seen, key(i)).await {
            seen.changed().await.expect("its supervisor outlives the batch");
        }
    }
    let took = start.elapsed();
    supervisor.abort();
    took
}

/// The owner a request was sent to has died.
struct Dead;

async fn get(seen: &mut watch::Receiver<mpsc::Sender<Message>>, key: u64) -> Result<(), Dead> {
    let requests = seen.borrow_and_update().clone();
    let (reply, answer) = oneshot::channel();
    requests.send(Message::Get { key, reply }).await.map_err(|_| Dead)?;
    black_box(answer.await.map_err(|_| Dead)?);
    Ok(())
}
