//! `serve`: connections as request scopes, drained before everybody else (S8b, S43, S44).

use super::plan::{closed, run};
use crate::fixtures::scripted::Boxed;
use crate::fixtures::{Log, ignores, obeys, settle, works};
use std::io;
use tenure::prelude::*;
use tenure::{
    Builder, ChildSpec, Deadline, EventKind, InFlight, Listener, Restart, Rung, Serve, ShutdownReport, Stage,
};
use tokio::sync::mpsc;

/// What a visitor does in its request.
type Visit = Box<dyn FnOnce(Context) -> Boxed<Result> + Send>;

/// A listener of the test's own: whoever has the other end connects.
struct Door(mpsc::Receiver<io::Result<Visit>>);

impl Listener for Door {
    type Conn = Visit;

    async fn accept(&mut self) -> io::Result<Visit> {
        match self.0.recv().await {
            Some(visit) => visit,
            None => std::future::pending().await, // nobody will ever connect
        }
    }
}

#[derive(Clone)]
struct Street(mpsc::Sender<io::Result<Visit>>);

impl Street {
    /// False if the door is closed.
    async fn visit<F, Fut>(&self, f: F) -> bool
    where
        F: FnOnce(Context) -> Fut + Send + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        let visit: Visit = Box::new(move |ctx| Box::pin(f(ctx)));
        self.0.send(Ok(visit)).await.is_ok()
    }
}

fn http() -> (ChildSpec<Serve>, Street) {
    let (street, door) = mpsc::channel(64);
    let serve = ChildSpec::serve("http", Door(door), |ctx, visit: Visit| visit(ctx));
    (serve, Street(street))
}

async fn takes(millis: u64) -> Result {
    works(ms(millis)).await;
    Ok(())
}

fn flight(report: &ShutdownReport) -> [u64; 5] {
    let InFlight { at_signal, completed, cancelled, aborted, leaked, .. } = report.in_flight;
    [at_signal, completed, cancelled, aborted, leaked]
}

/// S42c, S43c.
#[test]
fn sd_03_new_work_is_served_until_the_delay_is_over_and_refused_then() {
    let report = run(Builder::new().readiness_delay(secs(5)), async |root| {
        let (serve, street) = http();
        root.child(serve);
        settle().await;
        root.inject_signal(15);
        assert!(!root.is_ready());
        works(ms(4_999)).await;
        let (tell, told) = tokio::sync::oneshot::channel();
        assert!(street.visit(async move |_| tell.send(()).map_err(|()| Error::msg("gone"))).await);
        told.await?;
        works(ms(1)).await;
        settle().await;
        assert!(!street.visit(async |_| Ok(())).await, "its door is closed");
        Ok(())
    });
    assert_eq!((report.took, report.exit_code), (secs(5), 0), "{report}");
    closed(&report);
}

