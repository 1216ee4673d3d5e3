use tokio::time::timeout;
//# let _
async fn f(t: Tracker) { let _ = timeout(GRACE, t.wait()).await; } //~ TN014
//# ok
async fn f(rx: R) { timeout(D, rx).await.ok(); } //~ TN014
//# assigned to nothing
async fn f(h: H) { _ = tokio::time::timeout(D, h).await; } //~ TN014
//# statement
async fn f(h: H) { timeout(D, h).await; } //~ TN014
//# timeout_at
async fn f(h: H) { let _ = tokio::time::timeout_at(when(), h).await; } //~ TN014
//# dropped
async fn f(h: H) { drop(timeout(D, h).await); } //~ TN014
//# renamed
use tokio::time::timeout as within;
async fn f(h: H) { let _ = within(D, h).await; } //~ TN014
//# module
use tokio::time;
async fn f(h: H) { let _ = time::timeout(D, h).await; } //~ TN014
//# in a loop
async fn f(mut rx: R) { loop { let _ = timeout(D, rx.recv()).await; work(); } } //~ TN014
//# in an arm
async fn f(h: H) { tokio::select! { _ = a() => { let _ = timeout(D, h).await; } _ = b() => {} } } //~ TN014
//# an async block
fn f(h: H) { tokio::spawn(async move { let _ = timeout(D, h).await; }); } //~ TN014
//# a name that nothing uses is as good, by ok
async fn f(h: H) { let _ = timeout(D, h).await.ok(); } //~ TN014
//# around a block
async fn f(h: H) { let _ = timeout(D, async { h.go().await }).await; } //~ TN014
//# a value of an if
async fn f(b: bool, h: H) { if b { let _ = timeout(D, h).await; } } //~ TN014
//# glob
use tokio::time::*;
async fn f(h: H) { let _ = timeout(D, h).await; } //~ TN014
//# in a closure
fn f(h: H) { let g = async || { let _ = timeout(D, h).await; }; } //~ TN014
//# in a method
impl S { async fn stop(&self) { let _ = timeout(D, self.wait()).await; } } //~ TN014
//# in a destructor's task
impl S { fn stop(self) { tokio::spawn(async move { let _ = timeout(D, self.end()).await; }); } } //~ TN014
//# twice
async fn f(a: H) { let _ = timeout(D, timeout(E, a)).await; } //~ TN014
//# a match arm
async fn f(x: u8, h: H) { match x { 0 => { let _ = timeout(D, h).await; } _ => {} } } //~ TN014
//# a semicolon after a block
async fn f(h: H) { { timeout(D, h).await.ok() }; } //~ TN014
