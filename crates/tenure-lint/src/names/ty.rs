//! Light types: enough to tell a runtime from a command, and nothing more. Unknown stays unknown.

use super::known::{self, Known};
use std::sync::Arc;

/// A type, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ty {
    #[default]
    Unknown,
    Never,
    /// A named type, by its full path.
    Adt {
        path: Arc<str>,
        args: Vec<Ty>,
    },
    Tuple(Vec<Ty>),
    /// What an `async fn` returns or an `async` block is, by what comes out of it.
    Future(Box<Ty>),
}

impl Ty {
    pub(crate) fn adt(path: &str, args: Vec<Self>) -> Self {
        Self::Adt { path: Arc::from(path), args }
    }

    pub(crate) fn option(inner: Self) -> Self {
        Self::adt("std::option::Option", vec![inner])
    }

    /// Many of one type, by whatever collection or iterator.
    pub(crate) fn seq(elem: Self) -> Self {
        Self::adt("std::seq", vec![elem])
    }

    pub(crate) fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Adt { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The type inside of all smart pointers, cells, locks and options.
    pub(crate) fn core(&self) -> &Self {
        match self {
            Self::Adt { path, args } if known::is_wrapper(path) => {
                args.first().map_or(&Self::Unknown, Self::core)
            }
            _ => self,
        }
    }

    /// The type inside of smart pointers only.
    pub(crate) fn pointee(&self) -> &Self {
        const POINTERS: [&str; 8] = ["Arc", "Rc", "Box", "Pin", "Lazy", "LazyLock", "LazyCell", "Cow"];
        match self {
            Self::Adt { path, args }
                if path.rsplit("::").next().is_some_and(|last| POINTERS.contains(&last)) =>
            {
                args.first().map_or(&Self::Unknown, Self::pointee)
            }
            _ => self,
        }
    }

    pub(crate) fn known(&self) -> Option<Known> {
        self.path().and_then(known::known)
    }

    /// The known type inside of everything that is looked through.
    pub(crate) fn core_known(&self) -> Option<Known> {
        self.core().known()
    }

    /// What a collection holds; of a map, the values.
    pub(crate) fn elem(&self) -> Option<&Self> {
        match self.core() {
            Self::Adt { path, args } if known::is_collection(path) => args.last(),
            _ => None,
        }
    }

    /// Whether `wanted` is this type, inside of it, or inside of a collection of it.
    pub(crate) fn holds(&self, wanted: &dyn Fn(Known) -> bool) -> bool {
        match self {
            Self::Adt { path, args } => {
                known::known(path).is_some_and(wanted)
                    || ((known::is_wrapper(path) || known::is_collection(path))
                        && args.iter().any(|arg| arg.holds(wanted)))
            }
            Self::Tuple(elems) => elems.iter().any(|elem| elem.holds(wanted)),
            _ => false,
        }
    }

    /// What comes out when it is awaited.
    pub(crate) fn awaited(&self) -> Self {
        match self {
            Self::Future(out) => (**out).clone(),
            Self::Adt { path, args } if known::is_wrapper(path) => {
                args.first().map(Self::awaited).unwrap_or_default()
            }
            _ => Self::Unknown,
        }
    }
}
