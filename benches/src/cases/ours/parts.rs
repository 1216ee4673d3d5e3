//! One state in parts, and several requests in one turn.
use super::ask::{InScope, in_scope};
use crate::bench::Setup;
use crate::cases::ask::client::{Client, MAILBOX};
use crate::cases::store::{Get, Put, Store, key};
use std::time::Duration;
use tenure::prelude::*;
use tenure::{Batch, ChildSpec, HandleAsync, HandleBatch, Shards, Turn};

const ANSWERED: &str = "the owner lives as long as the bench, and answers all";
/// As many as a batch may have.
pub(crate) const BATCH: u32 = 64;
/// Keys that a commit looks up: about 2 us, as a write into the system's cache takes.
const COMMIT: u32 = 80;

/// A store in parts, asked by the part's owner.
pub(crate) struct Parts {
    parts: Shards<Store>,
    // tenure: allow(TN105) a client lives in the task its context is of
    ctx: Context,
}

impl Client for Parts {
    async fn get(&self, key: u64) -> Option<u64> {
        self.parts.call(&self.ctx, &key, Get(key)).await.expect(ANSWERED)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.parts.call(&self.ctx, &key, Put(key, value)).await.expect(ANSWERED)
    }
}

pub(crate) fn parts(setup: &Setup<'_>, n: u32) -> InScope<Parts> {
    let more = setup.more;
    let parts = setup.root.shards(&format!("parts-{n}"), n, move |_| Store::new(more));
    in_scope(setup, move |ctx| Parts { parts: parts.clone(), ctx })
}

/// A store that commits: what a turn costs beside its requests.
pub(crate) struct Committing {
    store: Store,
    commit: Store,
}

/// A get whose turn commits alone.
struct Alone(u64);

/// A get whose turn has others, and commits for all.
struct Among(u64);

impl Request for Alone {
    type Reply = Option<u64>;
}

impl Request for Among {
    type Reply = Option<u64>;
}

impl HandleAsync<Alone> for Committing {
    async fn handle(&mut self, Alone(asked): Alone, _turn: &mut Turn<Alone>) -> Option<u64> {
        self.commit.get(key(asked));
        self.store.get(asked)
    }
}

impl HandleBatch<Among> for Committing {
    const BATCH: Batch = Batch { max_items: BATCH, max_delay: Duration::ZERO };

    async fn handle(&mut self, batch: Vec<(Among, Turn<Among>)>) {
        self.commit.get(0);
        for (Among(asked), turn) in batch {
            turn.answer(self.store.get(asked));
        }
    }
}

/// Asks for a turn of its own, or for one in a batch.
pub(crate) struct Commits<const AMONG: bool> {
    store: OwnerRef<Committing>,
    // tenure: allow(TN105) a client lives in the task its context is of
    ctx: Context,
}

impl<const AMONG: bool> Client for Commits<AMONG> {
    async fn get(&self, key: u64) -> Option<u64> {
        if AMONG {
            self.store.call(&self.ctx, Among(key)).await.expect(ANSWERED)
        } else {
            self.store.call(&self.ctx, Alone(key)).await.expect(ANSWERED)
        }
    }

    async fn put(&self, key: u64, _value: u64) -> Option<u64> {
        self.get(key).await
    }
}

pub(crate) fn commits<const AMONG: bool>(setup: &Setup<'_>) -> InScope<Commits<AMONG>> {
    let store = Committing { store: Store::new(0), commit: Store::new(COMMIT) };
    let spec = ChildSpec::own(if AMONG { "in-batches" } else { "one-by-one" }, store);
    let store = setup.root.child(spec.capacity(u32::from(MAILBOX)));
    in_scope(setup, move |ctx| Commits { store: store.clone(), ctx })
}
