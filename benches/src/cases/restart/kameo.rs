//! kameo: `supervise`, whose reference stays and whose mailbox outlives the actor.
use super::cases::{Entries, die, sampler};
use crate::bench::Setup;
use crate::cases::ask::client::MAILBOX;
use crate::cases::store::key;
use crate::pair::Sampler;
use kameo::actor::{Actor, ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use kameo::supervision::RestartPolicy;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio::task::yield_now;

struct Store(Entries);

impl Actor for Store {
    type Args = Entries;
    type Error = Infallible;

    async fn on_start(entries: Entries, _myself: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self(entries))
    }
}

struct Get(u64);

impl Message<Get> for Store {
    type Reply = Option<u64>;

    async fn handle(&mut self, Get(key): Get, _ctx: &mut Context<Self, Self::Reply>) -> Option<u64> {
        self.0.get(&key).copied()
    }
}

struct Die;

impl Message<Die> for Store {
    type Reply = ();

    async fn handle(&mut self, Die: Die, _ctx: &mut Context<Self, ()>) {
        die()
    }
}

struct Supervisor;

impl Actor for Supervisor {
    type Args = ();
    type Error = Infallible;

    async fn on_start((): (), _myself: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

pub(super) fn restart(setup: &Setup<'_>) -> Sampler {
    sampler("kameo", setup, restarts)
}

async fn restarts(entries: Entries, n: u64) -> Duration {
    let supervisor = Supervisor::spawn(());
    let store = Store::supervise(&supervisor, entries)
        .restart_policy(RestartPolicy::Permanent)
        // Without a limit, as the others.
        .restart_limit(u32::MAX, Duration::from_millis(1))
        .spawn_with_mailbox(mailbox::bounded(usize::from(MAILBOX)))
        .await;
    let start = Instant::now();
    for i in 0..n {
        store.tell(Die).await.expect("the one that answered last still lives");
        let value = loop {
            match store.ask(Get(key(i))).await {
                Ok(value) => break value,
                // It is being restarted, and hands the message back: once more.
                Err(_) => yield_now().await,
            }
        };
        black_box(value);
    }
    let took = start.elapsed();
    supervisor.kill();
    supervisor.wait_for_shutdown().await;
    took
}
