//! What systemd is asked for (S48b), where it is, and what it hears, over a real socket in virtual time.

use crate::shutdown::ladder::GRACE;
use crate::shutdown::root::Builder;
use crate::shutdown::systemd::{Channel, Renewal, WatchdogPolicy, address, extension, one_line};
use crate::{Scope, ShutdownReport, secs};
use proptest::prelude::*;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

#[test]
fn s48b_an_extension_is_ten_seconds_and_the_last_is_what_is_left_and_two() {
    use Renewal::{Follows, Last};
    let table = [
        (GRACE, 0, 10, Follows),
        (GRACE, 10, 10, Follows),
        (GRACE, 15, 10, Follows),
        (GRACE, 20, 7, Last),
        (secs(8), 0, 10, Last),
        (secs(0), 0, 2, Last),
        (secs(5), 60, 0, Last),
    ];
    for (limit, elapsed, time, renewal) in table {
        assert_eq!(extension(secs(elapsed), limit), (secs(time), renewal), "{limit:?} after {elapsed} s");
    }
}

proptest! {
    /// Y3.
    #[test]
    fn s48b_no_extension_reaches_more_than_two_seconds_beyond_the_budget(limit in 0u64..100_000, elapsed in 0u64..200_000) {
        let (limit, elapsed) = (Duration::from_millis(limit), Duration::from_millis(elapsed));
        let (time, renewal) = extension(elapsed, limit);
        prop_assert!(time.is_zero() || elapsed + time <= limit + secs(2));
        prop_assert!(time <= secs(10));
        // What is not renewed reaches to the very end.
        prop_assert!(renewal == Renewal::Follows || elapsed + time >= limit + secs(2));
    }
}

#[test]
fn s48_an_address_is_a_path_or_an_abstract_name() {
    let path = address("/run/systemd/notify".as_ref()).expect("a path");
    assert_eq!(path.as_pathname(), Some("/run/systemd/notify".as_ref()));
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt;
        let name = address("@tenure".as_ref()).expect("a name");
        assert_eq!(name.as_abstract_name(), Some(&b"tenure"[..]));
    }
    for other in ["relative", "vsock:2:1", "", &format!("/{}", "a".repeat(200))] {
        assert!(address(other.as_ref()).is_err(), "{other}");
    }
}

#[test]
fn s48a_a_status_is_one_line() {
    assert_eq!(one_line("stopped (why\nREADY=1)"), "stopped (why READY=1)");
}

/// A path for a socket of this test alone.
fn socket_path(test: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tenure-{}-{test}", std::process::id()));
    std::fs::remove_file(&path).ok();
    path
}

fn listen(path: &PathBuf) -> UnixDatagram {
    let manager = UnixDatagram::bind(path).expect("nobody has that path");
    manager.set_nonblocking(true).expect("a socket of ours");
    manager
}

/// The lines that came since the last look.
fn heard(manager: &UnixDatagram) -> Vec<String> {
    let mut buffer = [0; 4096];
    let mut lines = Vec::new();
    while let Ok(length) = manager.recv(&mut buffer) {
        lines.extend(String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned));
    }
    lines
}

/// Runs a root that speaks to that path. Nothing of it is left in the runtime when it has ended.
fn run<F>(path: &PathBuf, watchdog: Option<Duration>, main: F) -> ShutdownReport
where
    F: AsyncFnOnce(Scope) -> crate::Result,
{
    run_as(Builder::new(), path, watchdog, main)
}

fn run_as<F>(builder: Builder, path: &PathBuf, watchdog: Option<Duration>, main: F) -> ShutdownReport
where
    F: AsyncFnOnce(Scope) -> crate::Result,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let channel = Channel::to(path.as_os_str(), watchdog).expect("a socket");
    let builder = Builder { systemd: Some(channel), ..builder };
    let report = runtime.block_on(async {
        let report = builder.run(main).await;
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        report
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0, "the watchdog's task ends with its root");
    std::fs::remove_file(path).ok();
    report
}

