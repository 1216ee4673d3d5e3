//! What so many clients need, against what is there. A run that would be killed by the system for its size says so first.

use super::plan::{Plan, Program};
use crate::exit::Exit;
use crate::render::{Complaint, bytes};
use tenure_wire::text::thousands;

/// A client on tenure: task with its future, record, path, place in the tally.
/// Measured: peak resident size at 100 000 and at 1 000 000 clients, difference per client, rounded up by a tenth.
const OWNED_BYTES_PER_CLIENT: u64 = 2_304;
/// A client in plain Tokio, measured in the same way.
const NAIVE_BYTES_PER_CLIENT: u64 = 1_280;
/// A key and its value in the map, at the map's lowest load.
const BYTES_PER_KEY: u64 = 40;
/// Runtime, stacks, histograms.
const BYTES_ANYWAY: u64 = 32 << 20;

/// Refuses the plan if it needs more than `available`; `None` means the system does not tell, and then it is tried.
pub(crate) fn check(plan: &Plan, available: Option<u64>) -> Result<(), Complaint> {
    let needed = needed(plan);
    let Some(available) = available.filter(|there| *there < needed) else { return Ok(()) };
    let each = bytes_per_client(plan.program);
    let fits = available.saturating_sub(BYTES_ANYWAY + plan.keys * BYTES_PER_KEY) / each;
    let readers = rounded_down(fits.saturating_sub(plan.writers).max(1));
    let hint = match plan.program {
        Program::Owned => format!("tenure demo --readers {readers}"),
        Program::Supervised => format!("tenure demo --readers {readers} --supervised"),
        Program::Naive => format!("tenure demo --readers {readers} --naive"),
    };
    Err(Complaint {
        what: format!(
            "{} clients and {} keys need more memory than is free",
            thousands(plan.clients()),
            thousands(plan.keys)
        ),
        why: format!(
            "needed: {needed} bytes ({}; {each} bytes a client, {BYTES_PER_KEY} a key); there: {available} bytes ({})",
            bytes(needed),
            bytes(available)
        ),
        hint,
        exit: Exit::Usage,
    })
}

fn bytes_per_client(program: Program) -> u64 {
    match program {
        Program::Owned | Program::Supervised => OWNED_BYTES_PER_CLIENT,
        Program::Naive => NAIVE_BYTES_PER_CLIENT,
    }
}

fn needed(plan: &Plan) -> u64 {
    let clients = plan.clients().saturating_mul(bytes_per_client(plan.program));
    clients.saturating_add(plan.keys.saturating_mul(BYTES_PER_KEY)).saturating_add(BYTES_ANYWAY)
}

/// One digit and zeros: what a person would type.
fn rounded_down(n: u64) -> u64 {
    let step = 10_u64.pow(n.checked_ilog10().unwrap_or(0));
    n / step * step
}

/// Bytes this process can still take: what the system has, or what is left of its control group, whichever is less.
pub(crate) fn available() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let system = read("/proc/meminfo").and_then(|text| of_meminfo(&text));
    let limit = read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse::<u64>().ok());
    let used = read("/sys/fs/cgroup/memory.current").and_then(|text| text.trim().parse::<u64>().ok());
    let group = limit.map(|limit| limit.saturating_sub(used.unwrap_or(0)));
    match (system, group) {
        (Some(system), Some(group)) => Some(system.min(group)),
        (system, group) => system.or(group),
    }
}

fn of_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::super::fault::Fault;
    use super::*;
    use crate::values::{COUNT_MAX, RunFor};

    fn plan(readers: u64) -> Plan {
        let run_for = RunFor::Forever;
        Plan { readers, writers: 10, keys: 5, run_for, fault: Fault::None, program: Program::Owned }
    }

    #[test]
    fn more_clients_than_memory_are_refused_with_the_bytes_needed_and_there() {
        let e = check(&plan(1_000_000), Some(1 << 30)).unwrap_err();
        assert_eq!(e.exit, Exit::Usage);
        assert!(e.why.contains(&needed(&plan(1_000_000)).to_string()), "{}", e.why);
        assert!(e.why.contains("there: 1073741824 bytes (1.0 GiB)"), "{}", e.why);
    }

    #[test]
    fn what_is_offered_instead_fits() {
        for there in [BYTES_ANYWAY + 100_000, 100 << 20, 1 << 30, 15 << 30] {
            let e = check(&plan(COUNT_MAX), Some(there)).unwrap_err();
            let readers: u64 = e.hint.rsplit(' ').next().unwrap().parse().unwrap();
            assert_eq!(check(&plan(readers), Some(there)), Ok(()), "{there}: {}", e.hint);
        }
    }

    #[test]
    fn if_the_system_does_not_tell_it_is_tried() {
        assert_eq!(check(&plan(COUNT_MAX), None), Ok(()));
    }

    #[test]
    fn meminfo_is_read_in_kib() {
        let text = "MemTotal:       24573932 kB\nMemAvailable:   23917320 kB\n";
        assert_eq!(of_meminfo(text), Some(23_917_320 * 1024));
        assert_eq!(of_meminfo("MemTotal: 1 kB\n"), None);
    }
}
