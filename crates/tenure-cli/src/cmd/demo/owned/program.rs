//! The two roots: how they begin, what ends them, and what their reports say.

use super::super::fault::{Fault, Planted};
use super::super::measure::{Books, FIRST_LIFE, Outcome, Tally};
use super::super::plan::{DEMO_CALL_TIMEOUT, Plan, Program, RESTART_AFTER};
use super::super::progress::Progress;
use super::super::reader::nobody_reads;
use super::clients::{Client, Role, client};
use super::store::{Mirror, Store};
use crate::env::Settings;
use crate::exit::Exit;
use std::cell::Cell;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tenure::{
    Account, Backoff, Builder, ChildSpec, Context, Error, Owner, OwnerRef, Restart, Result, Scope,
    ShutdownReport,
};
use tokio::sync::{oneshot, watch};

/// Beyond the last deadline: whoever waits then will wait for ever.
const BLOCKED_AFTER: Duration = Duration::from_secs(1);

/// How often a root that was cut off is asked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What stays the same during one run.
struct Run<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    tally: Arc<Tally>,
    planted: Arc<Planted>,
    /// The second root, once it runs: its account can be read whatever becomes of the task that runs it.
    app: Arc<OnceLock<Scope>>,
}

/// What only the body of main can see.
#[derive(Default)]
struct Found {
    app: Option<ShutdownReport>,
    store: Option<OwnerRef<Store>>,
    asked_for: Option<Duration>,
    blocked_forever: u64,
}

/// Runs the program to its end, inside the runtime.
pub(crate) async fn run(
    plan: &Plan,
    settings: &Settings,
    tally: Arc<Tally>,
    progress: &mut Progress,
) -> Outcome {
    let planted = Arc::new(Planted::new(plan.fault, Arc::clone(&tally)));
    let run = Run { plan, settings, tally, planted, app: Arc::default() };
    let mut found = Found::default();
    let mut builder = root(settings, "demo").signals().systemd();
    // Of the program alone: the store's root is asked to stop when the clients have gone.
    if let Some(delay) = settings.readiness_delay {
        builder = builder.readiness_delay(delay);
    }
    let mut report = builder.run(async |root| body(root, &run, &mut found, progress).await).await;
    report.account += match &found.app {
        Some(app) => app.account,
        None => account_of_the_cut_off(&run).await,
    };
    let elapsed = run.tally.elapsed();
    progress.clear();
    outcome(&run, &report, found, elapsed)
}

/// The account of a second root whose task was aborted: nobody waits for it any more, but its ladder still runs.
async fn account_of_the_cut_off(run: &Run<'_>) -> Account {
    let Some(app) = run.app.get() else { return Account::default() };
    let mut look = tokio::time::interval(LOOK_EVERY);
    let closed = async {
        while !app.account().is_closed() {
            look.tick().await;
        }
    };
    // If it does not end in time, the account says what is left.
    tokio::time::timeout(BLOCKED_AFTER, closed).await.ok();
    app.account()
}

fn root(settings: &Settings, name: &str) -> Builder {
    let mut builder = Builder::new().name(name);
    if let Some(grace) = settings.grace {
        builder = builder.grace(grace);
    }
    builder
}

