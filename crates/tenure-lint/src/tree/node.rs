//! The tree of one file: nodes in one table, each with its parent, so that a rule can look up as well as down.

use std::sync::Arc;

/// A name; equal names of one file share their memory.
pub(crate) type Name = Arc<str>;

/// A node's place in [`Tree::nodes`](super::Tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) u32);

impl NodeId {
    /// Parent of a root.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

/// A local name that is bound: `let`, a parameter, an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BindingId(pub(crate) u32);

/// A function, in [`Tree::funcs`](super::Tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FuncId(pub(crate) u32);

/// A module, in [`Tree::modules`](super::Tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ModuleId(pub(crate) u32);

/// Bytes from `lo` to before `hi`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) lo: u32,
    pub(crate) hi: u32,
}

impl Span {
    pub(crate) fn to(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    pub(crate) parent: NodeId,
    pub(crate) func: FuncId,
}

/// What stands between `{` and `}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    Plain,
    Unsafe,
    /// `async { }`; with `move` it owns what it captures.
    Async {
        is_move: bool,
    },
    /// `const { }` and `try { }`.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lit {
    Str,
    Int,
    Bool(bool),
    Other,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    // Statements.
    Fn {
        body: NodeId,
    },
    Let {
        pat: NodeId,
        init: Option<NodeId>,
        els: Option<NodeId>,
    },
    Stmt {
        expr: NodeId,
        has_semi: bool,
    },
    // Expressions.
    Block {
        stmts: Box<[NodeId]>,
        flavor: Flavor,
        label: Option<Name>,
    },
    Path {
        segs: Box<[Name]>,
    },
    Local {
        binding: BindingId,
    },
    Lit {
        lit: Lit,
    },
    Call {
        callee: NodeId,
        args: Box<[NodeId]>,
    },
    Method {
        recv: NodeId,
        name: Name,
        at: Span,
        args: Box<[NodeId]>,
    },
    Field {
        base: NodeId,
        name: Name,
    },
    Index {
        base: NodeId,
        index: NodeId,
    },
    Await {
        base: NodeId,
    },
    Try {
        base: NodeId,
    },
    Ref {
        base: NodeId,
    },
    Deref {
        base: NodeId,
    },
    Not {
        base: NodeId,
    },
    Cast {
        base: NodeId,
        ty: Box<Type>,
    },
    Binary {
        op: Op,
        left: NodeId,
        right: NodeId,
    },
    Assign {
        left: NodeId,
        right: NodeId,
        is_compound: bool,
    },
    If {
        cond: NodeId,
        then: NodeId,
        els: Option<NodeId>,
    },
    LetCond {
        pat: NodeId,
        scrut: NodeId,
    },
    Match {
        scrut: NodeId,
        arms: Box<[NodeId]>,
    },
    Arm {
        pat: NodeId,
        guard: Option<NodeId>,
        body: NodeId,
    },
    Loop {
        body: NodeId,
        label: Option<Name>,
        at: Span,
    },
    While {
        cond: NodeId,
        body: NodeId,
        label: Option<Name>,
        at: Span,
    },
    For {
        pat: NodeId,
        iter: NodeId,
        body: NodeId,
        label: Option<Name>,
    },
    Closure {
        params: Box<[NodeId]>,
        body: NodeId,
        is_async: bool,
        is_move: bool,
    },
    Break {
        label: Option<Name>,
        value: Option<NodeId>,
    },
    Continue {
        label: Option<Name>,
    },
    Return {
        value: Option<NodeId>,
    },
    Struct {
        segs: Box<[Name]>,
        fields: Box<[(Name, NodeId)]>,
        rest: Option<NodeId>,
    },
    Tuple {
        elems: Box<[NodeId]>,
    },
    Array {
        elems: Box<[NodeId]>,
    },
    Range {
        ends: Box<[NodeId]>,
    },
    Infer,
    /// A macro whose arguments are understood; an opaque one has every local name in it as an argument.
    Macro {
        path: Box<[Name]>,
        args: Box<[NodeId]>,
        is_opaque: bool,
    },
    Select {
        arms: Box<[NodeId]>,
    },
    SelectArm {
        pat: Option<NodeId>,
        fut: NodeId,
        guard: Option<NodeId>,
        body: NodeId,
    },
    // Patterns.
    Bind {
        binding: BindingId,
        sub: Option<NodeId>,
    },
    Wild,
    PatTuple {
        elems: Box<[NodeId]>,
    },
    PatCall {
        segs: Box<[Name]>,
        elems: Box<[NodeId]>,
    },
    PatStruct {
        segs: Box<[Name]>,
        fields: Box<[(Name, NodeId)]>,
    },
    PatPath {
        segs: Box<[Name]>,
    },
    /// Alternatives, slices, literals, `&x`.
    PatOther {
        elems: Box<[NodeId]>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Compare,
    Logic,
    Other,
}

/// A type as it is written, as far as the tables need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Path {
        segs: Box<[Name]>,
        args: Box<[Type]>,
    },
    Tuple(Box<[Type]>),
    /// `&T`, `*T`.
    Ref(Box<Type>),
    /// `[T]`, `[T; N]`.
    Slice(Box<Type>),
    /// `impl A + B`, `dyn A + B`.
    Bounds(Box<[Type]>),
    Never,
    Other,
}

