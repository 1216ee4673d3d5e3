//! Items: functions, types, modules, `use`.

use super::lower::{Lower, at};
use super::macros::items_in;
use super::node::{Kind, ModuleId, Name, NodeId, Span, Type};
use super::stmts::delims;
use super::table::{FieldDef, Func, Module, StaticDef, Tree, TypeDef};
use crate::source::offset;
use std::sync::Arc;
use syn::{
    Attribute, Block, Fields, FnArg, ImplItem, Item, Meta, ReceiverKind, Signature, TraitItem, UseTree,
};

/// The tree of a file that is the module `path`; `is_test` if only tests compile it.
pub(crate) fn lower_file(file: &syn::File, path: Vec<Name>, is_test: bool) -> Tree {
    let mut lower = Lower::new();
    lower.is_test = is_test || file.attrs.iter().any(is_test_attr);
    lower.tree.modules.push(Module { path, ..Module::default() });
    lower.items(&file.items, None);
    lower.tree
}

/// Where a function stands.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    self_ty: Option<&'a Type>,
    trait_name: Option<&'a Name>,
}

impl Lower {
    pub(super) fn items(&mut self, items: &[Item], nested: Option<&mut Vec<NodeId>>) {
        for item in items {
            self.declare(item);
        }
        let mut roots = Vec::new();
        for item in items {
            self.item(item, &mut roots);
        }
        if let Some(nested) = nested {
            nested.extend(roots);
        }
    }

    /// An item inside of a body: functions in it become children of the block.
    pub(super) fn nested_item(&mut self, item: &Item, out: &mut Vec<NodeId>) {
        let func = self.func;
        self.walled(|lower| lower.item(item, out));
        self.func = func;
    }

    /// A `use` in a body counts for the module, unless the module says otherwise.
    pub(super) fn declare_local(&mut self, item: &Item) {
        if let Item::Use(of) = item {
            let mut uses = Module::default();
            self.use_tree(&of.tree, &mut Vec::new(), &mut uses);
            let module = &mut self.tree.modules[self.module.0 as usize];
            for (name, path) in uses.uses {
                if !module.items.contains(&name) {
                    module.uses.entry(name).or_insert(path);
                }
            }
            module.globs.extend(uses.globs);
        }
    }

    fn declare(&mut self, item: &Item) {
        let ident = match item {
            Item::Fn(of) => &of.sig.ident,
            Item::Struct(of) => &of.ident,
            Item::Enum(of) => &of.ident,
            Item::Union(of) => &of.ident,
            Item::Static(of) => &of.ident,
            Item::Const(of) => &of.ident,
            Item::Mod(of) => &of.ident,
            Item::Trait(of) => &of.ident,
            Item::Type(of) => &of.ident,
            Item::Use(of) => {
                let mut uses = Module::default();
                self.use_tree(&of.tree, &mut Vec::new(), &mut uses);
                let module = &mut self.tree.modules[self.module.0 as usize];
                module.uses.extend(uses.uses);
                module.globs.extend(uses.globs);
                return;
            }
            Item::ExternCrate(of) => {
                let (name, of_crate) =
                    (self.ident(of.rename.as_ref().map_or(&of.ident, |(_, new)| new)), self.ident(&of.ident));
                self.tree.modules[self.module.0 as usize].uses.insert(name, Box::new([of_crate]));
                return;
            }
            _ => return,
        };
        let name = self.ident(ident);
        self.tree.modules[self.module.0 as usize].items.insert(name);
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &mut Vec<Name>, out: &mut Module) {
        match tree {
            UseTree::Path(of) => {
                let name = self.ident(&of.ident);
                prefix.push(name);
                self.use_tree(&of.tree, prefix, out);
                prefix.pop();
            }
            UseTree::Name(of) => {
                let name = self.ident(&of.ident);
                self.used(name, None, prefix, out);
            }
            UseTree::Rename(of) => {
                let (name, new) = (self.ident(&of.ident), self.ident(&of.rename));
                self.used(name, Some(new), prefix, out);
            }
            UseTree::Glob(_) => out.globs.push(prefix.iter().cloned().collect()),
            UseTree::Group(of) => of.items.iter().for_each(|tree| self.use_tree(tree, prefix, out)),
        }
    }

