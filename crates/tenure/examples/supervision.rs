//! A supervisor tree that reads in code like the tree it makes. It is started, its store is killed on purpose in the middle
//! of a turn, and the calls that waited behind that turn are answered by the store's next life, through the same reference.
//!
//! `cargo run -p tenure --example supervision` takes about a second; Ctrl-C ends it at any time.
#![expect(clippy::print_stdout, reason = "it shows what happens")]

use std::collections::HashMap;
use tenure::prelude::*;
use tenure::{
    AutoShutdown, Backoff, ChildSpec, GiveUp, Init, Inline, Intensity, OnRestart, Overflow, Restart,
    Shutdown, StateOwner, Strategy, Supervisor, SupervisorRef,
};

struct Store(HashMap<u64, u64>);

impl StateOwner for Store {
    /// How many entries it is made with, in each life anew.
    type Args = u64;

    async fn init(entries: u64, _ctx: Context) -> Result<Init<Self>> {
        Ok(Init::Ready(Self((0..entries).map(|key| (key, 0)).collect())))
    }
}

async fn sweep(ctx: Context, store: OwnerRef<Store>) -> Result {
    // `until` is none once the context drains: a sweeper sleeps through no shutdown. Nor does it then wait for the store,
    // which, if it is the one that has died, is started again only after this has ended.
    while ctx.until(ctx.sleep(ms(100))).await.is_some() {
        match ctx.until(store.with(&ctx, |s| s.0.retain(|_, value| *value < 100))).await {
            Some(swept) => swept?,
            None => break,
        }
    }
    Ok(())
}

async fn until_stopped<T: Send>(ctx: Context, _args: T) -> Result {
    ctx.draining().await;
    Ok(())
}

#[tenure::main]
async fn main(root: Scope) -> Result {
    let ctx = root.ctx();

    let store = Store::child("store", 3)
        .capacity(1024)
        .overflow(Overflow::Wait)
        .on_restart(OnRestart::Keep)
        // So that what is called below waits in the queue when the turn before it panics.
        .inline(Inline::Never)
        .call_timeout(secs(2))
        .backoff(Backoff { first: ms(50), ..Backoff::DEFAULT })
        .shutdown(Shutdown::Timeout(secs(5)));
    let store_ref = store.handle();
    let conns = Supervisor::dynamic("conns", |number: u64| {
        ChildSpec::service("conn", number, until_stopped).restart(Restart::Temporary)
    })
    .spec();
    let conns_ref = conns.handle();
    let counter = ChildSpec::own_with("counter", || 0u64);
    let counter_ref = counter.handle();

    let app = Supervisor::new("services", Strategy::RestForOne)
        .intensity(Intensity { restarts: 5, within: secs(30) })
        .auto_shutdown(AutoShutdown::Any)
        .child(store)
        .child(conns)
        .child(
            ChildSpec::service("sweeper", store_ref.clone(), sweep)
                .restart(Restart::Transient)
                .significant()
                .max_restarts(3)
                .give_up(GiveUp::Isolate),
        )
        .supervisor(
            Supervisor::new("workers", Strategy::OneForAll)
                .child(ChildSpec::service("beat", (), until_stopped))
                .child(counter),
        );
    let app = root.supervise(app)?;

    // A call waits for the start of whom it asks. The counter is the last of all: when it answers, the tree stands.
    counter_ref.with(ctx, |n| *n += 1).await?;
    conns_ref.start_child(ctx, "conn-1", 1).await?;
    app.terminate_child(ctx, "sweeper").await?;
    app.restart_child(ctx, "sweeper").await?;
    show("started, and the sweeper stopped and started by hand", &app);

    // Time to see it run; draining, as Ctrl-C asks for, ends the wait and with it main.
    if ctx.until(ctx.sleep(ms(700))).await.is_none() {
        return Ok(());
    }

    let (killed, put, read) = tokio::join!(
        store_ref.with(ctx, |_| panic!("killed on purpose")),
        store_ref.with(ctx, |s| s.0.insert(7, 49)),
        store_ref.with(ctx, |s| (s.0.len(), s.0.get(&7).copied())),
    );
    let killed: CallError = killed.map(|()| "nothing").expect_err("its turn panics");
    println!("\n{killed}");
    put?;
    let (entries, value) = read?;
    let life = store_ref.incarnation();
    println!("the calls behind it were kept: life {life} answered them ({entries} entries, 7 is {value:?})");

    counter_ref.with(ctx, |n| *n += 1).await?;
    show("rest for one: those after the store live anew too, and its connections are gone", &app);
    Ok(())
}

fn show(when: &str, app: &SupervisorRef) {
    println!("\n{when}:");
    for child in app.children() {
        println!("  {:<8} {:?}, life {}", child.id, child.state, child.incarnation);
    }
    let count = app.count();
    println!(
        "  {} of {} run: {} supervisors, {} workers",
        count.active, count.specs, count.supervisors, count.workers
    );
}
