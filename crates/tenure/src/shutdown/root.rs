//! [`Root`] and [`Builder`]: the root as a thing to run, and what main is given of it.

use crate::context::Context;
use crate::context::until::{Change, wait_for};
use crate::error::{Result, ShutdownCause};
use crate::health::HealthOptions;
use crate::owner::Inline;
use crate::record::events::Events;
use crate::scope::Scope;
use crate::scope::snapshot::{Snapshot, look};
use crate::shutdown::drive::{Driver, MainTask};
use crate::shutdown::ladder::GRACE;
use crate::shutdown::report::ShutdownReport;
use crate::supervisor::run::Boss;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The root as a thing to run; inside, it is a [`Scope`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Root;

impl Root {
    /// Runs `body` under a root of its own in a foreign runtime: no signals, no exit (S49).
    ///
    /// When the body returns the root shuts down by its plan; the report says what ended how. Outside a runtime nothing
    /// runs, and the report says so with exit code 1.
    ///
    /// # Cancel safety
    /// Dropping the future ends the root without a wait (S3e): its tasks are cancelled, their ladder runs as long as the
    /// runtime does.
    ///
    /// # Examples
    /// ```
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let report = tenure::Root::run(async |root| {
    ///         let store = root.own("store", vec![0u64]);
    ///         store.with(root.ctx(), |s| s.push(1)).await?;
    ///         Ok(())
    ///     })
    ///     .await;
    ///     assert_eq!(report.exit_code, 0);
    ///     assert!(report.account.is_closed());
    /// }
    /// ```
    #[track_caller]
    pub fn run<F>(body: F) -> impl Future<Output = ShutdownReport>
    where
        F: AsyncFnOnce(Scope) -> Result,
    {
        Builder::new().run(body)
    }
}

/// Options of the root; `#[tenure::main(grace = "10s")]` sets the same.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) name: String,
    pub(super) grace: Duration,
    pub(super) readiness_delay: Duration,
    pub(super) signals: Signals,
    #[cfg(feature = "systemd")]
    pub(super) systemd: Option<Arc<crate::shutdown::systemd::Channel>>,
    #[cfg(feature = "systemd")]
    pub(super) watchdog: crate::shutdown::systemd::WatchdogPolicy,
    pub(super) program: (&'static str, &'static str),
    pub(super) health: HealthOptions,
    pub(super) inline: Inline,
}

/// Whether the plan starts at SIGTERM and SIGINT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signals {
    LeftAlone,
    #[cfg(feature = "signal")]
    Installed,
    /// The process is the root's.
    UntilExit,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// The defaults: name `app`, grace 25 s, no readiness delay, no signals.
    pub fn new() -> Self {
        Self {
            name: "app".to_owned(),
            grace: GRACE,
            readiness_delay: Duration::ZERO,
            signals: Signals::LeftAlone,
            #[cfg(feature = "systemd")]
            systemd: None,
            #[cfg(feature = "systemd")]
            watchdog: crate::shutdown::systemd::WatchdogPolicy::RuntimeAlive,
            program: ("", ""),
            health: HealthOptions::DEFAULT,
            inline: Inline::Allowed,
        }
    }

    /// Name of the root, first part of every path.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Whole budget of the shutdown (S43); zero aborts at once.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace.min(Duration::from_secs(365 * 24 * 3600));
        self
    }

    /// For how long new work is still served after readiness was turned off (S42c).
    #[must_use]
    pub fn readiness_delay(mut self, delay: Duration) -> Self {
        self.readiness_delay = delay;
        self
    }

    /// From when on something is a problem, see [`Scope::health`].
    #[must_use]
    pub fn health(mut self, options: HealthOptions) -> Self {
        self.health = options;
        self
    }

    /// `Never`: every turn of every owner runs on its owner's task, whatever its spec says; see
    /// [`ChildSpec::inline`](crate::ChildSpec::inline). To find out whether a program minds the thread.
    #[must_use]
    pub fn inline(mut self, inline: Inline) -> Self {
        self.inline = inline;
        self
    }

    /// SIGTERM and SIGINT start the shutdown (S49), a second one aborts what is left, and a third ends the process at once
    /// with 128 + its number, without a report (S41). One within 250 ms of another is the same.
    ///
    /// A thread of its own watches for them, so they are heard also where every thread of the runtime hangs. They stay
    /// handled when the root has ended: one or two do nothing more then, the third still ends the process.
    #[must_use]
    #[cfg(feature = "signal")]
    pub fn signals(mut self) -> Self {
        self.signals = Signals::Installed;
        self
    }

    /// Tells systemd how the root is (S48), if the environment names a `NOTIFY_SOCKET`: `READY=1` when it is ready,
    /// `STOPPING=1` when the shutdown begins, a status at each stage, `EXTEND_TIMEOUT_USEC=` while it starts and stops, and
    /// `WATCHDOG=1` if `WATCHDOG_USEC` asks for it and `WATCHDOG_PID` does not name another. A program under
    /// `#[tenure::main]` does it by itself. What cannot be sent is counted in the report, and never fails anything.
    ///
    /// Call it before the runtime is started: while the process has one thread, `NOTIFY_SOCKET` is taken out of the
    /// environment, so that no child process inherits it. With more threads it stays there.
    #[must_use]
    #[cfg(feature = "systemd")]
    pub fn systemd(mut self) -> Self {
        self.systemd = crate::shutdown::systemd::Channel::from_env();
        self
    }

    /// When systemd's watchdog hears that the program lives; default [`WatchdogPolicy::RuntimeAlive`](crate::WatchdogPolicy).
    #[must_use]
    #[cfg(feature = "systemd")]
    pub fn watchdog(mut self, policy: crate::shutdown::systemd::WatchdogPolicy) -> Self {
        self.watchdog = policy;
        self
    }

    /// [`Root::run`] with these options.
    ///
    /// # Cancel safety
    /// As [`Root::run`].
    #[track_caller]
    pub fn run<F>(self, body: F) -> impl Future<Output = ShutdownReport>
    where
        F: AsyncFnOnce(Scope) -> Result,
    {
        let site = Location::caller();
        async move {
            match Driver::new(self, site, MainTask::Inline, crate::rt::current()) {
                Ok(driver) => driver.run_inline(body).await,
                Err(report) => *report,
            }
        }
    }
}

