//! Requests without a reply.
use super::ask::store;
use super::root::finished;
use crate::bench::Setup;
use crate::cases::ask::cast::{CASTS, puts};
use crate::cases::ask::client::MAILBOX;
use crate::cases::store::{Get, Store};
use crate::pair::{Sampler, timed};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenure::prelude::*;
use tenure::{ChildSpec, Handle, HandleAsync, Turn};
use tokio::sync::{Notify, oneshot};

/// Says that all before it have been done.
const SYNC: Get = Get(0);

/// A cast: what is replied is of no interest to anybody.
pub(crate) struct Set(pub(crate) u64, pub(crate) u64);
impl Request for Set {
    type Reply = ();
}

impl Handle<Set> for Store {
    fn handle(&mut self, Set(key, value): Set, _turn: &mut Turn<Set>) {
        black_box(self.put(key, value));
    }
}

/// `cast`: an idle owner handles it at once.
pub(crate) fn to_idle(setup: &Setup<'_>) -> Sampler {
    sampler::<true>(setup, "store-of-casts")
}

/// `try_cast`, which is no future: it is always queued.
pub(crate) fn tried(setup: &Setup<'_>) -> Sampler {
    sampler::<false>(setup, "store-of-tried-casts")
}

fn sampler<const WAITS: bool>(setup: &Setup<'_>, name: &str) -> Sampler {
    let (spawner, store) = (setup.root.spawner(), store(setup, name));
    timed(setup.effort.batch, u64::from(CASTS), move |n| {
        let store = store.clone();
        let batch = spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            for _ in 0..n {
                for (key, value) in puts() {
                    let set = Set(key, value);
                    let told = if WAITS { store.cast(&ctx, set).await } else { store.try_cast(&ctx, set) };
                    told.map_err(CallError::without_request)?;
                }
                store.call(&ctx, SYNC).await.map_err(CallError::without_request)?;
            }
            Ok(start.elapsed())
        });
        finished(batch)
    })
}

/// A store that can be kept in a turn.
pub(crate) struct Held(Store);

impl Held {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }
}

impl Handle<Get> for Held {
    fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        self.0.get(key)
    }
}

impl Handle<Set> for Held {
    fn handle(&mut self, Set(key, value): Set, _turn: &mut Turn<Set>) {
        black_box(self.0.put(key, value));
    }
}

/// A turn that lasts until it is told to end; says when it has begun.
pub(crate) struct Hold(pub(crate) oneshot::Sender<()>, pub(crate) Arc<Notify>);
impl Request for Hold {
    type Reply = ();
}

impl HandleAsync<Hold> for Held {
    async fn handle(&mut self, Hold(begun, end): Hold, turn: &mut Turn<Hold>) {
        let _gone = begun.send(());
        // At the end of the run it does not matter which of the two it was.
        let _let_go = turn.ctx().select(end.notified()).await;
    }
}

pub(crate) fn to_busy(setup: &Setup<'_>) -> Sampler {
    let store = ChildSpec::own("store-held", Held(Store::new(0)));
    let (spawner, store) = (setup.root.spawner(), setup.root.child(store.capacity(u32::from(MAILBOX))));
    timed(setup.effort.batch, u64::from(CASTS), move |n| {
        let store = store.clone();
        let batch = spawner.spawn("batch", async move |ctx| {
            let mut took = Duration::ZERO;
            for _ in 0..n {
                let ((begun, has_begun), end) = (oneshot::channel(), Arc::new(Notify::new()));
                let hold = Hold(begun, Arc::clone(&end));
                store.cast(&ctx, hold).await.map_err(CallError::without_request)?;
                ctx.select(has_begun).await??;
                let start = Instant::now();
                for (key, value) in puts() {
                    store.try_cast(&ctx, Set(key, value)).map_err(CallError::without_request)?;
                }
                took += start.elapsed();
                end.notify_one();
                store.call(&ctx, SYNC).await.map_err(CallError::without_request)?;
            }
            Ok(took)
        });
        finished(batch)
    })
}
