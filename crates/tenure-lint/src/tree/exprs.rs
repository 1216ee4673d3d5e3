//! Expressions.

use super::lower::{Lower, at};
use super::node::{Flavor, Kind, Lit, Name, NodeId, Op, Span};
use super::stmts::delims;
use syn::{BinOp, Expr, Member, Pat, UnOp};

impl Lower {
    pub(super) fn expr(&mut self, expr: &Expr) -> NodeId {
        match expr {
            Expr::Paren(inner) => self.expr(&inner.expr),
            Expr::Group(inner) => self.expr(&inner.expr),
            Expr::Path(path) => self.path_expr(&path.path),
            Expr::Lit(lit) => self.lit(lit),
            Expr::Call(call) => {
                let callee = self.expr(&call.func);
                let args = self.exprs(call.args.iter());
                let span = self.tree.span(callee).to(delims(call.paren_token.span));
                self.add(Kind::Call { callee, args }, span)
            }
            Expr::MethodCall(call) => {
                let recv = self.expr(&call.receiver);
                let args = self.exprs(call.args.iter());
                let span = self.tree.span(recv).to(delims(call.paren_token.span));
                let name = self.ident(&call.method);
                self.add(Kind::Method { recv, name, at: at(call.method.span()), args }, span)
            }
            Expr::Field(field) => {
                let base = self.expr(&field.base);
                let (name, end) = match &field.member {
                    Member::Named(ident) => (self.ident(ident), at(ident.span())),
                    Member::Unnamed(index) => (self.name(&index.index.to_string()), at(index.span)),
                };
                let span = self.tree.span(base).to(end);
                self.add(Kind::Field { base, name }, span)
            }
            Expr::Await(of) => self.suffix(&of.base, at(of.await_token.span), |base| Kind::Await { base }),
            Expr::Try(of) => self.suffix(&of.expr, at(of.question_token.span), |base| Kind::Try { base }),
            Expr::Reference(of) => self.prefix(&of.expr, at(of.and_token.span), |base| Kind::Ref { base }),
            Expr::RawAddr(of) => self.prefix(&of.expr, at(of.and_token.span), |base| Kind::Ref { base }),
            Expr::Unary(of) => match &of.op {
                UnOp::Deref(star) => self.prefix(&of.expr, at(star.span), |base| Kind::Deref { base }),
                UnOp::Not(not) => self.prefix(&of.expr, at(not.span), |base| Kind::Not { base }),
                _ => self.expr(&of.expr),
            },
            Expr::Cast(cast) => {
                let ty = Box::new(self.ty(&cast.ty));
                self.suffix(&cast.expr, Span { lo: u32::MAX, hi: 0 }, |base| Kind::Cast { base, ty })
            }
            _ => self.compound(expr),
        }
    }

