//! Jaeger's JSON in every shape, and what each of its fields becomes.

use super::whole::{assert_cut_anywhere, assert_damaged, assert_whole, ids_kept, read_whole};

/// A trace as Jaeger's API answers it, with every kind of field.
const TRACE: &str = r#"{"data":[{"traceID":"a1","spans":[
{"traceID":"a1","spanID":"1","flags":1,"operationName":"GET /","references":[],"startTime":1700000000000001,"duration":1500,
 "tags":[{"key":"span.kind","type":"string","value":"server"},{"key":"http.status_code","type":"int64","value":200},
  {"key":"ratio","type":"float64","value":0.5},{"key":"cached","type":"bool","value":false},
  {"key":"blob","type":"binary","value":"AAAwOQ=="},{"key":"otel.scope.name","type":"string","value":"lib"},
  {"key":"otel.scope.version","type":"string","value":"2"}],
 "logs":[{"timestamp":1700000000000002,"fields":[{"key":"event","type":"string","value":"began"},{"key":"n","type":"int64","value":7}]},
  {"timestamp":1700000000000003,"fields":[{"key":"message","type":"string","value":"went on"}]},{"timestamp":1700000000000004,"fields":[]}],
 "processID":"p1","warnings":null},
{"traceID":"a1","spanID":"2","operationName":"SELECT","references":[{"refType":"CHILD_OF","traceID":"a1","spanID":"1"},
  {"refType":"FOLLOWS_FROM","traceID":"b2","spanID":"9"},{"refType":"CHILD_OF","traceID":"a1","spanID":"7"}],
 "startTime":1700000000000100,"duration":20,"tags":[{"key":"error","type":"bool","value":true},
  {"key":"otel.status_description","type":"string","value":"no rows"}],"logs":[],"processID":"p2","warnings":["odd"]}],
"processes":{"p1":{"serviceName":"shop","tags":[{"key":"host.name","type":"string","value":"h1"}]},"p2":{"serviceName":"db","tags":[]}},
"warnings":null}],"total":0,"limit":0,"offset":0,"errors":null}"#;

const SPANS: &str = r#"
a1/1<0 shop: GET / server unset 1700000000000001000+1500000
  flags 1
  span blob={"bytesValue":"AAAwOQ=="} cached=false http.status_code=200 ratio=0.5
  resource host.name="h1" service.name="shop"
  scope lib@2
  event "began" 1700000000000002000 n=7
  event "went on" 1700000000000003000 message="went on"
  event "" 1700000000000004000
a1/2<1 db: SELECT unspecified error 1700000000000100000+20000
  says no rows
  resource service.name="db"
  link b2/9
  link a1/7 opentracing.ref_type="child_of"
"#;

#[track_caller]
fn assert_trace(text: impl AsRef<[u8]>) {
    assert_whole(text, SPANS);
}

/// The one trace of [`TRACE`], without the answer around it.
fn bare() -> String {
    let value: serde_json::Value = serde_json::from_str(TRACE).unwrap();
    value["data"][0].to_string()
}

#[test]
fn answers_traces_and_lists_of_traces() {
    assert_trace(TRACE);
    assert_trace(bare());
    assert_trace(format!("[{}]", bare()));
    assert_trace(format!("[[{}]]", bare()));
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(TRACE).unwrap()).unwrap();
    assert_trace(&pretty);
    assert_trace(pretty.lines().map(str::trim).collect::<Vec<_>>().join("\n"));
    assert_eq!(read_whole(format!("{}\n{}\n", bare(), bare())).unwrap().len(), 4);
    assert_eq!(read_whole(format!("{}{}", bare(), bare())).unwrap().len(), 4);
    for nothing in [r#"{"data":[]}"#, r#"{"data":[],"total":0,"errors":null}"#, r#"{"traceID":"1","spans":[]}"#] {
        assert_eq!(read_whole(nothing), Ok(vec![]), "{nothing}");
    }
}

