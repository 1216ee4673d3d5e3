//! The JSON line and the table.
use crate::line::{Line, SCHEMA, cost, ratio};
use crate::machine::Machine;
use crate::table;
use crate::target::{Of, Verdict};
use std::collections::BTreeMap;

pub(super) fn line() -> Line {
    Line {
        schema: SCHEMA,
        bench: "call/100",
        rt: "mt2",
        case: "tenure".to_owned(),
        unit: "ns",
        median: 34.6,
        quiet: 32.4,
        base: "mpsc-oneshot".to_owned(),
        ratio: 0.151,
        ratio_quiet: 0.151,
        lo: 0.127,
        hi: 0.16,
        rounds: 21,
        noise: 1.03,
        target: Some("P4"),
        limit: Some(0.4),
        goal: Some(0.25),
        verdict: Verdict::Goal,
        versions: BTreeMap::from([("tokio".to_owned(), "1.54.1".to_owned())]),
        cpu: "2 x AMD EPYC".to_owned(),
        load: Some(0.5),
        run: 1,
        limit_of: Some(Of::Ratio),
        difference: None,
        count: None,
    }
}

#[test]
fn a_line_has_its_keys_in_the_promised_order() {
    assert_eq!(
        serde_json::to_string(&line()).unwrap(),
        concat!(
            r#"{"schema":"tenure.bench/1","bench":"call/100","rt":"mt2","case":"tenure","unit":"ns","median":34.6,"#,
            r#""quiet":32.4,"base":"mpsc-oneshot","ratio":0.151,"ratio_quiet":0.151,"lo":0.127,"hi":0.16,"#,
            r#""rounds":21,"noise":1.03,"target":"P4","limit":0.4,"goal":0.25,"verdict":"goal","#,
            r#""versions":{"tokio":"1.54.1"},"cpu":"2 x AMD EPYC","load":0.5,"run":1,"limit_of":"ratio"}"#
        )
    );
}

#[test]
fn a_line_without_a_target_keeps_the_keys_and_says_none() {
    let line =
        Line { target: None, limit: None, goal: None, verdict: Verdict::None, limit_of: None, ..line() };
    let json = serde_json::to_string(&line).unwrap();
    assert!(json.contains(r#""target":null,"limit":null,"goal":null,"verdict":"none""#), "{json}");
}

#[test]
fn a_memory_line_ends_with_the_bytes_above_the_base_and_the_count() {
    let line =
        Line { difference: Some(64.0), count: Some(1_000_000), limit_of: Some(Of::Difference), ..line() };
    let json = serde_json::to_string(&line).unwrap();
    assert!(json.ends_with(r#""limit_of":"difference","difference":64.0,"count":1000000}"#), "{json}");
}

#[test]
fn figures_are_rounded_to_what_they_can_say() {
    assert!((cost(34.5678) - 34.6).abs() < 1e-9);
    assert!((ratio(0.150_51) - 0.151).abs() < 1e-9);
}

#[test]
fn the_table_shows_what_a_case_is_compared_with_and_the_verdict() {
    let base = Line { case: "mpsc-oneshot".to_owned(), target: None, verdict: Verdict::None, ..line() };
    let text = table::render(&[base, line()]);
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "call/100 mt2, ns per operation, 21 rounds, noise 1.03");
    assert_eq!(rows[2], "mpsc-oneshot    34.6   32.4");
    assert_eq!(
        rows[3],
        "tenure          34.6   32.4  0.151  0.151  0.127..0.160  mpsc-oneshot  goal P4 (limit 0.4, goal 0.25)"
    );
}

#[test]
fn the_footer_names_machine_and_versions() {
    let Line { cpu, load, versions, .. } = line();
    assert_eq!(
        table::footer(&Machine { cpu, load, versions }),
        "2 x AMD EPYC, load 0.50 at the start; tokio 1.54.1\n"
    );
}
