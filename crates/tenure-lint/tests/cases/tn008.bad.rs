use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::sleep;
async fn flush() {}
async fn go<T>(_m: T) {}
//# a timer
fn f(mut tick: tokio::time::Interval) { tokio::spawn(async move { loop { tick.tick().await; flush().await; } }); } //~ TN008
//# a signal
fn f(mut sig: tokio::signal::unix::Signal) { tokio::spawn(async move { loop { if let Some(s) = sig.recv().await { reload(s) } } }); } //~ TN008
//# spins when closed, though the handle is kept
fn f(mut rx: mpsc::Receiver<u8>) -> tokio::task::JoinHandle<()> { tokio::spawn(async move { loop { if let Some(m) = rx.recv().await { go(m).await } } }) } //~ TN008
//# an async function whose only caller lets go
async fn gc(m: Map) { loop { m.sweep(); sleep(HOUR).await } } //~ TN008
fn start(m: Map) { tokio::spawn(gc(m)); }
//# while true
fn f() { tokio::spawn(async { while true { flush().await; } }); } //~ TN008
//# in a span
fn f() { tokio::spawn(async { loop { flush().await; } }.instrument(span())); } //~ TN008
//# boxed
fn f() { tokio::spawn(Box::pin(async { loop { flush().await; } })); } //~ TN008
//# never used handle
async fn f() { let _h = tokio::spawn(async { loop { flush().await; } }); } //~ TN008
//# a tracker does not end it
fn f(t: &tokio_util::task::TaskTracker) { t.spawn(async { loop { flush().await; } }); } //~ TN008
//# a thread that is let go
fn f(rt: tokio::runtime::Runtime) { std::thread::spawn(move || { rt.block_on(async { loop { flush().await; } }) }); } //~ TN008
//# awaited by a body that is let go
async fn work() { loop { flush().await; } } //~ TN008
fn start() { tokio::spawn(async { work().await; }); }
//# a method
struct S;
impl S { async fn run(&self) { loop { flush().await; } } } //~ TN008
fn start(s: S) { tokio::spawn(async move { s.run().await }); }
//# the break leaves only the inner loop
fn f() { tokio::spawn(async { loop { flush().await; for x in 0..3 { if x == 2 { break; } } } }); } //~ TN008
//# the return is of a closure
fn f() { tokio::spawn(async { loop { flush().await; let g = || { return 1; }; g(); } }); } //~ TN008
//# a question mark in an inner future
fn f() { tokio::spawn(async { loop { let r: Result<(), u8> = async { try_it().await?; Ok(()) }.await; log(r); } }); } //~ TN008
//# spins on an error of a broadcast
async fn f(mut rx: broadcast::Receiver<u8>) { loop { if let Ok(m) = rx.recv().await { go(m).await; } } } //~ TN008
//# spins: none is ignored by a match
async fn f(mut rx: mpsc::Receiver<u8>) { loop { match rx.recv().await { Some(m) => go(m).await, None => {} } } } //~ TN008
//# spins: none goes on
async fn f(mut rx: mpsc::UnboundedReceiver<u8>) { loop { let Some(m) = rx.recv().await else { continue }; println!("{m}"); } } //~ TN008
//# spins on a watch
async fn f(mut rx: watch::Receiver<u8>) { loop { if rx.changed().await.is_ok() { println!("{}", *rx.borrow()); } } } //~ TN008
//# two arms and no exit
fn f(mut a: Ticker, b: Ticker) { tokio::spawn(async move { loop { tokio::select! { _ = a.next() => {}, _ = b.next() => {} } } }); } //~ TN008
//# two levels of callers
async fn inner() { loop { flush().await; } } //~ TN008
async fn outer() { inner().await; }
fn start() { tokio::spawn(outer()); }
