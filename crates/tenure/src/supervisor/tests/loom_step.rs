//! Model of S26a: the stop of a supervisor races with the exit of a child that would be restarted.
//!
//! The supervisor and its machine are the real ones; the child has no place, so that acts change nothing but the machine.
//!
//! Must hold: whichever comes first, no start follows the stop, nothing waits for its backoff, and whoever leaves last leaves
//! no act undone.
//!
//! Mutations that were seen to fail here:
//! * whoever finds another at work forgets what it decided;
//! * whoever is at work looks for more only once, before it performs.

use crate::error::Cause;
use crate::exit::ExitReason;
use crate::ident::TaskPath;
use crate::supervisor::decide::{Asked, Remake};
use crate::supervisor::machine::machine::{Kind, Phase, Rules, Terms, Way};
use crate::supervisor::run::Boss;
use crate::supervisor::spec::{Backoff, GiveUp, Restart};
use crate::supervisor::tree::{AutoShutdown, Intensity, Strategy};
use loom::thread;
use std::sync::Arc;

fn boss() -> Arc<Boss> {
    let boss = Boss::new(Rules {
        kind: Kind::Static,
        strategy: Strategy::OneForOne,
        intensity: Intensity::DEFAULT,
        auto_shutdown: AutoShutdown::Never,
        max_children: 1,
    });
    let terms = Terms {
        restart: Restart::Permanent,
        remake: Remake::Possible,
        backoff: Backoff::none(),
        max_restarts: None,
        give_up: GiveUp::Escalate,
        significant: false,
        retry_start: false,
        start_timeout: None,
        is_supervisor: false,
    };
    boss.look(|machine| machine.insert("a".into(), TaskPath::from("app/a"), terms, true));
    boss.step(|machine, now| machine.begin(now));
    boss.step(|machine, now| machine.ready(0, now));
    boss
}

#[test]
fn loom_a_stop_that_races_with_an_exit_leaves_no_start_behind_it() {
    loom::model(|| {
        let boss = boss();
        let exits = {
            let boss = Arc::clone(&boss);
            thread::spawn(move || {
                boss.step(|machine, now| machine.exited(0, ExitReason::Normal, Asked::Nobody, now));
                boss.step(|machine, now| machine.life_over(0, false, now));
            })
        };
        boss.stop(&Cause::ScopeDropped, Way::Drain);
        exits.join().unwrap();
        boss.look(|machine| {
            assert!(machine.next_act().is_none(), "an act was left undone");
            let phase = machine.slot(0).map(|slot| slot.phase.clone());
            match phase {
                Some(Phase::Down(_)) => assert!(machine.has_ended()),
                Some(Phase::Stopping(_)) => assert!(!machine.has_ended(), "its new life is to end first"),
                other => panic!("{other:?} after the stop"),
            }
        });
    });
}
