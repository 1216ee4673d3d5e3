use tokio::sync::mpsc;
use tokio::time::sleep;
async fn flush() {}
async fn go<T>(_m: T) {}
//# a stop
fn f(mut tick: Ticker, stop: Token) { tokio::spawn(async move { loop { tokio::select! { _ = tick.tick() => flush().await, _ = stop.cancelled() => break } } }); }
//# the handle is kept
async fn f() { let h = tokio::spawn(async { loop { flush().await; } }); other().await; h.abort(); }
//# ends with the senders
fn f(mut rx: mpsc::Receiver<u8>) { tokio::spawn(async move { while let Some(m) = rx.recv().await { go(m).await } }); }
//# a set owns it
fn f(set: &mut tokio::task::JoinSet<()>) { set.spawn(async { loop { flush().await; } }); }
//# a question mark
fn f() { tokio::spawn(async { loop { try_it().await?; } Ok::<(), u8>(()) }); }
//# an unwrap of what was awaited
fn f() { tokio::spawn(async { loop { accept().await.unwrap(); } }); }
//# a panic
fn f() { tokio::spawn(async { loop { if bad().await { panic!("x") } } }); }
//# returned
fn f() { tokio::spawn(async { loop { if done().await { return; } } }); }
//# a labelled break
fn f() { tokio::spawn(async { 'a: loop { loop { flush().await; break 'a; } } }); }
//# some caller selects
async fn gc() { loop { sleep(HOUR).await } }
async fn a(stop: Token) { tokio::select! { _ = gc() => {}, _ = stop.cancelled() => {} } }
fn b() { tokio::spawn(gc()); }
//# none leaves
async fn f(mut rx: mpsc::Receiver<u8>) { loop { match rx.recv().await { Some(m) => go(m).await, None => break } } }
//# none awaits something else
async fn f(mut rx: mpsc::Receiver<u8>) -> ! { loop { if let Some(m) = rx.recv().await { go(m).await } sleep(HOUR).await; } }
//# no await
fn f() { tokio::spawn(async { loop { std::hint::spin_loop() } }); }
//# a plain function
fn f() { loop { work(); } }
//# the process ends
fn f() { tokio::spawn(async { loop { if done().await { std::process::exit(1) } } }); }
//# a function that never returns
fn die() -> ! { panic!() }
fn f() { tokio::spawn(async { loop { if done().await { die() } } }); }
//# returned as a future
fn f() -> impl Future<Output = ()> { async { loop { flush().await; } } }
//# awaited under a timeout
async fn work() { loop { flush().await; } }
fn f() { tokio::spawn(async { tokio::time::timeout(HOUR, work()).await }); }
//# kept in a field
struct S { h: Option<tokio::task::JoinHandle<()>> }
impl S { fn go(&mut self) { self.h = Some(tokio::spawn(async { loop { flush().await; } })); } }
//# a break in an arm
fn f(mut rx: mpsc::Receiver<u8>) { tokio::spawn(async move { loop { tokio::select! { m = rx.recv() => { if m.is_none() { break } } _ = flush() => {} } } }); }
//# a loop with a condition
fn f(s: S) { tokio::spawn(async move { while s.runs() { flush().await; } }); }
//# a callback that nobody here calls
async fn handler() { loop { flush().await; } }
//# bail
fn f() { tokio::spawn(async { loop { if bad().await { anyhow::bail!("x") } } }); }
