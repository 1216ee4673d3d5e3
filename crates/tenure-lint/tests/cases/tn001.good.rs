use std::sync::Arc;
use tokio::runtime::{Handle, Runtime};
use tokio::task::{JoinHandle, JoinSet};
async fn serve(_c: u8) {}
async fn run() {}
//# joined in a select
async fn f(mut stop: tokio::sync::oneshot::Receiver<()>) {
    let mut h = tokio::spawn(run());
    tokio::select! { r = &mut h => r.unwrap(), _ = &mut stop => h.abort() }
}
//# a set owns it
async fn f(set: &mut JoinSet<()>) { set.spawn(serve(1)); }
//# kept in a field
struct S { task: Option<JoinHandle<()>> }
impl S { fn go(&mut self) { self.task = Some(tokio::spawn(run())); } }
//# the caller's business
fn start() -> JoinHandle<()> { tokio::spawn(run()) }
//# a child process
fn f() { std::process::Command::new("ls").spawn().unwrap(); }
//# a child process at the end of a chain
fn f() { let mut c = std::process::Command::new("ls"); c.arg("-l").env("A", "b").current_dir("/").spawn().unwrap(); }
//# the abort handle is owned by the set
async fn f(mut join_set: JoinSet<()>) { let _local_backup = join_set.spawn(run()); join_set.join_all().await; }
//# awaited
async fn f() { tokio::spawn(run()).await.unwrap(); }
//# awaited later
async fn f() { let h = tokio::spawn(run()); h.await.unwrap(); }
//# aborted
async fn f() { let h = tokio::spawn(run()); h.abort(); }
//# an abort handle is taken
async fn f() -> tokio::task::AbortHandle { let h = tokio::spawn(run()); h.abort_handle() }
//# given away
fn keep(_h: JoinHandle<()>) {}
async fn f() { keep(tokio::spawn(run())); }
//# pushed
async fn f() { let mut all = Vec::new(); for _ in 0..3 { all.push(tokio::spawn(run())); } for h in all { h.await.unwrap(); } }
//# collected
async fn f() -> Vec<JoinHandle<()>> { (0..3).map(|_| tokio::spawn(run())).collect() }
//# in a literal
struct S { h: JoinHandle<()> }
fn f() -> S { S { h: tokio::spawn(run()) } }
//# in a tuple struct that aborts
struct DropAbort(tokio::task::AbortHandle);
fn f() -> DropAbort { DropAbort(tokio::spawn(run()).abort_handle()) }
//# plain functions of that name
mod worker { pub fn spawn(_n: u8) {} }
struct Server; impl Server { fn spawn(&self) {} }
fn f(s: Server) { worker::spawn(1); s.spawn(); }
//# a receiver of unknown type
fn f(pool: impl Pool) { pool.spawn(run()); }
//# rayon
fn f() { rayon::spawn(|| ()); }
//# a scope of threads
fn f() { std::thread::scope(|s| { s.spawn(|| ()); }); }
//# a tracker counts it
async fn f(t: &tokio_util::task::TaskTracker) { t.spawn(run()); }
//# a wrapper that owns
mod own { pub struct Guard; impl Drop for Guard { fn drop(&mut self) {} } pub fn spawn() -> Guard { Guard } }
fn f() { own::spawn(); }
//# its own handle type, which ends the task when dropped
mod rt { pub struct JoinHandle(tokio::task::JoinHandle<()>); impl Drop for JoinHandle { fn drop(&mut self) { self.0.abort() } }
pub fn spawn() -> JoinHandle { JoinHandle(tokio::spawn(async {})) } }
fn f() { rt::spawn(); }
//# a local function that is called spawn
fn spawn(_f: u8) {}
fn f() { spawn(1); }
//# assigned to a static
static H: std::sync::Mutex<Option<JoinHandle<()>>> = std::sync::Mutex::new(None);
fn f() { *H.lock().unwrap() = Some(tokio::spawn(run())); }
//# the value of a block that is kept
async fn f(b: bool) { let h = if b { tokio::spawn(run()) } else { tokio::spawn(serve(1)) }; h.await.unwrap(); }
//# joined by a macro
async fn f() { let (a, b) = (tokio::spawn(run()), tokio::spawn(run())); let _r = tokio::join!(a, b); }
//# inside of a macro that is not known
async fn f() { let h = tokio::spawn(run()); my_macro!(h => later); }
//# a handle that is taken out and given back
struct Q { all: Vec<JoinHandle<()>> }
impl Q { fn detach(&mut self) -> JoinHandle<()> { self.all.pop().unwrap() } }
fn f(q: &mut Q) { drop(q.detach()); }
//# sent to whoever joins
async fn f(tx: tokio::sync::mpsc::Sender<JoinHandle<()>>) { tx.send(tokio::spawn(run())).await.unwrap(); }
//# scopes of tenure
fn f(scope: &tenure::Scope) { scope.spawn("f", |ctx| async move { Ok(()) }); }
//# suppressed with a reason
async fn f() {
    // tenure: allow(TN001) the cache may be cold at exit
    tokio::spawn(run());
}
