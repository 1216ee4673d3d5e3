//! Where the built `tenure` is, and the examples of the library.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The binary, built once with the profile and into the folder of this test. Cargo tells its path only to tests of its own package.
pub(crate) fn tenure() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build(&["--package", "tenure-cli"]))
}

/// `crates/tenure/examples/supervision.rs`, in the same way.
pub(crate) fn supervision() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build(&["--package", "tenure", "--example", "supervision"]))
}

/// This test is `<target>/<profile>/deps/it-<hash>`.
fn build(what: &[&str]) -> PathBuf {
    let this = std::env::current_exe().expect("a running program has a path");
    let profile_dir = this.ancestors().nth(2).expect("the test lies in a folder of its profile");
    let target_dir = profile_dir.parent().expect("the profile's folder lies in the target folder");
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--message-format", "json", "--profile", profile])
        .args(what)
        .arg("--target-dir")
        .arg(target_dir)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs: it runs this test");
    assert!(built.status.success(), "{what:?} does not build:\n{}", String::from_utf8_lossy(&built.stderr));
    let lines = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
    let mut paths = lines.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    paths.next_back().expect("cargo names the executable it built")
}
