use tokio::signal;
//# awaited
async fn main() { tokio::signal::ctrl_c().await.unwrap(); } //~ TN017
//# in a select
async fn main() { tokio::select! { _ = run() => {}, _ = signal::ctrl_c() => {} } } //~ TN017
//# the crate ctrlc
fn main() { ctrlc::set_handler(move || stop()).unwrap(); } //~ TN017
//# bare
use tokio::signal::ctrl_c;
async fn main() { ctrl_c().await.unwrap(); } //~ TN017
//# passed on
async fn main() { serve(signal::ctrl_c()).await; } //~ TN017
//# in a task
fn f() { keep(tokio::spawn(async { signal::ctrl_c().await.unwrap(); stop(); })); } //~ TN017
//# the tried handler
fn main() { ctrlc::try_set_handler(|| stop()).unwrap(); } //~ TN017
//# renamed
use tokio::signal::ctrl_c as interrupted;
async fn main() { interrupted().await.unwrap(); } //~ TN017
//# expected
async fn f() { signal::ctrl_c().await.expect("a handler"); } //~ TN017
//# mapped
async fn f() { signal::ctrl_c().map(|_| ()).await; } //~ TN017
//# graceful
async fn f(s: S) { s.with_graceful_shutdown(async { signal::ctrl_c().await.ok(); }).await; } //~ TN017
//# pinned
async fn f() { let c = signal::ctrl_c(); tokio::pin!(c); (&mut c).await.unwrap(); } //~ TN017
//# a loop
async fn f() { loop { signal::ctrl_c().await.unwrap(); count(); } } //~ TN017
//# a match
async fn f() { match signal::ctrl_c().await { Ok(()) => stop(), Err(e) => report(e) } } //~ TN017
//# if let
async fn f() { if let Err(e) = signal::ctrl_c().await { report(e) } } //~ TN017
//# discarded
async fn f() { let _ = signal::ctrl_c().await; } //~ TN017
//# another signal
async fn f() { let mut hup = signal::unix::signal(signal::unix::SignalKind::hangup()).unwrap(); tokio::select! { _ = hup.recv() => {}, _ = signal::ctrl_c() => {} } } //~ TN017
//# glob
use tokio::signal::*;
async fn f() { tokio::signal::ctrl_c().await.unwrap(); } //~ TN017
//# in a method
struct S; impl S { async fn stopped(&self) { signal::ctrl_c().await.unwrap(); } } //~ TN017
//# join
async fn f() { tokio::join!(signal::ctrl_c(), run()); } //~ TN017
//# a timeout
async fn f() { tokio::time::timeout(D, signal::ctrl_c()).await.unwrap(); } //~ TN017
