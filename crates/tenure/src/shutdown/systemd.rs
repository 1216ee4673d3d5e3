//! What systemd is told (S48): that the program is ready, that it stops, how far it is, that it needs more time, that it lives.
//!
//! | line | when | by whom |
//! |---|---|---|
//! | `READY=1` | once, when the root is ready (S42a) | the driver |
//! | `STOPPING=1` | once, at the beginning of the plan, first of all lines of the stop | the driver |
//! | `STATUS=` | at the start, when ready, at each stage, with the report | the driver |
//! | `EXTEND_TIMEOUT_USEC=` | every 5 s while it starts and while it stops | the driver |
//! | `WATCHDOG=1` | every half interval until the root, or the program, has ended | a task on the runtime |
//!
//! Invariants: Y1 nothing here waits: the socket does not block, and what could not be sent is counted. Y2 a line that
//! systemd must know (ready, stopping, status) is said again until it was sent once. Y3 no extension reaches further than
//! 2 s beyond the budget, so systemd's own limit holds if the plan's should fail.
//!
//! The texts are of `sd-notify`. Its sending is not used: it reads `NOTIFY_SOCKET` anew each time, which is no longer there
//! (S48d), and takes `@name` for a file.

use crate::error::{Result, ShutdownCause};
use crate::health::{Health, Severity};
use crate::ident::{Rung, TaskId};
use crate::record::slab::RecordRef;
use crate::shutdown::ladder::Stage;
use crate::shutdown::report::ShutdownReport;
use sd_notify::NotifyState;
use std::ffi::OsStr;
use std::fmt::Write;
use std::future::Future;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Context as TaskContext;
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// What one extension gives. systemd forgets it when it is over.
const EXTENSION: Duration = Duration::from_secs(10);
/// How often it is renewed, and how soon a line that was not sent is tried again: half an extension, so that one lost
/// datagram changes nothing.
const EXTEND_EVERY: Duration = Duration::from_secs(5);
/// Beyond the budget, for the report and the end of the runtime.
const BEYOND_BUDGET: Duration = Duration::from_secs(2);
/// The longest start that is asked for: the default limit of one child's start, S17.
const START_MAX: Duration = Duration::from_secs(30);

/// When systemd's watchdog hears that the program lives (S48c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "alive, or also well")]
pub enum WatchdogPolicy {
    /// As long as the runtime runs tasks.
    RuntimeAlive,
    /// And no turn is far over its bound, nor a worker stalled: while health is failing by `TP004` or `TP012` nothing is
    /// said, so that systemd restarts what cannot heal by itself.
    Healthy,
}

impl WatchdogPolicy {
    pub(super) fn is_well(self, health: impl FnOnce() -> Health) -> bool {
        match self {
            Self::RuntimeAlive => true,
            Self::Healthy => !health().problems.iter().any(|problem| {
                problem.severity == Severity::Critical && matches!(problem.code, "TP004" | "TP012")
            }),
        }
    }
}

/// The way to systemd, found in the environment once.
#[derive(Debug)]
pub(super) struct Channel {
    socket: UnixDatagram,
    address: Option<SocketAddr>,
    watchdog: Option<Duration>,
    /// Datagrams that could not be sent.
    failures: AtomicU64,
}

impl Channel {
    /// `None` without `NOTIFY_SOCKET`. The variable is taken out of the environment if this is the only thread (S48d);
    /// with an address that cannot be used every line counts as one that could not be sent.
    pub(super) fn from_env() -> Option<Arc<Self>> {
        const NAME: &str = "NOTIFY_SOCKET";
        let name = std::env::var_os(NAME).filter(|name| !name.is_empty())?;
        crate::raw::remove_env_if_alone(NAME);
        Self::to(&name, sd_notify::watchdog_enabled()).ok()
    }

    pub(super) fn to(name: &OsStr, watchdog: Option<Duration>) -> io::Result<Arc<Self>> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        let watchdog = watchdog.filter(|interval| !interval.is_zero());
        Ok(Arc::new(Self { socket, address: address(name).ok(), watchdog, failures: AtomicU64::new(0) }))
    }

    /// How often systemd wants to hear that the program lives: half of what it waits for (S48c).
    pub(super) fn beats_every(&self) -> Option<Duration> {
        self.watchdog.map(|interval| interval / 2)
    }

    /// What the task on the runtime does: a runtime that no longer polls it thereby misses the watchdog's time. So does one
    /// that is not `well`.
    pub(super) async fn beat(self: Arc<Self>, every: Duration, well: impl Fn() -> bool + Send) -> Result {
        let mut beats = tokio::time::interval(every);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            if well() {
                self.say(&[NotifyState::Watchdog]);
            }
        }
    }

    /// One datagram. True if it was sent.
    fn say(&self, lines: &[NotifyState<'_>]) -> bool {
        let mut text = String::new();
        for line in lines {
            writeln!(text, "{line}").ok(); // a string takes everything
        }
        let sent = self.address.as_ref().is_some_and(|address| {
            self.socket.send_to_addr(text.as_bytes(), address).is_ok_and(|sent| sent == text.len())
        });
        self.failures.fetch_add(u64::from(!sent), Relaxed); // a counter; publishes nothing
        sent
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }
}

