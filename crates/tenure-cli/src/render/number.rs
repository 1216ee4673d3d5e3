//! Times and sizes as a person reads them. Whole numbers are `tenure_wire::text::thousands`.

use std::time::Duration;

/// A time that somebody chose: `250 ms`, `2.5 s`, `1m30s`.
pub(crate) fn chosen(d: Duration) -> String {
    tenure_wire::text::duration_chosen(u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// `740 ns`, `12 us`, `3.4 ms`, `1.00 s`, `2m05s`: never more digits than were measured.
pub(crate) fn span(d: Duration) -> String {
    let ns = d.as_nanos();
    match ns {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{} us", d.as_micros()),
        1_000_000..10_000_000 => format!("{:.1} ms", d.as_secs_f64() * 1e3),
        10_000_000..1_000_000_000 => format!("{} ms", d.as_millis()),
        1_000_000_000..100_000_000_000 => format!("{:.2} s", d.as_secs_f64()),
        _ => {
            let s = d.as_secs();
            match s {
                0..3600 => format!("{}m{:02}s", s / 60, s % 60),
                _ => format!("{}h{:02}m", s / 3600, s / 60 % 60),
            }
        }
    }
}

/// `1.2 GiB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| n >= *size) {
        // Tenths in integers: a float would round what is too much to what is there.
        Some((unit, size)) => format!("{}.{} {unit}", n / size, n % size * 10 / size),
        None => format!("{n} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_the_unit_that_fits() {
        for (ns, text) in [
            (0, "0 s"),
            (740, "740 ns"),
            (12_345, "12 us"),
            (3_400_000, "3.4 ms"),
            (250_000_000, "250 ms"),
            (1_004_000_000, "1.00 s"),
            (125_000_000_000, "2m05s"),
            (3_720_000_000_000, "1h02m"),
        ] {
            assert_eq!(span(Duration::from_nanos(ns)), text);
        }
    }

    #[test]
    fn bytes_are_cut_not_rounded_up() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes((1 << 30) * 2 - 1), "1.9 GiB");
    }
}
