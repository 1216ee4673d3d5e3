use std::sync::Arc;
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinHandle;
async fn serve(_c: u8) {}
async fn run() {}
//# statement
async fn f(conn: u8) { tokio::spawn(async move { serve(conn).await }); } //~ TN001
//# never used: not a guard
async fn f() { let _worker = tokio::spawn(run()); } //~ TN001
//# values of match arms
async fn f(kind: bool) {
    match kind {
        true => tokio::spawn(run()), //~ TN001
        false => tokio::spawn(serve(1)), //~ TN001
    };
}
//# the current handle
fn f() { let rt = Handle::current(); rt.spawn(run()); } //~ TN001
//# found at the call of a function that returns a handle
fn start() -> JoinHandle<()> { tokio::spawn(run()) }
fn f() { start(); } //~ TN001
//# underscore
async fn f() { let _ = tokio::spawn(run()); } //~ TN001
//# assignment to nothing
async fn f() { _ = tokio::spawn(run()); } //~ TN001
//# dropped on purpose
async fn f() { drop(tokio::spawn(run())); } //~ TN001
//# forgotten
async fn f() { std::mem::forget(tokio::spawn(run())); } //~ TN001
//# only looked at
async fn f() { let h = tokio::spawn(run()); println!("{:?} {}", h.id(), h.is_finished()); } //~ TN001
//# printed by a capture of the format
async fn f() { let h = tokio::spawn(run()); println!("{h:?}"); } //~ TN001
//# a name, then dropped
async fn f() { let h = tokio::spawn(run()); h.id(); drop(h); } //~ TN001
//# imported bare
use tokio::spawn;
async fn f() { spawn(run()); } //~ TN001
//# imported under another name
use tokio::task::spawn_blocking as off;
async fn f() { off(|| ()); } //~ TN001
//# module imported
use tokio::task;
async fn f() { task::spawn_local(run()); } //~ TN001
//# glob
use tokio::task::*;
async fn f() { spawn_blocking(|| ()); } //~ TN001
//# re-exported
mod base { pub use tokio; }
use base::tokio as other;
async fn f() { crate::base::tokio::spawn(run()); } //~ TN001
//# a runtime in a field
struct S { rt: Runtime }
impl S { fn go(&self) { self.rt.spawn(run()); } } //~ TN001
//# a shared runtime in a parameter
fn f(rt: &Arc<Runtime>) { rt.spawn(run()); } //~ TN001
//# a static runtime
static RT: std::sync::LazyLock<Runtime> = std::sync::LazyLock::new(|| Runtime::new().unwrap());
fn f() { RT.spawn(run()); } //~ TN001
//# a runtime made above, inside another closure
fn f() { let runtime = Runtime::new().unwrap(); let go = || { runtime.spawn(run()); }; go(); } //~ TN001
//# built
fn f() { let rt = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap(); rt.spawn(run()); } //~ TN001
//# a method that returns a handle
struct W;
impl W { fn start(&self) -> JoinHandle<()> { tokio::spawn(run()) } }
fn f(w: W) { w.start(); } //~ TN001
//# an async function that returns a handle
async fn start() -> JoinHandle<()> { tokio::spawn(run()) }
async fn f() { start().await; } //~ TN001
//# in an arm of a select
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) {
    loop {
        tokio::select! {
            Some(c) = rx.recv() => { tokio::spawn(serve(c)); } //~ TN001
            else => break,
        }
    }
}
//# in an arm of a select, without a block
async fn f(mut rx: tokio::sync::mpsc::Receiver<u8>) {
    tokio::select! {
        Some(c) = rx.recv() => tokio::spawn(serve(c)), //~ TN001
        else => return,
    };
}
//# from a destructor
struct D;
impl Drop for D { fn drop(&mut self) { tokio::spawn(run()); } } //~ TN001
//# the value of an if that is a statement
async fn f(b: bool) { if b { tokio::spawn(run()) } else { tokio::spawn(serve(1)) }; } //~ TN001
//# a builder that can fail
async fn f() { tokio::task::Builder::new().name("x").spawn(run()).unwrap(); } //~ TN001
//# the actix way
async fn f() { actix_rt::spawn(run()); } //~ TN001
//# through a module of its own
mod rt { pub use tokio::spawn; }
async fn f() { crate::rt::spawn(run()); } //~ TN001
//# a cfg of not test is shipped code
#[cfg(not(test))]
async fn f() { tokio::spawn(run()); } //~ TN001
