//! The names used in one scope: which task has which, and how often a name was used (S1d).

use crate::ident::clean_name;
use rustc_hash::FxHashMap;
use slab::Slab;
use std::sync::Arc;

/// Names a scope remembers although nobody alive has them, so that a second use gets `#2`.
///
/// A scope that spawns under ever new names (`conn-1`, `conn-2`, ..) forgets the ended ones beyond that.
const NAMES_KEPT: usize = 1024;

#[derive(Debug)]
struct Name {
    text: Arc<str>,
    used: u32,
    live: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Bounded by the live tasks plus [`NAMES_KEPT`].
    names: Slab<Name>,
    by_text: FxHashMap<Arc<str>, u32>,
    /// The name used last: most scopes spawn under one.
    last: Option<u32>,
}

/// A use of a name.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) number: u32,
    pub(crate) suffix: u32,
    pub(crate) text: Arc<str>,
}

impl Names {
    /// Uses a name, cleaned: most often that of the last use, which is.
    pub(crate) fn acquire(&mut self, text: &str) -> Use {
        let number = self.last_if(text).unwrap_or_else(|| {
            let text = clean_name(text);
            self.by_text.get(&*text).copied().unwrap_or_else(|| self.insert(&text))
        });
        self.last = Some(number);
        let name = &mut self.names[number as usize];
        name.used = name.used.saturating_add(1);
        name.live += 1;
        Use { number, suffix: name.used, text: Arc::clone(&name.text) }
    }

    fn last_if(&self, text: &str) -> Option<u32> {
        let last = self.last?;
        self.names.get(last as usize).is_some_and(|name| &*name.text == text).then_some(last)
    }

    fn insert(&mut self, text: &str) -> u32 {
        let text: Arc<str> = text.into();
        let name = Name { text: Arc::clone(&text), used: 0, live: 0 };
        let number = u32::try_from(self.names.insert(name)).unwrap_or(u32::MAX);
        self.by_text.insert(text, number);
        number
    }

    /// One more user of a name that is in use, without a suffix of its own.
    pub(crate) fn retain(&mut self, number: u32) {
        if let Some(name) = self.names.get_mut(number as usize) {
            name.live += 1;
        }
    }

    /// A user of the name has ended.
    pub(crate) fn release(&mut self, number: u32) {
        let Some(name) = self.names.get_mut(number as usize) else { return };
        name.live -= 1;
        if name.live == 0 && self.names.len() > NAMES_KEPT {
            let name = self.names.remove(number as usize);
            self.by_text.remove(&name.text);
        }
    }

    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(|name| &*name.text)
    }
}
