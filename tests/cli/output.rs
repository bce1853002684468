//! Answers in each format, from Tempo's own recorded responses and from results made by hand.

mod catalog;
mod explain;
mod metrics;

use serde_json::Value as Json;
use traceql::{
    model::{
        ids::{SpanId, TraceId},
        result::{Datum, Inspected, SearchResult, ServiceStats, SpanMatch, Spanset, TraceMatch},
    },
    output::{
        csv::Csv,
        search::{flat, json, table},
    },
};
use traceql_grammar::{
    query::Field,
    value::{Kind, Status},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

/// Reads Tempo's response back into the result that it was made of.
fn result_of(response: &Json) -> SearchResult {
    let traces = response["traces"].as_array().expect("a list of traces");
    SearchResult { traces: traces.iter().map(trace_of).collect(), more: false, inspected: Inspected::default() }
}

fn number(value: &Json) -> u64 {
    match value {
        Json::Null => 0,
        Json::String(text) => text.parse().expect("a number in quotes"),
        value => value.as_u64().expect("a number"),
    }
}

fn trace_of(trace: &Json) -> TraceMatch {
    let text = |key: &str| trace[key].as_str().unwrap_or_default().to_owned();
    let stats = trace["serviceStats"].as_object().expect("services");
    TraceMatch {
        id: TraceId(u128::from_str_radix(&text("traceID"), 16).expect("hex")),
        root_service: Some(text("rootServiceName")).filter(|service| !service.starts_with('<')),
        root_name: Some(text("rootTraceName")),
        start: number(&trace["startTimeUnixNano"]),
        duration: number(&trace["durationMs"]) * 1_000_000 + 999_999,
        services: stats
            .iter()
            .map(|(service, counts)| ServiceStats {
                service: service.clone(),
                spans: number(&counts["spanCount"]) as u32,
                errors: number(&counts["errorCount"]) as u32,
            })
            .collect(),
        spansets: trace["spanSets"].as_array().expect("spansets").iter().map(spanset_of).collect(),
    }
}

fn spanset_of(spanset: &Json) -> Spanset {
    let spans = spanset["spans"].as_array().expect("spans").iter().map(|span| SpanMatch {
        id: SpanId(u64::from_str_radix(span["spanID"].as_str().expect("an id"), 16).expect("hex")),
        start: number(&span["startTimeUnixNano"]),
        duration: number(&span["durationNanos"]),
        name: span["name"].as_str().unwrap_or("not shown").to_owned(),
        shows_name: span["name"].is_string(),
        attributes: span["attributes"].as_array().into_iter().flatten().map(attribute_of).collect(),
    });
    Spanset { matched: number(&spanset["matched"]) as usize, attributes: Vec::new(), spans: spans.collect() }
}

fn attribute_of(attribute: &Json) -> (Field, Datum) {
    let text = attribute["value"]["stringValue"].as_str().expect("the recordings have text only");
    (Field::attribute(Scope::Span, attribute["key"].as_str().expect("a key")), Datum::String(text.to_owned()))
}

#[test]
fn json_is_tempos_response_byte_for_byte() {
    let recordings = include_str!("output/tempo-search.jsonl");
    let mut seen = 0;
    for line in recordings.lines() {
        let recording: Json = serde_json::from_str(line).expect("a recording is JSON");
        let body = recording["body"].as_str().expect("a recording has a body");
        let response: Json = serde_json::from_str(body).expect("a response is JSON");
        let ours = written(|out| json::write(out, &result_of(&response)));
        // What was inspected is told of files in other numbers.
        let (expected, _) = body.split_once("\"metrics\":").expect("a response has metrics");
        let (got, metrics) = ours.split_once("\"metrics\":").expect("a response has metrics");
        assert_eq!(got, expected, "{}", recording["query"]);
        assert_eq!(metrics, "{}}\n");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

/// Two traces: one with everything that an answer can hold, one without a root.
fn sample() -> SearchResult {
    let span = |id, start, name: &str, attributes| SpanMatch {
        id: SpanId(id),
        start,
        duration: 1_500_000,
        name: name.to_owned(),
        shows_name: false,
        attributes,
    };
    let of = |scope, key: &str| Field::attribute(scope, key);
    let everything = vec![
        (Field::intrinsic(Intrinsic::Status), Datum::Status(Status::Error)),
        (Field::intrinsic(Intrinsic::Kind), Datum::Kind(Kind::Server)),
        (Field::intrinsic(Intrinsic::EventTimeSinceStart), Datum::Duration(1_500)),
        (of(Scope::Span, "none"), Datum::Nil),
        (of(Scope::Span, "whole"), Datum::Float(3.0)),
        (of(Scope::Any, "nan"), Datum::Float(f64::NAN)),
        (of(Scope::Resource, "low"), Datum::Float(f64::NEG_INFINITY)),
        (of(Scope::Span, "list"), Datum::Array(vec![Datum::Int(1), Datum::Int(-2)])),
        (of(Scope::Span, "a b"), Datum::String("say \"hi\", <you>\n".to_owned())),
        (of(Scope::Span, "flag"), Datum::Bool(false)),
    ];
    let set = |matched, attributes, spans| Spanset { matched, attributes, spans };
    let by = |name: &str| {
        vec![("by(name)".to_owned(), Datum::String(name.to_owned())), ("count()".to_owned(), Datum::Int(2))]
    };
    SearchResult {
        traces: vec![
            TraceMatch {
                id: TraceId(0xa001),
                root_service: Some("shop".to_owned()),
                root_name: Some("GET /cart".to_owned()),
                start: 1_767_225_607_000_000_000,
                duration: 1_204_567_890,
                services: vec![
                    ServiceStats { service: "cart".to_owned(), spans: 1, errors: 0 },
                    ServiceStats { service: "shop".to_owned(), spans: 3, errors: 2 },
                ],
                spansets: vec![
                    set(4, by("GET"), vec![span(1, 1_767_225_607_003_200_000, "GET", everything)]),
                    set(1, by("PUT"), vec![span(2, 1_767_225_607_000_000_000, "PUT", Vec::new())]),
                ],
            },
            TraceMatch {
                id: TraceId(u128::MAX),
                root_service: None,
                root_name: None,
                start: 0,
                duration: 0,
                services: vec![ServiceStats { service: String::new(), spans: 1, errors: 0 }],
                spansets: vec![set(1, Vec::new(), vec![span(3, 0, "日本語␛[31m", Vec::new())])],
            },
        ],
        more: false,
        inspected: Inspected { traces: 2, spans: 5, bytes: 1234, ..Inspected::default() },
    }
}

/// The columns of a query that could give the sample, and one that the sample has nothing for.
fn columns() -> flat::Columns {
    let fields: Vec<Field> =
        sample().traces[0].spansets[0].spans[0].attributes.iter().map(|(f, _)| f.clone()).collect();
    let nowhere = Field::attribute(Scope::Resource, "nowhere");
    flat::Columns::new(["by(name)", "count()"], fields.iter().chain([&nowhere]))
}

#[test]
fn json_leaves_out_what_is_empty_and_spells_values_as_tempo_does() {
    let text = written(|out| json::write(out, &sample()));
    let response: Json = serde_json::from_str(&text).expect("valid JSON");
    assert_eq!(text.lines().count(), 1);
    let metrics = r#","metrics":{"inspectedTraces":2,"inspectedBytes":"1234","inspectedSpans":"5"}}"#;
    assert!(text.trim_end().ends_with(&metrics[1..]), "{text}");
    let trace = &response["traces"][0];
    assert_eq!(trace["durationMs"], 1204);
    assert_eq!(trace["spanSet"], trace["spanSets"][0]);
    assert!(
        text.contains(r#""serviceStats":{"cart":{"spanCount":1},"shop":{"spanCount":3,"errorCount":2}}"#),
        "{text}"
    );
    let set = &trace["spanSets"][0];
    assert_eq!(
        set["attributes"].to_string(),
        r#"[{"key":"by(name)","value":{"stringValue":"GET"}},{"key":"count()","value":{"intValue":"2"}}]"#
    );
    let values: Vec<String> = set["spans"][0]["attributes"]
        .as_array()
        .expect("attributes")
        .iter()
        .map(|attribute| format!("{} {}", attribute["key"].as_str().unwrap_or_default(), attribute["value"]))
        .collect();
    assert_eq!(
        values,
        [
            r#"status {"stringValue":"error"}"#,
            r#"kind {"stringValue":"server"}"#,
            r#"event:timeSinceStart {"stringValue":"1.5µs"}"#,
            r#"none {"stringValue":"nil"}"#,
            r#"whole {"doubleValue":3}"#,
            r#"nan {"doubleValue":"NaN"}"#,
            r#"low {"doubleValue":"-Infinity"}"#,
            r#"list {"arrayValue":{"values":[{"intValue":"1"},{"intValue":"-2"}]}}"#,
            r#"a b {"stringValue":"say \"hi\", <you>\n"}"#,
            r#"flag {"boolValue":false}"#,
        ]
    );
    assert!(text.contains(r"\u003cyou\u003e"), "Go escapes what HTML would obey");
    let rootless = concat!(
        r#"{"traceID":"ffffffffffffffffffffffffffffffff","rootServiceName":"\u003croot span not yet received\u003e","#,
        r#""spanSet":{"spans":[{"spanID":"0000000000000003","durationNanos":"1500000"}],"matched":1},"#,
        r#""spanSets":[{"spans":[{"spanID":"0000000000000003","durationNanos":"1500000"}],"matched":1}],"#,
        r#""serviceStats":{"":{"spanCount":1}}}]"#
    );
    assert!(text.contains(rootless), "{text}");
}

#[test]
fn json_of_nothing_has_an_empty_list() {
    assert_eq!(written(|out| json::write(out, &SearchResult::default())), "{\"traces\":[],\"metrics\":{}}\n");
}

#[test]
fn jsonl_has_one_span_a_line_and_every_column_in_each() {
    let text = written(|out| flat::write_jsonl(out, &sample(), &columns()));
    let rows: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("valid JSON")).collect();
    assert_eq!(
        text.lines().next(),
        Some(concat!(
            r#"{"trace:id":"a001","trace:rootService":"shop","trace:rootName":"GET /cart","trace:duration":1204567890,"#,
            r#""span:id":"0000000000000001","start":"2026-01-01T00:00:07.003200000Z","duration":1500000,"name":"GET","#,
            r#""by(name)":"GET","count()":2,"span:status":"error","span:kind":"server","event:timeSinceStart":1500,"#,
            r#""span.none":null,"span.whole":3.0,".nan":"NaN","resource.low":"-Infinity","span.list":[1,-2],"#,
            r#""span.\"a b\"":"say \"hi\", <you>\n","span.flag":false,"resource.nowhere":null}"#
        ))
    );
    assert_eq!(rows.len(), 3);
    for row in &rows {
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(21));
    }
    assert_eq!(rows[2]["trace:rootName"], Json::Null);
}

#[test]
fn csv_quotes_what_needs_quotes() {
    let text = written(|out| flat::write_csv(out, &sample(), &columns(), Csv::default()));
    assert_eq!(
        text,
        concat!(
            "trace:id,trace:rootService,trace:rootName,trace:duration,span:id,start,duration,name,by(name),count(),",
            "span:status,span:kind,event:timeSinceStart,span.none,span.whole,.nan,resource.low,span.list,",
            "\"span.\"\"a b\"\"\",span.flag,resource.nowhere\n",
            "a001,shop,GET /cart,1204567890,0000000000000001,2026-01-01T00:00:07.003200000Z,1500000,GET,GET,2,",
            "error,server,1500,,3,NaN,-Infinity,\"[1,-2]\",\"say \"\"hi\"\", <you>\n\",false,\n",
            "a001,shop,GET /cart,1204567890,0000000000000002,2026-01-01T00:00:07.000000000Z,1500000,PUT,PUT,2,",
            ",,,,,,,,,,\n",
            "ffffffffffffffffffffffffffffffff,,,0,0000000000000003,1970-01-01T00:00:00.000000000Z,1500000,",
            "日本語␛[31m,,,,,,,,,,,,,\n",
        )
    );
}

fn drawn(result: &SearchResult, width: Option<usize>) -> String {
    let text = written(|out| table::write(out, result, table::Style { color: false, width }));
    let columns = |line: &str| unicode_width::UnicodeWidthStr::width(line);
    if let Some(width) = width {
        assert!(text.lines().all(|line| columns(line) <= width), "wider than {width}:\n{text}");
    }
    assert!(!text.lines().any(|line| line.ends_with(' ')), "blanks at the end of a line:\n{text}");
    format!("\n{text}")
}

#[test]
fn tables_are_wide_where_there_is_room() {
    let columns = "
  span               start  duration  name         status  kind    event:timeSinceStart  span.none  span.whole  .nan  resource.low  span.list  span.\"a b\"        span.flag
a001                              2026-01-01 00:00:07.000  1.2s  shop: GET /cart  4 spans, 2 errors
  by(name) = \"GET\", count() = 2
  0000000000000001  +3.2ms     1.5ms  GET          error   server  1.5µs                 nil        3           NaN   -Infinity     [1, -2]    say \"hi\", <you>␊  false
  … 3 more spans
  by(name) = \"PUT\", count() = 2
  0000000000000002     +0s     1.5ms  PUT

ffffffffffffffffffffffffffffffff  1970-01-01 00:00:00.000    0s  (no root span)   1 span
  0000000000000003     +0s     1.5ms  日本語␛[31m
";
    assert_eq!(drawn(&sample(), None), columns);
    assert_eq!(drawn(&sample(), Some(200)), columns);
}

#[test]
fn tables_put_attributes_below_where_there_is_none() {
    assert_eq!(
        drawn(&sample(), Some(80)),
        "
  span               start  duration  name
a001                              2026-01-01 00:00:07.000  1.2s
shop: GET /cart  4 spans, 2 errors
  by(name) = \"GET\", count() = 2
  0000000000000001  +3.2ms     1.5ms  GET
      status = error, kind = server, event:timeSinceStart = 1.5µs,
      span.none = nil, span.whole = 3, .nan = NaN, resource.low = -Infinity,
      span.list = [1, -2], span.\"a b\" = \"say \"hi\", <you>␊\", span.flag = false
  … 3 more spans
  by(name) = \"PUT\", count() = 2
  0000000000000002     +0s     1.5ms  PUT

ffffffffffffffffffffffffffffffff  1970-01-01 00:00:00.000    0s
(no root span)  1 span
  0000000000000003     +0s     1.5ms  日本語␛[31m
"
    );
}

#[test]
fn tables_put_names_below_where_there_is_next_to_nothing() {
    let text = drawn(&sample(), Some(40));
    assert!(
        text.contains("  0000000000000001  +3.2ms     1.5ms\n    GET\n      status = error, kind = server,\n"),
        "{text}"
    );
    assert!(
        text.contains("\nffffffffffffffffffffffffffffffff\n1970-01-01 00:00:00.000    0s\n(no root span)  1 span\n"),
        "{text}"
    );
    let mut result = sample();
    result.traces[0].root_name = Some("日本語".repeat(10));
    assert!(drawn(&result, Some(40)).contains("\nshop: 日本語日本語日本語日本語日本語日…\n4 spans, 2 errors\n"));
}

#[test]
fn tables_break_long_values_and_cut_endless_ones() {
    let mut result = sample();
    result.traces.truncate(1);
    result.traces[0].spansets.truncate(1);
    let span = &mut result.traces[0].spansets[0].spans[0];
    "a name of fifteen words or so that does not fit into the width of the terminal".clone_into(&mut span.name);
    span.attributes = vec![(Field::attribute(Scope::Span, "sql"), Datum::String("x".repeat(1000)))];
    result.traces[0].spansets[0].matched = 1;
    // The terminal breaks what is longer than its width.
    let text = written(|out| table::write(out, &result, table::Style { color: false, width: Some(60) }));
    assert!(
        text.starts_with(
            "  span               start  duration  name
a001  2026-01-01 00:00:07.000  1.2s
shop: GET /cart  4 spans, 2 errors
  by(name) = \"GET\", count() = 2
  0000000000000001  +3.2ms     1.5ms  a name of fifteen
                                      words or so that does
                                      not fit into the widt…
      span.sql = \"xxx"
        ),
        "{text}"
    );
    assert_eq!(text.matches('x').count(), 600);
    assert!(text.ends_with("x…\"\n"), "{text}");
}

#[test]
fn tables_of_nothing_are_nothing() {
    assert_eq!(drawn(&SearchResult::default(), Some(80)), "\n");
}
