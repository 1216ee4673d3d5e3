use std::thread;
fn pump() {}
//# statement
fn f() { std::thread::spawn(move || pump()); } //~ TN002
//# builder
fn f() { thread::Builder::new().name("w".into()).spawn(pump).unwrap(); } //~ TN002
//# never used
fn f() { let _t = std::thread::spawn(pump); } //~ TN002
//# underscore
fn f() { let _ = thread::spawn(pump); } //~ TN002
//# assigned to nothing
fn f() { _ = thread::spawn(pump); } //~ TN002
//# dropped
fn f() { drop(thread::spawn(pump)); } //~ TN002
//# bare import
use std::thread::spawn;
fn f() { spawn(pump); } //~ TN002
//# renamed
use std::thread::spawn as go;
fn f() { go(pump); } //~ TN002
//# builder with a question mark
fn f() -> std::io::Result<()> { thread::Builder::new().spawn(pump)?; Ok(()) } //~ TN002
//# builder over several lines
fn f() {
    thread::Builder::new()
        .name("x".to_string())
        .stack_size(1)
        .spawn(pump) //~ TN002
        .expect("a thread");
}
//# a builder that has a name
fn f() { let b = thread::Builder::new(); b.spawn(pump).unwrap(); } //~ TN002
//# in a loop
fn f() { for _ in 0..3 { thread::spawn(pump); } } //~ TN002
//# in async
async fn f() { thread::spawn(pump); } //~ TN002
//# only its id
fn f() { let t = thread::spawn(pump); println!("{:?}", t.thread().id()); } //~ TN002
//# an arm of a match
fn f(x: u8) { match x { 0 => { thread::spawn(pump); } _ => {} } } //~ TN002
//# an if as a statement
fn f(x: bool) { if x { thread::spawn(pump) } else { thread::spawn(|| ()) }; } //~ TN002
//# inside a closure
fn f() { let g = || { thread::spawn(pump); }; g(); } //~ TN002
//# in a destructor
struct D; impl Drop for D { fn drop(&mut self) { thread::spawn(pump); } } //~ TN002
//# ignored error of the builder
fn f() { thread::Builder::new().spawn(pump).ok(); } //~ TN002
//# in unsafe
fn f() { unsafe { thread::spawn(pump); } } //~ TN002
//# use inside of the function
fn f() { use std::thread as t; t::spawn(pump); } //~ TN002
