//! Names and values as JSON, from Tempo's own recorded responses about the dataset that the tests have too, and in the
//! other formats from answers made by hand.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value as Json, json};
use traceql::{
    exec::{Collector, TagCounts, ValueCounts},
    model::{
        batch::Fragment,
        catalog::{Tag, TagScope, TagValues, Tags, ValueCount, Values},
        projection::Projection,
        result::{Datum, Inspected},
        scan::Scan,
    },
    output::catalog::{flat, json, table},
    output::csv::Csv,
    plan::{Pruning, TimeRange, lower_tags, lower_values},
    source,
};
use traceql_grammar::{
    check,
    query::Field,
    value::Status,
    vocab::{intrinsics::Intrinsic, release::Release, scopes::Scope},
};

use super::written;

/// Attributes of the dataset that TraceQL cannot see: bytes, maps, nothing, empty and mixed arrays. Tempo lists them all the
/// same.
const INVISIBLE: [&str; 5] = ["aempty", "amixed", "bytes", "map", "null"];

/// What spans of the dataset have as `http.status_code`.
const CODES: [&str; 4] = ["200", "404", "500", "503"];

/// The dataset as a file and, if blocks can be read, as a block that Tempo wrote.
const INPUTS: &[&str] = &[
    "tests/conformance/zoo.otlp.jsonl.zst",
    #[cfg(feature = "tempo-block")]
    "tests/blocks/zoo-vParquet4/single-tenant/00000000-0000-4000-8000-000000000001",
];

fn read(
    input: &str,
    (projection, pruning): (&Projection, &Pruning),
    scan: &dyn Scan,
    observe: &(dyn Fn(Fragment) + Sync),
) -> u64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(input);
    let inputs = source::find(&[path.to_str().expect("a path is UTF-8").to_owned()]).expect("the dataset is there");
    let options = source::ReadOptions {
        pruning: Some(pruning),
        scan: Some(scan),
        ..source::ReadOptions::loose(projection, false)
    };
    source::read(&inputs, &options, &|_| {}, observe).expect("the dataset can be read").bytes
}

fn ours(recording: &Json, input: &str) -> String {
    let text = |key: &str| recording[key].as_str();
    let query = check(text("query").unwrap_or("{ }"), Release::Main).query;
    let seconds = |key: &str| text(key).and_then(|time| time.parse::<u64>().ok()).expect("Unix seconds");
    let range = Some(TimeRange { start: seconds("start") * 1_000_000_000, end: seconds("end") * 1_000_000_000 });
    match text("attribute") {
        Some(attribute) => {
            let field = traceql_grammar::field(attribute).expect("an attribute");
            let counts = ValueCounts::new(lower_values(&query, &field, range).expect("a plan"));
            let needs = (counts.plan().projection(), counts.plan().pruning());
            let bytes = read(input, needs, &counts, &|fragment| counts.observe(fragment));
            let values = counts.finish(bytes).expect("an answer");
            written(|out| json::write_values(out, &values))
        }
        None => {
            let scope = text("scope").and_then(|word| TagScope::ALL.into_iter().find(|scope| scope.word() == word));
            let counts = TagCounts::new(lower_tags(&query, scope, range).expect("a plan"));
            let needs = (counts.plan().projection(), counts.plan().pruning());
            let bytes = read(input, needs, &counts, &|fragment| counts.observe(fragment));
            let tags = counts.finish(bytes).expect("an answer");
            written(|out| json::write_tags(out, &tags, scope))
        }
    }
}

/// Returns what a response lists, without its order, which is chance in Tempo.
fn listed(response: &Json) -> BTreeSet<String> {
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let values = list(&response["tagValues"]).iter().map(Json::to_string).collect::<Vec<_>>();
    let names = list(&response["scopes"]).into_iter().flat_map(|scope| {
        let tags: Vec<String> = list(&scope["tags"]).iter().map(|tag| tag.as_str().unwrap_or("?").to_owned()).collect();
        assert!(tags.is_sorted() && !tags.is_empty(), "{tags:?}");
        tags.into_iter().map(move |tag| format!("{} {tag}", scope["name"]))
    });
    names.chain(values).collect()
}

