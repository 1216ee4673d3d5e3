//! The shortest ways through the library.
use tenure::prelude::*;

#[tenure::test(start_paused = true)]
async fn a_task_gives_its_value(root: Scope) -> Result {
    let mut h = root.spawn("seven", async |_ctx| Ok(7));
    assert_eq!(h.join().await?, 7);
    assert_eq!(root.account().ended_by.normal, 1);
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn an_owner_answers(root: Scope) -> Result {
    let store = root.own("store", 0u64);
    for _ in 0..10 {
        store.with(root.ctx(), |n| *n += 1).await?;
    }
    assert_eq!(store.with(root.ctx(), |n| *n).await?, 10);
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn a_scope_joins(root: Scope) -> Result {
    let n = root
        .scope("s", async |s| {
            for i in 1..=3u64 {
                s.spawn("t", async move |ctx| {
                    ctx.sleep(ms(10 * i)).await?;
                    Ok(())
                });
            }
            Ok(3)
        })
        .await?;
    assert_eq!(n, 3);
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn services_drain(root: Scope) -> Result {
    let store = root.own("store", 0u64);
    for id in 0..10u64 {
        root.service(
            "client",
            (id, store.clone()),
            async |ctx: Context, (id, store): (u64, OwnerRef<u64>)| {
                while !ctx.is_draining() {
                    let ctx = ctx.timeout(secs(1));
                    store.with(&ctx, move |n| *n += id).await?;
                    tokio::task::yield_now().await;
                }
                Ok(())
            },
        );
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// A root inside a task of another root: its future is `Send` if its body's is.
#[tenure::test(start_paused = true)]
async fn a_root_runs_inside_a_task_of_another(root: Scope) -> Result {
    let mut inner = root.spawn("inner", async |_ctx| {
        let report = tenure::Builder::new().name("inner").run(async |inner| {
            let store = inner.own("store", 1u64);
            store.with(inner.ctx(), |n| *n).await?;
            Ok(())
        });
        Ok(report.await)
    });
    let report = inner.join().await?;
    assert!(report.account.is_closed());
    assert_eq!(report.root.as_str(), "inner");
    Ok(())
}