#[test]
fn processes_before_the_spans_or_behind_them() {
    let value: serde_json::Value = serde_json::from_str(TRACE).unwrap();
    let trace = &value["data"][0];
    let (spans, processes) = (&trace["spans"], &trace["processes"]);
    assert_trace(format!(r#"{{"processes":{processes},"spans":{spans}}}"#));
    assert_trace(format!(r#"{{"spans":{spans},"processes":{processes},"traceID":"a1"}}"#));
    // Each trace has its own.
    let other = TRACE.replace("\"shop\"", "\"other\"");
    let both = format!("[{TRACE},{other}]");
    let services: Vec<String> = read_whole(both).unwrap().into_iter().map(|span| span.service).collect();
    assert_eq!(services, ["shop", "db", "other", "db"]);
    let unknown = TRACE.replace(r#""p2":{"serviceName""#, r#""p3":{"serviceName""#);
    assert_eq!(read_whole(unknown).unwrap()[1].service, "");
}

#[test]
fn spans_with_their_process_as_elasticsearch_holds_them() {
    const SPAN: &str = r#"{"traceID":"a1","spanID":"1","parentSpanID":"2","flags":1,"operationName":"op","references":[],
        "startTime":"1700000000000001","startTimeMillis":1700000000000,"duration":"5","tags":[{"key":"n","type":"int64","value":"7"},
        {"key":"x","type":"float64","value":"0.5"},{"key":"ok","type":"bool","value":"true"}],"tag":{"http@status_code":200,"db@name":"x"},
        "logs":[],"process":{"serviceName":"shop","tags":[],"tag":{"host@name":"h"}}}"#;
    let line = SPAN.replace('\n', " ");
    let expected = r#"
        a1/1<2 shop: op unspecified unset 1700000000000001000+5000
          flags 1
          span db.name="x" http.status_code=200 n=7 ok=true x=0.5
          resource host.name="h" service.name="shop"
    "#;
    assert_whole(SPAN, expected);
    assert_whole(format!("[{SPAN}]"), expected);
    assert_whole(format!("{line}\n{line}\n"), &expected.repeat(2));
    assert_whole(format!(r#"{{"_index":"jaeger-span","_id":"1","_source":{line}}}"#), expected);
    let hits = format!(r#"{{"took":1,"hits":{{"total":1,"hits":[{{"_index":"i","_source":{line}}}]}}}}"#);
    assert_whole(hits, expected);
}

#[test]
fn jaegers_own_model() {
    // As Go writes the structures: ids in hex, times as text, lengths in nanoseconds.
    let spans = r#"{"Spans":[{"traceID":"11","spanID":"3","operationName":"op","references":[],
        "startTime":"2017-01-26T16:46:31.639875Z","duration":100000,"process":{"serviceName":"s"},
        "tags":[{"key":"a","vType":"INT64","vInt64":5},{"key":"b","vType":"BOOL"},{"key":"c","vStr":"x"},{"key":"d","vType":3,"vFloat64":1}],
        "logs":[{"timestamp":"2017-01-26T16:46:31.639875Z","fields":[]}]}]}"#;
    let expected = r#"
        11/3<0 s: op unspecified unset 1485449191639875000+100000
          span a=5 b=false c="x" d=1.0
          resource service.name="s"
          event "" 1485449191639875000
    "#;
    assert_whole(spans, expected);
    // As protobuf's own JSON: ids in base64, lengths in seconds.
    let proto = spans
        .replace(r#""traceID":"11","spanID":"3""#, r#""traceId":"AAAAAAAAAAAAAAAAAAAAEQ==","spanId":"AAAAAAAAAAM=""#)
        .replace(":100000", r#":"0.000100s""#)
        .replace("Spans", "spans")
        .replace(r#""vInt64":5"#, r#""vInt64":"5""#);
    assert_whole(proto, expected);
    // A batch, which names its process once.
    let batch = spans.replace(r#""process":{"serviceName":"s"},"#, "").replace("Spans", "spans");
    assert_whole(batch.replace("]}]}", r#"]}],"process":{"serviceName":"s"}}"#), expected);
}

/// Reads a span with these members besides its ids, and describes it without its ids.
#[track_caller]
fn assert_span(members: &str, expected: &str) {
    let span = format!(r#"{{"traceID":"a","spanID":"1","operationName":"op","startTime":1,"duration":1,{members}}}"#);
    assert_whole(span, &format!("a/1{expected}"));
}

#[test]
fn parents_and_links() {
    let reference = |kind: &str, trace: &str, span: &str| {
        format!(r#"{{"refType":"{kind}","traceID":"{trace}","spanID":"{span}"}}"#)
    };
    let plain = " : op unspecified unset 1000+1000";
    let follows = reference("FOLLOWS_FROM", "a", "5");
    assert_span(&format!(r#""references":[{follows}]"#), &format!("<5{plain}"));
    let child = reference("CHILD_OF", "a", "6");
    assert_span(&format!(r#""references":[{follows},{child}]"#), &format!("<6{plain}\nlink a/5"));
    let foreign = reference("FOLLOWS_FROM", "b", "5");
    assert_span(&format!(r#""references":[{foreign}]"#), &format!("<0{plain}\nlink b/5"));
    assert_span(r#""parentSpanID":"7""#, &format!("<7{plain}"));
    assert_span(&format!(r#""parentSpanID":"6","references":[{child}]"#), &format!("<6{plain}"));
    assert_span(&format!(r#""parentSpanID":"7","references":[{follows}]"#), &format!("<7{plain}\nlink a/5"));
    assert_span(&format!(r#""parentSpanID":"0","references":[{child}]"#), &format!("<6{plain}"));
    assert_span(r#""parentSpanID":"","references":null"#, &format!("<0{plain}"));
    // The reference may leave out its own trace, and its type if that is the usual one.
    assert_span(r#""references":[{"spanID":"8"}]"#, &format!("<8{plain}"));
}

#[test]
fn kinds_statuses_and_scopes_come_from_tags() {
    #[track_caller]
    fn assert_tags(tags: &[(&str, &str)], expected: &str) {
        let tags: Vec<String> =
            tags.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{value}}}"#)).collect();
        assert_span(&format!(r#""tags":[{}]"#, tags.join(",")), &format!("<0 : op {expected}"));
    }
    for kind in ["server", "client", "producer", "consumer", "internal"] {
        assert_tags(&[("span.kind", &format!("\"{kind}\""))], &format!("{kind} unset 1000+1000"));
    }
    assert_tags(&[("span.kind", "\"local\"")], "unspecified unset 1000+1000\nspan span.kind=\"local\"");
    let unset = "unspecified unset 1000+1000";
    assert_tags(&[("error", "true")], "unspecified error 1000+1000");
    assert_tags(&[("error", "\"true\"")], "unspecified error 1000+1000");
    assert_tags(&[("error", "false")], &format!("{unset}\nspan error=false"));
    assert_tags(&[("error", "\"timeout\"")], &format!("{unset}\nspan error=\"timeout\""));
    assert_tags(&[("otel.status_code", "\"OK\"")], "unspecified ok 1000+1000");
    assert_tags(&[("otel.status_code", "\"ERROR\"")], "unspecified error 1000+1000");
    assert_tags(&[("otel.status_code", "7")], &format!("{unset}\nspan otel.status_code=7"));
    assert_tags(&[("otel.status_code", "\"OK\""), ("error", "true")], "unspecified error 1000+1000");
    assert_tags(
        &[("otel.library.name", "\"lib\""), ("otel.library.version", "\"1\"")],
        &format!("{unset}\nscope lib@1"),
    );
    let both = [("otel.library.name", "\"old\""), ("otel.scope.name", "\"new\"")];
    assert_tags(&both, &format!("{unset}\nscope new@"));
    assert_tags(&[("otel.dropped_attributes_count", "3")], &format!("{unset}\ndropped attributes 3"));
    assert_tags(&[("otel.dropped_events_count", "-3")], &format!("{unset}\nspan otel.dropped_events_count=-3"));
    assert_tags(&[("w3c.tracestate", "\"k=v\"")], &format!("{unset}\nstate k=v"));
}

#[test]
fn values_of_tags() {
    #[track_caller]
    fn assert_value(tag: &str, expected: &str) {
        let tags = format!(r#""tags":[{{"key":"n",{tag}}}]"#);
        assert_span(&tags, format!("<0 : op unspecified unset 1000+1000\n{expected}").trim_end());
    }
    assert_value(r#""type":"int64","value":"9223372036854775222""#, "span n=9223372036854775222");
    assert_value(r#""value":"5","type":"int64""#, "span n=5");
    assert_value(r#""type":"int64","value":5.0"#, "span n=5");
    assert_value(r#""type":"float64","value":5"#, "span n=5.0");
    assert_value(r#""type":"float64","value":"NaN""#, "span n=NaN");
    assert_value(r#""type":"string","value":5"#, "span n=\"5\"");
    assert_value(r#""type":"bool","value":"false""#, "span n=false");
    // The type does not fit: the value as it is written.
    assert_value(r#""type":"int64","value":"many""#, "span n=\"many\"");
    assert_value(r#""type":"bool","value":1"#, "span n=1");
    assert_value(r#""type":"new","value":true"#, "span n=true");
    // What TraceQL cannot see.
    assert_value(r#""type":"binary","value":"AAE=""#, r#"span n={"bytesValue":"AAE="}"#);
    assert_value(r#""type":"binary","value":"no bytes""#, "");
    assert_value(r#""value":null"#, "");
    assert_value(r#""value":{"x":[1]}"#, "");
}

#[test]
fn ids_of_every_sort() {
    let text = |trace: &str, id: &str, parent: &str| {
        format!(
            r#"{{"traceID":"{trace}","spanID":"{id}","operationName":"x","startTime":1,"duration":1,"references":[{{"refType":"CHILD_OF","traceID":"{trace}","spanID":"{parent}"}}]}}"#
        )
    };
    let read = |text: String| {
        let spans = read_whole(text).unwrap();
        (spans[0].trace, spans[0].id, spans[0].parent)
    };
    assert_eq!(read(text("1", "00000002", "0000000000000000000000003")), (1, 2, 3));
    assert_eq!(
        read(text("0123456789ABCDEF0123456789abcdef", "F", "e")),
        (0x0123_4567_89ab_cdef_0123_4567_89ab_cdef, 15, 14)
    );
    let (trace, id, parent) = read(text("order/7", "span-one", "span-two"));
    // FNV-1a: these numbers may never change, or files that were converted lose their traces.
    assert_eq!((trace, id), (0x0d62_3498_274f_f78d_7f7b_f744_1d39_0bed, 0x9bb8_4b13_656f_4a58));
    assert_eq!(read(text("order/7", "span-two", "none")).1, parent, "parents are found");
    assert_eq!(read(text("1", "2", "3").replace("\"2\"", "2")).1, 2, "a number");
}

#[test]
fn damaged_spans_are_left_out_alone() {
    let second = |from: &str, to: &str| {
        let (head, tail) = TRACE.split_at(TRACE.find("\"spanID\":\"2\"").unwrap());
        assert!(tail.contains(from), "{from}");
        format!("{head}{}", tail.replacen(from, to, 1))
    };
    assert_damaged(second("\"spanID\":\"2\"", "\"spanID\":\"\""), "an empty span id", &[1], 1);
    assert_damaged(second("\"spanID\":\"2\"", "\"spanID\":{}"), "`{` stands where a number should", &[1], 1);
    assert_damaged(second("\"spanID\":\"2\",", ""), "a span without span id", &[1], 1);
    assert_damaged(second("1700000000000100", "\"soon\""), "`soon` is no time", &[1], 1);
    assert_damaged(second("1700000000000100", "1700000000000100000"), "is a time behind the year 2554", &[1], 1);
    assert_damaged(second(":20,", ":\"x\","), "`x` is no length of time", &[1], 1);
    assert_damaged(second("\"SELECT\"", "17"), "`1` stands where a string should", &[1], 1);
    assert_damaged(second(":20,", ":20,,"), "`,` stands where a string should", &[1], 1);
    assert_damaged(second("\"tags\":[", "\"tags\":[5,"), "`5` stands where `{` should", &[1], 1);
    assert_damaged(TRACE.replace("\"spanID\":\"1\",", ""), "a span without span id", &[2], 1);
    assert_damaged(TRACE.replace("\"spans\":[", "\"spans\":[5,"), "`5` stands where `{` should", &[1, 2], 1);
    // A damaged process: its spans are without a service.
    let process = TRACE.replace("\"serviceName\":\"db\"", "\"serviceName\":7");
    assert_damaged(&process, "`7` stands where a string should", &[1, 2], 1);
    // A damaged trace among others.
    let traces = format!("[{0},{1},{0}]", bare(), bare().replacen("\"spans\"", "spans", 1));
    assert_damaged(traces, "stands where", &[1, 2, 1, 2], 1);
    let data = TRACE.replace('\n', " ").replace("{\"data\":[", "{\"data\":[{\"traceID\":\"c\",\"spans\"[]},");
    assert_damaged(data, "`[` stands where `:` should", &[1, 2], 1);
}

#[test]
fn a_text_that_breaks_off_loses_what_is_not_there() {
    assert_cut_anywhere(TRACE);
    assert_cut_anywhere(&bare());
    let cut = &TRACE[..TRACE.find("\"processes\"").unwrap()];
    let (ids, report) = ids_kept(cut);
    assert_eq!((ids, report.damaged), (vec![1, 2], 1), "the spans came, their processes did not");
}

#[test]
fn negative_lengths_and_deep_values() {
    let span = r#"{"traceID":"a","spanID":"1","operationName":"op","startTime":1700000000000000,"duration":-5}"#;
    let (ids, report) = ids_kept(span);
    assert_eq!((ids.len(), report.reversed, report.damaged), (1, 1, 0));
    let deep = |lists: usize| {
        let value = format!("{}{}", "[".repeat(lists), "]".repeat(lists));
        TRACE.replace("\"warnings\":[\"odd\"]", &format!("\"warnings\":{value}"))
    };
    assert!(read_whole(deep(200)).is_ok());
    assert_damaged(deep(10_000), "nest more than 256 deep", &[1], 1);
    let wrapped = format!("{}{}{}", "{\"data\":[".repeat(1000), bare(), "]}".repeat(1000));
    assert!(read_whole(wrapped).is_err());
    assert!(
        read_whole(format!("{}{}{}", "[".repeat(1000), bare(), "]".repeat(1000))).is_ok(),
        "lists around are no depth"
    );
}
