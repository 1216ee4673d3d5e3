//! A program whose only thread is held for ever as soon as it is ready: nothing of its runtime runs any more.

use tenure::prelude::*;

#[tenure::main(name = "one_thread", flavor = "current_thread", grace = "1s")]
async fn main(root: Scope) -> Result {
    root.ready();
    loop {
        std::thread::park();
    }
}
