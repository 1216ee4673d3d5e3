//! **Pure**: the states of an owner and of a request. No lock, no clock, no wake.

use crate::error::CallErrorKind;

/// Where an owner is in its life. It only moves down this list while it has one life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// `init` has not returned; requests are accepted and wait (S27d).
    Starting,
    Up,
    /// Asked to stop: what is queued is still served (S38b).
    Draining,
    /// The drain was cut short: nothing further begins (S38d).
    Cut,
    /// Ended for good.
    Closed,
}

impl Phase {
    pub(crate) fn admits(self) -> bool {
        self <= Self::Up
    }

    /// Moves down, never back. True if that changed something.
    pub(crate) fn advance(&mut self, to: Self) -> bool {
        let moves = *self < to;
        if moves {
            *self = to;
        }
        moves
    }
}

/// Where a request is. `P` is what the caller sent, `T` the reply.
pub(crate) enum Stage<P, T> {
    Waiting(P),
    Queued(P),
    Begun,
    /// Begun, and the caller has gone.
    Gone,
    Done(Result<T, CallErrorKind<P>>),
    /// The caller has its answer, or went before the turn began.
    Over,
}

/// What the caller took back by going.
#[must_use = "what was taken back must be dropped outside the locks, and counted"]
pub(crate) enum Withdrawn<P, T> {
    /// It had no place: nothing was accepted.
    NotAccepted(P),
    /// It had a place, which is free again.
    NotBegun(P),
    /// The turn goes on, its reply will be unheard.
    Begun,
    /// An answer lay there.
    Done(Result<T, CallErrorKind<P>>),
    Nothing,
}

/// Whether somebody still waited for an answer.
#[must_use = "an unheard reply is dropped outside the lock, and counted"]
pub(crate) enum Heard<T> {
    Yes,
    No(T),
    /// It has its answer: the turn panicked after the reply handle was given away.
    Late(T),
}

impl<P, T> Stage<P, T> {
    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Over)
    }

    /// `Waiting -> Queued`.
    pub(crate) fn admit(&mut self) {
        *self = match self.take() {
            Self::Waiting(payload) => Self::Queued(payload),
            other => other, // refused or withdrawn while it waited: what lies there stays
        };
    }

    /// `Queued -> Begun`.
    pub(crate) fn begin(&mut self) -> Option<P> {
        match self.take() {
            Self::Queued(payload) => {
                *self = Self::Begun;
                Some(payload)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// `Queued | Waiting -> Done(Err)`, with the request in the error.
    pub(crate) fn refuse(&mut self, error: impl FnOnce(P) -> CallErrorKind<P>) -> bool {
        match self.take() {
            Self::Queued(payload) | Self::Waiting(payload) => {
                *self = Self::Done(Err(error(payload)));
                true
            }
            other => {
                *self = other;
                false
            }
        }
    }

    /// `Queued | Waiting -> Over`, `Begun -> Gone`.
    pub(crate) fn withdraw(&mut self) -> Withdrawn<P, T> {
        match self.take() {
            Self::Waiting(payload) => Withdrawn::NotAccepted(payload),
            Self::Queued(payload) => Withdrawn::NotBegun(payload),
            Self::Begun => {
                *self = Self::Gone;
                Withdrawn::Begun
            }
            Self::Gone => {
                *self = Self::Gone;
                Withdrawn::Nothing
            }
            Self::Done(answer) => Withdrawn::Done(answer),
            Self::Over => Withdrawn::Nothing,
        }
    }

    /// `Begun -> Done(Ok)`, `Gone -> Over`.
    pub(crate) fn answer(&mut self, value: T) -> Heard<T> {
        match self.take() {
            Self::Begun => {
                *self = Self::Done(Ok(value));
                Heard::Yes
            }
            Self::Gone => Heard::No(value),
            other => {
                *self = other;
                Heard::Late(value)
            }
        }
    }

    /// `Begun -> Done(Err)`, `Gone -> Over`: the turn ended without a reply. False if it had one.
    pub(crate) fn fail(&mut self, error: CallErrorKind<P>) -> bool {
        match self.take() {
            Self::Begun => {
                *self = Self::Done(Err(error));
                true
            }
            Self::Gone => true,
            other => {
                *self = other;
                false
            }
        }
    }

    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self, Self::Begun | Self::Gone)
    }

    pub(crate) fn is_queued(&self) -> bool {
        matches!(self, Self::Queued(_))
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting(_))
    }

    /// Takes the answer, if it lies there.
    pub(crate) fn take_answer(&mut self) -> Option<Result<T, CallErrorKind<P>>> {
        match self.take() {
            Self::Done(answer) => Some(answer),
            other => {
                *self = other;
                None
            }
        }
    }
}
