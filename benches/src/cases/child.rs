//! A process that holds many idle tasks or owners, says how many resident bytes each took, and waits to be ended.
use crate::cases::memory::Kind;
use crate::cases::restart::cases as restart;
use crate::cases::{bare, grow::repeat as grow, ours::root as ours};
use crate::error::BenchError;
use crate::machine;
use crate::rt::Rt;
use kameo::actor::Spawn;
use ractor::{Actor, ActorProcessingErr, ActorRef, ActorRuntime, RpcReplyPort};
use std::any::Any;
use std::future::pending;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tenure::Scope;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the parent asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child {
    pub(crate) kind: Kind,
    pub(crate) count: u32,
    /// Bytes each task has captured.
    pub(crate) bytes: u16,
    pub(crate) settle: Duration,
    pub(crate) rt: Rt,
}

/// Tasks that were polled once, and so are idle and not queued. A counter; publishes nothing.
static POLLED: AtomicU32 = AtomicU32::new(0);

/// Does what `child` says, to the end of its standard input.
pub(crate) fn run(child: &Child) -> Result<(), BenchError> {
    child.rt.build()?.block_on(async {
        match child.kind {
            Kind::Ended => {
                ours::in_root(async |root: &Scope| say_all(grow::ended(root, child.count).await)).await?
            }
            Kind::Restarted => {
                restart::silence();
                ours::in_root(async |root: &Scope| say_all(grow::restarted(root, child.count).await)).await?
            }
            Kind::Tenure | Kind::OwnerTenure | Kind::WaitsTenure => {
                ours::in_root(async |root: &Scope| say(child, || hold_in(root, child)).await).await?
            }
            _ => say(child, || hold(child)).await,
        }
    })
}

/// Says the resident bytes of the whole process after `work`.
fn say_all(work: Result<Duration, BenchError>) -> Result<(), BenchError> {
    work?;
    let bytes = machine::resident_bytes()?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    wait_to_be_ended(bytes as f64)
}

async fn say(child: &Child, fill: impl FnOnce() -> Box<dyn Any>) -> Result<(), BenchError> {
    let before = machine::resident_bytes()?;
    let held = fill();
    // An owner that serves nobody runs no code that could count it.
    let is_counted = !matches!(child.kind, Kind::OwnerTenure);
    while is_counted && POLLED.load(Ordering::Relaxed) < child.count {
        bare::sleep(Duration::from_millis(10)).await;
    }
    bare::sleep(child.settle).await;
    let grown = machine::resident_bytes()?.saturating_sub(before);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let each = grown as f64 / f64::from(child.count);
    let told = wait_to_be_ended(each);
    drop(held);
    told
}

/// Prints the figure, and lasts until nobody holds the other end of standard input any more.
fn wait_to_be_ended(figure: f64) -> Result<(), BenchError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{figure}")?;
    out.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The idle task: what it has captured, and nothing more. A macro and not a function, because a future inside a future
/// keeps its arguments twice.
macro_rules! idle {
    ($captured:ident $(, $held:ident)? => $end:expr) => {{
        POLLED.fetch_add(1, Ordering::Relaxed);
        pending::<()>().await;
        black_box($captured);
        $(drop($held);)?
        $end
    }};
}

/// Calls a function with a constant number of words; the sizes of `memory/size`, and the usual six.
macro_rules! with_words {
    ($bytes:expr, $f:ident($($arg:expr),*)) => {
        match $bytes / 8 {
            0 => $f::<0>($($arg),*), 2 => $f::<2>($($arg),*), 4 => $f::<4>($($arg),*), 6 => $f::<6>($($arg),*),
            8 => $f::<8>($($arg),*), 10 => $f::<10>($($arg),*), 12 => $f::<12>($($arg),*),
            14 => $f::<14>($($arg),*), 16 => $f::<16>($($arg),*), 18 => $f::<18>($($arg),*),
            20 => $f::<20>($($arg),*), 22 => $f::<22>($($arg),*), 24 => $f::<24>($($arg),*),
            26 => $f::<26>($($arg),*), 28 => $f::<28>($($arg),*), 30 => $f::<30>($($arg),*),
            _ => $f::<32>($($arg),*),
        }
    };
}

