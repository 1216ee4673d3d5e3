//! Everything that is linted together: files, packages, and the tables by which one file finds what another defines.

use super::known;
use super::ty::Ty;
use crate::config::Config;
use crate::file::{Context, File};
use crate::flow::Links;
use crate::tree::{Func, FuncId, Module, ModuleId, Name, Tree, Type, TypeDef};
use std::collections::{HashMap, HashSet};

/// A package as its manifest describes it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Package {
    /// Its name, as in the manifest.
    pub name: String,
    /// The folder of its manifest, relative, with `/`, without one at the end; empty for the current folder.
    pub root: String,
    /// The name of its library in code: the package's with `_` for `-`, unless `[lib]` says otherwise.
    pub crate_name: String,
    /// Names of dependencies in code, and the crates they are.
    pub dependencies: HashMap<String, String>,
    /// Features asked of each dependency, by crate.
    pub features: HashMap<String, Vec<String>>,
    /// It has a binary.
    pub has_binary: bool,
    /// It has a library.
    pub has_library: bool,
}

impl Package {
    /// A package without dependencies in `root`.
    #[must_use]
    pub fn new(name: &str, root: &str) -> Self {
        Self {
            name: name.to_owned(),
            root: root.to_owned(),
            crate_name: name.replace('-', "_"),
            ..Self::default()
        }
    }

    /// Whether it asks for the feature of the dependency.
    pub(crate) fn asks(&self, krate: &str, feature: &str) -> bool {
        self.features.get(krate).is_some_and(|features| features.iter().any(|known| known == feature))
    }

    /// Whether it depends on `krate`.
    pub(crate) fn uses(&self, krate: &str) -> bool {
        self.dependencies.values().any(|real| real == krate)
    }
}

/// A definition: the file, and its number there.
pub(crate) type At<T> = (usize, T);

/// Paths longer than this many `use` away are not followed.
const HOPS_MAX: u8 = 8;

/// Files that are linted together, and what they define.
pub(crate) struct Program {
    pub(crate) files: Vec<File>,
    pub(crate) packages: Vec<Package>,
    pub(crate) config: Config,
    modules: HashMap<String, Vec<At<ModuleId>>>,
    fns: HashMap<String, Vec<At<FuncId>>>,
    methods: HashMap<(String, String), Vec<At<FuncId>>>,
    types: HashMap<String, At<usize>>,
    statics: HashMap<String, At<usize>>,
    /// Types with an `impl Drop`.
    droppers: HashSet<String>,
    /// Facts of all files.
    pub(crate) links: Links,
}

impl Program {
    pub(crate) fn new(files: Vec<File>, packages: Vec<Package>, config: Config) -> Self {
        let mut program = Self {
            files: Vec::new(),
            packages,
            config,
            modules: HashMap::new(),
            fns: HashMap::new(),
            methods: HashMap::new(),
            types: HashMap::new(),
            statics: HashMap::new(),
            droppers: HashSet::new(),
            links: Links::default(),
        };
        for (n, file) in files.iter().enumerate() {
            let Some(tree) = &file.tree else { continue };
            program.index(n, file, tree);
        }
        program.files = files;
        program.index_methods();
        program
    }

    fn index(&mut self, n: usize, file: &File, tree: &Tree) {
        let root = self.crate_of(file);
        let within = |module: ModuleId, name: &str| joined(&root, &tree.module(module).path, name);
        for (id, module) in (0..).zip(&tree.modules) {
            let (head, rest) =
                module.path.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
            let path = head.map_or_else(|| root.clone(), |last| joined(&root, rest, last));
            self.modules.entry(path).or_default().push((n, ModuleId(id)));
        }
        for (id, func) in (0..).zip(&tree.funcs) {
            if func.self_ty.is_none() && func.trait_name.is_none() {
                self.fns.entry(within(func.module, &func.name)).or_default().push((n, FuncId(id)));
            }
        }
        for (id, def) in tree.types.iter().enumerate() {
            self.types.entry(within(def.module, &def.name)).or_insert((n, id));
        }
        for (id, def) in tree.statics.iter().enumerate() {
            self.statics.entry(within(def.module, &def.name)).or_insert((n, id));
        }
    }

