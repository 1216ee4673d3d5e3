use std::time::Duration;
use tokio::time::sleep;
async fn server() {}
//# awaits the event
async fn f() { let (ready, up) = tokio::sync::oneshot::channel(); tokio::spawn(server()); up.await.unwrap(); }
//# waits for the end
async fn f(token: Token, tracker: Tracker) { token.cancel(); tracker.wait().await; }
//# backoff
async fn f() { loop { if try_it().is_err() { sleep(backoff()).await; continue; } break } }
//# a pause
async fn pause() { sleep(Duration::from_secs(1)).await; }
//# between two calls
async fn f() { a().await; sleep(D).await; b().await; }
//# in a loop
async fn f() { tokio::spawn(server()); loop { sleep(D).await; x().await; } }
//# inside of the task
async fn f() { tokio::spawn(async { sleep(D).await; x().await; }).await.unwrap(); }
//# in a select
async fn f() { tokio::spawn(server()); tokio::select! { _ = sleep(D) => {}, _ = x() => {} } }
//# a timeout
async fn f() { let h = tokio::spawn(server()); let r = tokio::time::timeout(D, h).await; }
//# paused time
#[tokio::test(start_paused = true)]
async fn t() { tokio::spawn(server()); sleep(D).await; assert!(up()); }
//# paused by a call
#[tokio::test]
async fn t() { tokio::time::pause(); tokio::spawn(server()); sleep(D).await; assert!(up()); }
//# another wait in between
async fn f() { tokio::spawn(server()); ready().await; sleep(D).await; x().await; }
//# joined before
async fn f() { tokio::spawn(server()).await.unwrap(); sleep(D).await; x().await; }
//# the name says why
async fn f(retry_delay: Duration) { let h = start_job(); sleep(retry_delay).await; h.ask().await; }
//# a name of a thing
async fn f() { let t = start_time(); sleep(D).await; x(t).await; }
//# a guard is dropped
async fn f(m: &tokio::sync::Mutex<u8>) { let g = m.lock().await; drop(g); sleep(D).await; x().await; }
//# a statement that was awaited has finished
async fn f() { run_migrations().await; sleep(D).await; x().await; }
//# blocks until it says it is up
fn f(rx: std::sync::mpsc::Receiver<()>) { let t = std::thread::spawn(|| ()); rx.recv().unwrap(); std::thread::sleep(D); t.join().unwrap(); }
//# as long as a timeout
async fn f(pool: Pool) { drop(pool.get()); sleep(pool.idle_timeout()).await; check(); }
//# no start, no stop, not the end
async fn f() { let x = read().await; sleep(D).await; use_it(x).await; }
//# bound, not slept
async fn f() { tokio::spawn(server()); let s = sleep(D); other(s).await; }
//# a sleep of another type
async fn f(dev: Device) { dev.start(); dev.sleep(D).await; x().await; }
