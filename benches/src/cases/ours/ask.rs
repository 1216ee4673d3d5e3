//! Requests to a state owner.
use super::root::{finished, join};
use crate::bench::Setup;
use crate::cases::ask::client::{Batch, Client, MAILBOX, REPLY_MAX, Team};
use crate::cases::store::{Get, Put, Store, key};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{Batch as Batches, ChildSpec, Handle, HandleAsync, HandleBatch, Shards, Spawner, Turn};
use tokio::task::yield_now;

impl Request for Get {
    type Reply = Option<u64>;
}

impl Request for Put {
    type Reply = Option<u64>;
}

impl Handle<Get> for Store {
    fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        self.get(key)
    }
}

impl Handle<Put> for Store {
    fn handle(&mut self, Put(key, value): Put, _turn: &mut Turn<Put>) -> Option<u64> {
        self.put(key, value)
    }
}

/// A store whose turns yield once.
pub(crate) struct Yielding(Store);

impl HandleAsync<Get> for Yielding {
    async fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        yield_now().await;
        self.0.get(key)
    }
}

impl HandleAsync<Put> for Yielding {
    async fn handle(&mut self, Put(key, value): Put, _turn: &mut Turn<Put>) -> Option<u64> {
        yield_now().await;
        self.0.put(key, value)
    }
}

const ANSWERED: &str = "the owner lives as long as the bench, and answers all";

/// `call` with a typed request.
pub(crate) struct Typed<S> {
    store: OwnerRef<S>,
    // tenure: allow(TN105) a client lives in the task its context is of
    ctx: Context,
}

impl Client for Typed<Store> {
    async fn get(&self, key: u64) -> Option<u64> {
        self.store.call(&self.ctx, Get(key)).await.expect(ANSWERED)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.store.call(&self.ctx, Put(key, value)).await.expect(ANSWERED)
    }
}

impl Client for Typed<Yielding> {
    async fn get(&self, key: u64) -> Option<u64> {
        self.store.call(&self.ctx, Get(key)).await.expect(ANSWERED)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.store.call(&self.ctx, Put(key, value)).await.expect(ANSWERED)
    }
}

/// `with` a closure.
pub(crate) struct ByClosure {
    store: OwnerRef<Store>,
    // tenure: allow(TN105) a client lives in the task its context is of
    ctx: Context,
}

impl Client for ByClosure {
    async fn get(&self, key: u64) -> Option<u64> {
        self.store.with(&self.ctx, move |s| s.get(key)).await.expect(ANSWERED)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.store.with(&self.ctx, move |s| s.put(key, value)).await.expect(ANSWERED)
    }
}

/// `call` under a context that is given a timeout for each, as the article's program does.
pub(crate) struct TimeoutEach {
    store: OwnerRef<Store>,
    // tenure: allow(TN105) a client lives in the task its context is of
    ctx: Context,
}

impl Client for TimeoutEach {
    async fn get(&self, key: u64) -> Option<u64> {
        self.store.call(&self.ctx.timeout(REPLY_MAX), Get(key)).await.expect(ANSWERED)
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.store.call(&self.ctx.timeout(REPLY_MAX), Put(key, value)).await.expect(ANSWERED)
    }
}

/// Clients that are tasks of a request scope; `client(ctx)` is what such a task has in hand.
pub(crate) struct InScope<C> {
    spawner: Spawner,
    client: Arc<dyn Fn(Context) -> C + Send + Sync>,
}

impl<C: Client> Team for InScope<C> {
    type Client = C;

    fn run<J, Fut>(&self, clients: u32, job: J) -> Batch
    where
        J: Fn(C, u32) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let client = Arc::clone(&self.client);
        let batch = self.spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            ctx.scope("clients", async |s| {
                let one = |number| {
                    s.spawn("client", |ctx| {
                        let done = job(client(ctx), number);
                        async move {
                            done.await;
                            Ok(())
                        }
                    })
                };
                join((0..clients).map(one).collect()).await
            })
            .await?;
            Ok(start.elapsed())
        });
        Box::pin(finished(batch))
    }
}

fn in_scope<C>(setup: &Setup<'_>, client: impl Fn(Context) -> C + Send + Sync + 'static) -> InScope<C> {
    InScope { spawner: setup.root.spawner(), client: Arc::new(client) }
}

pub(crate) fn store(setup: &Setup<'_>, name: &str) -> OwnerRef<Store> {
    let store = ChildSpec::own(name, Store::new(setup.more));
    setup.root.child(store.capacity(u32::from(MAILBOX)))
}

pub(crate) fn typed(setup: &Setup<'_>) -> InScope<Typed<Store>> {
    let store = store(setup, "store");
    in_scope(setup, move |ctx| Typed { store: store.clone(), ctx })
}

pub(crate) fn by_closure(setup: &Setup<'_>) -> InScope<ByClosure> {
    let store = store(setup, "store-by-closure");
    in_scope(setup, move |ctx| ByClosure { store: store.clone(), ctx })
}

pub(crate) fn under_a_deadline(setup: &Setup<'_>) -> InScope<Typed<Store>> {
    let store = store(setup, "store-under-a-deadline");
    // Of the whole client: never so short as to be reached.
    in_scope(setup, move |ctx| Typed { store: store.clone(), ctx: ctx.timeout(secs(600)) })
}

pub(crate) fn with_a_timeout_each(setup: &Setup<'_>) -> InScope<TimeoutEach> {
    let store = store(setup, "store-with-a-timeout-each");
    in_scope(setup, move |ctx| TimeoutEach { store: store.clone(), ctx })
}

pub(crate) fn that_yields(setup: &Setup<'_>) -> InScope<Typed<Yielding>> {
    let store = ChildSpec::own("store-that-yields", Yielding(Store::new(setup.more)));
    let store = setup.root.child(store.capacity(u32::from(MAILBOX)));
    in_scope(setup, move |ctx| Typed { store: store.clone(), ctx })
}

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
    const BATCH: Batches = Batches { max_items: BATCH, max_delay: Duration::ZERO };

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
