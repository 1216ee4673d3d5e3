//! `tenure.demo/1`: one flat object, the account's keys inlined. Keys are always present and keep this order.

use super::super::measure::{Answer, Books, Outcome, Percentiles, Verdict};
use super::super::plan::{Plan, Program};
use crate::values::RunFor;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::time::Duration;
use tenure_wire::Report;

/// A new key is no break; a changed one is `/2`.
pub(crate) const SCHEMA: &str = "tenure.demo/1";

#[derive(Serialize)]
struct Demo<'a> {
    schema: &'static str,
    naive: bool,
    fault: &'static str,
    readers: u64,
    writers: u64,
    keys: u64,
    /// `null`: until a signal.
    for_ms: Option<u64>,
    reads: u64,
    writes: u64,
    #[serde(flatten)]
    account: &'a Books,
    refused: Option<u64>,
    errors: Errors<'a>,
    blocked_forever: u64,
    killed_unfinished: u64,
    elapsed_ms: u64,
    fault_to_answer_us: Option<Us>,
    balanced: bool,
    verdict: &'a str,
    exit_code: u8,
    /// Of `app/store`; `null`: the program restarts nobody.
    restarts: Option<u32>,
    incarnation: Option<u32>,
    recovered_ms: Option<u64>,
    shutdown: Option<&'a Report>,
}

