//! What is kept between two looks, and what is published: [`Scope::health`] looks when asked, a [`HealthWatch`] also tells
//! what the watchdog saw last.

use crate::clock::{age, now_coarse_ms};
use crate::health::look::{Rules, started_ms};
use crate::health::options::HealthOptions;
use crate::health::rule::{Age, Health, PROBLEMS_MAX, Problem};
use crate::ident::TaskPath;
use crate::scope::Scope;
use crate::scope::core::ScopeCore;
use crate::scope::snapshot::OwnerSeen;
use crate::sync::lock_static;
use rustc_hash::{FxHashMap, FxHashSet};
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Parts of the window: a share of calls is known to that much of it.
pub(super) const WINDOW_PARTS: u32 = 10;
/// A published problem is taken back when it was not found so many times running: what comes and goes does not flicker.
const CLEARED_AFTER: u32 = 3;

/// An owner's counters at some time.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at_ms: u32,
    calls_ended: u64,
    calls_expired: u64,
}

#[derive(Default)]
struct History {
    /// Of each owner, at most one a part of the window, and one from before it. Owners that are gone are left out.
    calls: FxHashMap<TaskPath, VecDeque<Sample>>,
    /// Long polls that were seen, until the window has passed. At most [`PROBLEMS_MAX`].
    long_polls: Vec<(u32, Problem)>,
}

#[derive(Default)]
struct Published {
    health: Option<Health>,
    /// Problems that were found lately, and how often running they were not since. At most [`PROBLEMS_MAX`].
    lately: Vec<(Problem, u32)>,
}

/// What the health of one root is judged by, and what was last said of it.
pub(super) struct Watch {
    options: HealthOptions,
    history: Mutex<History>,
    published: Mutex<Published>,
}

impl Watch {
    pub(super) fn new(options: HealthOptions) -> Self {
        Self { options, history: Mutex::default(), published: Mutex::default() }
    }

    /// The root's, with these options if it is the first time.
    pub(super) fn of(root: &ScopeCore, options: HealthOptions) -> Arc<Self> {
        let make = || Arc::new(Self::new(options)) as Arc<dyn Any + Send + Sync>;
        let kept = Arc::clone(root.tree.watched.kept.get_or_init(make));
        // Nobody else puts anything there; a look without a past would be right, too.
        kept.downcast().unwrap_or_else(|_| Arc::new(Self::new(options)))
    }

    pub(super) fn window(&self) -> Duration {
        self.options.window
    }

    /// One look, on any thread: at the runtime's own time, which a test may have paused.
    pub(super) fn look(&self, root: &Arc<ScopeCore>) -> Health {
        let (problems, stalled) = self.problems(root);
        Health::of(problems, says_ready(root), stalled)
    }

    fn problems(&self, root: &Arc<ScopeCore>) -> (Vec<Problem>, Duration) {
        let _time = root.tree.runtime.enter();
        let rules = Rules::new(self.options);
        let stalled = root.tree.pulse.stalled();
        let mut found = rules.look_at_tasks(root);
        let owners = root.tree.requests.owners();
        for (owner, in_window) in owners.iter().zip(self.in_window(&owners)) {
            rules.look_at_owner(owner, in_window, &mut found);
        }
        for note in root.tree.watched.supervisors() {
            Rules::look_at_supervisor(&note, &mut found);
        }
        rules.look_at_root(root, stalled, &mut found);
        self.add_long_polls(&mut found.problems);
        (found.problems, stalled)
    }

    /// For each owner: for how long it is known what became of calls, how many ended in that time, and by their deadline.
    fn in_window(&self, owners: &[OwnerSeen]) -> Vec<(Duration, u64, u64)> {
        let window = self.options.window;
        let mut history = lock_static(&self.history);
        let mut before = std::mem::take(&mut history.calls);
        let mut all = Vec::with_capacity(owners.len());
        for owner in owners {
            let mut samples = before.remove(&owner.path).unwrap_or_default();
            let now = Sample {
                at_ms: now_coarse_ms(),
                calls_ended: owner.calls_ended,
                calls_expired: owner.calls_expired,
            };
            // Of one that is seen for the first time nothing is known, unless all it did lies within the window.
            if samples.is_empty()
                && let Some(at_ms) = started_ms(owner.task).filter(|at_ms| age(*at_ms) <= window)
            {
                samples.push_back(Sample { at_ms, calls_ended: 0, calls_expired: 0 });
            }
            if samples.back().is_none_or(|last| age(last.at_ms) >= window / WINDOW_PARTS) {
                samples.push_back(now);
            }
            while samples.get(1).is_some_and(|second| age(second.at_ms) >= window) {
                samples.pop_front();
            }
            let first = samples.front().copied().unwrap_or(now);
            all.push((
                age(first.at_ms),
                now.calls_ended.saturating_sub(first.calls_ended),
                now.calls_expired.saturating_sub(first.calls_expired),
            ));
            history.calls.insert(owner.path.clone(), samples);
        }
        all
    }

