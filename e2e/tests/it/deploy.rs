//! The deployment files that are shipped: what they say fits together, and the command they name runs.

use crate::child::{Running, pause, program};
use crate::manager::{Kind, Manager};
use crate::program::tenure;
use rustix::process::Signal;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Between the end of the grace and the manager's own patience (S47).
const MARGIN: f64 = 2.0;

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(deploy(file)).expect("the file is shipped")
}

/// Section, name and value of each assignment of a unit.
fn assignments(unit: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut all = Vec::new();
    for line in unit.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no assignment: {line}"));
        all.push((section.clone(), name.to_owned(), value.to_owned()));
    }
    all
}

/// The values of one name in `[Service]`.
fn service(unit: &str, name: &str) -> Vec<String> {
    let all = assignments(unit).into_iter();
    all.filter(|(section, there, _)| section == "Service" && there == name).map(|(.., value)| value).collect()
}

/// The variable of that name in the unit.
fn variable(unit: &str, name: &str) -> String {
    let all = service(unit, "Environment");
    let value = all.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {all:?}")).to_owned()
}

fn seconds(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number of seconds"))
}

/// S47, S48: the numbers of the unit.
#[test]
fn s48_the_units_times_leave_the_plan_its_grace() {
    let unit = read("systemd/tenure-demo.service");
    let one = |name| match &service(&unit, name)[..] {
        [value] => value.clone(),
        other => panic!("{name} is there {} times", other.len()),
    };
    assert_eq!((one("Type").as_str(), one("NotifyAccess").as_str()), ("notify", "main"));
    assert_eq!((one("KillSignal").as_str(), one("KillMode").as_str()), ("SIGTERM", "mixed"));
    let grace = seconds(&variable(&unit, "TENURE_GRACE"));
    assert!(seconds(&one("TimeoutStopSec")) >= grace + MARGIN, "{unit}");
    assert!(seconds(&variable(&unit, "TENURE_READINESS_DELAY")) + 4.0 < grace, "{unit}");
    assert!(seconds(&one("WatchdogSec")) > 0.0 && seconds(&one("TimeoutStartSec")) > 10.0, "{unit}");
    assert_eq!(one("Restart"), "on-failure");
}

/// systemd itself reads it, with the built binary where the unit has the installed one. Nothing where it is not installed.
#[test]
fn s48_systemd_finds_no_fault_in_the_unit() {
    let unit = read("systemd/tenure-demo.service");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verify");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let path = folder.join("tenure-demo.service");
    let built = tenure().to_str().expect("a path of the target folder");
    std::fs::write(&path, unit.replace("/usr/local/bin/tenure", built)).expect("as above");
    let Ok(verified) = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output()
    else {
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && said.is_empty(), "{said}");
}

/// S48a: as systemd would start and stop it.
#[test]
fn s48_the_units_command_gets_ready_and_ends_clean() {
    let unit = read("systemd/tenure-demo.service");
    let command = service(&unit, "ExecStart").remove(0);
    let (installed, args) = command.split_once(' ').expect("arguments");
    assert_eq!(installed, "/usr/local/bin/tenure");
    let manager = Manager::new(Kind::Abstract);
    let mut command = program(tenure(), &args.split(' ').collect::<Vec<_>>());
    for variable in service(&unit, "Environment") {
        let (name, value) = variable.split_once('=').expect("a variable");
        command.env(name, value);
    }
    command.env("NOTIFY_SOCKET", &manager.socket).env("WATCHDOG_USEC", "600000");
    let child = Running::start(command);
    manager.wait_for("READY=1");
    pause(Duration::from_millis(500));
    child.send(Duration::ZERO, Signal::TERM);
    let ended = child.end();
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert!(!ended.stderr.contains("note:"), "every variable is known: {ended:#?}");
    manager.wait_for("STOPPING=1");
    assert!(manager.all("WATCHDOG=1").len() >= 2, "{:#?}", manager.lines());
}

