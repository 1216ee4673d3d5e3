//! Rows with aligned columns: the first to the left, numbers to the right, the last (a remark) to the left again.

use super::look::DIM;
use std::fmt::{self, Write};

/// A table that is written whole: the width of a column is known when its last row is.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
    indent: usize,
}

impl<const N: usize> Table<N> {
    /// With the headings as first row.
    pub(crate) fn new(indent: usize, head: [&str; N]) -> Self {
        Self { rows: vec![head.map(str::to_owned)], indent }
    }

    /// No row but the headings.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for (i, row) in self.rows.iter().enumerate() {
            let mut line = " ".repeat(self.indent);
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let gap = if column == 0 { 0 } else { 3 };
                match column {
                    _ if column == 0 || column == N - 1 => write!(line, "{:gap$}{cell:width$}", "")?,
                    _ => write!(line, "{:gap$}{cell:>width$}", "")?,
                }
            }
            match i {
                0 => writeln!(f, "{DIM}{}{DIM:#}", line.trim_end())?,
                _ => writeln!(f, "{}", line.trim_end())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_under_each_other() {
        let mut table = Table::new(2, ["answer", "callers", "remark"]);
        table.row(["Died(Panicked)".into(), "41".into(), "handed back".into()]);
        table.row(["Closed".into(), "1,110".into(), String::new()]);
        let plain = anstream::adapter::strip_str(&table.to_string()).to_string();
        assert_eq!(
            plain,
            "  answer           callers   remark\n  Died(Panicked)        41   handed back\n  Closed             1,110\n"
        );
    }
}
