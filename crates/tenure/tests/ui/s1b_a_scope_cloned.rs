//! A scope is one owner; what spawns from elsewhere is a `Spawner` (S1b).

use tenure::prelude::*;

async fn main_of(root: Scope) -> Result {
    let second = root.clone();
    second.until_shutdown().await
}

async fn handler(ctx: Context) -> Result {
    let request = ctx.open_scope("request", tenure::Stop::REQUEST);
    let second: tenure::RequestScope = request.clone();
    second.join().await.result
}

fn main() {
    let _ = (main_of, handler);
}
