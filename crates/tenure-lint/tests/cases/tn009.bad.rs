use tokio::sync::mpsc;
async fn work(_tx: &mpsc::Sender<u8>) {}
//# clones in a loop
async fn f(jobs: Vec<Job>) { let (tx, mut rx) = mpsc::channel(8); for j in jobs { let tx = tx.clone(); tokio::spawn(async move { tx.send(j()).await }); } while let Some(r) = rx.recv().await { out(r) } } //~ TN009
//# flume
async fn f(set: &mut Set) { let (tx, rx) = flume::bounded::<u8>(8); let t2 = tx.clone(); set.spawn(produce(t2)); while let Ok(x) = rx.recv_async().await { use_(x) } } //~ TN009
//# borrowed
async fn f() { let (tx, mut rx) = mpsc::channel(1); work(&tx).await; while let Some(x) = rx.recv().await {} } //~ TN009
//# unbounded
async fn f() { let (tx, mut rx) = mpsc::unbounded_channel::<u8>(); tx.send(1).unwrap(); while let Some(x) = rx.recv().await { out(x) } } //~ TN009
//# never used
async fn f() { let (_tx, mut rx) = mpsc::channel::<u8>(1); while let Some(x) = rx.recv().await { out(x) } } //~ TN009
//# a loop with a match
async fn f() { let (tx, mut rx) = mpsc::channel(1); start(tx.clone()); loop { match rx.recv().await { Some(x) => out(x), None => break } } } //~ TN009
//# dropped on one path only
async fn f(b: bool) { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); if b { drop(tx); } while let Some(x) = rx.recv().await { out(x) } } //~ TN009
//# shadowing keeps it alive
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); let tx2 = tx.clone(); start(tx2); let tx2 = 1; while let Some(x) = rx.recv().await { out(x) } } //~ TN009
//# async_channel
async fn f() { let (tx, rx) = async_channel::unbounded::<u8>(); start(tx.clone()); while let Ok(x) = rx.recv().await { out(x) } } //~ TN009
//# broadcast
async fn f() { let (tx, mut rx) = tokio::sync::broadcast::channel::<u8>(1); start(tx.clone()); while let Ok(x) = rx.recv().await { out(x) } } //~ TN009
//# a stream of it
async fn f() { let (tx, rx) = mpsc::channel::<u8>(1); start(tx.clone()); let mut s = ReceiverStream::new(rx); while let Some(x) = s.next().await { out(x) } } //~ TN009
//# collected
async fn f() { let (tx, rx) = futures::channel::mpsc::unbounded::<u8>(); start(tx.clone()); let all: Vec<u8> = rx.collect().await; } //~ TN009
//# std
fn f() { let (tx, rx) = std::sync::mpsc::channel::<u8>(); let t = tx.clone(); start(t); for x in rx { out(x) } } //~ TN009
//# std, while let
fn f() { let (tx, rx) = std::sync::mpsc::channel::<u8>(); start(tx.clone()); while let Ok(x) = rx.recv() { out(x) } } //~ TN009
//# in a test
#[tokio::test]
async fn t() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); while let Some(x) = rx.recv().await { out(x) } } //~ TN009
//# used after it, which is never reached
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); while let Some(x) = rx.recv().await { out(x) } tx.send(1).await.unwrap(); } //~ TN009
//# inside of a task, both ends
fn f() { tokio::spawn(async move { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); while let Some(x) = rx.recv().await { out(x) } }); } //~ TN009
//# awaits in the body
async fn f() { let (tx, mut rx) = mpsc::channel::<u8>(1); start(tx.clone()); while let Some(x) = rx.recv().await { save(x).await; } } //~ TN009
//# a tuple is received
async fn f() { let (tx, mut rx) = mpsc::channel::<(u8, u8)>(1); start(tx.clone()); while let Some((a, b)) = rx.recv().await { out(a + b) } } //~ TN009
//# over several lines
async fn f() {
    let (tx, mut rx) = mpsc::channel::<u8>(1);
    for _ in 0..3 { tokio::spawn(produce(tx.clone())); }
    while let Some(x) = rx.recv().await { //~ TN009
        out(x);
    }
}
//# crossbeam
fn f() { let (tx, rx) = crossbeam_channel::bounded::<u8>(1); start(tx.clone()); for x in rx.iter() { out(x) } } //~ TN009
