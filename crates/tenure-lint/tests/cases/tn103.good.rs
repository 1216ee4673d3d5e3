use tenure::Context;
use tokio::time::sleep;
//# its own
async fn h(ctx: Context) { ctx.sleep(D).await.unwrap(); }
//# a select
async fn h(ctx: Context) { tokio::select! { _ = ctx.cancelled() => {}, _ = sleep(D) => {} } }
//# no context
async fn no_ctx() { sleep(D).await }
//# selected
async fn h(ctx: Context) { ctx.select(sleep(D)).await.unwrap(); }
//# a timeout
async fn h(ctx: Context) { ctx.timeout(D).select(x()).await.unwrap(); }
//# another sleep
async fn h(ctx: Context, dev: Device) { dev.sleep(D).await; }
//# until
async fn h(ctx: Context) { ctx.until(sleep(D)).await; }
//# a nested function
async fn h(ctx: Context) { async fn g() { sleep(D).await } ctx.select(g()).await.unwrap(); }
