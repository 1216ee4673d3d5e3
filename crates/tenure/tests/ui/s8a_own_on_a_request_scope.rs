//! S8a: a request scope offers no way to start what outlives the request.

use tenure::prelude::*;

async fn handler(ctx: Context) -> Result {
    ctx.scope("request", async |s| {
        s.own("store", 0u64);
        Ok(())
    })
    .await
}

fn main() {
    let _ = handler;
}
