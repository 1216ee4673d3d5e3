use std::process;
//# in a task
async fn f() { tokio::spawn(async { if bad().await { std::process::exit(1) } }).await.unwrap(); } //~ TN012
//# in an async function
async fn run(e: bool) -> Result<(), u8> { if e { process::exit(2) } Ok(()) } //~ TN012
//# main, after a task was started
#[tokio::main]
async fn main() { tokio::spawn(s()); ctrl_c().await; std::process::exit(0) } //~ TN012
//# abort
async fn f() { std::process::abort() } //~ TN012
//# bare
use std::process::exit;
async fn f() { exit(1) } //~ TN012
//# renamed
use std::process::exit as quit;
async fn f() { quit(1) } //~ TN012
//# main, after a listener was bound
#[tokio::main]
async fn main() { let l = TcpListener::bind("x").await; if l.is_err() { process::exit(1) } } //~ TN012
//# in an arm of a select
async fn f() { tokio::select! { _ = a() => process::exit(0), _ = b() => {} } } //~ TN012
//# in a match
async fn f() { match a().await { Ok(_) => {} Err(_) => process::exit(1) } } //~ TN012
//# in a loop
async fn f() { loop { a().await; process::exit(1) } } //~ TN012
//# let else
async fn f(x: Option<u8>) { let Some(y) = x else { process::exit(1) }; a(y).await; } //~ TN012
//# an async closure
fn f() { let g = async || process::exit(1); } //~ TN012
//# main, in a task
#[tokio::main]
async fn main() { tokio::spawn(async { ctrl_c().await; process::exit(0) }).await.unwrap(); } //~ TN012
//# in block_on, after a spawn
fn main() { let rt = tokio::runtime::Runtime::new().unwrap(); let h = rt.spawn(s()); rt.block_on(async { a().await; process::exit(1) }); keep(h); } //~ TN012
//# a method
struct S; impl S { async fn stop(&self) { process::exit(0) } } //~ TN012
//# the core's abort
async fn f() { if a().await { process::abort(); } } //~ TN012
//# behind a question of a result
async fn f() { if let Err(e) = a().await { eprintln!("{e}"); process::exit(1); } } //~ TN012
//# in a trait's function
impl Service for S { async fn call(&self) { process::exit(3) } } //~ TN012
//# in an unsafe block
async fn f() { unsafe { process::exit(3) } } //~ TN012
//# main, after serving
#[tokio::main]
async fn main() { serve(app()).await; process::exit(0) } //~ TN012
//# a stream
fn f() { let s = async_stream::stream! { yield 1; process::exit(1); }; } //~ TN012
