use tenure::{Context, OwnerRef};
//# an owner's reference
struct Conn { owner: OwnerRef<Store> }
//# a parameter
fn f(ctx: &Context) {}
//# borrowed
struct Job<'a> { ctx: &'a Context }
//# another context
struct Poll { ctx: std::task::Context<'static> }
//# a handle
struct S { task: tenure::TaskHandle<u8> }
//# a local
async fn f(ctx: Context) { let c = ctx.clone(); keep(c) }
//# its own type of that name
struct Scope; struct S { s: Scope }
//# a function in a field
struct S { f: fn(&Context) -> u8 }