    fn used(&mut self, name: Name, new: Option<Name>, prefix: &[Name], out: &mut Module) {
        let mut path: Vec<Name> = prefix.to_vec();
        let is_self = &*name == "self" && !path.is_empty();
        if !is_self {
            path.push(Arc::clone(&name));
        }
        let known = new.or_else(|| path.last().cloned()).unwrap_or(name);
        out.uses.insert(known, path.into());
    }

    fn item(&mut self, item: &Item, roots: &mut Vec<NodeId>) {
        match item {
            Item::Fn(of) => {
                let owner = Owner { self_ty: None, trait_name: None };
                self.func(&of.sig, &of.attrs, Some(&of.block), owner, roots);
            }
            Item::Impl(of) => {
                self.tree.items.push(at(of.impl_token.span).to(delims(of.brace_token.span)));
                let self_ty = self.ty(&of.self_ty);
                let trait_name = of
                    .trait_
                    .as_ref()
                    .and_then(|(path, _)| path.segments.last().map(|seg| self.ident(&seg.ident)));
                if let (Type::Path { segs, .. }, Some(trait_name)) = (&self_ty, &trait_name)
                    && let Some(last) = segs.last()
                {
                    self.tree.impls.push((self.module, Arc::clone(last), Arc::clone(trait_name)));
                }
                let owner = Owner { self_ty: Some(&self_ty), trait_name: trait_name.as_ref() };
                self.under(&of.attrs, |lower| {
                    for item in &of.items {
                        match item {
                            ImplItem::Fn(of) => lower.func(&of.sig, &of.attrs, Some(&of.block), owner, roots),
                            ImplItem::Macro(of) => lower.item_macro(&of.mac, roots),
                            _ => {}
                        }
                    }
                });
            }
            Item::Trait(of) => {
                let name = self.ident(&of.ident);
                let owner = Owner { self_ty: None, trait_name: Some(&name) };
                self.under(&of.attrs, |lower| {
                    for item in &of.items {
                        if let TraitItem::Fn(of) = item {
                            lower.func(&of.sig, &of.attrs, of.default.as_ref(), owner, roots);
                        }
                    }
                });
            }
            Item::Mod(of) => self.module_item(of, roots),
            Item::Macro(of) => self.item_macro(&of.mac, roots),
            Item::Static(of) => {
                let (name, ty, span) = (self.ident(&of.ident), self.ty(&of.ty), at(of.ident.span()));
                let is_test = self.is_test || of.attrs.iter().any(is_test_attr);
                self.tree.items.push(at(of.static_token.span).to(at(of.semi_token.span)));
                self.tree.statics.push(StaticDef {
                    name,
                    module: self.module,
                    ty,
                    at: span,
                    is_test,
                    is_constant: false,
                });
                self.under(&of.attrs, |lower| lower.initializer(&of.expr, span, roots));
            }
            Item::Const(of) => {
                let (name, ty, span) = (self.ident(&of.ident), self.ty(&of.ty), at(of.ident.span()));
                self.tree.statics.push(StaticDef {
                    name,
                    module: self.module,
                    ty,
                    at: span,
                    is_test: self.is_test,
                    is_constant: true,
                });
            }
            _ => self.type_item(item),
        }
    }

    fn type_item(&mut self, item: &Item) {
        match item {
            Item::Struct(of) => {
                let is_pub = matches!(of.vis, syn::Visibility::Public(_));
                let fields = self.fields(&of.fields, None, is_pub);
                let end = match (&of.fields, &of.semi_token) {
                    (Fields::Named(named), _) => delims(named.brace_token.span),
                    (_, Some(semi)) => at(semi.span),
                    (_, None) => at(of.ident.span()),
                };
                self.tree.items.push(at(of.struct_token.span).to(end));
                self.type_def(&of.ident, &of.attrs, fields);
            }
            Item::Enum(of) => {
                let is_pub = matches!(of.vis, syn::Visibility::Public(_));
                self.tree.items.push(at(of.enum_token.span).to(delims(of.brace_token.span)));
                let mut fields = Vec::new();
                for variant in &of.variants {
                    let name = self.ident(&variant.ident);
                    fields.extend(self.fields(&variant.fields, Some(&name), is_pub));
                }
                self.type_def(&of.ident, &of.attrs, fields);
            }
            Item::Type(of) => {
                let (name, ty) = (self.ident(&of.ident), self.ty(&of.ty));
                self.tree.modules[self.module.0 as usize].aliases.insert(name, ty);
            }
            _ => {}
        }
    }

