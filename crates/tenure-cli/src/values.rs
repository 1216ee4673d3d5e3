//! What a value on the command line may look like: counts and durations. Each way to be wrong has its own message.

use std::fmt;
use std::time::Duration;

/// The largest count accepted. More than a billion clients is a slip of the finger; memory is judged separately.
pub(crate) const COUNT_MAX: u64 = 1_000_000_000;

/// The longest `--for`. Beyond it, `forever` is meant.
pub(crate) const RUN_FOR_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Why a value was refused, and one that would be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadValue {
    /// What is wrong, after the name of the flag.
    pub what: String,
    /// What would be right.
    pub why: String,
    /// A value to type instead.
    pub instead: String,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for BadValue {}

fn bad(what: impl Into<String>, why: impl Into<String>, instead: impl Into<String>) -> BadValue {
    BadValue { what: what.into(), why: why.into(), instead: instead.into() }
}

/// What follows the sign of a negative number. A flag in a value's place (`--for --json`) is no number at all.
fn negated(text: &str) -> Option<&str> {
    text.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

const COUNT_FORMS: &str = "a count is a whole number such as 1000, 1_000, 1k or 1M";

/// `1000`, `1_000`, `1k`, `1M`.
pub(crate) fn count(text: &str) -> Result<u64, BadValue> {
    if let Some(rest) = negated(text) {
        let instead = if count(rest).is_ok() { rest } else { "100" };
        return Err(bad(format!("`{text}` is negative"), COUNT_FORMS, instead));
    }
    let (digits, unit) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 1_000),
        Some('m' | 'M') => (&text[..text.len() - 1], 1_000_000),
        Some('g' | 'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad(format!("`{text}` is no count"), COUNT_FORMS, "100"));
    }
    // Only digits are left, so a number that does not parse is one that does not fit.
    plain
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .filter(|n| *n <= COUNT_MAX)
        .ok_or_else(|| bad(format!("`{text}` is too large"), "the largest count is 1G, a billion", "1M"))
}

/// A count of at least one.
pub(crate) fn count_from_one(text: &str) -> Result<u64, BadValue> {
    match count(text)? {
        0 => Err(bad(format!("`{text}` is zero"), "at least 1 is needed", "5")),
        n => Ok(n),
    }
}

/// How long the demo asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunFor {
    /// From the first request to the stop request.
    Limited(Duration),
    /// Until a signal.
    Forever,
}

const DURATION_FORMS: &str = "a duration has a unit: 250ms, 1s, 2m, 1h, or forever (until a signal)";

/// `250ms`, `1s`, `2m`, `1h`, `forever`.
pub(crate) fn run_for(text: &str) -> Result<RunFor, BadValue> {
    if text == "forever" {
        return Ok(RunFor::Forever);
    }
    if let Some(rest) = negated(text) {
        let instead = if run_for(rest).is_ok() { rest } else { "1s" };
        return Err(bad(format!("`{text}` is negative"), DURATION_FORMS, instead));
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'.') {
        let whole = text.bytes().all(|b| b.is_ascii_digit());
        let instead = if whole && text.len() < 6 && text != "0" { format!("{text}s") } else { "1s".into() };
        return Err(bad(format!("`{text}` has no unit"), DURATION_FORMS, instead));
    }
    let given = match humantime::parse_duration(text) {
        Ok(given) => given,
        Err(humantime::DurationError::NumberOverflow) => return Err(too_long(text)),
        Err(_) => return Err(bad(format!("`{text}` is no duration"), DURATION_FORMS, "1s")),
    };
    if given.is_zero() {
        return Err(bad(format!("`{text}` is zero"), "nothing could be asked in no time", "1s"));
    }
    if given > RUN_FOR_MAX {
        return Err(too_long(text));
    }
    Ok(RunFor::Limited(given))
}

fn too_long(text: &str) -> BadValue {
    bad(format!("`{text}` is too long"), "the longest is 365days; beyond it, say forever", "forever")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn x3_counts_take_underscores_and_units() {
        for (text, n) in [
            ("0", 0),
            ("1000", 1000),
            ("1_000", 1000),
            ("1k", 1000),
            ("1K", 1000),
            ("1M", 1_000_000),
            ("1G", COUNT_MAX),
        ] {
            assert_eq!(count(text), Ok(n), "{text}");
        }
    }

    #[test]
    fn x3_zero_negative_too_large_and_nonsense_each_have_their_own_message() {
        let what = |text: &str| count_from_one(text).unwrap_err().what;
        assert_eq!(what("0"), "`0` is zero");
        assert_eq!(what("-5"), "`-5` is negative");
        assert_eq!(what("2G"), "`2G` is too large");
        assert_eq!(what("99999999999999999999999"), "`99999999999999999999999` is too large");
        for nonsense in
            ["", "k", "_", "1.5k", "ten", "0x10", "1e3", "+1", "１", "--json", "-", "1kk", "1 000"]
        {
            assert_eq!(what(nonsense), format!("`{nonsense}` is no count"));
        }
    }

    #[test]
    fn x3_durations_have_a_unit() {
        let limited = |ms| Ok(RunFor::Limited(Duration::from_millis(ms)));
        for (text, ms) in
            [("250ms", 250), ("1s", 1000), ("2m", 120_000), ("1h", 3_600_000), ("1s 500ms", 1500)]
        {
            assert_eq!(run_for(text), limited(ms), "{text}");
        }
        assert_eq!(run_for("forever"), Ok(RunFor::Forever));
    }

    #[test]
    fn x3_a_bare_number_is_an_error_that_names_the_unit_and_offers_seconds() {
        let e = run_for("5").unwrap_err();
        assert_eq!(e.what, "`5` has no unit");
        assert!(e.why.contains("250ms") && e.why.contains("1s"), "{}", e.why);
        assert_eq!(e.instead, "5s");
        assert_eq!(run_for("0").unwrap_err().instead, "1s");
    }

    #[test]
    fn x3_durations_that_are_zero_negative_or_too_long_say_so() {
        let what = |text: &str| run_for(text).unwrap_err().what;
        assert_eq!(what("0s"), "`0s` is zero");
        assert_eq!(what("-1s"), "`-1s` is negative");
        assert_eq!(run_for("-1s").unwrap_err().instead, "1s");
        assert_eq!(what("366days"), "`366days` is too long");
        assert_eq!(what("99999999999999999999s"), "`99999999999999999999s` is too long");
        for nonsense in ["", "--json", "soon", "1 parsec", "s", "∞"] {
            assert_eq!(what(nonsense), format!("`{nonsense}` is no duration"));
        }
    }

    #[test]
    fn what_is_offered_instead_is_itself_accepted() {
        for text in ["", "-1", "-x", "--json", "1.5", "9G", "-5k"] {
            assert!(count_from_one(&count(text).unwrap_err().instead).is_ok(), "{text}");
        }
        for text in ["", "5", "5.5", "-1s", "-x", "0", "0s", "9999999", "400days", "1 parsec"] {
            assert!(run_for(&run_for(text).unwrap_err().instead).is_ok(), "{text}");
        }
    }
}
