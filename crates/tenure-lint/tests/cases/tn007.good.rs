use tokio::sync::mpsc;
//# bounded
fn f() { let (tx, rx) = mpsc::channel::<u8>(64); }
//# oneshot
fn f() { let (tx, rx) = tokio::sync::oneshot::channel::<u8>(); }
//# a function of that name
fn unbounded() -> std::ops::Range<u64> { 0..u64::MAX }
fn f() { let r = unbounded(); }
//# watch
fn f() { let (tx, rx) = tokio::sync::watch::channel(1); }
//# broadcast
fn f() { let (tx, rx) = tokio::sync::broadcast::channel::<u8>(8); }
//# flume, bounded
fn f() { let (tx, rx) = flume::bounded::<u8>(8); }
//# a type
fn f(tx: mpsc::UnboundedSender<u8>) { tx.send(1).unwrap(); }
//# a bound of a range
fn f() -> std::ops::Bound<u8> { std::ops::Bound::Unbounded }
//# std, in a plain function
fn f() { let (tx, rx) = std::sync::mpsc::channel::<u8>(); }
//# std, bounded, in async
async fn f() { let (tx, rx) = std::sync::mpsc::sync_channel::<u8>(1); }
//# async_channel, bounded
fn f() { let (tx, rx) = async_channel::bounded::<u8>(1); }
//# a method of that name
fn f(q: Queue) { q.unbounded(); q.unbounded_channel(); }
//# another crate's function of that name
fn f() { let x = proptest::collection::unbounded(); }
//# a module of one's own
mod chan { pub fn unbounded_channel() -> u8 { 1 } }
fn f() { let x = chan::unbounded_channel(); }
//# a local function hides the glob
use tokio::sync::mpsc::*;
fn unbounded_channel() -> u8 { 1 }
fn f() { let x = unbounded_channel(); }
//# in a string and in a comment
fn f() { let s = "mpsc::unbounded_channel()"; /* mpsc::unbounded_channel() */ }
//# futures, bounded
fn f() { let (tx, rx) = futures::channel::mpsc::channel::<u8>(1); }
//# only imported
use tokio::sync::mpsc::unbounded_channel;
fn f() {}
//# a receiver is renamed
fn f(rx: mpsc::UnboundedReceiver<u8>) { let r = rx; }
//# crossbeam, bounded
fn f() { let (tx, rx) = crossbeam_channel::bounded::<u8>(0); }
//# suppressed
fn f() { let c = mpsc::unbounded_channel::<u8>(); } // tenure: allow(TN007) bounded by the requests in flight
