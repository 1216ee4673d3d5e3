//! Macros as the code they hold. One that is not understood has every local name in it as an argument, so that no finding
//! comes from not understanding it.

use super::lower::{Lower, at};
use super::node::{Flavor, Kind, Name, NodeId, Span};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Block, Expr, Item, MacroDelimiter, Stmt};

/// What stands in a macro, by its name.
enum Holds {
    Select,
    Exprs,
    /// The body of a generator: it is polled.
    Stmts,
    Unknown,
}

fn holds(name: &str) -> Holds {
    const EXPRS: [&str; 44] = [
        "join",
        "try_join",
        "vec",
        "pin",
        "assert",
        "assert_eq",
        "assert_ne",
        "assert_matches",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "matches",
        "format",
        "format_args",
        "print",
        "println",
        "eprint",
        "eprintln",
        "write",
        "writeln",
        "panic",
        "unreachable",
        "todo",
        "unimplemented",
        "bail",
        "ensure",
        "anyhow",
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "event",
        "log",
        "span",
        "ready",
        "dbg",
        "pin_mut",
        "try_ready",
        "eyre",
        "info_span",
        "debug_span",
        "trace_span",
        "error_span",
    ];
    match name {
        "select" | "select_biased" | "tokio_select" => Holds::Select,
        "stream" | "try_stream" | "async_stream" | "gen" => Holds::Stmts,
        _ if EXPRS.contains(&name) => Holds::Exprs,
        _ => Holds::Unknown,
    }
}

impl Lower {
    pub(super) fn macro_call(&mut self, mac: &syn::Macro) -> NodeId {
        let path = self.segs(&mac.path);
        let head = self.path_span(&mac.path);
        let span = head.to(delimiters(&mac.delimiter));
        let name = path.last().map_or("", |name| &**name).to_owned();
        match holds(&name) {
            Holds::Select => {
                if let Some(select) = self.select(&mac.tokens, span) {
                    return select;
                }
            }
            Holds::Exprs => {
                let args = self.list(&mac.tokens);
                return self.add(Kind::Macro { path, args, is_opaque: false }, span);
            }
            Holds::Stmts => {
                if let Ok(stmts) = Block::parse_within.parse2(mac.tokens.clone()) {
                    let block = self.statements(&stmts, Flavor::Async { is_move: false }, span);
                    return self.add(Kind::Macro { path, args: Box::new([block]), is_opaque: false }, span);
                }
            }
            Holds::Unknown => {
                if let Some(node) = self.unknown(&path, &mac.tokens, span) {
                    return node;
                }
            }
        }
        let args = self.names_in(&mac.tokens);
        self.add(Kind::Macro { path, args, is_opaque: true }, span)
    }

    /// Expressions, else statements.
    fn unknown(&mut self, path: &[Name], tokens: &TokenStream, span: Span) -> Option<NodeId> {
        let exprs =
            syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated.parse2(tokens.clone());
        if let Ok(exprs) = exprs {
            let args = self.exprs(exprs.iter());
            return Some(self.add(Kind::Macro { path: path.into(), args, is_opaque: false }, span));
        }
        let stmts = Block::parse_within.parse2(tokens.clone()).ok()?;
        let block = self.statements(&stmts, Flavor::Other, span);
        Some(self.add(Kind::Macro { path: path.into(), args: Box::new([block]), is_opaque: false }, span))
    }

    fn statements(&mut self, stmts: &[Stmt], flavor: Flavor, span: Span) -> NodeId {
        self.scoped(|lower| {
            let stmts = lower.stmts(stmts);
            lower.add(Kind::Block { stmts, flavor, label: None }, span)
        })
    }

