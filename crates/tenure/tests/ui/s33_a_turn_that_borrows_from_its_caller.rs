//! A turn goes on when its caller is dropped (S34c), so it cannot borrow from it.

use tenure::prelude::*;

async fn caller(ctx: Context, store: OwnerRef<Vec<u64>>) -> Result {
    let mine = vec![1u64];
    let lent = &mine;
    store.with(&ctx, move |s| s.extend(lent.iter())).await?;
    Ok(())
}

fn main() {
    let _ = caller;
}
