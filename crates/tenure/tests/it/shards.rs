//! One state in parts behind one handle (S53, S40f).

use crate::fixtures::thrown::{PLANTED, quiet};
use std::collections::BTreeSet;
use tenure::prelude::*;
use tenure::{Handle, HandleAsync, Root, ShardKey, Shards, Turn};
use tokio::time::Instant;

/// Of the keys `k0` to `k99` among 8, by the reference implementation of xxHash (its Python binding, 4.1.0).
const GOLDEN: [u32; 100] = [
    3, 5, 1, 2, 3, 2, 0, 5, 1, 7, 3, 3, 1, 0, 2, 7, 0, 1, 3, 3, 2, 0, 4, 5, 0, 0, 4, 3, 5, 3, 7, 1, 7, 4, 1,
    4, 6, 6, 4, 2, 3, 5, 5, 3, 2, 4, 4, 2, 5, 6, 2, 5, 7, 1, 5, 7, 2, 0, 0, 7, 5, 0, 7, 3, 4, 3, 1, 1, 3, 4,
    5, 7, 4, 0, 2, 1, 1, 6, 5, 7, 5, 7, 0, 5, 0, 3, 2, 5, 5, 6, 6, 3, 0, 4, 1, 7, 2, 7, 2, 7,
];

#[derive(Default)]
struct Part {
    number: u32,
    seen: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Note(u64);
impl Request for Note {
    type Reply = (u32, usize);
}
impl Handle<Note> for Part {
    fn handle(&mut self, Note(n): Note, _: &mut Turn<Note>) -> (u32, usize) {
        assert!(n != u64::MAX, "{PLANTED}");
        self.seen.push(n);
        (self.number, self.seen.len())
    }
}

/// Takes 10 ms on the owner's task.
#[derive(Clone)]
struct Slow;
impl Request for Slow {
    type Reply = u32;
}
impl HandleAsync<Slow> for Part {
    async fn handle(&mut self, _: Slow, _: &mut Turn<Slow>) -> u32 {
        tokio::time::sleep_until(Instant::now() + ms(10)).await;
        self.number
    }
}

/// A turn whose last 10 ms begin with the drain of its owner.
struct Flush;
impl Request for Flush {
    type Reply = ();
}
impl HandleAsync<Flush> for Part {
    async fn handle(&mut self, _: Flush, turn: &mut Turn<Flush>) {
        turn.ctx().draining().await;
        turn.ctx().sleep(ms(10)).await.expect("it may drain for so long");
    }
}

/// A turn that goes on among the shards.
struct Reach(Shards<Part>, To);
enum To {
    Shard(u32),
    All,
}
impl Request for Reach {
    type Reply = Result<usize, String>;
}
impl HandleAsync<Reach> for Part {
    async fn handle(&mut self, Reach(shards, to): Reach, turn: &mut Turn<Reach>) -> Result<usize, String> {
        let ctx = turn.ctx().clone();
        let told = match to {
            To::Shard(number) => {
                let shard = shards.iter().nth(number as usize).expect("there is one");
                shard.call(&ctx, Note(9)).await.map(|_| 1).map_err(|error| error.kind)
            }
            To::All => shards.broadcast(&ctx, Note(9)).await.map(|all| all.len()).map_err(|error| error.kind),
        };
        told.map_err(|kind| match kind {
            CallErrorKind::Deadlock { cycle, request } => {
                assert_eq!(request, Note(9), "it comes back");
                cycle.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(" > ")
            }
            other => format!("{other:?}"),
        })
    }
}

fn parts(root: &Scope, n: u32) -> Shards<Part> {
    root.shards("parts", n, |number| Part { number, seen: Vec::new() })
}

fn accepted(shards: &Shards<Part>) -> Vec<u64> {
    shards.iter().map(|shard| shard.stats().accepted).collect()
}

/// OW-42.
#[tenure::test]
async fn s53_a_key_belongs_to_the_shard_that_its_bytes_say(root: Scope) -> Result {
    let shards = parts(&root, 8);
    for (n, want) in GOLDEN.iter().enumerate() {
        let key = format!("k{n}");
        assert_eq!(shards.call(root.ctx(), &key, Note(1)).await?.0, *want, "{key}");
        assert_eq!(shards.of(key.as_bytes()).path().as_str(), format!("app/parts/{want}"));
    }
    for (key, want) in [(0u64, 1), (1, 6), (7, 7), (258, 7), (1 << 63, 7)] {
        assert_eq!(shards.with(root.ctx(), &key, |part| part.number).await?, want, "{key}");
    }
    assert_eq!(0x0201u16.with_bytes(<[u8]>::to_vec), [1, 2]);
    Ok(())
}

/// OW-42.
#[tokio::test(start_paused = true)]
async fn s53_all_shards_drain_at_the_same_time() {
    let report = Root::run(async |root| {
        let shards = parts(&root, 8);
        shards.broadcast(root.ctx(), Note(1)).await?; // all are up
        for shard in shards.iter() {
            shard.cast(root.ctx(), Flush).await?;
        }
        Ok(())
    })
    .await;
    assert_eq!((report.exit_code, report.took), (0, ms(10)), "one after the other it would be 80: {report}");
    assert_eq!(report.account.answered_by.handled, 8);
}

/// OW-32.
#[tenure::test]
async fn s40f_shards_may_call_each_other_but_not_themselves_nor_all(root: Scope) -> Result {
    let shards = parts(&root, 4);
    let first = shards.iter().next().expect("there is one").clone();
    let reach = async |to| first.call(root.ctx(), Reach(shards.clone(), to)).await;
    assert_eq!(reach(To::Shard(1)).await?, Ok(1));
    let ring = Err("app/parts/0 > app/parts/0".to_owned());
    assert_eq!(reach(To::Shard(0)).await?, ring);
    let before = accepted(&shards);
    assert_eq!(reach(To::All).await?, ring);
    assert_eq!(accepted(&shards)[1..], before[1..], "nothing was sent to any");
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn s53_a_broadcast_asks_all_at_once_and_tells_each_outcome(root: Scope) -> Result {
    let shards = parts(&root, 3);
    let since = Instant::now();
    let numbers: Vec<u32> =
        shards.broadcast(root.ctx(), Slow).await?.into_iter().collect::<Result<_, _>>()?;
    assert_eq!((numbers, since.elapsed()), (vec![0, 1, 2], ms(10)));
    let closed = shards.iter().nth(1).expect("there are three");
    shards.supervisor().terminate_child(root.ctx(), "1").await?;
    let told = shards.broadcast(root.ctx(), Note(1)).await?;
    assert_eq!((told[0].as_ref().ok(), told[2].as_ref().ok()), (Some(&(0, 1)), Some(&(2, 1))));
    let error = told[1].as_ref().expect_err("it is down");
    assert!(error.owner == *closed.path() && matches!(error.kind, CallErrorKind::Closed { .. }), "{error:?}");
    Ok(())
}

#[tenure::test(start_paused = true)]
async fn s53_a_shard_that_fails_is_made_again_alone(root: Scope) -> Result {
    quiet();
    let shards = parts(&root, 2);
    assert_eq!(shards.broadcast(root.ctx(), Note(1)).await?.len(), 2);
    let (failed, other) = (shards.of("k0"), shards.iter().next().expect("there is one"));
    let error = failed.call(root.ctx(), Note(u64::MAX)).await.expect_err("its turn panicked");
    assert_eq!(error.owner, *failed.path());
    assert_eq!(failed.call(root.ctx(), Note(1)).await?, (1, 1), "made anew, under its own number");
    assert_eq!(other.call(root.ctx(), Note(1)).await?, (0, 2));
    assert_eq!((failed.incarnation(), other.incarnation()), (2, 1));
    Ok(())
}

#[tenure::test]
async fn s53_there_is_at_least_one_shard_and_every_shard_has_keys(root: Scope) -> Result {
    assert_eq!(parts(&root, 0).iter().len(), 1);
    let shards = root.shards("many", 16, |number| number);
    let mut reached = BTreeSet::new();
    for key in 0..1000u64 {
        reached.insert(shards.with(root.ctx(), &key, |number| *number).await?);
    }
    assert_eq!(reached.len(), 16);
    Ok(())
}
