//! A client: asks in a loop until the program drains or there is nobody left to ask, and notes each answer.

use super::super::fault::{Fault, Planted};
use super::super::measure::{Answer, Back, Seat, Tally};
use super::super::plan::{DEMO_CALL_TIMEOUT, Program, STOPPED_RETRY};
use super::store::{Get, Hang, Later, Op, Put, Served, Store, Through};
use std::sync::Arc;
use tenure::{CallError, CallErrorKind, Context, ExitReason, Handled, OwnerRef, Result};

/// Readers get, writers put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
}

/// What one client holds.
pub(super) struct Client {
    pub role: Role,
    pub keys: u64,
    pub program: Program,
    pub seat: Seat,
    pub store: OwnerRef<Store>,
    pub planted: Arc<Planted>,
    pub tally: Arc<Tally>,
}

/// The whole life of a client. Its errors are the experiment, so none of them is the task's own.
pub(super) async fn client(ctx: Context, mut client: Client) -> Result {
    while !ctx.is_draining() {
        let call = ctx.timeout(DEMO_CALL_TIMEOUT);
        client.seat.asks();
        match client.ask(&call).await {
            Ok(life) => client.seat.got_value(life),
            Err(told) => {
                client.seat.got_error(told.answer, told.back, || told.said);
                match (told.answer.is_a_stop(), client.program) {
                    (true, Program::Supervised) => {
                        client.seat.pauses();
                        // A pause that is cut short is the end: the loop sees it.
                        ctx.sleep(STOPPED_RETRY).await.ok();
                    }
                    (true, Program::Owned | Program::Naive) => break,
                    (false, _) if told.answer.is_for_good() => break,
                    (false, _) => {}
                }
            }
        }
    }
    Ok(())
}

impl Client {
    fn next(&self) -> Op {
        let key = fastrand::u64(..self.keys);
        match self.role {
            Role::Reader => Op::Get(key),
            Role::Writer => Op::Put(key, fastrand::u64(..)),
        }
    }

    /// One call, and which life of the owner answered it. As the fault of this run needs it: the kind of handler decides where a turn runs and when its reply leaves.
    async fn ask(&self, call: &Context) -> Result<u32, Told> {
        let op = self.next();
        match self.planted.fault() {
            Fault::Silent | Fault::Slow => self.store.call(call, Later(op)).await.map(life).map_err(told),
            Fault::Hang if self.planted.take(Fault::Hang) => {
                self.store.call(call, Hang(op)).await.map(life).map_err(told)
            }
            Fault::Deadlock => {
                let (served, refusal) = self.store.call(call, Through(op)).await.map_err(told)?;
                if let Some(r) = refusal {
                    self.tally.refused(r.answer, r.back, r.took, &r.said);
                }
                Ok(life(served))
            }
            Fault::None | Fault::Panic | Fault::Exit | Fault::Stop | Fault::Hang => match op {
                Op::Get(key) => self.store.call(call, Get(key)).await.map(life).map_err(told),
                Op::Put(key, value) => self.store.call(call, Put(key, value)).await.map(life).map_err(told),
            },
        }
    }
}

/// Which life of the owner answered. What the key held is of no interest to a client that only asks again.
fn life((_, life): Served) -> u32 {
    life
}

/// An error without its request, which is judged and dropped.
pub(super) struct Told {
    pub answer: Answer,
    pub back: Back,
    pub said: Option<String>,
}

/// Which of the ways it was, whether the request came back, and what it said.
pub(super) fn told<R>(error: CallError<R>) -> Told {
    let back = |request: &Option<R>| if request.is_some() { Back::Yes } else { Back::No };
    let (answer, back, said) = match error.kind {
        CallErrorKind::Full { .. } => (Answer::Full, Back::Yes, None),
        CallErrorKind::Closed { .. } => (Answer::Closed, Back::Yes, None),
        CallErrorKind::Stopped { request: Some(_) } => (Answer::Stopped, Back::Yes, None),
        CallErrorKind::Stopped { request: None } => (Answer::StoppedBegun, Back::No, None),
        CallErrorKind::Deadlock { cycle, .. } => {
            let paths: Vec<&str> = cycle.iter().map(|path| path.as_str()).collect();
            (Answer::Deadlock, Back::Yes, Some(paths.join(" -> ")))
        }
        CallErrorKind::Cancelled { request, .. } => (Answer::Cancelled, back(&request), None),
        CallErrorKind::DeadlineExceeded { handled, request, .. } => {
            let answer = match handled {
                Handled::Yes => Answer::LateBegun,
                Handled::No => Answer::LateQueued,
                Handled::Unknown => Answer::LateUnknown,
            };
            (answer, back(&request), None)
        }
        CallErrorKind::Panicked { message, location } => {
            let at = location.map(|at| format!(" at {at}")).unwrap_or_default();
            (Answer::Panicked, Back::No, Some(format!("panicked{at} \"{message}\"")))
        }
        CallErrorKind::Died { reason, request } => {
            let answer = match reason {
                ExitReason::Panicked(_) => Answer::DiedPanicked,
                ExitReason::Failed(_) => Answer::DiedFailed,
                _ => Answer::DiedOtherwise,
            };
            (answer, back(&request), Some(format!("{reason:?}")))
        }
        CallErrorKind::Unanswered => (Answer::Unanswered, Back::No, None),
        _ => (Answer::Unknown, Back::No, None),
    };
    Told { answer, back, said }
}
