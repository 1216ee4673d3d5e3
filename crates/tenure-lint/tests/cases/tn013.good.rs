use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
//# logged
async fn f(task: JoinHandle<()>) { if let Err(e) = task.await { error!(%e, "task died") } }
//# looked at
async fn f(mut set: JoinSet<Result<(), E>>) { while let Some(r) = set.join_next().await { r??; } }
//# an arm that hands it on
async fn f(mut server: JoinHandle<()>) { tokio::select! { r = &mut server => r?, _ = ctrl_c() => {} } }
//# unwrapped
async fn f(task: JoinHandle<()>) { task.await.unwrap(); }
//# expected
fn f() { let t = std::thread::spawn(|| ()); t.join().expect("it ends well"); }
//# given to the caller
async fn f(task: JoinHandle<()>) -> Result<(), E> { task.await?; Ok(()) }
//# an arm that panics
async fn f(mut server: JoinHandle<()>) { tokio::select! { _ = &mut server => panic!("it ended"), _ = ctrl_c() => {} } }
//# an arm that logs
async fn f(mut server: JoinHandle<()>) { tokio::select! { _ = &mut server => { error!("it ended") } _ = ctrl_c() => {} } }
//# aborted first
async fn f(task: JoinHandle<()>) { task.abort(); let _ = task.await; }
//# all aborted first
async fn f(mut set: JoinSet<()>) { set.abort_all(); while set.join_next().await.is_some() {} }
//# another future
async fn f(fut: Fut) { let _ = fut.await; }
//# another receive
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { while rx.recv().await.is_some() {} }
//# a oneshot
async fn f(rx: tokio::sync::oneshot::Receiver<()>) { let _ = rx.await; }
//# strings are joined
fn f(v: Vec<String>) { let _ = v.join(","); }
//# a timeout that is looked at
async fn f(task: JoinHandle<()>) { if timeout(D, task).await.is_err() { warn!("late") } }
//# the result is bound
async fn f(task: JoinHandle<()>) { let r = task.await; report(r); }
//# matched
async fn f(task: JoinHandle<()>) { match task.await { Ok(()) => {} Err(e) => report(e) } }
//# join_all, looked at
async fn f(all: Vec<JoinHandle<()>>) { for r in futures::future::join_all(all).await { r.unwrap(); } }
//# join_all of plain futures
async fn f() { let all = (0..3).map(|_| x()); futures::future::join_all(all).await; }
//# an error is told anyway
fn f(t: std::thread::JoinHandle<()>) -> Result<(), E> { let _ = t.join(); Err(E) }
//# of unknown type
async fn f(h: Handle) { let _ = h.await; }
//# the set is shut down
async fn f(mut set: JoinSet<()>) { set.shutdown().await; }
