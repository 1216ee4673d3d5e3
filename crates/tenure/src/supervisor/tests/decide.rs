//! What follows the exit of a child, as a table (S19, S8b).

use crate::supervisor::decide::Asked::{Nobody, Other, Supervisor};
use crate::supervisor::decide::Decision::{self, CannotRestart, LetEnd};
use crate::supervisor::decide::ExitKind::{Abnormal, Expected};
use crate::supervisor::decide::Remake::{Impossible, Possible};
use crate::supervisor::decide::{Asked, ExitKind, Remake, after_exit};
use crate::supervisor::spec::Restart::{self, Permanent, Temporary, Transient};

type Row = (Restart, Remake, Asked, [Decision; 2]);

/// For an expected and for an abnormal exit.
const TABLE: [Row; 18] = [
    (Permanent, Possible, Nobody, [Decision::Restart, Decision::Restart]),
    // A stop requested by anybody else is not asked for by its supervisor: `Permanent` restarts.
    (Permanent, Possible, Other, [Decision::Restart, Decision::Restart]),
    (Permanent, Possible, Supervisor, [LetEnd, LetEnd]),
    // Made from a value: never restarted, its abnormal exit fails its scope.
    (Permanent, Impossible, Nobody, [LetEnd, CannotRestart]),
    (Permanent, Impossible, Other, [LetEnd, LetEnd]),
    (Permanent, Impossible, Supervisor, [LetEnd, LetEnd]),
    (Transient, Possible, Nobody, [LetEnd, Decision::Restart]),
    // Any exit after a stop request counts as `Shutdown`, also a forced one.
    (Transient, Possible, Other, [LetEnd, LetEnd]),
    (Transient, Possible, Supervisor, [LetEnd, LetEnd]),
    (Transient, Impossible, Nobody, [LetEnd, CannotRestart]),
    (Transient, Impossible, Other, [LetEnd, LetEnd]),
    (Transient, Impossible, Supervisor, [LetEnd, LetEnd]),
    (Temporary, Possible, Nobody, [LetEnd, LetEnd]),
    (Temporary, Possible, Other, [LetEnd, LetEnd]),
    (Temporary, Possible, Supervisor, [LetEnd, LetEnd]),
    (Temporary, Impossible, Nobody, [LetEnd, LetEnd]),
    (Temporary, Impossible, Other, [LetEnd, LetEnd]),
    (Temporary, Impossible, Supervisor, [LetEnd, LetEnd]),
];

#[test]
fn every_exit_of_a_child_has_its_consequence() {
    for (restart, remake, asked, wanted) in TABLE {
        let decided = [Expected, Abnormal].map(|exit: ExitKind| after_exit(restart, remake, asked, exit));
        assert_eq!(decided, wanted, "{restart:?}, {remake:?}, asked by {asked:?}");
    }
}

/// S19: an exit that its supervisor asked for never restarts, whoever asked before.
#[test]
fn the_supervisor_counts_over_anybody_else_who_asked() {
    assert!(Nobody < Other && Other < Supervisor);
}
