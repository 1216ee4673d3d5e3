//! ractor: an actor whose message carries the port its reply goes to. Its mailbox has no bound.
use super::client::{Bare, Client};
use crate::bench::Setup;
use crate::cases::store::Store;
use ractor::rpc::CallResult;
use ractor::{Actor, ActorProcessingErr, ActorRef, ActorRuntime, RpcReplyPort};

struct Owner;

pub(super) enum Ask {
    Get(u64, RpcReplyPort<Option<u64>>),
    Put(u64, u64, RpcReplyPort<Option<u64>>),
}

impl Actor for Owner {
    type Msg = Ask;
    type State = Store;
    type Arguments = Store;

    async fn pre_start(&self, _myself: ActorRef<Ask>, store: Store) -> Result<Store, ActorProcessingErr> {
        Ok(store)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Ask>,
        ask: Ask,
        store: &mut Store,
    ) -> Result<(), ActorProcessingErr> {
        match ask {
            Ask::Get(key, reply) => Ok(reply.send(store.get(key))?),
            Ask::Put(key, value, reply) => Ok(reply.send(store.put(key, value))?),
        }
    }
}

#[derive(Clone)]
pub(super) struct Address(ActorRef<Ask>);

impl Address {
    async fn ask(&self, ask: impl FnOnce(RpcReplyPort<Option<u64>>) -> Ask) -> Option<u64> {
        match self.0.call(ask, None).await {
            Ok(CallResult::Success(reply)) => reply,
            _ => panic!("the owner lives as long as the bench, and answers all"),
        }
    }
}

impl Client for Address {
    async fn get(&self, key: u64) -> Option<u64> {
        self.ask(|reply| Ask::Get(key, reply)).await
    }

    async fn put(&self, key: u64, value: u64) -> Option<u64> {
        self.ask(|reply| Ask::Put(key, value, reply)).await
    }
}

pub(super) fn owner(setup: &Setup<'_>) -> Bare<Address> {
    let (owner, _starts) = ActorRuntime::spawn_instant(None, Owner, Store::new(setup.more))
        .expect("it has no name that could be taken");
    Bare { case: "ractor", client: Address(owner) }
}
