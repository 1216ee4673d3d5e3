//! The table of the README.
use crate::peers::{Row, table};

fn row(bench: &str, case: &str, base: &str, median: f64, ratio: f64) -> Row {
    let [bench, case, base] = [bench, case, base].map(str::to_owned);
    Row { bench, case, base, median, ratio, rt: "mt2".to_owned(), unit: "ns".to_owned(), run: 1, rounds: 21 }
}

#[test]
fn each_bench_is_a_line_with_ours_beside_the_others() {
    let rows = [
        row("spawn", "tokio-spawn", "tokio-spawn", 354.0, 1.0),
        row("spawn", "tokio-spawn-again", "tokio-spawn", 350.0, 0.99),
        row("spawn", "tenure", "tokio-spawn", 390.0, 1.104),
        row("spawn", "tenure", "JoinSet", 390.0, 0.8),
        row("spawn", "JoinSet", "tokio-spawn", 460.0, 1.3),
        row("spawn", "kameo", "tokio-spawn", 4600.0, 13.0),
        row("call/10", "mpsc-oneshot", "mpsc-oneshot", 300.0, 1.0),
    ];
    let text = table(&rows);
    let lines: Vec<&str> = text.lines().skip(2).collect();
    assert_eq!(
        lines,
        [
            "| spawn and join of an empty task, 2 workers | tokio-spawn: 354 ns | **1.10** | JoinSet 1.30 · kameo 13.00 |"
        ]
    );
}

#[test]
fn a_line_on_disk_is_read_and_the_second_run_of_what_missed_is_not_shown() {
    let base = r#"{"bench":"restart","rt":"ct","case":"by-hand","base":"by-hand","unit":"ns","median":6312.4,"ratio":1.0,"run":1,"rounds":21}"#;
    let ours = base.replace(r#""case":"by-hand""#, r#""case":"tenure""#);
    let again = ours.replace(r#""run":1"#, r#""run":2"#);
    let rows: Vec<Row> = [base, &ours, &again].map(|line| serde_json::from_str(line).unwrap()).to_vec();
    let text = table(&rows);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("current_thread | by-hand: 6312 ns | **1.00** |"), "{text}");
}
