use tenure::Context;
//# selected
async fn h(ctx: Context, mut rx: R) { ctx.select(rx.recv()).await.unwrap(); }
//# until
async fn h(ctx: Context, l: L) { ctx.until(l.accept()).await; }
//# a select
async fn h(ctx: Context, mut rx: R) { tokio::select! { _ = ctx.cancelled() => return, m = rx.recv() => go(m) } }
//# no context
async fn plain(mut rx: R) { rx.recv().await; }
//# draining
async fn h(ctx: Context, mut rx: R) { tokio::select! { _ = ctx.draining() => return, m = rx.recv() => go(m) } }
//# inside of a select's future
async fn h(ctx: Context, mut rx: R) { ctx.select(async { rx.recv().await }).await.unwrap(); }
//# another call
async fn h(ctx: Context, s: S) { s.load(&ctx).await; }
//# the body of an arm beside the context's
async fn h(ctx: Context, mut rx: R) { loop { tokio::select! { _ = ctx.ended() => break, _ = tick() => { rx.recv().await; } } } }
