//! Runs a root from its start to its report: main, then the stages.

use crate::context::Context;
use crate::context::plan::Plan;
use crate::context::timers::{Housekeeper, Timers};
use crate::error::{Cause, Error, Result, ShutdownCause};
use crate::exit::{ExitReason, catch, install_panic_hook};
use crate::health::watchdog::Watchdog;
use crate::ident::{Class, TaskPath};
use crate::owner::Inline;
use crate::raw::PolledBy;
use crate::record::Record;
use crate::record::events::{EventKind, Ring};
use crate::record::notes::Notes;
use crate::record::wait::Wakee;
use crate::record::word::INLINE;
use crate::rt;
use crate::scope::Scope;
use crate::scope::acts::spawn_house;
use crate::scope::core::{Principal, ScopeCore, Tree};
use crate::scope::snapshot::{Requests, Watched};
use crate::scope::state::Ownership;
use crate::shutdown::ladder::{Stage, Times, times};
use crate::shutdown::report::{InFlight, ShutdownReport, StageNote};
#[cfg(feature = "systemd")]
use crate::shutdown::root::Signals;
use crate::shutdown::root::{Builder, root_scope};
use crate::shutdown::signal::Sentry;
#[cfg(feature = "systemd")]
use crate::shutdown::systemd::Teller;
use crate::supervisor::machine::machine::Way;
use crate::supervisor::run::Boss;
use crate::sync::Mutex;
use crate::task::future::{End, HasValue, Site, Task, TaskOwner};
use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

/// What an aborted future gets to be dropped in, also when the grace is used up: a report made sooner would name tasks
/// that no worker could have dropped. A worker needs microseconds for it; one that is busy for longer is named.
const YIELD_MIN: Duration = Duration::from_millis(10);

/// Who polls main.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MainTask {
    /// The root's own future, in a foreign runtime.
    Inline,
    /// A worker, under `#[tenure::main]`.
    Spawned,
}

/// How main ended, once it has.
struct MainEnd {
    reason: Mutex<Option<ExitReason>>,
    tree: Arc<Tree>,
}

impl Principal for MainEnd {
    fn task_ended(self: Arc<Self>, reason: ExitReason) {
        *self.reason.lock() = Some(reason);
        self.tree.plan.wake_driver();
    }

    fn incarnation(&self) -> u32 {
        0
    }
}

pub(super) struct Driver {
    builder: Builder,
    /// The supervisor of the root's children.
    boss: Arc<Boss>,
    core: Arc<ScopeCore>,
    ctx: Context,
    main_record: Record,
    main_end: Arc<MainEnd>,
    started: Instant,
    /// Tells the plan of signals for as long as the driver lives.
    _sentry: Option<Sentry>,
    #[cfg(feature = "systemd")]
    systemd: Option<Teller>,
    stages: Vec<StageNote>,
    reached: Stage,
    /// When the plan began.
    was_ready: bool,
    in_flight: Vec<Arc<ScopeCore>>,
    /// Ends, and is joined, with the driver.
    _watchdog: Watchdog,
    /// Set when the report is made: until then dropping the driver is S3e.
    finished: bool,
}

/// Main, where it is polled here and has not ended. Generic, so that the root's future is `Send` if main's is.
type PolledMain<'a, M> = Option<Pin<&'a mut M>>;

