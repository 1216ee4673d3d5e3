use tokio::net::TcpListener;
use tokio::task::JoinSet;
async fn serve<T>(_c: T) {}
async fn job() {}
//# accept
async fn f(l: TcpListener) -> std::io::Result<()> { loop { let (s, _) = l.accept().await?; tokio::spawn(serve(s)); } } //~ TN004
//# a set for each message
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>, mut set: JoinSet<()>) { while let Some(m) = rx.recv().await { set.spawn(serve(m)); } } //~ TN004
//# reaped, still no limit
async fn f(l: TcpListener, mut set: JoinSet<()>) { loop { tokio::select! { r = l.accept() => { set.spawn(serve(r)); } _ = set.join_next() => {} } } } //~ TN004
//# each tick, whether or not the last one ended
async fn f() { let mut t = tokio::time::interval(D); loop { t.tick().await; tokio::spawn(job()); } } //~ TN004
//# kept in a list that grows
async fn f(l: TcpListener) { let mut all = vec![]; loop { let c = l.accept().await; all.push(tokio::spawn(serve(c))); } } //~ TN004
//# a tracker
async fn f(l: TcpListener, t: tokio_util::task::TaskTracker) { loop { let c = l.accept().await; t.spawn(serve(c)); } } //~ TN004
//# blocking work
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { while let Some(m) = rx.recv().await { tokio::task::spawn_blocking(move || drop(m)); } } //~ TN004
//# a runtime's handle
async fn f(h: tokio::runtime::Handle, l: TcpListener) { loop { let c = l.accept().await; h.spawn(serve(c)); } } //~ TN004
//# under an if
async fn f(l: TcpListener) { loop { if let Ok(c) = l.accept().await { tokio::spawn(serve(c)); } } } //~ TN004
//# an arm of a match
async fn f(l: TcpListener) { loop { match l.accept().await { Ok(c) => { tokio::spawn(serve(c)); } Err(_) => break } } } //~ TN004
//# a while with a flag
async fn f(l: TcpListener, on: bool) { while on { let c = l.accept().await; tokio::spawn(serve(c)); } } //~ TN004
//# a stream
async fn f(mut s: impl Stream) { while let Some(x) = s.next().await { tokio::spawn(serve(x)); } } //~ TN004
//# inside of a spawned loop
fn f(l: TcpListener) { tokio::spawn(async move { loop { let c = l.accept().await; tokio::spawn(serve(c)); } }); } //~ TN004
//# a comparison that bounds nothing
async fn f(l: TcpListener, n: usize) { loop { let c = l.accept().await; if n > 3 { continue } tokio::spawn(serve(c)); } } //~ TN004
//# a block
async fn f(l: TcpListener) { loop { let c = l.accept().await; { let c = c; tokio::spawn(serve(c)); } } } //~ TN004
//# break under a condition only
async fn f(l: TcpListener) { loop { let c = l.accept().await; tokio::spawn(serve(c)); if done() { break } } } //~ TN004
//# the arm of a select without a block
async fn f(l: TcpListener, stop: Token) { loop { tokio::select! { Ok(c) = l.accept() => { tokio::spawn(serve(c)); }, _ = stop.cancelled() => break } } } //~ TN004
//# through a function that returns the handle
fn start(c: u8) -> tokio::task::JoinHandle<()> { tokio::spawn(serve(c)) }
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { while let Some(c) = rx.recv().await { start(c); } } //~ TN004
//# the abort handle is kept
async fn f(l: TcpListener, mut set: JoinSet<()>, all: &mut Vec<tokio::task::AbortHandle>) { loop { let c = l.accept().await; all.push(set.spawn(serve(c))); } } //~ TN004
//# a map of handles
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { let mut all = std::collections::HashMap::new(); while let Some(k) = rx.recv().await { all.insert(k, tokio::spawn(serve(k))); } } //~ TN004
//# sleep as the event
async fn f() { loop { tokio::time::sleep(D).await; let _ = tokio::spawn(job()); } } //~ TN004
