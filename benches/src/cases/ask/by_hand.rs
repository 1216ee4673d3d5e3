//! What people write by hand: a task behind a channel, and mutexes.
//!
//! What a channel and Tokio's mutex do by themselves, giving up the thread after a bounded number of ready operations, the
//! blocking mutex is given by hand: a loop of calls that never yields starves the runtime, and would win the table by it.
use super::client::{Bare, Client, MAILBOX};
use crate::bench::Setup;
use crate::cases::bare;
use crate::cases::store::Store;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::coop::consume_budget;
use tokio::task::yield_now;

type Reply = oneshot::Sender<Option<u64>>;

enum Ask {
    Get(u64, Reply),
    Put(u64, u64, Reply),
}

#[derive(Clone)]
pub(super) struct Channel(mpsc::Sender<Ask>);

impl Channel {
    async fn ask(&self, ask: impl FnOnce(Reply) -> Ask) -> Option<u64> {
        let (reply, answer) = oneshot::channel();
        self.0.send(ask(reply)).await.expect("the owner lives as long as its senders");
        answer.await.expect("the owner answers all")
    }
}

impl Client for Channel {
    async fn get(&self, key: u64) -> Option<u64> {
        self.ask(|reply| Ask::Get(key, reply)).await
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.ask(|reply| Ask::Put(key, value, reply)).await
    }
}

fn turn(store: &mut Store, ask: Ask) {
    // A caller that has gone does not want its reply.
    let _gone = match ask {
        Ask::Get(key, reply) => reply.send(store.get(key)),
        Ask::Put(key, value, reply) => reply.send(store.put(key, value)),
    };
}

pub(super) fn channel(setup: &Setup<'_>) -> Bare<Channel> {
    let (requests, mut inbox) = mpsc::channel(usize::from(MAILBOX));
    let mut store = Store::new(setup.more);
    bare::spawn(async move {
        while let Some(ask) = inbox.recv().await {
            turn(&mut store, ask);
        }
    });
    Bare { case: "mpsc-oneshot", client: Channel(requests) }
}

/// The same, whose turns yield once.
pub(super) fn channel_that_yields(setup: &Setup<'_>) -> Bare<Channel> {
    let (requests, mut inbox) = mpsc::channel(usize::from(MAILBOX));
    let mut store = Store::new(setup.more);
    bare::spawn(async move {
        while let Some(ask) = inbox.recv().await {
            yield_now().await;
            turn(&mut store, ask);
        }
    });
    Bare { case: "mpsc-oneshot", client: Channel(requests) }
}

#[derive(Clone)]
pub(super) struct Blocking(Arc<parking_lot::Mutex<Store>>);

impl Client for Blocking {
    async fn get(&self, key: u64) -> Option<u64> {
        consume_budget().await;
        self.0.lock().get(key)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        consume_budget().await;
        self.0.lock().put(key, value)
    }
}

pub(super) fn parking_lot(setup: &Setup<'_>) -> Bare<Blocking> {
    let store = Arc::new(parking_lot::Mutex::new(Store::new(setup.more)));
    Bare { case: "parking_lot", client: Blocking(store) }
}

#[derive(Clone)]
pub(super) struct Waiting(Arc<Mutex<Store>>);

impl Client for Waiting {
    async fn get(&self, key: u64) -> Option<u64> {
        self.0.lock().await.get(key)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.0.lock().await.put(key, value)
    }
}

pub(super) fn tokio_mutex(setup: &Setup<'_>) -> Bare<Waiting> {
    let store = Arc::new(Mutex::new(Store::new(setup.more)));
    Bare { case: "tokio-mutex", client: Waiting(store) }
}

/// The same, held over a yield.
#[derive(Clone)]
pub(super) struct Yielding(Arc<Mutex<Store>>);

impl Client for Yielding {
    async fn get(&self, key: u64) -> Option<u64> {
        let store = self.0.lock().await;
        yield_now().await;
        store.get(key)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        let mut store = self.0.lock().await;
        yield_now().await;
        store.put(key, value)
    }
}

pub(super) fn tokio_mutex_that_yields(setup: &Setup<'_>) -> Bare<Yielding> {
    let store = Arc::new(Mutex::new(Store::new(setup.more)));
    Bare { case: "tokio-mutex", client: Yielding(store) }
}
