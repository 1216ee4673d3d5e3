use tokio::sync::{Mutex, Notify, mpsc};
//# made outside
async fn f(mut s: T, mut b: B) { let r = s.read_exact(&mut b); tokio::pin!(r); loop { tokio::select! { x = &mut r => break, _ = tick() => {} } } }
//# reserved
async fn f(tx: mpsc::Sender<u8>, mut rx: mpsc::Receiver<u8>) { loop { tokio::select! { p = tx.reserve() => p.unwrap().send(1), m = rx.recv() => go(m) } } }
//# cancel-safe
async fn f(mut rx: mpsc::Receiver<u8>) { loop { tokio::select! { m = rx.recv() => go(m), _ = tick() => {} } } }
//# no loop
async fn f(mut s: T, mut b: B) { tokio::select! { r = s.read_exact(&mut b) => go(r), _ = tick() => {} } }
//# read is safe
async fn f(mut s: T, mut b: B) { loop { tokio::select! { r = s.read(&mut b) => go(r), _ = tick() => {} } } }
//# accept is safe
async fn f(l: L) { loop { tokio::select! { r = l.accept() => go(r), _ = tick() => {} } } }
//# in the body of an arm
async fn f(mut s: T, mut rx: mpsc::Receiver<u8>) { loop { tokio::select! { m = rx.recv() => { s.write_all(b"x").await.unwrap(); } _ = tick() => {} } } }
//# a sender of unknown type
async fn f(c: Client) { loop { tokio::select! { r = c.send(1) => go(r), _ = tick() => {} } } }
//# a lock of unknown type
async fn f(c: Client) { loop { tokio::select! { r = c.lock() => go(r), _ = tick() => {} } } }
//# one arm
async fn f(mut s: T, mut b: B) { loop { tokio::select! { r = s.read_exact(&mut b) => go(r) } } }
//# next_line is safe
async fn f(mut l: T) { loop { tokio::select! { r = l.next_line() => go(r), _ = tick() => {} } } }
//# by reference
async fn f(mut h: H) { loop { tokio::select! { r = &mut h => break, _ = tick() => {} } } }
//# its own function
async fn f(mut s: S) { loop { tokio::select! { r = s.read_frame() => go(r), _ = tick() => {} } } }
//# a sleep
async fn f(stop: T) { loop { tokio::select! { _ = tokio::time::sleep(D) => {}, _ = stop.cancelled() => break } } }
//# the loop is outside of the task
fn f() { loop { keep(async { tokio::select! { r = s().read_exact(&mut b()) => go(r), _ = tick() => {} } }) } }
//# changed is safe
async fn f(mut w: W) { loop { tokio::select! { r = w.changed() => go(r), _ = tick() => {} } } }
//# join_next is safe
async fn f(mut set: tokio::task::JoinSet<()>) { loop { tokio::select! { Some(r) = set.join_next() => r.unwrap(), _ = tick() => {} } } }
//# an unbounded sender does not wait
async fn f(tx: mpsc::UnboundedSender<u8>, mut rx: mpsc::Receiver<u8>) { while let Some(x) = rx.recv().await { tx.send(x).unwrap(); } }
//# broadcast
async fn f(mut rx: tokio::sync::broadcast::Receiver<u8>) { loop { tokio::select! { r = rx.recv() => go(r), _ = tick() => {} } } }
//# a std lock
async fn f(m: &std::sync::Mutex<u8>) { loop { go(m.lock()); tokio::select! { _ = a() => {}, _ = tick() => {} } } }
//# an async block
async fn f(s: S) { loop { tokio::select! { r = async { s.get().await } => go(r), _ = tick() => {} } } }
