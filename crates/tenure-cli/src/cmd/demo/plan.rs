//! What was asked, and the times that follow from it.

use super::fault::Fault;
use crate::args::DemoArgs;
use crate::exit::Exit;
use crate::render::{Complaint, chosen};
use crate::values::RunFor;
use std::time::Duration;
use tenure_wire::text::thousands;

/// Deadline of each call of the demo.
pub(crate) const DEMO_CALL_TIMEOUT: Duration = Duration::from_secs(1);
/// When the fault strikes if the run has no end of its own.
const FAULT_AT_IF_FOREVER: Duration = Duration::from_millis(500);
/// How long a supervised owner stays down before it is made again.
pub(crate) const RESTART_AFTER: Duration = Duration::from_millis(100);
/// How long after the fault that ends a supervised owner the stop must wait, so that its next life is seen to serve.
const RESTART_VISIBLE: Duration = Duration::from_millis(200);
/// How long a client of a supervised owner waits after `Stopped`: the owner drains, and a queue is drained in less.
pub(crate) const STOPPED_RETRY: Duration = Duration::from_millis(1);

/// Which program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// On tenure; an owner that ends stays down.
    Owned,
    /// On tenure; an owner that ends is made again.
    Supervised,
    /// In plain Tokio.
    Naive,
}

/// One run, as asked.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub readers: u64,
    pub writers: u64,
    pub keys: u64,
    pub run_for: RunFor,
    pub fault: Fault,
    pub program: Program,
}

impl Plan {
    /// Refuses what could show nothing.
    pub(crate) fn new(args: &DemoArgs) -> Result<Self, Complaint> {
        if args.readers == 0 && args.writers == 0 {
            return Err(Complaint {
                what: "0 readers and 0 writers".into(),
                why: "with no client nothing is asked, so nothing can be shown".into(),
                hint: "tenure demo --readers 100 --writers 10".into(),
                exit: Exit::Usage,
            });
        }
        let program = match (args.naive, args.supervised) {
            (true, true) => return Err(naive_and_supervised(args.fault)),
            (true, false) => Program::Naive,
            (false, true) => Program::Supervised,
            (false, false) => Program::Owned,
        };
        Ok(Self {
            readers: args.readers,
            writers: args.writers,
            keys: args.keys,
            run_for: args.run_for,
            fault: args.fault,
            program,
        })
    }

    pub(crate) fn clients(&self) -> u64 {
        self.readers + self.writers
    }

    /// From the first request to the fault; `None` if none is planted.
    pub(crate) fn fault_at(&self) -> Option<Duration> {
        match (self.fault, self.run_for) {
            (Fault::None, _) => None,
            (_, RunFor::Limited(d)) => Some(d / 2),
            (_, RunFor::Forever) => Some(FAULT_AT_IF_FOREVER),
        }
    }

    /// From the first request to the stop request: late enough to see the end of the fault. `None`: at a signal.
    pub(crate) fn stop_at(&self) -> Option<Duration> {
        let visible_for = match self.program {
            Program::Supervised if self.fault.ends_the_owner() => RESTART_VISIBLE,
            _ => self.fault.visible_for(),
        };
        match self.run_for {
            RunFor::Limited(d) => Some(d.max(self.fault_at().unwrap_or_default() + visible_for)),
            RunFor::Forever => None,
        }
    }

    /// `1 owner, 100 readers, 10 writers, 5 keys, 1 s; fault: panic at 500 ms`.
    pub(crate) fn headline(&self) -> String {
        let many = |n: u64, one: &str| format!("{} {one}{}", thousands(n), if n == 1 { "" } else { "s" });
        let lasts = match self.stop_at() {
            Some(d) => chosen(d),
            None => "until a signal".into(),
        };
        let owners = if self.fault == Fault::Deadlock { "2 owners" } else { "1 owner" };
        let who = format!(
            "{owners}, {}, {}, {}, {lasts}",
            many(self.readers, "reader"),
            many(self.writers, "writer"),
            many(self.keys, "key")
        );
        let program = match self.program {
            Program::Owned => "",
            Program::Supervised => "; supervised",
            Program::Naive => "; plain Tokio",
        };
        match self.fault_at() {
            Some(at) => format!("{who}; fault: {} at {}{program}", self.fault.name(), chosen(at)),
            None => format!("{who}{program}"),
        }
    }

