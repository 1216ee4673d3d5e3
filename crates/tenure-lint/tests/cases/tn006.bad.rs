use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};
use tokio::time::sleep;
const TICK: Duration = Duration::from_millis(1);
//# a flag
async fn f(flag: &AtomicBool) { while !flag.load(SeqCst) { sleep(TICK).await; } } //~ TN006
//# a handle
async fn f(handle: tokio::task::JoinHandle<()>) { while !handle.is_finished() { tokio::task::yield_now().await; } } //~ TN006
//# the twin of a receive
async fn f(mut rx: R) { loop { match rx.try_recv() { Ok(m) => go(m), Err(Disconnected) => break, Err(Empty) => sleep(TICK).await } } } //~ TN006
//# break above the sleep
async fn f(s: &S) { loop { if s.is_ready() { break; } sleep(TICK).await; } } //~ TN006
//# break below the sleep
async fn f(s: &S) { loop { sleep(TICK).await; if s.is_ready() { break; } } } //~ TN006
//# return
async fn f(s: &S) -> u8 { loop { sleep(TICK).await; if s.count() > 3 { return 1; } } } //~ TN006
//# a deadline
async fn f(s: &S) { let begun = Instant::now(); while !s.up() { if begun.elapsed() > MAX { panic!("late") } sleep(TICK).await; } } //~ TN006
//# counted
async fn f(s: &S) { let mut n = 0; while !s.up() { n += 1; assert!(n < 100); sleep(TICK).await; } } //~ TN006
//# logged
async fn f(s: &S) { while s.len() < 3 { debug!("waiting"); sleep(TICK).await; } } //~ TN006
//# an interval
async fn f(s: &S) { let mut t = tokio::time::interval(TICK); while !s.done() { t.tick().await; } } //~ TN006
//# inside of a timeout
async fn f(s: &S) { tokio::time::timeout(TICK, async { while !s.done() { sleep(TICK).await; } }).await.unwrap(); } //~ TN006
//# a thread of its own
fn f(s: S) -> std::thread::JoinHandle<()> { std::thread::spawn(move || { while !s.done() { std::thread::sleep(TICK); } }) } //~ TN006
//# spawn_blocking
async fn f(s: S) { tokio::task::spawn_blocking(move || { while !s.done() { std::thread::sleep(TICK); } }).await.unwrap(); } //~ TN006
//# a match on a state
async fn f(s: &S) { loop { match s.state() { State::Done => break, _ => sleep(TICK).await } } } //~ TN006
//# a let for the test
async fn f(s: &S) { loop { let state = s.state(); if state == Done { break } sleep(TICK).await; } } //~ TN006
//# a lock that is tried
async fn f(m: &std::sync::Mutex<u8>) { loop { if let Ok(g) = m.try_lock() { work(g); break } sleep(TICK).await; } } //~ TN006
//# a child that is asked
async fn f(mut c: std::process::Child) { loop { if c.try_wait().unwrap().is_some() { break } sleep(TICK).await; } } //~ TN006
//# closed
async fn f(tx: Tx) { while !tx.is_closed() { sleep(TICK).await } } //~ TN006
//# while let on the twin
async fn f(mut rx: R) { loop { while let Ok(m) = rx.try_recv() { go(m); } if rx.is_closed() { return } sleep(TICK).await; } } //~ TN006
//# in a test
#[tokio::test]
async fn t() { while !up() { sleep(TICK).await; } } //~ TN006
//# both sides of or
async fn f(s: &S) { while s.a() < 1 || s.b() < 1 { sleep(TICK).await; } } //~ TN006
//# async-std
async fn f(s: &S) { while !s.up() { async_std::task::sleep(TICK).await; } } //~ TN006
