//! Where the repository is, what it holds, and how its commands are started.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// A command in the root, with what it prints going where ours goes.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).args(args);
    command.env("RUSTC_WRAPPER", ""); // a compiler cache of the machine is one more thing that can be wrong
    command
}

pub(crate) fn cargo(args: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args)
}

/// Runs to the end; the error is the command line, as a person would type it.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line(&command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(&command));
    }
    Ok(())
}

/// Runs to the end and gives what was printed on stdout.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", line(&command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", line(&command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no text", line(&command)))
}

/// Whether it can be started and ends well; prints nothing.
pub(crate) fn works(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn line(command: &Command) -> String {
    let settings = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        (name != "RUSTC_WRAPPER").then(|| format!("{}='{value}'", name.to_string_lossy()))
    });
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words =
        std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy().into_owned());
    settings.chain(words).collect::<Vec<_>>().join(" ")
}

/// One package of the workspace, as far as the checks look at it.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) is_dev: bool,
    pub(crate) is_optional: bool,
}

/// The packages of the workspace, as cargo sees them.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let metadata = output(cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let dependency = |value: serde_json::Value| Dependency {
        name: text(&value["name"]),
        is_dev: value["kind"] == "dev",
        is_optional: value["optional"] == true,
    };
    let package = |value: serde_json::Value| {
        let manifest = PathBuf::from(text(&value["manifest_path"]));
        Package {
            name: text(&value["name"]),
            folder: manifest.parent().map(Path::to_path_buf).unwrap_or_default(),
            features: value["features"].as_object().map(|f| f.keys().cloned().collect()).unwrap_or_default(),
            dependencies: list(&value["dependencies"]).into_iter().map(dependency).collect(),
        }
    };
    Ok(list(&metadata["packages"]).into_iter().map(package).collect())
}
