//! What may stand in the parentheses of an attribute: `name = value, ..`, each name once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::time::Duration;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Lit, Token};

/// One option as written.
pub(crate) struct Written {
    name: Ident,
    value: Lit,
}

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if !input.peek(Token![=]) {
            return Err(syn::Error::new(name.span(), format!("`{name}` has no value: write `{name} = ..`")));
        }
        let _: Token![=] = input.parse()?;
        let value = input.parse().map_err(|e| {
            syn::Error::new(e.span(), format!("the value of `{name}` must be written out as a literal"))
        })?;
        Ok(Self { name, value })
    }
}

/// The runtime a program or test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    CurrentThread,
    MultiThread,
}

impl Written {
    pub(crate) fn list(options: TokenStream) -> syn::Result<Vec<Self>> {
        let list = Punctuated::<Self, Token![,]>::parse_terminated.parse2(options)?;
        let list: Vec<Self> = list.into_iter().collect();
        for (at, option) in list.iter().enumerate() {
            if list[..at].iter().any(|earlier| earlier.name == option.name) {
                return Err(syn::Error::new(option.name.span(), format!("`{}` is given twice", option.name)));
            }
        }
        Ok(list)
    }

    pub(crate) fn name(&self) -> String {
        self.name.to_string()
    }

    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }

    /// The error for an option the attribute does not have.
    pub(crate) fn unknown(&self, known: &[&str]) -> syn::Error {
        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        syn::Error::new(
            self.span(),
            format!("unknown option `{}`; there are {}", self.name, known.join(", ")),
        )
    }

    fn refuse(&self, write: &str) -> syn::Error {
        syn::Error::new(self.value.span(), format!("`{}` takes {write}", self.name))
    }

    /// The root's name: one segment of a path.
    pub(crate) fn root_name(&self) -> syn::Result<String> {
        /// As long as the names of snapshots may be (`I12`); a longer one would be cut.
        const NAME_BYTES_MAX: usize = 64;
        let name = match &self.value {
            Lit::Str(text) => text.value(),
            _ => return Err(self.refuse("a text: `name = \"app\"`")),
        };
        let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
        if !fits || name.chars().any(|c| c.is_control() || "/@#".contains(c)) {
            let write = format!(
                "1 to {NAME_BYTES_MAX} bytes without `/`, `@`, `#` and control characters: `name = \"app\"`"
            );
            return Err(self.refuse(&write));
        }
        Ok(name)
    }

    pub(crate) fn duration(&self) -> syn::Result<Duration> {
        let write = format!("a whole number and its unit `ms`, `s` or `m`: `{} = \"10s\"`", self.name);
        let Lit::Str(text) = &self.value else { return Err(self.refuse(&write)) };
        parse_duration(&text.value()).ok_or_else(|| self.refuse(&write))
    }

    pub(crate) fn worker_threads(&self) -> syn::Result<usize> {
        let number = match &self.value {
            Lit::Int(number) => number.base10_parse::<usize>().ok(),
            _ => None,
        };
        number.filter(|n| *n >= 1).ok_or_else(|| self.refuse("a number of at least 1: `worker_threads = 4`"))
    }

    pub(crate) fn flavor(&self) -> syn::Result<Flavor> {
        let text = if let Lit::Str(text) = &self.value { text.value() } else { String::new() };
        match text.as_str() {
            "current_thread" => Ok(Flavor::CurrentThread),
            "multi_thread" => Ok(Flavor::MultiThread),
            _ => Err(self.refuse("`\"multi_thread\"` or `\"current_thread\"`")),
        }
    }

    pub(crate) fn boolean(&self) -> syn::Result<bool> {
        match &self.value {
            Lit::Bool(b) => Ok(b.value),
            _ => Err(self.refuse(&format!("`true` or `false`: `{} = true`", self.name))),
        }
    }
}

/// `250ms`, `10s`, `2m`: no sign, no fraction, no space, one unit.
fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let millis_per_unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    number.checked_mul(millis_per_unit).map(Duration::from_millis)
}

/// The duration as an expression that needs nothing in scope.
pub(crate) fn duration_tokens(duration: Duration) -> TokenStream {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    quote! { ::core::time::Duration::from_millis(#millis) }
}

/// An `Option<usize>` as an expression that needs nothing in scope.
pub(crate) fn option_tokens<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote! { ::core::option::Option::Some(#value) },
        None => quote! { ::core::option::Option::None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str) -> Written {
        Written::list(source.parse().unwrap()).unwrap().pop().unwrap()
    }

    #[test]
    fn a_duration_is_a_whole_number_and_one_unit() {
        assert_eq!(parse_duration("0s"), Some(Duration::ZERO));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("10s"), Some(Duration::from_secs(10)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
        for bad in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "10 s",
            "1h",
            "1m30s",
            "99999999999999999999s",
            "18446744073709551615m",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bad_value_is_refused_with_a_value_that_would_do() {
        let said = |e: syn::Error| e.to_string();
        assert_eq!(
            said(one("grace = \"10\"").duration().unwrap_err()),
            "`grace` takes a whole number and its unit `ms`, `s` or `m`: `grace = \"10s\"`"
        );
        assert!(said(one("grace = 10").duration().unwrap_err()).contains("grace = \"10s\""));
        for bad in ["worker_threads = 0", "worker_threads = \"4\"", "worker_threads = -1"] {
            let Ok(list) = Written::list(bad.parse().unwrap()) else { continue };
            assert!(said(list[0].worker_threads().unwrap_err()).contains("worker_threads = 4"), "{bad}");
        }
        for bad in ["flavor = \"threads\"", "flavor = 1"] {
            assert!(
                said(one(bad).flavor().unwrap_err()).contains("`\"multi_thread\"` or `\"current_thread\"`"),
                "{bad}"
            );
        }
        for bad in ["name = \"\"", "name = \"a/b\"", "name = \"a@2\"", "name = \"a\\n\"", "name = 1"] {
            assert!(said(one(bad).root_name().unwrap_err()).contains("name = \"app\""), "{bad}");
        }
        assert!(said(one("start_paused = 1").boolean().unwrap_err()).contains("start_paused = true"));
    }

    #[test]
    fn a_list_names_what_is_wrong_with_it() {
        let said = |source: &str| match Written::list(source.parse().unwrap()) {
            Ok(_) => panic!("accepted: {source}"),
            Err(e) => e.to_string(),
        };
        assert_eq!(said("grace"), "`grace` has no value: write `grace = ..`");
        assert_eq!(said("grace = \"1s\", grace = \"2s\""), "`grace` is given twice");
        assert_eq!(said("grace = GRACE"), "the value of `grace` must be written out as a literal");
        assert_eq!(
            one("retries = 3").unknown(&["name", "grace"]).to_string(),
            "unknown option `retries`; there are `name`, `grace`"
        );
    }
}
