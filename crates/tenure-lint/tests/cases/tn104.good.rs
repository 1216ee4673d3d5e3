use tenure::{Context, OwnerRef};
//# passed on
async fn h(ctx: Context, s: OwnerRef<Store>) { s.call(&ctx, Get).await.unwrap(); }
//# no wait
fn h(_ctx: &Context) -> u8 { 1 }
//# narrowed
async fn h(ctx: Context, s: OwnerRef<Store>) { let c = ctx.with_deadline(D); s.call(&c, Get).await.unwrap(); }
//# a trait's signature
impl Run for S { async fn run(&self, _ctx: Context) { work().await } }
//# selected
async fn h(ctx: Context) { ctx.select(work()).await.unwrap(); }
//# another context
async fn h(_cx: &mut std::task::Context<'_>) { work().await }
//# a root where there is none
async fn main() { let r = tenure::Root::run(app).await; show(r) }
//# no body that waits
async fn h(_ctx: Context) -> u8 { 1 }
