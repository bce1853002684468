//! What Go's stdouttrace prints, and what each of its fields becomes.

use super::whole::{assert_cut_anywhere, assert_damaged, assert_whole, read_whole};

const SPAN: &str = r#"{"Name":"/foo","SpanContext":{"TraceID":"0102030405060708090a0b0c0d0e0f10","SpanID":"0102030405060708","TraceFlags":"01","TraceState":"k=v","Remote":false},"Parent":{"TraceID":"0102030405060708090a0b0c0d0e0f10","SpanID":"0000000000000009","TraceFlags":"01","TraceState":"","Remote":true},"SpanKind":2,"StartTime":"2023-11-14T22:13:20.000000001Z","EndTime":"2023-11-14T23:13:20.0000015+01:00","Attributes":[{"Key":"key","Value":{"Type":"STRING","Value":"value"}},{"Key":"double","Value":{"Type":"FLOAT64","Value":2}},{"Key":"n","Value":{"Type":"INT64","Value":7}},{"Key":"ok","Value":{"Type":"BOOL","Value":true}},{"Key":"list","Value":{"Type":"STRINGSLICE","Value":["a","b"]}},{"Key":"floats","Value":{"Type":"FLOAT64SLICE","Value":[1,2.5]}}],"Events":[{"Name":"foo","Attributes":[{"Key":"k","Value":{"Type":"STRING","Value":"v"}}],"DroppedAttributeCount":0,"Time":"2023-11-14T22:13:20.000000002Z"}],"Links":[{"SpanContext":{"TraceID":"0000000000000000000000000000000a","SpanID":"000000000000000b","TraceFlags":"01","TraceState":"","Remote":false},"Attributes":[{"Key":"l","Value":{"Type":"INT64","Value":1}}],"DroppedAttributeCount":0}],"Status":{"Code":"Error","Description":"interesting"},"DroppedAttributes":4,"DroppedEvents":0,"DroppedLinks":0,"ChildSpanCount":0,"Resource":[{"Key":"service.name","Value":{"Type":"STRING","Value":"shop"}}],"InstrumentationScope":{"Name":"lib","Version":"1","SchemaURL":"","Attributes":[{"Key":"s","Value":{"Type":"STRING","Value":"x"}}]},"InstrumentationLibrary":{"Name":"lib","Version":"1","SchemaURL":"","Attributes":null}}"#;

const EXPECTED: &str = r#"
102030405060708090a0b0c0d0e0f10/102030405060708<9 shop: /foo server error 1700000000000000001+1499
  says interesting
  flags 1
  dropped attributes 4
  state k=v
  span double=2.0 floats=["1.0", "2.5"] key="value" list=["\"a\"", "\"b\""] n=7 ok=true
  resource service.name="shop"
  scope lib@1 s="x"
  event "foo" 1700000000000000002 k="v"
  link a/b l=1
"#;

#[test]
fn lines_and_pretty_printed() {
    assert_whole(SPAN, EXPECTED);
    assert_whole(format!("{SPAN}\n{SPAN}\n"), &format!("{}\n{EXPECTED}", EXPECTED.trim()));
    let value: serde_json::Value = serde_json::from_str(SPAN).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    assert_whole(format!("{pretty}\n{pretty}\n"), &format!("{}\n{EXPECTED}", EXPECTED.trim()));
    assert_whole(pretty.replace("  ", "\t"), EXPECTED);
}

#[test]
fn fields_that_are_empty_or_older() {
    let minimal =
        r#"{"Name":"x","SpanContext":{"TraceID":"00000000000000000000000000000001","SpanID":"0000000000000002"}}"#;
    assert_whole(minimal, "1/2<0 : x unspecified unset 0+0");
    let with = |members: &str| minimal.replace("\"Name\"", &format!("{members},\"Name\""));
    // Without times Go prints the year 1.
    let zero = r#""StartTime":"0001-01-01T00:00:00Z","EndTime":"0001-01-01T00:00:00Z""#;
    assert_whole(with(zero), "1/2<0 : x unspecified unset 0+0");
    let null =
        r#""Parent":null,"Attributes":null,"Events":null,"Links":null,"Resource":null,"InstrumentationScope":null"#;
    assert_whole(with(null), "1/2<0 : x unspecified unset 0+0");
    assert_whole(with(r#""ParentSpanID":"0000000000000003""#), "1/2<3 : x unspecified unset 0+0");
    assert_whole(with(r#""Parent":{"TraceID":"00","SpanID":"00"}"#), "1/2<0 : x unspecified unset 0+0");
    for (code, status) in [("\"Ok\"", "ok"), ("\"Unset\"", "unset"), ("1", "error"), ("2", "ok"), ("0", "unset")] {
        let expected = format!("1/2<0 : x unspecified {status} 0+0");
        assert_whole(with(&format!(r#""Status":{{"Code":{code},"Description":""}}"#)), &expected);
    }
    for (kind, name) in
        [("1", "internal"), ("3", "client"), ("4", "producer"), ("5", "consumer"), ("\"server\"", "server")]
    {
        assert_whole(with(&format!(r#""SpanKind":{kind}"#)), &format!("1/2<0 : x {name} unset 0+0"));
    }
    let library = r#""InstrumentationLibrary":{"Name":"lib","Version":"2"}"#;
    assert_whole(with(library), "1/2<0 : x unspecified unset 0+0\nscope lib@2");
}

#[test]
fn damaged_spans_are_left_out_alone() {
    #[track_caller]
    fn assert_middle_lost(damaged: &str, problem: &str) {
        let other = |id: &str| SPAN.replacen("0102030405060708\"", &format!("{id}\""), 1);
        assert_damaged(format!("{}\n{damaged}\n{}\n", other("1"), other("3")), problem, &[1, 3], 1);
    }
    assert_middle_lost(
        &SPAN.replace("\"SpanID\":\"0102030405060708\",", ""),
        "a span context without trace id or span id",
    );
    assert_middle_lost(&SPAN.replace("2023-11-14T22:13:20.000000001Z", "yesterday"), "`yesterday` is no time");
    assert_middle_lost(&SPAN.replace("\"Error\"", "\"Odd\""), "`Odd` is no status code");
    assert_middle_lost(&SPAN.replace("\"SpanKind\":2", "\"SpanKind\":\"boss\""), "`boss` is no span kind");
    assert_middle_lost(&SPAN.replace("\"Attributes\":[{", "\"Attributes\":[5,{"), "`5` stands where `{` should");
    assert_middle_lost(&SPAN[..SPAN.len() - 1], "should");
    assert!(read_whole(r#"{"SpanContext":{"TraceID":"1"}}"#).is_err());
    assert!(read_whole(r#"{"SpanContext":null}"#).unwrap_err().contains("a span without `SpanContext`"));
}

#[test]
fn a_text_that_breaks_off_loses_what_is_not_there() {
    assert_cut_anywhere(SPAN);
}
