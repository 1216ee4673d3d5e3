//! actix: an actor on an arbiter of its own, which is a thread. That is its model, so each of its calls is a hop from one
//! thread to another and back.
use super::client::{Bare, Client, MAILBOX};
use crate::bench::Setup;
use crate::cases::bare;
use crate::cases::store::{Get, Put, Store};
use actix::{Actor, Addr, Arbiter, Context, Handler, Message, System};
use std::sync::Arc;

pub(super) struct Owner(Store);

impl Actor for Owner {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(usize::from(MAILBOX));
    }
}

impl Message for Get {
    type Result = Option<u64>;
}

impl Handler<Get> for Owner {
    type Result = Option<u64>;

    fn handle(&mut self, Get(key): Get, _ctx: &mut Context<Self>) -> Option<u64> {
        self.0.get(key)
    }
}

impl Message for Put {
    type Result = Option<u64>;
}

impl Handler<Put> for Owner {
    type Result = Option<u64>;

    fn handle(&mut self, Put(key, value): Put, _ctx: &mut Context<Self>) -> Option<u64> {
        self.0.put(key, value)
    }
}

/// The thread ends with the last client.
struct Thread(Arbiter);

impl Drop for Thread {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[derive(Clone)]
pub(super) struct Address(Addr<Owner>, #[expect(dead_code, reason = "held for its drop")] Arc<Thread>);

impl Client for Address {
    async fn get(&self, key: u64) -> Option<u64> {
        self.0.send(Get(key)).await.expect("the owner lives as long as its thread, and answers all")
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.0.send(Put(key, value)).await.expect("the owner lives as long as its thread, and answers all")
    }
}

pub(super) fn owner(setup: &Setup<'_>) -> Bare<Address> {
    let store = Store::new(setup.more);
    // An arbiter belongs to a system, and a system cannot be made where a runtime runs.
    let client = bare::on_a_thread(move || {
        let _system = System::new();
        let arbiter = Arbiter::new();
        let owner = Owner::start_in_arbiter(&arbiter.handle(), move |_ctx| Owner(store));
        Address(owner, Arc::new(Thread(arbiter)))
    });
    Bare { case: "actix", client }
}
