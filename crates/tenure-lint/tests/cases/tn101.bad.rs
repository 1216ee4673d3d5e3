async fn f() {}
//# statement
async fn g() { tokio::spawn(f()); } //~ TN101
//# kept
async fn g() { let h = tokio::spawn(f()); h.await.unwrap(); } //~ TN101
//# a set
async fn g() { let mut s = tokio::task::JoinSet::new(); s.spawn(f()); s.join_all().await; } //~ TN101
//# a thread
fn g() { let t = std::thread::spawn(|| ()); t.join().unwrap(); } //~ TN101
//# a tracker
async fn g(t: tokio_util::task::TaskTracker) { t.spawn(f()); } //~ TN101
//# blocking
async fn g() { tokio::task::spawn_blocking(|| ()).await.unwrap(); } //~ TN101
//# a runtime
fn g(rt: tokio::runtime::Handle) { keep(rt.spawn(f())); } //~ TN101
//# in a test
#[tokio::test]
async fn t() { tokio::spawn(f()).await.unwrap(); } //~ TN101
