//! `#[tenure::main]`: from `async fn main(root: Scope)` to `fn main() -> ExitCode`.

use crate::function::RootFn;
use crate::options::{Flavor, Written, duration_tokens, option_tokens};
use proc_macro2::TokenStream;
use quote::quote;
use std::time::Duration;

const KNOWN: [&str; 5] = ["name", "grace", "readiness_delay", "worker_threads", "flavor"];

#[derive(Default)]
struct Options {
    name: Option<String>,
    grace: Option<Duration>,
    readiness_delay: Option<Duration>,
    worker_threads: Option<usize>,
    flavor: Option<Flavor>,
}

impl Options {
    fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let mut options = Self::default();
        let mut threads_span = None;
        for written in Written::list(tokens)? {
            match written.name().as_str() {
                "name" => options.name = Some(written.root_name()?),
                "grace" => options.grace = Some(written.duration()?),
                "readiness_delay" => options.readiness_delay = Some(written.duration()?),
                "worker_threads" => {
                    threads_span = Some(written.span());
                    options.worker_threads = Some(written.worker_threads()?);
                }
                "flavor" => options.flavor = Some(written.flavor()?),
                _ => return Err(written.unknown(&KNOWN)),
            }
        }
        match threads_span {
            Some(span) if options.flavor == Some(Flavor::CurrentThread) => {
                let what = "`flavor = \"current_thread\"` has one thread; leave out `worker_threads`";
                Err(syn::Error::new(span, what))
            }
            _ => Ok(options),
        }
    }

    fn builder(&self) -> TokenStream {
        let name = self.name.iter();
        let grace = self.grace.map(duration_tokens).into_iter();
        let delay = self.readiness_delay.map(duration_tokens).into_iter();
        quote! { ::tenure::Builder::new() #(.name(#name))* #(.grace(#grace))* #(.readiness_delay(#delay))* }
    }
}

/// Never fails: an error becomes a `compile_error!`, beside a `main` that keeps the compiler from also missing one.
pub(crate) fn expand(options: TokenStream, function: TokenStream) -> TokenStream {
    try_expand(options, function).unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote! { #error fn main() {} }
    })
}

fn try_expand(options: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let function = RootFn::parse("main", function)?;
    if function.name != "main" {
        let what = "`#[tenure::main]` goes on the program's entry; name it `main`";
        return Err(syn::Error::new(function.name.span(), what));
    }
    let options = Options::parse(options)?;
    let builder = options.builder();
    let worker_threads = option_tokens(options.worker_threads);
    let current_thread = options.flavor == Some(Flavor::CurrentThread);
    let inner = function.inner("__tenure_main");
    let run = function.run("__tenure_main");
    let RootFn { attrs, vis, name, .. } = &function;
    Ok(quote! {
        #(#attrs)*
        #vis fn #name() -> ::std::process::ExitCode {
            #inner
            ::tenure::__private::Program {
                name: ::core::env!("CARGO_PKG_NAME"),
                version: ::core::env!("CARGO_PKG_VERSION"),
                builder: #builder,
                worker_threads: #worker_threads,
                current_thread: #current_thread,
            }
            #run
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::tests::tokens;

    fn expanded(options: &str, function: &str) -> String {
        expand(tokens(options), tokens(function)).to_string()
    }

    #[test]
    fn a_plain_main_becomes_a_program_with_the_default_root() {
        let made = expanded("", "/// Doc.\nasync fn main(root: Scope) -> Result { root.ready(); Ok(()) }");
        let wanted = tokens(
            r#"/// Doc.
            fn main() -> ::std::process::ExitCode {
                async fn __tenure_main(root: Scope) -> Result { root.ready(); Ok(()) }
                ::tenure::__private::Program {
                    name: ::core::env!("CARGO_PKG_NAME"),
                    version: ::core::env!("CARGO_PKG_VERSION"),
                    builder: ::tenure::Builder::new(),
                    worker_threads: ::core::option::Option::None,
                    current_thread: false,
                }
                .run(__tenure_main)
            }"#,
        );
        assert_eq!(made, wanted.to_string());
    }

    #[test]
    fn every_option_reaches_the_program() {
        let made = expanded(
            r#"name = "shop", grace = "10s", readiness_delay = "250ms", worker_threads = 4, flavor = "multi_thread","#,
            "async fn main(root: Scope) -> Result { Ok(()) }",
        );
        let builder = r#"builder: ::tenure::Builder::new().name("shop")
            .grace(::core::time::Duration::from_millis(10000u64))
            .readiness_delay(::core::time::Duration::from_millis(250u64)),
            worker_threads: ::core::option::Option::Some(4usize), current_thread: false,"#;
        assert!(made.contains(&tokens(builder).to_string()), "{made}");
        let made = expanded("flavor = \"current_thread\"", "async fn main(root: Scope) -> Result { Ok(()) }");
        assert!(made.contains(&tokens("current_thread: true").to_string()), "{made}");
    }

    #[test]
    fn a_main_without_a_return_type_is_ok_at_its_end_and_may_return_early() {
        let made = expanded("", "async fn main(mut root: Scope) { return; }");
        let inner = tokens(
            "async fn __tenure_main(__tenure_root: Scope) -> ::tenure::Result {
                async fn __tenure_body(mut root: Scope) { return; }
                __tenure_body(__tenure_root).await;
                ::core::result::Result::Ok(())
            }",
        );
        assert!(made.contains(&inner.to_string()), "{made}");
    }

    #[test]
    fn what_is_wrong_is_said_once_and_a_main_is_left() {
        for (options, function, what) in [
            ("", "fn main(root: Scope) {}", "needs an `async fn`"),
            ("", "async fn start(root: Scope) {}", "name it `main`"),
            ("retries = 3", "async fn main(root: Scope) {}", "unknown option `retries`"),
            ("start_paused = true", "async fn main(root: Scope) {}", "unknown option `start_paused`"),
            ("grace = \"soon\"", "async fn main(root: Scope) {}", "`grace = \\\"10s\\\"`"),
            ("worker_threads = 2, flavor = \"current_thread\"", "async fn main(root: Scope) {}", "leave out"),
        ] {
            let made = expanded(options, function);
            assert!(made.contains("compile_error"), "{made}");
            assert!(made.contains(what), "{made}");
            assert!(made.ends_with("fn main () { }"), "{made}");
        }
    }
}
