//! What the verdict promises, asked of a result once more from outside.

use crate::child::Ended;
use serde_json::Value;

/// Every promise, asked of the JSON and of the process alike.
#[track_caller]
pub(crate) fn is_clean(ended: &Ended, fault: &str) -> Value {
    let json = ended.json();
    assert_eq!(json["verdict"], "clean", "{ended:#?}");
    assert_eq!(ended.code(), 0, "{ended:#?}");
    assert_eq!(json["exit_code"], 0);
    assert_eq!(json["schema"], "tenure.demo/1");
    assert_eq!((&json["fault"], &json["naive"]), (&fault.into(), &false.into()));
    assert_eq!(json["started"], json["ended"]);
    assert_eq!(json["accepted"], json["answered"]);
    for nothing in
        ["live", "leaked", "blocked_forever", "killed_unfinished", "queued", "begun", "scopes_dropped"]
    {
        assert_eq!(json[nothing], 0, "{nothing}: {json:#}");
    }
    assert_eq!(json["balanced"], true);
    for (whole, parts) in [
        ("/ended", "/ended_by"),
        ("/answered", "/answered_by"),
        ("/answered_by/failed", "/failed_by"),
        ("/answered_by/discarded", "/discarded_by"),
        ("/calls_refused", "/refused_by"),
    ] {
        let parts_of = json.pointer(parts).and_then(Value::as_object).expect("an object of counts");
        let sum: u64 = parts_of.values().filter_map(Value::as_u64).sum();
        assert_eq!(number(&json, whole), sum, "{parts}: {json:#}");
    }
    for (key, value) in json["shutdown"]["account"].as_object().expect("the account of the report") {
        assert_eq!(&json[key], value, "{key}: one account, told twice: {json:#}");
    }
    for (key, value) in [("schema", "tenure.report/1"), ("name", "demo")] {
        assert_eq!(json["shutdown"][key], value, "{json:#}");
    }
    assert_eq!((&json["shutdown"]["clean"], &json["shutdown"]["exit_code"]), (&true.into(), &0.into()));
    assert!(number(&json, "/reads") > 0 && number(&json, "/writes") > 0, "{json:#}");
    json
}

#[track_caller]
pub(crate) fn number(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("{pointer} is no number in {json:#}"))
}

/// How many errors of a kind; a kind that did not happen is left out.
pub(crate) fn errors(json: &Value, kind: &str) -> u64 {
    json["errors"][kind].as_u64().unwrap_or(0)
}

#[track_caller]
pub(crate) fn kinds(json: &Value, allowed: &[&str]) {
    for kind in json["errors"].as_object().expect("errors by kind").keys() {
        assert!(allowed.contains(&kind.as_str()), "{kind} is not one of {allowed:?}: {json:#}");
    }
}

/// The owner was not made again.
#[track_caller]
pub(crate) fn stays_down(json: &Value) {
    let seen = (&json["restarts"], &json["incarnation"], &json["recovered_ms"]);
    assert_eq!(seen, (&0.into(), &1.into(), &Value::Null), "{json:#}");
}
