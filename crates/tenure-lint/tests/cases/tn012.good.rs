use std::process::{self, ExitCode};
//# a code is returned
fn main() -> ExitCode { match rt().block_on(app()) { Ok(_) => ExitCode::SUCCESS, Err(_) => ExitCode::FAILURE } }
//# main, before anything
#[tokio::main]
async fn main() { let Some(a) = args() else { std::process::exit(2) }; run(a).await }
//# a plain function
fn usage() -> ! { std::process::exit(64) }
//# main in block_on, before anything
fn main() { rt().block_on(async { let Some(a) = args() else { process::exit(2) }; run(a).await }) }
//# a plain closure inside of async
async fn f(x: Option<u8>) { x.unwrap_or_else(|| process::exit(1)); }
//# exit of something else
async fn f(g: Game) { g.exit(1); }
//# a function of that name
fn exit(_n: u8) {}
async fn f() { exit(1) }
//# a variant
async fn f() -> Cmd { Cmd::Exit }
//# the handle of a task is aborted
async fn f(h: tokio::task::JoinHandle<()>) { h.abort() }
//# a plain function called from async
fn die() -> ! { process::exit(1) }
async fn f() { if bad().await { die() } }
//# a nested plain function
async fn f() { fn g() { process::exit(1) } keep(g); }
//# a thread
async fn f() { std::thread::spawn(|| process::exit(1)).join_later(); }
//# main is plain
fn main() { if args().is_none() { process::exit(2) } }
//# an error is returned
async fn f() -> Result<(), u8> { Err(1) }
//# block_on in a plain function that started nothing
fn wait() { rt().block_on(async { if late().await { process::exit(1) } }) }
//# its id
async fn f() -> u32 { process::id() }
//# cancelled instead
async fn f(t: Token) { t.cancel() }
//# in a string
async fn f() { println!("process::exit(1)") }
//# a module of one's own
mod process2 { pub fn exit(_x: u8) {} }
async fn f() { process2::exit(1) }
//# main, a second check before anything
#[tokio::main]
async fn main() { let c = config().await; if c.is_err() { eprintln!("x"); process::exit(2) } run(c).await }
//# suppressed
async fn f() { process::exit(1) } // tenure: allow(TN012) a watchdog, nothing to drain
