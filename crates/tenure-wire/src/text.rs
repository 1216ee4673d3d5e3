//! What is done to every string and number on its way out.
//!
//! Strings come from users and peers and end in terminals, logs and web pages. Here, and nowhere else, they lose what could steer
//! a reader's screen, and what is longer than promised (`I12`).

use std::borrow::Cow;

/// Longest name: of a program, a scope, a task, a thread.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest path: eight names of full length.
pub const PATH_BYTES_MAX: usize = 512;
/// Longest place in the source.
pub const SITE_BYTES_MAX: usize = 256;
/// Longest cause, detail or error text.
pub const PROSE_BYTES_MAX: usize = 1024;

/// A name, safe to print.
pub fn name(text: &str) -> Cow<'_, str> {
    clean(text, NAME_BYTES_MAX)
}

/// A path, safe to print.
pub fn path(text: &str) -> Cow<'_, str> {
    clean(text, PATH_BYTES_MAX)
}

/// A place in the source, safe to print.
pub fn site(text: &str) -> Cow<'_, str> {
    clean(text, SITE_BYTES_MAX)
}

/// A cause, detail or error text, safe to print.
pub fn prose(text: &str) -> Cow<'_, str> {
    clean(text, PROSE_BYTES_MAX)
}

/// Control characters move the cursor or end the line; bidi overrides make a text read as another.
fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text with U+FFFD for each hostile character, in at most `bytes_max` bytes; `…` stands for what was cut.
fn clean(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max && !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let cut_at = bytes_max - '…'.len_utf8();
    let mut cleaned = String::with_capacity(bytes_max);
    let mut fits = 0; // bytes of `cleaned` that leave room for `…`
    for c in text.chars() {
        cleaned.push(if is_hostile(c) { char::REPLACEMENT_CHARACTER } else { c });
        if cleaned.len() <= cut_at {
            fits = cleaned.len();
        }
        if cleaned.len() > bytes_max {
            cleaned.truncate(fits);
            cleaned.push('…');
            break;
        }
    }
    Cow::Owned(cleaned)
}

/// `8,112`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A measured time: `20 ms`, `21.0 s`, `1m30s`, `1h02m`.
pub fn duration(ms: u64) -> String {
    spoken(ms, 1)
}

/// A measured time that is compared with a budget: `20 ms`, `24.02 s`, `1m30s`, `1h02m`.
pub fn duration_fine(ms: u64) -> String {
    spoken(ms, 2)
}

/// A time that somebody chose, so nothing is rounded below a minute: `250 ms`, `2.5 s`, `25 s`, `1m30s`.
pub fn duration_chosen(ms: u64) -> String {
    match spoken(ms, 3).strip_suffix(" s") {
        Some(number) => format!("{} s", number.trim_end_matches('0').trim_end_matches('.')),
        None => spoken(ms, 3),
    }
}

fn spoken(ms: u64, decimals: u32) -> String {
    if ms < 1_000 {
        return format!("{ms} ms");
    }
    let per_second = 10u64.pow(decimals);
    let unit_ms = 1_000 / per_second;
    let units = ms.saturating_add(unit_ms / 2) / unit_ms; // rounded before the form is chosen, so that 59,996 ms is a minute
    if units < 60 * per_second {
        let (whole, rest) = (units / per_second, units % per_second);
        return format!("{whole}.{rest:0width$} s", width = decimals as usize);
    }
    let seconds = ms.saturating_add(500) / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}m{seconds:02}s") } else { format!("{hours}h{minutes:02}m") }
}

/// How fields are written as JSON; named in `serialize_with`.
#[cfg(feature = "serde")]
pub(crate) mod json {
    use serde::{Serialize, Serializer};

    /// Readers in JavaScript lose digits above this (`I6`).
    const NUMBER_MAX: u64 = (1 << 53) - 1;

    pub(crate) trait Text {
        fn as_text(&self) -> Option<&str>;
    }
    impl Text for String {
        fn as_text(&self) -> Option<&str> {
            Some(self)
        }
    }
    impl Text for Option<String> {
        fn as_text(&self) -> Option<&str> {
            self.as_deref()
        }
    }

