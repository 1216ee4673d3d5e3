//! A body may borrow, a task may not: a dropped scope does not wait for its tasks (S3a).

use tenure::prelude::*;

async fn handler(ctx: Context) -> Result {
    let mine = vec![1u64];
    ctx.scope("request", async |s| {
        s.spawn("t", async |_| Ok(mine.len()));
        Ok(())
    })
    .await
}

fn main() {
    let _ = handler;
}
