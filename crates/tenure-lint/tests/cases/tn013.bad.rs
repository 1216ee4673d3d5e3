use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
//# let _
async fn f(task: JoinHandle<()>) { let _ = task.await; } //~ TN013
//# drained without a look
async fn f(mut set: JoinSet<()>) { while set.join_next().await.is_some() {} } //~ TN013
//# an arm
async fn f(mut server: JoinHandle<()>) { tokio::select! { _ = &mut server => {}, _ = ctrl_c() => {} } } //~ TN013
//# assigned to nothing
async fn f(task: JoinHandle<()>) { _ = task.await; } //~ TN013
//# ok
async fn f(task: JoinHandle<()>) { task.await.ok(); } //~ TN013
//# dropped
async fn f(task: JoinHandle<()>) { drop(task.await); } //~ TN013
//# a thread
fn f() { let t = std::thread::spawn(|| ()); let _ = t.join(); } //~ TN013
//# while let Some(_)
async fn f(mut set: JoinSet<()>) { while let Some(_) = set.join_next().await {} } //~ TN013
//# one is joined
async fn f(mut set: JoinSet<()>) { set.join_next().await; } //~ TN013
//# a timeout
async fn f(task: JoinHandle<()>) { let _ = timeout(D, task).await; } //~ TN013
//# join_all
async fn f() { let mut all = vec![]; for _ in 0..3 { all.push(tokio::spawn(x())); } futures::future::join_all(all).await; } //~ TN013
//# join!
async fn f(a: JoinHandle<()>, b: JoinHandle<()>) { let _ = tokio::join!(a, b); } //~ TN013
//# made here
async fn f() { let h = tokio::spawn(x()); y().await; let _ = h.await; } //~ TN013
//# a field
struct S { h: Option<JoinHandle<()>> }
impl S { async fn stop(&mut self) { if let Some(h) = self.h.take() { let _ = h.await; } } } //~ TN013
//# a field itself
struct S { h: JoinHandle<()> }
impl S { async fn stop(self) { let _ = self.h.await; } } //~ TN013
//# each of several
async fn f(all: Vec<JoinHandle<()>>) { for h in all { let _ = h.await; } } //~ TN013
//# by reference
async fn f(mut h: JoinHandle<()>) { let _ = (&mut h).await; } //~ TN013
//# owned by its type
async fn f(h: tokio_util::task::AbortOnDropHandle<()>) { let _ = h.await; } //~ TN013
//# the arm of a set
async fn f(mut set: JoinSet<()>) { loop { tokio::select! { Some(_) = set.join_next() => {}, _ = stop() => break } } } //~ TN013
//# a value that a function returns
fn start() -> JoinHandle<()> { tokio::spawn(x()) }
async fn f() { let h = start(); let _ = h.await; } //~ TN013
//# threads of a list
fn f() { let mut all = Vec::new(); all.push(std::thread::spawn(|| ())); for t in all { let _ = t.join(); } } //~ TN013
//# a statement
async fn f(h: JoinHandle<()>) { h.await; } //~ TN013
