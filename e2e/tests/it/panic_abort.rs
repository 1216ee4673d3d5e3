//! A program whose panics end the process (S11f): tenure cannot contain them there, and says so at its start.

use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = r#"
[workspace]

[package]
name = "panics-abort"
version = "0.0.0"
edition = "2024"

[dependencies]
tenure = { path = "TENURE", default-features = false }
tokio = { version = "1", default-features = false, features = ["rt"] }

[profile.dev]
panic = "abort"
debug = false
"#;

const MAIN: &str = r#"
fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let report = runtime.block_on(tenure::Root::run(async |root| {
        let (events, _) = root.events().read();
        for event in events {
            println!("{} {:?}", event.path, event.kind);
        }
        Ok(())
    }));
    assert_eq!(report.exit_code, 0, "{report}");
}
"#;

/// The repository, in which this test stands.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e is a folder of the repository")
}

/// A package of its own, with the versions of the repository.
fn write_package() -> PathBuf {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panics-abort");
    std::fs::create_dir_all(package.join("src")).expect("the target folder can be written");
    let tenure = repository().join("crates/tenure");
    let tenure = tenure.to_str().expect("the repository's path is UTF-8");
    let write = |name: &str, text: &str| std::fs::write(package.join(name), text).expect("as above");
    write("Cargo.toml", &MANIFEST.replace("TENURE", tenure));
    write("src/main.rs", MAIN);
    std::fs::copy(repository().join("Cargo.lock"), package.join("Cargo.lock"))
        .expect("the lock file is there");
    package
}

/// S11f.
#[test]
fn ex_27_a_root_says_at_its_start_that_panics_end_the_process() {
    let package = write_package();
    let ran = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--offline", "--target-dir", "target"])
        .current_dir(&package)
        .output()
        .expect("cargo runs: it runs this test");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let stdout = String::from_utf8(ran.stdout).expect("it prints text");
    assert_eq!(stdout, "app PanicAbort\n");
}
