use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;
//# no read anywhere
struct S { _task: JoinHandle<()> } //~ TN003
fn f() -> S { S { _task: tokio::spawn(async {}) } }
//# only pushed
struct S { tasks: Vec<JoinHandle<()>> } //~ TN003
impl S { fn add(&mut self) { self.tasks.push(tokio::spawn(async {})); } }
//# a variant that is never bound
enum W { On(JoinHandle<()>), Off } //~ TN003
fn f(w: &W) -> bool { match w { W::On(_) => true, W::Off => false } }
//# only assigned
struct S { task: Option<JoinHandle<()>> } //~ TN003
impl S { fn go(&mut self) { self.task = Some(tokio::spawn(async {})); } }
//# behind a lock, only pushed
struct S { tasks: Arc<Mutex<Vec<JoinHandle<()>>>> } //~ TN003
impl S { fn go(&self) { self.tasks.lock().unwrap().push(tokio::spawn(async {})); } }
//# a map that is only filled
struct S { tasks: HashMap<u8, JoinHandle<()>> } //~ TN003
impl S { fn go(&mut self) { self.tasks.insert(1, tokio::spawn(async {})); } }
//# a thread
struct S { _t: std::thread::JoinHandle<()> } //~ TN003
//# in a box
struct S { t: Box<JoinHandle<()>> } //~ TN003
//# replaced
struct S { t: Option<JoinHandle<()>> } //~ TN003
impl S { fn go(&mut self) { self.t.replace(tokio::spawn(async {})); } }
//# a tuple struct
struct S(JoinHandle<()>); //~ TN003
fn f() -> S { S(tokio::spawn(async {})) }
//# a variant with names
enum W { On { h: JoinHandle<()> }, Off } //~ TN003
fn f() -> W { W::On { h: tokio::spawn(async {}) } }
//# ignored in a pattern
struct S { n: u8, h: JoinHandle<()> } //~ TN003
fn f(s: &S) -> u8 { let S { n, h: _ } = s; *n }
//# two fields, one read
struct S { a: JoinHandle<()>, b: JoinHandle<()> } //~ TN003
fn f(s: S) { s.a.abort(); }
//# deriving reads nothing
#[derive(Debug)]
struct S { h: JoinHandle<()> } //~ TN003
//# an alias of the type
type H = JoinHandle<u8>;
struct S { h: H } //~ TN003
//# another type's field of this name is read
struct S { h: JoinHandle<()> } //~ TN003
struct T { h: u8 }
fn f(t: T) -> u8 { t.h }
//# extended
struct S { all: Vec<JoinHandle<()>> } //~ TN003
impl S { fn go(&mut self) { self.all.extend([tokio::spawn(async {})]); } }
//# an option of a thread
struct S { t: Option<std::thread::JoinHandle<u8>> } //~ TN003
//# a tokio lock, only pushed
struct S { all: tokio::sync::Mutex<Vec<JoinHandle<()>>> } //~ TN003
impl S { async fn go(&self) { self.all.lock().await.push(tokio::spawn(async {})); } }
//# full path
struct S { h: tokio::task::JoinHandle<Result<(), u8>> } //~ TN003
//# a private field of a public type
pub struct S { pub n: u8, h: JoinHandle<()> } //~ TN003
