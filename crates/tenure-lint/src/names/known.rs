//! The one table of what is known by name outside of the linted code: Tokio, std and the crates around them.

use super::ty::Ty;

/// A type that a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Known {
    TaskHandle,
    ThreadHandle,
    AbortHandle,
    /// Ends its task when it is dropped.
    AbortOnDrop,
    JoinSet,
    JoinMap,
    Tracker,
    /// `FuturesUnordered`, `FuturesOrdered`.
    Futures,
    Runtime,
    RuntimeHandle,
    RuntimeBuilder,
    TaskBuilder,
    LocalSet,
    ThreadBuilder,
    ThreadScope,
    /// `std::process::Command`.
    Command,
    /// `std::process::Child`.
    Child,
    TokioCommand,
    Sender,
    Receiver,
    /// Ends of a `std::sync::mpsc` or crossbeam channel: their waits block the thread.
    SyncSender,
    SyncReceiver,
    OneshotSender,
    OneshotReceiver,
    BroadcastSender,
    BroadcastReceiver,
    WatchSender,
    WatchReceiver,
    /// `std` and `parking_lot`: a guard of it must not live over an await.
    SyncLock,
    AsyncLock,
    Condvar,
    Barrier,
    Semaphore,
    Notify,
    Token,
    StdListener,
    /// A place for a value that is no lock, though it has `read` or `borrow`.
    Cell,
    Interval,
    Signal,
}

/// The known type of a full path.
pub(crate) fn known(path: &str) -> Option<Known> {
    let (root, last) = (path.split("::").next()?, path.rsplit("::").next()?);
    let has = |module: &str| path.split("::").any(|seg| seg == module);
    let found = match (root, last) {
        ("tokio" | "actix_rt" | "actix_web" | "async_std" | "n0_future", "JoinHandle") => Known::TaskHandle,
        ("std", "JoinHandle") => Known::ThreadHandle,
        ("tokio" | "futures" | "futures_util", "AbortHandle") => Known::AbortHandle,
        (_, "AbortOnDropHandle" | "AbortOnDrop" | "ScopedJoinHandle") => Known::AbortOnDrop,
        ("tokio" | "n0_future", "JoinSet") => Known::JoinSet,
        ("tokio_util", "JoinMap") => Known::JoinMap,
        ("tokio_util", "TaskTracker") => Known::Tracker,
        ("futures" | "futures_util" | "n0_future", "FuturesUnordered" | "FuturesOrdered") => Known::Futures,
        ("tokio", "Runtime") => Known::Runtime,
        ("tokio", "Handle") if has("runtime") => Known::RuntimeHandle,
        ("tokio", "Builder") if has("runtime") => Known::RuntimeBuilder,
        ("tokio", "Builder") if has("task") => Known::TaskBuilder,
        ("tokio", "LocalSet") => Known::LocalSet,
        ("std", "Builder") if has("thread") => Known::ThreadBuilder,
        ("std", "Scope") if has("thread") => Known::ThreadScope,
        ("std", "Command") => Known::Command,
        ("std", "Child") if has("process") => Known::Child,
        ("tokio" | "async_process", "Command") => Known::TokioCommand,
        ("std" | "parking_lot", "Mutex" | "RwLock" | "ReentrantMutex" | "FairMutex") => Known::SyncLock,
        ("tokio" | "async_lock" | "async_std" | "futures" | "futures_util" | "smol", "Mutex" | "RwLock") => {
            Known::AsyncLock
        }
        ("std" | "parking_lot", "Condvar") => Known::Condvar,
        ("std", "Barrier") => Known::Barrier,
        ("tokio" | "async_lock", "Semaphore") => Known::Semaphore,
        ("tokio", "Notify") => Known::Notify,
        ("tokio_util", "CancellationToken") => Known::Token,
        ("std", "TcpListener" | "UnixListener" | "UdpSocket") => Known::StdListener,
        ("std", "RefCell" | "Cell" | "OnceCell") => Known::Cell,
        ("tokio", "Interval") => Known::Interval,
        ("tokio", "Signal") => Known::Signal,
        _ => return channel_end(root, last, &has),
    };
    Some(found)
}

fn channel_end(root: &str, last: &str, has: &dyn Fn(&str) -> bool) -> Option<Known> {
    let is_sender = match last {
        "Sender" | "UnboundedSender" | "SyncSender" | "WeakSender" => true,
        "Receiver" | "UnboundedReceiver" => false,
        _ => return None,
    };
    let pick = |sender, receiver| Some(if is_sender { sender } else { receiver });
    match root {
        _ if has("oneshot") => pick(Known::OneshotSender, Known::OneshotReceiver),
        "tokio" if has("broadcast") => pick(Known::BroadcastSender, Known::BroadcastReceiver),
        "tokio" if has("watch") => pick(Known::WatchSender, Known::WatchReceiver),
        "async_broadcast" => pick(Known::BroadcastSender, Known::BroadcastReceiver),
        "tokio" | "futures" | "futures_channel" | "futures_util" | "async_channel" | "flume" | "kanal"
        | "smol" | "async_std" => pick(Known::Sender, Known::Receiver),
        "std" | "crossbeam" | "crossbeam_channel" => pick(Known::SyncSender, Known::SyncReceiver),
        _ => None,
    }
}

