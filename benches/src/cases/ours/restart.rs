//! A supervised owner whose turn panics; the call after it waits for the next life.
use super::root::finished;
use crate::bench::Setup;
use crate::cases::ask::client::MAILBOX;
use crate::cases::restart::cases::{Entries, die, entries};
use crate::cases::store::{Get, key};
use crate::pair::{Sampler, timed};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tenure::prelude::*;
use tenure::{Backoff, ChildSpec, Handle, Intensity, Strategy, Supervisor, Turn};

/// A store whose lives share one map.
pub(crate) struct Kept(Entries);

impl Handle<Get> for Kept {
    fn handle(&mut self, Get(key): Get, _turn: &mut Turn<Get>) -> Option<u64> {
        self.0.get(&key).copied()
    }
}

struct Die;
impl Request for Die {
    type Reply = ();
}
impl Handle<Die> for Kept {
    fn handle(&mut self, Die: Die, _turn: &mut Turn<Die>) {
        die()
    }
}

/// Such a store under a supervisor of its own.
pub(crate) fn supervised(root: &Scope) -> OwnerRef<Kept> {
    let entries = entries();
    let store = ChildSpec::own_with("store", move || Kept(Arc::clone(&entries)))
        .capacity(u32::from(MAILBOX))
        .backoff(Backoff::none());
    let owner = store.handle();
    let supervisor = Supervisor::new("supervisor", Strategy::OneForOne)
        // Without a limit, as the others.
        .intensity(Intensity { restarts: u32::MAX, within: ms(1) })
        .child(store);
    root.supervise(supervisor).expect("the tree has one child, and nothing to refuse");
    owner
}

/// Restarts it once, and waits for the first reply of its next life.
pub(crate) async fn once(ctx: &Context, owner: &OwnerRef<Kept>, i: u64) -> tenure::Result {
    owner.cast(ctx, Die).await.map_err(CallError::without_request)?;
    black_box(owner.call(ctx, Get(key(i))).await.map_err(CallError::without_request)?);
    Ok(())
}

pub(crate) fn restart(setup: &Setup<'_>) -> Sampler {
    let (spawner, owner) = (setup.root.spawner(), supervised(setup.root));
    timed(setup.effort.batch, 1, move |n| {
        let owner = owner.clone();
        let batch = spawner.spawn("batch", async move |ctx| {
            let start = Instant::now();
            for i in 0..n {
                once(&ctx, &owner, i).await?;
            }
            Ok(start.elapsed())
        });
        finished(batch)
    })
}
