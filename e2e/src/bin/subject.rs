//! A program that does what its first argument says, with two workers and a grace of 20 s.

use std::io::Write;
use std::process::Command;
use tenure::prelude::*;
use tenure::{ChildSpec, Shutdown};

/// Never ends, whatever it is told.
fn hang() {
    loop {
        std::thread::park();
    }
}

/// Hangs when it is dropped.
struct Sticky;

impl Drop for Sticky {
    fn drop(&mut self) {
        hang();
    }
}

#[tenure::main(name = "subject", grace = "20s", worker_threads = 2)]
async fn main(root: Scope) -> Result {
    let words: Vec<String> = std::env::args().collect();
    match words.get(1).map_or("", String::as_str) {
        "idle" => {
            root.own("store", 0u64);
        }
        // For so many milliseconds.
        "drains" => {
            let time = words.get(2).and_then(|text| text.parse().ok()).unwrap_or_default();
            let spec = ChildSpec::service("writer", time, async |ctx: Context, time| {
                ctx.draining().await;
                Ok(ctx.sleep(ms(time)).await?)
            });
            root.child(spec.shutdown(Shutdown::Timeout(secs(30))));
        }
        "never-ready" => {
            root.ctx().draining().await;
            return Ok(());
        }
        "stuck-closure" => drop(root.blocking("crunch", |_| {
            hang();
            Ok(())
        })),
        "stuck-destructor" => drop(root.spawn("sticky", async |_| {
            let _sticky = Sticky;
            std::future::pending::<Result>().await
        })),
        "ignores" => {
            root.service("deaf", (), async |_ctx, ()| std::future::pending::<Result>().await);
        }
        // The store panics at its 1001st write, and cannot be made again.
        "store-panics" => {
            let store = root.own("store", 0u64);
            for _ in 0..10 {
                root.service("writer", store.clone(), async |ctx: Context, store: OwnerRef<u64>| {
                    while !ctx.is_draining() {
                        let write = |writes: &mut u64| {
                            *writes += 1;
                            assert!(*writes <= 1000, "the disk is full");
                        };
                        if store.with(&ctx, write).await.is_err() {
                            ctx.draining().await; // whoever owns the store decides what follows
                        }
                    }
                    Ok(())
                });
            }
        }
        "environment" => {
            let mut child = root.blocking("env", |_| Ok(Command::new("/usr/bin/env").output()?.stdout));
            std::io::stdout().write_all(&child.join().await?)?;
            return Ok(());
        }
        "fails" => {
            root.own("store", 0u64);
            return Err(Error::msg("the disk is full"));
        }
        other => return Err(Error::msg(format!("there is no `{other}`"))),
    }
    root.until_shutdown().await
}
