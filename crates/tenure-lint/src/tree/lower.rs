//! The state of lowering one file: where we are, which local names are in scope, and how a node is added.

use super::node::{BindingId, FuncId, Kind, ModuleId, Name, Node, NodeId, Span, Type};
use super::table::{Binding, Tree};
use crate::source::offset;
use std::collections::HashSet;
use std::sync::Arc;
use syn::{GenericArgument, PathArguments, ReturnType, TypeParamBound};

/// Lowers one file.
pub(super) struct Lower {
    pub(super) tree: Tree,
    /// Local names in scope, the innermost last.
    scopes: Vec<(Name, BindingId)>,
    /// Names before this are of an outer function, and not visible.
    floor: usize,
    pub(super) func: FuncId,
    pub(super) module: ModuleId,
    pub(super) is_test: bool,
    names: HashSet<Name>,
}

impl Lower {
    pub(super) fn new() -> Self {
        Self {
            tree: Tree::default(),
            scopes: Vec::new(),
            floor: 0,
            func: FuncId(0),
            module: ModuleId(0),
            is_test: false,
            names: HashSet::new(),
        }
    }

    pub(super) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return Arc::clone(name);
        }
        let name: Name = Arc::from(text);
        self.names.insert(Arc::clone(&name));
        name
    }

    pub(super) fn ident(&mut self, ident: &proc_macro2::Ident) -> Name {
        let text = ident.to_string();
        self.name(text.strip_prefix("r#").unwrap_or(&text))
    }

    /// Adds a node, and makes it the parent of its children.
    pub(super) fn add(&mut self, kind: Kind, span: Span) -> NodeId {
        let id = NodeId(offset(self.tree.nodes.len()));
        let nodes = &mut self.tree.nodes;
        kind.children(&mut |child| nodes[child.0 as usize].parent = id);
        nodes.push(Node { kind, span, parent: NodeId::NONE, func: self.func });
        id
    }

    /// Binds `name` from here to the end of the scope.
    pub(super) fn bind(&mut self, name: Name, span: Span, sub: Option<NodeId>) -> NodeId {
        let binding = BindingId(offset(self.tree.bindings.len()));
        let node = self.add(Kind::Bind { binding, sub }, span);
        self.tree.bindings.push(Binding { name: Arc::clone(&name), decl: node, ty: None, uses: Vec::new() });
        self.scopes.push((name, binding));
        node
    }

    pub(super) fn find(&self, name: &str) -> Option<BindingId> {
        self.scopes[self.floor..]
            .iter()
            .rev()
            .find(|(known, _)| **known == *name)
            .map(|(_, binding)| *binding)
    }

    /// A use of a local name.
    pub(super) fn local(&mut self, binding: BindingId, span: Span) -> NodeId {
        let node = self.add(Kind::Local { binding }, span);
        self.tree.bindings[binding.0 as usize].uses.push(node);
        node
    }

    /// Runs `body` in a scope of its own.
    pub(super) fn scoped<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.scopes.len();
        let result = body(self);
        self.scopes.truncate(mark);
        result
    }

    /// Runs `body` as a function: the names outside are not visible.
    pub(super) fn walled<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let floor = std::mem::replace(&mut self.floor, self.scopes.len());
        let result = self.scoped(body);
        self.floor = floor;
        result
    }

    pub(super) fn segs(&mut self, path: &syn::Path) -> Box<[Name]> {
        path.segments.iter().map(|seg| self.ident(&seg.ident)).collect()
    }

    pub(super) fn ty(&mut self, ty: &syn::Type) -> Type {
        lower_type(ty, &mut |ident| self.ident(ident))
    }

    pub(super) fn returned(&mut self, output: &ReturnType) -> Option<Type> {
        match output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(self.ty(ty)),
        }
    }
}

fn lower_type(ty: &syn::Type, name: &mut dyn FnMut(&proc_macro2::Ident) -> Name) -> Type {
    match ty {
        syn::Type::Path(path) => lower_path(&path.path, name),
        syn::Type::Tuple(tuple) => Type::Tuple(tuple.elems.iter().map(|ty| lower_type(ty, name)).collect()),
        syn::Type::Reference(reference) => Type::Ref(Box::new(lower_type(&reference.elem, name))),
        syn::Type::Ptr(pointer) => Type::Ref(Box::new(lower_type(&pointer.elem, name))),
        syn::Type::Slice(slice) => Type::Slice(Box::new(lower_type(&slice.elem, name))),
        syn::Type::Array(array) => Type::Slice(Box::new(lower_type(&array.elem, name))),
        syn::Type::Paren(inner) => lower_type(&inner.elem, name),
        syn::Type::Group(inner) => lower_type(&inner.elem, name),
        syn::Type::Never(_) => Type::Never,
        syn::Type::ImplTrait(bounds) => lower_bounds(bounds.bounds.iter(), name),
        syn::Type::TraitObject(bounds) => lower_bounds(bounds.bounds.iter(), name),
        _ => Type::Other,
    }
}

fn lower_bounds<'a>(
    bounds: impl Iterator<Item = &'a TypeParamBound>,
    name: &mut dyn FnMut(&proc_macro2::Ident) -> Name,
) -> Type {
    let traits = bounds.filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(lower_path(&bound.path, name)),
        _ => None,
    });
    Type::Bounds(traits.collect())
}

/// `Output = T` and the like count as arguments too: `impl Future<Output = T>`.
fn lower_path(path: &syn::Path, name: &mut dyn FnMut(&proc_macro2::Ident) -> Name) -> Type {
    let segs = path.segments.iter().map(|seg| name(&seg.ident)).collect();
    let args = match path.segments.last().map(|seg| &seg.arguments) {
        Some(PathArguments::AngleBracketed(args)) => args
            .args
            .iter()
            .filter_map(|arg| match arg {
                GenericArgument::Type(ty) => Some(lower_type(ty, name)),
                GenericArgument::AssocType(assoc) => Some(lower_type(&assoc.ty, name)),
                _ => None,
            })
            .collect(),
        _ => Box::default(),
    };
    Type::Path { segs, args }
}

/// The bytes of a token.
pub(super) fn at(span: proc_macro2::Span) -> Span {
    let range = span.byte_range();
    Span { lo: offset(range.start), hi: offset(range.end) }
}
