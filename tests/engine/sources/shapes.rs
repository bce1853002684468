//! Every shape in which OTLP JSON is met gives the same spans.

use traceql::source::Input;

use super::{LINE, every_attribute, flat, read_inputs, spans_of};

/// What every shape of [`LINE`] gives.
const SPAN: &str = "a0011234567890abc001/101010100000001<0 shop:root server error 1767225607000000000+100000000 n=1";

#[track_caller]
fn assert_one(text: impl AsRef<[u8]>) {
    assert_eq!(spans_of(text), Ok(vec![SPAN.to_owned()]));
}

#[track_caller]
fn assert_three(text: impl AsRef<[u8]>) {
    assert_eq!(spans_of(text), Ok(vec![SPAN.to_owned(); 3]));
}

fn pretty() -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(LINE).unwrap()).unwrap()
}

#[test]
fn one_object() {
    assert_one(LINE);
    assert_one(pretty());
    assert_one(format!("\u{feff}{LINE}\r\n"));
    assert_one(format!("\n \t{}\n\n", pretty()));
}

#[test]
fn lines() {
    assert_three(format!("{LINE}\n{LINE}\n{LINE}\n"));
    assert_three(format!("{LINE}\r\n\r\n{LINE}\n\n\n{LINE}"));
    assert_three(format!("  {LINE}\n  {LINE}\n  {LINE}"));
    assert_three(format!("{LINE}\n\t{LINE}\n{LINE}\n"));
}

#[test]
fn concatenated_objects() {
    assert_three(format!("{LINE}{LINE}{LINE}"));
    assert_three(format!("{LINE} {LINE}\n{LINE}"));
    let pretty = pretty();
    assert_three(format!("{pretty}\n{pretty}\n{pretty}"));
    assert_three(format!("{pretty}{pretty}{pretty}"));
    assert_three(format!("{LINE}\n{pretty}\n{LINE}"));
    // No indentation: lines within an object begin with `{` too.
    let flat = pretty.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert_three(format!("{flat}\n{flat}\n{flat}\n"));
}

#[test]
fn arrays() {
    assert_three(format!("[{LINE},{LINE},{LINE}]"));
    assert_three(format!("[\n{LINE},\n{LINE},\n{LINE}\n]\n"));
    let pretty = pretty();
    assert_three(format!("[ {pretty} , {pretty},{pretty} ]"));
    assert_three(format!("[{LINE}]\n[{LINE},{LINE}]"));
    assert_three(format!("[[{LINE}],[],[{LINE},{LINE}]]"));
    assert_three(format!("[[[{LINE}]],[[{LINE}],{LINE}]]\n"));
    assert_three(format!("{LINE}\n[{LINE},{LINE}]\n"));
    assert_eq!(spans_of("[]"), Ok(vec![]));
}

