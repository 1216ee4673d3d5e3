//! Statements, blocks and patterns.

use super::lower::{Lower, at};
use super::node::{Flavor, Kind, NodeId, Span};
use proc_macro2::extra::DelimSpan;
use syn::{Block, Local, Pat, Stmt};

impl Lower {
    /// `{ .. }`; `from` is where its head begins.
    pub(super) fn block(
        &mut self,
        block: &Block,
        flavor: Flavor,
        label: Option<&syn::Label>,
        from: Option<Span>,
    ) -> NodeId {
        let braces = delims(block.brace_token.span);
        let span = from.map_or(braces, |from| from.to(braces));
        let label = label.map(|label| self.ident(&label.name.ident));
        self.scoped(|lower| {
            let stmts = lower.stmts(&block.stmts);
            lower.add(Kind::Block { stmts, flavor, label }, span)
        })
    }

    pub(super) fn stmts(&mut self, stmts: &[Stmt]) -> Box<[NodeId]> {
        // Items are visible before they are written.
        for stmt in stmts {
            if let Stmt::Item(item) = stmt {
                self.declare_local(item);
            }
        }
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            match stmt {
                Stmt::Local(local) => out.push(self.local_stmt(local)),
                Stmt::Item(item) => self.nested_item(item, &mut out),
                Stmt::Expr(expr, semi) => {
                    let expr = self.expr(expr);
                    let mut span = self.tree.span(expr);
                    if let Some(semi) = semi {
                        span = span.to(at(semi.span));
                    }
                    out.push(self.add(Kind::Stmt { expr, has_semi: semi.is_some() }, span));
                }
                Stmt::Macro(stmt) => {
                    let expr = self.macro_call(&stmt.mac);
                    let mut span = self.tree.span(expr);
                    if let Some(semi) = &stmt.semi_token {
                        span = span.to(at(semi.span));
                    }
                    // `m! { }` in the middle of a block is a statement as well.
                    out.push(self.add(Kind::Stmt { expr, has_semi: stmt.semi_token.is_some() }, span));
                }
            }
        }
        out.into()
    }

    fn local_stmt(&mut self, local: &Local) -> NodeId {
        let span = at(local.let_token.span).to(at(local.semi_token.span));
        let init = local.init.as_ref().map(|init| self.expr(&init.expr));
        let diverge = local.init.as_ref().and_then(|init| init.diverge.as_ref());
        let els = diverge.map(|(_, els)| self.scoped(|lower| lower.expr(els)));
        let pat = self.pat(&local.pat);
        self.add(Kind::Let { pat, init, els }, span)
    }

    pub(super) fn pat(&mut self, pat: &Pat) -> NodeId {
        match pat {
            Pat::Ident(ident) => self.pat_ident(ident),
            Pat::Wild(wild) => self.add(Kind::Wild, at(wild.underscore_token.span)),
            Pat::Tuple(tuple) => {
                let elems = self.pats(tuple.elems.iter());
                self.add(Kind::PatTuple { elems }, delims(tuple.paren_token.span))
            }
            Pat::TupleStruct(call) => {
                let segs = self.segs(&call.path);
                let elems = self.pats(call.elems.iter());
                let span = self.path_span(&call.path).to(delims(call.paren_token.span));
                self.add(Kind::PatCall { segs, elems }, span)
            }
            Pat::Struct(of) => {
                let segs = self.segs(&of.path);
                let span = self.path_span(&of.path).to(delims(of.brace_token.span));
                let fields = of
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.pat(&field.pat)))
                    .collect();
                self.add(Kind::PatStruct { segs, fields }, span)
            }
            Pat::Path(path) => {
                let segs = self.segs(&path.path);
                let span = self.path_span(&path.path);
                self.add(Kind::PatPath { segs }, span)
            }
            Pat::Paren(inner) => self.pat(&inner.pat),
            Pat::Guard(guarded) => self.pat(&guarded.pat),
            Pat::Reference(inner) => {
                let elems = Box::new([self.pat(&inner.pat)]);
                self.add(Kind::PatOther { elems }, at(inner.and_token.span))
            }
            Pat::Type(typed) => {
                let pat = self.pat(&typed.pat);
                if let Kind::Bind { binding, .. } = *self.tree.kind(pat) {
                    let ty = self.ty(&typed.ty);
                    self.tree.bindings[binding.0 as usize].ty = Some(ty);
                }
                pat
            }
            Pat::Or(or) => {
                let elems = self.pats(or.cases.iter());
                let span = elems.iter().map(|id| self.tree.span(*id)).reduce(Span::to).unwrap_or_default();
                self.add(Kind::PatOther { elems }, span)
            }
            Pat::Slice(slice) => {
                let elems = self.pats(slice.elems.iter());
                self.add(Kind::PatOther { elems }, delims(slice.bracket_token.span))
            }
            _ => self.add(Kind::PatOther { elems: Box::default() }, Span::default()),
        }
    }

    fn pats<'a>(&mut self, pats: impl Iterator<Item = &'a Pat>) -> Box<[NodeId]> {
        pats.map(|pat| self.pat(pat)).collect()
    }

    fn pat_ident(&mut self, ident: &syn::PatIdent) -> NodeId {
        let span = at(ident.ident.span());
        let sub = ident.subpat.as_ref().map(|(_, pat)| self.pat(pat));
        let name = self.ident(&ident.ident);
        // `None`, `MAX`: a constant, not a new name.
        let is_constant = sub.is_none()
            && ident.by_ref.is_none()
            && ident.mutability.is_none()
            && name.chars().next().is_some_and(char::is_uppercase);
        if is_constant {
            return self.add(Kind::PatPath { segs: Box::new([name]) }, span);
        }
        self.bind(name, span, sub)
    }
}

/// From the opening to the closing delimiter.
pub(super) fn delims(span: DelimSpan) -> Span {
    at(span.open()).to(at(span.close()))
}