/// A path, or `@` and a name outside the file system.
pub(super) fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        [b'/', ..] => SocketAddr::from_pathname(name),
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt;
            SocketAddr::from_abstract_name(name)
        }
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// How long systemd should go on waiting, `elapsed` after the beginning of something that may take `limit`, and whether
/// that is said again (S48b). **Pure.**
pub(super) fn extension(elapsed: Duration, limit: Duration) -> (Duration, Renewal) {
    let left = (limit + BEYOND_BUDGET).saturating_sub(elapsed);
    if left > EXTENSION { (EXTENSION, Renewal::Follows) } else { (left, Renewal::Last) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    Follows,
    Last,
}

/// What must be said, and has not been.
#[derive(Debug, Default)]
struct Owed {
    ready: bool,
    stopping: bool,
    status: Option<String>,
}

/// What takes its time.
#[derive(Debug)]
struct Extends {
    since: Instant,
    /// How long it may.
    limit: Duration,
    /// When systemd hears of it again.
    next: Instant,
}

impl Extends {
    fn new(since: Instant, limit: Duration) -> Self {
        Self { since, limit, next: since }
    }
}

/// What the driver tells.
#[derive(Debug)]
pub(super) struct Teller {
    channel: Arc<Channel>,
    owed: Owed,
    extends: Option<Extends>,
    is_ready: bool,
    timer: Option<Pin<Box<Sleep>>>,
    /// The task that tells that the program lives, where it ends with the root.
    watchdog: Option<TaskId>,
}

impl Drop for Teller {
    fn drop(&mut self) {
        if let Some(watchdog) = self.watchdog.and_then(RecordRef::of) {
            watchdog.record().abort();
        }
    }
}

impl Teller {
    /// Says that the program starts.
    pub(super) fn start(channel: Arc<Channel>, watchdog: Option<TaskId>) -> Self {
        let owed = Owed { status: Some("starting".to_owned()), ..Owed::default() };
        let extends = Some(Extends::new(crate::clock::now(), START_MAX));
        let mut teller = Self { channel, owed, extends, is_ready: false, timer: None, watchdog };
        teller.tell();
        teller
    }

    /// Says what is due, now and each time the driver is polled.
    pub(super) fn poll(&mut self, cx: &mut TaskContext<'_>, is_ready: bool) {
        if is_ready && !self.is_ready {
            self.is_ready = true;
            self.extends = None;
            self.owed.ready = true;
            self.owed.status = Some("ready".to_owned());
            self.tell();
        }
        while self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready()) {
            self.tell();
        }
    }

    /// A stage of the plan begins, the first one at its beginning.
    pub(super) fn stage(
        &mut self,
        stage: Stage,
        cause: &ShutdownCause,
        begun: Instant,
        grace: Duration,
        left: u64,
    ) {
        let doing = match stage {
            Stage::Unready => {
                self.owed.stopping = true;
                self.extends = Some(Extends::new(begun, grace));
                "no longer ready"
            }
            Stage::Drain => "draining",
            Stage::Cancel => "cancelling",
            Stage::Abort => "aborting",
            Stage::Report => "making the report",
        };
        let took = crate::clock::now().saturating_duration_since(begun);
        let budget = grace.saturating_sub(took).as_secs_f64();
        let tasks = if left == 1 { "task" } else { "tasks" };
        let status =
            format!("stopping ({cause}): {doing}; {left} {tasks} left, {budget:.0} s of {grace:?} left");
        self.owed.status = Some(status);
        self.tell();
    }

    /// The last word: `systemctl status` shows it when the program is gone.
    pub(super) fn report(&mut self, report: &ShutdownReport) {
        self.extends = None;
        let forced = report.stragglers.iter().map(|straggler| match straggler.rung {
            Rung::Name => format!("{} still runs", straggler.path),
            Rung::Drain | Rung::Cancel | Rung::Abort => format!("{} was aborted", straggler.path),
        });
        let mut status = format!("stopped ({}), exit code {}", report.cause, report.exit_code);
        for one in forced.take(3) {
            write!(status, "; {one}").ok(); // a string takes everything
        }
        if report.stragglers_total > 3 {
            write!(status, "; {} more", report.stragglers_total - 3).ok();
        }
        self.owed.status = Some(status);
        self.tell();
    }

    pub(super) fn failures(&self) -> u64 {
        self.channel.failures()
    }

    /// Everything that is owed, and the extension that is due, in one datagram.
    fn tell(&mut self) {
        let now = crate::clock::now();
        let due = self.extends.as_mut().filter(|extends| extends.next <= now);
        let extension = due.map(|extends| {
            extends.next = now + EXTEND_EVERY;
            extension(now.saturating_duration_since(extends.since), extends.limit)
        });
        if extension.is_some_and(|(_, renewal)| renewal == Renewal::Last) {
            self.extends = None;
        }
        let status = self.owed.status.as_deref().map(one_line);
        let mut lines = Vec::new();
        // The end before the beginning: a program that is stopped before systemd heard that it was ready is not ready.
        if self.owed.stopping {
            lines.push(NotifyState::Stopping);
        } else if self.owed.ready {
            lines.push(NotifyState::Ready);
        }
        lines.extend(status.as_deref().map(NotifyState::Status));
        if let Some((time, _)) = extension {
            lines.push(NotifyState::ExtendTimeoutUsec(u32::try_from(time.as_micros()).unwrap_or(u32::MAX)));
        }
        let sent = lines.is_empty() || self.channel.say(&lines);
        if sent {
            self.owed = Owed::default();
        }
        let again = (!sent).then(|| now + EXTEND_EVERY);
        let next = self.extends.as_ref().map(|extends| extends.next).into_iter().chain(again).min();
        self.timer = next.map(|next| Box::pin(tokio::time::sleep_until(next)));
    }
}

/// A line break would begin another assignment.
pub(super) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}