    pub(crate) fn name<S: Serializer>(text: &impl Text, out: S) -> Result<S::Ok, S::Error> {
        text.as_text().map(super::name).serialize(out)
    }
    pub(crate) fn path<S: Serializer>(text: &impl Text, out: S) -> Result<S::Ok, S::Error> {
        text.as_text().map(super::path).serialize(out)
    }
    pub(crate) fn site<S: Serializer>(text: &impl Text, out: S) -> Result<S::Ok, S::Error> {
        text.as_text().map(super::site).serialize(out)
    }
    pub(crate) fn prose<S: Serializer>(text: &impl Text, out: S) -> Result<S::Ok, S::Error> {
        text.as_text().map(super::prose).serialize(out)
    }

    pub(crate) trait Number: Copy {
        fn as_number(self) -> Option<u64>;
    }
    impl Number for u64 {
        fn as_number(self) -> Option<u64> {
            Some(self)
        }
    }
    impl Number for Option<u64> {
        fn as_number(self) -> Option<u64> {
            self
        }
    }

    pub(crate) fn number<S: Serializer>(number: &impl Number, out: S) -> Result<S::Ok, S::Error> {
        number.as_number().map(|n| n.min(NUMBER_MAX)).serialize(out)
    }

    /// One document on one line. Plain structs of strings and integers: nothing in them can fail to be written.
    pub(crate) fn line(document: &impl Serialize) -> String {
        serde_json::to_string(document).expect("strings and integers are always writable")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i12_what_could_steer_a_screen_is_replaced() {
        assert_eq!(
            prose("\x1b[2J\u{202E}a\nb\u{7f}\u{9b}\u{2066}\u{200F}"),
            "\u{FFFD}[2J\u{FFFD}a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
        );
        assert!(matches!(prose("Grüße · 漢字"), Cow::Borrowed("Grüße · 漢字")));
    }

    #[test]
    fn i12_what_is_too_long_is_cut_at_a_character() {
        assert_eq!(name(&"a".repeat(64)), "a".repeat(64));
        assert_eq!(name(&"a".repeat(65)), "a".repeat(61) + "…");
        assert_eq!(name(&"ü".repeat(33)), "ü".repeat(30) + "…");
        assert_eq!(
            name(&"\n".repeat(22)),
            "\u{FFFD}".repeat(20) + "…",
            "a replacement is longer than what it replaces"
        );
        assert_eq!(path(&"p".repeat(10_000)).len(), PATH_BYTES_MAX);
        assert_eq!(site(&"s".repeat(10_000)).len(), SITE_BYTES_MAX);
        assert_eq!(prose(&"t".repeat(10_000)).len(), PROSE_BYTES_MAX);
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, said) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (51_201, "51,201"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(number), said);
        }
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn a_duration_is_as_short_as_its_size_allows() {
        for (ms, coarse, fine, chosen) in [
            (0, "0 ms", "0 ms", "0 ms"),
            (20, "20 ms", "20 ms", "20 ms"),
            (999, "999 ms", "999 ms", "999 ms"),
            (1_000, "1.0 s", "1.00 s", "1 s"),
            (2_500, "2.5 s", "2.50 s", "2.5 s"),
            (24_018, "24.0 s", "24.02 s", "24.018 s"),
            (25_000, "25.0 s", "25.00 s", "25 s"),
            (59_996, "1m00s", "1m00s", "59.996 s"),
            (60_000, "1m00s", "1m00s", "1m00s"),
            (90_400, "1m30s", "1m30s", "1m30s"),
            (3_720_000, "1h02m", "1h02m", "1h02m"),
            (360_000_000, "100h00m", "100h00m", "100h00m"),
        ] {
            assert_eq!(
                (duration(ms).as_str(), duration_fine(ms).as_str(), duration_chosen(ms).as_str()),
                (coarse, fine, chosen)
            );
        }
        assert!(duration(u64::MAX).ends_with('m'), "the largest one does not overflow");
    }
}
