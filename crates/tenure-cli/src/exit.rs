//! The exit codes of every command. Each is decided here and nowhere else.

use std::process::ExitCode;

/// How the process ends, as its parent sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The answer is good. For the demo: every promise of its verdict holds.
    Good,
    /// The answer is bad, or the program failed: main returned an error, or a `TENURE_*` value cannot be used.
    Failed,
    /// Wrong usage. Nothing was started.
    Usage,
    /// Ended, but not clean: a task was aborted or leaked, the account is open, or somebody was blocked for ever.
    NotClean,
    /// There is no such thing: no rule of this name.
    NotFound,
    /// A bug: tenure itself panicked. The same number as a Rust main that panics, so both roads end alike.
    Bug,
}

impl Exit {
    /// The number the parent gets.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotClean => 3,
            Self::NotFound => 6,
            Self::Bug => 101,
        }
    }

    /// The end that a shutdown report's `exit_code` stands for. A number that no rule makes is a bug of ours.
    pub(crate) const fn of_report(code: u8) -> Self {
        match code {
            0 => Self::Good,
            1 => Self::Failed,
            3 => Self::NotClean,
            _ => Self::Bug,
        }
    }

    /// The one to tell when several apply.
    pub(crate) fn or_worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    /// 101, then 2, 1, 3; nothing goes with 6.
    const fn rank(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::NotFound => 1,
            Self::NotClean => 2,
            Self::Failed => 3,
            Self::Usage => 4,
            Self::Bug => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What the reference says about each code that can happen now, in the order it is printed.
pub(crate) const MEANINGS: [(&str, &str); 7] = [
    ("0", "the answer is good; `demo`: nothing was lost and nobody was blocked for ever"),
    (
        "1",
        "main returned an error, or a `TENURE_*` value cannot be used; `lint`: something was found; `generate --check`: the file differs",
    ),
    (
        "2",
        "wrong usage: a flag, a value, a configuration, a path that cannot be read, or more clients than memory allows; nothing was started. `lint`: also a bug of the linter on some file",
    ),
    (
        "3",
        "ended, not clean: a task was aborted or leaked, the account is open, or somebody was blocked for ever",
    ),
    ("6", "there is no such code: `explain`"),
    ("101", "a bug: `tenure` itself panicked"),
    ("128 + n", "`demo`: ended at once by a third signal: 130 for SIGINT, 143 for SIGTERM"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_the_table_has_its_number() {
        let rows = [
            (Exit::Good, 0),
            (Exit::Failed, 1),
            (Exit::Usage, 2),
            (Exit::NotClean, 3),
            (Exit::NotFound, 6),
            (Exit::Bug, 101),
        ];
        for (exit, code) in rows {
            assert_eq!(exit.code(), code, "{exit:?}");
        }
    }

    #[test]
    fn a_report_keeps_its_code_and_an_unknown_one_is_a_bug() {
        for code in [0, 1, 3, 101] {
            assert_eq!(Exit::of_report(code).code(), code);
        }
        assert_eq!(Exit::of_report(77), Exit::Bug);
    }

    #[test]
    fn if_several_apply_the_order_is_101_2_1_3() {
        let order = [Exit::Bug, Exit::Usage, Exit::Failed, Exit::NotClean, Exit::NotFound, Exit::Good];
        for (i, worse) in order.iter().enumerate() {
            for better in &order[i..] {
                assert_eq!(worse.or_worse(*better), *worse);
                assert_eq!(better.or_worse(*worse), *worse);
            }
        }
    }
}
