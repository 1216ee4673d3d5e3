//! ractor: restarts are the user's; the supervisor starts the child anew when it is told of its failure, and is asked for
//! the one that lives.
use super::cases::{Entries, die, sampler};
use crate::bench::Setup;
use crate::cases::store::key;
use crate::pair::Sampler;
use ractor::rpc::CallResult;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Store;

enum Message {
    Get(u64, RpcReplyPort<Option<u64>>),
    Die,
}

impl Actor for Store {
    type Msg = Message;
    type State = Entries;
    type Arguments = Entries;

    async fn pre_start(
        &self,
        _myself: ActorRef<Message>,
        entries: Entries,
    ) -> Result<Entries, ActorProcessingErr> {
        Ok(entries)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Message>,
        message: Message,
        entries: &mut Entries,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Get(key, reply) => Ok(reply.send(entries.get(&key).copied())?),
            Message::Die => die(),
        }
    }
}

struct Supervisor;

/// Asks for the store that lives.
struct Current(RpcReplyPort<ActorRef<Message>>);

struct Supervised {
    entries: Entries,
    store: ActorRef<Message>,
}

async fn start(
    entries: &Entries,
    myself: ActorRef<Current>,
) -> Result<ActorRef<Message>, ActorProcessingErr> {
    let (store, _) = Actor::spawn_linked(None, Store, Arc::clone(entries), myself.into()).await?;
    Ok(store)
}

impl Actor for Supervisor {
    type Msg = Current;
    type State = Supervised;
    type Arguments = Entries;

    async fn pre_start(
        &self,
        myself: ActorRef<Current>,
        entries: Entries,
    ) -> Result<Supervised, ActorProcessingErr> {
        let store = start(&entries, myself).await?;
        Ok(Supervised { entries, store })
    }

    async fn handle(
        &self,
        _myself: ActorRef<Current>,
        Current(reply): Current,
        supervised: &mut Supervised,
    ) -> Result<(), ActorProcessingErr> {
        Ok(reply.send(supervised.store.clone())?)
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Current>,
        event: SupervisionEvent,
        supervised: &mut Supervised,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(..) = event {
            supervised.store = start(&supervised.entries, myself).await?;
        }
        Ok(())
    }
}

pub(super) fn restart(setup: &Setup<'_>) -> Sampler {
    sampler("ractor", setup, restarts)
}

async fn restarts(entries: Entries, n: u64) -> Duration {
    let (supervisor, ended) =
        Actor::spawn(None, Supervisor, entries).await.expect("nothing in its start fails");
    let mut store = current(&supervisor).await;
    let start = Instant::now();
    for i in 0..n {
        store.cast(Message::Die).expect("the one that answered last still lives");
        let value = loop {
            match store.call(|reply| Message::Get(key(i), reply), None).await {
                Ok(CallResult::Success(value)) => break value,
                Ok(CallResult::SenderError | CallResult::Timeout) | Err(_) => {
                    store = current(&supervisor).await;
                }
            }
        };
        black_box(value);
    }
    let took = start.elapsed();
    supervisor.stop(None);
    ended.await.expect("a supervisor that is stopped does not panic");
    took
}

async fn current(supervisor: &ActorRef<Current>) -> ActorRef<Message> {
    match supervisor.call(Current, None).await {
        Ok(CallResult::Success(store)) => store,
        other => panic!("its supervisor outlives the batch: {:?}", other.map(|_| "no reply")),
    }
}
