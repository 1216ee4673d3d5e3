use tenure::Context;
//# recv
async fn h(ctx: Context, mut rx: tokio::sync::mpsc::Receiver<u8>) { rx.recv().await; } //~ TN102
//# notified
async fn h(ctx: &Context, n: &tokio::sync::Notify) { n.notified().await } //~ TN102
//# accept
async fn h(ctx: Context, l: tokio::net::TcpListener) { loop { let c = l.accept().await; } } //~ TN102
//# a oneshot
async fn h(ctx: Context, rx: tokio::sync::oneshot::Receiver<u8>) { rx.await.unwrap(); } //~ TN102
//# a permit
async fn h(ctx: Context, s: &tokio::sync::Semaphore) { s.acquire().await.unwrap(); } //~ TN102
//# in a closure of a scope
fn g(scope: &tenure::Scope, mut rx: R) { scope.spawn("x", |ctx| async move { rx.recv().await; Ok(()) }); } //~ TN102
//# a select without it
async fn h(ctx: Context, mut rx: R) { tokio::select! { _ = tick() => { rx.recv().await; } } } //~ TN102
//# a turn
async fn h(turn: tenure::Turn<Get>, mut rx: R) { rx.recv().await; } //~ TN102
