//! A wait leaves no trace, and takes nobody else's place away.

use crate::context::waiters::{Event, Mark, Waiters, Waiting};
use crate::record::wait::Wakee;
use std::sync::Mutex;
use std::task::{Context, Waker};

struct Never(Mutex<Waiters>);

impl Event for Never {
    fn wait(&self, wakee: Wakee) -> Option<Mark> {
        Some(self.0.lock().unwrap().add(wakee))
    }

    fn leave(&self, mark: Mark) {
        drop(self.0.lock().unwrap().remove(mark));
    }
}

#[test]
fn a_wait_that_is_polled_often_and_dropped_leaves_no_trace() {
    let never = Never(Mutex::default());
    let cx = Context::from_waker(Waker::noop());
    let mut stays = Waiting::new(&never);
    let mut goes = Waiting::new(&never);
    for _ in 0..3 {
        assert!(stays.poll(&cx).is_pending() && goes.poll(&cx).is_pending());
    }
    drop(goes);
    assert_eq!(never.0.lock().unwrap().take().len(), 1);
}

/// All were told, and another wait has the place: whoever was told leaves without harm.
#[test]
fn a_wait_that_was_told_takes_nobody_elses_place_away() {
    let never = Never(Mutex::default());
    let cx = Context::from_waker(Waker::noop());
    let mut told = Waiting::new(&never);
    assert!(told.poll(&cx).is_pending());
    drop(never.0.lock().unwrap().take());
    let mut later = Waiting::new(&never);
    assert!(later.poll(&cx).is_pending());
    drop(told);
    assert_eq!(never.0.lock().unwrap().take().len(), 1);
}
