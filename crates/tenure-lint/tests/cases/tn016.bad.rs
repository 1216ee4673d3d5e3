use tokio_util::task::TaskTracker;
async fn a() {}
//# spawn, wait
async fn f(tracker: TaskTracker) { tracker.spawn(a()); tracker.wait().await; } //~ TN016
//# a field
struct S { t: TaskTracker }
impl S { fn go(&self) { self.t.spawn(a()); } async fn stop(&self) { self.t.wait().await; } } //~ TN016
//# under a timeout
async fn f(jobs: Vec<J>) { let t = TaskTracker::new(); for j in jobs { t.spawn(j); } tokio::time::timeout(D, t.wait()).await.unwrap(); } //~ TN016
//# in a select
async fn f(t: TaskTracker) { tokio::select! { _ = t.wait() => {}, _ = stop() => {} } } //~ TN016
//# by reference
async fn f(t: &TaskTracker) { t.wait().await; } //~ TN016
//# a clone
async fn f(t: &TaskTracker) { let t = t.clone(); t.wait().await; } //~ TN016
//# something else is closed
async fn f(t: TaskTracker, p: Pool) { p.close(); t.wait().await; } //~ TN016
//# reopened only
async fn f(t: TaskTracker) { t.reopen(); t.wait().await; } //~ TN016
//# default
async fn f() { let t = TaskTracker::default(); t.spawn(a()); t.wait().await; } //~ TN016
//# in an async block
fn f(t: TaskTracker) { keep(async move { t.wait().await }); } //~ TN016
//# the result of a method
struct S { t: TaskTracker }
impl S { fn tracker(&self) -> &TaskTracker { &self.t } async fn stop(&self) { self.tracker().wait().await; } } //~ TN016
//# counted for nobody
async fn f(t: TaskTracker) { t.spawn(a()); } //~ TN016
//# counted for nobody, in a field
struct S { t: TaskTracker }
impl S { fn go(&self) { self.t.spawn(a()); } } //~ TN016
//# counted and closed, not waited for
async fn f(t: TaskTracker) { t.spawn(a()); t.close(); } //~ TN016
//# through an arc
async fn f(t: std::sync::Arc<TaskTracker>) { t.wait().await; } //~ TN016
//# in an option
async fn f(t: Option<TaskTracker>) { if let Some(t) = t { t.wait().await; } } //~ TN016
//# join
async fn f(t: TaskTracker) { tokio::join!(t.wait(), a()); } //~ TN016
//# full path
async fn f() { let t = tokio_util::task::TaskTracker::new(); t.spawn(a()); t.wait().await; } //~ TN016
//# twice
async fn f(t: TaskTracker, u: TaskTracker) { t.wait().await; u.wait().await; } //~ TN016
//# on a runtime
async fn f(t: TaskTracker, h: &tokio::runtime::Handle) { t.spawn_on(a(), h); } //~ TN016
//# boxed
async fn f(t: TaskTracker) { Box::pin(t.wait()).await; } //~ TN016