    fn compound(&mut self, expr: &Expr) -> NodeId {
        match expr {
            Expr::Binary(of) => self.binary(of),
            Expr::Assign(of) => {
                self.pair(&of.left, &of.right, |left, right| Kind::Assign { left, right, is_compound: false })
            }
            Expr::Index(of) => self.pair(&of.expr, &of.index, |base, index| Kind::Index { base, index }),
            Expr::Tuple(of) => {
                let elems = self.exprs(of.elems.iter());
                self.add(Kind::Tuple { elems }, delims(of.paren_token.span))
            }
            Expr::Array(of) => {
                let elems = self.exprs(of.elems.iter());
                self.add(Kind::Array { elems }, delims(of.bracket_token.span))
            }
            Expr::Repeat(of) => {
                let elems = Box::new([self.expr(&of.expr), self.expr(&of.len)]);
                self.add(Kind::Array { elems }, delims(of.bracket_token.span))
            }
            Expr::Range(of) => {
                let ends: Box<[NodeId]> = of.start.iter().chain(&of.end).map(|end| self.expr(end)).collect();
                let span = self.over(&ends);
                self.add(Kind::Range { ends }, span)
            }
            Expr::Struct(of) => {
                let segs = self.segs(&of.path);
                let fields = of
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.expr(&field.expr)))
                    .collect();
                let rest = of.rest.as_ref().map(|rest| self.expr(rest));
                let span = self.path_span(&of.path).to(delims(of.brace_token.span));
                self.add(Kind::Struct { segs, fields, rest }, span)
            }
            Expr::Infer(of) => self.add(Kind::Infer, at(of.underscore_token.span)),
            Expr::Macro(of) => self.macro_call(&of.mac),
            Expr::Block(of) => self.block(&of.block, Flavor::Plain, of.label.as_ref(), None),
            Expr::Unsafe(of) => self.block(&of.block, Flavor::Unsafe, None, Some(at(of.unsafe_token.span))),
            Expr::Const(of) => self.block(&of.block, Flavor::Other, None, Some(at(of.const_token.span))),
            Expr::TryBlock(of) => self.block(&of.block, Flavor::Other, None, Some(at(of.try_token.span))),
            Expr::Async(of) => {
                let flavor = Flavor::Async { is_move: of.capture.is_some() };
                self.block(&of.block, flavor, None, Some(at(of.async_token.span)))
            }
            _ => self.flow(expr),
        }
    }

    /// What decides where to go on.
    fn flow(&mut self, expr: &Expr) -> NodeId {
        match expr {
            Expr::If(of) => self.if_expr(of),
            Expr::Let(of) => {
                let scrut = self.expr(&of.expr);
                let pat = self.pat(&of.pat);
                let span = at(of.let_token.span).to(self.tree.span(scrut));
                self.add(Kind::LetCond { pat, scrut }, span)
            }
            Expr::Match(of) => self.match_expr(of),
            Expr::Loop(of) => {
                let (head, label) = (at(of.loop_token.span), self.label(of.label.as_ref()));
                let body = self.block(&of.body, Flavor::Plain, None, None);
                let span = head.to(self.tree.span(body));
                self.add(Kind::Loop { body, label, at: head }, span)
            }
            Expr::While(of) => self.scoped(|lower| {
                let (head, label) = (at(of.while_token.span), lower.label(of.label.as_ref()));
                let cond = lower.expr(&of.cond);
                let body = lower.block(&of.body, Flavor::Plain, None, None);
                let span = head.to(lower.tree.span(body));
                lower.add(Kind::While { cond, body, label, at: head }, span)
            }),
            Expr::ForLoop(of) => self.scoped(|lower| {
                let (head, label) = (at(of.for_token.span), lower.label(of.label.as_ref()));
                let iter = lower.expr(&of.expr);
                let pat = lower.pat(&of.pat);
                let body = lower.block(&of.body, Flavor::Plain, None, None);
                let span = head.to(lower.tree.span(body));
                lower.add(Kind::For { pat, iter, body, label }, span)
            }),
            Expr::Closure(of) => self.closure(of),
            Expr::Break(of) => {
                let label = of.label.as_ref().map(|label| self.ident(&label.ident));
                let value = of.expr.as_ref().map(|value| self.expr(value));
                self.add(Kind::Break { label, value }, at(of.break_token.span))
            }
            Expr::Continue(of) => {
                let label = of.label.as_ref().map(|label| self.ident(&label.ident));
                self.add(Kind::Continue { label }, at(of.continue_token.span))
            }
            Expr::Return(of) => {
                let value = of.expr.as_ref().map(|value| self.expr(value));
                self.add(Kind::Return { value }, at(of.return_token.span))
            }
            Expr::Yield(of) => {
                let args = of.expr.iter().map(|value| self.expr(value)).collect();
                let path = Box::new([self.name("yield")]);
                self.add(Kind::Macro { path, args, is_opaque: false }, at(of.yield_token.span))
            }
            _ => self.add(
                Kind::Macro { path: Box::default(), args: Box::default(), is_opaque: true },
                Span::default(),
            ),
        }
    }

    fn if_expr(&mut self, of: &syn::ExprIf) -> NodeId {
        // A long chain of `else if` is as deep as it is long; the scanner limits it.
        let (cond, then) = self.scoped(|lower| {
            let cond = lower.expr(&of.cond);
            (cond, lower.block(&of.then_branch, Flavor::Plain, None, None))
        });
        let els = of.else_branch.as_ref().map(|(_, els)| self.expr(els));
        let span = at(of.if_token.span).to(self.tree.span(els.unwrap_or(then)));
        self.add(Kind::If { cond, then, els }, span)
    }

    fn match_expr(&mut self, of: &syn::ExprMatch) -> NodeId {
        let scrut = self.expr(&of.expr);
        let arms = of.arms.iter().map(|arm| {
            self.scoped(|lower| {
                let pat = lower.pat(&arm.pat);
                let guard = match &arm.pat {
                    Pat::Guard(guarded) => Some(lower.expr(&guarded.guard)),
                    _ => None,
                };
                let body = lower.expr(&arm.body);
                let span = lower.tree.span(pat).to(lower.tree.span(body));
                lower.add(Kind::Arm { pat, guard, body }, span)
            })
        });
        let arms = arms.collect();
        let span = at(of.match_token.span).to(delims(of.brace_token.span));
        self.add(Kind::Match { scrut, arms }, span)
    }

    fn closure(&mut self, of: &syn::ExprClosure) -> NodeId {
        self.scoped(|lower| {
            let params = of.inputs.iter().map(|pat| lower.pat(pat)).collect();
            let body = lower.expr(&of.body);
            let span = at(of.inputs_begin.span).to(lower.tree.span(body));
            let (is_async, is_move) = (of.asyncness.is_some(), of.capture.is_some());
            lower.add(Kind::Closure { params, body, is_async, is_move }, span)
        })
    }

    fn binary(&mut self, of: &syn::ExprBinary) -> NodeId {
        // A long sum is a chain to the left: it is walked down here, not by recursion.
        let mut chain = Vec::new();
        let mut first: &Expr = &of.left;
        chain.push((&of.op, &*of.right));
        while let Expr::Binary(left) = first {
            chain.push((&left.op, &*left.right));
            first = &left.left;
        }
        let mut left = self.expr(first);
        for (op, right) in chain.into_iter().rev() {
            let right = self.expr(right);
            let span = self.tree.span(left).to(self.tree.span(right));
            let kind = match op {
                BinOp::And(_) | BinOp::Or(_) => Kind::Binary { op: Op::Logic, left, right },
                BinOp::Eq(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Ne(_) | BinOp::Ge(_) | BinOp::Gt(_) => {
                    Kind::Binary { op: Op::Compare, left, right }
                }
                BinOp::Add(_)
                | BinOp::Sub(_)
                | BinOp::Mul(_)
                | BinOp::Div(_)
                | BinOp::Rem(_)
                | BinOp::BitXor(_)
                | BinOp::BitAnd(_)
                | BinOp::BitOr(_)
                | BinOp::Shl(_)
                | BinOp::Shr(_) => Kind::Binary { op: Op::Other, left, right },
                _ => Kind::Assign { left, right, is_compound: true },
            };
            left = self.add(kind, span);
        }
        left
    }

    pub(super) fn exprs<'a>(&mut self, exprs: impl Iterator<Item = &'a Expr>) -> Box<[NodeId]> {
        exprs.map(|expr| self.expr(expr)).collect()
    }

    fn pair(&mut self, a: &Expr, b: &Expr, kind: impl FnOnce(NodeId, NodeId) -> Kind) -> NodeId {
        let a = self.expr(a);
        let b = self.expr(b);
        let span = self.tree.span(a).to(self.tree.span(b));
        self.add(kind(a, b), span)
    }

    fn suffix(&mut self, base: &Expr, end: Span, kind: impl FnOnce(NodeId) -> Kind) -> NodeId {
        let base = self.expr(base);
        let span = self.tree.span(base).to(end);
        self.add(kind(base), span)
    }

    fn prefix(&mut self, base: &Expr, begin: Span, kind: impl FnOnce(NodeId) -> Kind) -> NodeId {
        let base = self.expr(base);
        let span = begin.to(self.tree.span(base));
        self.add(kind(base), span)
    }

    fn over(&self, ids: &[NodeId]) -> Span {
        ids.iter().map(|id| self.tree.span(*id)).reduce(Span::to).unwrap_or_default()
    }

    fn label(&mut self, label: Option<&syn::Label>) -> Option<Name> {
        label.map(|label| self.ident(&label.name.ident))
    }

    pub(super) fn member(&mut self, member: &Member) -> Name {
        match member {
            Member::Named(ident) => self.ident(ident),
            Member::Unnamed(index) => self.name(&index.index.to_string()),
        }
    }

    pub(super) fn path_span(&self, path: &syn::Path) -> Span {
        let mut idents = path.segments.iter().map(|seg| at(seg.ident.span()));
        let first = idents.next().unwrap_or_default();
        idents.next_back().map_or(first, |last| first.to(last))
    }

    fn path_expr(&mut self, path: &syn::Path) -> NodeId {
        let span = self.path_span(path);
        if let Some(ident) = path.get_ident()
            && let Some(binding) = self.find(ident.to_string().trim_start_matches("r#"))
        {
            return self.local(binding, span);
        }
        let segs = self.segs(path);
        self.add(Kind::Path { segs }, span)
    }

    fn lit(&mut self, of: &syn::ExprLit) -> NodeId {
        let lit = match &of.lit {
            syn::Lit::Str(_) => Lit::Str,
            syn::Lit::Int(_) => Lit::Int,
            syn::Lit::Bool(value) => Lit::Bool(value.value),
            _ => Lit::Other,
        };
        self.add(Kind::Lit { lit }, at(of.lit.span()))
    }
}
