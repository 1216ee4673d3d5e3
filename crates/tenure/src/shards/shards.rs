//! [`Shards`]: the handle, and what is sent to all of them.

use crate::context::Context;
use crate::error::{CallError, CallErrorKind};
use crate::ident::TaskPath;
use crate::owner::{Dispatch, OwnerRef, Request};
use crate::record::current;
use crate::record::wait::{Edge, Target, WaitKind};
use crate::scope::{Scope, cycle};
use crate::shards::key::ShardKey;
use crate::supervisor::{ChildSpec, Strategy, Supervisor, SupervisorRef};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use xxhash_rust::xxh3::xxh3_64;

/// One state in `n` parts, each a state owner with its own mailbox, restarts and incarnation (S53). Cheap to clone.
///
/// A key belongs to shard `xxh3_64(bytes of the key, seed 0) mod n`, today and in any later version; the owner of shard
/// `i` is called `name/i`. Order holds for each shard alone, and a turn sees the keys of its own shard only.
///
/// It pays where turns are long against a call (some microseconds and more), or where callers on several cores keep one
/// owner busy; for short turns one owner is faster, for its state stays in one core's cache.
///
/// Shards of the keys `k0` to `k15` among 8, to check another implementation against:
///
/// | `k0` | `k1` | `k2` | `k3` | `k4` | `k5` | `k6` | `k7` | `k8` | `k9` | `k10` | `k11` | `k12` | `k13` | `k14` | `k15` |
/// |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
/// | 3 | 5 | 1 | 2 | 3 | 2 | 0 | 5 | 1 | 7 | 3 | 3 | 1 | 0 | 2 | 7 |
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// use std::collections::HashMap;
///
/// let store = root.shards("store", 8, |_i| HashMap::<String, u64>::new());
/// store.with(root.ctx(), "k0", |s| s.insert("k0".into(), 1)).await?;
/// assert_eq!(store.with(root.ctx(), "k0", |s| s.get("k0").copied()).await?, Some(1));
/// # Ok(()) }
/// ```
pub struct Shards<S> {
    /// At least one.
    all: Arc<[OwnerRef<S>]>,
    supervisor: SupervisorRef,
}

/// What each shard answered to a broadcast, in the order of their numbers.
pub type Replies<R> = Vec<Result<<R as Request>::Reply, CallError<R>>>;

impl<S> Clone for Shards<S> {
    fn clone(&self) -> Self {
        Self { all: Arc::clone(&self.all), supervisor: self.supervisor.clone() }
    }
}

impl<S: Send + 'static> fmt::Debug for Shards<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards").field("n", &self.all.len()).field("supervisor", &self.supervisor).finish()
    }
}