    /// Items of a macro that is known to hold some, or that can be read as some.
    pub(super) fn item_macro(&mut self, mac: &syn::Macro, roots: &mut Vec<NodeId>) {
        for item in items_in(mac) {
            self.declare(&item);
            self.item(&item, roots);
        }
    }

    fn type_def(&mut self, ident: &proc_macro2::Ident, attrs: &[Attribute], fields: Vec<FieldDef>) {
        let is_test = self.is_test || attrs.iter().any(is_test_attr);
        let name = self.ident(ident);
        self.tree.types.push(TypeDef { name, module: self.module, is_test, fields });
    }

    fn fields(&mut self, fields: &Fields, variant: Option<&Name>, is_pub: bool) -> Vec<FieldDef> {
        let mut out = Vec::new();
        for (n, field) in fields.iter().enumerate() {
            let ty = self.ty(&field.ty);
            let (name, span) = match &field.ident {
                Some(ident) => (self.ident(ident), at(ident.span())),
                None => (self.name(&n.to_string()), type_span(&field.ty)),
            };
            let is_pub = is_pub && (variant.is_some() || matches!(field.vis, syn::Visibility::Public(_)));
            out.push(FieldDef { name, ty, at: span, variant: variant.cloned(), is_pub });
        }
        out
    }

    fn module_item(&mut self, of: &syn::ItemMod, roots: &mut Vec<NodeId>) {
        let name = self.ident(&of.ident);
        let is_test = of.attrs.iter().any(is_test_attr);
        if let Some((braces, _)) = &of.content {
            self.tree.items.push(at(of.mod_token.span).to(delims(braces.span)));
        }
        let Some((_, items)) = &of.content else {
            self.tree.outer_modules.push((self.module, name, is_test || self.is_test));
            return;
        };
        let mut path = self.tree.modules[self.module.0 as usize].path.clone();
        path.push(name);
        let outer = std::mem::replace(&mut self.module, ModuleId(offset(self.tree.modules.len())));
        self.tree.modules.push(Module { path, ..Module::default() });
        self.under(&of.attrs, |lower| lower.items(items, Some(roots)));
        self.module = outer;
    }

    /// Runs `body` as a test's code if the attributes say so.
    fn under(&mut self, attrs: &[Attribute], body: impl FnOnce(&mut Self)) {
        let before = self.is_test;
        self.is_test |= attrs.iter().any(is_test_attr);
        body(self);
        self.is_test = before;
    }

    fn func(
        &mut self,
        sig: &Signature,
        attrs: &[Attribute],
        block: Option<&Block>,
        owner: Owner<'_>,
        roots: &mut Vec<NodeId>,
    ) {
        let id = super::node::FuncId(offset(self.tree.funcs.len()));
        let end = block.map_or(at(sig.paren_token.span.close()), |block| delims(block.brace_token.span));
        let func = Func {
            name: self.ident(&sig.ident),
            at: at(sig.ident.span()),
            module: self.module,
            self_ty: owner.self_ty.cloned(),
            trait_name: owner.trait_name.cloned(),
            is_async: sig.asyncness.is_some(),
            is_test: self.is_test || attrs.iter().any(is_test_attr),
            attrs: attrs.iter().map(attr_text).collect(),
            params: Vec::new(),
            ret: self.returned(&sig.output),
            root: NodeId::NONE,
            span: at(sig.fn_token.span).to(end),
        };
        self.tree.items.push(func.span);
        self.tree.funcs.push(func);
        let outer = std::mem::replace(&mut self.func, id);
        self.walled(|lower| {
            let mut params = Vec::new();
            for input in &sig.inputs {
                params.push(lower.param(input, owner));
            }
            lower.tree.funcs[id.0 as usize].params = params;
            if let Some(block) = block {
                let body = lower.block(block, super::node::Flavor::Plain, None, None);
                let root = lower.add(Kind::Fn { body }, at(sig.fn_token.span).to(end));
                lower.tree.funcs[id.0 as usize].root = root;
                roots.push(root);
            }
        });
        self.func = outer;
    }

