//! The watchdog: a plain thread outside the runtime, which asks for a heartbeat, looks, and publishes what it saw (H2).

use crate::context::Context;
use crate::context::pulse::{HEARTBEAT, Heartbeat, Woken};
use crate::exit::catch;
use crate::health::options::HealthOptions;
use crate::health::watch::{WINDOW_PARTS, Watch};
use crate::rt;
use crate::scope::acts::spawn_house;
use crate::scope::core::ScopeCore;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The shortest time between two looks.
const LOOK_EVERY_MIN: Duration = Duration::from_millis(100);
/// A look is not begun sooner than so many times the length of the last: the watchdog stays below a hundredth of a core.
const REST_FACTOR: u32 = 100;
/// After a look for the bell, the shortest time to the next: a child that is restarted a hundred thousand times a second rings
/// each time, and whoever restarts it would pay for waking this thread.
const BELL_REST: Duration = Duration::from_millis(10);
/// Looks and sentences need a few KiB; the rest is for builds without optimisation.
const STACK_BYTES: usize = 256 * 1024;

/// The watchdog of a root. Dropping it ends the thread and the heartbeat, and joins the thread: it waits for nothing but its
/// bell, so that takes no longer than one look.
#[derive(Debug)]
pub(crate) struct Watchdog {
    root: Arc<ScopeCore>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    pub(crate) fn start(root: &Arc<ScopeCore>, ctx: &Context, options: HealthOptions) -> Self {
        let watch = Watch::of(root, options);
        let pulse = &root.tree.pulse;
        spawn_house(root, ctx, |id| pulse.set_task(id), Heartbeat(Arc::clone(pulse)));
        let watched = Arc::clone(root);
        let thread =
            rt::start_thread("tenure-watchdog", Some(STACK_BYTES), move || run(&watched, &watch)).ok();
        Self { root: Arc::clone(root), thread }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.root.tree.pulse.close();
        if let Some(thread) = self.thread.take() {
            drop(thread.join()); // a panic there is a bug of ours, and no reason to end anything else
        }
    }
}

fn run(root: &Arc<ScopeCore>, watch: &Watch) {
    let every = (watch.window() / WINDOW_PARTS).clamp(LOOK_EVERY_MIN, HEARTBEAT);
    let (mut rest, mut bell_rest) = (every, Duration::ZERO);
    loop {
        root.tree.pulse.ask();
        let woken = root.tree.pulse.listen(rest, bell_rest);
        if woken == Woken::Closed {
            return;
        }
        let began = Instant::now();
        // What ended meanwhile may be dropped here, with what its users put into it: their panic ends no watchdog.
        drop(catch(|| watch.publish(root)));
        let rest_of_look = began.elapsed() * REST_FACTOR;
        rest = every.max(rest_of_look);
        bell_rest = if woken == Woken::ByBell { BELL_REST.max(rest_of_look) } else { Duration::ZERO };
    }
}
