use std::sync::{Arc, Mutex};
use tokio::sync::{RwLock, mpsc};
type Peers = RwLock<std::collections::HashMap<u8, mpsc::Sender<u8>>>;
//# a bounded send under a read lock
async fn f(map: &Peers, k: u8) { let g = map.read().await; if let Some(tx) = g.get(&k) { tx.send(1).await.unwrap(); } } //~ TN010
//# a sync guard
async fn f(state: &Mutex<S>) { let g = state.lock().unwrap(); client().call(g.id).await; } //~ TN010
//# in the head of a match
async fn f(peers: &RwLock<Map>, k: u8) { match peers.write().await.get_mut(&k) { Some(p) => p.conn.write_all(b"x").await.unwrap(), None => {} } } //~ TN010
//# dropped in one branch only
async fn f(m: &Mutex<u8>, b: bool) { let g = m.lock().unwrap(); if b { drop(g); } x().await; } //~ TN010
//# shadowing keeps the old one alive
async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); let g = 1; x(g).await; } //~ TN010
//# a sleep under an async lock
async fn f(m: &tokio::sync::Mutex<u8>) { let g = m.lock().await; tokio::time::sleep(D).await; drop(g); } //~ TN010
//# a network write
async fn f(m: &tokio::sync::Mutex<u8>, s: &mut TcpStream) { let g = m.lock().await; s.write_all(b"x").await.unwrap(); drop(g); } //~ TN010
//# if let
async fn f(m: &Mutex<Option<u8>>) { if let Some(x) = m.lock().unwrap().as_ref() { call(*x).await; } } //~ TN010
//# parking_lot
async fn f(m: &parking_lot::Mutex<u8>) { let g = m.lock(); call(*g).await; } //~ TN010
//# parking_lot, a read
async fn f(m: Arc<parking_lot::RwLock<u8>>) { let g = m.read(); call(*g).await; } //~ TN010
//# a field
struct S { m: Mutex<u8> }
impl S { async fn f(&self) { let g = self.m.lock().unwrap(); call(*g).await; } } //~ TN010
//# a refcell
async fn f(c: &std::cell::RefCell<u8>) { let g = c.borrow_mut(); call(1).await; drop(g); } //~ TN010
//# a watch's borrow
async fn f(rx: tokio::sync::watch::Receiver<u8>) { let v = rx.borrow(); call(*v).await; } //~ TN010
//# inside of an async block
fn f(m: Arc<Mutex<u8>>) { tokio::spawn(async move { let g = m.lock().unwrap(); call(*g).await; }); } //~ TN010
//# a select
async fn f(m: &tokio::sync::Mutex<u8>, mut rx: mpsc::Receiver<u8>) { let g = m.lock().await; tokio::select! { _ = rx.recv() => {}, _ = stop() => {} } drop(g); } //~ TN010
//# expect
async fn f(m: &Mutex<u8>) { let g = m.lock().expect("x"); call(*g).await; } //~ TN010
//# poison ignored
async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap_or_else(|e| e.into_inner()); call(*g).await; } //~ TN010
//# let else
async fn f(m: &Mutex<u8>) { let Ok(g) = m.lock() else { return }; call(*g).await; } //~ TN010
//# in a loop
async fn f(m: &Mutex<u8>) { loop { let g = m.lock().unwrap(); call(*g).await; } } //~ TN010
//# for over a guard
async fn f(peers: &Peers) { for tx in peers.read().await.values() { tx.send(1).await.unwrap(); } } //~ TN010
//# awaits another task
async fn f(m: &tokio::sync::Mutex<u8>, h: tokio::task::JoinHandle<()>) { let g = m.lock().await; h.await.unwrap(); drop(g); } //~ TN010
//# the type is not known, the unwrap says enough
async fn f(s: Shared) { let g = s.state.lock().unwrap(); call(1).await; drop(g); } //~ TN010
//# owned
async fn f(m: Arc<tokio::sync::Mutex<u8>>, mut rx: mpsc::Receiver<u8>) { let g = m.lock_owned().await; rx.recv().await; drop(g); } //~ TN010
