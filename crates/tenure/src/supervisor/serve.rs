//! `serve`: an accept loop, and a request scope for each connection (S8b, S43, S44). HTTP stands on top of it, elsewhere.

use crate::context::until::{Change, Until};
use crate::context::waiters::{Event, Mark, Waiters, Waiting};
use crate::context::{Context, Deadline, Stop};
use crate::error::Result;
use crate::ident::Class;
use crate::owner::REQUEST_TIMEOUT;
use crate::owner::run::BoxFuture;
use crate::record::events::EventKind;
use crate::record::wait::Wakee;
use crate::scope::Scope;
use crate::scope::core::ScopeCore;
use crate::scope::scope::Start;
use crate::supervisor::child::{Child, ChildRef};
use crate::supervisor::decide::Remake;
use crate::supervisor::spec::{
    Built, ChildKind, ChildSpec, Readiness, Reserved, RunService, Shutdown, sealed, service_built,
};
use crate::sync::Mutex;
use crate::task::future::Site;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Connections of one `serve` at a time, unless it says otherwise: beyond it none is accepted until one ends, and the
/// listener's backlog fills. Nothing is unbounded.
pub const CONNECTIONS_MAX: u32 = 10_000;
/// How long the loop waits after an `accept` that failed for want of descriptors or memory: at once it would fail again.
pub const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// What accepts connections. Implemented for Tokio's `TcpListener` and `UnixListener` (feature `net`).
pub trait Listener: Send + 'static {
    /// One connection.
    type Conn: Send + 'static;

    /// The next connection.
    ///
    /// # Errors
    /// Of the listener or of one connection: the loop goes on after it, at once if that connection has gone, else after
    /// [`ACCEPT_RETRY`].
    ///
    /// # Cancel safety
    /// It must be cancel-safe: the loop drops it when draining begins.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Conn>> + Send;
}

#[cfg(feature = "net")]
impl Listener for tokio::net::TcpListener {
    type Conn = tokio::net::TcpStream;

    async fn accept(&mut self) -> io::Result<Self::Conn> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }
}

#[cfg(all(feature = "net", unix))]
impl Listener for tokio::net::UnixListener {
    type Conn = tokio::net::UnixStream;

    async fn accept(&mut self) -> io::Result<Self::Conn> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }
}

/// The open connections of one `serve`.
struct Open {
    most: u32,
    inner: Mutex<(u32, Waiters)>,
}

impl Open {
    fn count(&self) -> u32 {
        self.inner.lock().0
    }

    /// Ready when there are at most `count` of them.
    async fn at_most(&self, count: u32) {
        let mut waiting = Waiting::new(self);
        poll_fn(|cx| {
            let registered = waiting.poll(cx); // before the look, so that nothing is missed
            if self.count() <= count { Poll::Ready(()) } else { registered }
        })
        .await;
    }

    fn enter(self: &Arc<Self>) -> OneOpen {
        self.inner.lock().0 += 1;
        OneOpen(Arc::clone(self))
    }
}

/// One of them has ended.
impl Event for Open {
    fn wait(&self, wakee: Wakee) -> Option<Mark> {
        Some(self.inner.lock().1.add(wakee))
    }

    fn leave(&self, mark: Mark) {
        let gone = self.inner.lock().1.remove(mark);
        drop(gone);
    }
}

struct OneOpen(Arc<Open>);

impl Drop for OneOpen {
    fn drop(&mut self) {
        let mut inner = self.0.inner.lock();
        inner.0 -= 1;
        let waiters = inner.1.take();
        drop(inner);
        waiters.into_iter().for_each(Wakee::wake);
    }
}

/// The listener while no life has it: a life that ends without having drained gives it back for the next.
struct Lend<L> {
    place: Arc<Mutex<Option<L>>>,
    listener: Option<L>,
}

impl<L> Drop for Lend<L> {
    fn drop(&mut self) {
        let listener = self.listener.take();
        if listener.is_some() {
            let old = std::mem::replace(&mut *self.place.lock(), listener);
            drop(old);
        }
    }
}

/// What a `serve` is made from.
pub struct ServeSpec {
    run: RunServe,
    limits: Limits,
}

type RunServe = Box<dyn FnMut(Context, Limits) -> BoxFuture<'static, Result> + Send>;

#[derive(Clone, Copy)]
struct Limits {
    request: Deadline,
    connections: u32,
}

impl fmt::Debug for ServeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServeSpec")
    }
}

/// A child that accepts connections.
pub struct Serve(());

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serve")
    }
}

impl sealed::Kind for Serve {
    type Made = ServeSpec;
    type Handle = ChildRef;

    fn reserve(name: &str, _: &ServeSpec) -> Reserved<ChildRef> {
        let child = Child::new(name, None, None, true);
        Reserved { handle: ChildRef::new(&child), child }
    }

    fn build(made: ServeSpec, _: &ChildRef) -> Built {
        let ServeSpec { mut run, limits } = made;
        let run = Box::new(move |ctx| run(ctx, limits));
        service_built(RunService { run, readiness: Readiness::FirstPoll })
    }
}

impl ChildKind for Serve {
    type Ref = ChildRef;
}

