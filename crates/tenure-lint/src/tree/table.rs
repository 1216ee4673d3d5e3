//! What is kept of one file: its nodes, and the definitions other files may refer to.

use super::node::{BindingId, FuncId, Kind, ModuleId, Name, Node, NodeId, Span, Type};
use std::collections::{HashMap, HashSet};

/// One file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) funcs: Vec<Func>,
    pub(crate) modules: Vec<Module>,
    pub(crate) types: Vec<TypeDef>,
    pub(crate) statics: Vec<StaticDef>,
    /// `impl Trait for Type`: the type's name and the trait's.
    pub(crate) impls: Vec<(ModuleId, Name, Name)>,
    /// Every item, from its keyword to its end.
    pub(crate) items: Vec<Span>,
    /// `mod name;`, and whether only tests compile it.
    pub(crate) outer_modules: Vec<(ModuleId, Name, bool)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) name: Name,
    /// The pattern that binds it.
    pub(crate) decl: NodeId,
    pub(crate) ty: Option<Type>,
    pub(crate) uses: Vec<NodeId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Func {
    pub(crate) name: Name,
    pub(crate) at: Span,
    pub(crate) module: ModuleId,
    /// The type of the `impl` it stands in.
    pub(crate) self_ty: Option<Type>,
    /// The trait of that `impl`, or the trait it is declared in.
    pub(crate) trait_name: Option<Name>,
    pub(crate) is_async: bool,
    pub(crate) is_test: bool,
    /// Its attributes' text, without white space: `tokio::test(start_paused=true)`.
    pub(crate) attrs: Vec<String>,
    pub(crate) params: Vec<(Option<BindingId>, Type)>,
    pub(crate) ret: Option<Type>,
    pub(crate) root: NodeId,
    /// The whole item.
    pub(crate) span: Span,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Module {
    /// From the crate's root, which is `crate`.
    pub(crate) path: Vec<Name>,
    pub(crate) uses: HashMap<Name, Box<[Name]>>,
    pub(crate) globs: Vec<Box<[Name]>>,
    pub(crate) items: HashSet<Name>,
    pub(crate) aliases: HashMap<Name, Type>,
}

#[derive(Clone, Debug)]
pub(crate) struct TypeDef {
    pub(crate) name: Name,
    pub(crate) module: ModuleId,
    pub(crate) is_test: bool,
    pub(crate) fields: Vec<FieldDef>,
}

#[derive(Clone, Debug)]
pub(crate) struct FieldDef {
    /// The name, or the number in a tuple struct.
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) at: Span,
    /// The variant, if the type is an enum.
    pub(crate) variant: Option<Name>,
    /// Other crates may see it.
    pub(crate) is_pub: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct StaticDef {
    pub(crate) name: Name,
    pub(crate) module: ModuleId,
    pub(crate) ty: Type,
    pub(crate) at: Span,
    pub(crate) is_test: bool,
    /// `const`, not `static`.
    pub(crate) is_constant: bool,
}

impl Tree {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn kind(&self, id: NodeId) -> &Kind {
        &self.node(id).kind
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    pub(crate) fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.0 as usize]
    }

    pub(crate) fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.0 as usize]
    }

    pub(crate) fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    /// The function `id` stands in.
    pub(crate) fn func_of(&self, id: NodeId) -> &Func {
        self.func(self.node(id).func)
    }

    pub(crate) fn parent(&self, id: NodeId) -> Option<NodeId> {
        Some(self.node(id).parent).filter(|parent| *parent != NodeId::NONE)
    }

    /// Parents, the nearest first.
    pub(crate) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// `id` and all below, in the order of evaluation; where `enter` says no, what is below is left out.
    pub(crate) fn walk(&self, id: NodeId, enter: &mut dyn FnMut(NodeId) -> bool) {
        // A stack of our own: no depth of the tree can overflow it.
        let mut open = vec![id];
        let mut below = Vec::new();
        while let Some(id) = open.pop() {
            if enter(id) {
                self.kind(id).children(&mut |child| below.push(child));
                open.extend(below.drain(..).rev());
            }
        }
    }

    /// Every node below `id` and itself, nested functions included.
    pub(crate) fn all(&self, id: NodeId) -> Vec<NodeId> {
        let mut out = Vec::new();
        self.walk(id, &mut |id| {
            out.push(id);
            true
        });
        out
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..self.nodes.len()).map(|n| NodeId(u32::try_from(n).unwrap_or(u32::MAX)))
    }

    pub(crate) fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        outer == inner || self.ancestors(inner).any(|id| id == outer)
    }

    /// `async fn` or `fn`, `async {}`, `async ||`, `||`: the innermost one around `id`.
    pub(crate) fn fn_like(&self, id: NodeId) -> Option<NodeId> {
        self.ancestors(id).find(|id| self.is_fn_like(*id))
    }

    pub(crate) fn is_fn_like(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Fn { .. } | Kind::Closure { .. } => true,
            Kind::Block { flavor, .. } => matches!(flavor, super::node::Flavor::Async { .. }),
            _ => false,
        }
    }

    /// Whether a body of this function-like node is polled by a runtime.
    pub(crate) fn is_async(&self, fn_like: NodeId) -> bool {
        match self.kind(fn_like) {
            Kind::Fn { .. } => self.func_of(fn_like).is_async,
            Kind::Closure { is_async, .. } => *is_async,
            _ => true,
        }
    }

    pub(crate) fn in_async(&self, id: NodeId) -> bool {
        self.fn_like(id).is_some_and(|around| self.is_async(around))
    }

    /// The statement `id` stands in, or the root of its function.
    pub(crate) fn stmt_of(&self, id: NodeId) -> NodeId {
        let is_stmt = |id: &NodeId| matches!(self.kind(*id), Kind::Stmt { .. } | Kind::Let { .. });
        std::iter::once(id).chain(self.ancestors(id)).find(is_stmt).unwrap_or(id)
    }

    /// `::` between the names.
    pub(crate) fn last_seg(segs: &[Name]) -> &str {
        segs.last().map_or("", |name| name)
    }
}