fn hold(child: &Child) -> Box<dyn Any> {
    match child.kind {
        Kind::OwnerByHand => Box::new((0..child.count).map(|_| owner_by_hand()).collect::<Vec<_>>()),
        Kind::OwnerRactor => {
            let owner = |_| ActorRuntime::spawn_instant(None, Owner, 0).expect("it has no name");
            Box::new((0..child.count).map(owner).collect::<Vec<_>>())
        }
        Kind::OwnerKameo => {
            let owner = |_| Count::spawn_with_mailbox(0, kameo::mailbox::bounded(MAILBOX));
            Box::new((0..child.count).map(owner).collect::<Vec<_>>())
        }
        Kind::WaitsChild => hold_waiting(child, CancellationToken::child_token),
        Kind::WaitsShared => hold_waiting(child, CancellationToken::clone),
        _ => with_words!(child.bytes, hold_tasks(child)),
    }
}

fn hold_tasks<const WORDS: usize>(child: &Child) -> Box<dyn Any> {
    let captured = black_box([1u64; WORDS]);
    match child.kind {
        Kind::JoinSet => {
            let mut set = JoinSet::new();
            for _ in 0..child.count {
                bare::spawn_into(&mut set, async move { idle!(captured => ()) });
            }
            Box::new(set)
        }
        Kind::TaskTracker => {
            let tracker = TaskTracker::new();
            for _ in 0..child.count {
                tracker.spawn(async move { idle!(captured => ()) });
            }
            Box::new(tracker)
        }
        Kind::TrackerChild => {
            let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
            for _ in 0..child.count {
                let child = token.child_token();
                tracker.spawn(async move { idle!(captured, child => ()) });
            }
            Box::new((tracker, token))
        }
        _ => {
            for _ in 0..child.count {
                bare::spawn(async move { idle!(captured => ()) });
            }
            Box::new(())
        }
    }
}

/// `own(token)` is what a task waits for.
fn hold_waiting(child: &Child, own: fn(&CancellationToken) -> CancellationToken) -> Box<dyn Any> {
    let token = CancellationToken::new();
    for _ in 0..child.count {
        let own = own(&token);
        bare::spawn(async move {
            POLLED.fetch_add(1, Ordering::Relaxed);
            own.cancelled().await;
        });
    }
    Box::new(token)
}

/// Places in an owner's mailbox, where it has a bound.
const MAILBOX: usize = 64;

/// A `u64` behind a channel.
fn owner_by_hand() -> mpsc::Sender<oneshot::Sender<u64>> {
    let (requests, mut inbox) = mpsc::channel::<oneshot::Sender<u64>>(MAILBOX);
    bare::spawn(async move {
        POLLED.fetch_add(1, Ordering::Relaxed);
        let mut count = 0u64;
        while let Some(reply) = inbox.recv().await {
            count += 1;
            let _gone = reply.send(count);
        }
    });
    requests
}

struct Owner;

impl Actor for Owner {
    type Msg = RpcReplyPort<u64>;
    type State = u64;
    type Arguments = u64;

    async fn pre_start(&self, _myself: ActorRef<Self::Msg>, count: u64) -> Result<u64, ActorProcessingErr> {
        POLLED.fetch_add(1, Ordering::Relaxed);
        Ok(count)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Self::Msg>,
        reply: RpcReplyPort<u64>,
        count: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        *count += 1;
        Ok(reply.send(*count)?)
    }
}

struct Count(u64);

impl kameo::Actor for Count {
    type Args = u64;
    type Error = kameo::error::Infallible;

    async fn on_start(count: u64, _myself: kameo::actor::ActorRef<Self>) -> Result<Self, Self::Error> {
        POLLED.fetch_add(1, Ordering::Relaxed);
        Ok(Self(count))
    }
}

/// The request: one more.
struct More;

impl kameo::message::Message<More> for Count {
    type Reply = u64;

    async fn handle(&mut self, More: More, _ctx: &mut kameo::message::Context<Self, u64>) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn hold_in(root: &Scope, child: &Child) -> Box<dyn Any> {
    if child.kind == Kind::OwnerTenure {
        return Box::new((0..child.count).map(|_| root.own("count", 0u64)).collect::<Vec<_>>());
    }
    if child.kind == Kind::WaitsTenure {
        for _ in 0..child.count {
            drop(root.spawn("waits", async |ctx| {
                POLLED.fetch_add(1, Ordering::Relaxed);
                ctx.cancelled().await;
                Ok(())
            }));
        }
        return Box::new(());
    }
    with_words!(child.bytes, hold_tasks_in(root, child));
    Box::new(())
}

fn hold_tasks_in<const WORDS: usize>(root: &Scope, child: &Child) {
    let captured = black_box([1u64; WORDS]);
    for _ in 0..child.count {
        // The handle is dropped, which changes nothing: the root owns the task.
        drop(root.spawn("idle", async move |_ctx| idle!(captured => Ok(()))));
    }
}