impl ChildSpec<Serve> {
    /// An accept loop over `listener`: `f(ctx, connection)` runs in a request scope of its own, class `Request`, with
    /// [`Stop::REQUEST`] and a deadline.
    ///
    /// When the root drains it is drained before the others: it closes its listener, the requests that were accepted go on
    /// to their end, and what they call is still up (S43, S44).
    #[track_caller]
    pub fn serve<L, F, Fut>(name: &str, listener: L, f: F) -> Self
    where
        L: Listener,
        F: Fn(Context, L::Conn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        let site = Location::caller();
        let place = Arc::new(Mutex::new(Some(listener)));
        let handler = Arc::new(f);
        let run: RunServe = Box::new(move |ctx, limits| {
            let listener = place.lock().take();
            let lend = Lend { place: Arc::clone(&place), listener };
            Box::pin(accept_all(ctx, lend, Arc::clone(&handler), limits, site))
        });
        let limits = Limits { request: Deadline::After(REQUEST_TIMEOUT), connections: CONNECTIONS_MAX };
        let mut spec = Self::new(name, ServeSpec { run, limits }, site).shutdown(Shutdown::Infinity);
        spec.terms.remake = Remake::Possible;
        spec
    }

    /// When a connection's scope must be over; default [`REQUEST_TIMEOUT`](crate::REQUEST_TIMEOUT), 30 s (S13f). With
    /// [`Deadline::NONE`] the handler says what each request may take.
    pub fn request_timeout(mut self, deadline: Deadline) -> Self {
        self.made_mut().limits.request = deadline;
        self
    }

    /// Connections at a time, at least 1; default [`CONNECTIONS_MAX`].
    pub fn connections(mut self, most: u32) -> Self {
        self.made_mut().limits.connections = most.max(1);
        self
    }
}

/// Accepts until draining begins, then waits for the connections.
async fn accept_all<L, F, Fut>(
    ctx: Context,
    mut lend: Lend<L>,
    handler: Arc<F>,
    limits: Limits,
    site: Site,
) -> Result
where
    L: Listener,
    F: Fn(Context, L::Conn) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result> + Send + 'static,
{
    let open = Arc::new(Open { most: limits.connections, inner: Mutex::new((0, Waiters::default())) });
    while let Some(listener) = &mut lend.listener {
        if ctx.until(open.at_most(open.most - 1)).await.is_none() {
            break;
        }
        match ctx.until(listener.accept()).await {
            None => break,
            Some(Ok(connection)) => {
                let one = open.enter();
                let under = ctx.with_deadline(limits.request);
                let scope = under.open_scope("conn", Stop::REQUEST);
                let handler = Arc::clone(&handler);
                let start = Start { name: "handle", class: Class::Request, site, ctx: scope.ctx().clone() };
                drop(scope.spawner().start_or_refuse(start, move |ctx| async move {
                    let _one = one;
                    handler(ctx, connection).await
                }));
                scope.leave();
            }
            Some(Err(error)) => {
                note_failure(&ctx, &error);
                let is_the_peers = matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::ConnectionRefused
                        | io::ErrorKind::Interrupted
                );
                if !is_the_peers && ctx.until(ctx.sleep(ACCEPT_RETRY)).await.is_none() {
                    break;
                }
            }
        }
    }
    if ctx.is_draining() {
        drop(lend.listener.take()); // what comes from now on is refused by the system (S43c)
    }
    drop(lend);
    // The stop of the root, or of its supervisor, cancels what does not end (S43).
    let mut until = Until::new(&ctx, Change::Cancelled);
    let mut over = std::pin::pin!(open.at_most(0));
    poll_fn(|cx| {
        let cancelled = until.poll(cx);
        if over.as_mut().poll(cx).is_ready() { Poll::Ready(()) } else { cancelled }
    })
    .await;
    Ok(())
}

fn note_failure(ctx: &Context, error: &io::Error) {
    if let Ok(core) = ctx.home().into_any().downcast::<ScopeCore>() {
        core.tree.events.emit(ctx.path(), 0, EventKind::AcceptFailed(error.to_string()));
    }
}

impl Scope {
    /// An accept loop with a request scope for each connection, as a child of the root; options by
    /// `root.child(ChildSpec::serve(..)..)`.
    ///
    /// # Examples
    /// ```
    /// use tenure::prelude::*;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    /// use tokio::net::{TcpListener, TcpStream};
    /// # #[tenure::main] async fn main(root: Scope) -> tenure::Result {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let address = listener.local_addr()?;
    /// root.serve("echo", listener, async |ctx: Context, mut conn: TcpStream| {
    ///     let mut byte = [0];
    ///     while ctx.until(conn.read(&mut byte)).await.is_some_and(|read| read.is_ok_and(|n| n > 0)) {
    ///         ctx.select(conn.write_all(&byte)).await??;
    ///     }
    ///     Ok(())
    /// });
    /// let mut conn = TcpStream::connect(address).await?;
    /// conn.write_all(b"x").await?;
    /// assert_eq!(conn.read_u8().await?, b'x');
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn serve<L, F, Fut>(&self, name: &str, listener: L, f: F) -> ChildRef
    where
        L: Listener,
        F: Fn(Context, L::Conn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        self.child(ChildSpec::serve(name, listener, f))
    }
}