    fn param(&mut self, input: &FnArg, owner: Owner<'_>) -> (Option<super::node::BindingId>, Type) {
        match input {
            FnArg::Receiver(receiver) => {
                let own = owner.self_ty.cloned().unwrap_or(Type::Other);
                let ty = match &receiver.kind {
                    ReceiverKind::Reference(..) => Type::Ref(Box::new(own)),
                    _ => own,
                };
                let name = self.name("self");
                let node = self.bind(name, at(receiver.self_token.span), None);
                (self.typed(node, &ty), ty)
            }
            FnArg::Typed(typed) => {
                let ty = self.ty(&typed.ty);
                let node = self.pat(&typed.pat);
                (self.typed(node, &ty), ty)
            }
        }
    }

    fn typed(&mut self, node: NodeId, ty: &Type) -> Option<super::node::BindingId> {
        let Kind::Bind { binding, .. } = *self.tree.kind(node) else { return None };
        self.tree.bindings[binding.0 as usize].ty = Some(ty.clone());
        Some(binding)
    }

    /// The value of a `static`, as a function of no arguments: closures in it are code like other code.
    fn initializer(&mut self, expr: &syn::Expr, span: Span, roots: &mut Vec<NodeId>) {
        if matches!(expr, syn::Expr::Lit(_) | syn::Expr::Path(_)) {
            return;
        }
        let id = super::node::FuncId(offset(self.tree.funcs.len()));
        let name = self.name("static");
        self.tree.funcs.push(Func {
            name,
            at: span,
            module: self.module,
            self_ty: None,
            trait_name: None,
            is_async: false,
            is_test: self.is_test,
            attrs: Vec::new(),
            params: Vec::new(),
            ret: None,
            root: NodeId::NONE,
            span,
        });
        let outer = std::mem::replace(&mut self.func, id);
        self.walled(|lower| {
            let body = lower.expr(expr);
            let span = span.to(lower.tree.span(body));
            let root = lower.add(Kind::Fn { body }, span);
            lower.tree.funcs[id.0 as usize].root = root;
            roots.push(root);
        });
        self.func = outer;
    }
}

fn type_span(ty: &syn::Type) -> Span {
    match ty {
        syn::Type::Path(path) => {
            let mut idents = path.path.segments.iter().map(|seg| at(seg.ident.span()));
            let first = idents.next().unwrap_or_default();
            idents.next_back().map_or(first, |last| first.to(last))
        }
        syn::Type::Reference(of) => at(of.and_token.span),
        syn::Type::Tuple(of) => delims(of.paren_token.span),
        _ => Span::default(),
    }
}

/// The attribute's path and arguments, without white space.
fn attr_text(attr: &Attribute) -> String {
    let mut text = path_text(attr.path());
    match &attr.meta {
        Meta::Path(_) => {}
        Meta::List(list) => text.push_str(&format!("({})", list.tokens.to_string().replace(' ', ""))),
        Meta::NameValue(_) => text.push('='),
    }
    text
}

fn path_text(path: &syn::Path) -> String {
    path.segments.iter().map(|seg| seg.ident.to_string()).collect::<Vec<_>>().join("::")
}

/// `#[test]`, `#[tokio::test]`, `#[rstest]`, `#[bench]`, `#[cfg(test)]`, `#[cfg(all(test, ..))]`.
pub(super) fn is_test_attr(attr: &Attribute) -> bool {
    let text = attr_text(attr);
    let path = text.split('(').next().unwrap_or_default();
    match path.rsplit("::").next().unwrap_or_default() {
        "test" | "rstest" | "bench" | "test_case" | "quickcheck" => true,
        "cfg" => {
            let condition = text.trim_start_matches("cfg");
            let wants = |name: &str| {
                condition == format!("({name})")
                    || condition.starts_with(&format!("(all({name},"))
                    || (condition.starts_with("(all(") && condition.contains(&format!(",{name})")))
                    || (condition.starts_with("(all(") && condition.contains(&format!(",{name},")))
                    || condition.starts_with(&format!("(any({name},"))
            };
            wants("test") || wants("loom")
        }
        _ => false,
    }
}
