//! New Relic's JSON, and what each of its fields becomes.

use super::whole::{assert_cut_anywhere, assert_damaged, assert_whole, read_whole};

const BATCH: &str = r#"{"common":{"attributes":{"service.name":"Test A","host":"h1","n":3}},"spans":[
{"trace.id":"123456","id":"ABC","timestamp":1603336834000.25,"attributes":{"duration.ms":12.53,"name":"/home","span.kind":"server","http.status":200}},
{"trace.id":"123456","id":"DEF","timestamp":1603336834010,"attributes":{"parent.id":"ABC","service.name":"Test B","duration.ms":2.97,"error.message":"bad","otel.library.name":"lib"}}]}"#;

const SPANS: &str = r#"
123456/abc<0 Test A: /home server unset 1603336834000250000+12530000
  span http.status=200
  resource host="h1" n=3 service.name="Test A"
123456/def<abc Test B:  unspecified error 1603336834010000000+2970000
  says bad
  span error.message="bad"
  resource host="h1" n=3 service.name="Test B"
  scope lib@
"#;

#[test]
fn batches_and_lists_of_batches() {
    assert_whole(BATCH, SPANS);
    assert_whole(format!("[{BATCH}]"), SPANS);
    assert_whole(format!("[{BATCH},{BATCH}]"), &format!("{}\n{SPANS}", SPANS.trim()));
    let value: serde_json::Value = serde_json::from_str(BATCH).unwrap();
    assert_whole(serde_json::to_string_pretty(&value).unwrap(), SPANS);
    // What is common may come behind the spans.
    assert_whole(format!(r#"{{"spans":{},"common":{}}}"#, value["spans"], value["common"]), SPANS);
    for nothing in [r#"[{"common":{"attributes":{}},"spans":[]}]"#, r#"[{"common":{}}]"#] {
        assert_eq!(read_whole(nothing), Ok(vec![]), "{nothing}");
    }
}

#[test]
fn fields_and_statuses() {
    let batch = |span: &str| format!(r#"[{{"spans":[{{"trace.id":"1","id":"2",{span}}}]}}]"#);
    assert_whole(batch(r#""timestamp":5"#), "1/2<0 :  unspecified unset 5000000+0");
    assert_whole(batch(r#""attributes":null"#), "1/2<0 :  unspecified unset 0+0");
    assert_whole(batch(r#""name":"x","duration.ms":1"#), "1/2<0 : x unspecified unset 0+1000000");
    assert_whole(batch(r#""attributes":{"error":true}"#), "1/2<0 :  unspecified error 0+0");
    let ok = r#""attributes":{"otel.status_code":"OK","otel.status_description":"fine"}"#;
    assert_whole(batch(ok), "1/2<0 :  unspecified ok 0+0\nsays fine");
    let common = r#"[{"common":{"trace.id":"9","timestamp":5},"spans":[{"id":"1"},{"id":"2","timestamp":6,"attributes":{"trace.id":"x"}}]}]"#;
    let expected = "9/1<0 :  unspecified unset 5000000+0\n9/2<0 :  unspecified unset 6000000+0\nspan trace.id=\"x\"";
    assert_whole(common, expected);
}

#[test]
fn damaged_spans_are_left_out_alone() {
    let damaged = |from: &str, to: &str| format!("[{}]", BATCH.replacen(from, to, 1));
    assert_damaged(damaged("\"id\":\"ABC\",", ""), "a span without span id", &[0xdef], 1);
    assert_damaged(damaged("\"trace.id\":\"123456\",", ""), "a span without trace id", &[0xdef], 1);
    assert_damaged(damaged("1603336834010", "\"x\""), "`x` is no time", &[0xabc], 1);
    assert_damaged(damaged("12.53", "[]"), "`[` stands where", &[0xdef], 1);
    assert_damaged(damaged("200}", "200,}"), "`}` stands where a string should", &[0xdef], 1);
    assert_damaged(damaged("\"spans\":[", "\"spans\":[7,"), "`7` stands where `{` should", &[0xabc, 0xdef], 1);
    let text = format!("[{BATCH},{{\"common\":7,\"spans\":[{{\"trace.id\":\"1\",\"id\":\"2\"}}]}},{BATCH}]");
    assert_damaged(text, "`7` stands where `{` should", &[0xabc, 0xdef, 0xabc, 0xdef], 1);
}

#[test]
fn a_text_that_breaks_off_loses_what_is_not_there() {
    assert_cut_anywhere(&format!("[{BATCH}]"));
}