/// Y2: what could not be sent is sent again, and then once.
#[test]
fn s48a_ready_is_said_again_until_it_was_heard_once() {
    let path = socket_path("late");
    let mut said = Vec::new();
    let report = run(&path, None, async |root| {
        root.ready();
        root.ctx().sleep(secs(12)).await?;
        let manager = listen(&path);
        root.ctx().sleep(secs(30)).await?;
        said = heard(&manager);
        Ok(())
    });
    assert_eq!(said, ["READY=1", "STATUS=ready"], "{report}");
    // At the start, when ready, after 5 and 10 s; then the end, for which nobody listens any more.
    assert!(report.systemd_failures >= 4, "{report}");
    assert!(report.to_string().contains("systemd    "), "{report}");
}

/// S48b, Y3: a start that takes its time has it, but not for ever.
#[test]
fn s48b_a_start_is_extended_every_five_seconds_until_its_limit() {
    let path = socket_path("start");
    let manager = listen(&path);
    let mut times = Vec::new();
    let report = run(&path, None, async |root| {
        for second in 0..60u64 {
            let lines = heard(&manager);
            let extensions = lines.iter().filter_map(|line| line.strip_prefix("EXTEND_TIMEOUT_USEC="));
            times.extend(extensions.map(|time| (second, time.to_owned())));
            root.ctx().sleep(secs(1)).await?;
        }
        Ok(())
    });
    let [zero, last] = ["10000000", "7000000"].map(str::to_owned);
    let seconds: Vec<u64> = times.iter().map(|(second, _)| *second).collect();
    assert!(seconds.len() == 6 && seconds.last() <= Some(&26), "about 0, 5, 10, 15, 20, 25: {times:?}");
    assert!(times[..5].iter().all(|(_, time)| *time == zero), "{times:?}");
    assert_eq!(times[5].1, last, "it reaches to 32 s, and is not renewed: {report}");
}

/// S48c.
#[test]
fn s48c_a_watchdog_without_an_interval_is_none() {
    for (interval, beats) in [(None, 0), (Some(Duration::ZERO), 0), (Some(secs(2)), 11)] {
        let path = socket_path("beat");
        let manager = listen(&path);
        let mut count = 0;
        let main = async |root: Scope| {
            for _ in 0..10 {
                root.ctx().sleep(secs(1)).await?;
                count += heard(&manager).iter().filter(|line| *line == "WATCHDOG=1").count();
            }
            Ok(())
        };
        let report = run(&path, interval, main);
        assert!(count.abs_diff(beats) <= 1, "{interval:?}: {count} beats in 10 s; {report}");
    }
}

/// S48c.
#[test]
fn s48c_a_program_that_is_to_be_healthy_is_silent_while_a_turn_is_far_over_its_bound() {
    for (policy, is_silent) in [(WatchdogPolicy::RuntimeAlive, false), (WatchdogPolicy::Healthy, true)] {
        let path = socket_path(if is_silent { "healthy" } else { "alive" });
        let manager = listen(&path);
        let report = run_as(Builder::new().watchdog(policy), &path, Some(secs(2)), async |root| {
            let owner = root.own("store", 0u64);
            root.ctx().sleep(secs(3)).await?;
            let beats = || heard(&manager).iter().filter(|line| *line == "WATCHDOG=1").count();
            assert!(beats() >= 3);
            let told = tokio::join!(owner.call(root.ctx(), Stuck), async {
                root.ctx().sleep(secs(11)).await?; // ten times the bound of 1 s
                assert!(beats() >= 9, "so far only slow");
                root.ctx().sleep(secs(5)).await?;
                Ok::<_, crate::Error>(beats())
            });
            assert_eq!(told.1? == 0, is_silent);
            root.ctx().sleep(secs(5)).await?;
            assert!(beats() >= 4, "it is well again");
            Ok(())
        });
        assert_eq!(report.exit_code, 0, "{report}");
    }
}

struct Stuck;

impl crate::Request for Stuck {
    type Reply = ();
}

impl crate::HandleAsync<Stuck> for u64 {
    async fn handle(&mut self, _: Stuck, _: &mut crate::Turn<Stuck>) {
        tokio::time::sleep_until(tokio::time::Instant::now() + secs(18)).await;
    }
}