/// What a call starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starts {
    Task,
    Thread,
}

/// Free functions that start something.
pub(crate) fn starts(path: &str) -> Option<Starts> {
    match path {
        "tokio::spawn"
        | "tokio::task::spawn"
        | "tokio::task::spawn_local"
        | "tokio::task::spawn_blocking"
        | "actix_web::rt::spawn"
        | "actix_rt::spawn"
        | "actix_rt::task::spawn_blocking"
        | "actix_web::rt::task::spawn_blocking"
        | "async_std::task::spawn"
        | "async_std::task::spawn_local"
        | "async_std::task::spawn_blocking"
        | "n0_future::task::spawn" => Some(Starts::Task),
        "std::thread::spawn" => Some(Starts::Thread),
        _ => None,
    }
}

/// Constructors of channels without a bound.
pub(crate) fn is_unbounded(path: &str) -> bool {
    let (Some(root), Some(last)) = (path.split("::").next(), path.rsplit("::").next()) else { return false };
    match (root, last) {
        ("tokio", "unbounded_channel") => true,
        ("futures" | "futures_channel" | "futures_util", "unbounded") => path.contains("mpsc"),
        ("async_channel" | "flume" | "crossbeam" | "crossbeam_channel" | "kanal", "unbounded") => true,
        ("async_std" | "smol", "unbounded") => path.contains("channel"),
        ("kanal", "unbounded_async") => true,
        _ => false,
    }
}

/// The two ends that a constructor of a channel returns.
pub(crate) fn channel_of(path: &str) -> Option<Ty> {
    let (root, last) = (path.split("::").next()?, path.rsplit("::").next()?);
    let module = path.rsplit_once("::").map_or("", |(module, _)| module);
    let is_channel = match (root, last) {
        ("tokio", "channel" | "unbounded_channel") => path.contains("sync"),
        ("std", "channel" | "sync_channel") => path.contains("mpsc"),
        ("futures" | "futures_channel" | "futures_util", "channel" | "unbounded") => true,
        (
            "async_channel" | "flume" | "crossbeam" | "crossbeam_channel" | "kanal" | "async_std" | "smol",
            _,
        ) => {
            matches!(last, "bounded" | "unbounded" | "bounded_async" | "unbounded_async")
        }
        ("oneshot", "channel") | ("async_broadcast", "broadcast") => true,
        _ => false,
    };
    let end = |name: &str| Ty::adt(&format!("{module}::{name}"), Vec::new());
    is_channel.then(|| Ty::Tuple(vec![end("Sender"), end("Receiver")]))
}

/// Known names of the prelude and of what is looked through.
pub(crate) fn prelude(name: &str) -> Option<&'static str> {
    Some(match name {
        "Vec" => "std::vec::Vec",
        "Option" => "std::option::Option",
        "Result" => "std::result::Result",
        "Box" => "std::boxed::Box",
        "String" => "std::string::String",
        _ => return None,
    })
}

/// Whether a value of the type stands for the one inside: smart pointers, cells, locks, options.
pub(crate) fn is_wrapper(path: &str) -> bool {
    const WRAPPERS: [&str; 25] = [
        "Arc",
        "Rc",
        "Box",
        "Pin",
        "Option",
        "Result",
        "Mutex",
        "RwLock",
        "RefCell",
        "Cell",
        "OnceCell",
        "OnceLock",
        "LazyLock",
        "Lazy",
        "LazyCell",
        "Cow",
        "ManuallyDrop",
        "MutexGuard",
        "RwLockReadGuard",
        "RwLockWriteGuard",
        "ArcSwap",
        "ArcSwapOption",
        "AssertUnwindSafe",
        "OwnedMutexGuard",
        "CachePadded",
    ];
    path.rsplit("::").next().is_some_and(|last| WRAPPERS.contains(&last))
}

/// Whether a value of the type holds many, of its last argument.
pub(crate) fn is_collection(path: &str) -> bool {
    const COLLECTIONS: [&str; 14] = [
        "Vec",
        "VecDeque",
        "HashMap",
        "BTreeMap",
        "HashSet",
        "BTreeSet",
        "SmallVec",
        "DashMap",
        "Slab",
        "IndexMap",
        "LinkedList",
        "seq",
        "BinaryHeap",
        "ArrayVec",
    ];
    path.rsplit("::").next().is_some_and(|last| COLLECTIONS.contains(&last))
}
