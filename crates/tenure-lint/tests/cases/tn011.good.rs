use std::sync::mpsc;
use std::thread;
use tokio::runtime::Runtime;
//# spawn_blocking
async fn f() { tokio::task::spawn_blocking(|| std::thread::sleep(D)).await.unwrap(); }
//# tokio's command
async fn f() { let out = tokio::process::Command::new("ls").output().await.unwrap(); }
//# main
fn main() { let rt = Runtime::new().unwrap(); rt.block_on(app()) }
//# a plain function
fn f() { thread::sleep(D); }
//# a plain closure inside of async
async fn f(v: Vec<u8>) { v.iter().for_each(|_| thread::sleep(D)); }
//# tokio's sleep
async fn f() { tokio::time::sleep(D).await; }
//# a thread of its own
async fn f() { let t = thread::spawn(|| { thread::sleep(D); }); keep(t); }
//# block_in_place
async fn f() { tokio::task::block_in_place(|| { thread::sleep(D); }); }
//# a receiver of tokio
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { rx.recv().await; }
//# a receiver of unknown type
async fn f(q: Queue) { q.recv(); }
//# join of something else
async fn f(v: Vec<String>) { let s = v.join(","); }
//# a path is joined
async fn f(p: &std::path::Path) { let q = p.join("x"); }
//# try_recv
async fn f(rx: mpsc::Receiver<u8>) { if let Ok(x) = rx.try_recv() { go(x).await } }
//# a nested plain function
async fn f() { fn g() { thread::sleep(D); } tokio::task::spawn_blocking(g).await.unwrap(); }
//# a command that is only made
async fn f() { let c = std::process::Command::new("ls"); keep(c); }
//# tokio's listener
async fn f(l: tokio::net::TcpListener) { l.accept().await.unwrap(); }
//# status of something else
async fn f(r: Response) { let s = r.status(); }
//# tokio's barrier
async fn f(b: &tokio::sync::Barrier) { b.wait().await; }
//# tokio's child
async fn f() { let mut c = tokio::process::Command::new("x").spawn().unwrap(); c.wait().await.unwrap(); }
//# block_on of unknown type
async fn f(e: Executor) { e.block_on(g()); }
//# in a test's closure for a thread
async fn f(rx: mpsc::Receiver<u8>) { thread::spawn(move || { for x in rx.iter() { go(x) } }).join_later(); }
