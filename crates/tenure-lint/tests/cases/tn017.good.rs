use tokio::signal;
//# both
async fn main() { let mut term = signal::unix::signal(signal::unix::SignalKind::terminate()).unwrap(); tokio::select! { _ = signal::ctrl_c() => {}, _ = term.recv() => {} } }
//# signal_hook
fn main() { signal_hook::flag::register(SIGTERM, flag).unwrap(); }
//# none
async fn main() { run().await }
//# another ctrl_c
async fn main() { terminal.ctrl_c().await; }
//# a function of that name
async fn ctrl_c() {}
async fn main() { ctrl_c().await }
//# in another function
use tokio::signal::unix::{SignalKind, signal as on};
async fn term() { on(SignalKind::terminate()).unwrap().recv().await; }
async fn main() { tokio::select! { _ = signal::ctrl_c() => {}, _ = term() => {} } }
//# by its number
async fn main() { let t = Signals::new([SIGTERM]); tokio::select! { _ = signal::ctrl_c() => {}, _ = t.next() => {} } }
//# in a test
#[tokio::test]
async fn t() { signal::ctrl_c().await.unwrap(); }
//# only imported
use tokio::signal::ctrl_c;
fn main() {}
//# in a comment
fn main() { /* signal::ctrl_c().await */ }
//# in a string
fn main() { println!("ctrl_c") }
//# windows' own
async fn main() { tokio::signal::windows::ctrl_c().unwrap().recv().await; }
//# its kind
async fn main() { on2(signal::unix::SignalKind::interrupt()).await; }
//# hangup
async fn main() { signal::unix::signal(signal::unix::SignalKind::hangup()).unwrap().recv().await; }
//# tenure's main
#[tenure::main]
async fn main(root: Scope) -> tenure::Result { run(root).await }
//# another crate's function
async fn main() { async_ctrlc::CtrlC::new().unwrap().await; }
//# a method
fn main(h: Handler) { h.set_handler(|| ()); }
//# under a module of tests
#[cfg(test)]
mod tests { async fn f() { tokio::signal::ctrl_c().await.unwrap(); } }
//# nix
fn main() { nix::sys::signal::sigaction(SIGTERM, a); f(); }
async fn f() { signal::ctrl_c().await.unwrap() }
//# a macro_rules body
macro_rules! stop { () => { tokio::signal::ctrl_c().await } }
//# suppressed
async fn main() { signal::ctrl_c().await.unwrap() } // tenure: allow(TN017) a tool for the terminal
