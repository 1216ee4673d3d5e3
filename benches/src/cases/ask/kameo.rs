//! kameo: an actor with a handler for each message, and `ask`.
use super::client::{Bare, Client, MAILBOX};
use crate::bench::Setup;
use crate::cases::store::{Get, Put, Store};
use kameo::actor::{Actor, ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};

pub(super) struct Owner(Store);

impl Actor for Owner {
    type Args = Store;
    type Error = Infallible;

    async fn on_start(store: Store, _myself: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self(store))
    }
}

impl Message<Get> for Owner {
    type Reply = Option<u64>;

    async fn handle(&mut self, Get(key): Get, _ctx: &mut Context<Self, Self::Reply>) -> Option<u64> {
        self.0.get(key)
    }
}

impl Message<Put> for Owner {
    type Reply = Option<u64>;

    async fn handle(&mut self, Put(key, value): Put, _ctx: &mut Context<Self, Self::Reply>) -> Option<u64> {
        self.0.put(key, value)
    }
}

impl Client for ActorRef<Owner> {
    async fn get(&self, key: u64) -> Option<u64> {
        self.ask(Get(key)).await.expect("the owner lives as long as the bench, and answers all")
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.ask(Put(key, value)).await.expect("the owner lives as long as the bench, and answers all")
    }
}

pub(super) fn owner(setup: &Setup<'_>) -> Bare<ActorRef<Owner>> {
    let mailbox = mailbox::bounded(usize::from(MAILBOX));
    Bare { case: "kameo", client: Owner::spawn_with_mailbox(Store::new(setup.more), mailbox) }
}
