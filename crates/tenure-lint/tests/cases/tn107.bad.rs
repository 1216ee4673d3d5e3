use tenure::{Context, Handle, HandleAsync, OwnerRef, Turn};
struct Store { me: OwnerRef<Store> }
//# a sleep
impl HandleAsync<Get> for Store { async fn handle(&mut self, _: Get, _t: &mut Turn<Get>) -> u8 { std::thread::sleep(D); 1 } } //~ TN107
//# in a closure
async fn f(owner: OwnerRef<Store>, ctx: Context) { owner.with(&ctx, |s| s.file.blocking_lock().len()).await.unwrap(); } //~ TN107
//# itself
impl HandleAsync<Sync> for Store { async fn handle(&mut self, r: Sync, t: &mut Turn<Sync>) { self.me.call(t.ctx(), Get).await.unwrap(); } } //~ TN107
//# a synchronous handler
impl Handle<Get> for Store { fn handle(&mut self, _: Get, _t: &mut Turn<Get>) -> u8 { std::thread::sleep(D); 1 } } //~ TN107
//# a command
impl Handle<Get> for Store { fn handle(&mut self, _: Get, _t: &mut Turn<Get>) { std::process::Command::new("x").output().unwrap(); } } //~ TN107
//# a receive
impl Handle<Get> for Store { fn handle(&mut self, g: Get, _t: &mut Turn<Get>) { let (a, b) = std::sync::mpsc::sync_channel::<u8>(1); b.recv().unwrap(); } } //~ TN107
//# block_on
impl Handle<Get> for Store { fn handle(&mut self, g: Get, _t: &mut Turn<Get>) { futures::executor::block_on(x()); } } //~ TN107
//# itself, by a closure
impl HandleAsync<Get> for Store { async fn handle(&mut self, g: Get, t: &mut Turn<Get>) { self.me.with(t.ctx(), |s| 1).await.unwrap(); } } //~ TN107