impl Scope {
    /// Says that the program is ready (S42a); [`Scope::until_shutdown`] does it, too.
    pub fn ready(&self) {
        let tree = &self.core().tree;
        // A flag for probes; publishes nothing. The driver tells systemd.
        if !tree.ready.swap(true, Relaxed) {
            tree.plan.wake_driver();
        }
    }

    /// What probes show: `ready` was said, all children that were started by then are ready (S17b), and no shutdown has
    /// begun. It becomes true once (S42a); after a shutdown has begun never again (S42b).
    pub fn is_ready(&self) -> bool {
        self.core().tree.plan.cause().is_none() && self.was_ready()
    }

    pub(super) fn was_ready(&self) -> bool {
        let tree = &self.core().tree;
        let now = tree.ready.load(Relaxed) && Boss::of(self.core()).is_some_and(|boss| boss.is_ready());
        if now {
            tree.was_ready.store(true, Relaxed); // a flag for probes; publishes nothing
        }
        now || tree.was_ready.load(Relaxed)
    }

    /// Says ready, then waits for the shutdown to begin.
    ///
    /// # Errors
    /// None at present; main's `?` chain ends here.
    ///
    /// # Cancel safety
    /// Cancel-safe.
    #[track_caller]
    pub fn until_shutdown(&self) -> impl Future<Output = Result> + Send {
        let begun = Context::new(Arc::clone(&self.core().tree.plan.begun), self.ctx().home());
        let site = Location::caller();
        async move {
            self.ready();
            wait_for(&begun, Change::Cancelled, site).await;
            Ok(())
        }
    }

    /// Asks for the shutdown and returns at once (S41e); the report is what [`Root::run`] returns.
    pub fn shutdown(&self, why: &str) {
        self.core().tree.plan.begin(ShutdownCause::Explicit(why.to_owned()));
    }

    /// One look at the records: runs no user code, blocks no worker.
    ///
    /// # Examples
    /// ```
    /// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
    /// root.spawn("idle", async |ctx| Ok(ctx.cancelled().await.cause).map(drop));
    /// let snapshot = root.snapshot();
    /// let idle = snapshot.tasks.iter().find(|task| task.path.as_str() == "app/idle").expect("it was spawned");
    /// assert_eq!(idle.scope.as_str(), "app"); // who stops it
    /// assert!(idle.site.file().ends_with(".rs")); // who started it
    /// # root.shutdown("done");
    /// # Ok(()) }
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        look(self.core())
    }

    /// The events of this root, from the oldest that is kept.
    pub fn events(&self) -> Events {
        self.core().tree.events.reader()
    }

    /// As a signal of that number would; the third does not end the process, it is only counted. Feature `test-util`.
    #[cfg(feature = "test-util")]
    pub fn inject_signal(&self, number: i32) {
        let _of_no_use_in_a_test = self.core().tree.plan.signal(number, crate::clock::now());
    }
}

/// What main is given.
pub(super) fn root_scope(core: Arc<crate::scope::core::ScopeCore>, ctx: Context) -> Scope {
    Scope::new(core, ctx)
}