/// Errors by kind, in the order of the kinds; those that did not happen are left out.
struct Errors<'a>(&'a Outcome);

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut sums: Vec<(&str, u64)> = Vec::new();
        for answer in Answer::ALL {
            let (key, errors) = (answer.key(), self.0.errors(answer));
            match sums.iter_mut().find(|(known, _)| *known == key) {
                _ if errors == 0 => {}
                Some((_, sum)) => *sum += errors,
                None => sums.push((key, errors)),
            }
        }
        let mut map = out.serialize_map(Some(sums.len()))?;
        for (key, sum) in sums {
            map.serialize_entry(key, &sum)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Us {
    p50: u64,
    p99: u64,
    max: u64,
}

impl From<Percentiles> for Us {
    fn from(p: Percentiles) -> Self {
        let us = |d: Duration| whole(d.as_micros());
        Self { p50: us(p.p50), p99: us(p.p99), max: us(p.max) }
    }
}

fn whole(n: u128) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The object, on one line.
pub(crate) fn json(plan: &Plan, seen: &Outcome, verdict: &Verdict) -> serde_json::Result<String> {
    serde_json::to_string(&Demo {
        schema: SCHEMA,
        naive: plan.program == Program::Naive,
        fault: plan.fault.name(),
        readers: plan.readers,
        writers: plan.writers,
        keys: plan.keys,
        for_ms: match plan.run_for {
            RunFor::Limited(d) => Some(whole(d.as_millis())),
            RunFor::Forever => None,
        },
        reads: seen.reads,
        writes: seen.writes,
        account: &seen.books,
        refused: seen.books.refused(),
        errors: Errors(seen),
        blocked_forever: seen.blocked_forever,
        killed_unfinished: seen.killed_unfinished,
        elapsed_ms: whole(seen.elapsed.as_millis()),
        fault_to_answer_us: seen.first_after_fault.map(Us::from),
        balanced: seen.books.balanced(),
        verdict: verdict.text(),
        exit_code: verdict.exit.code(),
        restarts: seen.restarts(),
        incarnation: seen.incarnation,
        recovered_ms: seen.recovered.map(|d| whole(d.as_millis())),
        shutdown: seen.shutdown.as_ref(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::fault::Fault;
    use super::super::super::measure::{Back, Counted, Tally, judge};
    use super::*;
    use std::sync::Arc;

    /// The keys of the reference, in its order.
    const KEYS: [&str; 41] = [
        "schema",
        "naive",
        "fault",
        "readers",
        "writers",
        "keys",
        "for_ms",
        "reads",
        "writes",
        "started",
        "ended",
        "live",
        "ended_by",
        "leaked",
        "leaked_total",
        "ended_late",
        "spawns_refused",
        "scopes_dropped",
        "accepted",
        "answered",
        "queued",
        "begun",
        "answered_by",
        "failed_by",
        "discarded_by",
        "unheard",
        "calls_refused",
        "refused_by",
        "refused",
        "errors",
        "blocked_forever",
        "killed_unfinished",
        "elapsed_ms",
        "fault_to_answer_us",
        "balanced",
        "verdict",
        "exit_code",
        "restarts",
        "incarnation",
        "recovered_ms",
        "shutdown",
    ];

    fn made(program: Program, books: Books) -> String {
        let plan =
            Plan { readers: 2, writers: 1, keys: 5, run_for: RunFor::Forever, fault: Fault::Panic, program };
        let tally = Arc::new(Tally::new(2, 1));
        tally.fault_strikes_now();
        for (index, answer) in
            [Answer::DiedPanicked, Answer::DiedOtherwise, Answer::Closed].into_iter().enumerate()
        {
            let mut seat = tally.seat(index);
            seat.asks();
            seat.got_error(answer, Back::Yes, || None);
        }
        let mut seen = Outcome::of(&tally, books);
        if program != Program::Naive {
            (seen.incarnation, seen.shutdown) = (Some(2), Some(Report::default()));
            seen.recovered = Some(Duration::from_micros(101_900));
        }
        let verdict = judge(&plan, &seen);
        json(&plan, &seen, &verdict).unwrap()
    }

    /// The top-level keys of one line of JSON, as they stand in it. No string in it has a brace.
    fn keys(line: &str) -> Vec<String> {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let is_top = |at: &usize| {
            let before = &line[..*at];
            before.matches('{').count() == before.matches('}').count() + 1
        };
        let place = |key: &str| {
            let places = line.match_indices(&format!("\"{key}\":")).map(|(at, _)| at).collect::<Vec<_>>();
            places.into_iter().find(is_top).unwrap()
        };
        let mut keys: Vec<(usize, String)> = object.keys().map(|key| (place(key), key.clone())).collect();
        keys.sort();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    #[test]
    fn both_programs_print_every_key_in_the_order_of_the_reference() {
        let tenure = made(Program::Owned, Books::Tenure(tenure_wire::Account::default()));
        let naive = made(Program::Naive, Books::Counted(Counted::default()));
        assert_eq!(keys(&tenure), KEYS);
        assert_eq!(keys(&naive), KEYS);
        assert!(naive.contains("\"leaked\":null") && naive.contains("\"queued\":null"), "{naive}");
        assert!(!tenure.contains('\n'));
        let none = r#""restarts":null,"incarnation":null,"recovered_ms":null,"shutdown":null}"#;
        assert!(naive.ends_with(none), "{naive}");
        let some =
            r#""restarts":1,"incarnation":2,"recovered_ms":101,"shutdown":{"schema":"tenure.report/1","#;
        assert!(tenure.contains(some), "{tenure}");
    }

    #[test]
    fn nested_keys_are_the_same_for_both_programs() {
        let parse = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let tenure = parse(&made(Program::Owned, Books::Tenure(tenure_wire::Account::default())));
        let naive = parse(&made(Program::Naive, Books::Counted(Counted::default())));
        for key in ["ended_by", "answered_by", "failed_by", "discarded_by", "refused_by"] {
            let names =
                |v: &serde_json::Value| v[key].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&tenure), names(&naive), "{key}");
        }
    }

    #[test]
    fn errors_of_one_kind_are_summed_and_those_that_did_not_happen_left_out() {
        let line = made(Program::Owned, Books::Tenure(tenure_wire::Account::default()));
        assert!(line.contains(r#""errors":{"Died":2,"Closed":1}"#), "{line}");
        assert!(line.contains(r#""for_ms":null"#), "{line}");
    }
}
