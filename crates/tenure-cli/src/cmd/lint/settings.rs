//! The configuration of a workspace, the nearest: `tenure.toml` in its folder, a table in its manifest, `tenure.toml` further up.

use super::discover::tidy;
use super::manifest::Manifest;
use crate::exit::Exit;
use crate::render::Complaint;
use std::path::{Path, PathBuf};
use tenure_lint::Config;

/// The file's name.
const FILE: &str = "tenure.toml";

/// The configuration for what lies in `folder`.
pub(super) fn settings(folder: &Path, manifest: Option<&Manifest>) -> Result<Config, Complaint> {
    let whole = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let whole = whole.unwrap_or_else(|_| folder.to_owned());
    for above in whole.ancestors() {
        let path = above.join(FILE);
        if path.is_file() {
            let refused = |why: String| bad(&tidy(&path), why);
            let text = std::fs::read_to_string(&path).map_err(|e| refused(e.to_string()))?;
            let config = Config::from_toml(&text).map_err(|e| refused(e.to_string()))?;
            return Ok(seen_from_here(config, above));
        }
        // Nearer than any file further up.
        if above == whole
            && let Some(config) = of_manifest(manifest)?
        {
            return Ok(seen_from_here(config, above));
        }
    }
    Ok(Config::default())
}

fn of_manifest(manifest: Option<&Manifest>) -> Result<Option<Config>, Complaint> {
    let Some(manifest) = manifest else { return Ok(None) };
    let path = manifest.folder.join(super::manifest::MANIFEST);
    Config::from_manifest(&manifest.text).map_err(|e| bad(&path, e.to_string()))
}

/// Patterns are relative to the configuration's folder, findings to the current one.
fn seen_from_here(config: Config, folder: &Path) -> Config {
    let here = std::env::current_dir().unwrap_or_default();
    let slash = |path: &Path| format!("{}/", super::manifest::slashed(path));
    match (here.strip_prefix(folder), folder.strip_prefix(&here)) {
        (Ok(below), _) if below.as_os_str().is_empty() => config,
        (Ok(below), _) => config.seen_from("", &slash(below)),
        (_, Ok(below)) => config.seen_from(&slash(below), ""),
        _ => config.seen_from(&slash(folder), ""),
    }
}

fn bad(path: &Path, why: String) -> Complaint {
    let path: PathBuf = path.to_owned();
    Complaint {
        what: format!("`{}` cannot be used", path.display()),
        why: why.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n  "),
        hint: "tenure lint --list".into(),
        exit: Exit::Usage,
    }
}
