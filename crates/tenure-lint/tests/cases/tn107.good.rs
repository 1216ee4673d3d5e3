use tenure::{Context, Handle, HandleAsync, OwnerRef, Scope, Turn};
struct Store { other: OwnerRef<Other> }
//# blocking work has its place
async fn f(scope: &Scope) { scope.blocking("hash", || slow()).await.unwrap(); }
//# the state is asked
async fn f(owner: OwnerRef<Store>, ctx: Context) { owner.with(&ctx, |s| s.len()).await.unwrap(); }
//# another owner
impl HandleAsync<Get> for Store { async fn handle(&mut self, g: Get, t: &mut Turn<Get>) -> u8 { self.other.call(t.ctx(), Get).await.unwrap() } }
//# a plain function
fn f() { std::thread::sleep(D); }
//# another trait
impl Handler for Store { fn handle(&mut self) { std::thread::sleep(D); } }
//# its own sleep
impl HandleAsync<Get> for Store { async fn handle(&mut self, g: Get, t: &mut Turn<Get>) { t.ctx().sleep(D).await.unwrap(); } }
//# a closure elsewhere
async fn f(pool: Pool, ctx: Context) { pool.with(&ctx, |s| std::thread::sleep(D)); }
//# cast to itself
struct S { me: OwnerRef<S> }
impl HandleAsync<Get> for S { async fn handle(&mut self, g: Get, t: &mut Turn<Get>) { self.me.cast(t.ctx(), Get).await.unwrap(); } }
