//! `--fix`: files changed in place, all or nothing each.

use crate::args::LintArgs;
use crate::exit::Exit;
use crate::render::Complaint;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tenure_lint::{Finding, Report, fix};

/// What was changed, or would be.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) fixes: usize,
    pub(super) files: usize,
}

/// Applies the safe fixes of the report.
pub(super) fn apply(report: &Report, args: &LintArgs) -> Result<Changed, Complaint> {
    let mut by_file: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    for finding in report.live().filter(|finding| finding.fix.is_some()) {
        by_file.entry(&finding.path).or_default().push(finding.clone());
    }
    let mut changed = Changed::default();
    if by_file.is_empty() {
        return Ok(changed);
    }
    if !args.dry_run && !args.allow_dirty && is_dirty() {
        return Err(Complaint {
            what: "the git tree has changes that are not committed".into(),
            why: "a fix would be mixed with them".into(),
            hint: "tenure lint --fix --allow-dirty".into(),
            exit: Exit::Usage,
        });
    }
    for (path, findings) in by_file {
        let path = PathBuf::from(path);
        let text = std::fs::read_to_string(&path).map_err(|e| cannot(&path, &e))?;
        let Some(fixed) = fix(&text, &findings) else { continue };
        if !args.dry_run {
            replace(&path, &fixed.text).map_err(|e| cannot(&path, &e))?;
        }
        changed.fixes += fixed.count;
        changed.files += 1;
    }
    Ok(changed)
}

/// Another file takes the place of the old one, so that nobody ever reads half of it.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| match std::fs::metadata(path) {
        Ok(meta) => std::fs::set_permissions(&beside, meta.permissions()),
        Err(_) => Ok(()),
    });
    written.and_then(|()| std::fs::rename(&beside, path)).inspect_err(|_| {
        // It is of no use to anybody, and the error that counts is the first.
        std::fs::remove_file(&beside).ok();
    })
}

/// Without git, or outside of a tree of it, there is nothing to be dirty.
fn is_dirty() -> bool {
    let status = Command::new("git")
        .args(["status", "--porcelain", "--untracked-files=no"])
        .stderr(Stdio::null())
        .output();
    status.is_ok_and(|out| out.status.success() && !out.stdout.is_empty())
}

fn cannot(path: &Path, e: &io::Error) -> Complaint {
    Complaint {
        what: format!("cannot fix `{}`", path.display()),
        why: e.to_string(),
        hint: "tenure lint --fix --dry-run".into(),
        exit: Exit::Usage,
    }
}
