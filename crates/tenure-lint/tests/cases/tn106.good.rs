use tenure::{Context, OwnerRef, Root};
//# handed on
async fn f(store: OwnerRef<Store>, ctx: Context) -> tenure::Result { store.call(&ctx, Put(1)).await?; Ok(()) }
//# looked at
async fn f(store: OwnerRef<Store>, ctx: Context) { if let Err(e) = store.cast(&ctx, m()).await { count(e) } }
//# a report
async fn main() -> u8 { let report = Root::run(app).await; report.exit_code() }
//# bound
async fn f(store: OwnerRef<Store>, ctx: Context) { let r = store.call(&ctx, Get).await; show(r) }
//# of unknown type
async fn f(c: Client, ctx: Context) { let _ = c.call(&ctx, Get).await; }
//# unwrapped
async fn f(store: OwnerRef<Store>, ctx: Context) { store.call(&ctx, Get).await.unwrap(); }
//# a question
fn f(store: OwnerRef<Store>) { let _ = store.stats(); }
//# returned
async fn f(store: OwnerRef<Store>, ctx: Context) -> R { store.call(&ctx, Get).await }
