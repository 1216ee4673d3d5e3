use tenure::{Context, OwnerRef, Root};
//# let _
async fn f(store: OwnerRef<Store>, ctx: Context) { let _ = store.call(&ctx, Put(1)).await; } //~ TN106
//# ok
fn f(store: OwnerRef<Store>, ctx: Context) { store.try_cast(&ctx, Put(1)).ok(); } //~ TN106
//# a run
async fn main() { let _ = Root::run(app).await; } //~ TN106
//# cast
async fn f(store: &OwnerRef<Store>, ctx: Context) { let _ = store.cast(&ctx, Put(1)).await; } //~ TN106
//# stop
async fn f(store: OwnerRef<Store>, ctx: Context) { store.stop(&ctx).await.ok(); } //~ TN106
//# a field
struct S { store: OwnerRef<Store> }
impl S { async fn f(&self, ctx: Context) { let _ = self.store.call(&ctx, Get).await; } } //~ TN106
//# dropped
async fn f(store: OwnerRef<Store>, ctx: Context) { drop(store.call(&ctx, Get).await); } //~ TN106
//# a closure's
async fn f(store: OwnerRef<Store>, ctx: Context) { let _ = store.with(&ctx, |s| s.go()).await; } //~ TN106
