use tenure::{Context, Scope, Turn};
//# a context
struct Conn { ctx: Context } //~ TN105
//# a static scope
static SCOPE: std::sync::OnceLock<Scope> = std::sync::OnceLock::new(); //~ TN105
//# a turn
struct Pending { turn: Turn<Get> } //~ TN105
//# in an option
struct Conn { ctx: Option<Context> } //~ TN105
//# in a list
struct Conn { all: Vec<Turn<Get>> } //~ TN105
//# a tuple struct
struct Conn(Context); //~ TN105
//# a variant
enum State { On(Scope), Off } //~ TN105
//# shared
struct Conn { scope: std::sync::Arc<Scope> } //~ TN105
