//! Who calls whom, who reads which field, and what is named anywhere: the facts that one file alone cannot give.

use crate::names::{At, Cx, Known};
use crate::tree::{FuncId, Kind, NodeId};
use std::collections::{HashMap, HashSet};

/// A field, by its type's path (`None`: not known) and its name.
pub(crate) type FieldKey = (Option<String>, String);

/// Facts of one file, and, merged, of all.
#[derive(Debug, Default)]
pub(crate) struct Links {
    calls: HashMap<At<FuncId>, Vec<At<NodeId>>>,
    /// Fields that are read, by package.
    reads: HashSet<(Option<usize>, FieldKey)>,
    /// Methods called on fields that are sets of tasks, by package.
    set_methods: HashSet<(Option<usize>, FieldKey, String)>,
    /// Packages in which `close` is called on a tracker.
    closes: HashSet<Option<usize>>,
    /// Packages in which a tracker is waited for.
    tracker_waits: HashSet<Option<usize>>,
    /// Fields whose value goes where one cannot follow.
    escapes: HashSet<(Option<usize>, FieldKey)>,
    /// Packages that name SIGTERM.
    terminates: HashSet<Option<usize>>,
    /// Enum variants and tuple structs whose parts are bound, with the part's number.
    variants: HashSet<(Option<usize>, String, usize)>,
}

impl Links {
    /// The facts of one file.
    pub(crate) fn of(cx: &Cx<'_>) -> Self {
        let mut links = Self::default();
        let package = cx.file.package;
        if ["SIGTERM", "SignalKind::terminate", "signal_hook"].iter().any(|word| cx.file.text.contains(word))
        {
            links.terminates.insert(package);
        }
        for id in cx.tree.ids() {
            match cx.kind(id) {
                Kind::Call { .. } => links.call(cx, id),
                Kind::Method { .. } => {
                    links.call(cx, id);
                    links.method(cx, id);
                }
                Kind::Field { .. } => links.field(cx, id),
                Kind::PatStruct { segs, fields } => {
                    let of = segs.last().map_or("", |name| name);
                    for (name, pat) in fields.iter().filter(|(_, pat)| !matches!(cx.kind(*pat), Kind::Wild)) {
                        let _ = pat;
                        let key = if of == "Self" { None } else { Some(format!("::{of}")) };
                        links.reads.insert((package, (key, name.to_string())));
                    }
                }
                Kind::PatCall { segs, elems } => {
                    let of = segs.last().map_or("", |name| name);
                    for (n, _) in
                        elems.iter().enumerate().filter(|(_, pat)| !matches!(cx.kind(**pat), Kind::Wild))
                    {
                        links.variants.insert((package, of.to_owned(), n));
                    }
                }
                _ => {}
            }
        }
        links
    }

    /// Adds the facts of another file.
    pub(crate) fn merge(&mut self, other: Self) {
        for (at, mut sites) in other.calls {
            self.calls.entry(at).or_default().append(&mut sites);
        }
        self.reads.extend(other.reads);
        self.set_methods.extend(other.set_methods);
        self.closes.extend(other.closes);
        self.terminates.extend(other.terminates);
        self.tracker_waits.extend(other.tracker_waits);
        self.escapes.extend(other.escapes);
        self.variants.extend(other.variants);
    }

    fn call(&mut self, cx: &Cx<'_>, id: NodeId) {
        if let Some(target) = cx.target(id) {
            self.calls.entry(target).or_default().push((cx.n, id));
        }
    }

    fn method(&mut self, cx: &Cx<'_>, id: NodeId) {
        let Kind::Method { recv, name, .. } = cx.kind(id) else { return };
        let known = cx.ty(*recv).core_known();
        if known == Some(Known::Tracker) && &**name == "close" {
            self.closes.insert(cx.file.package);
        }
        if known == Some(Known::Tracker) && &**name == "wait" {
            self.tracker_waits.insert(cx.file.package);
        }
        if let Some(field) = field_under(cx, cx.origin(*recv)) {
            let key = field_key(cx, field);
            self.set_methods.insert((cx.file.package, key, name.to_string()));
        }
    }

    fn field(&mut self, cx: &Cx<'_>, id: NodeId) {
        if only_written(cx, id) {
            return;
        }
        let key = field_key(cx, id);
        if escapes(cx, id) {
            self.escapes.insert((cx.file.package, key.clone()));
        }
        self.reads.insert((cx.file.package, key));
    }

    /// Where the workspace's function is called.
    pub(crate) fn sites(&self, at: At<FuncId>) -> &[At<NodeId>] {
        self.calls.get(&at).map_or(&[], Vec::as_slice)
    }

