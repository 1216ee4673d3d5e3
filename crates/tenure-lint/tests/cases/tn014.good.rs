use tokio::time::timeout;
//# asked
async fn f(t: Tracker) { if timeout(GRACE, t.wait()).await.is_err() { warn!("stragglers") } }
//# a question mark
async fn f(rx: R) { let r = timeout(D, rx).await?; }
//# matched
async fn f(g: G) -> u8 { match timeout(D, g).await { Ok(v) => v, Err(_) => fallback() } }
//# around a sleep
async fn f() { let _ = timeout(D, tokio::time::sleep(E)).await; }
//# around nothing
async fn f() { let _ = timeout(D, std::future::pending::<()>()).await; }
//# unwrapped
async fn f(h: H) { timeout(D, h).await.unwrap(); }
//# expected
async fn f(h: H) { timeout(D, h).await.expect("in time"); }
//# the value of the function
async fn f(h: H) -> Result<u8, Elapsed> { timeout(D, h).await }
//# bound
async fn f(h: H) { let r = timeout(D, h).await; report(r); }
//# let else
async fn f(h: H) { let Ok(x) = timeout(D, h).await else { return }; use_it(x) }
//# another function of that name
fn timeout2() {}
async fn f(c: C) { let _ = c.timeout(D, x()).await; }
//# not awaited
async fn f(h: H) { let t = timeout(D, h); other(t).await; }
//# mapped
async fn f(h: H) { timeout(D, h).await.map_err(|_| warn!("late")).unwrap(); }
//# the next statement asks the same
async fn f(s: S) { let _ = timeout(D, s.wait()).await; if s.is_done() { go() } }
//# returned early
async fn f(h: H) -> bool { return timeout(D, h).await.is_ok(); }
//# in an arm of a select, bound
async fn f(h: H) { tokio::select! { r = timeout(D, h) => report(r), _ = stop() => {} } }
//# as an argument
async fn f(h: H) { report(timeout(D, h).await); }
//# asked in a while
async fn f(mut rx: R) { while let Ok(x) = timeout(D, rx.recv()).await { go(x) } }
//# asserted
async fn f(h: H) { assert!(timeout(D, h).await.is_err()); }
//# ok, bound
async fn f(h: H) { let x = timeout(D, h).await.ok(); report(x); }
//# unknown crate
async fn f(h: H) { let _ = other_crate::timeout(D, h).await; }
