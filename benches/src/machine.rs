//! What a figure depends on: processor, load, versions, resident memory. All read from Linux's `/proc`.
use crate::error::BenchError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::{fs, thread};

/// What is said with every figure.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) load: Option<f64>,
    pub(crate) versions: BTreeMap<String, String>,
}

impl Machine {
    pub(crate) fn now() -> Self {
        Self { cpu: cpu(), load: load(), versions: versions() }
    }
}

/// `2 x AMD EPYC`.
pub(crate) fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or(": unknown processor");
    let count = thread::available_parallelism().map_or(1, usize::from);
    format!("{count} x {}", model.trim_start_matches([' ', '\t', ':']))
}

/// Load average of the last minute; none where the system does not tell.
pub(crate) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Memory of this process that is in RAM.
pub(crate) fn resident_bytes() -> Result<u64, BenchError> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map(|kib| kib * 1024).ok_or(BenchError::NoResidentMemory)
}

/// The versions of tenure and of the peers, by name.
///
/// Read from this package's manifest, which pins them, so they cannot differ from what was built.
pub(crate) fn versions() -> BTreeMap<String, String> {
    let mut versions = pinned(include_str!("../Cargo.toml"));
    versions.insert("tenure".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    versions
}

/// The `[dependencies.<name>]` tables that pin a version.
pub(crate) fn pinned(manifest: &str) -> BTreeMap<String, String> {
    let mut pinned = BTreeMap::new();
    let mut table = None;
    for line in manifest.lines() {
        if line.starts_with('[') {
            table = line.strip_prefix("[dependencies.").and_then(|l| l.strip_suffix(']'));
        } else if let (Some(name), Some(rest)) = (table, line.strip_prefix("version = \"=")) {
            pinned.insert(name.to_owned(), rest.trim_end_matches('"').to_owned());
        }
    }
    pinned
}
