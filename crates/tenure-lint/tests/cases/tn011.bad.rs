use std::sync::mpsc;
use std::thread;
use tokio::runtime::{Handle, Runtime};
//# thread::sleep
async fn f() { std::thread::sleep(D); } //~ TN011
//# block_on
async fn f(h: Handle) { h.block_on(g()); } //~ TN011
//# a command
async fn f() { let out = std::process::Command::new("ls").output().unwrap(); } //~ TN011
//# imported sleep
async fn f() { thread::sleep(D); } //~ TN011
//# inside of an async block
fn f() { tokio::spawn(async { thread::sleep(D) }); } //~ TN011
//# an async closure
fn f() { let g = async || { thread::sleep(D); }; } //~ TN011
//# blocking_recv
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { rx.blocking_recv(); } //~ TN011
//# blocking_lock
async fn f(m: &tokio::sync::Mutex<u8>) { let g = m.blocking_lock(); } //~ TN011
//# futures' executor
async fn f() { futures::executor::block_on(g()); } //~ TN011
//# a receiver of std
async fn f(rx: mpsc::Receiver<u8>) { rx.recv().unwrap(); } //~ TN011
//# a receiver of std with a limit
async fn f(rx: mpsc::Receiver<u8>) { rx.recv_timeout(D).unwrap(); } //~ TN011
//# crossbeam
async fn f(rx: crossbeam_channel::Receiver<u8>) { rx.recv().unwrap(); } //~ TN011
//# a thread is joined
async fn f() { let t = thread::spawn(|| ()); t.join().unwrap(); } //~ TN011
//# status
async fn f() { let mut c = std::process::Command::new("x"); c.arg("-v").status().unwrap(); } //~ TN011
//# a child
async fn f() { let mut c = std::process::Command::new("x").spawn().unwrap(); c.wait().unwrap(); } //~ TN011
//# connect
async fn f() { let s = std::net::TcpStream::connect("x:1").unwrap(); } //~ TN011
//# accept
async fn f(l: std::net::TcpListener) { let c = l.accept().unwrap(); } //~ TN011
//# a condition variable
async fn f(c: &std::sync::Condvar, m: &std::sync::Mutex<u8>) { let g = c.wait(m.lock().unwrap()).unwrap(); } //~ TN011
//# a barrier
async fn f(b: &std::sync::Barrier) { b.wait(); } //~ TN011
//# a spinning loop
async fn f(a: &AtomicBool) { while !a.load(Relaxed) { std::hint::spin_loop(); } } //~ TN011
//# a runtime made here
async fn f() { let rt = Runtime::new().unwrap(); rt.block_on(g()); } //~ TN011
//# in an arm of a select
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { tokio::select! { _ = rx.recv() => { thread::sleep(D); } _ = stop() => {} } } //~ TN011
