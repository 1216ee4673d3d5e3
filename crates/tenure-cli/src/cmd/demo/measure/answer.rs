//! The ways a call ends without a value, one by one: finer than the names in JSON where a fault explains only a part.

/// What a caller was told instead of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Panicked,
    DiedPanicked,
    DiedFailed,
    /// Died for a reason that no fault plants.
    DiedOtherwise,
    Unanswered,
    /// Not admitted, or not begun.
    Stopped,
    /// Begun, and the reply was still held when the owner ended.
    StoppedBegun,
    Closed,
    Full,
    Deadlock,
    /// At the deadline; the turn had begun.
    LateBegun,
    /// At the deadline; never begun.
    LateQueued,
    /// At the deadline, and nobody knows: never in one process.
    LateUnknown,
    Cancelled,
    /// A kind that this program does not know.
    Unknown,
    /// Plain Tokio: the reply channel was dropped.
    RecvError,
    /// Plain Tokio: the request channel is closed.
    SendError,
}

/// Did the request come back with the error?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    Yes,
    No,
}

impl Answer {
    /// In the order of a table: who was told first stands first.
    pub(crate) const ALL: [Self; 17] = [
        Self::Panicked,
        Self::DiedPanicked,
        Self::DiedFailed,
        Self::DiedOtherwise,
        Self::Unanswered,
        Self::Stopped,
        Self::StoppedBegun,
        Self::Closed,
        Self::Full,
        Self::Deadlock,
        Self::LateBegun,
        Self::LateQueued,
        Self::LateUnknown,
        Self::Cancelled,
        Self::Unknown,
        Self::RecvError,
        Self::SendError,
    ];

    /// As a person reads it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::DiedPanicked => "Died(Panicked)",
            Self::DiedFailed => "Died(Failed)",
            Self::DiedOtherwise => "Died(other)",
            Self::StoppedBegun => "Stopped(begun)",
            Self::LateBegun => "DeadlineExceeded(begun)",
            Self::LateQueued => "DeadlineExceeded(queued)",
            Self::LateUnknown => "DeadlineExceeded(unknown)",
            _ => self.key(),
        }
    }

    /// The kind of the error, as in JSON.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Panicked => "Panicked",
            Self::DiedPanicked | Self::DiedFailed | Self::DiedOtherwise => "Died",
            Self::Unanswered => "Unanswered",
            Self::Stopped | Self::StoppedBegun => "Stopped",
            Self::Closed => "Closed",
            Self::Full => "Full",
            Self::Deadlock => "Deadlock",
            Self::LateBegun | Self::LateQueued | Self::LateUnknown => "DeadlineExceeded",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
            Self::RecvError => "RecvError",
            Self::SendError => "SendError",
        }
    }

    /// Must the request come back with it, since it was never begun?
    pub(crate) const fn hands_back(self) -> bool {
        match self {
            Self::DiedPanicked
            | Self::DiedFailed
            | Self::Stopped
            | Self::Closed
            | Self::Full
            | Self::Deadlock
            | Self::LateQueued => true,
            Self::Panicked
            | Self::DiedOtherwise
            | Self::Unanswered
            | Self::StoppedBegun
            | Self::LateBegun
            | Self::LateUnknown
            | Self::Cancelled
            | Self::Unknown
            | Self::RecvError
            | Self::SendError => false,
        }
    }

    /// Is there nobody left to ask, now and later?
    pub(crate) const fn is_for_good(self) -> bool {
        matches!(self, Self::Closed | Self::SendError)
    }

    /// Does the owner that was asked end? Whether it comes again, its caller cannot tell from this.
    pub(crate) const fn is_a_stop(self) -> bool {
        matches!(self, Self::Stopped | Self::StoppedBegun)
    }

    /// Its bit in a set of kinds.
    pub(super) const fn bit(self) -> u32 {
        1 << self as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_place_of_its_own() {
        let mut bits = 0;
        for answer in Answer::ALL {
            assert_eq!(bits & answer.bit(), 0, "{answer:?}");
            bits |= answer.bit();
        }
        assert!(Answer::ALL.is_sorted());
    }
}
