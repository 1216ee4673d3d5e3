//! The light type of an expression, and of what a pattern binds.

use super::cx::Cx;
use super::ty::Ty;
use crate::tree::{BindingId, Flavor, Kind, NodeId};

impl Cx<'_> {
    /// The light type of an expression.
    pub(crate) fn ty(&self, id: NodeId) -> Ty {
        if let Some(ty) = self.tys.borrow().get(&id) {
            return ty.clone();
        }
        // Until it is known it is unknown: a name that is made of itself ends here.
        self.tys.borrow_mut().insert(id, Ty::Unknown);
        let ty = self.infer(id);
        self.tys.borrow_mut().insert(id, ty.clone());
        ty
    }

    fn infer(&self, id: NodeId) -> Ty {
        match self.kind(id) {
            Kind::Local { binding } => self.binding_ty(*binding),
            Kind::Path { .. } => match self.path(id) {
                Some(path) => self.program.static_ty(&path).unwrap_or_else(|| self.unit_value(&path)),
                None => Ty::Unknown,
            },
            Kind::Call { .. } => self.call_ty(id),
            Kind::Method { .. } => self.method_ty(id),
            Kind::Field { base, name } => self.field_ty(&self.ty(*base), name),
            Kind::Index { base, .. } => self.ty(*base).elem().cloned().unwrap_or_default(),
            Kind::Await { base } => self.awaited_ty(*base),
            Kind::Try { base } => match self.ty(*base) {
                Ty::Adt { path, args } if path.ends_with("::Result") || path.ends_with("::Option") => {
                    args.into_iter().next().unwrap_or_default()
                }
                // An alias of `Result` with one argument and the like: what is inside is not known by name.
                other => other,
            },
            Kind::Ref { base } | Kind::Deref { base } => self.ty(*base),
            Kind::Cast { ty, .. } => self.lower_ty(self.func_of(id), ty),
            Kind::Tuple { elems } => Ty::Tuple(elems.iter().map(|elem| self.ty(*elem)).collect()),
            Kind::Array { elems } => Ty::seq(elems.first().map(|elem| self.ty(*elem)).unwrap_or_default()),
            Kind::Macro { path, args, .. } if path.last().is_some_and(|name| &**name == "vec") => {
                Ty::seq(args.first().map(|elem| self.ty(*elem)).unwrap_or_default())
            }
            Kind::Struct { segs, .. } => {
                let func = self.func_of(id);
                let ty = crate::tree::Type::Path { segs: segs.clone(), args: Box::default() };
                self.lower_ty(func, &ty)
            }
            Kind::Block { flavor: Flavor::Async { .. }, .. } => Ty::Future(Box::default()),
            Kind::Block { stmts, .. } => stmts.last().map(|last| self.ty(*last)).unwrap_or_default(),
            Kind::Stmt { expr, has_semi: false } => self.ty(*expr),
            Kind::If { then, els, .. } => self.either([*then].into_iter().chain(*els)),
            Kind::Match { arms, .. } => self.either(arms.iter().copied()),
            Kind::Arm { body, .. } => self.ty(*body),
            _ => Ty::Unknown,
        }
    }

    fn either(&self, mut branches: impl Iterator<Item = NodeId>) -> Ty {
        branches.find_map(|id| Some(self.ty(id)).filter(|ty| !ty.is_unknown())).unwrap_or_default()
    }

    /// A unit struct, or a constant of a type's name.
    fn unit_value(&self, path: &str) -> Ty {
        match self.program.type_def(path) {
            Some(_) => Ty::adt(path, Vec::new()),
            None => Ty::Unknown,
        }
    }

    /// The field `name` of a value of type `base`.
    pub(crate) fn field_ty(&self, base: &Ty, name: &str) -> Ty {
        match base.core() {
            Ty::Tuple(elems) => {
                name.parse::<usize>().ok().and_then(|n| elems.get(n).cloned()).unwrap_or_default()
            }
            Ty::Adt { path, .. } => self.field_of(path, None, name),
            _ => Ty::Unknown,
        }
    }

    fn field_of(&self, path: &str, variant: Option<&str>, name: &str) -> Ty {
        let Some((file, def)) = self.program.type_def(path) else { return Ty::Unknown };
        let field =
            def.fields.iter().find(|field| &*field.name == name && field.variant.as_deref() == variant);
        field.map(|field| self.program.ty(file.n, def.module, None, &field.ty)).unwrap_or_default()
    }

    /// The light type of a local name.
    pub(crate) fn binding_ty(&self, id: BindingId) -> Ty {
        if let Some(ty) = self.binding_tys.borrow().get(&id) {
            return ty.clone();
        }
        self.binding_tys.borrow_mut().insert(id, Ty::Unknown);
        let ty = self.infer_binding(id);
        self.binding_tys.borrow_mut().insert(id, ty.clone());
        ty
    }

    fn infer_binding(&self, id: BindingId) -> Ty {
        let binding = self.tree.binding(id);
        let mut declared = Ty::Unknown;
        if let Some(ty) = &binding.ty {
            declared = self.lower_ty(self.func_of(binding.decl), ty);
            // `Vec<_>` says less than what it is made of.
            let is_vague = declared.elem().is_some_and(Ty::is_unknown);
            if !declared.is_unknown() && !is_vague {
                return declared;
            }
        }
        let found = self.reaching(binding.decl);
        let found = if found.is_unknown() { declared } else { found };
        if found.elem().is_some_and(Ty::is_unknown) || self.is_new_collection(&found) {
            return self.filled(id).map(Ty::seq).unwrap_or(found);
        }
        found
    }

    fn is_new_collection(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Adt { path, args } if args.is_empty() && super::known::is_collection(path))
    }

    /// What is put into a collection that was made empty.
    fn filled(&self, id: BindingId) -> Option<Ty> {
        self.tree.binding(id).uses.iter().find_map(|used| {
            let call = self.tree.parent(*used)?;
            let Kind::Method { recv, name, args, .. } = self.kind(call) else { return None };
            let puts = matches!(&**name, "push" | "push_back" | "insert" | "push_front" | "extend");
            let last = args.last().filter(|_| *recv == *used && puts)?;
            let ty = self.ty(*last);
            let ty = if &**name == "extend" { ty.elem().cloned().unwrap_or_default() } else { ty };
            Some(ty).filter(|ty| !ty.is_unknown())
        })
    }

    /// The type that reaches a pattern node from what it is matched with.
    fn reaching(&self, node: NodeId) -> Ty {
        let Some(parent) = self.tree.parent(node) else { return Ty::Unknown };
        match self.kind(parent) {
            Kind::Let { pat, init: Some(init), .. } if *pat == node => self.ty(*init),
            Kind::LetCond { pat, scrut } if *pat == node => self.ty(*scrut),
            Kind::Arm { pat, .. } if *pat == node => match self.tree.parent(parent).map(|id| self.kind(id)) {
                Some(Kind::Match { scrut, .. }) => self.ty(*scrut),
                _ => Ty::Unknown,
            },
            Kind::For { pat, iter, .. } if *pat == node => self.ty(*iter).elem().cloned().unwrap_or_default(),
            Kind::SelectArm { pat: Some(pat), fut, .. } if *pat == node => self.awaited_ty(*fut),
            Kind::Closure { params, .. } if params.first() == Some(&node) => self.closure_param(parent),
            Kind::PatTuple { elems } => match self.reaching(parent) {
                Ty::Tuple(types) => elems
                    .iter()
                    .position(|id| *id == node)
                    .and_then(|n| types.get(n).cloned())
                    .unwrap_or_default(),
                _ => Ty::Unknown,
            },
            Kind::PatCall { segs, elems } => {
                let whole = self.reaching(parent);
                self.inside(
                    &whole,
                    segs.last().map_or("", |name| name),
                    elems.iter().position(|id| *id == node).unwrap_or(0),
                )
            }
            Kind::PatStruct { fields, segs } => {
                let whole = self.reaching(parent);
                let Some((name, _)) = fields.iter().find(|(_, id)| *id == node) else { return Ty::Unknown };
                let Some(path) = whole.core().path().map(str::to_owned) else { return Ty::Unknown };
                let variant =
                    segs.last().map(|name| &**name).filter(|name| path.rsplit("::").next() != Some(name));
                match variant {
                    Some("Self") | None => self.field_of(&path, None, name),
                    variant => self.field_of(&path, variant, name),
                }
            }
            Kind::PatOther { .. } | Kind::Bind { .. } => self.reaching(parent),
            _ => Ty::Unknown,
        }
    }

    /// What `Some(x)`, `Ok(x)` or a variant of the workspace binds.
    fn inside(&self, whole: &Ty, variant: &str, n: usize) -> Ty {
        match (whole, variant) {
            (Ty::Adt { path, args }, "Some" | "Ok")
                if path.ends_with("::Option") || path.ends_with("::Result") =>
            {
                args.first().cloned().unwrap_or_default()
            }
            (Ty::Adt { args, .. }, "Some" | "Ok") if !args.is_empty() && !whole.core().is_unknown() => {
                whole.core().clone()
            }
            (Ty::Adt { path, args }, "Err") if path.ends_with("::Result") => {
                args.get(1).cloned().unwrap_or_default()
            }
            _ => match whole.core().path() {
                Some(path) if path.rsplit("::").next() == Some(variant) => {
                    self.field_of(path, None, &n.to_string())
                }
                Some(path) => self.field_of(path, Some(variant), &n.to_string()),
                None => Ty::Unknown,
            },
        }
    }

    /// The argument of `option.map(|x| ..)`, `handles.into_iter().map(|x| ..)`.
    fn closure_param(&self, closure: NodeId) -> Ty {
        let Some(call) = self.tree.parent(closure) else { return Ty::Unknown };
        let Kind::Method { recv, name, .. } = self.kind(call) else { return Ty::Unknown };
        if !matches!(
            &**name,
            "map"
                | "for_each"
                | "and_then"
                | "filter_map"
                | "filter"
                | "inspect"
                | "flat_map"
                | "then"
                | "retain"
        ) {
            return Ty::Unknown;
        }
        let recv = self.ty(*recv);
        recv.elem().cloned().unwrap_or_else(|| recv.core().clone())
    }
}
