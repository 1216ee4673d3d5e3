//! Rows with aligned columns: the first to the left, numbers to the right, the last (a remark) to the left again.

use super::fold::{Columns, fold};
use super::look::DIM;

/// Columns between two columns.
const GAP: usize = 3;

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

    /// The rows. Where one would not fit `width`, every remark stands on a line of its own.
    pub(crate) fn render(&self, width: Option<usize>) -> String {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let whole = self.indent + widths.iter().sum::<usize>() + GAP * (N - 1);
        let remarks_apart = width.is_some_and(|width| whole > width);
        let mut text = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            let (columns, remark) = row.split_at(if remarks_apart { N - 1 } else { N });
            let line = self.line(columns, &widths);
            match i {
                0 => text.push_str(&format!("{DIM}{line}{DIM:#}\n")),
                _ => text.push_str(&format!("{line}\n")),
            }
            for remark in remark.iter().filter(|remark| i > 0 && !remark.is_empty()) {
                let from = self.indent + GAP;
                let remark =
                    fold(std::slice::from_ref(remark), ("", ""), Columns { from, hang: from, width });
                text.push_str(&format!("{:from$}{DIM}{remark}{DIM:#}\n", ""));
            }
        }
        text
    }

    fn line(&self, columns: &[String], widths: &[usize; N]) -> String {
        let mut line = " ".repeat(self.indent);
        for (column, (cell, width)) in columns.iter().zip(widths).enumerate() {
            let gap = if column == 0 { 0 } else { GAP };
            let padded = match column {
                0 => format!("{cell:width$}"),
                _ if column == N - 1 => format!("{:gap$}{cell}", ""),
                _ => format!("{:gap$}{cell:>width$}", ""),
            };
            line.push_str(&padded);
        }
        line.trim_end().to_owned()
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
        let plain = |width| anstream::adapter::strip_str(&table.render(width)).to_string();
        assert_eq!(
            plain(None),
            "  answer           callers   remark\n  Died(Panicked)        41   handed back\n  Closed             1,110\n"
        );
        assert_eq!(plain(Some(40)), plain(None), "it fits");
        assert_eq!(
            plain(Some(39)),
            "  answer           callers\n  Died(Panicked)        41\n     handed back\n  Closed             1,110\n"
        );
    }
}