impl Driver {
    /// Makes the root, whose tasks run on `runtime`. Without one, the report that says so.
    pub(super) fn new(
        builder: Builder,
        site: Site,
        main: MainTask,
        runtime: Option<Handle>,
    ) -> std::result::Result<Self, Box<ShutdownReport>> {
        install_panic_hook();
        let Some(runtime) = runtime else {
            let error = Error::msg("no Tokio runtime: call `Root::run` inside one, or use `#[tenure::main]`");
            return Err(Box::new(ShutdownReport::never_ran(&builder.name, error)));
        };
        // Only the attempt tells: Tokio panics if the runtime has no timers.
        if catch(|| drop(tokio::time::sleep_until(crate::clock::now()))).is_err() {
            let error = Error::msg(
                "the Tokio runtime has no timers: call `enable_time` or `enable_all` on its builder",
            );
            return Err(Box::new(ShutdownReport::never_ran(&builder.name, error)));
        }
        let tree = Arc::new(Tree {
            runtime,
            timers: Timers::new(),
            events: Ring::new(),
            plan: Plan::new(),
            requests: Requests::default(),
            notes: Notes::new(),
            boss: std::sync::OnceLock::new(),
            ready: AtomicBool::new(false),
            was_ready: AtomicBool::new(false),
            housekeeper: std::sync::OnceLock::new(),
            pulse: Arc::default(),
            watched: Watched::default(),
            inline: builder.inline == Inline::Allowed,
        });
        // Before the first user code runs (S41d).
        let sentry = match Sentry::post(builder.signals, &tree) {
            Ok(sentry) => sentry,
            Err(error) => return Err(Box::new(ShutdownReport::never_ran(&builder.name, error.into()))),
        };
        let (core, ctx) = ScopeCore::root(TaskPath::root(&builder.name), site, Arc::clone(&tree));
        if cfg!(panic = "abort") {
            tree.events.emit(&core.path, 0, EventKind::PanicAbort); // S11f
        }
        spawn_housekeeper(&core, &ctx);
        let watchdog = Watchdog::start(&core, &ctx, builder.health);
        let flags = if main == MainTask::Inline { INLINE } else { 0 };
        let Ok(admitted) = core.admit("main", Class::Service, site, flags) else {
            let error = Error::msg("no record is free for main");
            return Err(Box::new(ShutdownReport::never_ran(&builder.name, error)));
        };
        #[cfg(feature = "systemd")]
        let systemd = tell_systemd(&builder, &core, &ctx);
        let main_end = Arc::new(MainEnd { reason: Mutex::new(None), tree });
        core.set_principal(admitted.record, Arc::clone(&main_end) as Arc<dyn Principal>);
        let boss = Boss::root(&core, &ctx);
        Ok(Self {
            builder,
            boss,
            core,
            ctx,
            main_record: admitted.record,
            main_end,
            started: crate::clock::now(),
            _sentry: sentry,
            #[cfg(feature = "systemd")]
            systemd,
            stages: Vec::new(),
            reached: Stage::Unready,
            was_ready: false,
            in_flight: Vec::new(),
            _watchdog: watchdog,
            finished: false,
        })
    }

    fn scope(&self) -> Scope {
        root_scope(Arc::clone(&self.core), self.ctx.clone())
    }

    /// Main is polled here; it may borrow, and need not be `Send`.
    pub(super) async fn run_inline<F>(self, body: F) -> ShutdownReport
    where
        F: AsyncFnOnce(Scope) -> Result,
    {
        let future = body(self.scope());
        let (core, ctx) = (Arc::clone(&self.core), self.ctx.clone());
        let mut main = pin!(Task::new(future, core, Some(ctx), self.main_record, PolledBy::Anybody));
        self.drive(Some(main.as_mut())).await
    }

    /// Main runs on a worker, so that a main that blocks cannot block the plan.
    pub(super) async fn run_spawned<F, Fut>(self, main: F) -> ShutdownReport
    where
        F: FnOnce(Scope) -> Fut,
        Fut: Future<Output = Result> + Send + 'static,
    {
        let (core, ctx) = (Arc::clone(&self.core), self.ctx.clone());
        match catch(|| main(self.scope())) {
            Ok(future) => {
                let task = Task::new(future, core, Some(ctx), self.main_record, PolledBy::Tokio);
                drop(rt::spawn(&self.core.tree.runtime, task));
            }
            Err(panic) => {
                let end = End {
                    reason: Cow::Owned(ExitReason::Panicked(panic)),
                    secondary: None,
                    value: HasValue::No,
                };
                core.task_ended(self.main_record, end);
                crate::raw::release(self.main_record.slot);
            }
        }
        self.drive::<std::future::Ready<()>>(None).await
    }

