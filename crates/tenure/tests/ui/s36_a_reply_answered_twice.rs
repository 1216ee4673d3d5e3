//! A reply is given once: answering takes it (S36b).

use tenure::prelude::*;
use tenure::{HandleTurn, Turn};

struct Add(u64);

impl Request for Add {
    type Reply = u64;
}

struct Sum(u64);

impl HandleTurn<Add> for Sum {
    fn handle(&mut self, Add(n): Add, turn: Turn<Add>) {
        let reply = turn.into_reply();
        reply.answer(self.0);
        reply.answer(n);
    }
}

fn main() {}
