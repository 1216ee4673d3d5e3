use tokio::task::JoinSet;
use tokio_util::task::JoinMap;
async fn a() {}
//# filled by accept, never asked
async fn f(l: L) { let mut set = JoinSet::new(); loop { let s = l.accept().await; set.spawn(serve(s)); } } //~ TN015
//# a field
struct S { set: JoinSet<()> }
impl S { fn go(&mut self) { self.set.spawn(a()); } } //~ TN015
//# aborted at drop
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); set.spawn(a()); } //~ TN015
//# reaped only after the loop
async fn f(mut rx: R) { let mut set = JoinSet::new(); while let Some(m) = rx.recv().await { set.spawn(up(m)); } while let Some(r) = set.join_next().await { r.unwrap(); } } //~ TN015
//# after a for, never asked
async fn f(all: Vec<u8>) { let mut set = JoinSet::new(); for x in all { set.spawn(up(x)); } } //~ TN015
//# only aborted
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); b().await; set.abort_all(); } //~ TN015
//# only counted
async fn f() { let mut set = JoinSet::new(); set.spawn(a()); println!("{}", set.len()); if set.len() > 3 { b().await } } //~ TN015
//# a map
async fn f() { let mut map = JoinMap::new(); map.spawn(1, a()); b().await; } //~ TN015
//# on a runtime
async fn f(h: &tokio::runtime::Handle) { let mut set = JoinSet::new(); set.spawn_on(a(), h); } //~ TN015
//# blocking work
async fn f() { let mut set = JoinSet::new(); set.spawn_blocking(|| ()); b().await; } //~ TN015
//# a field behind a lock
struct S { set: std::sync::Mutex<JoinSet<()>> }
impl S { fn go(&self) { self.set.lock().unwrap().spawn(a()); } } //~ TN015
//# a field behind an async lock, by a name
struct S { set: tokio::sync::Mutex<JoinSet<()>> }
impl S { async fn go(&self) { let mut set = self.set.lock().await; set.spawn(a()); } } //~ TN015
//# a field, only aborted
struct S { set: JoinSet<()> }
impl S { fn go(&mut self) { self.set.spawn(a()); } fn stop(&mut self) { self.set.abort_all(); } } //~ TN015
//# default
async fn f() { let mut set = JoinSet::default(); set.spawn(a()); b().await; } //~ TN015
//# an annotated set
async fn f() { let mut set: JoinSet<()> = JoinSet::new(); set.spawn(a()); b().await; } //~ TN015
//# in an async block
fn f() { tokio::spawn(async { let mut set = JoinSet::new(); loop { b().await; set.spawn(a()); } }); } //~ TN015
//# in a select of a loop, reaped after it
async fn f(l: L, stop: T) { let mut set = JoinSet::new(); loop { tokio::select! { s = l.accept() => { set.spawn(serve(s)); } _ = stop.cancelled() => break } } set.join_all().await; } //~ TN015
//# handles that nobody polls
async fn f() { let all = futures::stream::FuturesUnordered::new(); all.push(tokio::spawn(a())); b().await; } //~ TN015
//# a field of an enum's struct, on a runtime
struct S { set: JoinSet<u8>, h: tokio::runtime::Handle }
impl S { fn go(&mut self) { let h = self.h.clone(); self.set.spawn_on(one(), &h); } } //~ TN015
//# a local set of tasks on this thread
async fn f() { let mut set = JoinSet::new(); set.spawn_local(a()); b().await; } //~ TN015
//# full path
async fn f() { let mut set = tokio::task::JoinSet::new(); set.spawn(a()); b().await; } //~ TN015