impl<S: Send + 'static> Shards<S> {
    /// The owner of a key, for what [`OwnerRef`] can do beside a call.
    pub fn of<Q: ShardKey + ?Sized>(&self, key: &Q) -> &OwnerRef<S> {
        let hash = key.with_bytes(xxh3_64);
        #[expect(clippy::cast_possible_truncation, reason = "smaller than the number of shards")]
        let number = (hash % self.all.len() as u64) as usize;
        &self.all[number]
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &OwnerRef<S>> {
        self.all.iter()
    }

    /// Their supervisor: its stop drains all shards at the same time.
    pub fn supervisor(&self) -> &SupervisorRef {
        &self.supervisor
    }

    /// A turn by closure on the shard of a key, as [`OwnerRef::with`].
    ///
    /// # Errors
    /// As [`OwnerRef::with`]; the path in the error names the shard.
    ///
    /// # Cancel safety
    /// As [`OwnerRef::call`].
    #[track_caller]
    pub fn with<Q, F, T>(
        &self,
        ctx: &Context,
        key: &Q,
        f: F,
    ) -> impl Future<Output = Result<T, CallError>> + Send
    where
        Q: ShardKey + ?Sized,
        F: FnOnce(&mut S) -> T + Send + 'static,
        T: Send + 'static,
    {
        self.of(key).with(ctx, f)
    }

    /// Sends `request` to the shard of a key and waits for its reply, as [`OwnerRef::call`].
    ///
    /// # Errors
    /// As [`OwnerRef::call`]; the path in the error names the shard.
    ///
    /// # Cancel safety
    /// As [`OwnerRef::call`].
    #[track_caller]
    pub fn call<Q, R, M>(
        &self,
        ctx: &Context,
        key: &Q,
        request: R,
    ) -> impl Future<Output = Result<R::Reply, CallError<R>>> + Send
    where
        Q: ShardKey + ?Sized,
        R: Request,
        S: Dispatch<R, M>,
        M: 'static,
    {
        self.of(key).call(ctx, request)
    }

    /// Sends `request` to every shard at once, and waits for all replies: in the order of the shards' numbers, each an
    /// outcome of its own. There is no moment at which all shards stand still: each answers when its turn comes.
    ///
    /// # Errors
    /// `Deadlock` if one of them waits for the caller, as in a broadcast from inside a shard, which includes itself: then
    /// nothing was sent to any (S40f).
    ///
    /// # Cancel safety
    /// As [`OwnerRef::call`], for each shard by itself: what was begun goes on, the rest is never handled.
    #[track_caller]
    pub fn broadcast<R, M>(
        &self,
        ctx: &Context,
        request: R,
    ) -> impl Future<Output = Result<Replies<R>, CallError<R>>> + Send
    where
        R: Request + Clone,
        S: Dispatch<R, M>,
        M: 'static,
    {
        let site = Location::caller();
        async move {
            if let Some((shard, cycle)) = self.ring(site) {
                let kind = CallErrorKind::Deadlock { cycle, request };
                return Err(CallError::new(shard.path().clone(), shard.incarnation(), kind));
            }
            let mut requests = vec![request; self.all.len()];
            let calls = self.all.iter().rev().filter_map(|shard| {
                let request = requests.pop()?;
                Some(Box::pin(shard.call(ctx, request)) as Pin<Box<dyn Future<Output = _> + Send>>)
            });
            let mut calls: Vec<_> = calls.collect();
            calls.reverse();
            Ok(join_all(calls).await)
        }
    }

    /// The first shard that waits for whoever runs here. All edges are published, then all are walked (S40e).
    fn ring(&self, site: &'static Location<'static>) -> Option<(&OwnerRef<S>, Vec<TaskPath>)> {
        let waiter = current::id()?;
        let edges: Vec<_> = self
            .all
            .iter()
            .filter_map(|shard| {
                let owner = shard.mailbox().task()?;
                let edge = Edge::begin(WaitKind::Reply, Target::Task(owner), Some(site))?;
                Some((shard, owner, edge))
            })
            .collect();
        edges.iter().find_map(|(shard, owner, _)| {
            let ring = cycle::find(waiter, cycle::target_of(*owner))?;
            Some((*shard, cycle::paths(&ring)))
        })
    }
}

async fn join_all<T>(mut calls: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    let mut replies: Vec<Option<T>> = calls.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut pending = false;
        for (call, reply) in calls.iter_mut().zip(&mut replies) {
            if reply.is_none() {
                match call.as_mut().poll(cx) {
                    Poll::Ready(value) => *reply = Some(value),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    replies.into_iter().flatten().collect()
}

impl Scope {
    /// One state in `n` parts, at least 1: `make(i)` makes the part of shard `i`, again after each failure of it (S53).
    ///
    /// They are children `name/0` to `name/n-1` of a `OneForOne` supervisor `name`. See [`Shards`] for which key is where,
    /// and when it pays.
    #[track_caller]
    pub fn shards<S, F>(&self, name: &str, n: u32, make: F) -> Shards<S>
    where
        S: Send + 'static,
        F: Fn(u32) -> S + Send + Sync + 'static,
    {
        let make = Arc::new(make);
        let mut supervisor = Supervisor::new(name, Strategy::OneForOne).of_shards();
        let mut all = Vec::new();
        for number in 0..n.max(1) {
            let make = Arc::clone(&make);
            let shard = ChildSpec::own_with(&number.to_string(), move || make(number));
            all.push(shard.handle());
            supervisor = supervisor.child(shard);
        }
        Shards { all: all.into(), supervisor: self.child(ChildSpec::supervisor(supervisor)) }
    }
}