    /// The command that runs the program to compare with, under the same fault.
    pub(crate) fn other_program(&self) -> String {
        let command = command(self.fault);
        match self.program {
            // Where the owner does not end, a supervisor makes no difference.
            Program::Supervised if self.fault.ends_the_owner() => command,
            Program::Owned | Program::Supervised => format!("{command} --naive"),
            Program::Naive => command,
        }
    }
}

/// The command that plants this fault.
fn command(fault: Fault) -> String {
    match fault {
        Fault::None => "tenure demo".to_owned(),
        fault => format!("tenure demo --fault {}", fault.name()),
    }
}

fn naive_and_supervised(fault: Fault) -> Complaint {
    Complaint {
        what: "--supervised does not go with --naive".into(),
        why: "in plain Tokio a task that has ended is made again by nobody".into(),
        hint: format!("{} --supervised", command(fault)),
        exit: Exit::Usage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(fault: Fault, run_for: RunFor) -> Plan {
        Plan { readers: 100, writers: 10, keys: 5, run_for, fault, program: Program::Owned }
    }

    #[test]
    fn the_fault_comes_at_half_and_at_half_a_second_if_there_is_no_end() {
        let ms = Duration::from_millis;
        assert_eq!(plan(Fault::Panic, RunFor::Limited(ms(1000))).fault_at(), Some(ms(500)));
        assert_eq!(plan(Fault::Panic, RunFor::Forever).fault_at(), Some(ms(500)));
        assert_eq!(plan(Fault::None, RunFor::Forever).fault_at(), None);
    }

    #[test]
    fn silent_slow_and_hang_stop_no_earlier_than_their_end_can_be_seen() {
        let ms = Duration::from_millis;
        let stop = |fault, d| plan(fault, RunFor::Limited(ms(d))).stop_at();
        assert_eq!(stop(Fault::Panic, 1000), Some(ms(1000)));
        assert_eq!(stop(Fault::Silent, 1000), Some(ms(2000)));
        assert_eq!(stop(Fault::Slow, 1000), Some(ms(3000)));
        assert_eq!(stop(Fault::Hang, 1000), Some(ms(4000)));
        assert_eq!(stop(Fault::Hang, 60_000), Some(ms(60_000)));
        assert_eq!(plan(Fault::Hang, RunFor::Forever).stop_at(), None);
    }

    #[test]
    fn a_restart_is_waited_for_where_the_fault_ends_a_supervised_owner() {
        let ms = Duration::from_millis;
        let stop =
            |fault, d| Plan { program: Program::Supervised, ..plan(fault, RunFor::Limited(ms(d))) }.stop_at();
        assert_eq!(stop(Fault::Stop, 20), Some(ms(210)));
        assert_eq!(stop(Fault::Panic, 1000), Some(ms(1000)));
        assert_eq!(stop(Fault::Hang, 1000), Some(ms(4000)));
        assert_eq!(stop(Fault::None, 20), Some(ms(20)));
        assert_eq!(plan(Fault::Stop, RunFor::Limited(ms(20))).stop_at(), Some(ms(20)), "nobody comes back");
    }

    #[test]
    fn each_program_is_compared_with_one_that_does_worse() {
        let other = |fault, program| Plan { program, ..plan(fault, RunFor::Forever) }.other_program();
        assert_eq!(other(Fault::Panic, Program::Supervised), "tenure demo --fault panic");
        assert_eq!(other(Fault::Panic, Program::Owned), "tenure demo --fault panic --naive");
        assert_eq!(other(Fault::Hang, Program::Supervised), "tenure demo --fault hang --naive");
        assert_eq!(other(Fault::None, Program::Naive), "tenure demo");
    }

    #[test]
    fn the_headline_says_what_runs() {
        assert_eq!(
            plan(Fault::Panic, RunFor::Limited(Duration::from_secs(1))).headline(),
            "1 owner, 100 readers, 10 writers, 5 keys, 1 s; fault: panic at 500 ms"
        );
        let one = Plan { readers: 1, keys: 1, program: Program::Naive, ..plan(Fault::None, RunFor::Forever) };
        assert_eq!(one.headline(), "1 owner, 1 reader, 10 writers, 1 key, until a signal; plain Tokio");
        let supervised = Plan {
            program: Program::Supervised,
            ..plan(Fault::Exit, RunFor::Limited(Duration::from_secs(1)))
        };
        assert_eq!(
            supervised.headline(),
            "1 owner, 100 readers, 10 writers, 5 keys, 1 s; fault: exit at 500 ms; supervised"
        );
    }
}
