use std::sync::{Arc, Mutex};
use tokio::sync::{RwLock, mpsc};
//# cloned out
async fn f(map: &RwLock<Map>, k: u8) { let tx = map.read().await.get(&k).cloned(); if let Some(tx) = tx { tx.send(1).await.unwrap(); } }
//# a block
async fn f(state: &Mutex<S>) { let id = { state.lock().unwrap().id }; client().call(id).await; }
//# the lock is the queue
async fn f(r: &tokio::sync::Mutex<mpsc::Receiver<u8>>) { let mut rx = r.lock().await; let m = rx.recv().await; }
//# dropped
async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); drop(g); x().await; }
//# dropped in both branches
async fn f(m: &Mutex<u8>, b: bool) { let g = m.lock().unwrap(); if b { drop(g); } else { drop(g); } x().await; }
//# the other branch returns
async fn f(m: &Mutex<u8>, b: bool) { let g = m.lock().unwrap(); if b { drop(g); } else { return; } x().await; }
//# a temporary
async fn f(m: &Mutex<u8>) { *m.lock().unwrap() += 1; x().await; }
//# a copy of the value
async fn f(m: &Mutex<u8>) { let v = *m.lock().unwrap(); x(v).await; }
//# another lock
async fn f(a: &tokio::sync::Mutex<u8>, b: &tokio::sync::Mutex<u8>) { let x = a.lock().await; let y = b.lock().await; drop((x, y)); }
//# an unknown call
async fn f(a: &tokio::sync::Mutex<u8>) { let x = a.lock().await; compute(&x).await; }
//# the connection itself
async fn f(c: &tokio::sync::Mutex<Conn>) { let mut g = c.lock().await; g.stream.write_all(b"x").await.unwrap(); }
//# the connection in an option
async fn f(c: &tokio::sync::Mutex<Option<TcpStream>>) { let mut g = c.lock().await; if let Some(s) = g.as_mut() { s.write_all(b"x").await.unwrap(); } }
//# standard output
async fn f() { let out = std::io::stdout().lock(); x().await; drop(out); }
//# a method of that name
struct Disk; impl Disk { fn lock(&self) -> u8 { 1 } }
async fn f(d: Disk) { let g = d.lock(); x(g).await; }
//# read with arguments
async fn f(mut s: TcpStream) { let n = s.read(&mut [0]).await; x(n).await; }
//# a plain function
fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); work(&g); }
//# before the spawn
fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); let v = *g; tokio::spawn(async move { x(v).await }); }
//# moved into a function
async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); finish(g); x().await; }
//# an if without let drops it first
async fn f(m: &Mutex<u8>) { if m.lock().unwrap().is_ok() { x().await; } }
//# a watch's value, cloned
async fn f(rx: tokio::sync::watch::Receiver<u8>) { let v = rx.borrow().clone(); x(v).await; }
//# a broadcast does not wait
async fn f(m: &tokio::sync::Mutex<u8>, tx: tokio::sync::broadcast::Sender<u8>) { let g = m.lock().await; tx.send(*g).unwrap(); }
//# the future of a lock
async fn f(m: &tokio::sync::Mutex<u8>) { let fut = m.lock(); other(); let g = fut.await; }
//# match, with a clone
async fn f(m: &Mutex<Option<u8>>) { let v = m.lock().unwrap().clone(); match v { Some(v) => x(v).await, None => {} } }
//# its block ends
async fn f(m: &Mutex<u8>) { { let g = m.lock().unwrap(); work(&g); } x().await; }
