//! What callers were told, how fast, and the verdict. No task runs here, and nothing here knows which program was measured.
//!
//! | file | is |
//! |---|---|
//! | `answer` | the ways a call ends without a value, one by one |
//! | `tally` | who waits since when, values, errors: filled while the program runs |
//! | `spread` | percentiles |
//! | `books` | the account of tasks and requests, by tenure or counted by hand |
//! | `outcome` | everything one run showed |
//! | `verdict` | the one decision about it |
//!
//! Invariants:
//! * T1: a slot of the tally is written by its own client only, so its counters need no lock and lose nothing.
//! * T2: `waiting_since` is 0 exactly while the client does not wait for an answer.

mod answer;
mod books;
mod outcome;
mod spread;
mod tally;
mod verdict;

pub(crate) use answer::{Answer, Back};
pub(crate) use books::{Books, Counted, CountedAnswers, CountedEnds, CountedRefusals};
pub(crate) use outcome::Outcome;
pub(crate) use spread::Percentiles;
pub(crate) use tally::{FIRST_LIFE, Row, Seat, Tally};
pub(crate) use verdict::{Verdict, is_overloaded, judge};
