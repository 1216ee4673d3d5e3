use tokio::sync::{Mutex, Notify, Semaphore, mpsc};
//# read_exact
async fn f(mut s: T, mut b: B) { loop { tokio::select! { r = s.read_exact(&mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# send
async fn f(tx: mpsc::Sender<u8>, mut rx: mpsc::Receiver<u8>) { loop { tokio::select! { _ = tx.send(1) => {}, m = rx.recv() => go(m) } } } //~ TN018
//# read_line
async fn f(mut l: T, mut s: String, stop: W) { loop { tokio::select! { n = l.read_line(&mut s) => go(n), _ = stop.changed() => break } } } //~ TN018
//# write_all
async fn f(mut s: T) { loop { tokio::select! { r = s.write_all(b"x") => go(r), _ = tick() => {} } } } //~ TN018
//# a lock
async fn f(m: &Mutex<u8>) { loop { tokio::select! { g = m.lock() => go(g), _ = tick() => {} } } } //~ TN018
//# a permit
async fn f(m: &Semaphore) { loop { tokio::select! { g = m.acquire() => go(g), _ = tick() => {} } } } //~ TN018
//# notified
async fn f(n: &Notify) { loop { tokio::select! { _ = n.notified() => go(1), _ = tick() => {} } } } //~ TN018
//# copy
async fn f(mut a: T, mut b: T) { loop { tokio::select! { r = tokio::io::copy(&mut a, &mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# read_to_end
async fn f(mut s: T, mut b: B) { while on() { tokio::select! { r = s.read_to_end(&mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# read_to_string
async fn f(mut s: T, mut b: B) { loop { tokio::select! { r = s.read_to_string(&mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# read_until
async fn f(mut s: T, mut b: B) { loop { tokio::select! { r = s.read_until(b'x', &mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# write_all_buf
async fn f(mut s: T, mut b: B) { loop { tokio::select! { r = s.write_all_buf(&mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# with a guard
async fn f(mut s: T, mut b: B, on: bool) { loop { tokio::select! { r = s.read_exact(&mut b), if on => go(r), _ = tick() => {} } } } //~ TN018
//# biased
async fn f(mut s: T, mut b: B) { loop { tokio::select! { biased; _ = tick() => {}, r = s.read_exact(&mut b) => go(r) } } } //~ TN018
//# copy_bidirectional
async fn f(mut a: T, mut b: T) { loop { tokio::select! { r = tokio::io::copy_bidirectional(&mut a, &mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# owned permit
async fn f(m: std::sync::Arc<Semaphore>) { loop { tokio::select! { g = m.clone().acquire_owned() => go(g), _ = tick() => {} } } } //~ TN018
//# in a spawned loop
fn f(mut s: T, mut b: B) { tokio::spawn(async move { loop { tokio::select! { r = s.read_exact(&mut b) => go(r), _ = tick() => {} } } }); } //~ TN018
//# a field
struct S { n: Notify }
impl S { async fn f(&self) { loop { tokio::select! { _ = self.n.notified() => go(1), _ = tick() => {} } } } } //~ TN018
//# futures' select
async fn f(mut s: T, mut b: B) { loop { futures::select! { r = s.read_exact(&mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# a for
async fn f(mut s: T, mut b: B) { for _ in 0..3 { tokio::select! { r = s.read_exact(&mut b) => go(r), _ = tick() => {} } } } //~ TN018
//# a sender in a field
struct P { tx: mpsc::Sender<u8> }
impl P { async fn f(&self) { loop { tokio::select! { r = self.tx.send(1) => go(r), _ = tick() => {} } } } } //~ TN018