    /// TP013 also tells of polls that are over, as long as the window reaches back to them.
    fn add_long_polls(&self, problems: &mut Vec<Problem>) {
        let mut history = lock_static(&self.history);
        let present: Vec<Problem> = problems.iter().filter(|there| there.code == "TP013").cloned().collect();
        history.long_polls.retain(|(seen_ms, over)| {
            age(*seen_ms) < self.options.window && !present.iter().any(|there| there.subject == over.subject)
        });
        let over = history.long_polls.iter().map(|(seen_ms, problem)| {
            let what =
                format!("`{}` was in one poll for at least {}.", problem.subject.path, Age(problem.since));
            Problem { what, since: age(*seen_ms), ..problem.clone() }
        });
        problems.extend(over);
        let room = PROBLEMS_MAX - history.long_polls.len();
        let seen = present.into_iter().take(room).map(|problem| (now_coarse_ms(), problem));
        history.long_polls.extend(seen);
    }

    /// A look for everybody: what it found, and what it has missed fewer than [`CLEARED_AFTER`] times.
    pub(super) fn publish(&self, root: &Arc<ScopeCore>) {
        let (found, stalled) = self.problems(root);
        self.publish_found(found, says_ready(root), stalled);
    }

    pub(super) fn publish_found(&self, found: Vec<Problem>, says_ready: bool, stalled: Duration) {
        let mut published = lock_static(&self.published);
        let before = std::mem::take(&mut published.lately);
        let now: FxHashSet<_> = found.iter().map(|new| (new.code, &new.subject)).collect();
        let missed: Vec<_> = before
            .into_iter()
            .filter(|(old, _)| !now.contains(&(old.code, &old.subject)))
            .map(|(old, times)| (old, times + 1))
            .filter(|(_, times)| *times < CLEARED_AFTER)
            .collect();
        let all = found.into_iter().map(|new| (new, 0)).chain(missed);
        let mut all: Vec<(Problem, u32)> = all.collect();
        all.sort_by(|(a, _), (b, _)| Problem::order(a, b));
        let problems = all.iter().map(|(problem, _)| problem.clone()).collect();
        all.truncate(PROBLEMS_MAX);
        published.lately = all;
        published.health = Some(Health::of(problems, says_ready, stalled));
    }

    pub(super) fn last(&self) -> Option<Health> {
        lock_static(&self.published).health.clone()
    }
}

/// Ready was said, and no shutdown has begun (S42).
fn says_ready(root: &ScopeCore) -> bool {
    root.tree.ready.load(Relaxed) && root.tree.plan.cause().is_none()
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Tells the health of a root from anywhere: from a thread outside the runtime, for as long as one likes. It owns nothing.
///
/// # Examples
/// ```
/// # #[tenure::main] async fn main(root: tenure::Scope) -> tenure::Result {
/// let watch = root.health_watch();
/// let seen = root.blocking("probe", move |_| Ok(watch.now().status)).join().await?;
/// assert_eq!(seen, tenure::HealthStatus::Ok);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HealthWatch {
    root: Arc<ScopeCore>,
}

impl fmt::Debug for HealthWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthWatch").field("root", &self.root.path).finish_non_exhaustive()
    }
}

impl HealthWatch {
    /// The health at this moment, as [`Scope::health`].
    pub fn now(&self) -> Health {
        Watch::of(&self.root, HealthOptions::DEFAULT).look(&self.root)
    }

    /// What the watchdog saw last: never older than a second or two, also while every worker hangs, and free. A problem
    /// stays in it until it was not found three times running, so that what comes and goes does not flicker.
    ///
    /// Before its first round, and where the system had no thread for a watchdog, this looks as [`HealthWatch::now`] does.
    pub fn last(&self) -> Health {
        Watch::of(&self.root, HealthOptions::DEFAULT).last().unwrap_or_else(|| self.now())
    }
}

impl Scope {
    /// What is wrong in this root, computed now from its records: the worst problem first, each with whom it is about,
    /// where in the source, for how long, why, and what to do.
    ///
    /// It runs no user code and blocks no worker. It costs a walk over the records: 6 ms for 100 000 tasks.
    ///
    /// # Examples
    /// ```
    /// use tenure::prelude::*;
    /// use tenure::{HealthStatus, Turn};
    ///
    /// struct Slow(Vec<Turn<Ask>>);
    /// struct Ask;
    /// impl Request for Ask {
    ///     type Reply = ();
    /// }
    /// impl tenure::HandleTurn<Ask> for Slow {
    ///     fn handle(&mut self, _: Ask, turn: Turn<Ask>) {
    ///         self.0.push(turn); // it keeps its callers waiting
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # tenure::Root::run(async |root| {
    /// assert_eq!(root.health().status, HealthStatus::Ok);
    ///
    /// let slow = root.own("slow", Slow(Vec::new()));
    /// root.spawn("caller", async move |ctx| {
    ///     let patient = ctx.with_deadline(tenure::Deadline::NONE);
    ///     slow.call(&patient, Ask).await.map_err(|error| error.without_request().into())
    /// });
    /// root.ctx().sleep(secs(31)).await?;
    ///
    /// let health = root.health();
    /// assert_eq!(health.status, HealthStatus::Degraded);
    /// let problem = health.problem("TP022").expect("a wait without a deadline");
    /// assert_eq!(problem.subject.path.as_str(), "app/caller");
    /// assert!(problem.what.contains("the reply of `app/slow`"), "{problem}");
    /// # Ok(()) }).await; }
    /// ```
    pub fn health(&self) -> Health {
        self.health_watch().now()
    }

    /// A handle for asking from elsewhere: another task, or a thread outside the runtime.
    pub fn health_watch(&self) -> HealthWatch {
        HealthWatch { root: Arc::clone(self.core()) }
    }
}
