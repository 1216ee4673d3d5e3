//! The arms of `select!`, of Tokio's, futures' and crossbeam's.

use super::lower::Lower;
use super::node::{Kind, NodeId, Span};
use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, Pat, Token, token};

/// `pat = fut, if guard => body`; `fut => body` where there is no pattern.
struct Arm {
    pat: Option<Pat>,
    fut: Expr,
    guard: Option<Expr>,
    body: Expr,
}

/// One arm, or `else => body`.
enum Line {
    Arm(Box<Arm>),
    Else(Box<Expr>),
}

struct Lines(Vec<Line>);

impl Parse for Lines {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut lines = Vec::new();
        if input.peek(syn::Ident) && input.peek2(Token![;]) {
            // `biased;`
            input.parse::<syn::Ident>()?;
            input.parse::<Token![;]>()?;
        }
        while !input.is_empty() {
            lines.push(line(input)?);
        }
        Ok(Self(lines))
    }
}

fn line(input: ParseStream<'_>) -> syn::Result<Line> {
    if input.peek(Token![else]) {
        input.parse::<Token![else]>()?;
        input.parse::<Token![=>]>()?;
        return Ok(Line::Else(Box::new(body(input)?)));
    }
    let pat = {
        let ahead = input.fork();
        let is_pattern = ahead.call(Pat::parse_multi_with_leading_vert).is_ok()
            && ahead.peek(Token![=])
            && !ahead.peek(Token![=>]);
        if is_pattern {
            let pat = input.call(Pat::parse_multi_with_leading_vert)?;
            input.parse::<Token![=]>()?;
            Some(pat)
        } else {
            None
        }
    };
    let fut: Expr = input.parse()?;
    let pat = if pat.is_none() && input.peek(Token![->]) {
        input.parse::<Token![->]>()?;
        Some(input.call(Pat::parse_single)?)
    } else {
        pat
    };
    let mut guard = None;
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        input.parse::<Token![if]>()?;
        guard = Some(input.parse()?);
    }
    input.parse::<Token![=>]>()?;
    let body = body(input)?;
    Ok(Line::Arm(Box::new(Arm { pat, fut, guard, body })))
}

/// After a block no comma is needed; a block that goes on, `{ .. }.await`, is an expression like others.
fn body(input: ParseStream<'_>) -> syn::Result<Expr> {
    let body = if input.peek(token::Brace) {
        let ahead = input.fork();
        ahead.parse::<syn::Block>()?;
        if ahead.peek(Token![.]) || ahead.peek(Token![?]) {
            input.parse()?
        } else {
            Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: input.parse()? })
        }
    } else {
        input.parse()?
    };
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    }
    Ok(body)
}

impl Lower {
    /// The arms, or `None` if this is no `select!` that is known.
    pub(super) fn select(&mut self, tokens: &TokenStream, span: Span) -> Option<NodeId> {
        let lines = Lines::parse.parse2(tokens.clone()).ok()?;
        let mut arms = Vec::new();
        for line in &lines.0 {
            arms.push(match line {
                Line::Arm(arm) => self.select_arm(arm),
                Line::Else(body) => self.expr(body),
            });
        }
        Some(self.add(Kind::Select { arms: arms.into() }, span))
    }

    fn select_arm(&mut self, arm: &Arm) -> NodeId {
        let guard = arm.guard.as_ref().map(|guard| self.expr(guard));
        let fut = self.expr(&arm.fut);
        self.scoped(|lower| {
            let pat = arm.pat.as_ref().map(|pat| lower.pat(pat));
            let body = lower.expr(&arm.body);
            let span = lower.tree.span(fut).to(lower.tree.span(body));
            lower.add(Kind::SelectArm { pat, fut, guard, body }, span)
        })
    }
}