#[test]
fn other_names() {
    assert_one(LINE.replace("resourceSpans", "resource_spans"));
    assert_one(LINE.replace("resourceSpans", "batches"));
    assert_one(format!(r#"{{"trace":{LINE},"metrics":{{}}}}"#));
    assert_one(format!(r#"{{"status":"COMPLETE","trace":{}}}"#, LINE.replace("resourceSpans", "batches")));
    assert_one(format!(r#"{{"result":{LINE}}}"#));
    assert_one(LINE.replace("scopeSpans", "scope_spans"));
    let older = LINE.replace("\"scope\"", "\"instrumentationLibrary\"");
    assert_one(older.replace("scopeSpans", "instrumentationLibrarySpans"));
    assert_one(older.replace("scopeSpans", "ilSpans"));
    let snake = [
        ("traceId", "trace_id"),
        ("spanId", "span_id"),
        ("parentSpanId", "parent_span_id"),
        ("startTimeUnixNano", "start_time_unix_nano"),
        ("endTimeUnixNano", "end_time_unix_nano"),
        ("stringValue", "string_value"),
        ("intValue", "int_value"),
        ("resourceSpans", "resource_spans"),
        ("scopeSpans", "scope_spans"),
    ];
    assert_one(snake.iter().fold(LINE.to_owned(), |text, (camel, snake)| text.replace(camel, snake)));
    assert_one(LINE.replace("\"name\"", r#""\u006eam\u0065""#));
}

#[test]
fn ids_in_base64_and_in_upper_case() {
    let base64 = LINE.replace("000000000000a0011234567890abc001", "AAAAAAAAoAESNFZ4kKvAAQ==");
    let base64 = base64.replace("0101010100000001", "AQEBAQAAAAE=");
    assert_one(&base64);
    // Tempo's answers for one trace, as its two APIs give them.
    let batches = base64.replace("resourceSpans", "batches");
    assert_one(&batches);
    assert_one(
        batches
            .replace("\"kind\":2", "\"kind\":\"SPAN_KIND_SERVER\"")
            .replace("\"code\":2", "\"code\":\"STATUS_CODE_ERROR\""),
    );
    assert_one(format!(r#"{{"trace":{base64},"metrics":{{"inspectedBytes":"1"}},"status":"COMPLETE"}}"#));
    assert_one(LINE.replace("000000000000a0011234567890abc001", "000000000000A0011234567890ABC001"));
}

#[test]
fn parents_that_are_none() {
    assert_one(LINE.replace(r#""parentSpanId":"""#, r#""parentSpanId":null"#));
    assert_one(LINE.replace(r#""parentSpanId":"""#, r#""parentSpanId":"0000000000000000""#));
    assert_one(LINE.replace(r#""parentSpanId":"","#, ""));
}

#[test]
fn numbers_as_strings_and_as_numbers() {
    assert_one(LINE.replace(r#""1767225607000000000""#, "1767225607000000000"));
    assert_one(LINE.replace(r#""1767225607000000000""#, "1.767225607e18"));
    assert_one(LINE.replace(r#""1767225607000000000""#, r#""1.767225607E+18""#));
    assert_one(LINE.replace(r#"{"intValue":"1"}"#, r#"{"intValue":1}"#));
    assert_one(LINE.replace(r#"{"intValue":"1"}"#, r#"{"intValue":1.0}"#));
}

#[test]
fn enumerations_by_name_and_by_number() {
    for kind in [r#""SPAN_KIND_SERVER""#, r#""SERVER""#, r#""server""#, r#""2""#, "2.0"] {
        assert_one(LINE.replace(r#""kind":2"#, &format!(r#""kind":{kind}"#)));
    }
    for code in [r#""STATUS_CODE_ERROR""#, r#""ERROR""#, r#""error""#, r#""2""#] {
        assert_one(LINE.replace(r#"{"code":2}"#, &format!(r#"{{"code":{code}}}"#)));
    }
    let unknown = LINE.replace(r#""kind":2"#, r#""kind":77"#).replace(r#"{"code":2}"#, r#"{"code":99}"#);
    assert_eq!(spans_of(unknown), Ok(vec![SPAN.replace("server error", "unspecified unset")]));
}

#[test]
fn members_in_any_order() {
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"#;
    let without = LINE.replace(resource, "");
    let last = without.replace("]}]}]}", &format!("]}}],{}}}]}}", resource.trim_end_matches(',')));
    assert_one(last);
    assert_one(LINE.replace(r#"{"key":"n","value":{"intValue":"1"}}"#, r#"{"value":{"intValue":"1"},"key":"n"}"#));
    // The later one of two counts.
    assert_one(LINE.replace(r#"{"key":"n","#, r#"{"key":"m","key":"n","#));
    let two = LINE.replace(resource, &format!(r#""resource":{{"attributes":[]}},{resource}"#));
    assert_one(two);
}

#[test]
fn a_key_that_is_left_out_is_the_empty_one() {
    let inputs = [Input::memory("memory", LINE.replace(r#""key":"n","#, "").into_bytes())];
    let (fragments, _) = read_inputs(&inputs, &every_attribute(&[]), false).unwrap();
    assert_eq!(flat::flatten(&fragments)[0].attributes[""], flat::Value::Int(1));
}

#[test]
fn null_is_absence() {
    assert_one(LINE.replace(r#""resourceSpans":["#, r#""resourceSpans":[null,{"resource":null,"scopeSpans":null},"#));
    assert_one(LINE.replace(r#""status":"#, r#""events":null,"links":null,"traceState":null,"status":"#));
    let bare = LINE.replace(r#"{"code":2}"#, "null").replace(r#""kind":2"#, r#""kind":null"#);
    assert_eq!(spans_of(bare), Ok(vec![SPAN.replace("server error", "unspecified unset")]));
}

#[test]
fn no_resource_and_no_service_name() {
    let without = SPAN.replace("shop:", ":");
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"#;
    assert_eq!(spans_of(LINE.replace(resource, "")), Ok(vec![without.clone()]));
    assert_eq!(spans_of(LINE.replace(resource, r#""resource":{},"#)), Ok(vec![without.clone()]));
    let number = LINE.replace(r#"{"stringValue":"shop"}"#, r#"{"intValue":5}"#);
    assert_eq!(spans_of(number), Ok(vec![without]), "only text is a service");
}

#[test]
fn values() {
    #[track_caller]
    fn assert_value(value: &str, printed: &str) {
        let expected = SPAN.replace(" n=1", printed);
        assert_eq!(spans_of(LINE.replace(r#"{"intValue":"1"}"#, value)), Ok(vec![expected]));
    }
    assert_value(r#"{"stringValue":"x\u00e9\ud83d\ude00\n\/"}"#, " n=\"xé😀\\n/\"");
    assert_value(r#"{"stringValue":"half \ud83d pair"}"#, " n=\"half \u{fffd} pair\"");
    assert_value(r#"{"boolValue":true}"#, " n=true");
    assert_value(r#"{"doubleValue":1.5}"#, " n=1.5");
    assert_value(r#"{"doubleValue":3}"#, " n=3.0");
    assert_value(r#"{"doubleValue":"-0.0"}"#, " n=-0.0");
    assert_value(r#"{"doubleValue":"NaN"}"#, " n=NaN");
    assert_value(r#"{"doubleValue":"-Infinity"}"#, " n=-inf");
    assert_value(r#"{"intValue":"-9223372036854775808"}"#, " n=-9223372036854775808");
    assert_value(r#"{"arrayValue":{"values":[{"intValue":1},{"intValue":"2"}]}}"#, " n=[\"1\", \"2\"]");
    assert_value(r#"{"arrayValue":{"values":[{"stringValue":"only"}]}}"#, " n=\"only\"");
    // What TraceQL cannot see.
    assert_value("{}", "");
    assert_value("null", "");
    assert_value(r#"{"stringValue":null}"#, "");
    assert_value(r#"{"arrayValue":{}}"#, "");
    assert_value(r#"{"arrayValue":{"values":[]}}"#, "");
    assert_value(r#"{"arrayValue":{"values":[{"intValue":1},{"stringValue":"2"}]}}"#, "");
    assert_value(r#"{"arrayValue":{"values":[{"arrayValue":{"values":[{"intValue":1}]}}]}}"#, "");
    assert_value(r#"{"kvlistValue":{"values":[{"key":"k","value":{"intValue":1}}]}}"#, "");
    assert_value(r#"{"bytesValue":"AAEC"}"#, "");
    assert_value(r#"{"futureValue":[1,{"x":[]}]}"#, "");
}

#[test]
fn other_signals_in_the_same_file_are_stepped_over() {
    assert_one(format!("{{\"resourceLogs\":[{{}}]}}\n{LINE}\n{{\"resourceMetrics\":[]}}\n{{}}\n"));
}
