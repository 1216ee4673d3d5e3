//! What tenure says to the outside, as plain structs: the account, the shutdown report, their text and (feature `serde`) JSON.
//!
//! No runtime, no I/O, no dependency by default: a tool that only reads a report needs nothing else. `tenure` fills the structs
//! field by field (`..Default::default()`), so a new key is no break for it; for a reader of the JSON a new key is none either.
//!
//! W1  Every key is always present in JSON; `null` or an empty list is "unknown" or "does not apply".
//! W2  Keys keep the order of the fields here.
//! W3  Names, paths and texts come from users and peers: each passes [`text`] on its way out, into text and into JSON.
//!
//! Files, in reading order: `account` (the sums), `report` (the end of a program), `problems` (a page for each code), `text` (what is done to every string and number).
#![forbid(unsafe_code)]

mod account;
pub mod problems;
mod report;
pub mod text;

pub use account::{Account, AnsweredBy, DiscardedBy, EndedBy, FailedBy, RefusedBy};
pub use report::{
    Cause, ErrorLine, InFlight, Leak, MainEnd, OwnerEnd, REPORT_SCHEMA, Report, ReportSchema, Stage,
    Straggler,
};
