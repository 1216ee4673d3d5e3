use tenure::{Context, OwnerRef, Root};
//# detached
async fn h(ctx: Context, s: OwnerRef<Store>) { keep(&ctx); s.call(&Context::detached(), Get).await.unwrap(); } //~ TN104
//# never used
async fn h(_ctx: Context) { work().await } //~ TN104
//# a new root
async fn h(ctx: Context) { keep(&ctx); let report = Root::run(app).await; show(report) } //~ TN104
//# never used, by reference
async fn h(ctx: &Context) { work().await } //~ TN104
//# in a method
impl S { async fn h(&self, ctx: Context) { self.work().await } } //~ TN104
//# a select
async fn h(ctx: Context) { tokio::select! { _ = a() => {}, _ = b() => {} } } //~ TN104
//# one of two
async fn h(a: Context, b: Context) { keep(&a); work().await } //~ TN104
//# built
async fn h(ctx: Context) { keep(&ctx); Root::builder().run(app).await.show() } //~ TN104
