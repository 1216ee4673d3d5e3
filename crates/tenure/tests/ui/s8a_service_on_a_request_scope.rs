//! S8a: a request scope offers no way to start what outlives the request.

use tenure::prelude::*;

async fn sweep(_: Context, (): ()) -> Result {
    Ok(())
}

async fn handler(ctx: Context) -> Result {
    let request = ctx.open_scope("request", tenure::Stop::REQUEST);
    request.service("sweep", (), sweep);
    request.join().await.result
}

fn main() {
    let _ = handler;
}