/// S47: the numbers of the manifest.
#[test]
fn s47_the_manifests_times_leave_the_plan_its_grace() {
    let text = read("kubernetes/tenure-demo.yaml");
    let manifest: Value = serde_saphyr::from_str(&text).expect("YAML");
    let at = |pointer: &str| manifest.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")).clone();
    assert_eq!((at("/apiVersion"), at("/kind")), ("apps/v1".into(), "Deployment".into()));
    assert_eq!(at("/spec/selector/matchLabels"), at("/spec/template/metadata/labels"));
    let container = at("/spec/template/spec/containers/0");
    let variable = |name: &str| {
        let all = container["env"].as_array().expect("variables");
        let one = all.iter().find(|variable| variable["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        one["value"]
            .as_str()
            .unwrap_or_else(|| panic!("{name} is no string: Kubernetes refuses it"))
            .to_owned()
    };
    let patience = at("/spec/template/spec/terminationGracePeriodSeconds").as_f64().expect("a number");
    let (grace, delay) = (seconds(&variable("TENURE_GRACE")), seconds(&variable("TENURE_READINESS_DELAY")));
    // No preStop hook takes from it; the delay does its work.
    assert!(container.get("lifecycle").is_none(), "{container:#}");
    assert!(grace <= patience - MARGIN, "grace {grace} s, patience {patience} s");
    assert!(delay >= 5.0 && delay + 4.0 < grace, "delay {delay} s, grace {grace} s");

    let probe = |name: &str| container[name].clone();
    for (name, path) in
        [("startupProbe", "/healthz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")]
    {
        assert_eq!(probe(name)["httpGet"]["path"], path, "{name}");
        assert_eq!(probe(name)["httpGet"]["port"], container["ports"][0]["name"], "{name}");
    }
    let port = container["ports"][0]["containerPort"].as_u64().expect("a port");
    assert!(variable("TENURE_PROBES").ends_with(&format!(":{port}")));
    // Unready is seen while the delay lasts, a start is given START_TIMEOUT, and a drain is not taken for a hang.
    let lasts = |name: &str| {
        let number = |key: &str| probe(name)[key].as_f64().expect("a number");
        number("periodSeconds") * number("failureThreshold")
    };
    assert!(lasts("readinessProbe") < delay, "{container:#}");
    assert!(lasts("startupProbe") >= 30.0 && lasts("livenessProbe") >= 30.0, "{container:#}");
}

/// The manifest's command line is one of this binary.
#[test]
fn s47_the_manifests_command_runs_as_it_stands() {
    let manifest: Value = serde_saphyr::from_str(&read("kubernetes/tenure-demo.yaml")).expect("YAML");
    let container = manifest.pointer("/spec/template/spec/containers/0").expect("a container");
    assert_eq!(container["command"], serde_json::json!(["/usr/local/bin/tenure"]));
    let args: Vec<&str> =
        container["args"].as_array().expect("arguments").iter().filter_map(Value::as_str).collect();
    let mut command = program(tenure(), &args);
    let path = format!("{}/termination-log", env!("CARGO_TARGET_TMPDIR"));
    for variable in container["env"].as_array().expect("variables") {
        let (name, value) =
            (variable["name"].as_str().expect("a name"), variable["value"].as_str().expect("a value"));
        let value = value.replace("/dev/termination-log", &path);
        // Five seconds of delay are Kubernetes'; here nobody lags.
        command.env(name, if name == "TENURE_READINESS_DELAY" { "0.1".to_owned() } else { value });
    }
    let child = Running::start(command);
    child.handles(Signal::TERM).send(Duration::from_millis(500), Signal::TERM);
    let ended = child.end();
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:#?}");
    let report = std::fs::read_to_string(&path).expect("the report is there");
    assert!(report.len() < 4096, "Kubernetes keeps 4096 bytes: {}", report.len());
    assert_eq!(serde_json::from_str::<Value>(&report).expect("one document")["budget_ms"], 25_000);
}
