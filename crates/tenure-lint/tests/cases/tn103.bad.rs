use tenure::Context;
use tokio::time::sleep;
//# a sleep
async fn h(ctx: Context) { tokio::time::sleep(D).await } //~ TN103
//# in a loop
async fn h(ctx: Context) { loop { sleep(D).await; ctx.check().unwrap(); } } //~ TN103
//# an interval
async fn h(ctx: Context) { let mut i = tokio::time::interval(D); i.tick().await; } //~ TN103
//# until
async fn h(ctx: &Context) { tokio::time::sleep_until(x()).await } //~ TN103
//# a closure
fn g(scope: &tenure::Scope) { scope.spawn("x", |ctx| async move { sleep(D).await; Ok(()) }); } //~ TN103
//# a select without it
async fn h(ctx: Context) { tokio::select! { _ = sleep(D) => {}, _ = x() => {} } } //~ TN103
//# bound
async fn h(ctx: Context) { let s = sleep(D); s.await; } //~ TN103
//# a turn
async fn h(turn: tenure::Turn<Get>) { sleep(D).await; } //~ TN103