    /// Methods need all types to be known first: the `impl` may stand in another file.
    fn index_methods(&mut self) {
        let mut methods: HashMap<(String, String), Vec<At<FuncId>>> = HashMap::new();
        let mut droppers = HashSet::new();
        for (n, file) in self.files.iter().enumerate() {
            let Some(tree) = &file.tree else { continue };
            for (id, func) in (0..).zip(&tree.funcs) {
                if let Some(Type::Path { segs, .. }) = &func.self_ty
                    && let Some(path) = self.resolve(n, func.module, segs)
                {
                    methods.entry((path, func.name.to_string())).or_default().push((n, FuncId(id)));
                }
            }
            for (module, name, trait_name) in &tree.impls {
                if &**trait_name == "Drop"
                    && let Some(path) = self.resolve(n, *module, std::slice::from_ref(name))
                {
                    droppers.insert(path);
                }
            }
        }
        (self.methods, self.droppers) = (methods, droppers);
    }

    pub(crate) fn package(&self, file: &File) -> Option<&Package> {
        self.packages.get(file.package?)
    }

    fn crate_of(&self, file: &File) -> String {
        self.package(file).map_or_else(|| "crate".to_owned(), |package| package.crate_name.clone())
    }

    pub(crate) fn func(&self, at: At<FuncId>) -> Option<&Func> {
        Some(self.files.get(at.0)?.tree.as_ref()?.func(at.1))
    }

    pub(crate) fn fn_at(&self, path: &str) -> Option<At<FuncId>> {
        self.fns.get(path)?.first().copied()
    }

    /// The method `name` of the type at `path`, if there is one and only one.
    pub(crate) fn method(&self, path: &str, name: &str) -> Option<At<FuncId>> {
        match self.methods.get(&(path.to_owned(), name.to_owned()))?.as_slice() {
            [one] => Some(*one),
            many => {
                // The same method for several features; a trait's beside the type's own.
                let own: Vec<_> = many
                    .iter()
                    .filter(|at| self.func(**at).is_some_and(|func| func.trait_name.is_none()))
                    .collect();
                own.first().map(|at| **at)
            }
        }
    }

    pub(crate) fn type_def(&self, path: &str) -> Option<(&File, &TypeDef)> {
        let (file, id) = *self.types.get(path)?;
        let file = &self.files[file];
        Some((file, &file.tree.as_ref()?.types[id]))
    }

    /// The full path of what `module` of file `n` defines as `name`.
    pub(crate) fn path_in(&self, n: usize, module: ModuleId, name: &str) -> String {
        let file = &self.files[n];
        let path = file.tree.as_ref().map(|tree| tree.module(module).path.as_slice()).unwrap_or_default();
        joined(&self.crate_of(file), path, name)
    }

    /// Whether a file that was not parsed holds the text: then one cannot say what is done there.
    pub(crate) fn unparsed_mentions(&self, text: &str) -> bool {
        self.files.iter().any(|file| file.tree.is_none() && file.text.contains(text))
    }

    /// Whether programs made of the package end on SIGINT, and nothing in what they are made of names SIGTERM.
    pub(crate) fn ends_on_signals(&self, package: Option<usize>) -> bool {
        let Some(own) = package.and_then(|n| self.packages.get(n)) else {
            return !self.links.names_sigterm(package);
        };
        let depends =
            |user: &Package, on: &Package| user.dependencies.values().any(|real| *real == on.crate_name);
        let programs = self
            .packages
            .iter()
            .filter(|user| user.has_binary && (user.root == own.root || depends(user, own)));
        let mut any = false;
        for program in programs {
            any = true;
            let parts = (0..self.packages.len())
                .filter(|n| self.packages[*n].root == program.root || depends(program, &self.packages[*n]));
            if parts.into_iter().any(|n| self.links.names_sigterm(Some(n))) {
                return false;
            }
        }
        any
    }

    /// Files that a `mod name;` under `#[cfg(test)]` declares are tests.
    pub(crate) fn mark_tests(&mut self) {
        let mut tests: Vec<String> = Vec::new();
        for file in &self.files {
            let Some(tree) = &file.tree else { continue };
            for (module, name, is_test) in &tree.outer_modules {
                if *is_test {
                    tests.push(joined(&self.crate_of(file), &tree.module(*module).path, name));
                }
            }
        }
        let is_under = |path: &str| {
            tests.iter().any(|test| {
                path == test || path.strip_prefix(test.as_str()).is_some_and(|rest| rest.starts_with("::"))
            })
        };
        let marked: Vec<usize> = self
            .files
            .iter()
            .filter(|file| file.context == Context::Prod)
            .filter(|file| {
                let Some(tree) = &file.tree else { return false };
                is_under(&module_path(&self.crate_of(file), &tree.modules[0].path))
            })
            .map(|file| file.n)
            .collect();
        for n in marked {
            self.files[n].context = Context::Test;
        }
    }

    pub(crate) fn is_dropper(&self, path: &str) -> bool {
        self.droppers.contains(path)
    }

