//! Models L4 and L7. L4 is O1: the owner begins a request while its caller takes it back.
//!
//! As `mailbox.rs` and `request.rs` do it: the step is taken under the mailbox's lock and then the request's, the counts
//! are changed under the first. The answer is given under the request's lock alone.
//!
//! Must hold: the request is run, or given back, never both and never neither; a reply is heard or unheard; whoever looks
//! at the counts finds every accepted request in one place.
//!
//! Mutations that were seen to fail here:
//! * the owner looks (`is_queued`) under one hold of the locks and begins under the next, without looking at what it got;
//! * the owner changes the counts after it has given the mailbox's lock back;
//! * the caller withdraws under the request's lock alone, and counts afterwards.

use crate::context::Context;
use crate::context::context::Home;
use crate::context::lifetime::Lifetime;
use crate::error::CallErrorKind;
use crate::ident::TaskPath;
use crate::owner::lifecycle::{Heard, Stage, Withdrawn};
use crate::owner::request::{Cell, ReplySlot};
use crate::sync::{AtomicU32, Mutex, Ordering::Relaxed};
use loom::thread;
use std::any::Any;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

#[derive(Default)]
struct Counts {
    queued: u32,
    begun: u32,
    discarded: u32,
}

/// What was sent.
#[derive(Debug, PartialEq, Eq)]
struct Payload;

struct Shared {
    mailbox: Mutex<Counts>,
    request: Mutex<Stage<Payload, u32>>,
}

/// Whether it ran, and who heard of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ran {
    No,
    Heard,
    Unheard,
}

/// What the caller left with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    TheRequest,
    TheReply,
    Nothing,
}

impl Shared {
    fn owner(&self) -> Ran {
        let mut counts = self.mailbox.lock();
        let payload = self.request.lock().begin();
        if payload.is_some() {
            counts.queued -= 1;
            counts.begun += 1;
        }
        drop(counts);
        let Some(Payload) = payload else { return Ran::No };
        match self.request.lock().answer(7) {
            Heard::Yes => Ran::Heard,
            Heard::No(_) => Ran::Unheard,
            Heard::Late(_) => unreachable!("nobody else answers"),
        }
    }

    fn caller(&self) -> Left {
        let mut counts = self.mailbox.lock();
        let withdrawn = self.request.lock().withdraw();
        if let Withdrawn::NotBegun(_) = &withdrawn {
            counts.queued -= 1;
            counts.discarded += 1;
        }
        drop(counts);
        match withdrawn {
            Withdrawn::NotBegun(Payload) => Left::TheRequest,
            Withdrawn::Done(Ok(reply)) => {
                assert_eq!(reply, 7);
                Left::TheReply
            }
            Withdrawn::Begun => Left::Nothing,
            Withdrawn::NotAccepted(_) | Withdrawn::Nothing | Withdrawn::Done(Err(_)) => {
                unreachable!("it was queued, and nobody refuses it")
            }
        }
    }

    fn look(&self) {
        let counts = self.mailbox.lock();
        assert_eq!(counts.queued + counts.begun + counts.discarded, 1, "an accepted request is in one place");
        let stage = self.request.lock();
        assert_eq!(stage.is_queued(), counts.queued == 1, "the counts lag behind the request");
    }
}

#[test]
fn loom_exactly_one_of_owner_and_caller_has_the_request() {
    loom::model(|| {
        let shared = Arc::new(Shared {
            mailbox: Mutex::new(Counts { queued: 1, ..Counts::default() }),
            request: Mutex::new(Stage::<Payload, u32>::Queued(Payload)),
        });
        let owner = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.owner())
        };
        let caller = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.caller())
        };
        shared.look();
        let (ran, left) = (owner.join().unwrap(), caller.join().unwrap());
        let is_one_story = matches!(
            (ran, left),
            (Ran::No, Left::TheRequest) | (Ran::Heard, Left::TheReply) | (Ran::Unheard, Left::Nothing)
        );
        assert!(is_one_story, "{ran:?}, {left:?}");
        shared.look();
    });
}

/// The end of the owner against the caller: one of them has the payload, in an answer or in its hands.
#[test]
fn loom_a_request_that_is_refused_while_it_is_withdrawn_comes_back_once() {
    loom::model(|| {
        let request = Arc::new(Mutex::new(Stage::<Payload, u32>::Queued(Payload)));
        let owner = {
            let request = Arc::clone(&request);
            thread::spawn(move || request.lock().refuse(|payload| CallErrorKind::Closed { request: payload }))
        };
        let withdrawn = request.lock().withdraw();
        let refused = owner.join().unwrap();
        match withdrawn {
            Withdrawn::NotBegun(Payload) => assert!(!refused),
            Withdrawn::Done(Err(CallErrorKind::Closed { request: Payload })) => assert!(refused),
            _ => panic!("the payload is lost"),
        }
    });
}

struct Nowhere(TaskPath);

impl Home for Nowhere {
    fn path(&self) -> &TaskPath {
        &self.0
    }

    fn abort_at(&self) -> Option<tokio::time::Instant> {
        None
    }

    fn said_ready(&self) {}

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

struct Flag(AtomicU32);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(1, Relaxed);
    }
}

/// L7: a call is polled by one task and then by another while its answer comes.
///
/// Must hold: whoever polled last has the answer, or was woken for it.
///
/// Mutations that were seen to fail here:
/// * `answer_or_register` keeps the first waker;
/// * it looks for the answer under one hold of the lock, and registers under the next.
#[test]
fn loom_the_last_who_polled_a_call_is_woken() {
    loom::model(|| {
        let ctx = Context::new(Lifetime::detached(), Arc::new(Nowhere(TaskPath::from("app"))));
        let call: Arc<Cell<Payload, u32>> = Cell::begun(&ctx, Duration::MAX, None);
        let answers = {
            let call = Arc::clone(&call);
            thread::spawn(move || ReplySlot::answer(&*call, 7))
        };
        let mut last = None;
        let mut is_answered = false;
        for _ in 0..2 {
            let flag = Arc::new(Flag(AtomicU32::new(0)));
            if call.poll_answer(&Waker::from(Arc::clone(&flag))).is_ok() {
                is_answered = true;
                break;
            }
            last = Some(flag);
        }
        assert_eq!(answers.join().unwrap(), Some(true));
        assert!(is_answered || last.unwrap().0.load(Relaxed) == 1, "a sleeper: its answer lies there");
    });
}
