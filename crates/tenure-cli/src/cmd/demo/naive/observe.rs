//! Runs the plain program, and looks at what is left at the moment its main returns.
//!
//! In the article the process ends there, and whoever was waiting is cut off. Here it is kept alive a little longer, only to
//! tell who would have been answered and who would not.

use super::super::fault::{Fault, HANG_FOR, Planted, SLOW_BY};
use super::super::measure::{
    Answer, Books, Counted, CountedAnswers, CountedEnds, CountedRefusals, Outcome, Tally,
};
use super::super::plan::Plan;
use super::super::progress::Progress;
use super::super::reader::nobody_reads;
use super::program::{CHANNEL_PLACES, Ends, Writes, client, mirror, spawn, store};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Longer than any answer can take here: the longest planted delay and a second.
const WATCHED_FOR: Duration = Duration::from_secs(
    1 + if HANG_FOR.as_secs() > SLOW_BY.as_secs() { HANG_FOR.as_secs() } else { SLOW_BY.as_secs() },
);
/// How often it is asked whether somebody still waits.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs the program until its main returns, then looks.
pub(crate) async fn run(plan: &Plan, tally: Arc<Tally>, progress: &mut Progress) -> io::Result<Outcome> {
    let mut signals =
        Signals { int: signal(SignalKind::interrupt())?, term: signal(SignalKind::terminate())? };
    let planted = Arc::new(Planted::new(plan.fault, Arc::clone(&tally)));
    let ends = Arc::new(Ends::default());
    let owner = start(plan, &tally, &planted, &ends);

    let live = || ends.started.load(Ordering::Relaxed) - ended(&ends);
    let main = main(plan, &planted, &owner);
    let interrupted = progress.during(signals.until(main), live).await.err();

    // Main returns here, and the process would end.
    let mut outcome = outcome(&tally, &ends);
    outcome.interrupted = interrupted;
    progress.says("main has returned");
    outcome.blocked_forever = progress.during(still_blocked(&tally, &mut signals), live).await;
    progress.clear();
    Ok(outcome)
}

/// Starts the owner and its clients; nobody waits for any of them.
fn start(plan: &Plan, tally: &Arc<Tally>, planted: &Arc<Planted>, ends: &Arc<Ends>) -> AbortHandle {
    let (to_store, asks) = mpsc::channel(CHANNEL_PLACES);
    let to_mirror = (plan.fault == Fault::Deadlock).then(|| {
        let (to_mirror, asks) = mpsc::channel(1);
        spawn(ends, mirror(asks, to_store.clone(), Arc::clone(ends)));
        to_mirror
    });
    let owner = spawn(ends, store(asks, Arc::clone(planted), Arc::clone(ends), to_mirror));
    let kinds = (0..plan.readers).map(|_| Writes::No).chain((0..plan.writers).map(|_| Writes::Yes));
    for (index, writes) in kinds.enumerate() {
        spawn(ends, client(tally.seat(index), writes, plan.keys, to_store.clone()));
    }
    owner
}

/// The article's main: it sleeps, and the fault comes meanwhile. The demo goes no further if nobody reads its result.
async fn main(plan: &Plan, planted: &Planted, owner: &AbortHandle) {
    let fault_at = plan.fault_at();
    if let Some(at) = fault_at {
        if tokio::time::timeout(at, nobody_reads()).await.is_ok() {
            return;
        }
        planted.arm();
        if plan.fault == Fault::Stop {
            // There is no way to ask: all one can do from outside is to drop the task where it stands.
            owner.abort();
        }
    }
    let rest = plan.stop_at().map_or(Duration::MAX, |at| at.saturating_sub(fault_at.unwrap_or_default()));
    tokio::time::timeout(rest, nobody_reads()).await.ok();
}

/// How many callers still wait, in the same call, when every answer that could come would have come.
async fn still_blocked(tally: &Tally, signals: &mut Signals) -> u64 {
    let waiting = tally.waiting();
    let looking = async {
        let mut look = tokio::time::interval(LOOK_EVERY);
        while tally.still_waiting(&waiting) > 0 {
            look.tick().await;
        }
    };
    // A second signal ends the looking; who waits then is counted as it is.
    tokio::time::timeout(WATCHED_FOR, signals.until(looking)).await.ok();
    tally.still_waiting(&waiting)
}

/// Everything that can be counted from outside, at this moment.
fn outcome(tally: &Tally, ends: &Ends) -> Outcome {
    let elapsed = tally.elapsed();
    let unanswered = tally.unanswered();
    let mut outcome = Outcome::of(tally, Books::Counted(Counted::default()));
    let values = outcome.reads + outcome.writes;
    let dropped = outcome.errors(Answer::RecvError);
    // Of what the two owners asked each other nothing was ever answered.
    let between_owners = ends.asked_by_owners.load(Ordering::Relaxed);
    let ended_by = CountedEnds {
        normal: ends.normal.load(Ordering::Relaxed),
        panicked: ends.panicked.load(Ordering::Relaxed),
        aborted: ends.aborted.load(Ordering::Relaxed),
        ..CountedEnds::default()
    };
    let ended = ended_by.normal + ended_by.panicked + ended_by.aborted;
    let started = ends.started.load(Ordering::Relaxed);
    outcome.books = Books::Counted(Counted {
        started,
        ended,
        live: started - ended,
        ended_by,
        accepted: values + dropped + unanswered + between_owners,
        answered: values + dropped,
        answered_by: CountedAnswers { replied: values, failed: dropped, ..CountedAnswers::default() },
        refused_by: CountedRefusals {
            closed: outcome.errors(Answer::SendError),
            ..CountedRefusals::default()
        },
        calls_refused: Some(outcome.errors(Answer::SendError)),
        ..Counted::default()
    });
    outcome.killed_unfinished = started - ended;
    outcome.asked_for = elapsed;
    outcome.elapsed = elapsed;
    outcome
}

fn ended(ends: &Ends) -> u64 {
    [&ends.normal, &ends.panicked, &ends.aborted].map(|n| n.load(Ordering::Relaxed)).iter().sum()
}

/// The program itself knows no signals; the one who watches it does.
struct Signals {
    int: Signal,
    term: Signal,
}

impl Signals {
    /// `Err` with the signal's name if one comes first.
    async fn until<F: Future>(&mut self, f: F) -> Result<F::Output, &'static str> {
        let mut f = std::pin::pin!(f);
        std::future::poll_fn(|cx| {
            if let std::task::Poll::Ready(output) = f.as_mut().poll(cx) {
                return std::task::Poll::Ready(Ok(output));
            }
            if self.int.poll_recv(cx).is_ready() {
                return std::task::Poll::Ready(Err("SIGINT"));
            }
            self.term.poll_recv(cx).map(|_| Err("SIGTERM"))
        })
        .await
    }
}