    async fn drive<M: Future>(mut self, mut main: PolledMain<'_, M>) -> ShutdownReport {
        let tree = Arc::clone(&self.core.tree);
        let main_end = Arc::clone(&self.main_end);
        let has_ended = || main_end.reason.lock().is_some();
        self.wait(&mut main, None, || has_ended() || tree.plan.cause().is_some()).await;
        tree.plan.begin(ShutdownCause::MainReturned); // unless something else began it before
        let cause = tree.plan.cause().cloned().unwrap_or(ShutdownCause::MainReturned);
        let stop = Cause::Shutdown(cause.clone());
        let begun = crate::clock::now();
        let times = times(self.builder.grace, self.builder.readiness_delay);

        self.was_ready = self.scope().was_ready();
        self.in_flight = self.core.open_requests();
        self.stage(Stage::Unready, begun);
        if !times.drain.is_zero() {
            let boss = Arc::clone(&self.boss);
            let is_over = || main_end.reason.lock().is_some() && boss.is_empty();
            self.wait(&mut main, Some(begun + times.drain), is_over).await;
        }
        if !times.cancel.is_zero() {
            self.stage(Stage::Drain, begun);
            self.drain(&mut main, &stop, begun, &times).await;
        }
        let core = Arc::clone(&self.core);
        let duties = core.with_own(Ownership::body_done);
        core.perform(duties);
        let settled = || core.with_own(|own| own.is_settled());
        if !settled() {
            self.boss.cancelled(&stop);
            if !times.abort.is_zero() {
                self.stage(Stage::Cancel, begun);
            }
            core.lifetime.cancel(stop, &core.path);
            self.wait(&mut main, Some(begun + times.abort), settled).await;
        }
        if !settled() {
            self.stage(Stage::Abort, begun);
            tree.watched.is_aborting.store(true, Relaxed);
            core.abort_all();
            let until = (begun + times.report).max(crate::clock::now() + YIELD_MIN);
            self.wait(&mut main, Some(until), settled).await;
        }
        if !settled() {
            core.name_all();
        }
        self.stage(Stage::Report, begun);
        self.report(cause, begun)
    }

    /// Main and the one-shot tasks first, then the children in reverse start order (S43, S25a).
    async fn drain<M: Future>(
        &mut self,
        main: &mut PolledMain<'_, M>,
        stop: &Cause,
        begun: Instant,
        times: &Times,
    ) {
        let (core, boss) = (Arc::clone(&self.core), Arc::clone(&self.boss));
        core.lifetime.drain(stop);
        boss.stop_edges(stop);
        let until = begun + times.cancel;
        let main_end = Arc::clone(&self.main_end);
        let edges_over =
            || main_end.reason.lock().is_some() && core.foreground_is_over() && !boss.has_edges();
        self.wait(main, Some(until), edges_over).await;
        if !self.is_forced() && crate::clock::now() < until {
            boss.stop(stop, Way::Drain);
            self.wait(main, Some(until), || boss.has_ended()).await;
        }
    }

    fn is_forced(&self) -> bool {
        self.core.tree.plan.forced.load(Relaxed)
    }

