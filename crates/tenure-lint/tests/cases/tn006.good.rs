use std::time::Duration;
use tokio::time::sleep;
const TICK: Duration = Duration::from_millis(1);
//# notified
async fn f(n: &tokio::sync::Notify) { n.notified().await; }
//# retry
async fn f() { let c = loop { match connect().await { Ok(c) => break c, Err(_) => sleep(TICK).await } }; }
//# periodic work
async fn f(weak: Weak) { while let Some(s) = weak.upgrade() { sleep(TICK).await; s.retain(live); } }
//# does something each tick
async fn f(s: &S) { while s.runs() { s.flush(); sleep(TICK).await; } }
//# a periodic task with an end
async fn f(s: &S) { loop { if s.stopped() { break } s.sweep(1); sleep(TICK).await; } }
//# awaits work
async fn f(s: &S) { while !s.done() { s.step().await; sleep(TICK).await; } }
//# sends each tick
async fn f(s: &S) { let mut t = tokio::time::interval(TICK); while s.up() { t.tick().await; if s.send_message(1).is_err() { break } } }
//# no timer
async fn f(mut rx: R) { loop { if rx.recv().await.is_none() { break } } }
//# no exit
async fn f(s: &S) { loop { sleep(TICK).await; s.beat(); } }
//# changed
async fn f(mut rx: tokio::sync::watch::Receiver<u8>) { while *rx.borrow() < 3 { rx.changed().await.unwrap(); } }
//# a select with a stop
async fn f(s: &S, stop: Token) { while !s.done() { tokio::select! { _ = sleep(TICK) => {}, _ = stop.cancelled() => break } } }
//# a plain function may sleep
fn f(s: &S) { while !s.done() { std::thread::sleep(TICK); } }
//# a retry of a call that can fail
async fn f() { loop { if let Ok(c) = std::net::TcpStream::connect("x") { use_it(c); break } sleep(TICK).await; } }
//# a for with an end
async fn f() { for _ in 0..3 { sleep(TICK).await; } }
//# work in the arm
async fn f(s: &S) { loop { match s.pick() { Some(x) => work(x), None => break } sleep(TICK).await; } }
//# a queue that is drained
async fn f(q: &mut Q) { while let Some(x) = q.pop() { sleep(TICK).await; drop(x); } }
//# publishes
async fn f(s: &S) { loop { s.publish(metrics()); if s.closed() { return } sleep(TICK).await; } }
//# joins
async fn f(mut set: tokio::task::JoinSet<()>) { while let Some(r) = set.join_next().await { r.unwrap(); } }
//# a sleep of a fixed number of rounds
async fn f() { let mut n = 0; loop { work(n); n += 1; if n > 3 { break } sleep(TICK).await; } }
//# a macro that is not known
async fn f(s: &S) { while !s.done() { my_poll!(s => now); sleep(TICK).await; } }
//# a file that is tried for
async fn f(p: &Path) { while std::fs::metadata(p).is_err() { sleep(TICK).await; } }