    pub(crate) fn static_ty(&self, path: &str) -> Option<Ty> {
        let (file, id) = *self.statics.get(path)?;
        let def = &self.files[file].tree.as_ref()?.statics[id];
        Some(self.ty(file, def.module, None, &def.ty))
    }

    /// The full path that `segs` means in `module`.
    pub(crate) fn resolve(&self, file: usize, module: ModuleId, segs: &[Name]) -> Option<String> {
        self.resolve_from(file, module, segs, HOPS_MAX)
    }

    fn resolve_from(&self, n: usize, id: ModuleId, segs: &[Name], hops: u8) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        let file = &self.files[n];
        let module = file.tree.as_ref()?.module(id);
        let (first, rest) = segs.split_first()?;
        let root = self.crate_of(file);
        match &**first {
            "tokio" => return Some(join(segs)),
            "crate" | "$crate" => return Some(self.follow(&root, rest, hops)),
            "self" => return Some(self.follow(&module_path(&root, &module.path), rest, hops)),
            "super" => {
                let up = &module.path[..module.path.len().saturating_sub(1)];
                return Some(self.follow(&module_path(&root, up), rest, hops));
            }
            "core" | "alloc" => return Some(path_under("std", rest)),
            _ => {}
        }
        if module.items.contains(first) && !module.uses.contains_key(first) {
            return Some(self.follow(&module_path(&root, &module.path), segs, hops));
        }
        if let Some(used) = module.uses.get(first) {
            let full: Vec<Name> = used.iter().chain(rest).cloned().collect();
            if used[0] == *first {
                return Some(self.outside(file, &full));
            }
            return self.resolve_from(n, id, &full, hops);
        }
        if self.is_outside(file, first) {
            return Some(self.outside(file, segs));
        }
        self.through_globs(n, module, &root, segs, hops).or_else(|| match rest {
            [] => known::prelude(first).map(str::to_owned),
            _ => Some(join(segs)),
        })
    }

    /// `use super::*` shows what the parent sees; `use tokio::*` what Tokio has.
    fn through_globs(
        &self,
        n: usize,
        module: &Module,
        root: &str,
        segs: &[Name],
        hops: u8,
    ) -> Option<String> {
        let file = &self.files[n];
        for glob in &module.globs {
            let base = match &*glob[0] {
                "crate" => path_under(root, &glob[1..]),
                "self" => path_under(&module_path(root, &module.path), &glob[1..]),
                "super" => {
                    let ups = glob.iter().take_while(|seg| &***seg == "super").count();
                    let kept = module.path.len().saturating_sub(ups);
                    path_under(&module_path(root, &module.path[..kept]), &glob[ups..])
                }
                first => match module.uses.get(first) {
                    Some(used) => path_under(&join(used), &glob[1..]),
                    None if module.items.contains(first) => {
                        path_under(&module_path(root, &module.path), glob)
                    }
                    None => self.outside(file, glob),
                },
            };
            if let Some(ats) = self.modules.get(&base) {
                for at in ats {
                    let Some(target) = self.files[at.0].tree.as_ref().map(|tree| tree.module(at.1)) else {
                        continue;
                    };
                    let shows = target.items.contains(&segs[0]) || target.uses.contains_key(&segs[0]);
                    let may_pass = !target.globs.is_empty();
                    if (shows || may_pass)
                        && let Some(found) = self.resolve_from(at.0, at.1, segs, hops)
                        && (shows || self.is_something(&found))
                    {
                        return Some(found);
                    }
                }
                continue;
            }
            let candidate = path_under(&base, segs);
            if self.is_something(&candidate) {
                return Some(candidate);
            }
        }
        None
    }

    fn is_something(&self, path: &str) -> bool {
        known::starts(path).is_some()
            || known::known(path).is_some()
            || known::channel_of(path).is_some()
            || self.fns.contains_key(path)
            || self.types.contains_key(path)
            || matches!(
                path,
                "tokio::time::sleep" | "tokio::time::timeout" | "std::process::exit" | "std::thread::sleep"
            )
    }

    /// `rest` seen from `base`: what is only shown there is followed to where it comes from.
    fn follow(&self, base: &str, rest: &[Name], hops: u8) -> String {
        let full = path_under(base, rest);
        if rest.is_empty() || self.fns.contains_key(&full) || self.types.contains_key(&full) || hops == 0 {
            return full;
        }
        // The longest module on the way.
        for cut in (0..rest.len()).rev() {
            let Some(ats) = self.modules.get(&path_under(base, &rest[..cut])) else { continue };
            for at in ats {
                let Some(module) = self.files[at.0].tree.as_ref().map(|tree| tree.module(at.1)) else {
                    continue;
                };
                let shows = module.uses.contains_key(&rest[cut]);
                let may_show = !module.globs.is_empty() && !module.items.contains(&rest[cut]);
                if (shows || may_show)
                    && let Some(found) = self.resolve_from(at.0, at.1, &rest[cut..], hops)
                    && (shows || self.is_something(&found))
                {
                    return found;
                }
            }
            break;
        }
        full
    }

    fn is_outside(&self, file: &File, name: &str) -> bool {
        const CRATES: [&str; 16] = [
            "std",
            "tokio",
            "futures",
            "futures_util",
            "futures_channel",
            "tokio_util",
            "actix_rt",
            "actix_web",
            "async_std",
            "async_channel",
            "flume",
            "crossbeam",
            "crossbeam_channel",
            "kanal",
            "smol",
            "parking_lot",
        ];
        CRATES.contains(&name)
            || self.package(file).is_some_and(|package| package.dependencies.contains_key(name))
    }

    /// With the crate's real name, if the manifest gave it another; a path into a package that is linted too is followed.
    fn outside(&self, file: &File, segs: &[Name]) -> String {
        let real = self.package(file).and_then(|package| package.dependencies.get(&*segs[0]));
        let first = real.map_or(&*segs[0], String::as_str);
        if self.modules.contains_key(first) && first != self.crate_of(file) {
            return self.follow(first, &segs[1..], 2);
        }
        path_under(first, &segs[1..])
    }

    /// The light type of a written one; `own` is what `Self` means.
    pub(crate) fn ty(&self, file: usize, module: ModuleId, own: Option<&Type>, ty: &Type) -> Ty {
        self.ty_from(file, module, own, ty, HOPS_MAX)
    }

    fn ty_from(&self, n: usize, module: ModuleId, own: Option<&Type>, ty: &Type, hops: u8) -> Ty {
        let Some(hops) = hops.checked_sub(1) else { return Ty::Unknown };
        let lower = |ty: &Type| self.ty_from(n, module, own, ty, hops);
        match ty {
            Type::Ref(inner) => lower(inner),
            Type::Tuple(elems) => Ty::Tuple(elems.iter().map(lower).collect()),
            Type::Slice(elem) => Ty::seq(lower(elem)),
            Type::Never => Ty::Never,
            Type::Bounds(bounds) => {
                bounds.iter().map(lower).find(|bound| !bound.is_unknown()).unwrap_or_default()
            }
            Type::Other => Ty::Unknown,
            Type::Path { segs, args } => {
                if segs.len() == 1 && &*segs[0] == "Self" {
                    return own.map(|own| self.ty_from(n, module, None, own, hops)).unwrap_or_default();
                }
                if &**segs.last().unwrap_or(&segs[0]) == "Future" {
                    return Ty::Future(Box::new(args.first().map(lower).unwrap_or_default()));
                }
                let alias =
                    self.files[n].tree.as_ref().and_then(|tree| tree.module(module).aliases.get(&segs[0]));
                if let (Some(alias), true) = (alias, segs.len() == 1) {
                    return lower(alias);
                }
                let args = args.iter().map(lower).collect();
                match self.resolve(n, module, segs) {
                    Some(path) => self.alias_of(&path, hops).unwrap_or_else(|| Ty::adt(&path, args)),
                    None => Ty::adt(&segs[0], args),
                }
            }
        }
    }

    /// `type X = ..` of another module.
    fn alias_of(&self, path: &str, hops: u8) -> Option<Ty> {
        let (module, name) = path.rsplit_once("::")?;
        let at = self.modules.get(module)?.first()?;
        let alias = self.files[at.0].tree.as_ref()?.module(at.1).aliases.get(name)?;
        Some(self.ty_from(at.0, at.1, None, alias, hops))
    }
}

fn join(segs: &[Name]) -> String {
    let mut path = String::new();
    for seg in segs {
        if !path.is_empty() {
            path.push_str("::");
        }
        path.push_str(seg);
    }
    path
}

fn path_under(base: &str, rest: &[Name]) -> String {
    let mut path = base.to_owned();
    for seg in rest {
        path.push_str("::");
        path.push_str(seg);
    }
    path
}

fn module_path(root: &str, path: &[Name]) -> String {
    path_under(root, path)
}

fn joined(root: &str, path: &[Name], name: &str) -> String {
    let mut full = module_path(root, path);
    full.push_str("::");
    full.push_str(name);
    full
}
