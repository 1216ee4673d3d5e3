//! Random trees and events in virtual time: the supervisor and the model of `fixtures/model.rs` see, show and do the same
//! (S17 to S26, S29, S30).

use crate::fixtures::model::{Model, Rules, Shown, StartBy, StopBy, Tell, Terms};
use crate::fixtures::part::{Seen, ends_alone, pass, settle};
use crate::fixtures::poll_once;
use crate::fixtures::thrown::{PLANTED, quiet};
use proptest::prelude::*;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use tenure::prelude::*;
use tenure::{
    AdminError, AutoShutdown, Backoff, ChildInfo, ChildRef, ChildSpec, ChildState, GiveUp, Intensity,
    Restart, Root, Service, Shutdown, Strategy as How, Supervisor, SupervisorRef,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// Everything that is told, waited for and counted is a multiple of it; ladders and start timeouts are not, so that two kinds
/// of timers seldom meet.
const TICK: u64 = 1_000;
const START_TIMEOUT: u64 = 3 * TICK + 1;
const LADDER: u64 = 2 * TICK + 10;

#[derive(Clone, Debug)]
enum Op {
    Tell(usize, Tell),
    /// At one instant.
    TellTwo((usize, Tell), (usize, Tell)),
    Ask(usize),
    Terminate(usize),
    Restart(usize),
    Delete(usize),
    Add(usize, Terms),
    Pass(u64),
    Stop,
}

fn life() -> impl Strategy<Value = (StartBy, StopBy)> {
    let start = prop_oneof![
        10 => Just(StartBy::Ready),
        2 => Just(StartBy::Fails),
        1 => Just(StartBy::Panics),
        1 => Just(StartBy::Returns),
        3 => Just(StartBy::Waits),
    ];
    let stop = prop_oneof![
        6 => Just(StopBy::Obeys),
        1 => Just(StopBy::Fails),
        1 => Just(StopBy::Returns),
        3 => Just(StopBy::Waits),
    ];
    (start, stop)
}

fn terms(auto: AutoShutdown) -> impl Strategy<Value = Terms> {
    let restart = prop_oneof![4 => Just(Restart::Permanent), 3 => Just(Restart::Transient), 1 => Just(Restart::Temporary)];
    let backoff = prop_oneof![
        3 => Just((0, 1, 0)),
        2 => Just((TICK, 2, 3 * TICK)),
        1 => Just((2 * TICK, 1, 30 * TICK)),
    ];
    let most = prop_oneof![3 => Just(None), 1 => (0u32..3).prop_map(Some)];
    let give_up = prop_oneof![Just(GiveUp::Escalate), Just(GiveUp::Isolate)];
    let shutdown = prop_oneof![
        5 => Just(Shutdown::Timeout(ms(LADDER))),
        1 => Just(Shutdown::Brutal),
        1 => Just(Shutdown::Infinity),
    ];
    let flags = (prop::bool::weighted(0.5), prop::bool::weighted(0.3));
    let lives = prop::collection::vec(life(), 1..4);
    (restart, backoff, most, give_up, shutdown, flags, lives).prop_map(move |of| {
        let (restart, backoff, max_restarts, give_up, shutdown, (significant, retry_start), lives) = of;
        let significant = significant && restart != Restart::Permanent && auto != AutoShutdown::Never;
        let start_timeout = START_TIMEOUT;
        Terms {
            restart,
            backoff,
            max_restarts,
            give_up,
            significant,
            retry_start,
            shutdown,
            start_timeout,
            lives,
        }
    })
}

fn tell() -> impl Strategy<Value = Tell> {
    prop_oneof![3 => Just(Tell::Ready), 4 => Just(Tell::Panic), 2 => Just(Tell::Return), 2 => Just(Tell::Fail)]
}

fn op() -> impl Strategy<Value = Op> {
    let to = 0..NAMES.len();
    prop_oneof![
        12 => (to.clone(), tell()).prop_map(|(to, tell)| Op::Tell(to, tell)),
        3 => ((to.clone(), tell()), (to.clone(), tell())).prop_map(|(one, other)| Op::TellTwo(one, other)),
        2 => to.clone().prop_map(Op::Ask),
        3 => to.clone().prop_map(Op::Terminate),
        3 => to.clone().prop_map(Op::Restart),
        1 => to.clone().prop_map(Op::Delete),
        2 => (to, terms(AutoShutdown::Any)).prop_map(|(to, terms)| Op::Add(to, terms)),
        6 => (1u64..5).prop_map(|ticks| Op::Pass(ticks * TICK)),
        1 => (29u64..32).prop_map(|ticks| Op::Pass(ticks * TICK)),
        1 => Just(Op::Stop),
    ]
}

type Case = (Rules, Vec<Terms>, Vec<Op>);

fn case() -> impl Strategy<Value = Case> {
    let auto = prop_oneof![2 => Just(AutoShutdown::Never), 1 => Just(AutoShutdown::Any), 1 => Just(AutoShutdown::All)];
    let strategy = prop_oneof![Just(How::OneForOne), Just(How::OneForAll), Just(How::RestForOne)];
    (strategy, auto, 0usize..6, 1u64..40).prop_flat_map(|(strategy, auto_shutdown, restarts, ticks)| {
        let rules = Rules { strategy, auto_shutdown, restarts, within: ticks * TICK };
        let kids = prop::collection::vec(terms(auto_shutdown), 1..6);
        (Just(rules), kids, prop::collection::vec(op(), 1..30))
    })
}

/// What the real children are told: the sender of the present life of each.
type Wires = Arc<Mutex<HashMap<&'static str, mpsc::Sender<Tell>>>>;

type LivesOf = std::iter::Cycle<std::vec::IntoIter<(StartBy, StopBy)>>;

#[derive(Clone)]
struct Script {
    name: &'static str,
    wires: Wires,
    lives: Arc<Mutex<LivesOf>>,
}

fn end(how: Option<Tell>) -> Option<Result> {
    match how? {
        Tell::Ready => None,
        Tell::Panic => panic!("{PLANTED}"),
        Tell::Return => Some(Ok(())),
        Tell::Fail => Some(Err(Error::msg(PLANTED))),
    }
}

/// One life, by its script.
async fn lives(ctx: Context, script: Script) -> Result {
    let (wire, mut told) = mpsc::channel(8);
    script.wires.lock().unwrap_or_else(PoisonError::into_inner).insert(script.name, wire);
    let life = script.lives.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (start, stop) = life.expect("it is a cycle of some");
    match start {
        StartBy::Ready => ctx.ready(),
        StartBy::Waits => {}
        StartBy::Returns => return Ok(()),
        StartBy::Fails => return Err(Error::msg(PLANTED)),
        StartBy::Panics => panic!("{PLANTED}"),
    }
    let cancelled = loop {
        match ctx.select(told.recv()).await {
            Ok(Some(Tell::Ready)) => ctx.ready(),
            Ok(how) => {
                if let Some(end) = end(how) {
                    return end;
                }
            }
            Err(cancelled) => break cancelled,
        }
    };
    match stop {
        StopBy::Obeys => Err(cancelled.into()),
        StopBy::Returns => Ok(()),
        StopBy::Fails => Err(Error::msg(PLANTED)),
        StopBy::Waits => loop {
            if let Some(end) = end(told.recv().await) {
                return end;
            }
        },
    }
}

fn spec(name: &'static str, terms: &Terms, wires: &Wires) -> ChildSpec<Service> {
    let lives_of = Arc::new(Mutex::new(terms.lives.clone().into_iter().cycle()));
    let script = Script { name, wires: Arc::clone(wires), lives: lives_of };
    let (first, factor, most) = terms.backoff;
    let backoff = Backoff { first: ms(first), factor: factor.into(), max: ms(most), jitter: 0.0 };
    let mut spec = ChildSpec::service(name, script, lives)
        .explicit_ready()
        .start_timeout(ms(terms.start_timeout))
        .restart(terms.restart)
        .backoff(backoff)
        .give_up(terms.give_up)
        .shutdown(terms.shutdown);
    if let Some(most) = terms.max_restarts {
        spec = spec.max_restarts(most);
    }
    if terms.significant {
        spec = spec.significant();
    }
    if terms.retry_start { spec.retry_start() } else { spec }
}

type Answer = Pin<Box<dyn Future<Output = Result<(), AdminError>> + Send>>;

/// Both of them.
struct Pair {
    root: Scope,
    model: Model,
    sup: SupervisorRef,
    seen: Seen,
    since: Instant,
    wires: Wires,
    handles: HashMap<&'static str, ChildRef>,
    waiting: Vec<Answer>,
    /// Lines of the model's log that were compared.
    compared: usize,
}

impl Pair {
    async fn new(root: Scope, rules: Rules, kids: Vec<Terms>) -> Self {
        let (seen, since, wires) = (Seen::new(&root), Instant::now(), Wires::default());
        let within =
            Intensity { restarts: u32::try_from(rules.restarts).expect("few"), within: ms(rules.within) };
        let mut sup =
            Supervisor::new("sup", rules.strategy).intensity(within).auto_shutdown(rules.auto_shutdown);
        let mut handles = HashMap::new();
        let kids: Vec<_> = NAMES.into_iter().zip(kids).collect();
        for (name, terms) in &kids {
            let spec = spec(name, terms, &wires);
            handles.insert(*name, spec.handle());
            sup = sup.child(spec);
        }
        let sup = root.child(ends_alone(sup));
        let model = Model::new(rules, kids);
        Self { root, model, sup, seen, since, wires, handles, waiting: Vec::new(), compared: 0 }
    }

    fn tell(&mut self, to: usize, tell: Tell) {
        if self.model.tell(NAMES[to], tell) {
            let wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
            // A life that was not polled yet has none; the model must not hear of it either.
            wires.get(NAMES[to]).expect("it lives").try_send(tell).expect("it takes what it is told");
        }
    }

    /// Both refuse it with the same word, or none does.
    async fn administer(&mut self, mut answer: Answer, by_model: Result<(), &'static str>) {
        let told = match poll_once(answer.as_mut()).await {
            Poll::Pending => {
                self.waiting.push(answer);
                Ok(())
            }
            Poll::Ready(Err(error)) if !matches!(error, AdminError::Start(_)) => Err(format!("{error:?}")),
            Poll::Ready(_) => Ok(()),
        };
        assert_eq!(told, by_model.map_err(str::to_owned));
    }

    async fn step(&mut self, op: Op) {
        let (sup, ctx) = (self.sup.clone(), self.root.ctx().clone());
        match op {
            Op::Tell(to, what) => self.tell(to, what),
            Op::TellTwo(one, other) => {
                self.tell(one.0, one.1);
                if one.0 != other.0 {
                    self.tell(other.0, other.1);
                }
            }
            Op::Ask(to) => {
                if let Some(id) = self.model.find(NAMES[to]) {
                    self.model.ask_kid(id);
                    self.handles[NAMES[to]].request_stop();
                }
            }
            Op::Terminate(to) => {
                let answer = Box::pin(async move { sup.terminate_child(&ctx, NAMES[to]).await });
                let by_model = self.model.terminate(NAMES[to]);
                self.administer(answer, by_model).await;
            }
            Op::Restart(to) => {
                let answer = Box::pin(async move { sup.restart_child(&ctx, NAMES[to]).await });
                let by_model = self.model.restart_child(NAMES[to]);
                self.administer(answer, by_model).await;
            }
            Op::Delete(to) => {
                let told = self.sup.delete_child(NAMES[to]).map_err(|error| format!("{error:?}"));
                assert_eq!(told, self.model.delete(NAMES[to]).map_err(str::to_owned));
            }
            Op::Add(to, terms) => {
                let spec = spec(NAMES[to], &terms, &self.wires);
                let handle = spec.handle();
                let answer = Box::pin(async move { sup.start_child(&ctx, spec).await.map(drop) });
                let by_model = self.model.start_child(NAMES[to], terms);
                if by_model.is_ok() {
                    self.handles.insert(NAMES[to], handle);
                }
                self.administer(answer, by_model).await;
            }
            Op::Pass(millis) => {
                pass(millis).await;
                settle().await;
                self.model.pass(millis);
            }
            Op::Stop => {
                self.sup.request_stop();
                self.model.stop();
            }
        }
        self.model.run();
        if !self.model.is_undecided() {
            self.compare().await;
        }
    }

    /// They have seen and show the same.
    async fn compare(&mut self) {
        settle().await;
        let real: Vec<_> = self.seen.lines();
        let model = &self.model.log[self.compared..];
        assert_eq!(real, model, "what happened, by the real one (left) and by the model");
        self.compared = self.model.log.len();
        if self.model.has_ended() {
            return;
        }
        let since = self.since;
        let real: Vec<Shown> = self.sup.children().iter().map(|child| shown(child, since)).collect();
        assert_eq!(real, self.model.children(), "the children");
        let count = self.sup.count();
        assert_eq!((count.specs as usize, count.active as usize), self.model.count(), "the count");
        assert_eq!(self.sup.window().0 as usize, self.model.window(), "the window");
        let mut waiting = Vec::new();
        for mut answer in std::mem::take(&mut self.waiting) {
            if poll_once(answer.as_mut()).await.is_pending() {
                waiting.push(answer);
            }
        }
        self.waiting = waiting;
    }

    /// Whatever lingers is let go until the supervisor has ended; then nobody waits, and nothing is left.
    async fn end(mut self) {
        self.step(Op::Stop).await;
        for _ in 0..2 * NAMES.len() {
            for to in 0..NAMES.len() {
                if !self.model.has_ended() {
                    self.step(Op::Tell(to, Tell::Return)).await;
                }
            }
        }
        assert!(self.model.has_ended(), "{:?}", self.model);
        for answer in &mut self.waiting {
            assert!(poll_once(answer.as_mut()).await.is_ready(), "an administrator still waits");
        }
        let account = self.root.account();
        assert!(account.is_balanced() && account.live == 1, "{account:?}");
    }
}

fn shown(child: &ChildInfo, since: Instant) -> Shown {
    let state = match &child.state {
        ChildState::Backoff { until, attempt } => {
            format!("Backoff {} {attempt}", (*until - since).as_millis())
        }
        ChildState::Down(reason) => format!("Down {}", reason.name()),
        other => format!("{other:?}"),
    };
    let last = child.last_reason.as_ref().map(|reason| reason.name().to_owned());
    assert_eq!(child.starts, child.incarnation, "S32c");
    (child.id.clone(), state, child.starts, child.exits, child.failed_starts, last)
}

/// Whether the page decides how the case goes.
fn compare((rules, kids, ops): Case) -> bool {
    quiet();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let mut decided = true;
    let report = runtime.expect("it can be made").block_on(Root::run(async |root| {
        let mut pair = Pair::new(root, rules, kids).await;
        pair.compare().await;
        for op in ops {
            if pair.model.has_ended() {
                break;
            }
            pair.step(op).await;
            if pair.model.is_undecided() {
                decided = false;
                return Ok(());
            }
        }
        pair.end().await;
        Ok(())
    }));
    assert!(!decided || report.exit_code == 0 && report.account.is_closed(), "{report}");
    decided
}

/// In some ten seconds of two busy cores.
const CASES: u32 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s19_to_s30_a_supervisor_does_what_the_model_of_the_page_does(case in case()) {
        prop_assume!(compare(case), "two kinds of timers at one instant");
    }
}
