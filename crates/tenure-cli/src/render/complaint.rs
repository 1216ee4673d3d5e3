//! Every error has one form: `error: what`, then why, then the command to type.

use super::look::{BAD, DIM};
use crate::exit::Exit;
use std::io::{self, Write};
use tenure_wire::text::prose;

/// An error that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// What is wrong.
    pub what: String,
    /// Why it is wrong, or what would be right.
    pub why: String,
    /// A command to type.
    pub hint: String,
    /// The code the process ends with.
    pub exit: Exit,
}

impl Complaint {
    /// Writes the three lines.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{BAD}error:{BAD:#} {}", prose(&self.what))?;
        writeln!(out, "  {}", prose(&self.why))?;
        writeln!(out, "  {DIM}try:{DIM:#} {}", prose(&self.hint))
    }
}
