//! What shape a function under one of our attributes must have, and the inner function it becomes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Block, FnArg, ItemFn, PatType, ReturnType, Safety, Visibility};

/// A function that takes the root and nothing else. Its parts keep their spans, so that an error in the body points at the body.
pub(crate) struct RootFn {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    root: PatType,
    output: ReturnType,
    body: Box<Block>,
}

impl RootFn {
    /// `attribute` is how the user wrote it, without the crate: `main` or `test`.
    pub(crate) fn parse(attribute: &str, function: TokenStream) -> syn::Result<Self> {
        let shape = format!(
            "write `async fn {}(root: tenure::Scope) -> tenure::Result`",
            if attribute == "main" { "main" } else { "name" }
        );
        let refuse = |span: Span, what: &str| Err(syn::Error::new(span, format!("{what}; {shape}")));
        let span = function.span();
        let Ok(ItemFn { attrs, vis, sig, block, .. }) = syn::parse2::<ItemFn>(function) else {
            return refuse(span, &format!("`#[tenure::{attribute}]` goes on a function with a body"));
        };
        if sig.asyncness.is_none() {
            return refuse(sig.fn_token.span, &format!("`#[tenure::{attribute}]` needs an `async fn`"));
        }
        if let Some(token) = sig.constness {
            return refuse(token.span, "the function cannot be `const`");
        }
        if !matches!(sig.safety, Safety::Default) {
            return refuse(sig.safety.span(), "the function cannot be `unsafe`");
        }
        if let Some(abi) = &sig.abi {
            return refuse(abi.span(), "the function cannot be `extern`");
        }
        if !sig.generics.params.is_empty() {
            return refuse(
                sig.generics.span(),
                "the function cannot be generic: nothing could choose the types",
            );
        }
        if let Some(clause) = &sig.generics.where_clause {
            return refuse(clause.span(), "the function cannot have a `where` clause");
        }
        let mut inputs = sig.inputs.into_iter();
        let root = match (inputs.next(), inputs.next()) {
            (Some(FnArg::Typed(root)), None) => root,
            (None, _) => return refuse(sig.ident.span(), "the root scope must be the parameter"),
            (Some(FnArg::Receiver(own)), _) => return refuse(own.span(), "`self` has no meaning here"),
            (Some(_), Some(more)) => {
                return refuse(
                    more.span(),
                    "the root scope is the only parameter; other values come from its body",
                );
            }
        };
        Ok(Self { attrs, vis, name: sig.ident, root, output: sig.output, body: block })
    }

    /// The inner `async fn` named `name`. It always returns a `Result`: what returns nothing is wrapped, not rewritten, so
    /// that a bare `return` in the body stays valid.
    pub(crate) fn inner(&self, name: &str) -> TokenStream {
        let name = format_ident!("{name}");
        let Self { root, output, body, .. } = self;
        let ty = &root.ty;
        match output {
            ReturnType::Type(..) => quote! { async fn #name(#root) #output #body },
            ReturnType::Default => quote! {
                async fn #name(__tenure_root: #ty) -> ::tenure::Result {
                    async fn __tenure_body(#root) #body
                    __tenure_body(__tenure_root).await;
                    ::core::result::Result::Ok(())
                }
            },
        }
    }

    /// `.run(inner)`, placed at the return type, so that a return type that does not fit is what the compiler underlines.
    pub(crate) fn run(&self, inner: &str) -> TokenStream {
        let inner = format_ident!("{inner}");
        let span = match &self.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => self.root.ty.span(),
        };
        quote_spanned! {span=> .run(#inner) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::RootFn;
    use proc_macro2::TokenStream;

    /// Source as tokens, which print the same however it is spaced.
    pub(crate) fn tokens(source: &str) -> TokenStream {
        source.parse().unwrap()
    }

    fn refusal(source: &str) -> String {
        match RootFn::parse("main", tokens(source)) {
            Ok(_) => panic!("accepted: {source}"),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn every_wrong_shape_is_refused_with_what_to_write() {
        for (source, what) in [
            ("struct Main;", "goes on a function with a body"),
            ("fn main(root: Scope) {}", "needs an `async fn`"),
            ("async unsafe fn main(root: Scope) {}", "cannot be `unsafe`"),
            ("async extern \"C\" fn main(root: Scope) {}", "cannot be `extern`"),
            ("async fn main<T>(root: T) {}", "cannot be generic"),
            ("async fn main(root: Scope) where Scope: Send {}", "cannot have a `where` clause"),
            ("async fn main() {}", "the root scope must be the parameter"),
            ("async fn main(self) {}", "`self` has no meaning here"),
            ("async fn main(root: Scope, more: u8) {}", "is the only parameter"),
        ] {
            let said = refusal(source);
            assert!(said.contains(what), "{source}: {said}");
            assert!(
                said.contains("write `async fn main(root: tenure::Scope) -> tenure::Result`"),
                "{source}: {said}"
            );
        }
    }
}