/// Main: starts everybody, asks for the stop when the time is over, and stays until the last has gone.
async fn body(root: Scope, run: &Run<'_>, found: &mut Found, progress: &mut Progress) -> Result {
    let present = Arc::new(watch::Sender::new(()));
    // Without a first one `present` would look as if all had gone before any came.
    let usher = present.subscribe();
    let (open, opened) = oneshot::channel();
    let mut app = root.spawn("app", {
        let present = Arc::clone(&present);
        let experiment = Experiment { program: run.plan.program, planted: Arc::clone(&run.planted) };
        let (builder, shared) = (self::root(run.settings, "app"), Arc::clone(&run.app));
        async move |ctx| Ok(app(ctx, builder, shared, experiment, present, open).await)
    });
    let store = found.store.insert(opened.await?).clone();
    start_clients(&root, run, &store, &present);
    drop(usher);
    let mut control = root.spawn("control", {
        let (plan, planted) = (run.plan.clone(), Arc::clone(&run.planted));
        async move |ctx| control(ctx, plan, planted, store).await
    });
    root.ready();
    let live = || root.account().live + run.app.get().map_or(0, |app| app.account().live);

    // Until control has ended with the time of --for, or a signal began the plan.
    let ended = progress.during(root.ctx().until(control.join()), live).await;
    if let Some(why) = ended.transpose()? {
        root.shutdown(why);
    }
    // With a readiness delay the clients ask on until it is over.
    progress.during(root.ctx().draining(), live).await;
    found.asked_for = Some(run.tally.elapsed());
    progress.says("draining");
    // Every call that is out has a deadline, so a second after the last of them nobody may wait any more. But on a thread
    // that hangs nobody can be told of his deadline: there it counts from the end of the hang.
    let hangs_for = run.planted.hangs_until().saturating_sub(run.tally.elapsed());
    let all_gone = tokio::time::timeout(hangs_for + DEMO_CALL_TIMEOUT + BLOCKED_AFTER, present.closed());
    if progress.during(all_gone, live).await.is_err() {
        found.blocked_forever = progress.during(blocked(&run.tally, &present), live).await;
        if found.blocked_forever > 0 {
            root.cancel("callers waited beyond every deadline");
        }
    }
    // An app that was cut off has no report; the verdict says so.
    found.app = progress.during(app.join(), live).await.ok();
    Ok(())
}

/// Callers whom nobody tells anything any more. Where more wait than can be told in a second, as long as some of them are
/// told the others are late, not blocked.
async fn blocked(tally: &Tally, present: &watch::Sender<()>) -> u64 {
    loop {
        let before = tally.waiting();
        if tokio::time::timeout(BLOCKED_AFTER, present.closed()).await.is_ok() {
            return 0;
        }
        let still = tally.still_waiting(&before);
        if still == before.len() {
            return still;
        }
    }
}

/// Clients begin as they are started; a signal meanwhile ends the starting.
fn start_clients(root: &Scope, run: &Run<'_>, store: &OwnerRef<Store>, present: &watch::Sender<()>) {
    let (readers, writers) = (run.plan.readers, run.plan.writers);
    let roles = (0..readers).map(|_| Role::Reader).chain((0..writers).map(|_| Role::Writer));
    for (index, role) in roles.enumerate() {
        if root.ctx().is_draining() {
            break;
        }
        let one = Client {
            role,
            keys: run.plan.keys,
            program: run.plan.program,
            seat: run.tally.seat(index),
            store: store.clone(),
            planted: Arc::clone(&run.planted),
            tally: Arc::clone(&run.tally),
        };
        let present = present.subscribe();
        let name = match role {
            Role::Reader => "reader",
            Role::Writer => "writer",
        };
        root.spawn(name, async move |ctx| {
            let ended = client(ctx, one).await;
            // When the last of these is gone, whether its client returned or was cut off, nobody can ask any more.
            drop(present);
            ended
        });
    }
}

/// Plants the fault in its time; ends when the stop is due, and says why.
async fn control(
    ctx: Context,
    plan: Plan,
    planted: Arc<Planted>,
    store: OwnerRef<Store>,
) -> Result<&'static str> {
    let fault_at = plan.fault_at();
    if let Some(at) = fault_at {
        if let Some(why) = cut_short(&ctx, at).await {
            return Ok(why);
        }
        planted.arm();
        if plan.fault == Fault::Stop {
            store.request_stop();
        }
    }
    // Without an end only a signal ends it, or a reader that goes.
    let rest = plan.stop_at().map_or(Duration::MAX, |at| at.saturating_sub(fault_at.unwrap_or_default()));
    Ok(cut_short(&ctx, rest).await.unwrap_or("the time of --for is over"))
}

/// Waits so long; the answer is what came before, if something did.
async fn cut_short(ctx: &Context, time: Duration) -> Option<&'static str> {
    match ctx.until(tokio::time::timeout(time, nobody_reads())).await {
        None => Some("the program drains"),
        Some(Ok(())) => Some("nobody reads stdout any more"),
        Some(Err(_)) => None,
    }
}

