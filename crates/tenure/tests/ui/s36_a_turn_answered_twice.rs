//! The same for the turn itself.

use tenure::prelude::*;
use tenure::{HandleTurn, Turn};

struct Add(u64);

impl Request for Add {
    type Reply = u64;
}

struct Sum(u64);

impl HandleTurn<Add> for Sum {
    fn handle(&mut self, Add(n): Add, turn: Turn<Add>) {
        turn.answer(self.0);
        turn.answer(n);
    }
}

fn main() {}
