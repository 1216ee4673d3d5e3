//! One file as a rule sees it.

use super::program::{At, Program};
use super::ty::Ty;
use crate::file::File;
use crate::tree::{BindingId, Func, FuncId, Kind, NodeId, Span, Tree, Type};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A file in its program, with what was found out so far.
pub(crate) struct Cx<'a> {
    pub(crate) program: &'a Program,
    /// The file's number in the program.
    pub(crate) n: usize,
    pub(crate) file: &'a File,
    pub(crate) tree: &'a Tree,
    pub(super) tys: RefCell<HashMap<NodeId, Ty>>,
    pub(super) binding_tys: RefCell<HashMap<BindingId, Ty>>,
    paths: RefCell<HashMap<NodeId, Option<Arc<str>>>>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(program: &'a Program, n: usize) -> Option<Self> {
        let file = &program.files[n];
        let tree = file.tree.as_ref()?;
        Some(Self {
            program,
            n,
            file,
            tree,
            tys: RefCell::default(),
            binding_tys: RefCell::default(),
            paths: RefCell::default(),
        })
    }

    pub(crate) fn kind(&self, id: NodeId) -> &'a Kind {
        self.tree.kind(id)
    }

    pub(crate) fn func_of(&self, id: NodeId) -> &'a Func {
        self.tree.func_of(id)
    }

    pub(crate) fn text(&self, span: Span) -> &'a str {
        self.file.text.get(span.lo as usize..span.hi as usize).unwrap_or_default()
    }

    /// The full path of a [`Kind::Path`].
    pub(crate) fn path(&self, id: NodeId) -> Option<Arc<str>> {
        if let Some(path) = self.paths.borrow().get(&id) {
            return path.clone();
        }
        let path = match self.kind(id) {
            Kind::Path { segs } => {
                let func = self.func_of(id);
                match (&*segs[0], &func.self_ty) {
                    ("Self", Some(Type::Path { segs: own, .. })) => {
                        let own = self.program.resolve(self.n, func.module, own);
                        own.map(|own| segs[1..].iter().fold(own, |path, seg| format!("{path}::{seg}")))
                    }
                    _ => self.program.resolve(self.n, func.module, segs),
                }
            }
            _ => None,
        };
        let path: Option<Arc<str>> = path.map(Arc::from);
        self.paths.borrow_mut().insert(id, path.clone());
        path
    }

    /// The full path of what a call calls by name.
    pub(crate) fn callee(&self, call: NodeId) -> Option<Arc<str>> {
        match self.kind(call) {
            Kind::Call { callee, .. } => self.path(*callee),
            _ => None,
        }
    }

    /// The last name of what is called, function or method.
    pub(crate) fn called_name(&self, call: NodeId) -> Option<&'a str> {
        match self.kind(call) {
            Kind::Call { callee, .. } => match self.kind(*callee) {
                Kind::Path { segs } => segs.last().map(|name| &**name),
                _ => None,
            },
            Kind::Method { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The place to point at for a call: the callee's path, or the method's name.
    pub(crate) fn callee_span(&self, call: NodeId) -> Span {
        match self.kind(call) {
            Kind::Call { callee, .. } => self.tree.span(*callee),
            Kind::Method { at, .. } => *at,
            Kind::Await { base } | Kind::Try { base } => self.callee_span(*base),
            _ => self.tree.span(call),
        }
    }

    /// The workspace's function that `call` calls, if that is known.
    pub(crate) fn target(&self, call: NodeId) -> Option<At<FuncId>> {
        match self.kind(call) {
            Kind::Call { .. } => {
                let path = self.callee(call)?;
                self.program.fn_at(&path).or_else(|| {
                    let (ty, name) = path.rsplit_once("::")?;
                    self.program.method(ty, name)
                })
            }
            Kind::Method { recv, name, .. } => {
                let recv = self.ty(*recv);
                let own = recv.pointee().path()?;
                self.program.method(own, name).or_else(|| self.program.method(recv.core().path()?, name))
            }
            _ => None,
        }
    }

    /// The light type of a written type inside of function `id`'s module.
    pub(crate) fn lower_ty(&self, func: &Func, ty: &Type) -> Ty {
        self.program.ty(self.n, func.module, func.self_ty.as_ref(), ty)
    }

    /// `id` without `&`, `*` and blocks of one expression.
    pub(crate) fn strip(&self, mut id: NodeId) -> NodeId {
        loop {
            id = match self.kind(id) {
                Kind::Ref { base } | Kind::Deref { base } => *base,
                Kind::Stmt { expr, has_semi: false } => *expr,
                _ => return id,
            };
        }
    }

    /// The binding that `id` names, by itself or by reference.
    pub(crate) fn binding_of(&self, id: NodeId) -> Option<BindingId> {
        match self.kind(self.strip(id)) {
            Kind::Local { binding } => Some(*binding),
            _ => None,
        }
    }

    /// What a local name stands for, if it is another name for a place: `let set = self.set.lock();`.
    pub(crate) fn origin(&self, id: NodeId) -> NodeId {
        let Kind::Local { binding } = self.kind(id) else { return id };
        let decl = self.tree.binding(*binding).decl;
        match self.tree.parent(decl).map(|id| self.kind(id)) {
            Some(Kind::Let { init: Some(init), pat, .. }) if *pat == decl => *init,
            _ => id,
        }
    }

    /// The local name at the root of `a.b.c().d`.
    pub(crate) fn root_binding(&self, mut id: NodeId) -> Option<BindingId> {
        loop {
            id = match self.kind(id) {
                Kind::Local { binding } => return Some(*binding),
                Kind::Method { recv: base, .. }
                | Kind::Field { base, .. }
                | Kind::Index { base, .. }
                | Kind::Await { base }
                | Kind::Try { base }
                | Kind::Ref { base }
                | Kind::Deref { base }
                | Kind::Cast { base, .. } => *base,
                _ => return None,
            };
        }
    }
}
