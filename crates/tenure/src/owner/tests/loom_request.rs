//! Model of O1: the owner begins a request while its caller takes it back.
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

use crate::error::CallErrorKind;
use crate::owner::lifecycle::{Heard, Stage, Withdrawn};
use crate::sync::Mutex;
use loom::thread;
use std::sync::Arc;

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
