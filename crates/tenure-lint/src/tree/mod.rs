//! The tree of a file, as rules see it. It is smaller than the parser's, knows its parents, has every local name bound to what
//! it means, and reads macros as the code they stand for.
//!
//! | file | is |
//! |---|---|
//! | `node` | the kinds of nodes |
//! | `table` | the tree, and what is defined in a file |
//! | `lower` | the state of lowering: scopes, bindings, spans |
//! | `items` | functions, types, modules, `use` |
//! | `exprs`, `stmts` | expressions; statements, blocks and patterns |
//! | `macros`, `select` | macros as what they hold; the arms of `select!` |
//!
//! Invariant: the order of a node's children is the order of evaluation.

mod exprs;
mod items;
mod lower;
mod macros;
mod node;
mod select;
mod stmts;
mod table;

pub(crate) use items::lower_file;
pub(crate) use node::{BindingId, Flavor, FuncId, Kind, Lit, ModuleId, Name, NodeId, Op, Span, Type};
pub(crate) use table::{Func, Module, Tree, TypeDef};
