use std::time::Duration;
use tokio::time::sleep;
async fn server() {}
//# spawn, sleep, connect
async fn f() { tokio::spawn(server()); sleep(Duration::from_millis(100)).await; let c = connect().await; } //~ TN005
//# cancel, sleep
async fn f(token: Token) { token.cancel(); tokio::time::sleep(Duration::from_secs(1)).await; next().await; } //~ TN005
//# the end of main
async fn main() { tokio::spawn(server()); a().await; tokio::time::sleep(Duration::from_secs(5)).await; } //~ TN005
//# a handle is kept, and slept for
async fn f() { let h = tokio::spawn(server()); sleep(D).await; h.abort(); } //~ TN005
//# a set
async fn f(mut set: tokio::task::JoinSet<()>) { set.spawn(server()); sleep(D).await; set.join_all().await; } //~ TN005
//# a child
async fn f() { let c = std::process::Command::new("redis").spawn().unwrap(); sleep(D).await; connect(c).await; } //~ TN005
//# started by name
async fn f() { let s = start_server(); sleep(D).await; s.ask().await; } //~ TN005
//# started and awaited, its result is bound
async fn f() { let addr = start_server().await; sleep(D).await; connect(addr).await; } //~ TN005
//# a method
async fn f(app: App) { app.run_in_background(); sleep(D).await; app.ask().await; } //~ TN005
//# a thread, and the thread sleeps
fn f() { let t = std::thread::spawn(|| ()); std::thread::sleep(D); t.join().unwrap(); } //~ TN005
//# logging in between
async fn f() { tokio::spawn(server()); println!("wait"); sleep(D).await; x().await; } //~ TN005
//# abort, sleep
async fn f(h: tokio::task::JoinHandle<()>) { h.abort(); sleep(D).await; check(); } //~ TN005
//# dropped, sleep
async fn f(server: Server) { drop(server); sleep(D).await; check(); } //~ TN005
//# told to stop through a channel
async fn f(stop_tx: Tx) { let _ = stop_tx.send(()); sleep(D).await; check(); } //~ TN005
//# shutdown
async fn f(s: S) { s.shutdown_now(); info!("bye"); sleep(D).await; check(); } //~ TN005
//# notified
async fn f(n: &tokio::sync::Notify) { n.notify_waiters(); sleep(D).await; check(); } //~ TN005
//# in a test
#[tokio::test]
async fn t() { tokio::spawn(server()); sleep(D).await; assert!(up()); } //~ TN005
//# the end of a function that spawned
async fn f() { tokio::spawn(server()); a().await; sleep(D).await; Ok(()) } //~ TN005
//# the end of main before an exit
async fn main() { let h = tokio::spawn(server()); b().await; c().await; sleep(D).await; std::process::exit(0) } //~ TN005
//# until a point in time
async fn f() { tokio::spawn(server()); tokio::time::sleep_until(when()).await; x().await; } //~ TN005
//# several in a loop, then a sleep
async fn f() { for _ in 0..3 { tokio::spawn(server()); } sleep(D).await; x().await; } //~ TN005
//# stop, awaited
async fn f(s: S) { s.stop().await; sleep(D).await; x().await; } //~ TN005
//# async-std
async fn f() { async_std::task::spawn(server()); async_std::task::sleep(D).await; x().await; } //~ TN005
