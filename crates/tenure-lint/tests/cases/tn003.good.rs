use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::task::{AbortHandle, JoinHandle};
//# awaited
struct S { task: JoinHandle<()> }
impl S { async fn stop(self) { self.task.await.unwrap() } }
//# aborted in drop
struct S { task: JoinHandle<()> }
impl Drop for S { fn drop(&mut self) { self.task.abort() } }
//# owns by its type
struct S { task: tokio_util::task::AbortOnDropHandle<()> }
//# an abort handle
struct S { task: AbortHandle }
//# taken
struct S { task: Option<JoinHandle<()>> }
impl S { async fn stop(&mut self) { if let Some(t) = self.task.take() { t.await.unwrap() } } }
//# drained
struct S { tasks: Vec<JoinHandle<()>> }
impl S { async fn stop(&mut self) { for t in self.tasks.drain(..) { t.await.unwrap() } } }
//# bound by a pattern
struct S { task: JoinHandle<()> }
async fn stop(s: S) { let S { task } = s; task.await.unwrap() }
//# bound by a variant
enum W { On(JoinHandle<()>), Off }
fn f(w: W) { if let W::On(h) = w { h.abort() } }
//# read through a parameter of another name
struct S { h: JoinHandle<()> }
fn f(x: &S) -> bool { x.h.is_finished() }
//# removed from a map
struct S { all: HashMap<u8, JoinHandle<()>> }
impl S { fn end(&mut self, k: u8) { self.all.remove(&k); } }
//# asked
struct S { t: Option<JoinHandle<()>> }
impl S { fn runs(&self) -> bool { self.t.is_some() } }
//# locked and taken
struct S { all: Arc<Mutex<Vec<JoinHandle<()>>>> }
impl S { fn end(&self) { let all = std::mem::take(&mut *self.all.lock().unwrap()); for t in all { t.abort() } } }
//# its own type with a destructor
struct Own(JoinHandle<()>);
impl Drop for Own { fn drop(&mut self) { self.0.abort() } }
struct S { own: Own }
//# no handle
struct S { n: u8, name: String }
//# a set
struct S { set: tokio::task::JoinSet<()> }
//# the part of a tuple struct
struct S(JoinHandle<()>);
fn f(s: S) { s.0.abort() }
//# given away whole
struct S { h: JoinHandle<()> }
fn f(s: S) -> JoinHandle<()> { s.h }
//# joined thread
struct S { t: Option<std::thread::JoinHandle<()>> }
impl Drop for S { fn drop(&mut self) { self.t.take().unwrap().join().unwrap() } }
//# read where the type is not known
struct S { handle: JoinHandle<()> }
fn f() { let s = make(); s.handle.abort(); }
//# a variant with names, bound
enum W { On { h: JoinHandle<()> } }
fn f(w: W) { let W::On { h } = w; h.abort() }
//# the old one is used
struct S { t: Option<JoinHandle<()>> }
impl S { fn go(&mut self, n: JoinHandle<()>) { if let Some(old) = self.t.replace(n) { old.abort() } } }
//# in a test only
#[cfg(test)]
mod tests { struct S { h: tokio::task::JoinHandle<()> } }
