//! `#[tenure::test]`: from `async fn name(root: Scope)` to `#[test] fn name()`.

use crate::function::RootFn;
use crate::options::{Flavor, Written, option_tokens};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;
use syn::spanned::Spanned;

const KNOWN: [&str; 4] = ["start_paused", "flavor", "worker_threads", "name"];

/// Threads of a `multi_thread` test that gives no number: one would never show two tasks at the same time.
const WORKER_THREADS: usize = 2;

#[derive(Default)]
struct Options {
    start_paused: bool,
    /// `None` is the current thread.
    worker_threads: Option<usize>,
    name: Option<String>,
}

impl Options {
    fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let mut options = Self::default();
        let mut flavor = None;
        let mut threads_span = None;
        for written in Written::list(tokens)? {
            match written.name().as_str() {
                "start_paused" => options.start_paused = written.boolean()?,
                "flavor" => {
                    flavor = Some(written.flavor()?);
                    threads_span = threads_span.or(Some(written.span()));
                }
                "worker_threads" => {
                    options.worker_threads = Some(written.worker_threads()?);
                    threads_span = Some(written.span());
                }
                "name" => options.name = Some(written.root_name()?),
                _ => return Err(written.unknown(&KNOWN)),
            }
        }
        match (flavor, options.worker_threads, threads_span) {
            (Some(Flavor::CurrentThread), Some(_), Some(span)) => {
                let what = "`flavor = \"current_thread\"` has one thread; leave out `worker_threads`";
                return Err(syn::Error::new(span, what));
            }
            (Some(Flavor::MultiThread), None, _) => options.worker_threads = Some(WORKER_THREADS),
            _ => {}
        }
        match threads_span {
            Some(span) if options.start_paused && options.worker_threads.is_some() => {
                let what = "`start_paused = true` works on the current thread only: several threads have no moment at \
                            which nothing can run; leave out `flavor` and `worker_threads`";
                Err(syn::Error::new(span, what))
            }
            _ => Ok(options),
        }
    }
}

/// `#[test]`, `#[core::prelude::v1::test]`, `#[tokio::test]`: with ours they would make two tests of one function.
fn is_test_attribute(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "test")
}

/// Never fails: an error becomes a `compile_error!`.
pub(crate) fn expand(options: TokenStream, function: TokenStream) -> TokenStream {
    try_expand(options, function).unwrap_or_else(syn::Error::into_compile_error)
}

fn try_expand(options: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let function = RootFn::parse("test", function)?;
    if let Some(second) = function.attrs.iter().find(|attribute| is_test_attribute(attribute)) {
        return Err(syn::Error::new(second.span(), "there is a second test attribute; leave it out"));
    }
    let Options { start_paused, worker_threads, name: root } = Options::parse(options)?;
    let worker_threads = option_tokens(worker_threads);
    let root = option_tokens(root);
    let inner = function.inner("__tenure_test");
    let run = function.run("__tenure_test");
    let RootFn { attrs, vis, name, .. } = &function;
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attrs)*
        #vis fn #name() {
            #inner
            ::tenure::__private::Test {
                start_paused: #start_paused,
                worker_threads: #worker_threads,
                root: #root,
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
    fn a_plain_test_runs_on_the_current_thread_and_keeps_its_attributes() {
        let made =
            expanded("", "#[should_panic] #[cfg(unix)] async fn ends(root: Scope) -> Result { Ok(()) }");
        let wanted = tokens(
            "#[::core::prelude::v1::test]
            #[should_panic]
            #[cfg(unix)]
            fn ends() {
                async fn __tenure_test(root: Scope) -> Result { Ok(()) }
                ::tenure::__private::Test {
                    start_paused: false,
                    worker_threads: ::core::option::Option::None,
                    root: ::core::option::Option::None,
                }
                .run(__tenure_test)
            }",
        );
        assert_eq!(made, wanted.to_string());
    }

    #[test]
    fn every_option_reaches_the_test() {
        let test = "async fn ends(root: Scope) -> Result { Ok(()) }";
        for (options, fields) in [
            ("start_paused = true", "start_paused: true, worker_threads: ::core::option::Option::None,"),
            ("start_paused = true, flavor = \"current_thread\"", "start_paused: true,"),
            ("flavor = \"multi_thread\"", "worker_threads: ::core::option::Option::Some(2usize),"),
            ("worker_threads = 4", "worker_threads: ::core::option::Option::Some(4usize),"),
            ("name = \"shop\"", "root: ::core::option::Option::Some(\"shop\"),"),
        ] {
            let made = expanded(options, test);
            assert!(made.contains(&tokens(fields).to_string()), "{options}: {made}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_write() {
        let test = "async fn ends(root: Scope) {}";
        for (options, function, what) in [
            ("", "async fn ends() {}", "write `async fn name(root: tenure::Scope) -> tenure::Result`"),
            ("", "#[test] async fn ends(root: Scope) {}", "second test attribute"),
            ("", "#[tokio::test] async fn ends(root: Scope) {}", "second test attribute"),
            ("grace = \"1s\"", test, "unknown option `grace`; there are `start_paused`"),
            ("start_paused = true, flavor = \"multi_thread\"", test, "works on the current thread only"),
            ("start_paused = true, worker_threads = 2", test, "works on the current thread only"),
            ("flavor = \"current_thread\", worker_threads = 2", test, "leave out `worker_threads`"),
        ] {
            let made = expanded(options, function);
            assert!(made.contains("compile_error"), "{made}");
            assert!(made.contains(what), "{made}");
        }
    }
}
