use tokio_util::task::TaskTracker;
async fn a() {}
//# closed, waited for
async fn f(tracker: TaskTracker) { tracker.spawn(a()); tracker.close(); tracker.wait().await; }
//# closed first
async fn f() { let t = TaskTracker::new(); t.close(); t.spawn(a()); t.wait().await; }
//# closed at the end
async fn f(t: TaskTracker, s: T) { t.spawn(a()); s.cancelled().await; t.close(); t.wait().await; }
//# closed in another method
struct S { t: TaskTracker }
impl S { fn go(&self) { self.t.spawn(a()); } fn stop(&self) { self.t.close(); } async fn end(&self) { self.t.wait().await; } }
//# another wait
async fn f(mut c: tokio::process::Child) { c.wait().await.unwrap(); }
//# a barrier
async fn f(b: &tokio::sync::Barrier) { b.wait().await; }
//# unknown
async fn f(t: T) { t.wait().await; t.spawn(a()); }
//# only asked
fn f(t: &TaskTracker) -> usize { t.len() }
//# passed on
fn f(t: TaskTracker) { keep(t); }
//# a token
async fn f(t: TaskTracker) { let token = t.token(); keep(token); }
//# closed through a clone
async fn f(t: TaskTracker) { let u = t.clone(); u.close(); t.wait().await; }
//# closed in an arm
async fn f(t: TaskTracker) { tokio::select! { _ = stop() => { t.close(); } } t.wait().await; }
//# closed by a function of the package
fn end(t: &TaskTracker) { t.close(); }
async fn f(t: TaskTracker) { t.spawn(a()); end(&t); t.wait().await; }
//# waits with arguments
async fn f(t: Waiter) { t.wait(3).await; }
//# a type of one's own
struct Tracker; impl Tracker { async fn wait(&self) {} fn spawn(&self, _x: u8) {} }
async fn f(t: Tracker) { t.spawn(1); t.wait().await; }
//# made and returned
fn f() -> TaskTracker { TaskTracker::new() }
//# a field only
struct S { t: TaskTracker }
//# in a closure
fn f(t: TaskTracker) { let g = move || { t.close(); }; g(); }
//# under a timeout
async fn f(t: TaskTracker) { t.close(); tokio::time::timeout(D, t.wait()).await.unwrap(); }
//# tracked futures
async fn f(t: TaskTracker) { t.track_future(a()).await; }
//# in a loop
async fn f(t: TaskTracker) { for x in 0..3 { t.spawn(b(x)); } t.close(); t.wait().await; }
