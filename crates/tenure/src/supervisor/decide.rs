//! **Pure**: what follows the exit of a child. No lock, no clock, no await.

use crate::supervisor::spec::Restart;

/// Who asked for the exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    Nobody,
    /// Anybody but its supervisor, also the child itself.
    Other,
    /// Its supervisor, or the stop of the tree.
    Supervisor,
}

/// How the child ended, as far as restarts are concerned (S9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitKind {
    Expected,
    Abnormal,
}

/// Whether there is something to start again from (S8b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remake {
    Possible,
    /// Made from a value.
    Impossible,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The child is down, nothing else happens.
    LetEnd,
    /// The root shuts down (S8e): the child cannot be restarted, or, until there is a supervisor, would have been.
    FailRoot,
}

/// S19, S8b. An exit its supervisor asked for never restarts.
pub(crate) fn after_exit(restart: Restart, remake: Remake, asked: Asked, exit: ExitKind) -> Decision {
    // For all but `Permanent`, any exit after a stop request counts as expected, also a forced one.
    let abnormal = exit == ExitKind::Abnormal && asked == Asked::Nobody;
    let fails = match (asked, remake, restart) {
        (Asked::Supervisor, _, _) | (_, _, Restart::Temporary) => false,
        (_, Remake::Impossible, _) | (_, _, Restart::Transient) => abnormal,
        (_, Remake::Possible, Restart::Permanent) => true,
    };
    if fails { Decision::FailRoot } else { Decision::LetEnd }
}