/// S44a.
#[test]
fn sd_04_a_request_in_flight_is_served_to_its_end() {
    let report = run(Builder::new(), async |root| {
        let (serve, street) = http();
        root.child(serve);
        street.visit(async |_| takes(10_000).await).await;
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert_eq!((report.took, report.exit_code), (secs(10), 0), "{report}");
    assert_eq!(flight(&report), [1, 1, 0, 0, 0]);
    closed(&report);
}

/// S43, S45b, S13f: the page's request has a deadline of 90 s.
#[test]
fn sd_05_a_request_that_obeys_is_cancelled_at_the_cancel_stage() {
    let report = run(Builder::new(), async |root| {
        let (serve, street) = http();
        root.child(serve.request_timeout(Deadline::After(secs(90))));
        street.visit(obeys).await;
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert_eq!((report.took, report.exit_code), (secs(21), 0), "{report}");
    assert_eq!(flight(&report), [1, 0, 1, 0, 0]);
    closed(&report);
}

/// S10e, S45.
#[test]
fn sd_06_a_request_that_ignores_is_aborted_and_named() {
    let report = run(Builder::new(), async |root| {
        let (serve, street) = http();
        root.child(serve.request_timeout(Deadline::After(secs(90))));
        street.visit(async |_| ignores().await).await;
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert_eq!((report.took, report.exit_code), (ms(21_100), 3), "{report}");
    assert_eq!(flight(&report), [1, 0, 0, 1, 0]);
    let [straggler] = &report.stragglers[..] else { panic!("{report}") };
    assert_eq!((straggler.path.as_str(), straggler.rung), ("app/http/conn/handle", Rung::Abort));
    assert!(report.to_string().contains("serve.rs"), "{report}");
    closed(&report);
}

/// S43, S7f.
#[test]
fn sd_16_what_a_request_calls_is_up_until_the_last_request_is_done() {
    let log = Log::new();
    let seen = log.clone();
    let report = run(Builder::new(), async |root| {
        let log = seen;
        let store = root.child(crate::fixtures::part::part("store", &log));
        let (serve, street) = http();
        root.child(serve);
        let (asked, noted) = (store.clone(), log.clone());
        let visit = async move |ctx: Context| {
            ctx.draining().await;
            noted.note("request drains");
            works(ms(100)).await;
            let turn = crate::fixtures::scripted::Do("asked", vec![]);
            asked.call(&ctx, turn).await.map_err(CallError::without_request)?;
            works(ms(50)).await;
            noted.note("request ends");
            Ok(())
        };
        street.visit(visit).await;
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert_eq!((report.took, report.exit_code), (ms(150), 0), "{report}");
    let lines: Vec<_> = log.events().into_iter().map(|(_, line)| line).skip(2).collect();
    assert_eq!(lines, ["request drains", "store: asked", "request ends", "drain store", "down store"]);
    closed(&report);
}

/// S43: edges first, whatever the start order.
#[test]
fn sd_29_an_edge_that_was_started_first_is_drained_first_all_the_same() {
    let log = Log::new();
    let seen = log.clone();
    let report = run(Builder::new(), async |root| {
        let log = seen;
        let (serve, street) = http();
        root.child(serve);
        let store = root.child(crate::fixtures::part::part("store", &log));
        let (asked, noted) = (store.clone(), log.clone());
        street
            .visit(async move |ctx: Context| {
                works(ms(100)).await;
                let turn = crate::fixtures::scripted::Do("asked", vec![]);
                asked.call(&ctx, turn).await.map_err(CallError::without_request)?;
                noted.note("request ends");
                Ok(())
            })
            .await;
        settle().await;
        root.inject_signal(15);
        works(ms(1)).await;
        assert!(!street.visit(async |_| Ok(())).await, "its door is closed at 0");
        Ok(())
    });
    let lines: Vec<_> = log.events().into_iter().map(|(_, line)| line).skip(2).collect();
    assert_eq!(lines, ["store: asked", "request ends", "drain store", "down store"]);
    assert_eq!((report.took, report.exit_code), (ms(100), 0), "{report}");
    closed(&report);
}

/// S44b.
#[test]
fn sd_25_the_report_says_what_became_of_what_was_in_flight() {
    let report = run(Builder::new(), async |root| {
        let (serve, street) = http();
        root.child(serve.request_timeout(Deadline::NONE));
        street.visit(async |_| takes(5_000).await).await;
        street.visit(obeys).await;
        street.visit(async |_| ignores().await).await;
        settle().await;
        root.inject_signal(15);
        Ok(())
    });
    assert_eq!(flight(&report), [3, 1, 1, 1, 0], "{report}");
    assert!(report.stages.iter().any(|note| note.stage == Stage::Cancel && note.at == secs(21)));
    closed(&report);
}

/// S13f: a request has a deadline of its own unless it is written out.
#[tenure::test(start_paused = true)]
async fn s13f_a_request_of_serve_has_a_deadline(root: Scope) -> Result {
    let log = Log::new();
    let (serve, street) = http();
    root.child(serve);
    let noted = log.clone();
    let visit = async move |ctx: Context| {
        let cancelled = ctx.cancelled().await;
        noted.note(format!("{:?}", cancelled.cause));
        Err(cancelled.into())
    };
    street.visit(visit).await;
    works(secs(31)).await;
    assert_eq!(log.events(), [(30_000, "Deadline".to_owned())]);
    Ok(())
}

/// S8b: one connection's failure is no other's, and not the server's.
#[tenure::test(start_paused = true)]
async fn s8b_a_connection_that_fails_fails_nobody_and_is_shown(root: Scope) -> Result {
    let (serve, street) = http();
    let http = root.child(serve);
    let mut events = root.events();
    street.visit(async |_| Err(Error::msg("bad request"))).await;
    street.visit(async |_| panic!("worse")).await;
    let (tell, told) = tokio::sync::oneshot::channel();
    street.visit(async move |_| tell.send(()).map_err(|()| Error::msg("gone"))).await;
    told.await?;
    settle().await;
    let unheard: Vec<_> = events
        .read()
        .0
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::ErrorUnheard(reason) => Some(reason.name()),
            _ => None,
        })
        .collect();
    assert_eq!(unheard, ["failed", "panicked"]);
    assert_eq!(http.info().incarnation, 1);
    Ok(())
}

/// Nothing is unbounded: at the limit the next connection waits for one to end.
#[tenure::test(start_paused = true)]
async fn s8b_connections_are_bounded_and_failed_accepts_are_survived(root: Scope) -> Result {
    let (serve, street) = http();
    root.child(serve.connections(2));
    let log = Log::new();
    let mut events = root.events();
    street.0.send(Err(io::Error::from(io::ErrorKind::ConnectionAborted))).await.ok();
    street.0.send(Err(io::Error::other("no descriptors"))).await.ok();
    for name in ["a", "b", "c"] {
        let noted = log.clone();
        street
            .visit(async move |_| {
                noted.note(name);
                takes(10).await
            })
            .await;
    }
    works(ms(200)).await;
    let wanted = [(100, "a"), (100, "b"), (110, "c")].map(|(at, name)| (at, name.to_owned()));
    assert_eq!(log.events(), wanted, "the second failure is the listener's: it waits");
    let failures =
        events.read().0.into_iter().filter(|event| matches!(event.kind, EventKind::AcceptFailed(_)));
    assert_eq!(failures.count(), 2);
    Ok(())
}

/// The listeners that come with the library.
#[tenure::test]
async fn s8b_real_sockets_are_served_over_tcp_and_unix(root: Scope) -> Result {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = tcp.local_addr()?;
    root.serve("tcp", tcp, async |ctx: Context, mut conn: tokio::net::TcpStream| {
        let byte = ctx.select(conn.read_u8()).await??;
        ctx.select(conn.write_u8(byte + 1)).await??;
        Ok(())
    });
    let place = std::env::temp_dir().join(format!("tenure-serve-{}", std::process::id()));
    let unix = tokio::net::UnixListener::bind(&place)?;
    root.child(
        ChildSpec::serve("unix", unix, async |_: Context, mut conn: tokio::net::UnixStream| {
            conn.write_all(b"hello").await.map_err(Error::from)
        })
        .restart(Restart::Transient),
    );
    let mut conn = tokio::net::TcpStream::connect(address).await?;
    conn.write_u8(6).await?;
    assert_eq!(conn.read_u8().await?, 7);
    let mut said = String::new();
    tokio::net::UnixStream::connect(&place).await?.read_to_string(&mut said).await?;
    assert_eq!(said, "hello");
    std::fs::remove_file(place)?;
    Ok(())
}
