//! A state is moved to the owner's task, which any worker may run.

use std::rc::Rc;
use tenure::prelude::*;

async fn main_of(root: Scope) -> Result {
    root.own("store", Rc::new(0u64));
    root.until_shutdown().await
}

fn main() {
    let _ = main_of;
}
