//! Files by workspace: what is linted together.

use super::discover::Found;
use super::manifest::{Manifests, slashed};
use super::settings::settings;
use crate::render::Complaint;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tenure_lint::{BYTES_MAX, Config, Package, Source, Text, Workspace};

/// Files that are linted together. They are read when it is their turn, so that only what is linted is in memory.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) files: Vec<Member>,
    pub(super) packages: Vec<Package>,
    pub(super) config: Config,
    /// Of all files.
    pub(super) bytes: u64,
}

/// One file of a group.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) path: PathBuf,
    package: Option<usize>,
    context: tenure_lint::Context,
    is_reported: bool,
}

/// The groups of what was found, the largest first.
pub(super) fn groups(found: &Found) -> Result<Vec<Group>, Complaint> {
    let manifests = Manifests::read(&found.manifests);
    let mut by_folder: BTreeMap<PathBuf, Group> = BTreeMap::new();
    for (path, is_reported) in &found.files {
        let workspace = manifests.workspace_of(path);
        let folder = workspace.map_or_else(PathBuf::new, |manifest| manifest.folder.clone());
        if !by_folder.contains_key(&folder) {
            let config = settings(&folder, workspace)?;
            by_folder
                .insert(folder.clone(), Group { files: Vec::new(), packages: Vec::new(), config, bytes: 0 });
        }
        let Some(group) = by_folder.get_mut(&folder) else { continue };
        if group.config.excludes(&slashed(path)) {
            continue;
        }
        let manifest = manifests.package_of(path);
        let package = manifest
            .and_then(|manifest| manifest.package.as_ref())
            .map(|package| number(&mut group.packages, package));
        let context = manifest.map(|manifest| manifest.context(path)).unwrap_or_default();
        group.bytes += std::fs::metadata(path).map_or(0, |meta| meta.len());
        group.files.push(Member { path: path.clone(), package, context, is_reported: *is_reported });
    }
    let mut groups: Vec<Group> = by_folder.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.bytes));
    Ok(groups)
}

fn number(packages: &mut Vec<Package>, package: &Package) -> usize {
    if let Some(n) = packages.iter().position(|known| known.root == package.root) {
        return n;
    }
    packages.push(package.clone());
    packages.len() - 1
}

impl Group {
    /// Reads the files.
    pub(super) fn read(self) -> Workspace {
        let mut workspace = Workspace::new();
        for member in self.files {
            let mut source = source(&member.path);
            source.context = member.context;
            source.package = member.package;
            source.is_reported = member.is_reported;
            workspace.sources.push(source);
        }
        workspace.packages = self.packages;
        workspace.config = self.config;
        workspace
    }
}

/// What cannot be read is a note, not an end.
pub(super) fn source(path: &Path) -> Source {
    let shown = slashed(path);
    let is_large = std::fs::metadata(path).is_ok_and(|meta| meta.len() > BYTES_MAX as u64);
    let bytes = if is_large { Ok(vec![0; BYTES_MAX + 1]) } else { std::fs::read(path) };
    match bytes {
        Ok(bytes) => Source::from_bytes(&shown, bytes),
        Err(e) => {
            let mut source = Source::new(&shown, "");
            source.text = Text::Unread(format!("it cannot be read: {e}"));
            source
        }
    }
}
