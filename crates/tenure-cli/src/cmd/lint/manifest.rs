//! Packages and workspaces, as far as the linter needs them, from their `Cargo.toml`. No `cargo` is run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tenure_lint::{Context, Package};
use toml::{Table, Value};

/// The file's name.
pub(super) const MANIFEST: &str = "Cargo.toml";

/// One manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Its folder.
    pub(super) folder: PathBuf,
    pub(super) package: Option<Package>,
    pub(super) is_workspace: bool,
    pub(super) text: String,
    /// Files that are tests, benchmarks or examples though they do not lie there.
    listed: Vec<(PathBuf, Context)>,
}

impl Manifest {
    /// `None`: it cannot be read, or is no TOML. Cargo will say so better.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let table: Table = toml::from_str(&text).ok()?;
        let folder = path.parent().unwrap_or_else(|| Path::new("")).to_owned();
        let listed = [("test", Context::Test), ("bench", Context::Bench), ("example", Context::Example)]
            .into_iter()
            .flat_map(|(key, context)| targets(&table, key).into_iter().map(move |path| (path, context)))
            .map(|(path, context)| (folder.join(path), context))
            .collect();
        let package = package(&table, &folder);
        Some(Self { package, is_workspace: table.contains_key("workspace"), listed, folder, text })
    }

    /// What the file is for, by where it lies.
    pub(super) fn context(&self, file: &Path) -> Context {
        if let Some((_, context)) = self.listed.iter().find(|(path, _)| path == file) {
            return *context;
        }
        let below = file.strip_prefix(&self.folder).unwrap_or(file);
        let mut parts = below.components().filter_map(|part| part.as_os_str().to_str());
        match parts.next() {
            Some("tests" | "fuzz") => Context::Test,
            Some("benches") => Context::Bench,
            Some("examples") => Context::Example,
            Some("build.rs") => Context::Build,
            _ => Context::Prod,
        }
    }
}

fn targets(table: &Table, key: &str) -> Vec<PathBuf> {
    let listed = table.get(key).and_then(Value::as_array);
    let paths = listed.into_iter().flatten().filter_map(|target| target.get("path")?.as_str());
    paths.map(PathBuf::from).collect()
}

fn package(table: &Table, folder: &Path) -> Option<Package> {
    let name = table.get("package")?.get("name")?.as_str()?;
    let mut package = Package::new(name, &slashed(folder));
    let lib = table.get("lib");
    if let Some(name) = lib.and_then(|lib| lib.get("name")).and_then(Value::as_str) {
        package.crate_name = name.replace('-', "_");
    }
    let is_there = |path: &str| folder.join(path).exists();
    package.has_library = lib.is_some() || is_there("src/lib.rs");
    package.has_binary = table.contains_key("bin") || is_there("src/main.rs") || is_there("src/bin");
    let mut add = |dependencies: &Value| {
        for (name, value) in dependencies.as_table().into_iter().flatten() {
            let real = value.get("package").and_then(Value::as_str).unwrap_or(name);
            let real = real.replace('-', "_");
            let features = value.get("features").and_then(Value::as_array);
            let features =
                features.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            package.features.insert(real.clone(), features);
            package.dependencies.insert(name.replace('-', "_"), real);
        }
    };
    each_dependencies(table, &mut add);
    Some(package)
}

/// The tables of dependencies, those of targets too. Features of the tests alone are nothing the shipped code has.
fn each_dependencies(table: &Table, add: &mut dyn FnMut(&Value)) {
    let keys = ["dev-dependencies", "build-dependencies", "dependencies"];
    for key in keys {
        if let Some(dependencies) = table.get(key) {
            add(dependencies);
        }
    }
    for (_, target) in table.get("target").and_then(Value::as_table).into_iter().flatten() {
        for key in keys {
            if let Some(dependencies) = target.get(key) {
                add(dependencies);
            }
        }
    }
}

/// With `/` on every system.
pub(super) fn slashed(path: &Path) -> String {
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
        .replacen("//", "/", 1)
}

/// Manifests by folder.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    by_folder: HashMap<PathBuf, Manifest>,
}

impl Manifests {
    pub(super) fn read<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        let read = paths.into_iter().filter_map(|path| Manifest::read(path));
        Self { by_folder: read.map(|manifest| (manifest.folder.clone(), manifest)).collect() }
    }

    /// The manifest of the package that `file` belongs to.
    pub(super) fn package_of(&self, file: &Path) -> Option<&Manifest> {
        self.above(file).find(|manifest| manifest.package.is_some())
    }

    /// The folder of the workspace that `file` belongs to: a package alone is one.
    pub(super) fn workspace_of(&self, file: &Path) -> Option<&Manifest> {
        self.above(file).find(|manifest| manifest.is_workspace).or_else(|| self.package_of(file))
    }

    fn above(&self, file: &Path) -> impl Iterator<Item = &Manifest> {
        // A path below the current folder ends at ""; the manifests above that are absolute.
        let here = std::env::current_dir().unwrap_or_default();
        let whole = here.join(file);
        let own: Vec<PathBuf> = file.ancestors().skip(1).map(Path::to_owned).collect();
        let outer: Vec<PathBuf> = whole.ancestors().skip(own.len() + 1).map(Path::to_owned).collect();
        own.into_iter().chain(outer).filter_map(|folder| self.by_folder.get(&folder))
    }
}
