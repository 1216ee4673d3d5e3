//! A program whose only worker is held from the 2.5th second on, for so many seconds as its first argument says.

use std::time::{Duration, Instant};
use tenure::prelude::*;

#[tenure::main(name = "one_worker", worker_threads = 1, grace = "4s")]
async fn main(root: Scope) -> Result {
    let holds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or_default();
    drop(root.spawn("holds", async move |ctx| {
        ctx.sleep(ms(2_500)).await?;
        let until = Instant::now() + Duration::from_secs(holds);
        while Instant::now() < until {
            std::thread::park_timeout(until.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }));
    root.until_shutdown().await
}
