//! The owner of the map, its requests, and the second owner of the planted deadlock.

use super::super::fault::{DEADLOCK_EVERY, Fault, PLANTED, Planted, SLOW_BY};
use super::super::measure::{Answer, Back};
use super::clients::told;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tenure::{Error, Handle, HandleAsync, HandleTurn, OwnerRef, Reply, Request, Turn};
use tokio::sync::oneshot;

/// The article's state owner.
pub(super) struct Store {
    /// At most `--keys` entries.
    map: HashMap<u64, u64>,
    /// Which life of the owner this is.
    life: u32,
    planted: Arc<Planted>,
    /// Turns since the owner began, of those that may go through the mirror.
    turns: u64,
    /// The second owner, which cannot be named before this one is there.
    mirror: Arc<OnceLock<OwnerRef<Mirror>>>,
    /// `silent` keeps these; at most one a caller and second, since each caller waits for its deadline.
    kept: Vec<Reply<Served>>,
}

/// What a key held, and which life of the owner says so.
pub(super) type Served = (Option<u64>, u32);

/// What a client asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Get(u64),
    Put(u64, u64),
}

impl Store {
    /// An empty map: what the life before had in it is gone with that life.
    pub(super) fn new(life: u32, planted: Arc<Planted>, mirror: Arc<OnceLock<OwnerRef<Mirror>>>) -> Self {
        Self { map: HashMap::new(), life, planted, turns: 0, mirror, kept: Vec::new() }
    }

    fn apply(&mut self, op: Op) -> Served {
        let held = match op {
            Op::Get(key) => self.map.get(&key).copied(),
            Op::Put(key, value) => self.map.insert(key, value),
        };
        (held, self.life)
    }

    /// The faults that any turn may carry.
    fn strike<R: Request>(&self, turn: &Turn<R>) {
        if self.planted.take(Fault::Panic) {
            self.planted.panic();
        }
        if self.planted.take(Fault::Exit) {
            self.planted.strikes_now();
            turn.fail(Error::msg(PLANTED));
        }
    }
}

/// Reads a key.
pub(super) struct Get(pub u64);
impl Request for Get {
    type Reply = Served;
}
impl Handle<Get> for Store {
    fn handle(&mut self, Get(key): Get, turn: &mut Turn<Get>) -> Served {
        self.strike(turn);
        self.apply(Op::Get(key))
    }
}

/// Writes a key; the reply is what it held.
pub(super) struct Put(pub u64, pub u64);
impl Request for Put {
    type Reply = Served;
}
impl Handle<Put> for Store {
    fn handle(&mut self, Put(key, value): Put, turn: &mut Turn<Put>) -> Served {
        self.strike(turn);
        self.apply(Op::Put(key, value))
    }
}

/// The same with a reply that may leave later: what `silent` and `slow` break.
pub(super) struct Later(pub Op);
impl Request for Later {
    type Reply = Served;
}
impl HandleTurn<Later> for Store {
    fn handle(&mut self, Later(op): Later, turn: Turn<Later>) {
        let value = self.apply(op);
        match self.planted.fault() {
            Fault::Silent if self.planted.is_on() => self.kept.push(turn.into_reply()),
            Fault::Slow if self.planted.is_on() => answer_late(turn, value),
            _ => turn.answer(value),
        }
    }
}

/// The reply leaves from a task of this owner's life: the owner goes on, and the account holds the request as begun.
fn answer_late(turn: Turn<Later>, value: Served) {
    let (give, taken) = oneshot::channel::<Reply<Served>>();
    // The task is spawned through the turn, and taking the reply ends the turn: so it is handed over after the spawn.
    turn.spawn("late", async move |ctx| {
        let slept = ctx.sleep(SLOW_BY).await;
        let reply = taken.await?;
        slept?;
        reply.answer(value);
        Ok(())
    });
    // The receiver is gone only if the owner is ending; then the reply is dropped here, and its caller is told.
    give.send(turn.into_reply()).ok();
}

/// One turn of it blocks its thread.
pub(super) struct Hang(pub Op);
impl Request for Hang {
    type Reply = Served;
}
impl HandleAsync<Hang> for Store {
    async fn handle(&mut self, Hang(op): Hang, _: &mut Turn<Hang>) -> Served {
        self.planted.hang();
        self.apply(op)
    }
}

/// Every 100th turn of it calls the second owner and waits.
pub(super) struct Through(pub Op);
impl Request for Through {
    /// The value, and what the second owner was told when it called back.
    type Reply = (Served, Option<Refusal>);
}
impl HandleAsync<Through> for Store {
    async fn handle(&mut self, Through(op): Through, turn: &mut Turn<Through>) -> (Served, Option<Refusal>) {
        self.turns += 1;
        let refusal = match self.mirror.get() {
            Some(mirror) if self.planted.is_on() && self.turns.is_multiple_of(DEADLOCK_EVERY) => {
                mirror.call(turn.ctx(), Reflect).await.ok().flatten()
            }
            _ => None,
        };
        (self.apply(op), refusal)
    }
}

/// What a caller was told that waits in a turn of its own.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub answer: Answer,
    pub back: Back,
    pub took: Duration,
    pub said: String,
}

/// The second owner: its turn calls the first, which waits for it.
pub(super) struct Mirror {
    store: OwnerRef<Store>,
}

impl Mirror {
    pub(super) fn new(store: OwnerRef<Store>) -> Self {
        Self { store }
    }
}

/// Asks the first owner from the second.
pub(super) struct Reflect;
impl Request for Reflect {
    type Reply = Option<Refusal>;
}
impl HandleAsync<Reflect> for Mirror {
    async fn handle(&mut self, _: Reflect, turn: &mut Turn<Reflect>) -> Option<Refusal> {
        let asked = Instant::now();
        let error = self.store.call(turn.ctx(), Get(0)).await.err()?;
        let took = asked.elapsed();
        let told = told(error);
        Some(Refusal { answer: told.answer, back: told.back, took, said: told.said.unwrap_or_default() })
    }
}
