use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
async fn serve<T>(_c: T) {}
async fn job() {}
//# a permit
async fn f(sem: Arc<Semaphore>, l: TcpListener) { loop { let p = sem.clone().acquire_owned().await.unwrap(); let s = l.accept().await; tokio::spawn(async move { serve(s).await; drop(p); }); } }
//# the set is bounded
async fn f(mut set: JoinSet<()>) { loop { if set.len() >= 10 { set.join_next().await; } set.spawn(job()); job().await; } }
//# for over parts
async fn f(parts: Vec<u8>, mut set: JoinSet<()>) { for part in parts { set.spawn(serve(part)); job().await; } }
//# the loop ends after the spawn
async fn f(l: TcpListener) { loop { let c = l.accept().await; tokio::spawn(serve(c)); break; } }
//# returns after the spawn
async fn f(l: TcpListener) { loop { let c = l.accept().await; if c.is_ok() { tokio::spawn(serve(c)); return; } } }
//# awaited in the same round
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { while let Some(m) = rx.recv().await { tokio::spawn(serve(m)).await.unwrap(); } }
//# awaited by its name
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { while let Some(m) = rx.recv().await { let h = tokio::spawn(serve(m)); job().await; h.await.unwrap(); } }
//# the place is emptied first
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) { let mut last = None; while let Some(m) = rx.recv().await { if let Some(h) = last.take() { join(h).await; } last = Some(tokio::spawn(serve(m))); } }
//# no await in the loop
fn f(n: u8) { let mut i = 0; while i < n { tokio::spawn(job()); i += 1; } }
//# no loop
async fn f() { tokio::spawn(job()); }
//# the loop is inside of the task
async fn f() { tokio::spawn(async { loop { job().await; } }); }
//# a counter that the loop changes
async fn f(l: TcpListener) { let mut live = 0; loop { let c = l.accept().await; live += 1; if live > 100 { break } tokio::spawn(serve(c)); } }
//# an atomic counter
async fn f(l: TcpListener, live: Arc<AtomicUsize>) { loop { let c = l.accept().await; if live.load(Relaxed) > 100 { continue } live.fetch_add(1, Relaxed); tokio::spawn(serve(c)); } }
//# a permit by another call
async fn f(l: TcpListener, limit: Limit) { loop { let guard = limit.acquire().await; let c = l.accept().await; tokio::spawn(async move { serve(c).await; drop(guard) }); } }
//# try a permit
async fn f(l: TcpListener, sem: Arc<Semaphore>) { loop { let c = l.accept().await; let Ok(p) = sem.clone().try_acquire_owned() else { continue }; tokio::spawn(async move { serve(c).await; drop(p) }); } }
//# a permit is moved in
async fn f(l: TcpListener, q: Queue) { loop { let (c, permit) = q.next().await; tokio::spawn(async move { serve(c).await; drop(permit) }); } }
//# reserved
async fn f(mut rx: R, tx: tokio::sync::mpsc::Sender<u8>) { while let Some(m) = rx.recv().await { let slot = tx.reserve().await.unwrap(); tokio::spawn(async move { slot.send(m) }); } }
//# a stream with its own bound
async fn f(mut rx: R) { while let Some(s) = rx.recv().await { s.for_each_concurrent(4, |x| async move { tokio::spawn(serve(x)).await; }).await; } }
//# a function of its own
async fn f(l: TcpListener) { loop { let c = l.accept().await; handle(c); } }
//# a closure that is called elsewhere
async fn f(mut rx: R) { while let Some(m) = rx.recv().await { m.on_done(|| { tokio::spawn(job()); }); } }
//# a join of two
async fn f(mut rx: R) { while let Some(m) = rx.recv().await { let _r = tokio::join!(tokio::spawn(serve(m)), job()); } }
//# suppressed
async fn f(l: TcpListener) { loop { let c = l.accept().await;
    // tenure: allow(TN004) the kernel bounds this by its backlog
    tokio::spawn(serve(c)); } }