impl Kind {
    /// Calls `visit` with each child, in the order of evaluation.
    pub(crate) fn children(&self, visit: &mut dyn FnMut(NodeId)) {
        match self {
            Self::Fn { body } | Self::Loop { body, .. } => visit(*body),
            Self::Let { pat, init, els, .. } => {
                init.iter().chain(els).for_each(|id| visit(*id));
                visit(*pat);
            }
            Self::Stmt { expr, .. } => visit(*expr),
            Self::Path { .. } | Self::Local { .. } | Self::Lit { .. } | Self::Continue { .. } => {}
            Self::Infer | Self::Wild | Self::PatPath { .. } => {}
            Self::Call { callee, args } => {
                visit(*callee);
                args.iter().for_each(|id| visit(*id));
            }
            Self::Method { recv, args, .. } => {
                visit(*recv);
                args.iter().for_each(|id| visit(*id));
            }
            Self::Field { base, .. }
            | Self::Await { base }
            | Self::Try { base }
            | Self::Ref { base }
            | Self::Deref { base }
            | Self::Not { base }
            | Self::Cast { base, .. } => visit(*base),
            Self::Index { base: a, index: b } | Self::Binary { left: a, right: b, .. } => {
                visit(*a);
                visit(*b);
            }
            Self::Assign { left, right, .. } => {
                visit(*right);
                visit(*left);
            }
            Self::If { cond, then, els } => {
                visit(*cond);
                visit(*then);
                els.iter().for_each(|id| visit(*id));
            }
            Self::LetCond { pat, scrut } => {
                visit(*scrut);
                visit(*pat);
            }
            Self::While { cond, body, .. } => {
                visit(*cond);
                visit(*body);
            }
            Self::For { pat, iter, body, .. } => {
                visit(*iter);
                visit(*pat);
                visit(*body);
            }
            Self::Bind { sub, .. } | Self::Break { value: sub, .. } | Self::Return { value: sub } => {
                sub.iter().for_each(|id| visit(*id));
            }
            _ => self.lists(visit),
        }
    }

    /// The kinds that hold lists.
    fn lists(&self, visit: &mut dyn FnMut(NodeId)) {
        match self {
            Self::Block { stmts: list, .. }
            | Self::Tuple { elems: list }
            | Self::Array { elems: list }
            | Self::Range { ends: list }
            | Self::Macro { args: list, .. }
            | Self::Select { arms: list, .. }
            | Self::PatTuple { elems: list }
            | Self::PatCall { elems: list, .. }
            | Self::PatOther { elems: list } => list.iter().for_each(|id| visit(*id)),
            Self::Match { scrut, arms } => {
                visit(*scrut);
                arms.iter().for_each(|id| visit(*id));
            }
            Self::Arm { pat, guard, body } => {
                visit(*pat);
                guard.iter().for_each(|id| visit(*id));
                visit(*body);
            }
            Self::Closure { params, body, .. } => {
                params.iter().for_each(|id| visit(*id));
                visit(*body);
            }
            Self::Struct { fields, rest, .. } => {
                fields.iter().for_each(|(_, id)| visit(*id));
                rest.iter().for_each(|id| visit(*id));
            }
            Self::PatStruct { fields, .. } => fields.iter().for_each(|(_, id)| visit(*id)),
            Self::SelectArm { pat, fut, guard, body } => {
                guard.iter().for_each(|id| visit(*id));
                visit(*fut);
                pat.iter().for_each(|id| visit(*id));
                visit(*body);
            }
            _ => {}
        }
    }
}
