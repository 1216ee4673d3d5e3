use tokio::task::JoinSet;
async fn a() {}
//# an arm takes results
async fn f(l: L) { let mut set = JoinSet::new(); loop { tokio::select! { r = l.accept() => { set.spawn(serve(r)); } Some(r) = set.join_next() => r.unwrap() } } }
//# all are joined
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); set.join_all().await; }
//# returned
fn tasks() -> JoinSet<()> { let mut s = JoinSet::new(); s.spawn(a()); s }
//# after a for
async fn f(all: Vec<u8>) { let mut set = JoinSet::new(); for x in all { set.spawn(up(x)); } while let Some(r) = set.join_next().await { r.unwrap(); } }
//# given away
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); finish(set).await; }
//# lent
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); drain(&mut set).await; }
//# shut down
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); b().await; set.shutdown().await; }
//# tried in the loop
async fn f(l: L) { let mut set = JoinSet::new(); loop { while let Some(r) = set.try_join_next() { r.unwrap(); } let s = l.accept().await; set.spawn(serve(s)); } }
//# a parameter
async fn f(set: &mut JoinSet<()>) { set.spawn(a()); }
//# a field that is asked
struct S { set: JoinSet<()> }
impl S { fn go(&mut self) { self.set.spawn(a()); } async fn end(&mut self) { while let Some(r) = self.set.join_next().await { r.unwrap(); } } }
//# a field that is shut down
struct S { set: JoinSet<()> }
impl S { fn go(&mut self) { self.set.spawn(a()); } async fn end(mut self) { self.set.shutdown().await; } }
//# a field that goes elsewhere
struct S { set: JoinSet<()> }
impl S { fn go(&mut self) { self.set.spawn(a()); } async fn end(self) { finish(self.set).await; } }
//# a field that is taken
struct S { set: JoinSet<()> }
impl S { fn go(&mut self) { self.set.spawn(a()); } async fn end(&mut self) { let set = std::mem::take(&mut self.set); set.join_all().await; } }
//# no task in it
async fn f() { let set: JoinSet<()> = JoinSet::new(); b().await; }
//# detached on purpose
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); set.detach_all(); }
//# a tracker
async fn f() { let t = tokio_util::task::TaskTracker::new(); t.spawn(a()); t.close(); t.wait().await; }
//# moved into a task
fn f() { let mut set = JoinSet::new(); set.spawn(a()); tokio::spawn(async move { set.join_all().await }); }
//# polled
async fn f() { let mut all = futures::stream::FuturesUnordered::new(); all.push(tokio::spawn(a())); while let Some(r) = all.next().await { r.unwrap(); } }
//# futures that are no tasks
async fn f() { let all = futures::stream::FuturesUnordered::new(); all.push(a()); finish(all).await; }
//# a field behind a lock, asked
struct S { set: tokio::sync::Mutex<JoinSet<()>> }
impl S { async fn go(&self) { let mut set = self.set.lock().await; while let Some(r) = set.try_join_next() { r.unwrap(); } set.spawn(a()); } }
//# kept in a struct
struct S { set: JoinSet<()> }
fn f() -> S { let mut set = JoinSet::new(); set.spawn(a()); S { set } }
//# bounded and asked
async fn f(l: L) { let mut set = JoinSet::new(); loop { if set.len() > 9 { set.join_next().await.unwrap().unwrap(); } let s = l.accept().await; set.spawn(serve(s)); } }
