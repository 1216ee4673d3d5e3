//! The ways to break the owner, and the moment one strikes.

use super::measure::{Answer, Tally};
use clap::ValueEnum;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// What breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fault {
    /// Nothing
    #[default]
    None,
    /// A turn of the owner panics
    Panic,
    /// A turn ends its owner
    Exit,
    /// The owner is asked to stop from outside
    Stop,
    /// Every 100th turn calls a second owner, whose turn calls the first
    Deadlock,
    /// Turns keep the reply and never answer
    Silent,
    /// Each answer leaves 2 s after its turn
    Slow,
    /// One turn blocks its thread for 3 s
    Hang,
}

/// With `deadlock`, one turn in so many goes round through the second owner.
pub(crate) const DEADLOCK_EVERY: u64 = 100;
/// With `slow`, how long after its turn an answer leaves: twice the deadline of a call, so each comes too late.
pub(crate) const SLOW_BY: Duration = Duration::from_secs(2);
/// With `hang`, how long the turn blocks its thread: three deadlines, so the whole queue runs into them.
pub(crate) const HANG_FOR: Duration = Duration::from_secs(3);
/// What a planted failure says.
pub(crate) const PLANTED: &str = "planted";

impl Fault {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Panic => "panic",
            Self::Exit => "exit",
            Self::Stop => "stop",
            Self::Deadlock => "deadlock",
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::Hang => "hang",
        }
    }

    /// How long after the fault the stop must wait, so that its end is seen.
    pub(crate) const fn visible_for(self) -> Duration {
        Duration::from_millis(match self {
            Self::Silent => 1_500,
            Self::Slow => 2_500,
            Self::Hang => 3_500,
            Self::None | Self::Panic | Self::Exit | Self::Stop | Self::Deadlock => 0,
        })
    }

    /// May a caller be told this under the fault? Anything else fails the verdict.
    pub(crate) const fn explains(self, answer: Answer) -> bool {
        use Answer as A;
        match self {
            Self::None => false,
            Self::Panic => {
                matches!(answer, A::Panicked | A::DiedPanicked | A::Closed | A::RecvError | A::SendError)
            }
            Self::Exit => matches!(answer, A::DiedFailed | A::Closed | A::RecvError | A::SendError),
            Self::Stop => matches!(answer, A::Stopped | A::Closed | A::RecvError | A::SendError),
            Self::Deadlock => matches!(answer, A::Deadlock),
            // What the owner still holds when it is stopped ends `Stopped`, begun.
            Self::Silent | Self::Slow => matches!(answer, A::LateBegun | A::StoppedBegun),
            // `Full`: with more callers than places, those without one wait for the hanging turn as well.
            Self::Hang => matches!(answer, A::LateBegun | A::LateQueued | A::Full),
        }
    }

    /// The same where the owner is made again: what is told of its end for good is told to nobody.
    pub(crate) const fn explains_supervised(self, answer: Answer) -> bool {
        use Answer as A;
        match self {
            Self::Panic => matches!(answer, A::Panicked),
            Self::Exit => false,
            Self::Stop => matches!(answer, A::Stopped),
            Self::None | Self::Deadlock | Self::Silent | Self::Slow | Self::Hang => self.explains(answer),
        }
    }

    /// Does the owner end by it?
    pub(crate) const fn ends_the_owner(self) -> bool {
        matches!(self, Self::Panic | Self::Exit | Self::Stop)
    }

    /// Does one request, taken from a caller, carry the fault?
    const fn is_carried_by_a_request(self) -> bool {
        matches!(self, Self::Panic | Self::Exit | Self::Hang)
    }
}

const WAITING: u8 = 0;
const ARMED: u8 = 1;
const STRUCK: u8 = 2;

/// The fault of this run: planted by control, struck by the first that comes upon it.
#[derive(Debug)]
pub(crate) struct Planted {
    fault: Fault,
    state: AtomicU8,
    tally: Arc<Tally>,
}

impl Planted {
    pub(crate) fn new(fault: Fault, tally: Arc<Tally>) -> Self {
        Self { fault, state: AtomicU8::new(WAITING), tally }
    }

    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// From now on the fault is there. One that a request carries strikes with the next; the others strike here.
    pub(crate) fn arm(&self) {
        if self.fault.is_carried_by_a_request() {
            self.state.store(ARMED, Ordering::Relaxed);
        } else if self.fault != Fault::None {
            self.tally.fault_strikes_now();
            self.state.store(STRUCK, Ordering::Relaxed);
        }
    }

    /// True for exactly one caller, once `fault` is planted.
    pub(crate) fn take(&self, fault: Fault) -> bool {
        // The plain load first: this stands in every turn, and an exchange would make its line travel.
        self.fault == fault
            && self.state.load(Ordering::Relaxed) == ARMED
            && self.state.compare_exchange(ARMED, STRUCK, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Has it struck? For the faults that last.
    pub(crate) fn is_on(&self) -> bool {
        self.state.load(Ordering::Relaxed) == STRUCK
    }

    /// When a thread that hangs comes back; 0 if none does.
    pub(crate) fn hangs_until(&self) -> Duration {
        match (self.fault, self.tally.struck()) {
            (Fault::Hang, Some(struck)) => struck + HANG_FOR,
            _ => Duration::ZERO,
        }
    }

    /// The moment from which answers are measured.
    pub(crate) fn strikes_now(&self) {
        self.tally.fault_strikes_now();
    }

    /// The planted panic.
    pub(crate) fn panic(&self) -> ! {
        self.strikes_now();
        panic!("{PLANTED}")
    }

    /// The planted hang: the thread does nothing else, as in a turn that waits for a disk.
    #[expect(clippy::disallowed_methods, reason = "blocking the worker is the fault that is shown")]
    pub(crate) fn hang(&self) {
        self.strikes_now();
        std::thread::sleep(HANG_FOR);
    }
}

/// Keeps the planted panic off stderr: it is the experiment, and the result tells it. Every other panic is told as ever.
pub(crate) fn keep_the_planted_panic_quiet() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let here = info.location().is_some_and(|location| location.file() == file!());
        if !(here && info.payload_as_str() == Some(PLANTED)) {
            told(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_on_the_command_line() {
        for fault in Fault::value_variants() {
            assert_eq!(fault.to_possible_value().unwrap().get_name(), fault.name());
        }
    }

    #[test]
    fn a_fault_that_a_request_carries_strikes_once() {
        let tally = Arc::new(Tally::new(1, 0));
        let planted = Planted::new(Fault::Panic, Arc::clone(&tally));
        assert!(!planted.take(Fault::Panic), "not yet planted");
        planted.arm();
        assert!(!planted.take(Fault::Exit), "another fault");
        assert!(planted.take(Fault::Panic));
        assert!(!planted.take(Fault::Panic), "only one request carries it");
    }

    #[test]
    fn a_fault_that_lasts_strikes_when_it_is_planted() {
        let tally = Arc::new(Tally::new(1, 0));
        let planted = Planted::new(Fault::Silent, Arc::clone(&tally));
        assert!(!planted.is_on());
        planted.arm();
        assert!(planted.is_on() && tally.struck().is_some());
    }

    #[test]
    fn without_a_fault_no_error_is_explained() {
        for answer in Answer::ALL {
            assert!(!Fault::None.explains(answer), "{answer:?}");
        }
    }
}
