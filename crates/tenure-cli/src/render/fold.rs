//! Lines that a terminal has no room for, broken where a person would break them.

/// From which column on, and up to which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    /// Where the first line begins: what stands before it is written already.
    pub from: usize,
    /// Where each further line begins.
    pub hang: usize,
    /// `None`: there is room for anything.
    pub width: Option<usize>,
}

/// The parts on as few lines as they need. A line ends after a part; within one only where a line of its own is too short for
/// it, and then between two words. `between` is what stands between two parts on one line, and what the first of two keeps at
/// the end of its own.
pub(crate) fn fold(parts: &[String], between: (&str, &str), columns: Columns) -> String {
    let Some(width) = columns.width else { return parts.join(between.0) };
    let mut text = Folded { text: String::new(), at: columns.from, hang: columns.hang, width };
    for (i, part) in parts.iter().enumerate() {
        let after = if i + 1 < parts.len() { between.1 } else { "" };
        let fits_a_line = columns.hang + visible(part) + visible(after) <= width;
        if i > 0 && text.has_room_for(between.0, part, after) {
            text.push(between.0);
        } else if i > 0 {
            text.push(between.1);
            text.breaks();
        }
        if fits_a_line && text.has_room_for("", part, after) {
            text.push(part);
        } else {
            text.push_words(part, after);
        }
    }
    text.text
}

struct Folded {
    text: String,
    /// The column that is written next.
    at: usize,
    hang: usize,
    width: usize,
}

impl Folded {
    fn has_room_for(&self, before: &str, text: &str, after: &str) -> bool {
        self.at + visible(before) + visible(text) + visible(after) <= self.width
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.at += visible(text);
    }

    fn breaks(&mut self) {
        self.text.push_str(&format!("\n{:1$}", "", self.hang));
        self.at = self.hang;
    }

    fn push_words(&mut self, part: &str, after: &str) {
        let mut words = part.split(' ').enumerate().peekable();
        while let Some((i, word)) = words.next() {
            let after = if words.peek().is_none() { after } else { "" };
            match i {
                0 => {}
                _ if self.has_room_for(" ", word, after) => self.push(" "),
                _ => self.breaks(),
            }
            self.push(word);
        }
    }
}

/// Columns it takes: styles take none.
fn visible(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use super::super::look::WARN;
    use super::*;

    fn folded(parts: &[&str], width: usize) -> String {
        let parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
        fold(&parts, ("; ", ";"), Columns { from: 2, hang: 4, width: Some(width) })
    }

    #[test]
    fn what_fits_is_one_line_and_what_does_not_is_broken_between_parts() {
        let parts = ["one two", "three", "four"];
        assert_eq!(folded(&parts, 22), "one two; three; four", "22 columns from the third on");
        assert_eq!(folded(&parts, 21), "one two; three;\n    four");
        assert_eq!(folded(&parts, 16), "one two;\n    three; four", "the mark that is kept needs room, too");
        let all = fold(&parts.map(str::to_owned), ("; ", ";"), Columns { from: 2, hang: 4, width: None });
        assert_eq!(all, "one two; three; four");
    }

    #[test]
    fn a_part_that_fits_no_line_is_broken_between_words_and_a_word_never() {
        assert_eq!(folded(&["one two three", "four"], 11), "one two\n    three;\n    four");
        assert_eq!(folded(&["incomprehensibilities"], 11), "incomprehensibilities");
    }

    #[test]
    fn x5_no_line_is_wider_than_asked_whatever_its_style() {
        let styled = format!("{WARN}one{WARN:#} two");
        for width in 12..40 {
            let text = folded(&[&styled, "three four", "five"], width);
            for (i, line) in text.lines().enumerate() {
                let from = if i == 0 { 2 } else { 0 };
                assert!(from + visible(line) <= width, "{width}: {text:?}");
            }
        }
    }
}
