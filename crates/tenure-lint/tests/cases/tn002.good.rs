use std::thread;
fn pump() {}
//# joined
fn f() { let t = thread::spawn(pump); t.join().unwrap(); }
//# kept
struct Worker { thread: Option<thread::JoinHandle<()>> }
fn f() -> Worker { Worker { thread: Some(thread::spawn(pump)) } }
//# scoped
fn f() { thread::scope(|s| { s.spawn(pump); }); }
//# scoped builder
fn f() { thread::scope(|s| { thread::Builder::new().spawn_scoped(s, pump).unwrap(); }); }
//# returned
fn f() -> thread::JoinHandle<()> { thread::spawn(pump) }
//# joined at once
fn f() { thread::spawn(pump).join().unwrap(); }
//# collected
fn f() { let all: Vec<_> = (0..3).map(|_| thread::spawn(pump)).collect(); for t in all { t.join().unwrap(); } }
//# pushed
fn f(all: &mut Vec<thread::JoinHandle<()>>) { all.push(thread::spawn(pump)); }
//# given away
fn f(g: impl Fn(thread::JoinHandle<()>)) { g(thread::spawn(pump)); }
//# rayon
fn f() { rayon::spawn(pump); }
//# a function of that name
fn spawn(_f: fn()) {}
fn f() { spawn(pump); }
//# crossbeam's scope
fn f() { crossbeam::thread::scope(|s| { s.spawn(|_| pump()); }).unwrap(); }
//# a field assigned
struct S { t: Option<thread::JoinHandle<()>> }
impl S { fn go(&mut self) { self.t = Some(thread::spawn(pump)); } }
//# stored by replace
struct S { t: Option<thread::JoinHandle<()>> }
impl S { fn go(&mut self) { self.t.replace(thread::spawn(pump)); } }
//# builder, kept
fn f() -> std::io::Result<thread::JoinHandle<()>> { thread::Builder::new().spawn(pump) }
//# builder, kept after a question mark
fn f() -> std::io::Result<()> { let t = thread::Builder::new().spawn(pump)?; t.join().unwrap(); Ok(()) }
//# matched
fn f() { match thread::Builder::new().spawn(pump) { Ok(t) => t.join().unwrap(), Err(_) => {} } }
//# a process
fn f() { std::process::Command::new("ls").spawn().unwrap(); }
//# another type's spawn
struct Pool; impl Pool { fn spawn(&self, _f: fn()) {} }
fn f(p: &Pool) { p.spawn(pump); }
//# unparked, then joined
fn f() { let t = thread::spawn(pump); t.thread().unpark(); t.join().unwrap(); }
//# a tuple
fn f() -> (thread::JoinHandle<()>, u8) { (thread::spawn(pump), 1) }
//# suppressed
fn f() { thread::spawn(pump); } // tenure: allow(detached-thread) it ends with the pipe it reads
