//! Random calls, casts, drops, deadlines, kept replies, panics, failures, cancels and stops thrown at three owners of one
//! root: every accepted request has one outcome, every refused one comes back, the sums balance, nothing hangs
//! (S33c, S35b, S36d, S16).

use crate::fixtures::scripted::{pass, settle, sums};
use crate::fixtures::thrown::{Goes, How, Node, Trace, What, client, quiet, sending};
use proptest::prelude::*;
use tenure::prelude::*;
use tenure::{ChildSpec, OwnerStats, Restart, Root, Shutdown, TaskHandle};

const OWNERS: usize = 3;
/// Virtual time in which everything must have ended: the longest wait is a call's default of 30 s.
const ENOUGH: std::time::Duration = secs(300);

#[derive(Clone, Copy, Debug)]
enum Op {
    Send(usize, How, What, Goes),
    Pass(u64),
    Yield,
    /// The test takes a kept reply, and answers it or drops it.
    TakeReply(usize, bool),
    Stop(usize),
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        12 => Just(What::Quick),
        8 => Just(What::Closure),
        12 => (0u64..30).prop_map(What::Obeys),
        8 => (0u64..30).prop_map(What::Insists),
        6 => Just(What::Keeps),
        3 => Just(What::Loses),
        1 => (0u64..10).prop_map(What::Panics),
        1 => Just(What::PanicsAtOnce),
        1 => Just(What::Fails),
        1 => Just(What::StopsItself),
        10 => (0..OWNERS).prop_map(What::Calls),
        4 => (0u64..20).prop_map(What::Answers),
    ]
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        6 => Just(How::Call),
        2 => Just(How::TryCall),
        2 => Just(How::Cast),
        1 => Just(How::TryCast),
        1 => Just(How::CastWith),
    ]
}

fn goes() -> impl Strategy<Value = Goes> {
    prop_oneof![
        6 => Just(Goes::Never),
        3 => (0usize..8).prop_map(Goes::Polls),
        2 => (0u64..40).prop_map(Goes::After),
        2 => (0u64..40).prop_map(Goes::Cancelled),
        3 => (0u64..40).prop_map(Goes::Deadline),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        30 => (0..OWNERS, how(), what(), goes()).prop_map(|(owner, how, what, goes)| Op::Send(owner, how, what, goes)),
        4 => (0u64..20).prop_map(Op::Pass),
        4 => Just(Op::Yield),
        3 => (0..OWNERS, any::<bool>()).prop_map(|(owner, answers)| Op::TakeReply(owner, answers)),
        1 => (0..OWNERS).prop_map(Op::Stop),
    ]
}

struct World {
    root: Scope,
    owners: Vec<OwnerRef<Node>>,
    traces: Vec<Trace>,
    clients: Vec<TaskHandle<()>>,
}

impl World {
    fn new(root: Scope) -> Self {
        let owner = |capacity| {
            let spec = ChildSpec::own_with("owner", Node::default).restart(Restart::Temporary);
            root.child(spec.capacity(capacity).shutdown(Shutdown::Timeout(ms(50))))
        };
        let owners = [1, 2, 8].map(owner).into();
        Self { root, owners, traces: Vec::new(), clients: Vec::new() }
    }

    async fn step(&mut self, op: Op) {
        match op {
            Op::Send(to, how, what, goes) => {
                let trace = Trace::default();
                self.traces.push(trace.clone());
                let owners = self.owners.clone();
                self.clients.push(self.root.spawn("client", async move |ctx| {
                    let ctx = if let Goes::Deadline(millis) = goes { ctx.timeout(ms(millis)) } else { ctx };
                    let (ctx, canceller) = ctx.cancellable();
                    client(sending(&owners, to, ctx, how, what, trace), goes, canceller).await;
                    Ok(())
                }));
            }
            Op::Pass(millis) => pass(millis).await,
            Op::Yield => tokio::task::yield_now().await,
            Op::TakeReply(from, answers) => {
                let ctx = self.root.ctx().timeout(ms(5));
                if let Ok(Some(reply)) = self.owners[from].with(&ctx, |node| node.kept.pop()).await
                    && answers
                {
                    reply.answer(3);
                }
            }
            Op::Stop(owner) => self.owners[owner].request_stop(),
        }
    }

    /// Everything ends, and every request with one outcome.
    async fn end(mut self) {
        for owner in &self.owners {
            owner.stop(self.root.ctx()).await.expect("it ends by its ladder");
        }
        for client in &mut self.clients {
            client.join().await.expect("its answer came, and was right");
        }
        settle().await;
        assert!(self.traces.iter().all(|trace| trace.begun() <= 1), "a request was begun twice");
        let account = self.root.account();
        assert!(account.is_balanced(), "{account:?}");
        assert_eq!((account.live, account.leaked), (1, 0), "{account:?}");
        assert_eq!((account.queued, account.begun), (0, 0), "{account:?}");
        let stats: Vec<OwnerStats> = self.owners.iter().map(OwnerRef::stats).collect();
        stats.iter().for_each(sums);
        assert_eq!(account.accepted, stats.iter().map(|stats| stats.accepted).sum::<u64>());
        assert_eq!(account.answered_by.discarded, account.discarded_by.sum());
        assert_eq!(account.answered_by.failed, account.failed_by.sum());
        assert!(stats.iter().all(|stats| stats.waiting == 0 && stats.entries == 0), "{stats:?}");
    }
}

fn throw(ops: Vec<Op>) {
    quiet();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let report = runtime.expect("it can be made").block_on(Root::run(async |root| {
        let whole = async {
            let mut world = World::new(root);
            for op in ops {
                world.step(op).await;
            }
            world.end().await;
        };
        tokio::time::timeout(ENOUGH, whole).await.expect("something hangs");
        Ok(())
    }));
    assert!(report.exit_code == 0 && report.account.is_closed(), "{report}");
}

/// In about ten seconds of two busy cores.
const CASES: u32 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ow_44_each_accepted_request_has_exactly_one_outcome_whatever_is_thrown_at_its_owner(
        ops in prop::collection::vec(op(), 1..80)
    ) {
        throw(ops);
    }
}

/// S14a, S35b: a caller dropped at each poll point is served at most once, and the books say which.
#[tenure::test(start_paused = true)]
async fn s14a_a_call_dropped_at_each_poll_point_is_handled_at_most_once(root: Scope) -> Result {
    for what in [What::Quick, What::Closure, What::Obeys(0), What::Insists(1), What::Keeps, What::Loses] {
        for polls in 0..12 {
            let owner = root
                .child(ChildSpec::own_with("owner", Node::default).restart(Restart::Temporary).capacity(1));
            let (trace, owners) = (Trace::default(), vec![owner; OWNERS]);
            let (ctx, canceller) = root.ctx().cancellable();
            let call = sending(&owners, 0, ctx, How::Call, what, trace.clone());
            client(call, Goes::Polls(polls), canceller).await;
            owners[0].stop(root.ctx()).await?;
            let stats = owners[0].stats();
            sums(&stats);
            assert_eq!(stats.accepted, u64::from(polls > 0));
            let begun = stats.replied + stats.failed;
            assert_eq!(
                (begun, stats.discarded_caller_gone),
                (u64::from(trace.begun()), stats.accepted - begun)
            );
        }
    }
    Ok(())
}
