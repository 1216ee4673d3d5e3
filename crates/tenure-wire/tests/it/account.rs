//! The account's line, and when it balances.
use tenure_wire::Account;

#[test]
fn s16_a_closed_account_is_three_pairs() {
    let account =
        Account { started: 8_228, ended: 8_228, accepted: 51_201, answered: 51_201, ..Account::default() };
    let line = "tasks: started 8,228 = ended 8,228 · requests: accepted 51,201 = answered 51,201 · leaked 0";
    assert_eq!(account.to_string(), line);
    assert!(account.is_closed() && account.is_balanced());
}

#[test]
fn s16_what_has_not_ended_stands_on_the_right() {
    let account = Account {
        started: 4,
        ended: 3,
        live: 1,
        leaked: 1,
        accepted: 9,
        answered: 6,
        queued: 2,
        begun: 1,
        ..Account::default()
    };
    let line = "tasks: started 4 = ended 3 + live 1 · requests: accepted 9 = answered 6 + queued 2 + begun 1 · leaked 1";
    assert_eq!(account.to_string(), line);
    assert!(account.is_balanced() && !account.is_closed());
}

#[test]
fn s16_an_account_that_does_not_balance_says_so() {
    let account = Account { started: 2, ended: 1, ..Account::default() };
    assert_eq!(
        account.to_string(),
        "tasks: started 2 ≠ ended 1 · requests: accepted 0 = answered 0 · leaked 0"
    );
    assert!(!account.is_balanced() && !account.is_closed());
}

#[cfg(feature = "serde")]
#[test]
fn the_account_has_every_key_in_the_documented_order() {
    let wanted = "{\"started\":0,\"ended\":0,\"live\":0,\
        \"ended_by\":{\"normal\":0,\"shutdown\":0,\"failed\":0,\"panicked\":0,\"aborted\":0,\"timed_out\":0,\"gave_up\":0},\
        \"leaked\":0,\"leaked_total\":0,\"ended_late\":0,\"spawns_refused\":0,\"scopes_dropped\":0,\
        \"accepted\":0,\"answered\":0,\"queued\":0,\"begun\":0,\
        \"answered_by\":{\"replied\":0,\"handled\":0,\"failed\":0,\"discarded\":0},\
        \"failed_by\":{\"panicked\":0,\"died\":0,\"unanswered\":0},\
        \"discarded_by\":{\"caller_gone\":0,\"cancelled\":0,\"expired\":0,\"stopped\":0,\"died\":0},\
        \"unheard\":0,\"calls_refused\":0,\
        \"refused_by\":{\"full\":0,\"closed\":0,\"stopped\":0,\"deadlock\":0,\"cancelled\":0,\"expired\":0}}";
    assert_eq!(Account::default().to_json(), wanted);
}
