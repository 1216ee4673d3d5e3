use tokio::sync::mpsc;
//# dropped
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); drop(tx); while let Some(x) = rx.recv().await { out(x) } }
//# moved
async fn f(set: &mut Set) { let (tx, mut rx) = mpsc::channel::<u8>(1); set.spawn(produce(tx)); while let Some(x) = rx.recv().await { out(x) } }
//# another exit
async fn f() { let (tx, mut rx) = mpsc::channel::<R>(1); start(tx.clone()); while let Some(r) = rx.recv().await { if r.last { break } } }
//# a question mark
async fn f() -> Result<(), u8> { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); while let Some(x) = rx.recv().await { save(x).await?; } Ok(()) }
//# moved into a task
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); tokio::spawn(async move { tx.send(1).await }); while let Some(x) = rx.recv().await { out(x) } }
//# its scope is closed
async fn f() { let mut rx = { let (tx, rx) = mpsc::channel::<u8>(1); start(tx.clone()); rx }; while let Some(x) = rx.recv().await { out(x) } }
//# used inside of the loop
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); while let Some(x) = rx.recv().await { if x > 0 { tx.send(x - 1).await.unwrap(); } } }
//# returned
fn f() -> (mpsc::Sender<u8>, mpsc::Receiver<u8>) { let (tx, rx) = mpsc::channel::<u8>(1); (tx, rx) }
//# the loop is in a task
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); tokio::spawn(async move { while let Some(x) = rx.recv().await { out(x) } }); tx.send(1).await.unwrap(); }
//# one message
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); let x = rx.recv().await; }
//# a select with a stop
async fn f(stop: Token) { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); loop { tokio::select! { Some(x) = rx.recv() => out(x), _ = stop.cancelled() => break } } }
//# stored
struct S { tx: mpsc::Sender<u8> }
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); let s = S { tx }; start(s); while let Some(x) = rx.recv().await { out(x) } }
//# given to a function
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx); while let Some(x) = rx.recv().await { out(x) } }
//# a pattern that can fail ends it
async fn f() { let (tx, mut rx) = mpsc::channel::<Option<u8>>(1); start(tx.clone()); while let Some(Some(x)) = rx.recv().await { out(x) } }
//# oneshot
async fn f() { let (tx, rx) = tokio::sync::oneshot::channel::<u8>(); start2(&tx); rx.await.unwrap(); }
//# moved by the last round
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); let p = Producer::new(tx); p.go(); while let Some(x) = rx.recv().await { out(x) } }
//# watch
async fn f() { let (tx, mut rx) = tokio::sync::watch::channel(1); while rx.changed().await.is_ok() { out(1) } }
//# captured by what owns its captures
fn f() { let (tx, rx) = std::sync::mpsc::channel::<u8>(); std::thread::spawn(move || tx.send(1)); for x in rx { out(x) } }
//# only as many as were sent
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); for _ in 0..3 { rx.recv().await; } }
//# returns from the loop
async fn f() -> u8 { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); while let Some(x) = rx.recv().await { return x } 0 }
//# shadowed by its own drop
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); std::mem::drop(tx); while let Some(x) = rx.recv().await { out(x) } }