    /// Arguments between commas, each by itself: those of formats and of logs are not all expressions.
    fn list(&mut self, tokens: &TokenStream) -> Box<[NodeId]> {
        let mut out = Vec::new();
        let mut chunk = Vec::new();
        for token in tokens.clone() {
            match &token {
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                    self.argument(&std::mem::take(&mut chunk), &mut out)
                }
                _ => chunk.push(token),
            }
        }
        self.argument(&chunk, &mut out);
        out.into()
    }

    fn argument(&mut self, chunk: &[TokenTree], out: &mut Vec<NodeId>) {
        let chunk = value_of(chunk);
        if let [TokenTree::Literal(literal)] = chunk {
            self.captures(&literal.to_string(), at(literal.span()), out);
        }
        let tokens: TokenStream = chunk.iter().cloned().collect();
        if tokens.is_empty() {
            return;
        }
        match syn::parse2::<Expr>(tokens.clone()) {
            Ok(expr) => out.push(self.expr(&expr)),
            Err(_) => out.extend(self.names_in(&tokens)),
        }
    }

    /// `"{name}"` and `"{name:?}"` in a format string are uses.
    fn captures(&mut self, literal: &str, span: Span, out: &mut Vec<NodeId>) {
        if !literal.contains('"') {
            return;
        }
        let mut rest = literal;
        while let Some(open) = rest.find('{') {
            rest = &rest[open + 1..];
            if let Some(escaped) = rest.strip_prefix('{') {
                rest = escaped;
                continue;
            }
            let end = rest.find([':', '}']).unwrap_or(rest.len());
            if let Some(binding) = self.find(rest[..end].trim()) {
                out.push(self.local(binding, span));
            }
        }
    }

    /// Every local name in `tokens`.
    pub(super) fn names_in(&mut self, tokens: &TokenStream) -> Box<[NodeId]> {
        let mut out = Vec::new();
        let mut open = vec![tokens.clone().into_iter()];
        while let Some(level) = open.last_mut() {
            match level.next() {
                None => {
                    open.pop();
                }
                Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
                Some(TokenTree::Ident(ident)) => {
                    if let Some(binding) = self.find(&ident.to_string()) {
                        out.push(self.local(binding, at(ident.span())));
                    }
                }
                Some(TokenTree::Literal(literal)) => {
                    self.captures(&literal.to_string(), at(literal.span()), &mut out)
                }
                Some(TokenTree::Punct(_)) => {}
            }
        }
        out.into()
    }
}

/// Without `name =`, `target:`, `%` and `?`.
fn value_of(mut chunk: &[TokenTree]) -> &[TokenTree] {
    let is = |token: Option<&TokenTree>, wanted: char| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == wanted);
    // `a.b = x`, `a = x`, `target: x`; not `a == b`, `a => b`, `a::b`.
    let named = chunk.iter().position(|token| is(Some(token), '=') || is(Some(token), ':'));
    if let Some(n) = named {
        let is_name = chunk[..n].iter().enumerate().all(|(i, token)| match token {
            TokenTree::Ident(_) => i % 2 == 0,
            other => i % 2 == 1 && is(Some(other), '.'),
        });
        let next = chunk.get(n + 1);
        if n > 0 && is_name && !is(next, '=') && !is(next, '>') && !is(next, ':') {
            chunk = &chunk[n + 1..];
        }
    }
    while is(chunk.first(), '%') || is(chunk.first(), '?') {
        chunk = &chunk[1..];
    }
    chunk
}

fn delimiters(delimiter: &MacroDelimiter) -> Span {
    let span = match delimiter {
        MacroDelimiter::Paren(token) => token.span,
        MacroDelimiter::Brace(token) => token.span,
        MacroDelimiter::Bracket(token) => token.span,
    };
    at(span.open()).to(at(span.close()))
}

/// Items of a macro in the place of an item. Tokio and others wrap theirs in macros that choose by features.
pub(super) fn items_in(mac: &syn::Macro) -> Vec<Item> {
    let name = mac.path.segments.last().map(|seg| seg.ident.to_string()).unwrap_or_default();
    if name == "macro_rules" {
        return Vec::new();
    }
    let tokens = match name.as_str() {
        "lazy_static" => without_ref(&mac.tokens),
        _ => mac.tokens.clone(),
    };
    let items =
        |tokens: TokenStream| syn::parse2::<syn::File>(tokens).map(|file| file.items).unwrap_or_default();
    if name != "cfg_if" {
        return items(tokens);
    }
    // `if #[cfg(..)] { items } else { items }`
    tokens
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
            _ => None,
        })
        .flat_map(items)
        .collect()
}

/// `static ref X: T = v;` as `static X: T = v;`.
fn without_ref(tokens: &TokenStream) -> TokenStream {
    let is_ref = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if *ident == "ref");
    tokens.clone().into_iter().filter(|token| !is_ref(token)).collect()
}
