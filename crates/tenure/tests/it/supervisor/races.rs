//! On many threads and in real time: a stop against restarts, and a storm (S26a, S31d, S16).

use crate::fixtures::thrown::{PLANTED, quiet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use tenure::prelude::*;
use tenure::{
    Backoff, ChildRef, ChildSpec, Intensity, Restart, Root, Service, Stop, Strategy, Supervisor,
    SupervisorRef,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

const ROUNDS: u16 = 600;
/// Longer than a life may take to stop: only a task that is never woken is aborted, not one that the machine lets wait.
const PATIENT: std::time::Duration = secs(20);
/// A round takes some milliseconds; one that takes so long hangs.
const ENOUGH: std::time::Duration = secs(60);

fn threads() -> tokio::runtime::Runtime {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    threads.expect("it can be made")
}

/// What is known of a child from within its lives.
#[derive(Clone, Default)]
struct Watched {
    inside: Arc<AtomicBool>,
    overlapped: Arc<AtomicBool>,
    begun: Arc<AtomicU32>,
}

/// In there as long as a part of a life lives.
struct Inside(Watched);

impl Watched {
    fn enter(&self) -> Inside {
        self.begun.fetch_add(1, SeqCst);
        if self.inside.swap(true, SeqCst) {
            self.overlapped.store(true, SeqCst);
        }
        Inside(self.clone())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.store(false, SeqCst);
    }
}

async fn yields(most: u32) {
    for _ in 0..fastrand::u32(0..=most) {
        tokio::task::yield_now().await;
    }
}

/// Panics, fails, returns, or obeys; what it owns holds the place until it has ended too.
async fn unruly(ctx: Context, watched: Watched) -> Result {
    let inside = watched.enter();
    if fastrand::u32(0..20) == 0 {
        panic!("{PLANTED}");
    }
    ctx.ready();
    // A scope that the life drops: its task may end first, its life does not (S3b).
    let held = ctx.open_scope("held", Stop { cancel: PATIENT, ..Stop::REQUEST });
    held.spawn("work", async move |ctx: Context| {
        let _inside = inside;
        ctx.cancelled().await;
        yields(3).await;
        Ok(())
    });
    yields(6).await;
    match fastrand::u32(0..6) {
        0 | 1 => panic!("{PLANTED}"),
        2 => Err(Error::msg(PLANTED)),
        3 => Ok(()),
        _ => Err(ctx.cancelled().await.into()),
    }
}

/// Three unruly ones, restarted at once or nearly.
fn tree(round: u16, watched: &[Watched; 3]) -> (Supervisor, Vec<ChildRef>) {
    let strategy = [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne][usize::from(round % 3)];
    let intensity =
        Intensity { restarts: if round.is_multiple_of(5) { 3 } else { 10_000 }, within: secs(60) };
    let mut sup = Supervisor::new("sup", strategy).intensity(intensity);
    let mut handles = Vec::new();
    for (name, watched) in ["a", "b", "c"].into_iter().zip(watched) {
        let first = if round.is_multiple_of(2) { ms(0) } else { ms(1) };
        let backoff = Backoff { first, factor: 1.0, max: first, jitter: 0.5 };
        let spec =
            ChildSpec::service(name, watched.clone(), unruly).explicit_ready().retry_start().backoff(backoff);
        handles.push(spec.handle());
        sup = sup.child(spec);
    }
    (sup, handles)
}

async fn administers(ctx: Context, sup: SupervisorRef) -> Result {
    while !ctx.is_draining() {
        let id = ["a", "b", "c"][fastrand::usize(0..3)];
        // Refused or not: it must come back.
        match fastrand::u32(0..3) {
            0 => drop(sup.terminate_child(&ctx, id).await),
            1 => drop(sup.restart_child(&ctx, id).await),
            _ => drop(sup.delete_child(id)),
        }
        let extra =
            ChildSpec::service("extra", (), async |ctx: Context, ()| Err(ctx.cancelled().await.into()));
        if fastrand::u32(0..4) == 0 && sup.start_child(&ctx, extra.restart(Restart::Temporary)).await.is_ok()
        {
            drop(sup.terminate_child(&ctx, "extra").await);
        }
        if sup.count().specs == 0 {
            break;
        }
        yields(3).await;
    }
    Ok(())
}

/// Waits for an end. Not in a busy loop: that one's reads would keep the others out of the supervisor's lock.
async fn until(done: impl Fn() -> bool) {
    while !done() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
}

async fn round(root: Scope, number: u16, watched: [Watched; 3]) -> Result {
    let (sup, handles) = tree(number, &watched);
    let sup = root.child(ChildSpec::supervisor(sup).restart(Restart::Temporary));
    for _ in 0..2 {
        let of = sup.clone();
        root.spawn("admin", async move |ctx| administers(ctx, of).await);
    }
    root.spawn("asks", async move |ctx: Context| {
        while !ctx.is_draining() {
            handles[fastrand::usize(0..3)].request_stop();
            yields(8).await;
        }
        Ok(())
    });
    yields(200).await;
    if number.is_multiple_of(4) {
        return Ok(()); // the root is shut down over it
    }
    sup.request_stop();
    let since = Instant::now();
    until(|| {
        let what = || (sup.info(), sup.children(), root.snapshot());
        assert!(since.elapsed() < secs(10), "it does not end: {:#?}", what());
        matches!(sup.info().state, tenure::ChildState::Removed | tenure::ChildState::Down(_))
    })
    .await;
    let begun = || watched.iter().map(|watched| watched.begun.load(SeqCst)).collect::<Vec<u32>>();
    let (before, events) = (begun(), root.events());
    yields(50).await;
    drop(events);
    assert_eq!(begun(), before, "a child was started after its supervisor had ended");
    assert!(watched.iter().all(|watched| !watched.inside.load(SeqCst)), "a child outlived its supervisor");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "how long it took is of interest")]
#[test]
fn s31d_two_lives_of_a_child_never_overlap_whoever_stops_and_restarts_it() {
    quiet();
    let (threads, since) = (threads(), Instant::now());
    let mut lives = 0;
    for number in 0..ROUNDS {
        fastrand::seed(number.into());
        let watched: [Watched; 3] = Default::default();
        let of = watched.clone();
        let whole = Root::run(async move |root| round(root, number, of).await);
        let report = threads.block_on(async { timeout(ENOUGH, whole).await });
        let report = report.unwrap_or_else(|_| panic!("round {number} hangs"));
        assert!(report.exit_code == 0 && report.account.is_closed(), "round {number}: {report}");
        assert_eq!(report.account.leaked, 0, "round {number}: {report}");
        assert!(report.took < secs(15), "round {number} waited for its budget: {report}");
        assert!(watched.iter().all(|watched| !watched.overlapped.load(SeqCst)), "round {number}: two lives");
        assert!(watched.iter().all(|watched| !watched.inside.load(SeqCst)), "round {number}: left behind");
        lives += watched.iter().map(|watched| watched.begun.load(SeqCst)).sum::<u32>();
    }
    assert!(lives > 3 * u32::from(ROUNDS), "nothing was restarted: {lives}");
    eprintln!("{ROUNDS} rounds, {lives} lives in {:?}", since.elapsed());
}

const STORM: u32 = 1000;

/// Says that it is up; its first life panics when it is told to.
async fn blown(ctx: Context, (up, mut blow): (mpsc::Sender<()>, watch::Receiver<bool>)) -> Result {
    let is_first = !*blow.borrow();
    up.try_send(())?;
    if is_first {
        ctx.select(blow.changed()).await??;
        panic!("{PLANTED}");
    }
    Err(ctx.cancelled().await.into())
}

fn blows(up: &mpsc::Sender<()>, blow: &watch::Receiver<bool>, number: u32) -> ChildSpec<Service> {
    ChildSpec::service(&format!("c{number}"), (up.clone(), blow.clone()), blown)
}

/// S21, S26d: all panic at once, each is one restart, all are up again.
#[expect(clippy::print_stderr, reason = "how long it took is of interest")]
#[test]
fn s26d_a_thousand_children_that_panic_at_once_are_a_thousand_restarts() {
    quiet();
    let report = threads().block_on(Root::run(async |root| {
        let ((up, mut ups), (blow, told)) = (mpsc::channel(2 * STORM as usize), watch::channel(false));
        let mut sup = Supervisor::new("sup", Strategy::OneForOne)
            .intensity(Intensity { restarts: STORM, within: secs(600) });
        for number in 0..STORM {
            sup = sup.child(blows(&up, &told, number));
        }
        let sup = root.supervise(sup)?;
        let all_up = async |ups: &mut mpsc::Receiver<()>| {
            for _ in 0..STORM {
                ups.recv().await.expect("the test has one too");
            }
        };
        timeout(ENOUGH, all_up(&mut ups)).await?;
        until(|| sup.info().state == tenure::ChildState::Up).await;
        let since = Instant::now();
        blow.send(true)?;
        timeout(ENOUGH, all_up(&mut ups)).await?;
        until(|| sup.children().iter().all(|child| child.state == tenure::ChildState::Up)).await;
        eprintln!("{STORM} children were restarted in {:?}", since.elapsed());
        assert_eq!((sup.window(), sup.count().active), ((STORM, STORM), STORM));
        assert!(sup.children().iter().all(|child| (child.starts, child.exits) == (2, 1)));
        let account = root.account();
        assert!(account.is_balanced(), "{account:?}");
        assert_eq!(account.ended_by.panicked, u64::from(STORM));
        Ok(())
    }));
    assert!(report.exit_code == 0 && report.account.is_closed(), "{report}");
}
