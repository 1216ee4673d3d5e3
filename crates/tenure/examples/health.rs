//! What the health says while the only worker hangs, told by a thread outside of it.
#![expect(clippy::print_stdout, reason = "an example shows what it prints")]

use std::time::Instant;
use tenure::prelude::*;
use tenure::{Builder, HealthOptions, HealthStatus};

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    let options = HealthOptions { stalled_critical: secs(2), ..HealthOptions::DEFAULT };
    let root = Builder::new().health(options).run(async |root| {
        let watch = root.health_watch();
        let mut look = root.blocking("look", move |b| {
            while watch.last().status != HealthStatus::Failing {
                b.check()?;
                std::thread::yield_now();
            }
            println!("{}", watch.last());
            Ok(())
        });
        root.spawn("report", async |_| {
            let begun = Instant::now();
            while begun.elapsed() < secs(4) {
                std::hint::spin_loop(); // work without an await: the worker runs nothing else
            }
            Ok(())
        });
        look.join().await.map_err(Error::from)
    });
    assert_eq!(root.await.exit_code, 0);
}
