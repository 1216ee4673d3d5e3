//! The program on tenure, as its first example writes it.
use super::process::{KEYS, READERS, REPLY_MAX, WRITERS, runs};
use crate::error::BenchError;
use std::collections::HashMap;
use tenure::Builder;
use tenure::prelude::*;

type Store = HashMap<u64, u64>;

async fn client(ctx: Context, (id, store): (u64, OwnerRef<Store>)) -> Result {
    let key = id % KEYS;
    while !ctx.is_draining() {
        let ctx = ctx.timeout(REPLY_MAX);
        if id < READERS {
            store.with(&ctx, move |s| s.get(&key).copied()).await?;
        } else {
            store.with(&ctx, move |s| s.insert(key, id)).await?;
        }
    }
    Ok(())
}

/// The plan of the root asks the clients to finish, waits for them, and then for the owner.
pub(crate) async fn run() -> std::result::Result<(), BenchError> {
    let main = async |root: Scope| {
        let store = root.own("store", Store::new());
        for id in 0..READERS + WRITERS {
            root.service("client", (id, store.clone()), client);
        }
        runs()?;
        root.until_shutdown().await
    };
    let report = Builder::new().signals().run(main).await;
    if report.exit_code == 0 {
        return Ok(());
    }
    Err(BenchError::Batch { case: "tenure".to_owned(), why: format!("{report:?}") })
}