/// What happens to the owner in the second root.
struct Experiment {
    program: Program,
    planted: Arc<Planted>,
}

impl Experiment {
    /// The owner: made once, or so that it can be made again.
    fn store(&self, mirror: &Arc<OnceLock<OwnerRef<Mirror>>>) -> ChildSpec<Owner<Store>> {
        let (planted, mirror) = (Arc::clone(&self.planted), Arc::clone(mirror));
        let next = Cell::new(FIRST_LIFE);
        let make = move || {
            let life = next.replace(next.get() + 1);
            Store::new(life, Arc::clone(&planted), Arc::clone(&mirror))
        };
        match self.program {
            Program::Supervised => {
                // No jitter: it keeps many apart that fell together, and here is one, whose callers are timed.
                let backoff = Backoff { first: RESTART_AFTER, jitter: 0.0, ..Backoff::DEFAULT };
                ChildSpec::own_with("store", make).restart(Restart::Permanent).backoff(backoff)
            }
            Program::Owned | Program::Naive => ChildSpec::own("store", make()),
        }
    }
}

/// The second root: its owner may fail, and then this report is the result.
async fn app(
    ctx: Context,
    builder: Builder,
    shared: Arc<OnceLock<Scope>>,
    experiment: Experiment,
    present: Arc<watch::Sender<()>>,
    open: oneshot::Sender<OwnerRef<Store>>,
) -> ShutdownReport {
    let body = async move |app: Scope| {
        let app = shared.get_or_init(|| app);
        let mirror = Arc::default();
        let store = app.child(experiment.store(&mirror));
        if experiment.planted.fault() == Fault::Deadlock {
            mirror.get_or_init(|| app.own("mirror", Mirror::new(store.clone())));
        }
        app.ready();
        if open.send(store).is_err() {
            return Err(Error::msg("nobody waits for the store"));
        }
        // Until the last client has gone; or this root fails with its owner; or the program is cut short.
        drop(app.ctx().until(ctx.select(present.closed())).await);
        Ok(())
    };
    builder.run(body).await
}

/// Puts together (the report's account is that of both roots) what the reports, the tally and main's body saw.
fn outcome(run: &Run<'_>, report: &ShutdownReport, found: Found, elapsed: Duration) -> Outcome {
    let mut exit = Exit::of_report(report.exit_code);
    let mut trouble = (exit != Exit::Good)
        .then(|| format!("the root demo ended with {}: {:?}", report.exit_code, report.main));
    match &found.app {
        Some(app) => {
            // A failed owner that cannot be made again fails its root (S8e): with these faults that is the experiment.
            let is_planted = run.plan.program == Program::Owned
                && matches!(run.plan.fault, Fault::Panic | Fault::Exit)
                && app.exit_code == 1;
            if !is_planted && app.exit_code != 0 {
                exit = exit.or_worse(Exit::of_report(app.exit_code));
                trouble = trouble
                    .or_else(|| Some(format!("the root app ended with {}: {:?}", app.exit_code, app.main)));
            }
        }
        None => {
            exit = exit.or_worse(Exit::NotClean);
            trouble = trouble.or_else(|| Some("the root app was cut off before its report".into()));
        }
    }
    let mut outcome = Outcome::of(&run.tally, Books::Tenure(report.account.to_wire()));
    outcome.blocked_forever = found.blocked_forever;
    outcome.asked_for = found.asked_for.unwrap_or(elapsed);
    outcome.elapsed = elapsed;
    outcome.exit = exit;
    outcome.trouble = trouble;
    outcome.interrupted = interrupted(report);
    outcome.incarnation = found.store.map(|store| store.incarnation());
    outcome.shutdown = Some(report.to_wire());
    outcome
}

/// The signal that began the plan, if it was one.
fn interrupted(report: &ShutdownReport) -> Option<&'static str> {
    match report.cause {
        tenure::ShutdownCause::Signal(2) => Some("SIGINT"),
        tenure::ShutdownCause::Signal(15) => Some("SIGTERM"),
        tenure::ShutdownCause::Signal(_) => Some("a signal"),
        _ => None,
    }
}