    /// Polls main until `done`, a time, or a second signal.
    async fn wait<M: Future>(
        &mut self,
        main: &mut PolledMain<'_, M>,
        until: Option<Instant>,
        done: impl Fn() -> bool,
    ) {
        let mut timer: Option<Pin<Box<Sleep>>> = until.map(|at| Box::pin(tokio::time::sleep_until(at)));
        poll_fn(|cx| {
            self.core.tree.plan.set_driver(Wakee::of(cx.waker())); // before the look, so that nothing is missed
            if let Some(future) = main
                && future.as_mut().poll(cx).is_ready()
            {
                *main = None;
            }
            #[cfg(feature = "systemd")]
            let ready = self.systemd.is_some() && self.scope().is_ready();
            #[cfg(feature = "systemd")]
            if let Some(systemd) = &mut self.systemd {
                systemd.poll(cx, ready);
            }
            let forced = until.is_some() && self.is_forced() && self.reached < Stage::Abort;
            if done() || forced || timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready()) {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }

    fn stage(&mut self, stage: Stage, begun: Instant) {
        self.reached = stage;
        let now = crate::clock::now();
        if let Some(last) = self.stages.last_mut() {
            last.took = now.saturating_duration_since(begun + last.at);
        }
        let left = self.core.account().live;
        let at = now.saturating_duration_since(begun);
        #[cfg(feature = "systemd")]
        if let (Some(systemd), Some(cause)) = (&mut self.systemd, self.core.tree.plan.cause()) {
            systemd.stage(stage, cause, begun, self.builder.grace, left);
        }
        self.stages.push(StageNote { stage, at, took: Duration::ZERO, left });
    }

    fn report(mut self, cause: ShutdownCause, begun: Instant) -> ShutdownReport {
        self.finished = true;
        let tree = &self.core.tree;
        let main = self.main_end.reason.lock().clone().unwrap_or(ExitReason::Leaked);
        let lists = tree.notes.lists();
        let signals = tree.plan.signals();
        let account = self.core.account();
        tree.timers.close();
        let report = ShutdownReport {
            root: self.core.path.clone(),
            program: self.builder.program,
            cause,
            main,
            ran: begun.saturating_duration_since(self.started),
            took: crate::clock::now().saturating_duration_since(begun),
            grace: self.builder.grace,
            stages: std::mem::take(&mut self.stages),
            in_flight: InFlight::of(&self.in_flight),
            stopped_before_ready: !self.was_ready,
            signals: signals.counted,
            signals_debounced: signals.debounced,
            stragglers: lists.stragglers,
            stragglers_total: lists.stragglers_total,
            owners: lists.owners,
            errors: lists.errors,
            errors_total: lists.errors_total,
            account,
            systemd_failures: 0,
            exit_code: 0,
        };
        #[cfg_attr(not(feature = "systemd"), expect(unused_mut, reason = "systemd is told the exit code"))]
        let mut report = report.with_exit_code();
        #[cfg(feature = "systemd")]
        if let Some(systemd) = &mut self.systemd {
            systemd.report(&report);
            report.systemd_failures = systemd.failures();
        }
        report
    }
}

impl Drop for Driver {
    /// S3e: the root is dropped without a join; nobody waits, the event has the account.
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let account = Box::new(self.core.account());
        self.core.tree.events.emit(&self.core.path, 0, EventKind::RootDropped { account });
        self.boss.cancelled(&Cause::ScopeDropped);
        self.core.with_own(|own| own.drop_unjoined());
        self.core.lifetime.cancel(Cause::ScopeDropped, &self.core.path);
        let duties = self.core.with_own(Ownership::body_done);
        self.core.perform(duties);
    }
}

/// Starts to tell systemd of the root, if it asked for that.
#[cfg(feature = "systemd")]
fn tell_systemd(builder: &Builder, core: &Arc<ScopeCore>, ctx: &Context) -> Option<Teller> {
    let channel = builder.systemd.clone()?;
    let (policy, watch) = (builder.watchdog, root_scope(Arc::clone(core), ctx.clone()).health_watch());
    let well = move || policy.is_well(|| watch.now());
    let mut watchdog = None;
    if let Some(every) = channel.beats_every() {
        spawn_house(core, ctx, |id| watchdog = Some(id), Arc::clone(&channel).beat(every, well));
    }
    Some(Teller::start(channel, watchdog.filter(|_| builder.signals != Signals::UntilExit)))
}

/// The task outside the account that drives the times of all ladders (S10f).
fn spawn_housekeeper(core: &Arc<ScopeCore>, ctx: &Context) {
    let known = |id| _ = core.tree.housekeeper.set(id).ok();
    spawn_house(core, ctx, known, Housekeeper::new(Arc::clone(&core.tree.timers)));
}
