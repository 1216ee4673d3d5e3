use tenure::Scope;
//# a scope
fn g(scope: &Scope) { scope.spawn("f", |ctx| f(ctx)); }
//# a service
fn g(root: &Scope) { root.service("f", (), |ctx, ()| f(ctx)); }
//# blocking
fn g(scope: &Scope) { scope.blocking("hash", move || hash(1)); }
//# a process
fn g() { tokio::process::Command::new("ls").spawn().unwrap(); }
//# a scope of threads
fn g() { std::thread::scope(|s| { s.spawn(|| ()); }); }
//# of unknown type
fn g(p: Pool) { p.spawn(1); }
//# a task of a turn
fn g(turn: &tenure::Turn<Get>) { turn.spawn("later", |ctx| f(ctx)); }
//# suppressed
fn g() { let t = std::thread::spawn(|| ()); t.join().unwrap(); } // tenure: allow(TN101) before the root is up