#[test]
fn json_is_tempos_response() {
    let recordings = include_str!("tempo-catalog.jsonl");
    let mut seen = 0;
    for line in recordings.lines() {
        let recording: Json = serde_json::from_str(line).expect("a recording is JSON");
        let name = recording["name"].as_str().expect("a name");
        let body = recording["body"].as_str().expect("a body");
        let mut expected = listed(&serde_json::from_str(body).expect("a response is JSON"));
        expected.retain(|item| !INVISIBLE.iter().any(|name| *item == format!("\"span\" {name}")));
        let all: Vec<String> = INPUTS.iter().map(|input| ours(&recording, input)).collect();
        let ours = &all[0];
        let keyword = |word: &&str| json!({ "type": "keyword", "value": word }).to_string();
        match name {
            // The numbers of the columns that blocks have, of no use in a query; documented are the words.
            "values-v2-status" => expected = ["error", "ok", "unset"].iter().map(keyword).collect(),
            "values-v2-kind" => {
                let words = ["unspecified", "internal", "server", "client", "producer", "consumer"];
                assert_eq!(expected.len(), words.len());
                expected = words.iter().map(keyword).collect();
            }
            // Tempo forgets what has a column of its own in a block.
            "values-v2-int" => {
                assert!(expected.is_empty());
                let value = |code: &str| json!({ "type": "int", "value": code }).to_string();
                expected = CODES.map(value).into();
            }
            "tags-v2" => expected.extend(["\"resource\" k8s.pod.name", "\"span\" http.status_code"].map(str::to_owned)),
            "tags-v2-scope" => expected.extend(["\"resource\" k8s.pod.name".to_owned()]),
            // And most of what the spans have that it filters.
            "tags-v2-filtered" => {
                let events = ["e", "exception.message", "exception.type", "tags"];
                expected.extend(events.iter().map(|name| format!("\"event\" {name}")));
                expected.extend(["n", "zoo.case"].iter().map(|name| format!("\"span\" {name}")));
            }
            _ => {}
        }
        assert_eq!(listed(&serde_json::from_str(ours).expect("a response is JSON")), expected, "{name}");
        // The parts and their order.
        let shape = |text: &str| text.split_once('[').map(|(start, _)| start.to_owned());
        assert_eq!(shape(ours), shape(body), "{name}");
        assert!(ours.contains(r#"],"metrics":{"inspectedBytes":"#), "{ours}");
        // However the spans are stored, but for the bytes that it took.
        let answer = |text: &str| text.split_once(",\"metrics\"").map(|(answer, _)| answer.to_owned());
        all.iter().for_each(|other| assert_eq!(answer(other), answer(ours), "{name}"));
        seen += 1;
    }
    assert_eq!(seen, 12);
}

fn count(value: Datum, spans: u64) -> ValueCount {
    ValueCount { value, spans }
}

fn text(text: &str) -> Datum {
    Datum::String(text.to_owned())
}

/// Names with everything that an answer can have.
fn names() -> Tags {
    let tag = |field, spans, counts: Vec<ValueCount>| {
        let values = Values { distinct: counts.len() as u64, is_exact: true, counts };
        Tag { field, spans, values: Some(values) }
    };
    let route = vec![count(text("/cart"), 5), count(text("/"), 2), count(text("a, \"b\""), 1)];
    let mixed = vec![count(Datum::Int(200), 3), count(text("200"), 2), count(Datum::Bool(true), 1)];
    let long = vec![count(text(&"x".repeat(300)), 1), count(text("\x1b[31m\n"), 1)];
    let mut many = tag(Field::attribute(Scope::Span, "user.id"), 9_999, vec![count(text("u1"), 1)]);
    many.values = Some(Values { distinct: 12_345, is_exact: false, counts: vec![count(text("u1"), 1)] });
    Tags {
        tags: vec![
            tag(Field::attribute(Scope::Resource, "service.name"), 10_000, vec![count(text("shop"), 10_000)]),
            tag(Field::attribute(Scope::Span, "key with space"), 3, long),
            tag(Field::attribute(Scope::Span, "http.route"), 8, route),
            tag(Field::attribute(Scope::Span, "mixed"), 6, mixed),
            many,
            tag(Field::intrinsic(Intrinsic::Status), 10_000, vec![count(Datum::Status(Status::Error), 10_000)]),
            Tag { field: Field::intrinsic(Intrinsic::TraceId), spans: 10_000, values: None },
        ],
        selected: 10_000,
        inspected: Inspected { spans: 12_000, bytes: 77, ..Inspected::default() },
    }
}

fn values() -> TagValues {
    let counts = vec![
        count(text("/cart"), 6),
        count(Datum::Int(200), 4),
        count(text("200"), 2),
        count(Datum::Float(2.0), 1),
        count(Datum::Duration(1_500), 1),
        count(text(""), 1),
    ];
    TagValues {
        field: Field::attribute(Scope::Any, "x"),
        spans: 12,
        selected: 20,
        values: Values { distinct: 6, is_exact: true, counts },
        inspected: Inspected { spans: 40, bytes: 77, ..Inspected::default() },
    }
}

#[test]
fn flat_formats_have_counts() {
    let csv = written(|out| flat::write_tags_csv(out, &names(), Csv::default()));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "scope,name,attribute,types,spans,values,values_exact,examples");
    assert_eq!(lines[3], r#"span,http.route,span.http.route,string,8,3,true,"[""/cart"",""/"",""a, \""b\""""]""#);
    assert_eq!(lines[4], r#"span,mixed,span.mixed,int string bool,6,3,true,"[200,""200"",true]""#);
    assert_eq!(lines[5], r#"span,user.id,span.user.id,string,9999,12345,false,"[""u1""]""#);
    assert_eq!(lines[7], "intrinsic,trace:id,trace:id,,10000,,,");
    let jsonl = written(|out| flat::write_tags_jsonl(out, &names()));
    let lines: Vec<Json> = jsonl.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[1]["attribute"], "span.\"key with space\"");
    assert_eq!((&lines[6]["values"], &lines[6]["types"]), (&Json::Null, &Json::Null));

    let csv = written(|out| flat::write_values_csv(out, &values(), Csv::default()));
    assert_eq!(
        csv,
        "value,type,spans\n/cart,string,6\n200,int,4\n200,string,2\n2,float,1\n1500,duration,1\n\"\",string,1\n"
    );
    let jsonl = written(|out| flat::write_values_jsonl(out, &values()));
    let lines: Vec<&str> = jsonl.lines().collect();
    assert_eq!(
        lines[..3],
        [
            r#"{"value":"/cart","type":"string","spans":6}"#,
            r#"{"value":200,"type":"int","spans":4}"#,
            r#"{"value":"200","type":"string","spans":2}"#,
        ]
    );
}

#[test]
fn values_in_tempos_json_are_texts_with_types() {
    let line = written(|out| json::write_values(out, &values()));
    let listed = [
        r#"{"type":"string","value":"/cart"}"#,
        r#"{"type":"int","value":"200"}"#,
        r#"{"type":"string","value":"200"}"#,
        r#"{"type":"float","value":"2.0"}"#,
        r#"{"type":"duration","value":"1.5µs"}"#,
        r#"{"type":"string"}"#,
    ];
    let metrics = r#"{"inspectedBytes":"77","inspectedSpans":"40"}"#;
    assert_eq!(line, format!("{{\"tagValues\":[{}],\"metrics\":{metrics}}}\n", listed.join(",")));
}

#[test]
fn tables_fit_every_width() {
    use unicode_width::UnicodeWidthStr;

    for width in 1..140 {
        for color in [false, true] {
            let style = table::Style { color, width: Some(width) };
            let tables = written(|out| table::write_tags(out, &names(), style))
                + &written(|out| table::write_values(out, &values(), style));
            for line in tables.lines() {
                let plain = line.replace("\x1b[38;5;33m", "").replace("\x1b[0m", "").replace("\x1b[1m", "");
                let plain = plain.replace("\x1b[2m", "");
                assert!(plain.width() <= width.max(20), "{} columns instead of {width}: {plain:?}", plain.width());
                assert!(!plain.contains('\x1b'), "nothing of the data reaches the terminal: {plain:?}");
                assert_eq!(plain.trim_end(), plain);
            }
        }
    }
}

#[test]
fn tables_tell_what_the_numbers_mean() {
    let style = table::Style { color: false, width: Some(80) };
    let text = written(|out| table::write_tags(out, &names(), style));
    assert_eq!(text, include_str!("expected-tags.txt"), "{text}");
    let text = written(|out| table::write_values(out, &values(), style));
    assert_eq!(text, include_str!("expected-values.txt"), "{text}");
}

#[test]
fn a_limit_keeps_what_most_spans_have() {
    let mut tags = names();
    assert_eq!(tags.limit(2), 2);
    let left: Vec<String> = tags.tags.iter().map(|tag| tag.field.to_string()).collect();
    assert_eq!(left, ["resource.service.name", "span.http.route", "span.user.id", "status", "trace:id"]);
    let mut all = names();
    assert_eq!((all.limit(0), &all), (0, &names()));
    // Of equals the first by name.
    let mut equal = names();
    equal.tags.iter_mut().for_each(|tag| tag.spans = 1);
    assert_eq!(equal.limit(1), 3);
    assert_eq!(equal.tags[1].field, Field::attribute(Scope::Span, "key with space"));
    let mut some = values().values;
    assert_eq!((some.limit(4), some.counts.len()), (2, 4));
}

#[test]
fn what_was_meant_is_found() {
    let meant = |field: &str| names().nearest(&traceql_grammar::field(field).expect("a field"));
    assert_eq!(meant("span.htp.route").as_deref(), Some("span.http.route"));
    assert_eq!(meant(".http.rout").as_deref(), Some("span.http.route"));
    assert_eq!(meant("resource.http.route").as_deref(), Some("span.http.route"), "another scope");
    assert_eq!(meant(".service.nmae").as_deref(), Some("resource.service.name"));
    assert_eq!(meant(".spn.http.route").as_deref(), Some("span.http.route"), "a scope that is misspelt");
    assert_eq!(meant(".statsu").as_deref(), Some("status"));
    assert_eq!(meant("span.http.Route").as_deref(), Some("span.http.route"));
    assert_eq!(meant("span.nothing.like.it"), None);
    assert_eq!(meant("name"), None);
}