    /// Whether the field of the type at `path` is read in the package; a read of an unknown type's field counts.
    pub(crate) fn reads_field(&self, package: Option<usize>, path: &str, field: &str) -> bool {
        let last = path.rsplit("::").next().unwrap_or(path);
        [None, Some(path.to_owned()), Some(format!("::{last}"))]
            .into_iter()
            .any(|key| self.reads.contains(&(package, (key, field.to_owned()))))
    }

    /// Whether part `n` of the variant or tuple struct is bound anywhere in the package.
    pub(crate) fn binds(&self, package: Option<usize>, variant: &str, n: usize) -> bool {
        self.variants.contains(&(package, variant.to_owned(), n))
    }

    /// Whether one of `methods` is called on the field in the package.
    pub(crate) fn calls_on_field(
        &self,
        package: Option<usize>,
        path: &str,
        field: &str,
        methods: &[&str],
    ) -> bool {
        methods.iter().any(|method| {
            [None, Some(path.to_owned())].into_iter().any(|key| {
                self.set_methods.contains(&(package, (key, field.to_owned()), (*method).to_owned()))
            })
        })
    }

    pub(crate) fn closes_tracker(&self, package: Option<usize>) -> bool {
        self.closes.contains(&package)
    }

    pub(crate) fn waits_for_tracker(&self, package: Option<usize>) -> bool {
        self.tracker_waits.contains(&package)
    }

    /// Whether the field's value, or a reference to it, goes where its methods are not seen.
    pub(crate) fn field_escapes(&self, package: Option<usize>, path: &str, field: &str) -> bool {
        [None, Some(path.to_owned())]
            .into_iter()
            .any(|key| self.escapes.contains(&(package, (key, field.to_owned()))))
    }

    pub(crate) fn names_sigterm(&self, package: Option<usize>) -> bool {
        self.terminates.contains(&package)
    }
}

/// The field at the root of `self.set.lock().unwrap()`.
pub(crate) fn field_under(cx: &Cx<'_>, mut id: NodeId) -> Option<NodeId> {
    loop {
        id = match cx.kind(id) {
            Kind::Field { .. } => return Some(id),
            Kind::Method { recv: base, .. }
            | Kind::Await { base }
            | Kind::Try { base }
            | Kind::Ref { base }
            | Kind::Deref { base }
            | Kind::Index { base, .. } => *base,
            _ => return None,
        };
    }
}

/// The type and name of a [`Kind::Field`].
pub(crate) fn field_key(cx: &Cx<'_>, field: NodeId) -> FieldKey {
    let Kind::Field { base, name } = cx.kind(field) else { return (None, String::new()) };
    let base = cx.ty(*base);
    // A type that is known, but of another crate, has its own fields.
    (base.core().path().map(str::to_owned), name.to_string())
}

/// `self.tasks.lock().push(x);`, `self.task = x;`: nothing is read.
fn only_written(cx: &Cx<'_>, field: NodeId) -> bool {
    let mut id = field;
    loop {
        let Some(parent) = cx.tree.parent(id) else { return false };
        match cx.kind(parent) {
            Kind::Assign { left, is_compound: false, .. } => return *left == id,
            Kind::Deref { .. } | Kind::Await { .. } | Kind::Try { .. } | Kind::Ref { .. } => {}
            Kind::Method { recv, name, .. } if *recv == id => match &**name {
                "lock" | "write" | "unwrap" | "expect" | "borrow_mut" | "as_mut" | "get_mut" => {}
                "push" | "push_back" | "insert" | "replace" | "extend" | "set" | "get_or_insert" => {
                    return super::discarded(cx, parent, &[]).is_some();
                }
                _ => return false,
            },
            _ => return false,
        }
        id = parent;
    }
}

/// The value is given away: not the receiver of a method, not a name whose methods are seen.
fn escapes(cx: &Cx<'_>, field: NodeId) -> bool {
    let mut id = field;
    loop {
        let Some(parent) = cx.tree.parent(id) else { return true };
        match cx.kind(parent) {
            Kind::Deref { .. } | Kind::Await { .. } | Kind::Try { .. } | Kind::Ref { .. } => {}
            Kind::Method { recv, name, .. } if *recv == id => {
                if !matches!(
                    &**name,
                    "lock" | "write" | "unwrap" | "expect" | "borrow_mut" | "as_mut" | "get_mut"
                ) {
                    return matches!(&**name, "take" | "into_inner" | "clone" | "as_ref");
                }
            }
            Kind::Let { pat, .. } => {
                let Kind::Bind { binding, .. } = cx.kind(*pat) else { return true };
                return !cx.tree.binding(*binding).uses.iter().all(|used| {
                    cx.tree.parent(*used).is_some_and(|parent| match cx.kind(parent) {
                        Kind::Method { recv, .. } => recv == used,
                        Kind::Call { .. } => super::is_drop(cx, parent),
                        _ => false,
                    })
                });
            }
            Kind::Assign { left, .. } => return *left != id,
            Kind::Field { .. } => return false,
            _ => return true,
        }
        id = parent;
    }
}
